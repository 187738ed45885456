//! Models that score: only approved ones, at night, and told term by term.

use axum::http::Method;
use jiff::civil::date;
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::risk::live::{in_use, night};
use pulsvagt::store::Store;
use pulsvagt::store::risk::{RiskScore, StoredEvaluation};
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::risk::card::evaluate;
use pulsvagt_analytics::risk::drift::Drift;
use pulsvagt_analytics::risk::{Model, Penalty, Row, Settings, Table, fit};

use super::{TARGET, enrol, midnight, patient, store_of};
use crate::world::{World, heart_rate};

const DAY: i64 = 86_400_000_000;

/// Citizens of whom those with a high pulse mostly were admitted.
fn table(seed: u64) -> Table {
    let row = |at: u64| {
        let pulse = f64::from(u32::try_from(50 + (at * 7 + seed) % 60).expect("small"));
        Row {
            cluster: at + seed * 1_000,
            case: if at.is_multiple_of(5) { pulse < 80.0 } else { pulse > 85.0 },
            values: vec![Some(f64::from(u8::from(at.is_multiple_of(3)))), Some(pulse)],
            ..Row::default()
        }
    };
    let features = vec!["admissions_12m".to_owned(), "heart_rate_mean_7d".to_owned()];
    Table { features, rows: (0..120).map(row).collect() }
}

fn model(name: &str) -> Model {
    let penalty = Penalty { lambda: 0.01, alpha: 0.0 };
    fit(&table(1), name, &TARGET.text(), penalty).expect("a model").at_home(TARGET)
}

async fn evaluated(store: &Store, model: &Model, now: Micros) -> StoredEvaluation {
    let settings = Settings { draws: 20, ..Settings::default() };
    let told = evaluate(model, &table(2), "0330", &[], &settings).expect("an evaluation");
    let mut tx = store.begin().await.expect("a transaction");
    store.add_risk_model_in(&mut tx, model, "ada", now).await.expect("added");
    let kept = store.put_risk_evaluation_in(&mut tx, &told, "ada", now).await.expect("kept");
    tx.commit(&Block::of(Entry::of_actor("ada", "operator", "test", now)))
        .await
        .expect("committed");
    kept
}

async fn approve(
    store: &Store,
    evaluation: &StoredEvaluation,
    by: &str,
    until: Micros,
    now: Micros,
) -> Option<i64> {
    let mut tx = store.begin().await.expect("a transaction");
    let id =
        store.approve_risk_model_in(&mut tx, evaluation, (by, "ada"), until, now).await.ok()?;
    tx.commit(&Block::of(Entry::of_actor("ada", "operator", "test", now)))
        .await
        .expect("committed");
    Some(id)
}

/// Gives a citizen a score, for tests of what is kept about citizens.
pub(crate) async fn score(store: &Store, id: &str, now: Micros) {
    let model = model("kept");
    let evaluation = evaluated(store, &model, now).await;
    let approval = approve(store, &evaluation, "Karen Blixen", Micros(now.0 + DAY), now).await;
    let approval = approval.expect("approved");
    let citizen = store.citizen_no(id).await.expect("asked").expect("a citizen");
    let values = vec![Some(1.0), None];
    let score = RiskScore { citizen, day: 1, approval, at: now, probability: 0.5, values };
    let mut tx = store.begin().await.expect("a transaction");
    store.put_risk_scores_in(&mut tx, &model.hash, &[score]).await.expect("kept");
    let entry = Entry::of_system("risk", "risk-score", now).about([citizen]);
    tx.commit(&Block::of(entry)).await.expect("committed");
}

