//! Screening: what readings come to, whatever happens on the way.

mod faults;
mod histories;
mod jobs;
mod leases;
mod marks;
mod samples;
mod silence;

use std::fmt::Write;
use std::sync::Arc;

use pulsvagt::clock::Micros;
use pulsvagt::ids::CitizenNo;
use pulsvagt::screening::{Done, Worker, verify};
use pulsvagt::store::screenings::{Mode, Used};
use pulsvagt::store::summaries::Summaries;
use pulsvagt::store::{Store, Wanted};
use pulsvagt_analytics::{DaySummary, Outcome, Pack, Screening, Signal};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::world::World;

/// 2025-12-31
const TODAY: i32 = 20_453;

/// Two rules for everybody, easy to make fire.
const PACK: &str = r#"
[pack]
name = "test"
version = "1"
intended_use = { en = "Tests.", da = "Afprøvning." }
[thresholds.heavy]
value = 100.0
unit = "kg"
feature = "body_weight_value"
allowed = [50.0, 300.0]
worse = "high"
personal = true
evidence = "P"
source = "test"
en = "heavy"
da = "tung"
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
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Heavy", da = "Tung" }
[rules.explain.en]
red = "{body_weight_value:.1} kg"
[rules.explain.da]
red = "{body_weight_value:.1} kg"
[[rules]]
id = "LOW"
problem = "glucose"
programmes = []
red = "glucose_last < low"
sign_off = "needed"
evidence = "P"
sources = ["test"]
false_alarms = "not known"
title = { en = "Low", da = "Lav" }
[rules.explain.en]
red = "{glucose_last:.1} mmol/L"
[rules.explain.da]
red = "{glucose_last:.1} mmol/L"
"#;

/// A municipality that screens by the test pack.
pub(super) struct Ward {
    pub(super) world: World,
    pub(super) store: Store,
    pub(super) worker: Worker,
}

impl Ward {
    pub(super) async fn new() -> Self {
        Self::with(PACK).await
    }

    /// One that screens by another pack.
    pub(super) async fn with(text: &str) -> Self {
        let world = World::new().await;
        let code = "0330".parse().expect("a code");
        let municipality = world.app.municipality(&code).await.expect("a database");
        let store = municipality.expect("a municipality").store.clone();
        let pack = Pack::parse(text).unwrap_or_else(|errors| panic!("{errors}"));
        let now = world.clock.now();
        let used = store.use_rule_pack(pack.hash(), "test", "1", text, Mode::Active, now).await;
        assert_eq!(used.expect("a pack"), Used::Now { due: 0 });
        let worker = worker(&store, &world);
        let ward = Self { world, store, worker };
        ward.know(&["ane".to_owned(), "bo".to_owned()]).await;
        ward
    }

    /// Looks up the numbers of citizens.
    async fn know(&self, ids: &[String]) {
        let citizens = ids.iter().map(|id| id.as_str().into()).collect();
        let wanted = Wanted { citizens, ..Wanted::default() };
        self.store.resolve(&wanted).await.expect("citizens");
    }

    /// Creates more citizens.
    pub(super) async fn admit(&self, ids: &[String]) {
        for id in ids {
            let patient = json!({"resourceType":"Patient","id":id,"birthDate":"1944-06-01"});
            let path = format!("Patient/{id}");
            self.world.admin("0330").put(&path, &patient.to_string()).await.expect(201);
        }
        self.know(ids).await;
    }

    /// Sends a reading; its id.
    pub(super) async fn send(&self, reading: &str) -> String {
        self.world.gateway().post("Observation", reading).await.expect(201).id()
    }

    /// Corrects a reading.
    pub(super) async fn correct(&self, id: &str, reading: &str) {
        let mut resource: Value = serde_json::from_str(reading).expect("json");
        resource["id"] = json!(id);
        let path = format!("Observation/{id}");
        self.world.gateway().put(&path, &resource.to_string()).await.expect(200);
    }

    /// Screens until nobody is due.
    pub(super) async fn screen(&self) -> Done {
        let mut total = Done::default();
        while let Some(done) = self.worker.batch(50).await.expect("screened") {
            total.add(done);
        }
        total
    }

    pub(super) fn no(&self, citizen: &str) -> CitizenNo {
        self.store.citizen(citizen).expect("a citizen").0
    }

    pub(super) async fn days(&self, citizen: &str) -> Summaries {
        let found = self.store.summaries(&[self.no(citizen)], 0, TODAY + 400).await;
        found.expect("summaries")
    }

    /// The summary of a signal on a day, counted back from 2025-12-31.
    pub(super) async fn summary(
        &self,
        citizen: &str,
        signal: Signal,
        ago: i32,
    ) -> Option<DaySummary> {
        let mut days = self.days(citizen).await.days;
        let days = days.remove(&self.no(citizen)).unwrap_or_default();
        let day = days.into_iter().find(|day| day.day == TODAY - ago)?;
        day.summaries.into_iter().find(|summary| summary.signal == signal)
    }

    /// The stored screening of a citizen.
    pub(super) async fn body(&self, citizen: &str) -> Option<String> {
        let no = self.no(citizen);
        self.store.screened(&[no]).await.expect("screenings").remove(&no).map(|s| s.body)
    }

    pub(super) async fn outcome(&self, citizen: &str, rule: &str) -> Option<Outcome> {
        let screening: Screening =
            serde_json::from_str(&self.body(citizen).await?).expect("a screening");
        screening.verdicts.iter().find(|verdict| &*verdict.rule == rule).map(|v| v.outcome)
    }

