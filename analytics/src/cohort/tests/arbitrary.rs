//! Random definitions and worlds, small enough that everything meets.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::sample::{select, subsequence};

use super::*;
use crate::plan::Programme;

/// The first day on which anything happens.
pub(super) const FIRST: i32 = 20_000;
/// The last.
pub(super) const LAST: i32 = 20_120;

pub(super) const CODES: [&str; 6] = ["DJ440", "DJ441", "DE869", "DN300", "DI509", "DZ740"];
const PREFIXES: [&str; 5] = ["DJ44", "DJ441", "DE86", "DI", "DZ74"];
const PROGRAMMES: [(Programme, &str); 2] =
    [(Programme::Copd, "copd"), (Programme::HeartFailure, "heart-failure")];
const LEVELS: [(Level, &str); 3] =
    [(Level::Blue, "blue"), (Level::Yellow, "yellow"), (Level::Red, "red")];
const MEASURES: [&str; 2] = ["body_weight", "oxygen_saturation"];

/// Conditions over features, which the oracle knows by their place.
pub(super) const FEATURES: [&str; 6] = [
    "body_weight_value >= 90",
    "body_weight_sum_7d > 180",
    "body_weight_days_14d < 2",
    "oxygen_saturation_rise_guard <= -1",
    "oxygen_saturation_max_prev_30d >= 92 AND body_weight_count_30d >= 3",
    "body_weight_day_age IS NULL OR body_weight_day_age > 5",
];

fn strings(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<String>> {
    subsequence(all, least..=all.len())
        .prop_map(|some| some.into_iter().map(str::to_owned).collect())
}

fn programmes(least: usize) -> impl Strategy<Value = Vec<Programme>> {
    subsequence(&PROGRAMMES[..], least..=2)
        .prop_map(|some| some.into_iter().map(|(programme, _)| programme).collect())
}

fn levels() -> impl Strategy<Value = Vec<Level>> {
    subsequence(&LEVELS[..], 0..=2).prop_map(|it| it.into_iter().map(|(it, _)| it).collect())
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let admission = prop_oneof![
        3 => (strings(&PREFIXES, 0), of(any::<bool>())).prop_map(|(codes, acute)| Admission {
            codes,
            acute,
            ..Admission::default()
        }),
        1 => of(any::<bool>()).prop_map(|acute| Admission {
            set: Some("danish-nine-rpm".to_owned()),
            accept_unverified: true,
            acute,
            ..Admission::default()
        }),
    ];
    prop_oneof![
        2 => strings(&PREFIXES, 1).prop_map(Event::Diagnosis),
        3 => admission.prop_map(Event::Admission),
        1 => programmes(0).prop_map(Event::Enrolment),
        2 => (strings(&["copd", "silence"], 0), levels())
            .prop_map(|(problem, severity)| Event::Alert(AlertEvent { problem, severity })),
        2 => (strings(&["A", "B"], 0), levels())
            .prop_map(|(rule, level)| Event::Finding(Finding { rule, level })),
        2 => (select(&MEASURES[..]), of(86_u8..92), of(92_u8..96)).prop_map(|(what, from, to)| {
            let (from, to) = (from.map(f64::from), to.map(f64::from));
            Event::Measured(Measured { what: what.to_owned(), from, to })
        }),
        1 => Just(Event::Death(Nothing {})),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    (of(-80_i32..=0), of(-30_i32..=0)).prop_map(|(from, to)| Window { from, to })
}

fn times() -> impl Strategy<Value = Times> {
    (of(0_u32..4), of(0_u32..4)).prop_map(|(from, to)| Times { from, to })
}

fn leaf() -> impl Strategy<Value = Condition> {
    prop_oneof![
        2 => (of(18_u16..80), of(40_u16..100)).prop_map(|(from, to)| Condition::Age(Age { from, to })),
        1 => subsequence(&[Sex::Female, Sex::Male][..], 1..=2).prop_map(Condition::Sex),
        1 => strings(&["0306", "0330"], 1).prop_map(Condition::Municipality),
        1 => programmes(1).prop_map(Condition::Programme),
        2 => (programmes(0), of(1_u32..40), of(20_u32..60)).prop_map(|(programme, from, to)| {
            Condition::Enrolled(Enrolled { programme, days: Times { from, to } })
        }),
        6 => (event(), window(), times())
            .prop_map(|(what, within, times)| Condition::Had(Had { what, within, times })),
        3 => (vec(event(), 2..4), window(), of(0_u32..3), of(2_u32..60)).prop_map(
            |(of, within, from, to)| {
                Condition::Sequence(Sequence { of, within, gap: Gap { from, to } })
            }
        ),
        3 => select(&FEATURES[..]).prop_map(|text| Condition::Feature(text.to_owned())),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 10, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Condition::All),
            vec(inner.clone(), 1..4).prop_map(Condition::Any),
            inner.clone().prop_map(|it| Condition::Not(Box::new(it))),
            (vec(inner, 1..5), 1_u32..4).prop_map(|(of, n)| Condition::AtLeast(AtLeast { n, of })),
        ]
    })
}

