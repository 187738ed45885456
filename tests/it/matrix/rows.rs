//! The rows of the matrix. Interactions of FHIR come from the `CapabilityStatement`, operations of
//! the API from its description; what is beside them is listed here, one line each.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::Method;
use serde_json::{Value, json};

use crate::openapi::operations;
use crate::planted::{HEART_RATE, Person, Planted, WEIGHT, bodies, reading};

const FHIR: &[(&str, &str)] = &[("content-type", "application/fhir+json")];
const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const STREAM: &[(&str, &str)] = &[("content-type", "application/fhir+ndjson")];
/// A version that nothing has, so that nothing changes from one cell to the next: 409 and 412 say
/// that it would be done.
const STALE_FHIR: &[(&str, &str)] =
    &[("content-type", "application/fhir+json"), ("if-match", "W/\"99\"")];
const STALE: &[(&str, &str)] = &[("content-type", "application/json"), ("if-match", "\"99\"")];

/// Whether it makes a difference whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Nobodys,
    Somebodys,
}

/// What of an answer counts beside its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Nothing,
    /// Whether anything was found.
    Found,
    /// The status of the first entry.
    Entry,
    /// The status of the first line.
    Receipt,
}

/// One operation.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) whose: Whose,
    pub(super) inside: Inside,
    pub(super) path: Box<dyn Fn(&Person) -> String + Send + Sync>,
    pub(super) body: Box<dyn Fn(&Person) -> String + Send + Sync>,
}

impl Row {
    fn new(
        name: impl Into<String>,
        method: Method,
        path: impl Fn(&Person) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            method,
            headers: FHIR,
            whose: Whose::Somebodys,
            inside: Inside::Nothing,
            path: Box::new(path),
            body: Box::new(|_| String::new()),
        }
    }

    fn body(self, body: impl Fn(&Person) -> String + Send + Sync + 'static) -> Self {
        Self { body: Box::new(body), ..self }
    }

    fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    fn inside(self, inside: Inside) -> Self {
        Self { inside, ..self }
    }

    fn nobodys(self) -> Self {
        Self { whose: Whose::Nobodys, ..self }
    }
}

/// All of them.
pub(super) async fn all(planted: &Planted) -> Vec<Row> {
    let nobody = planted.world.nobody();
    let statement = nobody.get("metadata").await.expect(200).json();
    let rest = &statement["rest"][0];
    let mut rows = Vec::new();
    for resource in rest["resource"].as_array().expect("resources") {
        let kind = resource["type"].as_str().expect("a type");
        for interaction in resource["interaction"].as_array().expect("interactions") {
            let code = interaction["code"].as_str().expect("a code");
            rows.extend(interactions(kind, code));
        }
        for operation in resource["operation"].as_array().into_iter().flatten() {
            rows.extend(operation_rows(operation["name"].as_str().expect("a name")));
        }
        rows.extend(not_offered(kind));
    }
    for interaction in rest["interaction"].as_array().expect("interactions") {
        rows.push(bundle(interaction["code"].as_str().expect("a code")));
    }
    let api = nobody.get("/api/openapi.json").await.expect(200).json();
    for (method, path, _) in operations(&api) {
        rows.push(api_row(&method, &path));
    }
    rows.extend(others());
    rows.extend(super::routes::asked().map(page));
    // It ends the session of a browser.
    rows.push(
        Row::new("POST /auth/logout", Method::POST, |_| "/auth/logout".to_owned())
            .headers(FORM)
            .nobodys(),
    );
    rows
}

fn one(kind: &str) -> impl Fn(&Person) -> String + Send + Sync + 'static {
    let kind = kind.to_owned();
    move |person| format!("/fhir/{kind}/{}", person.of(&kind))
}

