//! Risk models of a municipality's own citizens.

mod live;
mod stays;
mod trial;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use pulsvagt::app::Limits;
use pulsvagt::audit::Purpose;
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::risk::home::{LeftOut, Rows, Wanted, rows};
use pulsvagt::screening::Knowing;
use pulsvagt::store::Store;
use pulsvagt::store::plans::{NewPlan, PlanSource};
use pulsvagt_analytics::Plan;
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::risk::card::{Request, build, evaluate};
use pulsvagt_analytics::risk::home::{Event, Features, Target};
use pulsvagt_analytics::risk::ndjson;
use pulsvagt_analytics::risk::{Penalty, Settings, Split};
use serde_json::json;

use crate::world::{World, heart_rate};

pub(crate) use live::score;

const TARGET: Target = Target { event: Event::Admission, days: 30 };

fn midnight(day: Date) -> Micros {
    let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
    Micros(day.to_zoned(zone).expect("a moment").timestamp().as_microsecond())
}

fn until(world: &World, day: Date) {
    world.clock.advance(midnight(day).0 - world.clock.now().0);
}

async fn store_of(world: &World, code: &str) -> Store {
    let code = code.parse().expect("a code");
    world.app.municipality(&code).await.expect("an answer").expect("a municipality").store.clone()
}

async fn patient(world: &World, code: &str, id: &str) {
    let patient = json!({"resourceType":"Patient","id":id,"birthDate":"1945-06-01",
        "gender":"female","name":[{"family":"Hemmelig"}]});
    world.admin(code).put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
}

async fn enrol(store: &Store, id: &str, programmes: &[Programme], at: Micros) {
    let number = store.citizen_no(id).await.expect("asked").expect("a citizen");
    let plan = Plan { programmes: programmes.iter().copied().collect(), ..Plan::default() };
    let version = store.plan_history(number).await.expect("plans").first().map(|it| it.version);
    let new = NewPlan { plan: &plan, author: "test", source: PlanSource::Api, care_plan: None };
    let mut tx = store.begin().await.expect("a transaction");
    store.put_plan(&mut tx, number, version, &new, at).await.expect("a plan");
    tx.commit_unrecorded("a test").await.expect("committed");
}

async fn admit(world: &World, code: &str, id: &str, class: &str, (from, to): (Date, Date)) {
    let encounter = json!({"resourceType":"Encounter","status":"finished",
        "subject":{"reference":format!("Patient/{id}")},
        "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":class},
        "period":{"start":from.to_string(),"end":to.to_string()}});
    let nurse = world.client(code, pulsvagt::access::Role::Nurse, None);
    nurse.post("Encounter", &encounter.to_string()).await.expect(201);
}

