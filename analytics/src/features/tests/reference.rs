//! Every statistic against its definition, reckoned naively from a map of days.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::fixture::{HOUR, NOW, TODAY, features, subject, summary};
use crate::plan::Plan;
use crate::summary::{DaySummary, Held, Night};
use crate::{Day, Signal};

/// Days with the signal, by age.
struct Days {
    values: BTreeMap<i32, f64>,
    counts: BTreeMap<i32, f64>,
    newest: Option<i32>,
}

impl Days {
    fn new(days: &[Day], value: impl Fn(&DaySummary) -> Option<(f64, u32)>) -> Self {
        let mut this = Self { values: BTreeMap::new(), counts: BTreeMap::new(), newest: None };
        for day in days {
            let age = TODAY - day.day;
            for (value, count) in day.summaries.iter().filter_map(&value) {
                if value.is_finite() && (0..120).contains(&age) {
                    this.values.insert(age, value);
                    this.counts.insert(age, f64::from(count));
                }
            }
        }
        this.newest = this.values.keys().next().copied();
        this
    }

    fn rel(&self, rel: i32) -> Option<f64> {
        self.values.get(&(self.newest? + rel)).copied()
    }

    fn ages(&self, window: &str, days: i32) -> Vec<i32> {
        let newest = self.newest.unwrap_or(0);
        let (from, to) = match window {
            "" => (0, days - 1),
            "prev_" => (newest + 1, newest + days),
            _ => (newest + 3, newest + days + 2),
        };
        (from..=to).filter(|age| self.values.contains_key(age)).collect()
    }

    fn over(&self, aggregate: &str, ages: &[i32]) -> Option<f64> {
        let values: Vec<f64> = ages.iter().map(|age| self.values[age]).collect();
        let number = f64::from(u32::try_from(values.len()).unwrap());
        let mean = values.iter().sum::<f64>() / number;
        match aggregate {
            "days" => return Some(number),
            "count" => return Some(ages.iter().map(|age| self.counts[age]).sum()),
            _ if values.is_empty() => return None,
            _ => {}
        }
        Some(match aggregate {
            "mean" => mean,
            "sum" => mean * number,
            "median" => median(&values)?,
            "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
            "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            _ if values.len() < 2 => return None,
            _ => {
                let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
                (squares / (number - 1.0)).sqrt()
            }
        })
    }

    /// Values of the guard window of 28 days before the day at `rel`.
    fn guard(&self, rel: i32) -> Vec<f64> {
        (3..=30).filter_map(|back| self.rel(rel + back)).collect()
    }

    fn prev(&self) -> Option<i32> {
        [1, 2].into_iter().find(|rel| self.rel(*rel).is_some())
    }

    fn rise(&self, rel: i32) -> Option<f64> {
        Some(self.rel(rel)? - median(&self.guard(rel))?)
    }

    fn robust_z(&self, rel: i32) -> Option<f64> {
        let guard = self.guard(rel);
        let centre = median(&guard)?;
        let distances: Vec<f64> = guard.iter().map(|value| (value - centre).abs()).collect();
        Some(self.rise(rel)? / f64::max(1.4826 * median(&distances)?, 1.0))
    }

    fn abs_z_min(&self) -> Option<f64> {
        let ages = self.ages("guard_", 28);
        let (mean, sd) = (self.over("mean", &ages)?, self.over("sd", &ages)?);
        let days: Vec<f64> = (0..3).filter_map(|rel| self.rel(rel)).collect();
        let least = days.iter().map(|x| (x - mean).abs() / sd).fold(f64::INFINITY, f64::min);
        (days.len() == 3 && sd > 0.0).then_some(least)
    }

    fn ema(&self, span: i32) -> Option<f64> {
        let decay: f64 = 1.0 - 2.0 / f64::from(span + 1);
        let days = (0..5 * span).filter_map(|rel| Some((decay.powi(rel), self.rel(rel)?)));
        let (sum, weights) = days.fold((0.0, 0.0), |(sum, weights), (weight, value)| {
            (sum + weight * value, weights + weight)
        });
        self.newest.map(|_| sum / weights)
    }

