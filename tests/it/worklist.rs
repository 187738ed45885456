//! What nurses' tools see: the worklist, its alerts, what is told as it changes, and the FHIR
//! resources, from a reading that comes in over HTTP to what two nurses do with it.

mod acting;
mod fhir;
mod following;
mod pages;
mod policy;
mod seen;
mod summary;

pub(crate) use following::Following;

use std::sync::Arc;

use pulsvagt::access::Role;
use pulsvagt::screening::Worker;
use pulsvagt::store::Store;
use pulsvagt::store::screenings::{Mode, Used};
use pulsvagt_analytics::Pack;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::world::{Answer, Client, World};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;

/// Rules for everybody, easy to make fire.
pub(crate) const PACK: &str = r#"
[pack]
name = "test"
version = "7"
intended_use = { en = "Tests.", da = "Afprøvning." }
[thresholds.heavy]
value = 100.0
unit = "kg"
feature = "body_weight_value"
allowed = [50.0, 300.0]
pair = "stout"
worse = "high"
personal = true
evidence = "P"
source = "test"
en = "heavy"
da = "tung"
[thresholds.stout]
value = 95.0
unit = "kg"
feature = "body_weight_value"
allowed = [50.0, 300.0]
worse = "high"
personal = true
evidence = "P"
source = "test"
en = "stout"
da = "kraftig"
[thresholds.low]
value = 3.0
unit = "mmol/L"
feature = "glucose_last"
allowed = [1.0, 5.0]
worse = "low"
personal = true
evidence = "P"
source = "test"
en = "low"
da = "lav"
[[rules]]
id = "HEAVY"
problem = "weight"
programmes = []
red = "body_weight_value > heavy"
yellow = "body_weight_value > stout"
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Heavy", da = "Tung" }
[rules.explain.en]
red = "Weight {body_weight_value:.1} kg; the limit is {heavy:g} kg"
yellow = "Weight {body_weight_value:.1} kg; the limit is {stout:g} kg"
[rules.explain.da]
red = "Vægt {body_weight_value:.1} kg; grænsen er {heavy:g} kg"
yellow = "Vægt {body_weight_value:.1} kg; grænsen er {stout:g} kg"
[[rules]]
id = "LOW"
problem = "diabetes"
programmes = []
red = "glucose_last < low"
sign_off = "none-needed"
evidence = "S"
sources = ["test"]
false_alarms = "not known"
title = { en = "Low", da = "Lav" }
[rules.explain.en]
red = "Glucose {glucose_last:.1} mmol/L"
[rules.explain.da]
red = "Blodsukker {glucose_last:.1} mmol/L"
"#;

/// A municipality with two nurses, which screens by the test pack.
pub(crate) struct Ward {
    pub(crate) world: World,
    pub(crate) store: Store,
    pub(crate) worker: Worker,
}

impl Ward {
    pub(crate) async fn new() -> Self {
        Self::of(World::new().await).await
    }

    /// The same in a world of one's own.
    pub(crate) async fn of(world: World) -> Self {
        let code = "0330".parse().expect("a code");
        let municipality = world.app.municipality(&code).await.expect("a database");
        let store = municipality.expect("a municipality").store.clone();
        let pack = Pack::parse(PACK).unwrap_or_else(|errors| panic!("{errors}"));
        let now = world.clock.now();
        let used = store.use_rule_pack(pack.hash(), "test", "7", PACK, Mode::Active, now).await;
        assert_eq!(used.expect("a pack"), Used::Now { due: 0 });
        let cpu = Arc::new(Semaphore::new(2));
        let worker = Worker::new(store.clone(), world.clock.clone(), cpu);
        Self { world, store, worker }
    }

    /// Somebody on the worklist.
    pub(crate) fn nurse(&self) -> Client {
        self.world.nurse().with("content-type", "application/json")
    }

    /// Somebody else on the worklist.
    fn lead(&self) -> Client {
        let lead = self.world.client("0330", Role::Lead, None);
        lead.with("content-type", "application/json")
    }

    /// Sends readings, and screens until nobody is due.
    pub(crate) async fn take_in(&self, readings: &[String]) {
        for reading in readings {
            self.world.gateway().post("Observation", reading).await.expect(201);
        }
        while let Some(done) = self.worker.batch(50).await.expect("screened") {
            assert_eq!(done.failed, 0, "{done:?}");
        }
    }