    /// What is stored is what the readings come to, and nothing is left to do.
    pub(super) async fn check(&self) {
        let citizens = self.store.citizens_after(CitizenNo(0), 1_000).await.expect("citizens");
        let now = self.world.clock.now();
        let verified = verify(&self.store, &citizens, now).await.expect("verified");
        assert_eq!((verified.different, verified.broken), (vec![], vec![]));
        assert_eq!(self.count("select count(*) from touched_day").await, 0);
        assert_eq!(self.count("select count(*) from screening_lease").await, 0);
    }

    pub(super) async fn count(&self, query: &str) -> i64 {
        self.world.count("0330", query).await
    }

    /// All findings as text.
    pub(super) async fn findings(&self, citizen: &str) -> String {
        let mut text = String::new();
        for finding in self.store.findings(self.no(citizen), 100).await.expect("findings") {
            let _ = write!(text, "{} {} {:?};", finding.rule, finding.level, finding.evidence_at);
        }
        text
    }
}

/// Another server's worker.
pub(super) fn worker(store: &Store, world: &World) -> Worker {
    Worker::new(store.clone(), world.clock.clone(), Arc::new(Semaphore::new(2)))
}

pub(super) fn reading(citizen: &str, code: &str, at: &str, value: &str, unit: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},"subject":{{"reference":"Patient/{citizen}"}},{at},"valueQuantity":{{"value":{value},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
    )
}

pub(super) fn moment(at: &str) -> String {
    format!(r#""effectiveDateTime":"{at}""#)
}

pub(super) fn weight(citizen: &str, at: &str, value: &str) -> String {
    reading(citizen, "29463-7", &moment(at), value, "kg")
}

pub(super) fn glucose(citizen: &str, at: &str, value: &str) -> String {
    reading(citizen, "15074-8", &moment(at), value, "mmol/L")
}

const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_becomes_a_finding_and_an_alert() {
    let ward = Ward::new().await;
    assert_eq!(ward.worker.batch(10).await.expect("nobody"), None);
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104.2")).await;
    ward.send(&weight("bo", "2025-12-31T08:00:00+01:00", "80")).await;
    let done = ward.screen().await;
    assert_eq!((done.screened, done.red, done.findings, done.alerts), (2, 1, 1, 1), "{done:?}");
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::Red));
    assert_eq!(ward.outcome("bo", "HEAVY").await, Some(Outcome::Clear));
    assert_eq!(ward.outcome("bo", "LOW").await, Some(Outcome::NotEvaluable));
    assert_eq!(ward.count("select count(*) from alert where problem = 'weight'").await, 1);
    ward.check().await;

    // Nobody is screened again for nothing.
    ward.world.clock.advance(MINUTE);
    assert_eq!(ward.screen().await, Done::default());
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screening_twice_gives_the_same_bytes_and_no_second_finding() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104.2")).await;
    ward.send(&glucose("ane", "2025-12-31T09:00:00+01:00", "2.1")).await;
    ward.screen().await;
    let first = ward.body("ane").await.expect("a screening");
    let ane = ward.no("ane");
    let again = worker(&ward.store, &ward.world).these(&[ane]).await.expect("screened");
    assert_eq!((again.screened, again.findings, again.alerts, again.summaries), (1, 0, 0, 0));
    assert_eq!(ward.body("ane").await.as_ref(), Some(&first));
    // Later nothing but the time has changed, which is no new finding.
    ward.world.clock.advance(MINUTE);
    let later = ward.worker.these(&[ane]).await.expect("screened");
    assert_eq!((later.findings, later.alerts), (0, 0));
    assert_ne!(ward.body("ane").await, Some(first));
    assert_eq!(ward.count("select count(*) from finding").await, 2);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_pack_finds_and_raises_nothing() {
    let ward = Ward::new().await;
    let text =
        PACK.replace("value = 100.0", "value = 70.0").replace("version = \"1\"", "version = \"2\"");
    let pack = Pack::parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let now = ward.world.clock.now();
    let used = ward.store.use_rule_pack(pack.hash(), "test", "2", &text, Mode::Shadow, now).await;
    assert_eq!(used.expect("a shadow"), Used::Now { due: 0 });
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "80")).await;
    let done = ward.screen().await;
    assert_eq!((done.red, done.findings, done.alerts), (0, 1, 0), "{done:?}");
    let findings = ward.store.findings(ward.no("ane"), 9).await.expect("findings");
    assert!(findings[0].shadow && findings[0].pack == pack.hash());
    // As the active one it counts, and everybody is looked at again.
    ward.world.clock.advance(MINUTE);
    let now = ward.world.clock.now();
    let used = ward.store.use_rule_pack(pack.hash(), "test", "2", &text, Mode::Active, now).await;
    assert_eq!(used.expect("active"), Used::Now { due: 1 });
    let done = ward.screen().await;
    assert_eq!((done.screened, done.red, done.alerts), (1, 1, 1), "{done:?}");
    let modes = "select count(*) from rule_pack where mode = 'active'";
    assert_eq!(ward.count(modes).await, 1);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_without_a_pack_gets_the_default_one() {
    let world = World::new().await;
    let code = "0306".parse().expect("a code");
    let municipality = world.app.municipality(&code).await.expect("a database");
    let store = municipality.expect("a municipality").store.clone();
    let packs = worker(&store, &world).packs().await.expect("packs");
    assert_eq!(packs.active.hash(), Pack::default_pack().hash());
    assert_eq!(store.rule_packs().await.expect("packs").len(), 1);
    world.end().await;
}

/// Micros of a moment.
pub(super) fn micros(at: &str) -> Micros {
    Micros(at.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
}
