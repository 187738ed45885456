//! What can be asked with the id of something that is no resource: of what waits for a decision, and
//! of what somebody has asked for or been told.

use axum::http::Method;
use serde_json::json;

use super::{Around, Ask, Way, act, pick};

fn decide(a: &Around<'_>, what: &str) -> Ask {
    let mut body = json!({"why": "asked by a probe"});
    if what == "fix" {
        body["values"] = json!([{"place": 0, "value": "70.5"}]);
    }
    let path = format!("/api/quarantine/{}/{what}", a.id);
    Ask::sent(Method::POST, path, "application/json", &body).with("if-match", "\"1\"")
}

/// With the id of a reading, in doubt or not.
pub(super) static DOUBT: [Way; 6] = [
    ("POST /api/quarantine/{id}/accept", |a| decide(a, "accept")),
    ("POST /api/quarantine/{id}/reject", |a| decide(a, "reject")),
    ("POST /api/quarantine/{id}/fix", |a| decide(a, "fix")),
    ("POST /api/quarantine/{id}/undo", |a| decide(a, "undo")),
    ("page POST /admin/quarantine/{id}/{verb}", |a| {
        let verbs = ["accept", "reject", "fix", "undo"];
        let path = format!("/admin/quarantine/{}/{}", a.id, pick(a, &verbs));
        Ask::form(path, "version=1&why=asked+by+a+probe&value.0=70.5")
    }),
    ("page GET /admin/quarantine?reading", |a| {
        let verbs = ["accept", "all"];
        Ask::get(format!("/admin/quarantine?done={}&reading={}", pick(a, &verbs), a.id))
    }),
];

/// With the id of a citizen.
pub(super) static CITIZEN: [Way; 4] = [
    ("GET /api/quarantine?citizen", |a| {
        let states = ["waiting", "decided"];
        Ask::get(format!("/api/quarantine?citizen={}&state={}", a.id, pick(a, &states)))
    }),
    ("POST /api/citizens/{id}/plan/preview", |a| {
        let plan = json!({"programmes": ["heart-failure"], "cadence": [], "limits": {"heavy": 61}});
        let path = format!("/api/citizens/{}/plan/preview", a.id);
        Ask::sent(Method::POST, path, "application/json", &plan)
    }),
    ("page POST /citizens/{id}/plan/preview", |a| {
        let forms = ["version=1&limit.heavy=61", "version=1&limit.heavy=x", "version=77"];
        let form: &str = pick::<&str>(a, &forms);
        Ask::form(format!("/citizens/{}/plan/preview", a.id), form)
    }),
    ("GET /Patient/$export?_typeFilter", |a| {
        let filter = format!("Observation%3Fpatient%3D{}", a.id);
        exporting(Ask::get(format!("Patient/$export?_type=Observation&_typeFilter={filter}")))
    }),
];

/// With the id of a device.
pub(super) static DEVICE: [Way; 4] = [
    ("GET /api/quarantine?device", |a| {
        Ask::get(format!("/api/quarantine?device=Device/{}&limit=200", a.id))
    }),
    ("page GET /admin/quarantine?device", |a| {
        Ask::get(format!("/admin/quarantine?device=Device/{}&reason=implausible", a.id))
    }),
    ("POST /api/quarantine/all", |a| {
        let decisions = ["accept", "reject"];
        let body = json!({"device": format!("Device/{}", a.id), "reason": "implausible",
            "decision": pick(a, &decisions), "why": "asked by a probe", "until": UNTIL});
        Ask::sent(Method::POST, "/api/quarantine/all".to_owned(), "application/json", &body)
    }),
    ("page POST /admin/quarantine/all", |a| {
        let form = format!(
            "device=Device/{}&reason=implausible&decision=reject&why=asked+by+a+probe&until={UNTIL}",
            a.id
        );
        Ask::form("/admin/quarantine/all".to_owned(), &form)
    }),
];

/// When everything that is planted had been received.
const UNTIL: &str = "2026-02-01T00:00:00Z";

fn exporting(ask: Ask) -> Ask {
    ask.with("prefer", "respond-async")
}

/// With the id of a list of people.
pub(super) static GROUP: [Way; 2] = [
    ("GET /Group/{id}/$export", |a| exporting(Ask::get(format!("Group/{}/$export", a.id)))),
    ("POST /Group/{id}/$export", |a| {
        exporting(Ask::form(format!("Group/{}/$export", a.id), "_outputFormat=ndjson"))
    }),
];

/// With the id of a Consent.
pub(super) static CONSENT: [Way; 1] = [("page POST /me/consents/{id}/withdraw", |a| {
    Ask::form(format!("/me/consents/{}/withdraw", a.id), "version=1")
})];

