use pulsvagt_analytics::screening::Input;
use pulsvagt_analytics::{DaySummary, Outcome, Signal, Verdict};

use super::*;
use crate::http::api::language::Lang;

const LANG: Lang = Lang(pulsvagt_analytics::Language::English);
const NOW: Micros = Micros(1_767_225_600_000_000);

fn verdict(rule: &str, features: &[(&str, f64)], thresholds: &[(&str, f64)]) -> Verdict {
    let named = |numbers: &[(&str, f64)]| {
        numbers.iter().map(|(name, value)| ((*name).into(), *value)).collect()
    };
    Verdict {
        rule: rule.into(),
        problem: "heart-failure".into(),
        outcome: Outcome::Red,
        evidence_at: Some(NOW.0),
        features: named(features),
        thresholds: named(thresholds),
        missing: Vec::new(),
        inputs: vec![Input { signal: Signal::BodyWeight, day: 20_454, digest: 1 }],
    }
}

fn shown(features: &[(&str, f64)], limits: &[(&str, f64)], level: Level) -> Option<Measured> {
    measured(Pack::default_pack(), &verdict("HF-WT-FAST", features, limits), level, LANG)
}

#[test]
fn the_number_that_is_shown_is_the_one_beyond_its_limit() {
    let limits = [("weight_gain_3d_red", 2.0), ("weight_gain_3d_yellow", 1.5)];
    let red = shown(&[("body_weight_rise_3d", 2.3)], &limits, Level::Red).expect("a number");
    assert_eq!((red.limit_name.as_str(), red.value, red.limit), ("weight_gain_3d_red", 2.3, 2.0));
    assert_eq!((red.unit.as_str(), red.personal), ("kg", false));
    let yellow = shown(&[("body_weight_rise_3d", 1.7)], &limits, Level::Yellow).expect("a number");
    assert_eq!(yellow.limit_name, "weight_gain_3d_yellow");
    let own = [("weight_gain_3d_red", 1.0), ("weight_gain_3d_yellow", 0.8)];
    let own = shown(&[("body_weight_rise_3d", 1.2)], &own, Level::Red).expect("a number");
    assert!(own.personal && own.limit.total_cmp(&1.0).is_eq());
    assert_eq!(shown(&[], &limits, Level::Red), None, "no number, no limit");
    let unknown = [("no_such_limit", 2.0)];
    assert_eq!(shown(&[("body_weight_rise_3d", 2.3)], &unknown, Level::Red), None);
}

#[test]
fn a_feature_is_of_the_signal_with_the_longest_fitting_name() {
    for (feature, signal) in [
        ("body_weight_rise_3d", Some(Signal::BodyWeight)),
        ("heart_rate_last", Some(Signal::HeartRate)),
        ("resting_heart_rate_value", Some(Signal::RestingHeartRate)),
        ("night_heart_rate_robust_z", Some(Signal::HeartRate)),
        ("steps_median_14d", Some(Signal::Steps)),
        ("stepsize", None),
        ("news2_score", None),
    ] {
        assert_eq!(signal_of(feature), signal, "{feature}");
    }
}

fn day(day: i32, signal: Signal, value: f64) -> Day {
    let at = i64::from(day) * 86_400_000_000;
    let summary = DaySummary {
        signal,
        count: 2,
        mean: value,
        min: value,
        max: value + 1.0,
        first: value,
        last: value + 2.0,
        deviation: None,
        total: value + 3.0,
        first_at: at,
        last_at: at,
        night: None,
        wear_minutes: 0,
        held_low: None,
        held_high: None,
        ranges: None,
        received: at,
        digest: 1,
    };
    Day { day, summaries: vec![summary] }
}

#[test]
fn a_sparkline_has_fourteen_days_and_gaps_where_nothing_was_measured() {
    let days = [day(20_440, Signal::Steps, 1.0), day(20_453, Signal::Steps, 4_000.0)];
    let line = Sparkline::new(Signal::Steps, &days, 20_454);
    assert_eq!(line.days.len(), 14);
    assert_eq!(
        (line.days[0].day.as_str(), line.days[13].day.as_str()),
        ("2025-12-19", "2026-01-01")
    );
    let values: Vec<f64> = line.days.iter().filter_map(|day| day.value).collect();
    assert_eq!(values, [4_003.0], "the sum stands for a day of steps; what is older is left out");
    assert_eq!(line.days[12].value, Some(4_003.0));
    let other = Sparkline::new(Signal::BodyWeight, &days, 20_454);
    assert!(other.days.iter().all(|day| day.value.is_none()));
}

#[test]
fn what_stands_for_a_day_depends_on_the_signal() {
    for (signal, value) in [
        (Signal::HeartRate, 10.0),
        (Signal::Ketones, 11.0),
        (Signal::BodyWeight, 12.0),
        (Signal::Steps, 13.0),
    ] {
        let day = day(1, signal, 10.0);
        assert!(day_value(&day.summaries[0]).total_cmp(&value).is_eq(), "{}", signal.name());
    }
}

#[test]
fn ages_are_whole_years_and_nonsense_has_none() {
    for (birth, years) in [
        ("1944-01-01", Some(82)),
        ("1944-01-02", Some(81)),
        ("1944", Some(82)),
        ("1944-06", Some(81)),
        ("2026-01-01", Some(0)),
        ("2030-01-01", None),
        ("1700-01-01", None),
        ("1944-13-01", None),
        ("x", None),
    ] {
        assert_eq!(age(birth, NOW), years, "{birth}");
    }
}
