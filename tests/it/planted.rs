//! A world in which everybody has something of everything, marked so that it is found again
//! wherever it comes out.

mod canaries;
mod session;
mod things;

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::limits::{Quota, Rates};
use pulsvagt::screening::Worker;
use pulsvagt::store::screenings::{Mode, Used};
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub(crate) use session::Browser;
pub(crate) use things::{COHORT, Thing, colleague, definition, until_ready, wish};

use crate::machines::store;
use crate::worklist::PACK;
use crate::world::{Client, NOW, World};

/// The numbers that people are known by.
pub(crate) const CPR: &str = "urn:oid:1.2.208.176.1.2";
/// Of the identifiers that resources and readings have here.
pub(crate) const SYSTEM: &str = "urn:planted";
/// The code of the readings that are hidden from nobody by their code.
pub(crate) const HEART_RATE: &str = "8867-4";
/// The code of those that some scopes leave out.
pub(crate) const WEIGHT: &str = "29463-7";

/// Everything that hangs on a person and that another might get hold of.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) tenant: &'static str,
    /// Logical id of the Patient.
    pub(crate) id: String,
    pub(crate) cpr: &'static str,
    /// Type and logical ids.
    pub(crate) resources: BTreeMap<String, Vec<String>>,
    /// Ids of heart rates; the first one has two versions.
    pub(crate) readings: Vec<String>,
    /// Ids of weights.
    pub(crate) weights: Vec<String>,
    pub(crate) alerts: Vec<String>,
    pub(crate) events: Vec<String>,
    /// Accesses beyond teams that somebody has opened to the person.
    pub(crate) accesses: Vec<String>,
    /// Where pages about the person lead: links and forms.
    pub(crate) links: Vec<String>,
    /// What is no resource, by what it is.
    pub(crate) things: BTreeMap<Thing, Vec<String>>,
    /// Where a search goes on: path, and what stands in the address.
    pub(crate) pages: Vec<(String, String)>,
    /// Values of identifiers, by the type of what has them.
    pub(crate) identifiers: Vec<(&'static str, String)>,
    /// Words and numbers of what is told of them.
    words: Vec<String>,
    /// The same of weights alone.
    weight: String,
    /// A weight that nobody has.
    doubted: String,
}

impl Person {
    fn new(tenant: &'static str, name: &str, cpr: &'static str, digits: &str) -> Self {
        Self {
            tenant,
            id: format!("pt-zw{name}"),
            cpr,
            resources: BTreeMap::new(),
            readings: Vec::new(),
            weights: Vec::new(),
            alerts: Vec::new(),
            events: Vec::new(),
            accesses: Vec::new(),
            links: Vec::new(),
            things: BTreeMap::new(),
            pages: Vec::new(),
            identifiers: Vec::new(),
            words: vec![format!("Qv{name}"), format!("6{digits}"), format!("7{digits}")],
            weight: format!("10{digits}"),
            doubted: format!("70{digits}"),
        }
    }

    /// The word that stands in all text about the person.
    fn mark(&self) -> &str {
        &self.words[0]
    }

    /// One id of a type.
    pub(crate) fn of(&self, kind: &str) -> &str {
        match kind {
            "Observation" => &self.readings[0],
            "AuditEvent" => &self.events[0],
            kind => self.resources.get(kind).map_or("none", |ids| &ids[0]),
        }
    }
}

/// The world with the people in it.
pub(crate) struct Planted {
    pub(crate) world: World,
    pub(crate) ane: Person,
    /// In the same municipality.
    pub(crate) bo: Person,
    /// There too, and restricted.
    pub(crate) dora: Person,
    /// There too, and denies readings and Conditions to everybody, since all was there.
    pub(crate) eva: Person,
    /// In another municipality.
    pub(crate) carl: Person,
    /// When all was there.
    pub(crate) at: Micros,
}

/// No limit that a test comes up against.
pub(crate) fn unlimited() -> Limits {
    let much = Quota { per_minute: 60_000_000, burst: 60_000_000 };
    let rates = Rates { citizen: much, staff: much, system: much, address: much, failures: much };
    Limits { rates, ..Limits::default() }
}

