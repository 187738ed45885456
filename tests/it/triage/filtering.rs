//! What the filters let through: the statements against the rule in words.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use pulsvagt::plans::codes::PROGRAMMES;
use pulsvagt::store::Sight;
use pulsvagt::store::plans::{NewPlan, PlanSource};
use pulsvagt::triage::{Alert, Cursor, Filter, Level, Order, State};
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::{Outcome, Plan};
use serde_json::json;

use super::*;

const LEVELS: [Outcome; 3] = [Outcome::Blue, Outcome::Yellow, Outcome::Red];
const PROBLEMS: [&str; 3] = ["silence", "copd", "heart-failure"];

/// What was agreed with each, in two versions, of which the last counts.
const ENROLLED: [(&str, &[Programme], &[Programme]); 3] = [
    ("ane", &[Programme::Copd], &[Programme::Copd, Programme::HeartFailure]),
    ("bo", &[Programme::Copd], &[]),
    ("cai", &[], &[]),
];

async fn enrol(ward: &Ward) -> Vec<CitizenNo> {
    let mut citizens = Vec::new();
    for (id, first, last) in ENROLLED {
        let patient = json!({"resourceType": "Patient", "id": id});
        let path = format!("Patient/{id}");
        ward.world.admin("0330").put(&path, &patient.to_string()).await;
        let citizen = citizen(&ward.world, "0330", id).await;
        citizens.push(citizen);
        for programmes in [first, last].iter().filter(|it| !(it.is_empty() && id == "cai")) {
            let plan = Plan { programmes: programmes.iter().copied().collect(), ..Plan::default() };
            let new =
                NewPlan { plan: &plan, author: "x", source: PlanSource::Api, care_plan: None };
            let mut tx = ward.store.begin().await.expect("a transaction");
            let put = ward.store.put_plan(&mut tx, citizen, None, &new, ward.now()).await;
            put.expect("a plan");
            tx.commit_unrecorded("a test").await.expect("committed");
            ward.pass(MINUTE);
        }
    }
    citizens
}

/// Alerts in many states.
async fn fill(ward: &Ward, citizens: &[CitizenNo]) {
    let until = |hours| Micros(ward.now().0 + hours * HOUR);
    for (n, citizen) in citizens.iter().enumerate() {
        for (m, problem) in PROBLEMS.iter().enumerate() {
            let outcome = LEVELS[(n * 2 + m) % 3];
            let says = [(*problem, "rule", outcome, ward.now())];
            let triaged = screen(&ward.store, *citizen, ward.now(), &says).await.expect("triaged");
            let id = triaged.changes[0].alert.id;
            let who = if n % 2 == 0 { "ane" } else { "bo" };
            match (n * 3 + m) % 5 {
                0 => {}
                1 => drop(ward.must(id, &Action::Claim, who).await),
                2 if outcome != Outcome::Red => {
                    ward.must(id, &Action::Claim, who).await;
                    let snooze = Action::Snooze { until: until(20), reason: "known".to_owned() };
                    ward.must(id, &snooze, who).await;
                }
                2 | 3 => {
                    ward.must(id, &Action::Claim, who).await;
                    ward.must(id, &Action::RequestRemeasure, who).await;
                }
                _ => {
                    ward.must(id, &Action::Claim, who).await;
                    ward.must(id, &close(), who).await;
                }
            }
            ward.pass(9 * HOUR);
        }
        let single = [("single", "a-single", Outcome::Red, ward.now())];
        screen(&ward.store, *citizen, ward.now(), &single).await.expect("triaged");
    }
}

fn filters() -> impl Strategy<Value = Filter> {
    let one_of = |some: Vec<String>| prop::option::of(prop::sample::select(some));
    let problems = PROBLEMS.iter().map(|it| (*it).to_owned()).collect();
    let people = ["ane", "bo", "nobody"].map(str::to_owned).to_vec();
    let programmes: Vec<Programme> = PROGRAMMES.iter().map(|(it, ..)| *it).take(3).collect();
    (
        prop::sample::subsequence(Level::ALL.to_vec(), 0..=3),
        one_of(problems),
        one_of(people),
        (any::<bool>(), any::<bool>(), any::<bool>()),
        prop::option::of(prop::sample::select(programmes)),
    )
        .prop_map(|(levels, problem, claimed_by, (pending, snoozed, overdue), programme)| {
            Filter { levels, problem, claimed_by, pending, snoozed, programme, overdue }
        })
}

/// All pages of the list, three rows at a time.
async fn listed(ward: &Ward, filter: &Filter) -> Vec<AlertId> {
    let (mut ids, mut cursor): (Vec<AlertId>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let sight = Sight::everybody();
        let page = ward.store.worklist(&sight, filter, cursor.as_ref(), 3, ward.now()).await;
        let page = page.expect("a page");
        ids.extend(page.rows.iter().map(|row| row.alert.id));
        cursor = page.next;
        if cursor.is_none() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_rule_let_the_same_through() {
    let ward = Ward::new().await;
    let citizens = enrol(&ward).await;
    fill(&ward, &citizens).await;
    let programmes: BTreeMap<CitizenNo, BTreeSet<Programme>> = citizens
        .iter()
        .zip(ENROLLED)
        .map(|(citizen, (_, _, last))| (*citizen, last.iter().copied().collect()))
        .collect();
    let mut open: Vec<Alert> = Vec::new();
    for citizen in &citizens {
        open.extend(ward.store.open_alerts(*citizen).await.expect("alerts"));
    }
    open.sort_by_key(|alert| Order::of(alert, ward.now()));
    let states: BTreeSet<&str> = open.iter().map(|alert| alert.state.as_str()).collect();
    assert!(states.len() >= 4, "{states:?}");

    let mut runner = TestRunner::deterministic();
    let mut sizes = BTreeSet::new();
    for _ in 0..150 {
        let filter = filters().new_tree(&mut runner).expect("a filter").current();
        let fits = |filter: &Filter, alert: &&Alert| {
            filter.fits(alert, &programmes[&alert.citizen], ward.now())
        };
        let expected: Vec<AlertId> =
            open.iter().filter(|alert| fits(&filter, alert)).map(|alert| alert.id).collect();
        assert_eq!(listed(&ward, &filter).await, expected, "{filter:?}");
        sizes.insert(expected.len());

        let counts = ward.store.worklist_counts(&Sight::everybody(), &filter, ward.now()).await;
        let counts = counts.expect("counts");
        let any_level = Filter { levels: Vec::new(), ..filter.clone() };
        let listed: Vec<&Alert> = open.iter().filter(|alert| fits(&any_level, alert)).collect();
        let count = |some: &dyn Fn(&Alert) -> bool| {
            u32::try_from(listed.iter().filter(|alert| some(alert)).count()).expect("a number")
        };
        for (level, told) in
            Level::ALL.into_iter().zip([counts.red, counts.yellow, counts.blue, counts.green])
        {
            assert_eq!(told, count(&|alert| alert.level == level), "{level} {filter:?}");
        }
        assert_eq!(counts.overdue, count(&|alert| alert.is_overdue(ward.now())), "{filter:?}");
        for (state, told) in [(State::Pending, counts.pending), (State::Snoozed, counts.snoozed)] {
            let with = Filter { pending: true, snoozed: true, ..any_level.clone() };
            let those = open.iter().filter(|it| it.state == state && fits(&with, it)).count();
            assert_eq!(u32::try_from(those).expect("a number"), told, "{state} {filter:?}");
        }
    }
    assert!(sizes.len() > 4 && sizes.contains(&0), "{sizes:?}");
    ward.world.end().await;
}