/// With the id of an export.
pub(super) static EXPORT: [Way; 4] = [
    ("GET /$export-status/{id}", |a| Ask::get(format!("$export-status/{}", a.id))),
    ("DELETE /$export-status/{id}", |a| Ask {
        method: Method::DELETE,
        ..Ask::get(format!("$export-status/{}", a.id))
    }),
    ("GET /$export-file/{id}/1", |a| Ask::get(format!("$export-file/{}/1", a.id))),
    ("GET /$export-file/{id}/2", |a| Ask::get(format!("$export-file/{}/2", a.id))),
];

/// With the id of a run of a cohort.
pub(super) static RUN: [Way; 7] = [
    ("GET /api/cohort-runs/{id}", |a| Ask::get(format!("/api/cohort-runs/{}", a.id))),
    ("DELETE /api/cohort-runs/{id}", |a| Ask {
        method: Method::DELETE,
        ..Ask::get(format!("/api/cohort-runs/{}", a.id))
    }),
    ("GET /api/cohort-runs/{id}/rows", |a| {
        Ask::get(format!("/api/cohort-runs/{}/rows?format=csv", a.id))
    }),
    ("page GET /cohorts/runs/{id}", |a| Ask::get(format!("/cohorts/runs/{}", a.id))),
    ("page POST /cohorts/runs/{id}/cancel", |a| {
        Ask::form(format!("/cohorts/runs/{}/cancel", a.id), "")
    }),
    ("page GET /cohorts/runs/{id}/rows", |a| {
        Ask::get(format!("/cohorts/runs/{}/rows?format=csv", a.id))
    }),
    ("page GET /cohorts?run", |a| Ask::get(format!("/cohorts?run={}", a.id))),
];

/// With the id of a comparison.
pub(super) static COMPARISON: [Way; 2] = [
    ("GET /api/comparisons/{id}", |a| Ask::get(format!("/api/comparisons/{}", a.id))),
    ("page GET /cohorts/comparisons/{id}", |a| Ask::get(format!("/cohorts/comparisons/{}", a.id))),
];

/// With the id of somebody's work in a team.
pub(super) static MEMBER: [Way; 2] = [
    ("DELETE /api/teams/{code}/members/{id}", |a| Ask {
        method: Method::DELETE,
        ..Ask::get(format!("/api/teams/default/members/{}", a.id))
    }),
    ("page POST /admin/teams/{code}/members/{id}/leave", |a| {
        Ask::form(format!("/admin/teams/default/members/{}/leave", a.id), "")
    }),
];

/// With the id of an event that the stream has told.
pub(super) static EVENT: [Way; 3] = [
    ("GET /api/events Last-Event-ID", |a| {
        Ask::get("/api/events".to_owned()).with("last-event-id", a.id)
    }),
    ("page POST /alerts/seen", |a| {
        Ask::form("/alerts/seen".to_owned(), &format!("alert={}", a.id))
    }),
    ("page GET /rows", |a| Ask::get(format!("/rows?ids={}", a.id))),
];

/// What nurses do with an alert, of which the others are in `ask.rs`.
pub(super) static VERBS: [Way; 6] = [
    ("POST /api/alerts/{id}/release", |a| act(a, "release", &json!({}))),
    ("POST /api/alerts/{id}/remeasure", |a| act(a, "remeasure", &json!({}))),
    ("POST /api/alerts/{id}/reopen", |a| act(a, "reopen", &json!({}))),
    ("POST /api/alerts/{id}/call-back", |a| {
        act(a, "call-back", &json!({"at": "2026-01-02T12:00:00Z"}))
    }),
    ("POST /api/alerts/{id}/escalate", |a| act(a, "escalate", &json!({"to": "gp"}))),
    ("POST /api/alerts/{id}/snooze", |a| {
        act(a, "snooze", &json!({"until": "2026-01-01T12:00:00Z", "reason": "probe"}))
    }),
];

/// With no id.
pub(super) static BLIND_THINGS: [Way; 3] = [
    ("GET /api, of things", |a| {
        let paths = [
            "/api/quarantine?limit=200",
            "/api/quarantine?state=decided",
            "/api/ingestion",
            "/api/cohort-runs",
            "/api/cohorts",
            "/api/comparisons",
            "/api/rules",
            "/api/me/export",
        ];
        Ask::get((*pick(a, &paths)).to_owned())
    }),
    ("page GET, of things", |a| {
        let pages = [
            "/admin",
            "/admin/quarantine",
            "/admin/quarantine?state=decided",
            "/admin/teams",
            "/admin/ingestion",
            "/admin/rules",
            "/cohorts",
        ];
        Ask::get((*pick(a, &pages)).to_owned())
    }),
    ("GET /$export", |a| {
        let places = ["$export", "Patient/$export"];
        exporting(Ask::get((*pick(a, &places)).to_owned()))
    }),
];