    /// More citizens, named by their ids.
    pub(crate) async fn admit(&self, ids: &[String]) {
        for id in ids {
            let patient = json!({"resourceType":"Patient","id":id,"birthDate":"1944-06-01",
                "name":[{"family":id}]});
            let path = format!("Patient/{id}");
            self.world.admin("0330").put(&path, &patient.to_string()).await.expect(201);
        }
    }

    /// The worklist as the nurse sees it.
    pub(crate) async fn list(&self, query: &str) -> Value {
        self.nurse().get(&format!("/api/worklist{query}")).await.expect(200).json()
    }

    /// Ane is too heavy. The alert's id.
    pub(crate) async fn heavy_ane(&self) -> String {
        self.take_in(&[weight("ane", "2025-12-31T08:00:00+01:00", "104.2")]).await;
        let list = self.list("").await;
        list["alerts"][0]["id"].as_str().expect("an alert").to_owned()
    }

    /// Does something to an alert in a version.
    pub(crate) async fn act(
        &self,
        who: &Client,
        id: &str,
        what: &str,
        version: u32,
        body: &Value,
    ) -> Answer {
        let who = who.with("if-match", &format!("\"{version}\""));
        who.post(&format!("/api/alerts/{id}/{what}"), &body.to_string()).await
    }
}

fn reading(citizen: &str, code: &str, at: &str, value: &str, unit: &str) -> String {
    json!({
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": format!("Patient/{citizen}")},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value.parse::<f64>().expect("a number"), "unit": unit,
            "system": "http://unitsofmeasure.org", "code": unit}
    })
    .to_string()
}

pub(crate) fn weight(citizen: &str, at: &str, value: &str) -> String {
    reading(citizen, "29463-7", at, value, "kg")
}

pub(crate) fn glucose(citizen: &str, at: &str, value: &str) -> String {
    reading(citizen, "15074-8", at, value, "mmol/L")
}

/// The codes of a problem.
fn code(answer: &Answer) -> String {
    let json = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    json["code"].as_str().expect("a code").to_owned()
}

/// The ids of a page, in order.
fn ids(list: &Value) -> Vec<String> {
    let alerts = list["alerts"].as_array().expect("alerts");
    alerts.iter().map(|alert| alert["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_becomes_a_row_that_says_why() {
    let ward = Ward::new().await;
    ward.take_in(&[
        weight("ane", "2025-12-29T08:00:00+01:00", "93"),
        weight("ane", "2025-12-31T08:00:00+01:00", "104.2"),
    ])
    .await;
    ward.world.clock.advance(MINUTE);
    ward.take_in(&[
        glucose("bo", "2025-12-31T09:00:00+01:00", "2.8"),
        weight("bo", "2025-12-31T09:00:00+01:00", "80"),
    ])
    .await;
    let list = ward.list("").await;
    insta::assert_json_snapshot!("worklist", list, {
        ".alerts[].id" => "[id]",
        ".alerts[].rule.pack" => "[hash]",
    });
    let english = ward.nurse().with("accept-language", "en-GB, da;q=0.5");
    let answer = english.get("/api/worklist?problem=weight").await.expect(200);
    assert_eq!(answer.header("content-language"), "en");
    assert!(answer.header("vary").contains("accept-language"));
    let row = &answer.json()["alerts"][0];
    assert_eq!(row["why"], "Weight 104.2 kg; the limit is 100 kg");
    assert_eq!(row["value"]["limitName"], "heavy");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_the_worklist_does_not() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let paths = [
        "/api/worklist".to_owned(),
        format!("/api/alerts/{id}"),
        "/api/events".to_owned(),
        "/api/suppressions".to_owned(),
    ];
    for role in [Role::Citizen, Role::Gateway, Role::Analyst, Role::Admin, Role::Operator] {
        let client = ward.world.client("0330", role, role.is_of_one_citizen().then_some("ane"));
        for path in &paths {
            let answer = client.get(path).await;
            assert_eq!(answer.status.as_u16(), 403, "{role} {path}: {}", answer.text);
            assert!(!answer.text.contains("104.2"), "{role} {path}");
        }
    }
    // A nurse of another municipality finds nothing of it.
    let other = ward.world.client("0306", Role::Nurse, None);
    other.get(&format!("/api/alerts/{id}")).await.expect(404);
    let list = other.get("/api/worklist").await.expect(200).json();
    assert_eq!(list["alerts"], json!([]));
    assert_eq!(list["counts"]["red"], 0);
    for path in &paths {
        ward.world.nobody().get(path).await.expect(401);
    }
    ward.world.end().await;
}
