//! Cohorts of what a municipality has stored.

mod attacks;
mod http;
mod region;

use jiff::civil::{self, date};
use jiff::tz::TimeZone;
use pulsvagt::app::Limits;
use pulsvagt::audit::Purpose;
use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::cohorts::{Asked, answer, release};
use pulsvagt::store::Store;
use pulsvagt_analytics::cohort::disclosure::{Count, Release};
use pulsvagt_analytics::cohort::{Answer, Definition};
use serde_json::json;

use crate::world::{World, heart_rate};

const DAY: i64 = 86_400_000_000;

/// Everybody of 65 years or older, and those of them whose pulse is high.
const DEFINITION: &str = r#"
name = "acute"
version = "1"
index = { date = "2025-11-01" }
who = [{ name = "65 or older", is = { age = { from = 65 } } }]
follow_up = { days = 30 }
outcomes = [
  { name = "acute", what = { admission = { acute = true } } },
  { name = "preventable", what = { admission = { set = "danish-nine-rpm", accept_unverified = true } } },
  { name = "high", what = { measured = { what = "heart_rate", from = 100.0 } } },
]
"#;

fn micros(day: civil::Date) -> Micros {
    let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
    Micros(day.to_zoned(zone).expect("a moment").timestamp().as_microsecond())
}

/// 13 citizens of 80, and three of 30, on a day.
async fn ward(today: civil::Date) -> (World, Store) {
    let world = World::with(Limits::default(), Clock::fixed(micros(today))).await;
    let code = "0330".parse().expect("a code");
    let municipality = world.app.municipality(&code).await.expect("an answer");
    let store = municipality.expect("a municipality").store.clone();
    for number in 0..14 {
        let (id, year) = (format!("c{number}"), if number == 13 { 1995 } else { 1945 });
        let patient = json!({"resourceType":"Patient","id":id,"birthDate":format!("{year}-06-01"),
            "gender": if number < 7 { "female" } else { "male" }, "name":[{"family":"Hemmelig"}]});
        world.admin("0330").put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
    }
    for (id, gender) in [("ane", "female"), ("bo", "male")] {
        let patient =
            json!({"resourceType":"Patient","id":id,"birthDate":"1995-06-01","gender":gender});
        world.admin("0330").put(&format!("Patient/{id}"), &patient.to_string()).await.expect(200);
    }
    (world, store)
}