/// The same score as a `RiskAssessment`, by search and by id.
async fn as_fhir(world: &World, model: &Model, probability: f64) {
    let nurse = world.nurse();
    let total = |answer: crate::world::Answer| answer.expect(200).json()["total"].clone();
    let found = nurse.get("RiskAssessment?subject=Patient/c0&_total=accurate").await.expect(200);
    let found = found.json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1));
    let resource = &found["entry"][0]["resource"];
    assert_eq!(resource["method"]["coding"][0]["code"], model.hash);
    assert_eq!(resource["method"]["coding"][0]["version"], model.fitted.engine);
    assert_eq!(resource["subject"]["reference"], "Patient/c0");
    let prediction = &resource["prediction"][0];
    let percent = prediction["probabilityDecimal"].as_f64().expect("a number");
    assert!((percent - 100.0 * probability).abs() < 1e-3, "{percent}");
    assert_eq!(prediction["outcome"]["coding"][0]["code"], "admission");
    assert_eq!(prediction["whenPeriod"]["start"], resource["occurrenceDateTime"]);
    let (start, end) = (&prediction["whenPeriod"]["start"], &prediction["whenPeriod"]["end"]);
    let day = |day: &serde_json::Value| {
        let date: jiff::civil::Date = day.as_str().expect("text").parse().expect("a date");
        date
    };
    assert_eq!(day(start).until(day(end)).expect("days").get_days(), 29);
    let basis = &resource["basis"][0];
    assert_eq!(basis["identifier"]["value"], "heart_rate_mean_7d");
    assert!(basis["display"].as_str().expect("text").contains("110.00"));

    let id = resource["id"].as_str().expect("an id");
    let read = nurse.get(&format!("RiskAssessment/{id}")).await.expect(200).json();
    assert_eq!(&read, resource);
    let of =
        |query: String| async move { world.nurse().get(&format!("RiskAssessment?{query}")).await };
    assert_eq!(total(of(format!("_id={id}&_total=accurate")).await), 1);
    assert_eq!(total(of("patient=c0&date=gt2030&_total=accurate".to_owned()).await), 0);
    assert_eq!(total(of("patient=c0&date=gt2020&_summary=count".to_owned()).await), 1);
    assert_eq!(total(of("patient=c2&_total=accurate".to_owned()).await), 0, "not enrolled");
    // An id that is nobody's, another municipality's, and who may not know.
    nurse.get("RiskAssessment/nobody").await.expect(404);
    let elsewhere = world.client("0306", Role::Nurse, None);
    elsewhere.get(&format!("RiskAssessment/{id}")).await.expect(404);
    let citizen = world.citizen("c0");
    citizen.get("RiskAssessment?patient=c0").await.expect(403);
    citizen.get(&format!("RiskAssessment/{id}")).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_evaluated_here_and_approved_scores_and_only_while_that_holds() {
    let world = World::with(Limits::default(), Clock::fixed(midnight(date(2025, 9, 1)))).await;
    let store = store_of(&world, "0330").await;
    for (id, pulse) in [("c0", "110"), ("c1", "60"), ("c2", "90")] {
        patient(&world, "0330", id).await;
        if id != "c2" {
            enrol(&store, id, &[Programme::Copd], world.clock.now()).await;
        }
        let reading = heart_rate(id, "2025-08-31T12:00:00+02:00", pulse);
        world.gateway().post("Observation", &reading).await.expect(201);
    }
    world.clock.advance(DAY + DAY / 6);
    let now = world.clock.now();
    let day = i32::try_from(now.0 / DAY).expect("a day");
    let model = model("pulse");
    let ask = |who: crate::world::Client, id: &'static str| async move {
        who.send(Method::GET, &format!("/api/citizens/{id}/risk"), axum::body::Body::empty()).await
    };

    // Evaluated, and nobody answers for it: nothing.
    let evaluation = evaluated(&store, &model, now).await;
    assert!(night(&store, day, now).await.expect("a night").is_empty());
    let none = ask(world.nurse(), "c0").await.expect(200).json();
    assert_eq!(none["scores"], serde_json::json!([]));
    // Nobody is no person, and what has passed does not hold.
    assert_eq!(approve(&store, &evaluation, " ", Micros(now.0 + DAY), now).await, None);
    assert_eq!(approve(&store, &evaluation, "Karen Blixen", now, now).await, None);
    assert!(in_use(&store).await.expect("approvals").is_empty());

    let until = Micros(now.0 + 3 * DAY);
    approve(&store, &evaluation, "Karen Blixen", until, now).await.expect("approved");
    let nights = night(&store, day, now).await.expect("a night");
    assert_eq!((nights.len(), nights[0].scored), (1, 2));
    // Two people are not like those that it was fitted on.
    assert_eq!(nights[0].watch.worst(), Drift::Changed);
    assert!(nights[0].watch.reason.is_some(), "outcomes are not known yet");
    assert!(night(&store, day, now).await.expect("a night").is_empty(), "it is done");
    assert_eq!(world.count("0330", "select count(*) from risk_score").await, 2);

    let told = ask(world.nurse(), "c0").await.expect(200).json();
    let score = &told["scores"][0];
    let values = [Some(0.0), Some(110.0)];
    let expected = model.explain(&[0, 1], &values);
    assert_eq!(score["probability"], expected.probability);
    assert_eq!(score["terms"][0]["feature"], "heart_rate_mean_7d");
    assert_eq!(score["terms"][0]["value"], 110.0);
    let terms = score["terms"].as_array().expect("terms").iter();
    let sum: f64 = terms.map(|term| term["logOdds"].as_f64().expect("a number")).sum();
    let odds = sum + score["intercept"].as_f64().expect("a number");
    assert!((1.0 / (1.0 + (-odds).exp()) - expected.probability).abs() < 1e-12);
    assert_eq!(score["model"]["hash"], model.hash);
    assert_eq!(score["approval"]["by"], "Karen Blixen");
    let low = ask(world.nurse(), "c1").await.expect(200).json();
    assert!(low["scores"][0]["probability"].as_f64() < score["probability"].as_f64());
    assert_eq!(ask(world.nurse(), "c2").await.expect(200).json()["scores"], serde_json::json!([]));
    as_fhir(&world, &model, expected.probability).await;
    // It is for nurses, and each look is noted.
    ask(world.citizen("c0"), "c0").await.expect(403);
    ask(world.client("0330", Role::Analyst, None), "c0").await.expect(403);
    let page = world
        .nurse()
        .send(Method::GET, "/api/citizens/nobody/risk", axum::body::Body::empty())
        .await;
    page.expect(404);

    // Of whoever denies what a score rests on none is told, and none is made.
    crate::cohorts::deny_stays(&world, "c1", "TREAT").await;
    assert_eq!(ask(world.nurse(), "c1").await.expect(200).json()["scores"], serde_json::json!([]));
    let none = world.nurse().get("RiskAssessment?subject=Patient/c1&_total=accurate").await;
    assert_eq!(none.expect(200).json()["total"], 0);
    let page = world.nurse().get("/citizens/c1").await.expect(200).text;
    assert!(!page.contains("heart_rate_mean_7d") && !page.contains(&model.hash[..12]), "{page}");
    world.clock.advance(DAY);
    let nights = night(&store, day + 1, world.clock.now()).await.expect("a night");
    assert_eq!(nights[0].scored, 1);

    // Once the approval has run out, nothing is told or scored any more.
    world.clock.advance(2 * DAY);
    let none = ask(world.nurse(), "c0").await.expect(200).json();
    assert_eq!(none["scores"], serde_json::json!([]));
    let none = world.nurse().get("RiskAssessment?subject=Patient/c0&_total=accurate").await;
    assert_eq!(none.expect(200).json()["total"], 0);
    assert!(night(&store, day + 3, world.clock.now()).await.expect("a night").is_empty());
    // A new word takes the place of the old one; taken back it is in use no more.
    let now = world.clock.now();
    approve(&store, &evaluation, "Inger Christensen", Micros(now.0 + DAY), now)
        .await
        .expect("approved");
    let used = in_use(&store).await.expect("approvals");
    assert_eq!(
        (used.len(), used[0].approval.approval.approved_by.as_str()),
        (1, "Inger Christensen")
    );
    let mut tx = store.begin().await.expect("a transaction");
    assert!(store.retire_risk_model_in(&mut tx, &model.hash, "ada", now).await.expect("retired"));
    tx.commit_unrecorded("a test").await.expect("committed");
    assert!(in_use(&store).await.expect("approvals").is_empty());
    world.end().await;
}