impl Planted {
    pub(crate) async fn new() -> Self {
        let world = World::with_browsers(Vec::new(), unlimited(), Clock::fixed(NOW)).await;
        let mut people = [
            Person::new("0330", "ane", "0505501678", "4.0634"),
            Person::new("0330", "bo", "0606601789", "1.0731"),
            Person::new("0330", "dora", "0707701890", "3.0933"),
            Person::new("0330", "eva", "0404401567", "5.0835"),
            Person::new("0306", "carl", "0808801901", "2.0832"),
        ];
        for tenant in ["0330", "0306"] {
            use_rules(&world, tenant).await;
        }
        for person in &mut people {
            plant(&world, person).await;
        }
        for tenant in ["0330", "0306"] {
            screen(&world, tenant).await;
        }
        for person in &mut people {
            harvest(&world, person).await;
        }
        things::plant(&world, &mut people).await;
        everything_is_there(&world, &people).await;
        let at = world.clock.now();
        let store = store(&world, "0330").await;
        let citizen = store.citizen_no(&people[2].id).await.expect("asked").expect("there");
        store.restrict(citizen, "objection", "test", at).await.expect("restricted");
        world.clock.advance(60_000_000);
        let subject = json!({"reference": format!("Patient/{}", people[3].id)});
        let own = world.citizen(&people[3].id);
        own.post("Consent", &denial(&subject).to_string()).await.expect(201);
        screen(&world, "0330").await;
        let [ane, bo, dora, eva, carl] = people;
        Self { world, ane, bo, dora, eva, carl, at }
    }

    pub(crate) fn client(&self, tenant: &str, role: Role) -> Client {
        let own = if tenant == "0330" { &self.ane } else { &self.carl };
        self.world.client(tenant, role, (role == Role::Citizen).then_some(own.id.as_str()))
    }

    /// What is kept about a person, in a number: it is another one if anything was changed.
    pub(crate) async fn sum_of(&self, person: &Person) -> i64 {
        let (id, at) = (&person.id, self.at);
        let own = format!("citizen = (select id from citizen where logical_id = '{id}')");
        let query = format!(
            "select ('x' || substr(md5(string_agg(t, '' order by t)), 1, 15))::bit(60)::bigint from (
                 select o::text as t from observation o where {own} and received <= '{at}'
                 union all select r::text from resource r where {own} and updated <= '{at}'
                 union all select a::text from alert a where {own}
                 union all select d::text from doubtful_reading d where {own}
                 union all select p::text from plan p where {own}) as rows"
        );
        self.world.count(person.tenant, &query).await
    }
}

