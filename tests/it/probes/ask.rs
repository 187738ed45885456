//! What can be asked with an id that one has got hold of.

mod page;
mod plain;
mod things;

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use page::{ACCESS, ALERT_PAGES, BLIND_PAGES, CITIZEN_PAGES, LINK, NUMBER_PAGES};
use plain::{BLIND, PAGE, READ, WRITE};
use things::{
    BLIND_THINGS, CITIZEN, COMPARISON, CONSENT, DEVICE, DOUBT, EVENT, EXPORT, GROUP, MEMBER, RUN,
    VERBS,
};

use crate::planted::{CPR, HEART_RATE, Person, SYSTEM, Thing, WEIGHT, bodies, reading};

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Ask {
    fn get(path: String) -> Self {
        Self { method: Method::GET, path, headers: Vec::new(), body: String::new() }
    }

    fn sent(method: Method, path: String, kind: &str, body: &impl ToString) -> Self {
        let headers = vec![("content-type", kind.to_owned())];
        Self { method, path, headers, body: body.to_string() }
    }

    fn fhir(method: Method, path: String, body: &Value) -> Self {
        Self::sent(method, path, "application/fhir+json", body)
    }

    fn form(path: String, body: &str) -> Self {
        Self::sent(Method::POST, path, "application/x-www-form-urlencoded", &body)
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What an id is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Patient,
    Cpr,
    Observation,
    Weight,
    Resource(String),
    Identifier(&'static str),
    Alert,
    AuditEvent,
    /// An access beyond teams.
    Access,
    /// What a page of ours leads to: the address of a link or form.
    Link,
    Page(String),
    /// Of what is no resource.
    Thing(Thing),
    /// Of nothing: what is found without any.
    Nothing,
}

impl Kind {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Resource(kind) => kind.clone(),
            Self::Identifier(kind) => format!("identifier of {kind}"),
            Self::Page(kind) => format!("page of {kind}"),
            Self::Thing(thing) => format!("{thing:?}"),
            other => format!("{other:?}"),
        }
    }

    /// The type in an address.
    fn path(&self) -> &str {
        match self {
            Self::Patient | Self::Cpr => "Patient",
            Self::Observation | Self::Weight | Self::Identifier("Observation" | "Weight") => {
                "Observation"
            }
            Self::Resource(kind) | Self::Page(kind) => kind,
            Self::Identifier(kind) => kind,
            Self::Alert => "alerts",
            Self::AuditEvent => "AuditEvent",
            Self::Access => "break-glass",
            Self::Nothing | Self::Link | Self::Thing(_) => "Observation",
        }
    }
}

/// Around an id: who asks with it, and what makes one request another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// The caller's own citizen, or one that the caller may know of.
    pub(super) own: &'a Person,
    pub(super) kind: &'a Kind,
    pub(super) id: &'a str,
    /// A moment that no other request has.
    pub(super) moment: &'a str,
    /// Which of several things it is about, where there is a choice.
    pub(super) turn: usize,
    /// Whether the caller would create under the id what is not there.
    pub(super) creates: bool,
}

/// A way to ask: its name, and how.
pub(super) type Way = (&'static str, fn(&Around<'_>) -> Ask);

fn bundle(kind: &str, entries: &Value) -> Ask {
    let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
    Ask::fhir(Method::POST, "/fhir".to_owned(), &bundle)
}

fn entry(method: &str, url: &str, resource: Option<Value>) -> Value {
    match resource {
        Some(resource) => json!({"resource": resource, "request": {"method": method, "url": url}}),
        None => json!({"request": {"method": method, "url": url}}),
    }
}

/// One of a list, by turns.
fn pick<'l, T>(a: &Around<'_>, list: &'l [T]) -> &'l T {
    &list[a.turn % list.len()]
}

fn put(a: &Around<'_>) -> Value {
    let url = format!("{}/{}", a.kind.path(), a.id);
    let mut entry = entry("PUT", &url, Some(own_body(a)));
    if a.creates {
        entry["request"]["ifMatch"] = json!("W/\"1\"");
    }
    entry
}

fn heart_rate(a: &Around<'_>) -> Value {
    reading(a.own, HEART_RATE, a.moment, "80")
}