async fn read(
    store: &Store,
    names: &[&str],
    (first, last): (Date, Date),
    as_of: Date,
    knowing: Knowing,
) -> Rows {
    let features = Features::new(names.iter().copied()).expect("features");
    let as_of = midnight(as_of);
    let purpose = Purpose::from_code("HQUALIMP").expect("one");
    let features = &features;
    let wanted =
        Wanted { features, target: TARGET, first, last, every: 28, knowing, as_of, purpose };
    rows(store, &wanted, |_| ()).await.expect("rows")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_knows_what_was_known_then_and_its_outcome_what_is_known_now() {
    let clock = Clock::fixed(midnight(date(2025, 6, 1)));
    let world = World::with(Limits::default(), clock).await;
    let store = store_of(&world, "0330").await;
    for id in ["c0", "c1", "c2"] {
        patient(&world, "0330", id).await;
    }
    enrol(&store, "c0", &[Programme::Copd], midnight(date(2025, 6, 1))).await;
    enrol(&store, "c1", &[Programme::HeartFailure], midnight(date(2025, 6, 5))).await;
    until(&world, date(2025, 6, 11));
    world
        .gateway()
        .post("Observation", &heart_rate("c0", "2025-06-10T08:00:00+02:00", "80"))
        .await
        .expect(201);
    // Received after the first index day.
    until(&world, date(2025, 6, 20));
    world
        .gateway()
        .post("Observation", &heart_rate("c0", "2025-06-09T08:00:00+02:00", "120"))
        .await
        .expect(201);
    until(&world, date(2025, 6, 23));
    admit(&world, "0330", "c1", "ACUTE", (date(2025, 6, 20), date(2025, 6, 22))).await;
    admit(&world, "0330", "c0", "NONAC", (date(2025, 6, 17), date(2025, 6, 18))).await;
    // What nobody knew on the second index day.
    until(&world, date(2025, 8, 1));
    admit(&world, "0330", "c0", "IMP", (date(2025, 7, 1), date(2025, 7, 2))).await;
    enrol(&store, "c1", &[], midnight(date(2025, 7, 20))).await;
    until(&world, date(2025, 9, 1));

    let names = [
        "admissions_12m",
        "bed_days_12m",
        "days_since_enrolment",
        "heart_rate_mean_28d",
        "programme_copd",
        "woman",
    ];
    let days = (date(2025, 6, 15), date(2025, 7, 20));
    let made = read(&store, &names, days, date(2025, 9, 1), Knowing::Received).await;
    let told: Vec<_> =
        made.table.rows.iter().map(|row| (row.lead_days, row.values.clone())).collect();
    let some = |values: [f64; 6]| values.map(Some).to_vec();
    assert_eq!(
        told,
        [
            (Some(16.0), some([0.0, 0.0, 14.0, 80.0, 1.0, 1.0])),
            (Some(5.0), vec![Some(0.0), Some(0.0), Some(10.0), None, Some(0.0), Some(1.0)]),
            // The planned stay counts as nights, and the later one was not known.
            (None, vec![Some(0.0), Some(1.0), Some(42.0), None, Some(1.0), Some(1.0)]),
        ]
    );
    assert_eq!(made.left_out, LeftOut { not_enrolled: 6, in_hospital: 0, censored: 1 });
    let again = read(&store, &names, days, date(2025, 9, 1), Knowing::Received).await;
    assert_eq!(again.table.hash(), made.table.hash());
    // Before the horizon is over nobody knows; and nobody is at home on a day in hospital.
    let early = read(&store, &names, days, date(2025, 7, 5), Knowing::Received).await;
    assert_eq!((early.table.rows.len(), early.left_out.censored), (1, 3));
    let stay = (date(2025, 6, 21), date(2025, 6, 21));
    let inside = read(&store, &names, stay, date(2025, 9, 1), Knowing::Taken).await;
    assert_eq!((inside.table.rows.len(), inside.left_out.in_hospital), (1, 0), "c1 never measured");
    let inside = read(&store, &names, stay, date(2025, 9, 1), Knowing::Received).await;
    assert_eq!(inside.left_out.in_hospital, 0, "the stay was noted two days later");

    let text = ndjson::write(&made.table, |at| made.citizens[at].clone()).expect("lines");
    assert!(!text.contains("c0") && !text.contains("Hemmelig"), "{text}");
    assert_eq!(ndjson::read(&text).expect("rows"), made.table);
    world.end().await;
}

/// Citizens of whom those with a high pulse are mostly admitted, as a history that is imported in one
/// go.
async fn history(world: &World, code: &str, from: u32) -> Store {
    for number in from..from + 24 {
        let id = format!("c{number}");
        patient(world, code, &id).await;
        let pulse = 60 + number % 12 * 5;
        let reading = heart_rate(&id, "2025-06-10T08:00:00+02:00", &pulse.to_string());
        world
            .client(code, pulsvagt::access::Role::Gateway, None)
            .post("Observation", &reading)
            .await
            .expect(201);
        if number % 12 > 6 && number % 5 != 0 || number % 12 == 2 {
            let stay = (date(2025, 6, 20), date(2025, 6, 22));
            admit(world, code, &id, "ACUTE", stay).await;
        }
    }
    store_of(world, code).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_one_municipality_is_evaluated_on_another_unchanged() {
    let clock = Clock::fixed(midnight(date(2025, 8, 31)));
    let world = World::with(Limits::default(), clock).await;
    let (here, there) = (history(&world, "0330", 0).await, history(&world, "0306", 100).await);
    let names = ["admissions_12m", "age_years", "days_since_enrolment", "heart_rate_mean_7d"];
    let day = (date(2025, 6, 15), date(2025, 6, 15));
    let own = read(&here, &names, day, date(2025, 9, 1), Knowing::Taken).await.table;
    assert_eq!((own.rows.len(), own.cases()), (24, 10));
    let settings = Settings { draws: 20, ..Settings::default() };
    let request = Request {
        name: "pulse",
        outcome: &TARGET.text(),
        target: Some(TARGET),
        stays: None,
        penalties: &[Penalty { lambda: 0.01, alpha: 0.0 }],
        split: Split::Folds { count: 4, seed: 1 },
        left_out: &[],
        baselines: &[],
        settings: &settings,
    };
    let (model, card) = build(&own, &request).expect("a model");
    assert_eq!((model.target, &card.model), (Some(TARGET), &model.hash));
    let model = pulsvagt_analytics::risk::Model::parse(&model.to_json().expect("JSON"))
        .expect("read again");
    assert!(evaluate(&model, &own, "0330", &[], &settings).is_err(), "its own rows");
    let other = read(&there, &names, day, date(2025, 9, 1), Knowing::Taken).await.table;
    let told = evaluate(&model, &other, "0306", &[], &settings).expect("an evaluation");
    let area = told.assessment.measures.auroc.expect("an area").value;
    assert!(area > 0.7, "{area}");
    world.end().await;
}