    fn baseline(&self) -> Option<f64> {
        let ages = self.ages("prev_", 28);
        self.over("median", &ages).filter(|_| ages.len() >= 7)
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

fn agree(name: &str, got: Option<f64>, expected: Option<f64>) -> Result<(), TestCaseError> {
    let close = match (got, expected) {
        (Some(got), Some(expected)) => (got - expected).abs() <= 1e-7 * expected.abs().max(1.0),
        (got, expected) => got.is_none() && expected.is_none(),
    };
    prop_assert!(close, "{} is {:?}, not {:?}", name, got, expected);
    Ok(())
}

/// All statistics of a source by name, and what they should be.
fn check(source: &str, of: &Days, days: &[Day]) -> Result<(), TestCaseError> {
    let mut expected: Vec<(String, Option<f64>)> = vec![
        ("value".into(), of.rel(0)),
        ("day_age".into(), of.newest.map(f64::from)),
        ("prev".into(), of.prev().and_then(|rel| of.rel(rel))),
        ("robust_z".into(), of.robust_z(0)),
        ("robust_z_prev".into(), of.prev().and_then(|rel| of.robust_z(rel))),
        ("rise_guard".into(), of.rise(0)),
        ("rise_guard_prev".into(), of.prev().and_then(|rel| of.rise(rel))),
        ("abs_z_min_3d".into(), of.abs_z_min()),
        ("baseline".into(), of.baseline()),
        ("median_all".into(), of.over("median", &of.ages("prev_", 200))),
        ("days_all".into(), of.over("days", &of.ages("prev_", 200))),
    ];
    for days in [1, 2, 3, 7, 14, 28, 90, 120] {
        expected.push((format!("ema_{days}d"), of.ema(days)));
        for window in ["", "prev_", "guard_"] {
            for stat in ["mean", "median", "min", "max", "sd", "sum", "days", "count"] {
                let value = of.over(stat, &of.ages(window, days));
                expected.push((format!("{stat}_{window}{days}d"), value));
            }
        }
    }
    let names: Vec<String> = expected.iter().map(|(name, _)| format!("{source}_{name}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let plan = Plan::default();
    let got = features(&names, &subject(&plan, days));
    for ((name, expected), got) in expected.into_iter().zip(got) {
        agree(&name, got, expected)?;
    }
    Ok(())
}

prop_compose! {
    /// A day of heart rate, weight and steps, each there or not.
    fn day()(
        has in prop::array::uniform3(prop::bool::weighted(0.7)),
        value in prop_oneof![9 => 40.0..120.0, 1 => Just(f64::NAN), 1 => Just(77.0)],
        count in 1_u32..20,
        night in prop::option::of((40.0..80.0, 1_u16..420)),
    ) -> Vec<DaySummary> {
        let make = |signal, shift: f64| DaySummary {
            count,
            mean: value + shift,
            last: value,
            total: value * 100.0,
            night: night.map(|(mean, minutes)| Night { count, mean, min: mean, minutes }),
            ..summary(signal, 0, value)
        };
        [
            (Signal::HeartRate, 1.0), (Signal::BodyWeight, 2.0), (Signal::Steps, 3.0),
        ].into_iter().zip(has).filter(|(_, has)| *has).map(|((signal, shift), _)| {
            make(signal, shift)
        }).collect()
    }
}

fn numbered(days: Vec<Vec<DaySummary>>, ahead: i32) -> Vec<Day> {
    let first = TODAY + 1 + ahead - i32::try_from(days.len()).unwrap();
    days.into_iter().zip(first..).map(|(summaries, day)| Day { day, summaries }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn statistics(days in prop::collection::vec(day(), 0..130), ahead in -3..3_i32) {
        let days = numbered(days, ahead);
        let of = |signal, value: fn(&DaySummary) -> f64| {
            Days::new(&days, move |it| (it.signal == signal).then(|| (value(it), it.count)))
        };
        check("heart_rate", &of(Signal::HeartRate, |it| it.mean), &days)?;
        check("body_weight", &of(Signal::BodyWeight, |it| it.last), &days)?;
        check("steps", &of(Signal::Steps, |it| it.total), &days)?;
        let nights = Days::new(&days, |it| {
            let night = it.night.filter(|night| night.minutes >= 60)?;
            (it.signal == Signal::HeartRate).then(|| ((night.mean + 0.5).floor(), night.count))
        });
        check("night_heart_rate", &nights, &days)?;
    }

    #[test]
    fn readings(hours in prop::collection::vec(0..200_i64, 1..4)) {
        // Newest first, at most one a day.
        let mut hours = hours;
        hours.sort_unstable();
        let mut days: Vec<Day> = Vec::new();
        for (hour, value) in hours.iter().zip([90.0, 91.0, 92.0]) {
            let at = NOW - hour * HOUR;
            let day = crate::summary::local_day(at, 0);
            let it = DaySummary {
                last_at: at,
                held_low: Some(Held { level: value, at }),
                ..summary(Signal::OxygenSaturation, day, value)
            };
            if days.iter().all(|known| known.day != day) {
                days.push(Day { day, summaries: vec![it] });
            }
        }
        days.reverse();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let age = hours[0] as f64;
        let newest = days.last().map(|day| day.summaries[0].last);
        let within = |limit: f64| newest.filter(|_| age <= limit);
        let names = ["last", "age_hours", "last_24h", "last_72h", "held_low_24h"];
        let names = names.map(|name| format!("oxygen_saturation_{name}"));
        let plan = Plan::default();
        let got = features(&names.each_ref().map(String::as_str), &subject(&plan, &days));
        prop_assert_eq!(got, vec![
            newest, Some(age), within(24.0), within(72.0), within(24.0),
        ]);
    }

    #[test]
    fn glucose(
        sensor in prop::collection::vec(
            prop::option::of((prop::array::uniform5(0_u16..280), 3.0..15.0, 0.1..3.0, 2_u32..289)),
            0..20,
        ),
    ) {
        let summaries: Vec<Vec<DaySummary>> = sensor.iter().map(|day| {
            day.iter().map(|(ranges, mean, deviation, count)| DaySummary {
                ranges: Some(*ranges), mean: *mean, deviation: Some(*deviation), count: *count,
                ..summary(Signal::Glucose, 0, *mean)
            }).collect()
        }).collect();
        let days = numbered(summaries, 0);
        let recent: Vec<_> = sensor.iter().rev().take(14).flatten()
            .filter(|day| day.0.iter().any(|minutes| *minutes > 0)).collect();
        let minutes = |from: usize, to: usize| -> f64 {
            recent.iter().flat_map(|day| day.0[from..to].iter()).map(|it| f64::from(*it)).sum()
        };
        let share = |from, to| (!recent.is_empty()).then(|| 100.0 * minutes(from, to) / minutes(0, 5));
        let readings: f64 = recent.iter().map(|day| f64::from(day.3)).sum();
        let mean = recent.iter().map(|day| f64::from(day.3) * day.1).sum::<f64>() / readings;
        // Readings as the two values that have this mean and deviation would give them.
        let squares: f64 = recent.iter().map(|day| {
            let n = f64::from(day.3);
            day.2.powi(2) * (n - 1.0) + n * (day.1 - mean).powi(2)
        }).sum();
        let cv = 100.0 * (squares / (readings - 1.0)).sqrt() / mean;
        let some = |value| (!recent.is_empty()).then_some(value);
        let expected = [
            ("share_below_3_0_14d", share(0, 1)),
            ("share_below_3_9_14d", share(0, 2)),
            ("share_in_range_14d", share(2, 3)),
            ("share_above_10_0_14d", share(3, 5)),
            ("share_above_13_9_14d", share(4, 5)),
            ("sensor_share_14d", some(f64::min(minutes(0, 5) / 201.6, 100.0))),
            ("cv_14d", some(cv)),
            ("gmi_14d", some(3.31 + 0.02392 * 18.0156 * mean)),
        ];
        let names = expected.map(|(name, _)| format!("glucose_{name}"));
        let plan = Plan::default();
        let got = features(&names.each_ref().map(String::as_str), &subject(&plan, &days));
        for ((name, expected), got) in expected.into_iter().zip(got) {
            agree(name, got, expected)?;
        }
    }
}