fn about(id: &str) -> Value {
    json!({"reference": format!("Patient/{id}")})
}

/// The body of a resource of the type, about the caller's own.
fn own_body(a: &Around<'_>) -> Value {
    let kind = a.kind.path();
    let bodies = bodies(&a.own.id, "probe");
    let found = bodies.into_iter().find(|(listed, _)| *listed == kind).map(|(_, body)| body);
    let mut body = found.unwrap_or_else(|| match kind {
        "Observation" => heart_rate(a),
        kind => json!({"resourceType": kind}),
    });
    body["id"] = json!(a.id);
    body
}

/// The ways that there are for an id of the kind.
pub(super) fn ways(kind: &Kind) -> Vec<Way> {
    lists(kind).into_iter().flatten().copied().collect()
}

fn lists(kind: &Kind) -> Vec<&'static [Way]> {
    match kind {
        Kind::Patient => vec![&READ, &WRITE, &PATIENT, &CITIZEN_PAGES, &CITIZEN],
        Kind::Observation | Kind::Weight | Kind::Thing(Thing::Doubted) => {
            vec![&READ, &WRITE, &READING, &DOUBT]
        }
        Kind::Resource(kind) => {
            let more: &[Way] = match kind.as_str() {
                "Device" => &DEVICE,
                "Group" => &GROUP,
                "Consent" => &CONSENT,
                _ => &[],
            };
            vec![&READ, &WRITE, &REFERRED, more]
        }
        Kind::Cpr => vec![&NUMBER, &NUMBER_PAGES],
        Kind::Identifier(_) => vec![&IDENTIFIER],
        Kind::Alert => vec![&ALERT, &ALERT_PAGES, &VERBS],
        Kind::Access => vec![&ACCESS],
        Kind::Link => vec![&LINK],
        Kind::AuditEvent => vec![&READ, &WRITE],
        Kind::Page(_) => vec![&PAGE],
        Kind::Thing(Thing::Run) => vec![&RUN],
        Kind::Thing(Thing::Comparison) => vec![&COMPARISON],
        Kind::Thing(Thing::Export) => vec![&EXPORT],
        Kind::Thing(Thing::Member) => vec![&MEMBER],
        Kind::Thing(Thing::Event) => vec![&EVENT],
        Kind::Nothing => vec![&BLIND, &BLIND_PAGES, &BLIND_THINGS],
    }
}

/// How many ways there are, those that several kinds of ids share counted once.
pub(super) fn count(kinds: &BTreeSet<Kind>) -> usize {
    let lists = kinds.iter().flat_map(lists);
    let each: BTreeSet<(usize, usize)> = lists.map(|it| (it.as_ptr() as usize, it.len())).collect();
    each.into_iter().map(|(_, length)| length).sum()
}

/// A table of everything of a type that the caller may see, or of one citizen's.
fn view(a: &Around<'_>, kind: &str, patient: Option<&str>) -> Ask {
    let view = json!({"resourceType": "ViewDefinition", "resource": kind,
        "select": [{"column": [{"name": "all", "path": "$this", "type": kind}]}]});
    let mut parameters = vec![json!({"name": "viewResource", "resource": view})];
    parameters.extend(patient.map(|id| json!({"name": "patient", "valueReference": about(id)})));
    let body = json!({"resourceType": "Parameters", "parameter": parameters});
    let places =
        ["ViewDefinition/$viewdefinition-run", "$viewdefinition-run", "ViewDefinition/$run"];
    let place = places[a.turn / 7 % places.len()];
    Ask::fhir(Method::POST, format!("/fhir/{place}"), &body)
}

