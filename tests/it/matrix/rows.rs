//! The rows of the matrix. Interactions of FHIR come from the `CapabilityStatement`, operations of
//! the API from its description; what is beside them is listed here, one line each.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::Method;
use serde_json::{Value, json};

use crate::openapi::operations;
use crate::planted::{
    COHORT, HEART_RATE, Person, Planted, Thing, WEIGHT, bodies, colleague, definition, reading,
    wish,
};

const FHIR: &[(&str, &str)] = &[("content-type", "application/fhir+json")];
const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const EXPORT: &[(&str, &str)] =
    &[("content-type", "application/x-www-form-urlencoded"), ("prefer", "respond-async")];
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
    /// Whether the address or the body has the id of something.
    pub(super) has_id: bool,
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
            has_id: true,
        }
    }

    /// The name, without a form for which there is no room.
    pub(super) fn title(&self) -> &str {
        let mut ends = self.name.match_indices(' ').map(|(place, _)| place);
        let is_request = self.name.contains(" /") && self.name.starts_with(self.method.as_str());
        ends.nth(1)
            .filter(|_| is_request && self.name.len() > 51)
            .map_or(&self.name, |end| &self.name[..end])
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
        Self { whose: Whose::Nobodys, has_id: false, ..self }
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
    let pack = in_force(planted).await;
    for (method, path, _) in operations(&api) {
        rows.push(api_row(&method, &path, &pack));
    }
    rows.extend(others());
    let pages = super::routes::asked();
    rows.extend(pages.map(|(route, asked)| page(route, asked, &pack)));
    // It ends the session of a browser.
    rows.push(
        Row::new("POST /auth/logout", Method::POST, |_| "/auth/logout".to_owned())
            .headers(FORM)
            .nobodys(),
    );
    rows
}

