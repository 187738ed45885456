//! Attacks over HTTP: what an analyst may ask in any order must not tell of few citizens, and who
//! asked, and why, is on record before anything is told.

use jiff::civil::date;
use pulsvagt::audit::search::{Wanted, newest};
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::http::{aged, analyst, made};
use super::{admit, micros, ward};

fn members(run: &Value) -> Option<u64> {
    run["result"]["groups"][0]["members"].as_u64()
}

/// Nothing of a group whose members are left out is told.
fn tells_nothing(run: &Value) {
    let group = &run["result"]["groups"][0];
    assert_eq!(group["members"], Value::Null, "{run}");
    for name in ["outcomes", "attrition", "sex", "age", "municipality", "quarter", "programme"] {
        assert_eq!(group[name], json!([]), "{name}: {run}");
    }
    assert_eq!(run["result"]["curves"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn single_citizens_and_differences_are_not_told() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    for citizen in [0, 1, 2, 7, 8, 9] {
        admit(&world, citizen, "2025-11-10").await;
    }
    world.clock.advance(micros(date(2025, 12, 1)).0 - world.clock.now().0);
    // The one young man, by himself; and everybody but him.
    let mut alone = aged(0);
    alone["who"][0]["is"] = json!({"age": {"to": 40}});
    let run = made(&world, &store, &alone).await;
    tells_nothing(&run);
    let place = format!("/api/cohort-runs/{}/rows", run["id"].as_str().expect("an id"));
    let rows = analyst(&world).with("accept", "text/csv").get(&place).await.expect(200);
    assert_eq!(rows.text.lines().count(), 1, "a heading");
    assert_eq!(members(&made(&world, &store, &aged(18)).await), Some(16));
    tells_nothing(&made(&world, &store, &aged(65)).await);
    // Men and women are told; the men without him would tell of him.
    let mut men = aged(18);
    let steps = men["who"].as_array_mut().expect("steps");
    steps.push(json!({"name": "sex", "is": {"sex": ["male"]}}));
    assert_eq!(members(&made(&world, &store, &men).await), Some(8));
    men["who"][0]["is"] = json!({"age": {"from": 65}});
    tells_nothing(&made(&world, &store, &men).await);
    // A rare combination: men who were admitted are three.
    men["who"][0]["is"] = json!({"age": {"from": 18}});
    men["index"] = json!({"date": "2025-11-30"});
    let admitted = json!({"name": "admitted", "is": {"had": {"what": {"admission": {}}}}});
    men["who"].as_array_mut().expect("steps").push(admitted);
    tells_nothing(&made(&world, &store, &men).await);
    // An empty group says so, and that is no secret of anybody's.
    let mut nobody = aged(18);
    nobody["who"][0]["is"] = json!({"age": {"from": 120}});
    let run = made(&world, &store, &nobody).await;
    assert_eq!(run["result"]["notices"][0]["code"], "nobody", "{run}");

    let page = newest(&store.chain(), &Wanted::default(), None, 1000).await.expect("entries");
    let of = |operation: &str| {
        let entries = page.entries.iter().map(|(_, entry)| entry);
        entries.filter(|it| it.operation == operation && it.purpose == "HQUALIMP").count()
    };
    assert_eq!((of("runCohort"), of("cohort-run")), (7, 7));
    world.end().await;
}

/// Random cohorts by age and sex, one after the other: no told group lies within another that has
/// 1 to 4 citizens more.
#[tokio::test(flavor = "multi_thread")]
async fn no_two_answers_differ_by_few() {
    let (world, store) = ward(date(2025, 10, 1)).await;
    world.clock.advance(micros(date(2025, 12, 1)).0 - world.clock.now().0);
    // Women c0 to c6 and men c7 to c13 of 80 years, but for c13, who is 30, as a woman and a man are.
    let age_and_sex = |it: u32| (if it >= 13 { 30 } else { 80 }, it < 7 || it == 14);
    let mut random = ChaCha8Rng::seed_from_u64(20_251_101);
    let mut told: Vec<Vec<u32>> = Vec::new();
    for _ in 0..12 {
        let (one, other) = (random.random_range(0..100), random.random_range(0..100));
        let (from, to) = (u32::min(one, other), u32::max(one, other));
        let sexes: &[&str] =
            [&["female", "male"][..], &["female"], &["male"]][random.random_range(0..3_usize)];
        let definition = json!({"name": "random", "version": "1",
            "index": {"date": "2025-11-01"},
            "who": [{"name": "both", "is": {"all": [
                {"age": {"from": from, "to": to}}, {"sex": sexes}]}}]});
        let run = made(&world, &store, &definition).await;
        let is_in = |it: &u32| {
            let (age, is_woman) = age_and_sex(*it);
            let sex = if is_woman { "female" } else { "male" };
            (from..=to).contains(&age) && sexes.contains(&sex)
        };
        let group: Vec<u32> = (0..16).filter(is_in).collect();
        if let Some(members) = members(&run) {
            assert_eq!(usize::try_from(members).expect("a number"), group.len());
            told.push(group);
        } else {
            tells_nothing(&run);
        }
    }
    assert!(told.iter().any(|it| !it.is_empty()), "something is told");
    for one in &told {
        assert!(one.is_empty() || one.len() >= 5, "{one:?}");
        for other in told.iter().filter(|it| it.len() > one.len()) {
            let is_within = one.iter().all(|it| other.contains(it));
            let few = other.len() - one.len();
            assert!(one.is_empty() || !is_within || few >= 5, "{one:?} and {other:?}");
        }
    }
    world.end().await;
}
