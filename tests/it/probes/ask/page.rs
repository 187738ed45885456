//! What can be asked of web pages, and of what else is no FHIR, with an id that one has got hold of.

use axum::http::Method;
use serde_json::json;

use super::{Ask, Way, pick};

pub(super) static CITIZEN_PAGES: [Way; 9] = [
    ("page GET /citizens/{id}", |a| Ask::get(format!("/citizens/{}", a.id))),
    ("page GET /citizens/{id}/readings", |a| {
        Ask::get(format!("/citizens/{}/readings?signal=body_weight&from=20400", a.id))
    }),
    ("page POST /citizens/{id}/plan", |a| {
        Ask::form(format!("/citizens/{}/plan", a.id), "version=1&limit.heavy=103")
    }),
    ("page POST /citizens/{id}/plan, stale", |a| {
        Ask::form(format!("/citizens/{}/plan", a.id), "version=77&limit.heavy=x")
    }),
    ("page POST /search by id", |a| Ask::form("/search".to_owned(), &format!("q={}", a.id))),
    ("page GET /?alert", |a| Ask::get(format!("/?done=claim&alert={}", a.id))),
    ("PUT /api/citizens/{id}/team", |a| {
        let path = format!("/api/citizens/{}/team", a.id);
        Ask::sent(Method::PUT, path, "application/json", &json!({"team": "nobodys"}))
    }),
    ("POST /api/citizens/{id}/break-glass", |a| {
        // Without a reason: who gives one is let in, and that is told.
        let path = format!("/api/citizens/{}/break-glass", a.id);
        Ask::sent(Method::POST, path, "application/json", &json!({"reason": "?", "minutes": 5}))
    }),
    ("GET /Consent?patient", |a| Ask::get(format!("Consent?patient={}&_total=accurate", a.id))),
];

pub(super) static NUMBER_PAGES: [Way; 2] = [
    ("page POST /search", |a| Ask::form("/search".to_owned(), &format!("q={}", a.id))),
    // Too short a reason: with a good one it is open, as it should be.
    ("page POST /break-glass", |a| {
        Ask::form("/break-glass".to_owned(), &format!("cpr={}&reason=x&minutes=15", a.id))
    }),
];

pub(super) static ALERT_PAGES: [Way; 7] = [
    ("page POST /alerts/seen", |a| {
        let place = ["/alerts/seen", "/alerts/unseen"];
        Ask::form((*pick(a, &place)).to_owned(), &format!("alert={}.1", a.id))
    }),
    ("page GET /alerts/{id}", |a| Ask::get(format!("/alerts/{}", a.id))),
    ("page GET /rows", |a| Ask::get(format!("/rows?ids={},{}", a.own.alerts[0], a.id))),
    ("page GET /rows, filtered", |a| Ask::get(format!("/rows?ids={}&level=red&mine=1", a.id))),
    ("page POST /alerts/{id}/{verb}", |a| {
        let verbs = [
            ("claim", "version=1"),
            ("release", "version=1"),
            ("remeasure", "version=1"),
            ("reopen", "version=1"),
            ("call-back", "version=1&at=2026-01-02T12:00"),
            ("escalate", "version=1&to=gp"),
            ("snooze", "version=1&hours=4&reason=probe"),
            ("close", "version=1&outcome=advice&note=probe"),
        ];
        let (verb, form) = pick(a, &verbs);
        Ask::form(format!("/alerts/{}/{verb}", a.id), form)
    }),
    ("page POST /alerts/{id}/note", |a| {
        Ask::form(format!("/alerts/{}/note", a.id), "version=1&note=probe&back=/")
    }),
    ("page GET /?done", |a| Ask::get(format!("/?done=claim&alert={}", a.id))),
];

pub(super) static ACCESS: [Way; 4] = [
    ("page POST /break-glass/{id}/end", |a| {
        Ask::form(format!("/break-glass/{}/end", a.id), "back=/")
    }),
    ("POST /api/break-glass/{id}/end", |a| {
        let path = format!("/api/break-glass/{}/end", a.id);
        Ask::sent(Method::POST, path, "application/json", &"")
    }),
    ("GET /api/break-glass?cursor", |a| {
        Ask::get(format!("/api/break-glass?cursor={}&limit=50", a.id))
    }),
    ("GET /AuditEvent?entity", |a| Ask::get(format!("AuditEvent?entity=BreakGlass/{}", a.id))),
];

/// Addresses that a page of somebody else showed, as they stand there.
pub(super) static LINK: [Way; 3] = [
    ("link GET", |a| Ask::get(a.id.to_owned())),
    ("link POST", |a| Ask::form(a.id.to_owned(), "version=1")),
    ("link HEAD", |a| Ask { method: Method::HEAD, ..Ask::get(a.id.to_owned()) }),
];

pub(super) static BLIND_PAGES: [Way; 3] = [
    ("page GET", |a| {
        let pages = [
            "/",
            "/?mine=1&snoozed=1",
            "/?level=red",
            "/handover",
            "/search",
            "/me",
            "/auth/session",
            "/accessibility",
        ];
        Ask::get((*pick(a, &pages)).to_owned())
    }),
    ("page POST /search by name", |a| {
        // The beginnings only: a page repeats what was asked.
        let words = ["q=qv", "q=Qvb", "q=Qvdor", "q=Qvcar", "q=060660"];
        let word: &str = pick::<&str>(a, &words);
        Ask::form("/search".to_owned(), word)
    }),
    ("GET /api, of staff", |a| {
        let paths = [
            "/api/break-glass",
            "/api/teams",
            "/api/teams/default/members",
            "/api/screening",
            "/api/triage/policy/history",
        ];
        Ask::get((*pick(a, &paths)).to_owned())
    }),
];