pub(crate) fn reading(person: &Person, code: &str, at: &str, value: &str) -> Value {
    let unit = if code == WEIGHT { "kg" } else { "/min" };
    json!({"resourceType": "Observation", "status": "final",
        "category": [{"coding": [{"system":
            "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": format!("Patient/{}", person.id)},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value.parse::<f64>().expect("a number"), "unit": unit,
            "system": "http://unitsofmeasure.org", "code": unit}})
}

/// A resource of each type that people write, about a citizen.
pub(crate) fn bodies(patient: &str, words: &str) -> Vec<(&'static str, Value)> {
    let subject = json!({"reference": format!("Patient/{patient}")});
    let text = json!({"text": words});
    let mut bodies = vec![
        ("Condition", json!({"subject": subject, "code": text, "note": [text]})),
        (
            "Encounter",
            json!({"subject": subject, "status": "finished", "reasonCode": [text],
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"}}),
        ),
        (
            "CarePlan",
            json!({"subject": subject, "status": "active", "intent": "plan",
            "title": words}),
        ),
        ("Goal", json!({"subject": subject, "lifecycleStatus": "active", "description": text})),
        ("EpisodeOfCare", json!({"patient": subject, "status": "active", "type": [text]})),
        (
            "Communication",
            json!({"subject": subject, "status": "completed",
            "payload": [{"contentString": words}]}),
        ),
        (
            "QuestionnaireResponse",
            json!({"subject": subject, "status": "completed",
            "item": [{"linkId": "1", "answer": [{"valueString": words}]}]}),
        ),
        (
            "Device",
            json!({"patient": subject,
            "deviceName": [{"name": words, "type": "user-friendly-name"}]}),
        ),
        (
            "Group",
            // A lead's list of people: of its own it says nothing of any of them.
            json!({"type": "person", "actual": true, "code": {"text": "those of the ward"},
            "member": [{"entity": subject}]}),
        ),
        ("Consent", consent(&subject, words)),
        (
            "Provenance",
            json!({"target": [subject], "recorded": "2025-12-31T09:00:00Z",
            "agent": [{"who": {"display": words}}]}),
        ),
    ];
    for (kind, body) in &mut bodies {
        body["resourceType"] = json!(*kind);
    }
    bodies
}

/// Who the relative of somebody is, by the subject of their tokens.
pub(crate) fn kin(patient: &str) -> String {
    format!("kin-of-{patient}")
}

/// A Consent by which that relative sees vital signs and Conditions.
fn consent(patient: &Value, words: &str) -> Value {
    let id = patient["reference"].as_str().and_then(|place| place.split('/').nth(1));
    let actor = json!([{"role": {"text": words}, "reference": {"identifier":
        {"system": "urn:kin", "value": kin(id.unwrap_or_default())}}}]);
    let classes = json!([
        {"system": "http://terminology.hl7.org/CodeSystem/observation-category",
         "code": "vital-signs"},
        {"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]);
    json!({"patient": patient, "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy"}]},
        "category": [{"text": words}], "policyRule": {"text": words},
        "provision": {"type": "permit", "actor": actor, "class": classes}})
}

/// A Consent by which nobody sees vital signs and Conditions.
fn denial(patient: &Value) -> Value {
    let mut consent = consent(patient, "denial");
    consent["resourceType"] = json!("Consent");
    consent["provision"]["type"] = json!("deny");
    consent["provision"].as_object_mut().expect("an object").remove("actor");
    consent
}

async fn plant(world: &World, person: &mut Person) {
    let (tenant, id, mark) = (person.tenant, person.id.clone(), person.mark().to_owned());
    let (admin, nurse) = (world.admin(tenant), world.client(tenant, Role::Nurse, None));
    let gateway = world.client(tenant, Role::Gateway, None);
    let lead = world.client(tenant, Role::Lead, None);
    let patient = json!({"resourceType": "Patient", "id": id,
        "identifier": [{"use": "official", "system": CPR, "value": person.cpr}],
        "name": [{"family": mark, "given": [format!("{mark}-given")]}],
        "telecom": [{"system": "phone", "value": format!("+45 {mark}")}],
        "address": [{"line": [format!("{mark}vej 1")]}]});
    admin.put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
    for round in 0..2 {
        for (kind, mut body) in bodies(&id, &format!("{mark} {round}")) {
            if matches!(kind, "Condition" | "Device" | "CarePlan" | "Encounter") {
                let value = format!("idf-zw-{kind}-{id}-{round}");
                body["identifier"] = json!([{"system": SYSTEM, "value": value}]);
                person.identifiers.push((kind, value));
            }
            let writer = match kind {
                "Device" => &gateway,
                "Group" => &lead,
                _ => &nurse,
            };
            let made = writer.post(kind, &body.to_string()).await.expect(201).id();
            person.resources.entry(kind.to_owned()).or_default().push(made);
        }
    }
    let device = person.of("Device").to_owned();
    for minute in 0..8 {
        for (code, value) in [(HEART_RATE, &person.words[1]), (WEIGHT, &person.weight)] {
            let at = format!("2025-12-31T08:{minute:02}:00+01:00");
            let mut sent = reading(person, code, &at, value);
            let name = format!("idf-zw-{code}-{id}-{minute}");
            sent["identifier"] = json!([{"system": SYSTEM, "value": name}]);
            sent["note"] = json!([{"text": format!("{mark} {minute}")}]);
            sent["device"] = json!({"reference": format!("Device/{device}")});
            let made = gateway.post("Observation", &sent.to_string()).await.expect(201).id();
            let weight = code == WEIGHT;
            if weight { &mut person.weights } else { &mut person.readings }.push(made);
            person.identifiers.push((if weight { "Weight" } else { "Observation" }, name));
        }
    }
    let place = format!("Observation/{}", person.readings[0]);
    let mut corrected = gateway.get(&place).await.expect(200).json();
    corrected["valueQuantity"]["value"] = json!(person.words[2].parse::<f64>().expect("a number"));
    gateway.put(&place, &corrected.to_string()).await.expect(200);
    let plan = json!({"programmes": ["heart-failure"], "cadence": [], "limits": {"heavy": 101.0}});
    let place = format!("/api/citizens/{id}/plan");
    let nurse = nurse.with("content-type", "application/json").with("if-match", "\"0\"");
    nurse.put(&place, &plan.to_string()).await.expect(200);
}

/// A rule about measuring, which becomes a `DetectedIssue`.
const TECHNICAL: &str = r#"
[[rules]]
id = "ODD"
problem = "data-quality"
programmes = []
blue = "body_weight_value > stout"
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Odd", da = "Sær" }
[rules.explain.en]
blue = "Weight {body_weight_value:.1} kg is odd"
[rules.explain.da]
blue = "Vægt {body_weight_value:.1} kg er sær"
"#;

async fn use_rules(world: &World, tenant: &str) {
    let text = format!("{PACK}{TECHNICAL}");
    let pack = Pack::parse(&text).expect("a pack");
    let (store, now) = (store(world, tenant).await, world.clock.now());
    let used = store.use_rule_pack(pack.hash(), "test", "7", &text, Mode::Active, now).await;
    assert!(matches!(used.expect("a pack"), Used::Now { .. }));
}

/// Screens everybody, so that there are alerts.
async fn screen(world: &World, tenant: &str) {
    let store = store(world, tenant).await;
    let worker = Worker::new(store.clone(), world.clock.clone(), Arc::new(Semaphore::new(2)));
    while let Some(done) = worker.batch(50).await.expect("screened") {
        assert_eq!(done.failed, 0, "{done:?}");
    }
}

/// Gets hold of what has to be guarded, as somebody who may.
async fn harvest(world: &World, person: &mut Person) {
    let lead = world.client(person.tenant, Role::Lead, None);
    let id = person.id.clone();
    let list = lead.get("/api/worklist?limit=200").await.expect(200).json();
    let rows = list["alerts"].as_array().expect("alerts").clone();
    for row in rows.iter().filter(|row| row.to_string().contains(&id)) {
        let alert = row["id"].as_str().expect("an id").to_owned();
        let version = row["version"].as_u64().expect("a version");
        let acting = lead.with("content-type", "application/json");
        let acting = acting.with("if-match", &format!("\"{version}\""));
        acting.post(&format!("/api/alerts/{alert}/claim"), "{}").await.expect(200);
        let note = json!({"text": format!("{} called", person.mark())}).to_string();
        let acting = acting.with("if-match", &format!("\"{}\"", version + 1));
        acting.post(&format!("/api/alerts/{alert}/note"), &note).await.expect(200);
        person.alerts.push(alert);
    }
    assert!(!person.alerts.is_empty(), "no alert of {id}");
    for kind in ["Flag", "Task", "ClinicalImpression", "RiskAssessment", "DetectedIssue"] {
        let found = lead.get(&format!("{kind}?patient={id}")).await.expect(200);
        let ids = ids(&found.json());
        if !ids.is_empty() {
            person.resources.insert(kind.to_owned(), ids);
        }
    }
    let plans = lead.get(&format!("CarePlan?patient={id}")).await.expect(200);
    person.resources.insert("CarePlan".to_owned(), ids(&plans.json()));
    person.resources.insert("Patient".to_owned(), vec![id.clone()]);
    let on_call = world.named_in(person.tenant, Role::Nurse, "on-call");
    let on_call = on_call.with("content-type", "application/json");
    let reason = json!({"reason": "was found on the floor at home", "minutes": 60});
    let place = format!("/api/citizens/{id}/break-glass");
    let opened = on_call.post(&place, &reason.to_string()).await.expect(201);
    person.accesses.push(opened.id());
    let events = lead.get(&format!("AuditEvent?patient={id}&_count=5")).await.expect(200);
    person.events = ids(&events.json());
    for page in
        ["/", "/handover", &format!("/citizens/{id}"), &format!("/alerts/{}", person.alerts[0])]
    {
        links(&lead.get(page).await.expect(200).text, person);
    }
    assert!(person.links.len() > 3, "{:?}", person.links);
    for kind in ["Observation", "Condition", "AuditEvent", "Device"] {
        let page = lead.get(&format!("{kind}?patient={id}&_count=1")).await.expect(200).json();
        let next = next(&page).unwrap_or_else(|| panic!("one page of {kind}"));
        let (_, token) = next.split_once("_page=").expect("a token");
        person.pages.push((kind.to_owned(), token.to_owned()));
    }
}

/// Each type that is served has something of everybody, so that nothing is tried in vain.
async fn everything_is_there(world: &World, people: &[Person]) {
    let statement = world.nobody().get("metadata").await.expect(200).json();
    for resource in statement["rest"][0]["resource"].as_array().expect("resources") {
        let kind = resource["type"].as_str().expect("a type");
        for person in people {
            assert_ne!(person.of(kind), "none", "{} has no {kind}", person.id);
        }
    }
}

/// Gets hold of the addresses on a page that are about somebody. An id in an attribute that is of no
/// known kind would be one that nobody tries.
fn links(page: &str, person: &mut Person) {
    let is_of = |text: &str| {
        text.contains(&person.id) || person.alerts.iter().any(|alert| text.contains(alert))
    };
    let mut found = Vec::new();
    for start in ["href=\"", "action=\"", "formaction=\""] {
        let values = page.split(start).skip(1).filter_map(|rest| rest.split('"').next());
        let local = values.map(|value| value.replace("&amp;", "&"));
        found.extend(local.filter(|value| value.starts_with('/') && is_of(value)));
    }
    for value in page.split(" data-id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let uuid = value.len() == 36;
        assert!(uuid || value.is_empty(), "an id of which kind? {value}");
    }
    let whole = |link: String| link.split('#').next().unwrap_or_default().to_owned();
    person.links.extend(found.into_iter().map(whole));
    person.links.sort();
    person.links.dedup();
}

/// The ids of what a search has found.
pub(crate) fn ids(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let id = |entry: &Value| entry["resource"]["id"].as_str().expect("an id").to_owned();
    entries.iter().map(id).collect()
}

fn next(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    next["url"].as_str().map(str::to_owned)
}