static PATIENT: [Way; 27] = [
    ("POST /ViewDefinition/$viewdefinition-run", |a| {
        let kinds = ["Observation", "Patient", "Condition", "Encounter", "Task"];
        let kind = pick(a, &kinds);
        view(a, kind, Some(a.id))
    }),
    ("GET /Observation?patient", |a| Ask::get(format!("Observation?patient={}", a.id))),
    ("GET /Observation?subject:Patient", |a| {
        Ask::get(format!("Observation?subject:Patient={}&_include=Observation:subject", a.id))
    }),
    ("GET /Observation?patient=own,other", |a| {
        Ask::get(format!(
            "Observation?patient={},{}&_total=accurate&_count=3&_include=Observation:device",
            a.own.id, a.id
        ))
    }),
    ("GET /Observation?_count=0", |a| {
        Ask::get(format!("Observation?subject=Patient/{}&_count=0", a.id))
    }),
    ("POST /Observation/_search", |a| {
        Ask::form("Observation/_search".to_owned(), &format!("patient=Patient/{}", a.id))
    }),
    ("GET /Observation/$lastn", |a| {
        Ask::get(format!("Observation/$lastn?patient={}&code={HEART_RATE}&max=3", a.id))
    }),
    ("POST /Observation/$lastn", |a| {
        Ask::form("Observation/$lastn".to_owned(), &format!("patient={}&code={WEIGHT}", a.id))
    }),
    ("GET /Observation/$stats", |a| {
        Ask::get(format!(
            "Observation/$stats?subject=Patient/{}&code=http://loinc.org|{HEART_RATE}\
             &statistic=average,maximum,count&include=true",
            a.id
        ))
    }),
    ("POST /Observation/$stats", |a| {
        let parameters = json!({"resourceType": "Parameters", "parameter": [
            {"name": "subject", "valueUri": format!("Patient/{}", a.id)},
            {"name": "code", "valueString": WEIGHT}, {"name": "system", "valueUri": "http://loinc.org"},
            {"name": "statistic", "valueCode": "minimum"}]});
        Ask::fhir(Method::POST, "Observation/$stats".to_owned(), &parameters)
    }),
    ("GET /{kind}?patient", |a| {
        let kinds = ["Condition", "CarePlan", "Flag", "Task", "Device", "EpisodeOfCare", "Goal"];
        Ask::get(format!("{}?patient={}&_total=accurate", pick(a, &kinds), a.id))
    }),
    ("GET /{kind}?subject", |a| {
        let kinds = ["Condition", "Encounter", "Communication", "QuestionnaireResponse"];
        Ask::get(format!("{}?subject=Patient/{}&_summary=count", pick(a, &kinds), a.id))
    }),
    ("GET /Provenance?target", |a| Ask::get(format!("Provenance?target=Patient/{}", a.id))),
    ("GET /AuditEvent?patient", |a| Ask::get(format!("AuditEvent?patient={}", a.id))),
    ("GET /api/citizens/{id}/risk", |a| Ask::get(format!("/api/citizens/{}/risk", a.id))),
    ("GET /api/citizens/{id}/summary", |a| Ask::get(format!("/api/citizens/{}/summary", a.id))),
    ("GET /api/citizens/{id}/plan", |a| Ask::get(format!("/api/citizens/{}/plan", a.id))),
    ("GET /api/citizens/{id}/plan/history", |a| {
        Ask::get(format!("/api/citizens/{}/plan/history", a.id))
    }),
    ("PUT /api/citizens/{id}/plan", |a| {
        let plan = json!({"programmes": ["heart-failure"], "cadence": [], "limits": {}});
        let path = format!("/api/citizens/{}/plan", a.id);
        Ask::sent(Method::PUT, path, "application/json", &plan).with("if-match", "\"1\"")
    }),
    ("GET /api/suppressions?citizen", |a| Ask::get(format!("/api/suppressions?citizen={}", a.id))),
    ("POST /Observation about another", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = about(a.id);
        Ask::fhir(Method::POST, "Observation".to_owned(), &sent)
    }),
    ("POST /Observation as a stream", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = about(a.id);
        let lines = format!("{sent}\n");
        Ask::sent(Method::POST, "Observation".to_owned(), "application/fhir+ndjson", &lines)
    }),
    ("POST /Observation in a batch", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = about(a.id);
        bundle("batch", &json!([entry("POST", "Observation", Some(sent))]))
    }),
    ("POST /Observation in a transaction", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = about(a.id);
        bundle("transaction", &json!([entry("POST", "Observation", Some(sent))]))
    }),
    ("POST /{kind} about another", |a| {
        let bodies = bodies(a.id, "probe");
        let (kind, body) = pick(a, &bodies);
        Ask::fhir(Method::POST, (*kind).to_owned(), body)
    }),
    ("PUT one's own about another", |a| {
        let bodies = bodies(a.id, "probe");
        let (kind, mut body) = pick(a, &bodies).clone();
        let id = a.own.of(kind);
        body["id"] = json!(id);
        Ask::fhir(Method::PUT, format!("{kind}/{id}"), &body).with("if-match", "W/\"999\"")
    }),
    ("GET /api/events Last-Event-ID", |a| {
        Ask::get("/api/events".to_owned()).with("last-event-id", a.id)
    }),
];

