//! What can be asked with any id, and with none.

use axum::http::Method;
use serde_json::json;

use super::{Ask, Way, bundle, entry, own_body, pick, put, view};

pub(super) static READ: [Way; 14] = [
    ("GET /{kind}/{id}", |a| Ask::get(format!("{}/{}", a.kind.path(), a.id))),
    ("GET /{kind}?_id", |a| Ask::get(format!("{}?_id={}", a.kind.path(), a.id))),
    ("GET /{kind}?_id=own,other", |a| {
        let kind = a.kind.path();
        Ask::get(format!("{kind}?_id={},{}&_total=accurate", a.own.of(kind), a.id))
    }),
    ("GET /{kind}?_summary=count", |a| {
        Ask::get(format!("{}?_id={}&_summary=count", a.kind.path(), a.id))
    }),
    ("POST /{kind}/_search", |a| {
        Ask::form(format!("{}/_search", a.kind.path()), &format!("_id={}", a.id))
    }),
    ("GET in a batch", |a| {
        let kind = a.kind.path();
        let urls = [format!("{kind}/{}", a.id), format!("{kind}?_id={}", a.id)];
        bundle("batch", &urls.map(|url| entry("GET", &url, None)).to_vec().into())
    }),
    ("GET /{kind}/{id}/_history", |a| Ask::get(format!("{}/{}/_history", a.kind.path(), a.id))),
    ("GET /{kind}/{id}/_history/1", |a| Ask::get(format!("{}/{}/_history/1", a.kind.path(), a.id))),
    ("GET /{kind}/{id}/_history/2", |a| Ask::get(format!("{}/{}/_history/2", a.kind.path(), a.id))),
    ("If-None-Match", |a| {
        Ask::get(format!("{}/{}", a.kind.path(), a.id)).with("if-none-match", "W/\"1\", W/\"2\"")
    }),
    ("If-None-Match *", |a| {
        Ask::get(format!("{}/{}", a.kind.path(), a.id)).with("if-none-match", "*")
    }),
    ("If-Modified-Since", |a| {
        Ask::get(format!("{}/{}/_history/1", a.kind.path(), a.id))
            .with("if-modified-since", "Fri, 01 Jan 2027 00:00:00 GMT")
    }),
    ("HEAD /{kind}/{id}", |a| Ask {
        method: Method::HEAD,
        ..Ask::get(format!("{}/{}", a.kind.path(), a.id))
    }),
    ("GET in a transaction", |a| {
        let url = format!("{}/{}/_history/1", a.kind.path(), a.id);
        bundle("transaction", &json!([entry("GET", &url, None)]))
    }),
];

pub(super) static WRITE: [Way; 8] = [
    ("PUT about one's own", |a| {
        let ask = Ask::fhir(Method::PUT, format!("{}/{}", a.kind.path(), a.id), &own_body(a));
        if a.creates { ask.with("if-match", "W/\"2\"") } else { ask }
    }),
    ("PUT If-Match 1", |a| {
        Ask::fhir(Method::PUT, format!("{}/{}", a.kind.path(), a.id), &own_body(a))
            .with("if-match", "W/\"1\"")
    }),
    ("PUT If-Match 7", |a| {
        Ask::fhir(Method::PUT, format!("{}/{}", a.kind.path(), a.id), &own_body(a))
            .with("if-match", "W/\"7\"")
    }),
    ("PUT in a batch", |a| bundle("batch", &json!([put(a)]))),
    ("PUT in a transaction", |a| bundle("transaction", &json!([put(a)]))),
    ("PUT without a body", |a| {
        Ask::fhir(Method::PUT, format!("{}/{}", a.kind.path(), a.id), &json!({"id": a.id}))
    }),
    ("DELETE /{kind}/{id}", |a| Ask {
        method: Method::DELETE,
        ..Ask::get(format!("{}/{}", a.kind.path(), a.id))
    }),
    ("PATCH /{kind}/{id}", |a| {
        Ask::fhir(Method::PATCH, format!("{}/{}", a.kind.path(), a.id), &json!({"status": "final"}))
    }),
];

pub(super) static PAGE: [Way; 2] = [
    ("GET /{kind}?_page", |a| Ask::get(format!("{}?_page={}", a.kind.path(), a.id))),
    ("GET ?_page of another type", |a| {
        let other = if a.kind.path() == "Device" { "Condition" } else { "Device" };
        Ask::get(format!("{other}?_page={}", a.id))
    }),
];

pub(super) static BLIND: [Way; 5] = [
    ("POST /ViewDefinition/$viewdefinition-run of all", |a| {
        let kinds = ["Observation", "Patient", "Condition", "Encounter", "Provenance", "Flag"];
        let kind = pick(a, &kinds);
        view(a, kind, None)
    }),
    ("GET /{kind}", |a| {
        let kinds = [
            "Patient",
            "Observation",
            "Device",
            "Condition",
            "Encounter",
            "CarePlan",
            "Goal",
            "EpisodeOfCare",
            "Communication",
            "QuestionnaireResponse",
            "Provenance",
            "Flag",
            "Task",
            "ClinicalImpression",
            "RiskAssessment",
            "DetectedIssue",
        ];
        Ask::get(format!("{}?_count=1000&_total=accurate", pick(a, &kinds)))
    }),
    ("GET /{kind} by what it says", |a| {
        let queries = [
            "Patient?name=qv",
            "Patient?family=qv&given=qv",
            "Device?device-name=qv",
            "Patient?active=true&_sort=_lastUpdated",
            "Observation?value-quantity=gt60&_include=Observation:patient",
            "Observation?date=ge2020-01-01&_sort=-_lastUpdated&_include=Observation:device",
            "Observation?code=29463-7,8867-4&_sort=date&_count=1000",
            "Observation?status:not=entered-in-error&_count=1000",
            "Observation/$lastn?category=vital-signs&max=1000",
            "Condition?_lastUpdated=ge2020-01-01",
        ];
        Ask::get((*pick(a, &queries)).to_owned())
    }),
    ("GET /api", |a| {
        let paths = [
            "/api/worklist?limit=200",
            "/api/worklist?state=pending,snoozed",
            "/api/suppressions",
            "/api/me/access-log",
            "/api/triage/policy",
            "/metrics",
        ];
        Ask::get((*pick(a, &paths)).to_owned())
    }),
    ("GET in a batch", |_| {
        let urls = ["Patient", "Observation?_count=1000", "Condition", "Task", "Provenance"];
        bundle("batch", &urls.map(|url| entry("GET", url, None)).to_vec().into())
    }),
];
