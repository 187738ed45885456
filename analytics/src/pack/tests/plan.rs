use crate::Signal;
use crate::fixture::tiny;
use crate::plan::{Cadence, Plan};

fn problems(plan: &Plan) -> Vec<String> {
    tiny().check_plan(plan).iter().map(ToString::to_string).collect()
}

fn limits(limits: &[(&str, f64)]) -> Plan {
    let limits = limits.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Plan { limits, ..Plan::default() }
}

#[test]
fn nothing_is_wrong() {
    assert!(problems(&Plan::default()).is_empty());
    assert!(problems(&limits(&[("gain_red", 3.0), ("gain_yellow", 3.0)])).is_empty());
    let weekly =
        Cadence { signal: Signal::BodyWeight, every_hours: 744, from: None, safety_critical: true };
    let plan = Plan {
        cadence: vec![weekly],
        baselines: [(Signal::BodyWeight, 80.0)].into(),
        ..limits(&[("low_red", 95.0 - 10.0)])
    };
    assert!(problems(&plan).is_empty());
}

#[test]
fn limits_that_are_refused() {
    assert_eq!(
        problems(&limits(&[("gain_redd", 3.0)])),
        ["limits.gain_redd: no such limit; did you mean `gain_red`?"]
    );
    assert_eq!(
        problems(&limits(&[("low_yellow", 89.0)])),
        ["limits.low_yellow: this limit is the same for everybody"]
    );
    assert_eq!(
        problems(&limits(&[("gain_red", 5.1)])),
        ["limits.gain_red: 5.1 kg lies outside 0.5 to 5 kg"]
    );
    assert_eq!(
        problems(&limits(&[("gain_red", f64::NAN)])),
        ["limits.gain_red: NaN kg lies outside 0.5 to 5 kg"]
    );
}

#[test]
fn red_before_yellow() {
    assert_eq!(
        problems(&limits(&[("gain_red", 1.0)])),
        ["limits.gain_red: red at 1 is less far out than yellow at 1.5 (`gain_yellow`)"]
    );
    assert_eq!(
        problems(&limits(&[("gain_yellow", 3.0)])),
        ["limits.gain_yellow: red at 2 is less far out than yellow at 3 (`gain_yellow`)"]
    );
    assert_eq!(
        problems(&limits(&[("low_red", 91.0)])),
        ["limits.low_red: red at 91 is less far out than yellow at 90 (`low_yellow`)"]
    );
}

#[test]
fn cadences() {
    let every =
        |every_hours, signal| Cadence { signal, every_hours, from: None, safety_critical: false };
    let plan = Plan {
        cadence: vec![
            every(0, Signal::Steps),
            every(24, Signal::Glucose),
            every(745, Signal::Glucose),
        ],
        ..Plan::default()
    };
    assert_eq!(
        problems(&plan),
        [
            "cadence[0].everyHours: 0 hours; allowed are 1 to 744",
            "cadence[2].everyHours: 745 hours; allowed are 1 to 744",
            "cadence[2].signal: `glucose` has a cadence already",
        ]
    );
}

#[test]
fn baselines() {
    for value in [24.9, 301.0, f64::NAN, f64::INFINITY] {
        let plan = Plan { baselines: [(Signal::BodyWeight, value)].into(), ..Plan::default() };
        assert_eq!(
            problems(&plan),
            [format!("baselines.body_weight: {value} kg is not plausible (from 25 to 300)")]
        );
    }
}
