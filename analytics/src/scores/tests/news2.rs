//! NEWS2: boundaries, missing parameters, risk.

use proptest::prelude::*;

use super::chains;
use crate::plan::Spo2Scale::{One, Two};
use crate::scores::news2::*;
use crate::scores::{MAX_AGE_HOURS, Reading};

/// What is just too little for a boundary: a thousandth.
const LESS: f64 = 0.001;

/// The points from each value on, the first for everything below the second; both sides of each.
fn check(points: impl Fn(f64) -> Option<u8>, from: &[(f64, u8)]) {
    for (below, here) in from.iter().zip(&from[1..]) {
        assert_eq!(points(here.0 - LESS), Some(below.1), "just below {}", here.0);
        assert_eq!(points(here.0), Some(here.1), "{}", here.0);
    }
    assert_eq!(points(from[0].0), Some(from[0].1));
    assert_eq!(points(1e9), from.last().map(|band| band.1));
    assert_eq!(points(-1e9), Some(from[0].1));
}

/// The points at the ends of the published bands.
fn published(points: impl Fn(f64) -> Option<u8>, ends: &[(f64, u8)]) {
    for (value, expected) in ends {
        assert_eq!(points(*value), Some(*expected), "{value}");
    }
}

#[test]
fn respiration() {
    let points = |value| points(Parameter::RespiratoryRate, value, One, false);
    check(points, &[(0.0, 3), (8.5, 1), (11.5, 0), (20.5, 2), (24.5, 3)]);
    let ends =
        [(8.0, 3), (9.0, 1), (11.0, 1), (12.0, 0), (20.0, 0), (21.0, 2), (24.0, 2), (25.0, 3)];
    published(points, &ends);
}

#[test]
fn saturation_on_scale_1_with_and_without_oxygen() {
    for oxygen in [false, true] {
        let points = |value| points(Parameter::OxygenSaturation, value, One, oxygen);
        check(points, &[(0.0, 3), (91.5, 2), (93.5, 1), (95.5, 0)]);
        published(
            points,
            &[(91.0, 3), (92.0, 2), (93.0, 2), (94.0, 1), (95.0, 1), (96.0, 0), (100.0, 0)],
        );
    }
}

#[test]
fn saturation_on_scale_2_on_air() {
    let points = |value| points(Parameter::OxygenSaturation, value, Two, false);
    check(points, &[(0.0, 3), (83.5, 2), (85.5, 1), (87.5, 0)]);
    let ends = [(83.0, 3), (84.0, 2), (85.0, 2), (86.0, 1), (87.0, 1), (88.0, 0), (92.0, 0)];
    published(points, &ends);
    published(points, &[(93.0, 0), (94.0, 0), (95.0, 0), (96.0, 0), (97.0, 0), (100.0, 0)]);
}

#[test]
fn saturation_on_scale_2_on_oxygen() {
    let points = |value| points(Parameter::OxygenSaturation, value, Two, true);
    let bands = [(0.0, 3), (83.5, 2), (85.5, 1), (87.5, 0), (92.5, 1), (94.5, 2), (96.5, 3)];
    check(points, &bands);
    let ends = [(83.0, 3), (84.0, 2), (85.0, 2), (86.0, 1), (87.0, 1), (88.0, 0), (92.0, 0)];
    published(points, &ends);
    published(points, &[(93.0, 1), (94.0, 1), (95.0, 2), (96.0, 2), (97.0, 3), (100.0, 3)]);
}

#[test]
fn systolic_pressure() {
    let points = |value| points(Parameter::SystolicBloodPressure, value, One, false);
    check(points, &[(0.0, 3), (90.5, 2), (100.5, 1), (110.5, 0), (219.5, 3)]);
    let ends = [
        (90.0, 3),
        (91.0, 2),
        (100.0, 2),
        (101.0, 1),
        (110.0, 1),
        (111.0, 0),
        (219.0, 0),
        (220.0, 3),
    ];
    published(points, &ends);
}

#[test]
fn pulse() {
    let points = |value| points(Parameter::Pulse, value, One, false);
    check(points, &[(0.0, 3), (40.5, 1), (50.5, 0), (90.5, 1), (110.5, 2), (130.5, 3)]);
    let ends = [(40.0, 3), (41.0, 1), (50.0, 1), (51.0, 0), (90.0, 0), (91.0, 1)];
    published(points, &ends);
    published(points, &[(110.0, 1), (111.0, 2), (130.0, 2), (131.0, 3)]);
}

#[test]
fn temperature() {
    let points = |value| points(Parameter::Temperature, value, One, false);
    check(points, &[(0.0, 3), (35.05, 1), (36.05, 0), (38.05, 1), (39.05, 2)]);
    let ends =
        [(35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0), (38.1, 1), (39.0, 1), (39.1, 2)];
    published(points, &ends);
}