static READING: [Way; 6] = [
    ("GET /Provenance?target", |a| Ask::get(format!("Provenance?target=Observation/{}", a.id))),
    ("GET /AuditEvent?entity", |a| Ask::get(format!("AuditEvent?entity=Observation/{}", a.id))),
    ("POST /Provenance of another's", |a| {
        let target = json!([{"reference": format!("Observation/{}", a.id)}]);
        let body = json!({"resourceType": "Provenance", "target": target,
            "recorded": "2025-12-31T09:00:00Z", "agent": [{"who": {"display": "probe"}}]});
        Ask::fhir(Method::POST, "Provenance".to_owned(), &body)
    }),
    ("POST derivedFrom another's", |a| {
        let mut sent = heart_rate(a);
        sent["derivedFrom"] = json!([{"reference": format!("Observation/{}", a.id)}]);
        Ask::fhir(Method::POST, "Observation".to_owned(), &sent)
    }),
    ("POST hasMember another's, in a transaction", |a| {
        let mut sent = heart_rate(a);
        sent["hasMember"] = json!([{"reference": format!("Observation/{}", a.id)}]);
        bundle("transaction", &json!([entry("POST", "Observation", Some(sent))]))
    }),
    ("GET /Observation?_id=many", |a| {
        Ask::get(format!("Observation?_id={},{},{}&_count=2", a.own.readings[1], a.id, "none"))
    }),
];

static REFERRED: [Way; 6] = [
    ("GET /Provenance?target", |a| {
        Ask::get(format!("Provenance?target={}/{}", a.kind.path(), a.id))
    }),
    ("POST /Provenance of another's", |a| {
        let target = json!([{"reference": format!("{}/{}", a.kind.path(), a.id)}]);
        let body = json!({"resourceType": "Provenance", "target": target,
            "recorded": "2025-12-31T09:00:00Z", "agent": [{"who": {"display": "probe"}}]});
        Ask::fhir(Method::POST, "Provenance".to_owned(), &body)
    }),
    ("POST device, basedOn, encounter of another's", |a| {
        let mut sent = heart_rate(a);
        let there = json!({"reference": format!("{}/{}", a.kind.path(), a.id)});
        match a.kind.path() {
            "Device" => sent["device"] = there,
            "Encounter" => sent["encounter"] = there,
            _ => sent["basedOn"] = json!([there]),
        }
        Ask::fhir(Method::POST, "Observation".to_owned(), &sent)
    }),
    ("GET /Observation?device", |a| {
        Ask::get(format!(
            "Observation?device={}/{}&_include=Observation:device",
            a.kind.path(),
            a.id
        ))
    }),
    ("GET /CarePlan?goal", |a| Ask::get(format!("CarePlan?goal={}/{}", a.kind.path(), a.id))),
    ("POST /Communication basedOn another's", |a| {
        let there = json!([{"reference": format!("{}/{}", a.kind.path(), a.id)}]);
        let body = json!({"resourceType": "Communication", "status": "completed",
            "subject": about(&a.own.id), "basedOn": there});
        Ask::fhir(Method::POST, "Communication".to_owned(), &body)
    }),
];

