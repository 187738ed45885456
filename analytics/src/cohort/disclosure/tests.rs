//! Attacks: what somebody could compute from everything that was told.

mod together;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;
use crate::cohort::tests::{Cells, read_toml};
use crate::cohort::{Date, run};

fn set(citizens: impl IntoIterator<Item = u32>) -> Vec<u32> {
    citizens.into_iter().collect()
}

#[test]
fn few_are_never_told() {
    let mut ledger = Ledger::new(5, []);
    assert_eq!(ledger.tell(&set(0..4)), Err(Refused::Few));
    assert_eq!(ledger.tell(&[7]), Err(Refused::Few));
    assert_eq!(ledger.tell(&[]), Ok(()));
    assert_eq!(ledger.tell(&set(0..5)), Ok(()));
    assert_eq!(Ledger::new(1, []).least(), 5, "5 is the least");
    assert_eq!(Ledger::new(10, []).tell(&set(0..9)), Err(Refused::Few));
}

#[test]
fn a_difference_of_few_is_not_told() {
    let mut ledger = Ledger::new(5, []);
    ledger.tell(&set(0..20)).unwrap();
    assert_eq!(ledger.tell(&set(0..19)), Err(Refused::Differs));
    assert_eq!(ledger.tell(&set(0..21)), Err(Refused::Differs));
    assert_eq!(ledger.tell(&set(0..16)), Err(Refused::Differs));
    ledger.tell(&set(0..15)).unwrap();
    // The same again tells nothing new, in any order.
    ledger.tell(&set((0..15).rev())).unwrap();
    assert_eq!(ledger.told().len(), 2);
    // In another run, too.
    let before = ledger.told().to_vec();
    let mut later = Ledger::new(5, before);
    assert_eq!(later.tell(&set(0..19)), Err(Refused::Differs));
    assert!(later.told().is_empty());
}

#[test]
fn differences_over_several_releases_are_not_told() {
    // A, B and both together tell how many are in both.
    let mut ledger = Ledger::new(5, []);
    ledger.tell(&set(0..20)).unwrap();
    ledger.tell(&set(18..40)).unwrap();
    assert_eq!(ledger.tell(&set(0..40)), Err(Refused::Differs));
    // All of a whole but one part.
    let mut ledger = Ledger::new(5, []);
    ledger.tell(&set(0..40)).unwrap();
    for part in [0..12, 12..24, 24..30] {
        ledger.tell(&set(part)).unwrap();
    }
    assert_eq!(ledger.tell(&set(30..37)), Err(Refused::Differs));
    // Two rare ones together are as many as one may be told of; with one more they are not.
    let mut ledger = Ledger::new(5, []);
    ledger.tell(&set((0..20).chain(50..52))).unwrap();
    ledger.tell(&set((20..40).chain(52..54))).unwrap();
    ledger.tell(&set(0..40)).expect_err("50 to 53 would be told of");
}

#[test]
fn the_order_of_what_was_told_does_not_matter() {
    let told = [set(0..20), set(10..40), set(5..35)];
    let released = |order: [usize; 3]| order.map(|it| Released { citizens: told[it].clone() });
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let mut ledger = Ledger::new(5, released(order));
        assert_eq!(ledger.tell(&set(0..21)), Err(Refused::Differs));
        assert_eq!(ledger.tell(&set(0..40)), Ok(()));
    }
}

#[test]
fn what_was_told_is_used_up() {
    let mut ledger = Ledger::new(5, []);
    let refused = (0..1000).find_map(|place| ledger.tell(&set(place * 10..place * 10 + 10)).err());
    assert_eq!(refused, Some(Refused::Used));
}

/// The few citizens whose number is a sum of told sizes with coefficients −2 to 2 (−1 to 1 of many
/// sets), or a whole part of one.
fn can_be_computed(told: &[BTreeSet<u32>], population: u32, least: usize) -> Option<Vec<u32>> {
    let most = if told.len() > 4 { 1 } else { 2 };
    let mut coefficients = vec![-most; told.len()];
    loop {
        let weight = |citizen: u32| -> i32 {
            let sets = told.iter().zip(&coefficients);
            sets.map(|(set, by)| if set.contains(&citizen) { *by } else { 0 }).sum()
        };
        let weights: Vec<i32> = (0..population).map(weight).collect();
        let of = weights.iter().copied().find(|it| *it != 0).unwrap_or(0);
        if weights.iter().all(|it| *it == 0 || *it == of) {
            let few: Vec<u32> =
                (0..population).zip(&weights).filter(|it| *it.1 != 0).map(|it| it.0).collect();
            if (1..least).contains(&few.len()) {
                return Some(few);
            }
        }
        let place = coefficients.iter().position(|it| *it < most)?;
        coefficients[place] += 1;
        coefficients[..place].fill(-most);
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(100) })]

    #[test]
    fn no_sum_of_what_was_told_is_about_few(
        asked in proptest::collection::vec(proptest::collection::btree_set(0_u32..24, 5..20), 2..12)
    ) {
        let mut ledger = Ledger::new(5, []);
        let mut refused = Vec::new();
        for set in &asked {
            if ledger.tell(&set.iter().copied().collect::<Vec<_>>()).is_err() {
                refused.push(set);
            }
        }
        let told: Vec<BTreeSet<u32>> =
            ledger.told().iter().map(|it| it.citizens.iter().copied().collect()).take(6).collect();
        prop_assert_eq!(can_be_computed(&told, 24, 5), None, "{:?}", told);
        // And what is refused would have told of few.
        if ledger.told().len() <= 2 {
            for set in refused {
                let mut all = told.clone();
                all.push(set.clone());
                prop_assert!(can_be_computed(&all, 24, 5).is_some(), "{:?} and {:?}", told, set);
            }
        }
    }
}

