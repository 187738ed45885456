//! A pilot from the store: two groups of a cohort as a report.

use std::sync::Arc;

use jiff::civil::date;
use pulsvagt::app::Limits;
use pulsvagt::audit::Purpose;
use pulsvagt::clock::Clock;
use pulsvagt::cohorts::{Asked, answer, release};
use pulsvagt::risk::trial::{Setup, TrialError, input, may_tell, members};
use pulsvagt::risk::{pilot, pilot_json};
use pulsvagt::screening::Worker;
use pulsvagt_analytics::cohort::Definition;
use pulsvagt_analytics::pilot::report::report;
use pulsvagt_analytics::plan::Programme;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{admit, enrol, midnight, patient, store_of, until};
use crate::world::{World, heart_rate};

const COHORT: &str = r#"
name = "pilot"
version = "1"
index = { date = "2025-06-01" }
who = [{ name = "in the programme", is = { programme = ["copd"] } }]
[comparison]
who = [{ name = "not in it", is = { not = { programme = ["copd"] } } }]
"#;

const SETUP: &str = r#"
title = "COPD at home"
period = "June to August 2025"
lengths = { run-in = 60, before = 60, after = 60 }
worthwhile = 0.9
[targets]
adherence = 10
[[diagnoses]]
name = "heart failure"
codes = ["DI50"]
[[numbers]]
name = "home care, minutes a week"
codes = ["urn:example:care|minutes"]
[known]
kilometres-per-visit = { value = 8, source = "the fleet's log" }
"#;

/// Of one citizen a diagnosis and how much home care there is, of another nothing that counts.
async fn known_before_the_start(world: &World) {
    for (id, code, onset) in [
        ("c1", "DI509", "2019-03-01"),
        ("c2", "DI509", "2025-06-02"),
        ("c7", "DI509", "2018-03-01"),
        ("c2", "DJ449", "2019-03-01"),
    ] {
        let condition = json!({"resourceType":"Condition","subject":{"reference":format!("Patient/{id}")},
            "code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4","code":code}]},
            "onsetDateTime":onset});
        world.nurse().post("Condition", &condition.to_string()).await.expect(201);
    }
    for (id, day, minutes) in [
        ("c1", "2025-04-20", 150),
        ("c1", "2025-03-20", 60),
        ("c1", "2025-01-02", 900),
        ("c7", "2025-05-01", 100),
        ("c2", "2025-01-02", 90),
    ] {
        let care = json!({"resourceType":"Observation","status":"final",
            "code":{"coding":[{"system":"urn:example:care","code":"minutes"}]},
            "subject":{"reference":format!("Patient/{id}")},
            "effectiveDateTime":format!("{day}T09:00:00+02:00"),
            "valueQuantity":{"value":minutes,"unit":"min/wk"}});
        world.gateway().post("Observation", &care.to_string()).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pilot_is_told_from_the_store_with_the_sources_of_its_numbers() {
    let world = World::with(Limits::default(), Clock::fixed(midnight(date(2025, 5, 1)))).await;
    let store = store_of(&world, "0330").await;
    for number in 0..12 {
        let id = format!("c{number}");
        patient(&world, "0330", &id).await;
        if number < 6 {
            enrol(&store, &id, &[Programme::Copd], world.clock.now()).await;
        }
        // Everybody was admitted before; of those without it, also after.
        admit(&world, "0330", &id, "ACUTE", (date(2025, 4, 10), date(2025, 4, 12))).await;
    }
    known_before_the_start(&world).await;
    until(&world, date(2025, 6, 11));
    let reading = heart_rate("c0", "2025-06-10T08:00:00+02:00", "80");
    world.gateway().post("Observation", &reading).await.expect(201);
    let worker = Worker::new(store.clone(), world.clock.clone(), Arc::new(Semaphore::new(1)));
    let number = store.citizen_no("c0").await.expect("asked").expect("a citizen");
    assert_eq!(worker.these(&[number]).await.expect("screened").screened, 1);
    for number in 6..12 {
        let days = (date(2025, 6, 5), date(2025, 6, 9));
        admit(&world, "0330", &format!("c{number}"), "IMP", days).await;
    }
    until(&world, date(2025, 9, 1));
    let now = world.clock.now();
    let definition = Definition::from_toml(COHORT).expect("a cohort");
    let answer = answer(&store, &definition, date(2025, 9, 1), "HQUALIMP", now, |_| ())
        .await
        .expect("an answer");
    let purpose = Purpose::from_code("HQUALIMP").expect("a purpose");
    let (actor, role, reason) = ("ada", "operator", "the pilot");
    let asked = Asked { actor, role, purpose, reason, least: 5 };
    let told =
        release(&store, &definition, &answer, date(2025, 9, 1), &asked, now).await.expect("told");
    may_tell(&definition, &told).expect("six and six");
    let setup: Setup = toml::from_str(SETUP).expect("a setup");
    let (members, ageless) = members(&store, &setup, &answer, now).await.expect("members");
    // Nobody knows how old the two are who live in every world.
    assert_eq!((members.len(), ageless), (12, 2));
    let input = input(&store, &setup, &members).await.expect("an input");
    let counts =
        |treated: bool, of: fn(&pulsvagt_analytics::pilot::report::Citizen) -> u64| -> u64 {
            input.citizens.iter().filter(|it| it.treated == treated).map(of).sum()
        };
    assert_eq!((counts(true, |it| it.before.events), counts(false, |it| it.before.events)), (6, 6));
    assert_eq!((counts(true, |it| it.after.events), counts(false, |it| it.after.events)), (0, 6));
    let matched = |at: usize| &input.citizens[at].covariates;
    assert_eq!(matched(1)["heart failure"].to_string(), "1");
    assert_eq!(matched(2)["heart failure"].to_string(), "0", "after the start");
    assert_eq!(matched(1)["home care, minutes a week"].to_string(), "150", "the last before it");
    assert_eq!(matched(2)["home care, minutes a week"].to_string(), "0");
    let value = |name: &str| {
        let found = input.indicators.iter().find(|it| it.name.starts_with(name));
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let rate = 6.0 / 360.0 * 1_000.0;
    let close =
        |found: Option<f64>, expected: f64| (found.expect("a value") - expected).abs() < 0.001;
    assert!(close(value("Days with a measurement").value, 100.0 / 360.0));
    assert_eq!(value("Days with a measurement").met(), Some(false));
    assert!(close(value("Unplanned admissions per 1,000 days, with it").value, 0.0));
    assert!(close(value("Unplanned admissions per 1,000 days, without").value, rate));
    assert!(close(value("Nights in hospital per 1,000 days, without").value, rate * 4.0));
    assert!(close(value("Kilometres").value, 0.0));
    // What nobody has said is not made up.
    let minutes = value("Minutes per citizen-week");
    assert_eq!(minutes.value, None);
    assert!(minutes.source.expect("a source").contains("known.minutes-per-alert"));
    let report = report(&input);
    assert!(report.warnings.iter().any(|it| it == "Minutes per citizen-week was not measured."));
    assert!(
        pilot(&report).contains("the fleet&#39;s log")
            || pilot(&report).contains("the fleet's log")
    );
    let json = pilot_json(&report).expect("JSON").to_string();
    assert!(!json.contains("c0") && !json.contains("Hemmelig"), "{json}");

    let alone = Definition::from_toml(COHORT.split("[comparison]").next().expect("a part"));
    let alone = alone.expect("a cohort");
    assert!(matches!(may_tell(&alone, &told), Err(TrialError::NoComparison)));
    world.end().await;
}