/// The hash of the rules in force.
async fn in_force(planted: &Planted) -> String {
    let rules = planted.world.nurse().get("/api/rules").await.expect(200).json();
    rules["packs"][0]["hash"].as_str().expect("a hash").to_owned()
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

fn api_row(method: &str, path: &str, pack: &str) -> Row {
    let (template, pack) = (path.to_owned(), pack.to_owned());
    let hash = pack.clone();
    let at = move |person: &Person| {
        let of = |part: &str| match part {
            "{code}" if template.contains("/members") => "default".to_owned(),
            "{code}" => "nord".to_owned(),
            "{hash}" => hash.clone(),
            "{name}" => COHORT.to_owned(),
            "{member}" => person.thing(Thing::Member).to_owned(),
            "{id}" => {
                let kind = template.split('/').nth(1).unwrap_or("");
                match kind {
                    "alerts" => person.alerts[0].clone(),
                    "break-glass" => person.accesses[0].clone(),
                    "quarantine" => person.thing(Thing::Doubted).to_owned(),
                    "cohort-runs" => person.thing(Thing::Run).to_owned(),
                    "comparisons" => person.thing(Thing::Comparison).to_owned(),
                    "citizens" => person.id.clone(),
                    other => panic!("{other} has an id that the matrix does not know"),
                }
            }
            part => part.to_owned(),
        };
        format!("/api{}", template.split('/').map(of).collect::<Vec<_>>().join("/"))
    };
    let row = Row::new(format!("{method} /api{path}"), method.parse().expect("a method"), at);
    let asked = row.name.clone();
    let row = row.headers(STALE).body(move |person| api_body(&asked, &pack, person).to_string());
    let is_about_somebody = ["{id}", "{member}", "/seen", "/quarantine/all"];
    let is_about_somebody = is_about_somebody.iter().any(|part| path.contains(part));
    let row = if is_about_somebody { row } else { row.nobodys() };
    Row { has_id: row.has_id || path.contains('{'), ..row }
}

/// What is sent: as much as is needed to come to the question whose it is.
fn api_body(asked: &str, pack: &str, person: &Person) -> Value {
    let why = json!({"why": "asked by a test"});
    match asked.rsplit('/').next().unwrap_or("") {
        "accept" | "reject" | "undo" => why,
        "fix" => json!({"why": "asked by a test", "values": [{"place": 0, "value": "70.5"}]}),
        // Of before anything was received.
        "all" => {
            json!({"device": format!("Device/{}", person.of("Device")), "reason": "implausible",
            "decision": "reject", "why": "asked by a test", "until": "2020-01-01T00:00:00Z"})
        }
        "seen" => json!({"alerts": [{"id": person.alerts[0], "version": 99}]}),
        "call-back" => json!({"at": "2026-01-02T12:00:00Z"}),
        "escalate" => json!({"to": "gp"}),
        "snooze" => json!({"until": "2026-01-02T12:00:00Z", "reason": "matrix"}),
        "note" => json!({"text": "matrix"}),
        "close" => json!({"outcome": "advice", "note": "matrix"}),
        "plan" => json!({"programmes": ["heart-failure"], "cadence": [], "limits": {}}),
        "team" => json!({"team": "default"}),
        "break-glass" => json!({"reason": "asked by a test", "minutes": 5}),
        "members" => json!({"subject": "colleague"}),
        "{code}" => json!({"name": "Another team"}),
        "sign-off" => json!({"signedBy": "A test", "signedAs": "test"}),
        "use" => json!({"insteadOf": pack, "reason": "asked by a test"}),
        "check" | "{name}" => definition(),
        "runs" => json!({"ask": wish("asked by a test")}),
        "cohort-runs" => json!({"definition": definition(), "ask": wish("asked by a test")}),
        _ => json!({}),
    }
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
const PLACES: [(&str, fn(&Person) -> &str); 13] = [
    ("{group}", |person| person.of("Group")),
    ("{device}", |person| person.of("Device")),
    ("{consent}", |person| person.of("Consent")),
    ("{citizen}", |person| &person.id),
    ("{alert}", |person| &person.alerts[0]),
    ("{reading}", |person| &person.readings[0]),
    ("{doubted}", |person| person.thing(Thing::Doubted)),
    ("{run}", |person| person.thing(Thing::Run)),
    ("{comparison}", |person| person.thing(Thing::Comparison)),
    ("{export}", |person| person.thing(Thing::Export)),
    ("{member}", |person| person.thing(Thing::Member)),
    ("{access}", |person| &person.accesses[0]),
    ("{cpr}", |person| person.cpr),
];

/// A request as `routes.rs` writes it: method, path and, behind a space, the form. What is sent
/// without one is of a version that nothing has, so that nothing changes.
fn page(route: &str, asked: &'static str, pack: &str) -> Row {
    let mut parts = asked.splitn(3, ' ');
    let method = parts.next().and_then(|method| method.parse().ok()).expect("a method");
    let path = parts.next().expect("a path");
    let form = parts.next().unwrap_or(if method == Method::POST { "version=99" } else { "" });
    let (of_path, of_form) = (pack.to_owned(), pack.to_owned());
    let filled = |text: &str, pack: &str, person: &Person| {
        let text = text.replace("{pack}", pack);
        PLACES.iter().fold(text, |text, (name, of)| text.replace(name, of(person)))
    };
    let row = Row::new(asked, method, move |person| filled(path, &of_path, person));
    let row = row.headers(if path.ends_with("$export") { EXPORT } else { FORM });
    let row = row.body(move |person| filled(form, &of_form, person));
    let is_about_somebody = PLACES.iter().any(|(name, _)| asked.contains(name));
    let row = if is_about_somebody { row } else { row.nobodys() };
    Row { has_id: row.has_id || route.contains('{'), ..row }
}

/// What a row takes away is put back before each caller asks for it.
pub(super) async fn put_back(planted: &Planted, row: &Row, person: &Person) {
    if row.name.ends_with("/leave") || row.name.ends_with("/members/{member}") {
        let admin = planted.world.admin(person.tenant).with("content-type", "application/json");
        let new = colleague(person).to_string();
        admin.post("/api/teams/default/members", &new).await.expect(200);
    }
}

/// What a row opens is closed again, so that the next rows find what the others found.
pub(super) async fn take_back(planted: &Planted, row: &Row, person: &Person, answer: &Value) {
    if row.name.ends_with("/break-glass")
        && let Some(id) = answer["id"].as_str()
    {
        let lead = planted.world.client(person.tenant, pulsvagt::access::Role::Lead, None);
        lead.post(&format!("/api/break-glass/{id}/end"), "").await.expect(200);
    }
}