async fn admit(world: &World, citizen: usize, day: &str) {
    let subject = json!({"reference": format!("Patient/c{citizen}")});
    let encounter = json!({"resourceType":"Encounter","status":"finished","subject":subject,
        "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ACUTE"},
        "period":{"start":day,"end":day},
        "reasonCode":[{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":"DJ189"}]}]});
    world.nurse().post("Encounter", &encounter.to_string()).await.expect(201);
}

async fn run(store: &Store, text: &str, as_of: civil::Date) -> Answer {
    let definition = Definition::from_toml(text).expect("a definition");

    answer(store, &definition, as_of, "HQUALIMP", micros(as_of), |_| ()).await.expect("an answer")
}

async fn tell(store: &Store, text: &str, as_of: civil::Date) -> Release {
    let definition = Definition::from_toml(text).expect("a definition");
    let answer = answer(store, &definition, as_of, "HQUALIMP", micros(as_of), |_| ())
        .await
        .expect("an answer");
    let purpose = Purpose::from_code("HQUALIMP").expect("a purpose");
    let (actor, role, reason) = ("ada", "analyst", "how many are admitted");
    let asked = Asked { actor, role, purpose, reason, least: 5 };
    release(store, &definition, &answer, as_of, &asked, micros(as_of)).await.expect("a release")
}

fn text(answer: &Answer) -> String {
    format!("{}{:?}", serde_json::to_string(answer).expect("JSON"), answer.table)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_moment_gives_the_same_bytes_whatever_came_since() {
    let today = date(2025, 12, 1);
    let (world, store) = ward(date(2025, 10, 1)).await;
    world.clock.advance(micros(date(2025, 11, 20)).0 - world.clock.now().0);
    for citizen in 0..6 {
        admit(&world, citizen, "2025-11-10").await;
    }
    let high = heart_rate("c3", "2025-11-12T08:00:00+01:00", "120");
    world.gateway().post("Observation", &high).await.expect(201);
    let first = run(&store, DEFINITION, today).await;
    let outcomes = &first.groups[0].outcomes;
    assert_eq!(first.groups[0].members, 13);
    assert_eq!(first.groups[0].attrition.last().map(|it| it.excluded), Some(3));
    let counts: Vec<(u64, u64)> = outcomes.iter().map(|it| (it.citizens, it.events)).collect();
    assert_eq!(counts, [(6, 6), (6, 6), (1, 1)]);
    assert_eq!(first.last_day.to_string(), "2025-11-30");
    assert_eq!(outcomes[0].days, 13 * 29);

    // What comes later, of before too, was not known then.
    world.clock.advance(micros(date(2025, 12, 5)).0 - world.clock.now().0);
    admit(&world, 9, "2025-11-11").await;
    let late = heart_rate("c4", "2025-11-12T08:00:00+01:00", "130");
    world.gateway().post("Observation", &late).await.expect(201);
    let changed = json!({"resourceType":"Patient","id":"c1","birthDate":"1999-06-01"});
    world.admin("0330").put("Patient/c1", &changed.to_string()).await.expect(200);
    assert_eq!(text(&run(&store, DEFINITION, today).await), text(&first));

    let now = run(&store, DEFINITION, date(2025, 12, 6)).await;
    let counts: Vec<u64> = now.groups[0].outcomes.iter().map(|it| it.citizens).collect();
    assert_eq!((now.groups[0].members, counts), (12, vec![6, 6, 2]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_noted_and_compared_with_what_was_told() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    for citizen in [0, 1, 2, 7, 8, 9] {
        admit(&world, citizen, "2025-11-10").await;
    }
    let today = date(2025, 12, 1);
    let told = tell(&store, DEFINITION, today).await;
    // 13 of 16 would tell of the three who are younger: everybody is known.
    assert_eq!(told.groups[0].members, Count::LeftOut);
    let everybody = DEFINITION.replace("from = 65", "from = 18");
    let told = tell(&store, &everybody, today).await;
    assert_eq!(told.groups[0].members, Count::Told(16));
    assert_eq!(told.groups[0].outcomes[0].citizens, Count::Told(6));
    let json = serde_json::to_string(&told).expect("JSON");
    assert!(!json.contains("Hemmelig") && !json.contains("c1"), "{json}");
    // Of the women, three were admitted: too few.
    let women =
        everybody.replace("who = [", "who = [{ name = \"w\", is = { sex = [\"female\"] } },");
    let told = tell(&store, &women, today).await;
    assert_eq!(told.groups[0].members, Count::Told(8));
    assert_eq!(told.groups[0].outcomes[0].citizens, Count::LeftOut);

    let rows = "select count(*) from cohort_release";
    assert_eq!(world.count("0330", rows).await, 3);
    assert!(world.count("0330", "select count(*) from cohort_release_set").await > 2);
    let page = newest(&store.chain(), &Wanted::default(), None, 1000).await.expect("entries");
    let entries = page.entries.into_iter().map(|(_, entry)| entry);
    let asked: Vec<_> = entries.filter(|it| it.operation == "cohort-run").collect();
    assert_eq!(asked.len(), 3);
    assert_eq!((asked[0].actor.subject.as_str(), asked[0].purpose.as_str()), ("ada", "HQUALIMP"));
    assert_eq!(asked[0].resources[0].id, told.definition);
    world.end().await;
}

/// A citizen denies stays in hospital for a purpose.
pub(crate) async fn deny_stays(world: &World, id: &str, purpose: &str) {
    let consent = json!({"resourceType":"Consent","status":"active",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"privacy"}],"policyRule":{"text":"sundhedsloven"},
        "patient":{"reference":format!("Patient/{id}")},
        "provision":{"type":"deny",
            "purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason",
                "code":purpose}],
            "class":[{"system":"http://hl7.org/fhir/resource-types","code":"Encounter"}]}});
    world.citizen(id).post("Consent", &consent.to_string()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_denies_records_for_the_purpose_is_not_in_it() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    let today = date(2025, 12, 1);
    admit(&world, 3, "2025-11-10").await;
    deny_stays(&world, "c3", "HRESCH").await;
    let answer = run(&store, DEFINITION, today).await;
    assert_eq!((answer.groups[0].members, answer.groups[0].outcomes[0].citizens), (13, 1));
    deny_stays(&world, "c3", "HQUALIMP").await;
    let answer = run(&store, DEFINITION, today).await;
    assert_eq!((answer.groups[0].members, answer.groups[0].outcomes[0].citizens), (12, 0));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_restricted_are_not_in_it() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    let citizen = store.citizen_no("c2").await.expect("an answer").expect("a citizen");
    store.restrict(citizen, "objection", "ada", Micros(DAY)).await.expect("restricted");
    let answer = run(&store, DEFINITION, date(2025, 12, 1)).await;
    assert_eq!(answer.groups[0].members, 12);
    world.end().await;
}