const INDEX: i32 = 20_454; // 2026-01-01

/// 40 women of 75 and 30 men of 85 who live in Slagelse, and one woman of 101 in Odsherred. Of the
/// women 6 are admitted, of the men 2.
fn town() -> Cells {
    let mut rows = Cells::default();
    for citizen in 0..70 {
        let (sex, years) = if citizen < 40 { ("female", 75) } else { ("male", 85) };
        rows.citizens.push((citizen, Some(INDEX - years * 366), Some(sex), "0330", None, None));
    }
    rows.citizens.push((70, Some(INDEX - 101 * 366), Some("female"), "0306", None, None));
    for citizen in (0..6).chain(40..42) {
        rows.admissions.push((citizen, INDEX + 40, None, Some(true), Some("DJ189")));
    }
    rows
}

fn released(text: &str, ledger: &mut Ledger) -> Release {
    let answer = run(&read_toml(text), &town().world(), day("2026-12-31")).unwrap();
    release(&answer, ledger).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const HEAD: &str = "name = \"a\"\nversion = \"1\"\nindex = { date = \"2026-01-01\" }\nfollow_up = { days = 90 }\noutcomes = [{ name = \"acute\", what = { admission = { acute = true } } }]\n";

#[test]
fn a_release_names_nobody() {
    let mut ledger = Ledger::new(5, []);
    let release = released(HEAD, &mut ledger);
    insta::assert_json_snapshot!(release);
    let columns: Vec<&str> = release.rows.columns().iter().map(|it| it.name().as_str()).collect();
    assert_eq!(
        columns,
        [
            "group",
            "sex",
            "age",
            "municipality",
            "quarter",
            "followed",
            "acute_times",
            "acute_after"
        ]
    );
    assert_eq!(release.rows.height(), 71);
    // No kind of row is rarer than 5, not even together with whether there was an admission.
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for row in 0..release.rows.height() {
        let cells = release.rows.columns()[1..7].iter().map(|it| it.get(row).unwrap().to_string());
        *kinds.entry(cells.collect::<Vec<_>>().join(" ")).or_default() += 1;
    }
    assert!(kinds.values().all(|it| *it >= 5), "{kinds:?}");
    assert!(kinds.keys().any(|it| it.contains("70-79")), "{kinds:?}");
    assert!(kinds.keys().all(|it| !it.contains("0306") && !it.contains("90+")), "{kinds:?}");
}

#[test]
fn a_cohort_of_one_is_left_out() {
    let text = format!("{HEAD}who = [{{ name = \"old\", is = {{ age = {{ from = 100 }} }} }}]\n");
    let release = released(&text, &mut Ledger::new(5, []));
    let group = &release.groups[0];
    assert_eq!(group.members, Count::LeftOut);
    assert!(group.attrition.is_empty() && group.outcomes.is_empty());
    assert_eq!(release.rows.height(), 0);
    // Not even that somebody was there: the same is told of nobody and of few.
    assert!(release.notices.is_empty(), "{:?}", release.notices);
}

#[test]
fn everybody_but_one_is_left_out() {
    let mut ledger = Ledger::new(5, []);
    assert_eq!(released(HEAD, &mut ledger).groups[0].members, Count::Told(71));
    let text = format!("{HEAD}who = [{{ name = \"young\", is = {{ age = {{ to = 99 }} }} }}]\n");
    let group = released(&text, &mut ledger).groups.remove(0);
    assert_eq!(group.members, Count::LeftOut);
    assert_eq!(
        group.refused.as_deref(),
        Some("it differs from what was told before by fewer citizens than may be told")
    );
    // In a run of its own as well: everybody is known.
    let group = released(&text, &mut Ledger::new(5, [])).groups.remove(0);
    assert_eq!(group.members, Count::LeftOut);
}

#[test]
fn rare_outcomes_are_left_out_everywhere() {
    let text = format!("{HEAD}who = [{{ name = \"men\", is = {{ sex = [\"male\"] }} }}]\n");
    let release = released(&text, &mut Ledger::new(5, []));
    let outcome = &release.groups[0].outcomes[0];
    assert_eq!(release.groups[0].members, Count::Told(30));
    assert_eq!(outcome.citizens, Count::LeftOut);
    assert_eq!(
        (outcome.events, outcome.rate, outcome.first, outcome.person_years),
        (None, None, None, None)
    );
    let times = release.rows.column("acute_times").unwrap();
    assert_eq!(times.null_count(), 30, "rows would tell it");
    // After everybody's and the women's outcomes, those of the men could be computed.
    let mut ledger = Ledger::new(5, []);
    let women = format!("{HEAD}who = [{{ name = \"women\", is = {{ sex = [\"female\"] }} }}]\n");
    let all = released(HEAD, &mut ledger);
    assert_eq!(all.groups[0].outcomes[0].citizens, Count::Told(8));
    let women = released(&women, &mut ledger);
    assert_eq!(women.groups[0].members, Count::Told(41));
    assert_eq!(women.groups[0].outcomes[0].citizens, Count::LeftOut);
}

#[test]
fn the_same_again_is_told_again() {
    let mut ledger = Ledger::new(5, []);
    let first = released(HEAD, &mut ledger);
    let told = ledger.told().to_vec();
    let mut later = Ledger::new(5, told);
    let second = released(HEAD, &mut later);
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
    assert!(first.rows.equals_missing(&second.rows));
    assert!(later.told().is_empty());
}