static NUMBER: [Way; 8] = [
    ("GET /Patient?identifier", |a| Ask::get(format!("Patient?identifier={CPR}|{}", a.id))),
    ("POST /Patient/_search", |a| {
        Ask::form("Patient/_search".to_owned(), &format!("identifier={CPR}|{}&_count=0", a.id))
    }),
    ("GET /Observation?patient.identifier", |a| {
        Ask::get(format!("Observation?patient.identifier={CPR}|{}", a.id))
    }),
    ("GET /Observation?subject:identifier", |a| {
        Ask::get(format!("Observation?subject:identifier={}&_total=accurate", a.id))
    }),
    ("POST subject.identifier", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = json!({"identifier": {"system": CPR, "value": a.id}});
        Ask::fhir(Method::POST, "Observation".to_owned(), &sent)
    }),
    ("POST /Condition subject.identifier", |a| {
        let subject = json!({"identifier": {"system": CPR, "value": a.id}});
        let body = json!({"resourceType": "Condition", "subject": subject, "code": {"text": "x"}});
        Ask::fhir(Method::POST, "Condition".to_owned(), &body)
    }),
    ("conditional reference", |a| {
        let mut sent = heart_rate(a);
        sent["subject"] = json!({"reference": format!("Patient?identifier={CPR}|{}", a.id)});
        bundle("transaction", &json!([entry("POST", "Observation", Some(sent))]))
    }),
    ("If-None-Exist of a Patient", |a| {
        let body = json!({"resourceType": "Patient", "active": true});
        Ask::fhir(Method::POST, "Patient".to_owned(), &body)
            .with("if-none-exist", format!("identifier={CPR}|{}", a.id))
    }),
];

static IDENTIFIER: [Way; 6] = [
    ("GET /{kind}?identifier", |a| {
        Ask::get(format!("{}?identifier={SYSTEM}|{}&_total=accurate", a.kind.path(), a.id))
    }),
    ("GET /{kind}?identifier without a system", |a| {
        Ask::get(format!("{}?identifier={}&_count=0", a.kind.path(), a.id))
    }),
    ("If-None-Exist", |a| {
        let mut body = own_body(a);
        body.as_object_mut().expect("an object").remove("id");
        Ask::fhir(Method::POST, a.kind.path().to_owned(), &body)
            .with("if-none-exist", format!("identifier={SYSTEM}|{}", a.id))
    }),
    ("conditional create by the address", |a| {
        let mut body = own_body(a);
        body.as_object_mut().expect("an object").remove("id");
        let path = format!("{}?identifier={SYSTEM}|{}", a.kind.path(), a.id);
        Ask::fhir(Method::POST, path, &body)
    }),
    ("ifNoneExist in a batch", |a| {
        let mut body = own_body(a);
        body.as_object_mut().expect("an object").remove("id");
        let mut entry = entry("POST", a.kind.path(), Some(body));
        entry["request"]["ifNoneExist"] = json!(format!("identifier={SYSTEM}|{}", a.id));
        bundle("batch", &json!([entry]))
    }),
    ("conditional reference", |a| {
        let mut sent = heart_rate(a);
        let search = format!("{}?identifier={SYSTEM}|{}", a.kind.path(), a.id);
        sent["basedOn"] = json!([{"reference": search}]);
        bundle("batch", &json!([entry("POST", "Observation", Some(sent))]))
    }),
];

static ALERT: [Way; 6] = [
    ("GET /api/alerts/{id}", |a| Ask::get(format!("/api/alerts/{}", a.id))),
    ("POST /api/alerts/{id}/claim", |a| act(a, "claim", &json!({}))),
    ("POST /api/alerts/{id}/note", |a| act(a, "note", &json!({"text": "probe"}))),
    ("POST /api/alerts/{id}/close", |a| {
        act(a, "close", &json!({"outcome": "advice", "note": "probe"}))
    }),
    ("POST /api/alerts/seen", |a| {
        let body = json!({"alerts": [{"id": a.id, "version": 1}]});
        Ask::sent(Method::POST, "/api/alerts/seen".to_owned(), "application/json", &body)
    }),
    ("GET /api/events Last-Event-ID", |a| {
        Ask::get("/api/events".to_owned()).with("last-event-id", a.id)
    }),
];

fn act(a: &Around<'_>, what: &str, body: &Value) -> Ask {
    let path = format!("/api/alerts/{}/{what}", a.id);
    Ask::sent(Method::POST, path, "application/json", body).with("if-match", "\"1\"")
}