#[test]
fn level_of_consciousness() {
    let points = |value| points(Parameter::Consciousness, value, One, false);
    let levels =
        [(0.0, 0), (-0.0, 0), (0.001, 3), (0.5, 3), (1.0, 3), (2.0, 3), (3.0, 3), (7.0, 3)];
    published(points, &levels);
    assert_eq!(points(-1.0), None);
    assert_eq!(points(-0.001), None);
}

#[test]
fn what_is_no_number_has_no_points() {
    for parameter in Parameter::ALL {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (scale, oxygen) in [(One, false), (One, true), (Two, false), (Two, true)] {
                assert_eq!(points(parameter, value, scale, oxygen), None);
            }
        }
    }
}

#[test]
fn alert_only_where_it_was_recorded() {
    assert_eq!(consciousness(None, None), None);
    assert_eq!(consciousness(None, Some(0.0)), None);
    assert_eq!(consciousness(Some(0.0), None), Some(0.0));
    assert_eq!(consciousness(Some(0.0), Some(0.0)), Some(0.0));
    assert_eq!(consciousness(Some(2.0), Some(0.0)), Some(2.0));
    for level in [None, Some(0.0), Some(1.0), Some(f64::NAN), Some(-1.0)] {
        assert_eq!(consciousness(level, Some(1.0)), Some(1.0));
    }
    assert_eq!(consciousness(Some(3.0), Some(1.0)), Some(3.0));
    assert_eq!(consciousness(Some(f64::NAN), Some(0.0)), None);
    assert_eq!(consciousness(Some(-1.0), None), None);
    assert_eq!(consciousness(None, Some(f64::INFINITY)), None);
}

#[expect(clippy::unnecessary_wraps, reason = "readings of inputs are optional")]
fn now(value: f64) -> Option<Reading> {
    Some(Reading { value, age_hours: 1.0 })
}

/// Somebody well, alert, with nothing missing.
fn well() -> Inputs {
    Inputs {
        respiratory_rate: now(16.0),
        oxygen_saturation: now(97.0),
        systolic_blood_pressure: now(120.0),
        pulse: now(70.0),
        consciousness: now(0.0),
        new_confusion: None,
        temperature: now(37.0),
        scale: One,
        oxygen: false,
    }
}

#[test]
fn a_whole_score() {
    let whole = score(&well()).unwrap();
    assert_eq!((whole.score, whole.parameters, whole.single_three), (0, 6, false));
    assert!(whole.missing.is_empty());
    assert_eq!(whole.max_age_hours.to_bits(), 1.0_f64.to_bits());

    // 2 + 1 + 2 (oxygen) + 1 + 1 + 3 + 1.
    let ill = Inputs {
        respiratory_rate: now(22.0),
        oxygen_saturation: now(94.0),
        systolic_blood_pressure: now(105.0),
        pulse: now(104.0),
        new_confusion: now(1.0),
        temperature: now(38.5),
        oxygen: true,
        ..well()
    };
    let ill = score(&ill).unwrap();
    assert_eq!((ill.score, ill.parameters, ill.single_three), (11, 6, true));

    let worst = Inputs {
        respiratory_rate: now(30.0),
        oxygen_saturation: now(80.0),
        systolic_blood_pressure: now(80.0),
        pulse: now(140.0),
        consciousness: now(3.0),
        temperature: now(34.0),
        oxygen: true,
        ..well()
    };
    assert_eq!(score(&worst).unwrap().score, 20);
}

#[test]
fn a_watch_gives_a_partial_score() {
    let watch = Inputs {
        oxygen_saturation: now(93.0),
        pulse: now(95.0),
        new_confusion: now(0.0),
        oxygen: true,
        ..Inputs::default()
    };
    let partial = score(&watch).unwrap();
    assert_eq!((partial.score, partial.parameters), (2 + 1 + 2, 2));
    let missing: Vec<&str> = partial.missing.iter().map(|name| &**name).collect();
    let names =
        ["respiratory_rate", "systolic_blood_pressure", "consciousness", "body_temperature"];
    assert_eq!(missing, names);
}

#[test]
fn nothing_measured_is_no_score() {
    assert_eq!(score(&Inputs { oxygen: true, ..Inputs::default() }), None);
    let nonsense = Inputs { pulse: now(f64::NAN), consciousness: now(-1.0), ..Inputs::default() };
    assert_eq!(score(&nonsense), None);
}