fn then(kind: &str, tail: &'static str) -> impl Fn(&Person) -> String + Send + Sync + 'static {
    let one = one(kind);
    move |person| format!("{}{tail}", one(person))
}

/// What is asked for of a type about somebody.
fn search_of(kind: &str, person: &Person) -> String {
    match kind {
        "Patient" => format!("_id={}", person.id),
        "Provenance" => format!("target=Patient/{}", person.id),
        "Group" => format!("member=Patient/{}", person.id),
        _ => format!("patient={}", person.id),
    }
}

/// A new resource of the type about somebody.
fn new(kind: &str, person: &Person) -> Value {
    let found = bodies(&person.id, "matrix").into_iter().find(|(listed, _)| *listed == kind);
    match (found, kind) {
        (Some((_, body)), _) => body,
        (None, "Observation") => new_reading(person),
        (None, kind) => json!({"resourceType": kind, "active": true}),
    }
}

/// A reading that nobody has sent before.
fn new_reading(person: &Person) -> Value {
    static SECONDS: AtomicU32 = AtomicU32::new(0);
    let second = SECONDS.fetch_add(1, Ordering::Relaxed);
    let at = format!("2025-12-30T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
    reading(person, HEART_RATE, &at, "80")
}

fn interactions(kind: &str, code: &str) -> Vec<Row> {
    let name = format!("{kind} {code}");
    let (kind, path) = (kind.to_owned(), format!("/fhir/{kind}"));
    match code {
        "read" if kind == "Observation" => vec![
            Row::new(format!("{name} (heart rate)"), Method::GET, one(&kind)),
            Row::new(format!("{name} (weight)"), Method::GET, |person| {
                format!("/fhir/Observation/{}", person.weights[0])
            }),
        ],
        "read" => vec![Row::new(name, Method::GET, one(&kind))],
        "vread" => vec![Row::new(name, Method::GET, then(&kind, "/_history/1"))],
        "history-instance" => vec![Row::new(name, Method::GET, then(&kind, "/_history"))],
        "search-type" => {
            let (all, listed) = (path.clone(), kind.clone());
            let posted = kind.clone();
            let form = format!("{path}/_search");
            vec![
                Row::new(format!("{name} of all"), Method::GET, move |_| all.clone()).nobodys(),
                Row::new(format!("{name} of one"), Method::GET, move |person| {
                    format!("/fhir/{listed}?{}", search_of(&listed, person))
                })
                .inside(Inside::Found),
                Row::new(format!("{name} by POST"), Method::POST, move |_| form.clone())
                    .headers(FORM)
                    .body(move |person| search_of(&posted, person))
                    .inside(Inside::Found),
            ]
        }
        "create" => vec![
            Row::new(name, Method::POST, move |_| path.clone())
                .body(move |person| new(&kind, person).to_string()),
        ],
        "update" => {
            let row = Row::new(name, Method::PUT, one(&kind)).headers(STALE_FHIR);
            vec![row.body(move |person| {
                let mut body = new(&kind, person);
                if kind == "Observation" {
                    let device = json!({"reference": format!("Device/{}", person.of("Device"))});
                    body["effectiveDateTime"] = json!("2025-12-31T08:00:00+01:00");
                    body["device"] = device;
                }
                body["id"] = json!(person.of(&kind));
                body.to_string()
            })]
        }
        other => panic!("{other} is an interaction that the matrix does not know"),
    }
}

fn operation_rows(name: &str) -> Vec<Row> {
    let query = match name {
        // Its routes are in `routes.rs`.
        "export" => return Vec::new(),
        "lastn" => format!("code={WEIGHT}&patient="),
        "stats" => format!("code=http://loinc.org|{WEIGHT}&statistic=count&subject=Patient/"),
        other => panic!("${other} is an operation that the matrix does not know"),
    };
    let (path, form) = (format!("/fhir/Observation/${name}?{query}"), query);
    let posted = format!("/fhir/Observation/${name}");
    vec![
        Row::new(format!("Observation ${name}"), Method::GET, move |person| {
            format!("{path}{}", person.id)
        })
        .inside(Inside::Found),
        Row::new(format!("Observation ${name} by POST"), Method::POST, move |_| posted.clone())
            .headers(FORM)
            .body(move |person| format!("{form}{}", person.id))
            .inside(Inside::Found),
    ]
}

/// What is answered with the way that is offered, or not at all.
fn not_offered(kind: &str) -> Vec<Row> {
    let mut rows = vec![Row::new(format!("{kind} delete"), Method::DELETE, one(kind))];
    if kind != "Observation" && kind != "AuditEvent" {
        rows.push(Row::new(format!("{kind} patch"), Method::PATCH, one(kind)));
    }
    rows
}

fn bundle(code: &str) -> Row {
    let kind = code.to_owned();
    let row = Row::new(format!("system {code}"), Method::POST, |_| "/fhir".to_owned());
    row.inside(Inside::Entry).body(move |person| {
        let url = format!("Patient/{}", person.id);
        json!({"resourceType": "Bundle", "type": kind,
            "entry": [{"request": {"method": "GET", "url": url}}]})
        .to_string()
    })
}

fn api_row(method: &str, path: &str) -> Row {
    let template = path.to_owned();
    let at = move |person: &Person| {
        let of = |part: &str| match part {
            "{code}" => "nord".to_owned(),
            "{id}" if template.starts_with("/alerts") => person.alerts[0].clone(),
            "{id}" if template.starts_with("/break-glass") => person.accesses[0].clone(),
            "{id}" => person.id.clone(),
            part if part.starts_with('{') => "none".to_owned(),
            part => part.to_owned(),
        };
        format!("/api{}", template.split('/').map(of).collect::<Vec<_>>().join("/"))
    };
    let row = Row::new(format!("{method} /api{path}"), method.parse().expect("a method"), at);
    let action = path.rsplit('/').next().unwrap_or("").to_owned();
    let row = row.headers(STALE).body(move |_| {
        let body = match &*action {
            "callback" | "call-back" | "call_back" => json!({"at": "2026-01-02T12:00:00Z"}),
            "escalate" => json!({"to": "gp"}),
            "snooze" => json!({"until": "2026-01-02T12:00:00Z", "reason": "matrix"}),
            "note" => json!({"text": "matrix"}),
            "close" => json!({"outcome": "advice", "note": "matrix"}),
            "plan" => json!({"programmes": ["heart-failure"], "cadence": [], "limits": {}}),
            _ => json!({}),
        };
        body.to_string()
    });
    if path.contains("{id}") { row } else { row.nobodys() }
}

/// What is described nowhere, and sends what is no form.
fn others() -> Vec<Row> {
    let get = |path: &'static str| {
        Row::new(format!("GET {path}"), Method::GET, move |_| path.to_owned()).nobodys()
    };
    let streamed = Row::new("stream to POST /fhir/Observation", Method::POST, |_| {
        "/fhir/Observation".to_owned()
    });
    let mut rows = vec![
        streamed
            .inside(Inside::Receipt)
            .headers(STREAM)
            .body(|person| format!("{}\n", new_reading(person))),
        Row::new("batch with POST /fhir/", Method::POST, |_| "/fhir/".to_owned())
            .nobodys()
            .body(|_| json!({"resourceType": "Bundle", "type": "batch"}).to_string()),
        get("/fhir/Unknown"),
        get("/api/unknown"),
        get("/unknown"),
    ];
    rows.extend(views());
    rows
}

/// Tables of what is one person's, by each address that the operation has.
fn views() -> impl Iterator<Item = Row> {
    const ADDRESSES: [(&str, &str); 4] = [
        ("Observation", "/fhir/$viewdefinition-run"),
        ("Patient", "/fhir/$viewdefinition-run"),
        ("Condition", "/fhir/ViewDefinition/$viewdefinition-run"),
        ("Encounter", "/fhir/ViewDefinition/$run"),
    ];
    ADDRESSES.into_iter().map(|(kind, path)| {
        let row = Row::new(format!("view of {kind}"), Method::POST, move |_| path.to_owned());
        row.body(move |person| {
            let view = json!({"resourceType": "ViewDefinition", "resource": kind,
                "select": [{"column": [{"name": "id", "path": "id"}]}]});
            json!({"resourceType": "Parameters", "parameter": [
                {"name": "viewResource", "resource": view},
                {"name": "patient",
                 "valueReference": {"reference": format!("Patient/{}", person.id)}}]})
            .to_string()
        })
    })
}

/// What is put in an address in place of a name in braces.
const PLACES: [(&str, fn(&Person) -> &str); 6] = [
    ("{group}", |person| person.of("Group")),
    ("{citizen}", |person| &person.id),
    ("{alert}", |person| &person.alerts[0]),
    ("{reading}", |person| &person.readings[0]),
    ("{access}", |person| &person.accesses[0]),
    ("{cpr}", |person| person.cpr),
];

/// A request as `routes.rs` writes it: method, path and, behind a space, the form. What is sent
/// without one is of a version that nothing has, so that nothing changes.
fn page(asked: &'static str) -> Row {
    let mut parts = asked.splitn(3, ' ');
    let method = parts.next().and_then(|method| method.parse().ok()).expect("a method");
    let path = parts.next().expect("a path");
    let form = parts.next().unwrap_or(if method == Method::GET { "" } else { "version=99" });
    let filled = |text: &str, person: &Person| {
        PLACES.iter().fold(text.to_owned(), |text, (name, of)| text.replace(name, of(person)))
    };
    let row = Row::new(asked, method, move |person| filled(path, person));
    let row = row.headers(FORM).body(move |person| filled(form, person));
    if PLACES.iter().any(|(name, _)| asked.contains(name)) { row } else { row.nobodys() }
}
