//! The same citizen gives the same bytes, whoever else is in the batch.

use proptest::prelude::*;

use super::*;
use crate::plan::Spo2Scale;
use crate::summary::DaySummary;

/// A citizen that owns what a subject borrows.
#[derive(Debug, Clone)]
struct Citizen {
    plan: Plan,
    days: Vec<Day>,
    as_of: i64,
    offset: i32,
}

impl Citizen {
    fn subject(&self) -> Subject<'_> {
        let (as_of, offset) = (self.as_of, self.offset);
        Subject { as_of, offset, ..subject(&self.plan, &self.days) }
    }
}

fn json(pack: &Pack, citizens: &[&Citizen]) -> Vec<String> {
    let mut batch = Batch::new(pack);
    for citizen in citizens {
        batch.push(&citizen.subject());
    }
    let screenings = screen(batch, pack).unwrap();
    screenings.iter().map(|it| serde_json::to_string(it).unwrap()).collect()
}

/// A pack that looks at much: sums, deviations, products, medians.
fn wide() -> Pack {
    let signals = ["heart_rate", "body_weight", "oxygen_saturation", "night_heart_rate"];
    let stats = [
        "mean_7d",
        "sd_28d",
        "ema_14d",
        "robust_z",
        "rise_guard_prev",
        "abs_z_min_3d",
        "sum_90d",
        "median_prev_14d",
        "last_24h",
    ];
    let shown: Vec<String> = signals
        .iter()
        .flat_map(|signal| stats.iter().map(move |stat| format!("{{{signal}_{stat}}}")))
        .collect();
    let shown = shown.concat();
    let text = include_str!("../../../tests/fixtures/tiny.toml");
    let text = text.replace("yellow = \"Up {gain:.1} kg\"", &format!("yellow = \"{shown}\""));
    let text = text.replace(
        "gain > gain_yellow\"",
        "gain > gain_yellow OR body_weight_sd_7d * 1.1 / body_weight_mean_28d > 0.01\"",
    );
    Pack::parse(&text).unwrap()
}

prop_compose! {
    fn one_day()(
        has in prop::array::uniform5(prop::bool::weighted(0.6)),
        value in prop_oneof![20 => 60.0..100.0, 1 => Just(f64::NAN), 1 => Just(-0.0)],
        shift in -3.0..3.0,
    ) -> Vec<DaySummary> {
        let signals = [
            Signal::HeartRate, Signal::RespiratoryRate, Signal::OxygenSaturation,
            Signal::BodyWeight, Signal::NewConfusion,
        ];
        signals.into_iter().zip(has).filter(|(_, has)| *has).map(|(signal, _)| {
            summary(signal, 0, value + shift)
        }).collect()
    }
}

prop_compose! {
    fn citizen()(
        days in prop::collection::vec(one_day(), 0..60),
        limit in prop::option::of(0.0..6.0),
        programme in prop::option::of(Just(Programme::HeartFailure)),
        every in prop::option::of(1_u16..200),
        oxygen in any::<bool>(),
        minutes in 0..3000_i64,
        offset in prop::sample::select(vec![0, 3600, 7200]),
    ) -> Citizen {
        let first = TODAY + 1 - i32::try_from(days.len()).unwrap();
        let days = days.into_iter().zip(first..).map(|(summaries, day)| Day {
            day,
            summaries: summaries.into_iter().map(|it| {
                DaySummary { digest: it.digest ^ u64::from(day.unsigned_abs()), ..it }
            }).collect(),
        }).collect();
        let cadence = every.map(|every_hours| Cadence {
            signal: Signal::BodyWeight, every_hours, from: None, safety_critical: oxygen,
        });
        Citizen {
            plan: Plan {
                programmes: programme.into_iter().collect(),
                limits: limit.map(|it| ("gain_red".to_owned(), it)).into_iter().collect(),
                cadence: cadence.into_iter().collect(),
                oxygen,
                spo2_scale: if oxygen { Spo2Scale::Two } else { Spo2Scale::One },
                ..Plan::default()
            },
            days,
            as_of: NOW - minutes * 60_000_000,
            offset,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn alone_or_together(citizens in prop::collection::vec(citizen(), 1..40)) {
        let pack = wide();
        let all: Vec<&Citizen> = citizens.iter().collect();
        let together = json(&pack, &all);
        for (citizen, together) in citizens.iter().zip(&together) {
            prop_assert_eq!(&json(&pack, &[citizen])[0], together);
        }
        let backwards: Vec<&Citizen> = citizens.iter().rev().collect();
        let mut again = json(&pack, &backwards);
        again.reverse();
        prop_assert_eq!(again, together);
    }
}

/// 500 citizens, the same ones each time.
fn five_hundred() -> Vec<Citizen> {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    (0..500).map(|_| citizen().new_tree(&mut runner).unwrap().current()).collect()
}

/// Hash of what is said of the 500.
fn hash(citizens: &[Citizen], pack: &Pack) -> u64 {
    let all: Vec<&Citizen> = citizens.iter().collect();
    xxhash_rust::xxh3::xxh3_64(json(pack, &all).join("\n").as_bytes())
}

#[test]
fn five_hundred_shuffled() {
    let (pack, citizens) = (wide(), five_hundred());
    let all: Vec<&Citizen> = citizens.iter().collect();
    let together = json(&pack, &all);
    // A fixed shuffle: 271 has no factor in common with 500.
    let order: Vec<usize> = (0..500).map(|index| index * 271 % 500).collect();
    let shuffled: Vec<&Citizen> = order.iter().map(|index| &citizens[*index]).collect();
    for (index, json) in order.iter().zip(json(&pack, &shuffled)) {
        assert_eq!(json, together[*index]);
    }
    for index in [0, 7, 250, 499] {
        assert_eq!(json(&pack, &[all[index]])[0], together[index]);
    }
}

/// Tells the hash to the test below, which runs this one in a process of its own.
#[test]
fn with_these_threads() {
    println!("hash {:x}", hash(&five_hundred(), &wide()));
}

#[test]
fn any_number_of_threads() {
    let this = format!("hash {:x}", hash(&five_hundred(), &wide()));
    for threads in ["1", "2", "7"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "evaluate::tests::alike::with_these_threads", "--nocapture"])
            .env("POLARS_MAX_THREADS", threads)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.lines().any(|line| line.contains(&this)), "{threads} threads: {said}");
    }
}

#[test]
fn the_bytes_are_canonical() {
    let citizen = &five_hundred()[3];
    let said = json(&wide(), &[citizen]).remove(0);
    let read: Screening = serde_json::from_str(&said).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), said);
    for verdict in &read.verdicts {
        assert!(verdict.features.is_sorted_by_key(|(name, _)| name));
        assert!(verdict.thresholds.is_sorted_by_key(|(name, _)| name));
        assert!(verdict.missing.is_sorted());
    }
}