fn date() -> impl Strategy<Value = Date> {
    (FIRST + 30..=LAST - 20).prop_map(|day| Date::from_day(day).unwrap())
}

fn index() -> impl Strategy<Value = Index> {
    prop_oneof![
        date().prop_map(Index::Date),
        (event(), date(), date()).prop_map(|(what, from, to)| Index::First(FirstEvent {
            what,
            from,
            to
        })),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(condition(), 0..=2).prop_map(|conditions| {
        let named = conditions.into_iter().enumerate();
        named.map(|(place, is)| Step { name: format!("step {place}"), is }).collect()
    })
}

/// Definitions that pass their check, as they are read.
pub(super) fn definition() -> impl Strategy<Value = Definition> {
    let follow_up = (1_u32..60, any::<bool>())
        .prop_map(|(days, while_enrolled)| FollowUp { days, while_enrolled });
    let comparison = (of(index()), steps()).prop_map(|(index, who)| Comparison { index, who });
    let parts = (index(), steps(), follow_up, vec(event(), 0..3), of(comparison));
    parts.prop_filter_map("passes its check", |(index, who, follow_up, outcomes, comparison)| {
        let outcomes = outcomes.into_iter().enumerate();
        let outcomes = outcomes.map(|(place, what)| Outcome { name: format!("o{place}"), what });
        let definition = Definition {
            name: "random".to_owned(),
            version: "1".to_owned(),
            description: String::new(),
            index,
            who,
            follow_up: Some(follow_up),
            outcomes: outcomes.collect(),
            comparison,
        };
        Definition::from_json(&definition.to_json().unwrap()).ok()
    })
}

/// Worlds of a few citizens.
pub(super) fn rows() -> impl Strategy<Value = Cells> {
    const MOST: u32 = 12;
    let (citizen, day) = (0..MOST, FIRST..=LAST);
    let citizens = vec(
        (
            weighted(0.8, -16_000_i32..14_000),
            weighted(0.8, select(&["female", "male"][..])),
            select(&["0306", "0330"][..]),
            weighted(0.15, day.clone()),
            weighted(0.1, day.clone()),
        ),
        4..MOST as usize,
    );
    let citizens = citizens.prop_map(|all| {
        let numbered = (0_u32..).zip(all);
        numbered.map(|(number, it)| (number, it.0, it.1, it.2, it.3, it.4)).collect()
    });
    let programme = select(&["copd", "heart-failure"][..]);
    let enrolments = (citizen.clone(), programme, day.clone(), of(0_i32..50)).prop_map(
        |(citizen, programme, from, days)| (citizen, programme, from, days.map(|it| from + it)),
    );
    let diagnoses = (citizen.clone(), day.clone(), select(&CODES[..]));
    let admissions =
        (citizen.clone(), day.clone(), of(0_i32..10), of(any::<bool>()), of(select(&CODES[..])));
    let admissions = admissions.prop_map(|(citizen, from, days, acute, code)| {
        (citizen, from, days.map(|it| from + it), acute, code)
    });
    let level = select(&["blue", "yellow", "red"][..]);
    let alerts = (citizen.clone(), day.clone(), select(&["copd", "silence"][..]), level.clone());
    let findings = (citizen.clone(), day.clone(), select(&["A", "B"][..]), level);
    let days = (citizen, select(&MEASURES[..]), day, 85_u8..97, 1_u32..4).prop_map(
        |(citizen, measure, day, value, count)| (citizen, measure, day, f64::from(value), count),
    );
    (
        citizens,
        vec(enrolments, 4..30),
        vec(diagnoses, 0..60),
        vec(admissions, 0..60),
        vec(days, 0..250),
        vec(alerts, 0..40),
        vec(findings, 0..40),
    )
        .prop_map(|(citizens, enrolments, diagnoses, admissions, days, alerts, findings)| {
            Cells { citizens, enrolments, diagnoses, admissions, days, alerts, findings }
        })
}
