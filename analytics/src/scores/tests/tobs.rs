//! TOBS: boundaries with the proposed closure, missing parameters.

use proptest::prelude::*;

use super::chains;
use crate::scores::Reading;
use crate::scores::tobs::*;

/// The points from each value on, the first for everything below the second; both sides of each.
fn check(parameter: Parameter, from: &[(f64, u8)]) {
    let points = |value| points(parameter, value);
    for (below, here) in from.iter().zip(&from[1..]) {
        assert_eq!(points(here.0 - 0.001), Some(below.1), "{parameter:?} just below {}", here.0);
        assert_eq!(points(here.0), Some(here.1), "{parameter:?} {}", here.0);
    }
    assert_eq!(points(from[0].0), Some(from[0].1));
    assert_eq!(points(1e9), from.last().map(|band| band.1));
}

/// Points of single values.
fn published(parameter: Parameter, values: &[(f64, u8)]) {
    for (value, expected) in values {
        assert_eq!(points(parameter, *value), Some(*expected), "{parameter:?} {value}");
    }
}

#[test]
fn pulse() {
    check(Parameter::Pulse, &[(0.0, 2), (39.5, 1), (49.5, 0), (89.5, 1), (109.5, 2), (129.5, 3)]);
    let ends = [(38.0, 2), (40.0, 1), (49.0, 1), (50.0, 0), (89.0, 0), (90.0, 1), (109.0, 1)];
    published(Parameter::Pulse, &ends);
    published(Parameter::Pulse, &[(110.0, 2), (129.0, 2), (131.0, 3)]);
}

#[test]
fn respiration() {
    let bands = [(0.0, 3), (8.5, 1), (11.5, 0), (20.5, 2), (24.5, 3)];
    check(Parameter::RespiratoryRate, &bands);
    let ends =
        [(7.0, 3), (9.0, 1), (11.0, 1), (12.0, 0), (20.0, 0), (21.0, 2), (24.0, 2), (26.0, 3)];
    published(Parameter::RespiratoryRate, &ends);
}

#[test]
fn temperature() {
    let bands = [(0.0, 3), (33.95, 2), (35.95, 0), (37.95, 1), (38.95, 2), (39.95, 3)];
    check(Parameter::Temperature, &bands);
    let ends = [(33.8, 3), (34.0, 2), (35.9, 2), (36.0, 0), (37.9, 0), (38.0, 1), (38.9, 1)];
    published(Parameter::Temperature, &ends);
    published(Parameter::Temperature, &[(39.0, 2), (39.9, 2), (40.1, 3)]);
}

#[test]
fn systolic_pressure() {
    let bands = [(0.0, 3), (69.5, 2), (79.5, 1), (99.5, 0), (199.5, 2)];
    check(Parameter::SystolicBloodPressure, &bands);
    let ends =
        [(68.0, 3), (70.0, 2), (79.0, 2), (80.0, 1), (99.0, 1), (100.0, 0), (199.0, 0), (201.0, 2)];
    published(Parameter::SystolicBloodPressure, &ends);
}

#[test]
fn what_the_published_table_leaves_open() {
    published(Parameter::Pulse, &[(39.0, 2), (130.0, 3)]);
    published(Parameter::RespiratoryRate, &[(8.0, 3), (25.0, 3)]);
    published(Parameter::Temperature, &[(33.9, 3), (40.0, 3)]);
    published(Parameter::SystolicBloodPressure, &[(69.0, 3), (200.0, 2)]);
}

#[test]
fn level_of_consciousness() {
    let levels = [(0.0, 0), (0.5, 1), (1.0, 1), (1.001, 2), (2.0, 2), (3.0, 3), (8.0, 3)];
    published(Parameter::Consciousness, &levels);
    assert_eq!(points(Parameter::Consciousness, -1.0), None);
}

#[test]
fn what_is_no_number_has_no_points() {
    for parameter in Parameter::ALL {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(points(parameter, value), None);
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "readings of inputs are optional")]
fn now(value: f64) -> Option<Reading> {
    Some(Reading { value, age_hours: 3.0 })
}

#[test]
fn a_whole_score_and_a_partial_one() {
    let ill = Inputs {
        pulse: now(112.0),
        consciousness: now(1.0),
        respiratory_rate: now(22.0),
        temperature: now(38.4),
        systolic_blood_pressure: now(95.0),
    };
    let whole = score(&ill).unwrap();
    assert_eq!((whole.score, whole.parameters, whole.single_three), (7, 5, false));

    let partial = score(&Inputs { pulse: now(135.0), ..Inputs::default() }).unwrap();
    assert_eq!((partial.score, partial.parameters, partial.single_three), (3, 1, true));
    let missing: Vec<&str> = partial.missing.iter().map(|name| &**name).collect();
    let names =
        ["consciousness", "respiratory_rate", "body_temperature", "systolic_blood_pressure"];
    assert_eq!(missing, names);
    assert_eq!(score(&Inputs::default()), None);

    let old = Some(Reading { value: 135.0, age_hours: 24.1 });
    assert_eq!(score(&Inputs { pulse: old, ..Inputs::default() }), None);
}

#[test]
fn the_worst_is_fifteen() {
    let worst = Inputs {
        pulse: now(150.0),
        consciousness: now(3.0),
        respiratory_rate: now(30.0),
        temperature: now(40.5),
        systolic_blood_pressure: now(60.0),
    };
    assert_eq!(score(&worst).unwrap().score, 15);
}

#[test]
fn every_value_as_by_the_chains() {
    for thousandths in 0..300_000_i32 {
        let value = f64::from(thousandths) / 1_000.0;
        let (whole, tenths) = (chains::rounded(value, 0), chains::rounded(value, 1));
        for (parameter, expected) in [
            (Parameter::Pulse, chains::tobs_pulse(whole)),
            (Parameter::RespiratoryRate, chains::tobs_respiration(whole)),
            (Parameter::Temperature, chains::tobs_temperature(tenths)),
            (Parameter::SystolicBloodPressure, chains::tobs_systolic(whole)),
        ] {
            assert_eq!(points(parameter, value), Some(expected), "{parameter:?} {value}");
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
        (pulse, consciousness, respiratory_rate) in
            (maybe(20.0..220.0), maybe(0.0..4.0), maybe(0.0..60.0)),
        (temperature, systolic_blood_pressure) in (maybe(30.0..43.0), maybe(40.0..280.0)),
    ) {
        let inputs =
            Inputs { pulse, consciousness, respiratory_rate, temperature, systolic_blood_pressure };
        let Some(found) = score(&inputs) else { return Ok(()) };
        prop_assert!(found.score <= 15 && found.score <= 3 * found.parameters);
        prop_assert_eq!(usize::from(found.parameters) + found.missing.len(), 5);
    }
}
