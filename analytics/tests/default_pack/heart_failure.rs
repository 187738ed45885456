//! Heart failure: weight and resting pulse.

use pulsvagt_analytics::Outcome::{Clear, Holding, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{BodyWeight, RestingHeartRate};
use pulsvagt_analytics::plan::Programme::HeartFailure;

use super::case::{Case, case, check};

/// Weights of 3, 2 and 1 days ago and of today.
fn fast(what: &'static str, weights: [f64; 4]) -> Case {
    let case = case("HF-WT-FAST", what).programme(HeartFailure);
    (0..).zip(weights.into_iter().rev()).fold(case, |case, (age, kg)| case.on(BodyWeight, age, kg))
}

fn drift(what: &'static str, today: f64) -> Case {
    let case = case("HF-WT-DRIFT", what).programme(HeartFailure);
    case.flat(BodyWeight, 1..=14, 80.0).on(BodyWeight, 0, today)
}

/// Two weeks at 60, then yesterday's and today's.
fn pulse(what: &'static str, yesterday: f64, today: f64) -> Case {
    let case = case("HF-HR", what).programme(HeartFailure);
    case.flat(RestingHeartRate, 3..=16, 60.0).on(RestingHeartRate, 1, yesterday).on(
        RestingHeartRate,
        0,
        today,
    )
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        fast("1.2 kg", [78.1, 78.8, 79.0, 79.3]).gives(Clear),
        fast("within the margin", [78.1, 78.8, 79.0, 79.4]).gives(Holding),
        fast("at the limit", [78.1, 78.8, 79.0, 79.6]).gives(Holding),
        fast("just above", [78.1, 78.8, 79.0, 79.7]).gives(Yellow).says(
            "Vægt op 1,6 kg på 3 dage (78,1 → 79,7 kg); grænsen er 1,5 kg",
            "Weight up 1.6 kg in 3 days (78.1 → 79.7 kg); the limit is 1.5 kg"),
        fast("at the red limit", [78.1, 78.8, 79.0, 80.1]).gives(Yellow),
        fast("just above red", [78.1, 78.8, 79.0, 80.2]).gives(Red),
        fast("far above red", [78.1, 78.8, 79.0, 80.4]).gives(Red).says(
            "Vægt op 2,3 kg på 3 dage (78,1 → 80,4 kg); grænsen er 2 kg. På én dag: 1,4 kg, grænse 1,36 kg",
            "Weight up 2.3 kg in 3 days (78.1 → 80.4 kg); the limit is 2 kg. In one day: 1.4 kg, limit 1.36 kg"),
        fast("just within in one day", [79.0, 79.0, 78.0, 79.35]).gives(Holding),
        fast("at the limit of one day", [79.0, 79.0, 78.0, 79.36]).gives(Red),
        fast("the least counts, not the first", [80.0, 78.0, 79.5, 80.2]).gives(Red),
        fast("personal limits", [78.1, 78.8, 79.0, 80.4]).limit("weight_gain_3d_red", 3.0)
            .limit("weight_gain_1d_red", 2.0).gives(Yellow),
        fast("narrow personal limits", [78.1, 78.3, 78.5, 78.8]).limit("weight_gain_3d_yellow", 0.5)
            .limit("weight_gain_3d_red", 0.6).gives(Red),
        case("HF-WT-FAST", "yesterday not weighed").programme(HeartFailure).on(BodyWeight, 3, 78.1)
            .on(BodyWeight, 2, 78.8).on(BodyWeight, 0, 79.7).gives(Yellow),
        case("HF-WT-FAST", "one day before").programme(HeartFailure).on(BodyWeight, 1, 78.1)
            .on(BodyWeight, 0, 84.0).gives(NotEvaluable).says(
            "Kræver vægt i dag eller i går og på 2 af de 3 dage før",
            "Needs weight today or yesterday, and on 2 of the 3 days before"),
        case("HF-WT-FAST", "not weighed for two days").programme(HeartFailure).on(BodyWeight, 4, 78.1)
            .on(BodyWeight, 3, 78.1).on(BodyWeight, 2, 84.0).gives(NotEvaluable),

        drift("1.2 kg", 81.2).gives(Clear),
        drift("within the margin", 81.21).gives(Holding),
        drift("just below", 81.49).gives(Holding),
        drift("at the limit", 81.5).gives(Yellow).says(
            "Vægt 1,5 kg over det vanlige i 4 uger (80,0 → 81,5 kg); grænsen er 1,5 kg",
            "Weight 1.5 kg above the usual of 4 weeks (80.0 → 81.5 kg); the limit is 1.5 kg"),
        drift("just below red", 81.99).gives(Yellow),
        drift("at the red limit", 82.0).gives(Red).says(
            "Vægt 2,0 kg over det vanlige i 4 uger (80,0 → 82,0 kg); grænsen er 2 kg",
            "Weight 2.0 kg above the usual of 4 weeks (80.0 → 82.0 kg); the limit is 2 kg"),
        drift("personal limits", 82.0).limit("weight_drift_yellow", 2.5)
            .limit("weight_drift_red", 3.0).gives(Clear),
        case("HF-WT-DRIFT", "13 days before").programme(HeartFailure).flat(BodyWeight, 1..=13, 80.0)
            .on(BodyWeight, 0, 90.0).gives(NotEvaluable).says(
            "Kræver vægt i dag eller i går og på 14 af de 28 dage før",
            "Needs weight today or yesterday, and on 14 of the 28 days before"),
        case("HF-WT-DRIFT", "older than 28 days").programme(HeartFailure)
            .flat(BodyWeight, 1..=7, 80.0).flat(BodyWeight, 29..=60, 80.0)
            .on(BodyWeight, 0, 90.0).gives(NotEvaluable),

        pulse("4 above", 60.0, 64.0).gives(Clear),
        pulse("just below", 60.0, 64.9).gives(Clear),
        pulse("at 5 above", 60.0, 65.0).gives(Yellow).says(
            "Hvilepuls 65/min er uden for det vanlige (60/min over 4 uger)",
            "Resting pulse 65/min is outside the usual (60/min over 4 weeks)"),
        pulse("5 below", 60.0, 55.0).gives(Yellow),
        pulse("yesterday only", 65.0, 60.0).gives(Clear),
        pulse("twice", 65.0, 66.0).gives(Red).says(
            "Hvilepuls 65 og nu 66/min, to gange uden for det vanlige (60/min over 4 uger)",
            "Resting pulse 65 and now 66/min, twice outside the usual (60/min over 4 weeks)"),
        pulse("a personal limit", 65.0, 66.0).limit("hf_pulse_change", 8.0).gives(Clear),
        pulse("a personal limit of deviations", 65.0, 65.0).limit("hf_pulse_z", 5.0).gives(Clear),
        // Alternating between 55 and 65: 6 beats are little more than one standard deviation.
        (3..=16).fold(case("HF-HR", "whose pulse varies").programme(HeartFailure)
            .on(RestingHeartRate, 0, 66.0), |case, age| {
                case.on(RestingHeartRate, age, if age % 2 == 0 { 55.0 } else { 65.0 })
            }).gives(Clear),
        case("HF-HR", "13 days before").programme(HeartFailure)
            .flat(RestingHeartRate, 3..=15, 60.0).on(RestingHeartRate, 0, 90.0)
            .gives(NotEvaluable).says(
            "Kræver hvilepuls i dag eller i går og på 14 af 28 dage før",
            "Needs resting pulse today or yesterday, and on 14 of 28 days before"),
    ]
}

#[test]
fn heart_failure() {
    check(&cases());
}