#[test]
fn what_is_too_old_is_missing() {
    let aged = |age_hours| {
        score(&Inputs { pulse: Some(Reading { value: 140.0, age_hours }), ..well() }).unwrap()
    };
    assert_eq!((aged(MAX_AGE_HOURS).score, aged(MAX_AGE_HOURS).parameters), (3, 6));
    assert_eq!(aged(MAX_AGE_HOURS).max_age_hours.to_bits(), MAX_AGE_HOURS.to_bits());
    for age in [MAX_AGE_HOURS + 0.001, f64::NAN] {
        let old = aged(age);
        assert_eq!((old.score, old.parameters), (0, 5));
        assert_eq!(old.missing.iter().map(|name| &**name).collect::<Vec<_>>(), ["heart_rate"]);
        assert_eq!(old.max_age_hours.to_bits(), 1.0_f64.to_bits());
    }
}

#[test]
fn old_confusion_does_not_count_and_recent_does() {
    let seen = |age_hours, consciousness| {
        let new_confusion = Some(Reading { value: 1.0, age_hours });
        score(&Inputs { consciousness, new_confusion, ..well() }).unwrap()
    };
    assert_eq!((seen(25.0, now(0.0)).score, seen(2.0, now(0.0)).score), (0, 3));
    assert_eq!((seen(2.0, None).parameters, seen(25.0, None).parameters), (6, 5));
    assert_eq!(seen(2.0, now(0.0)).max_age_hours.to_bits(), 2.0_f64.to_bits());
    // An unconscious citizen's level decides, not the older answer about confusion.
    assert_eq!(seen(9.0, now(3.0)).max_age_hours.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn the_aggregate_decides_before_the_single_three() {
    for score in 0..=20_u8 {
        let band = match score {
            0..=4 => Risk::Low,
            5 | 6 => Risk::Medium,
            _ => Risk::High,
        };
        assert_eq!(risk(score, false), band);
        let with_three = if score < 5 { Risk::LowMedium } else { band };
        assert_eq!(risk(score, true), with_three);
    }
}

#[test]
fn every_value_as_by_the_chains() {
    for thousandths in 0..300_000_i32 {
        let value = f64::from(thousandths) / 1_000.0;
        let whole = chains::rounded(value, 0);
        let of = |parameter| points(parameter, value, One, false);
        assert_eq!(
            of(Parameter::RespiratoryRate),
            Some(chains::news2_respiration(whole)),
            "{value}"
        );
        assert_eq!(
            of(Parameter::SystolicBloodPressure),
            Some(chains::news2_systolic(whole)),
            "{value}"
        );
        assert_eq!(of(Parameter::Pulse), Some(chains::news2_pulse(whole)), "{value}");
        let tenths = chains::rounded(value, 1);
        assert_eq!(of(Parameter::Temperature), Some(chains::news2_temperature(tenths)), "{value}");
        for (scale, oxygen) in [(One, false), (One, true), (Two, false), (Two, true)] {
            assert_eq!(
                points(Parameter::OxygenSaturation, value, scale, oxygen),
                Some(chains::news2_saturation(whole, scale == Two, oxygen)),
                "{value} on scale {scale:?}, oxygen {oxygen}"
            );
        }
    }
}

fn maybe(values: std::ops::Range<f64>) -> impl Strategy<Value = Option<Reading>> {
    let reading = (values, 0.0..30.0_f64);
    prop::option::of(reading.prop_map(|(value, age_hours)| Reading { value, age_hours }))
}

proptest! {
    #[test]
    fn always_a_sum_within_bounds(
        (respiratory_rate, oxygen_saturation, systolic_blood_pressure, pulse) in
            (maybe(0.0..60.0), maybe(60.0..101.0), maybe(40.0..280.0), maybe(20.0..220.0)),
        (consciousness, new_confusion, temperature) in
            (maybe(0.0..4.0), maybe(0.0..2.0), maybe(30.0..43.0)),
        (scale, oxygen) in (prop::sample::select(vec![One, Two]), any::<bool>()),
    ) {
        let inputs = Inputs {
            respiratory_rate, oxygen_saturation, systolic_blood_pressure, pulse, consciousness,
            new_confusion, temperature, scale, oxygen,
        };
        let Some(found) = score(&inputs) else { return Ok(()) };
        prop_assert!(found.score <= 20);
        prop_assert!((1..=6).contains(&found.parameters));
        prop_assert_eq!(usize::from(found.parameters) + found.missing.len(), 6);
        let extra = if oxygen { 2 } else { 0 };
        prop_assert!(found.score <= 3 * found.parameters + extra);
        prop_assert!(found.max_age_hours <= MAX_AGE_HOURS);
        if found.single_three {
            prop_assert!(found.score >= 3);
        }
        // Without oxygen it is less by the points for oxygen, and on scale 2 perhaps by more.
        let on_air = score(&Inputs { oxygen: false, ..inputs }).unwrap();
        prop_assert!(on_air.score + extra <= found.score);
    }
}
