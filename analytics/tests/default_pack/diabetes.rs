//! Diabetes: lows, highs, two weeks of a sensor.

use pulsvagt_analytics::Outcome::{Clear, Holding, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{Glucose, Ketones};
use pulsvagt_analytics::plan::Programme::Diabetes;

use super::case::{Case, case, check};

fn low(what: &'static str, glucose: f64) -> Case {
    case("DM-HYPO", what).programme(Diabetes).ago(Glucose, 30, glucose)
}

fn high(what: &'static str, readings: [f64; 2]) -> Case {
    let [before, last] = readings;
    case("DM-HYPER", what).programme(Diabetes).ago(Glucose, 40, before).ago(Glucose, 30, last)
}

fn ketones(what: &'static str, value: f64) -> Case {
    high(what, [8.0, 8.0]).ago(Ketones, 20, value)
}

/// 13 whole days of a sensor: `low` of its 96 readings a day at one value, the others at another.
fn sensor(rule: &'static str, what: &'static str, low: i64, value: f64, otherwise: f64) -> Case {
    let case = case(rule, what).programme(Diabetes);
    case.sensor(1..=13, move |slot| if slot < low { value } else { otherwise })
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        low("at the margin", 4.2).gives(Clear),
        low("within the margin", 4.1).gives(Holding),
        low("at the limit", 3.9).gives(Holding),
        low("just below", 3.8).gives(Yellow).says(
            "Blodsukker 3,8 mmol/L; den lave grænse er 3,9",
            "Glucose 3.8 mmol/L; the low limit is 3.9"),
        low("at the red limit", 3.0).gives(Yellow),
        low("just below red", 2.9).gives(Red).says(
            "Blodsukker 2,9 mmol/L; den røde grænse er 3",
            "Glucose 2.9 mmol/L; the red limit is 3"),
        low("normal when measured again", 6.0).ago(Glucose, 40, 2.8).gives(Clear),
        low("confirmed, then normal", 6.0).ago(Glucose, 300, 2.8).ago(Glucose, 290, 2.9).gives(Red),
        low("personal limits", 4.5).limit("glucose_low_yellow", 5.0).gives(Yellow),
        low("personal limits, red", 3.5).limit("glucose_low_yellow", 5.0)
            .limit("glucose_low_red", 4.0).gives(Red),
        case("DM-HYPO", "of yesterday").programme(Diabetes).ago(Glucose, 25 * 60, 2.0)
            .gives(NotEvaluable).says(
            "Intet blodsukker inden for 24 timer", "No glucose within 24 hours"),

        high("below the margin", [12.9, 12.9]).gives(Clear),
        high("within the margin", [12.9, 13.0]).gives(Holding),
        high("twice at the limit", [13.9, 13.9]).gives(Holding),
        high("twice just above", [14.0, 14.1]).gives(Yellow).says(
            "Blodsukker 14,1 mmol/L (grænse 13,9), højeste bekræftede inden for 24 timer 14,0",
            "Glucose 14.1 mmol/L (limit 13.9), highest confirmed within 24 hours 14.0"),
        high("once", [10.0, 14.0]).gives(Yellow),
        high("normal when measured again", [16.0, 9.0]).gives(Clear),
        high("confirmed, then normal", [16.0, 16.0]).ago(Glucose, 20, 9.0).gives(Yellow),
        high("at the red limit", [10.0, 20.0]).gives(Yellow),
        high("just above red", [10.0, 20.1]).gives(Red).says(
            "Blodsukker 20,1 mmol/L (rød grænse 20), højeste bekræftede inden for 24 timer 10,0",
            "Glucose 20.1 mmol/L (red limit 20), highest confirmed within 24 hours 10.0"),
        ketones("ketones just below", 1.4).gives(Clear),
        ketones("ketones at the limit", 1.5).gives(Yellow),
        ketones("ketones just below red", 2.9).gives(Yellow),
        ketones("ketones at the red limit", 3.0).gives(Red),
        case("DM-HYPER", "ketones alone").programme(Diabetes).ago(Ketones, 20, 3.0).gives(Red),
        high("personal limits", [15.0, 15.0]).limit("glucose_high_yellow", 17.0).gives(Clear),
        case("DM-HYPER", "of yesterday").programme(Diabetes).ago(Glucose, 25 * 60, 25.0)
            .gives(NotEvaluable).says(
            "Intet blodsukker og ingen ketoner inden for 24 timer",
            "No glucose and no ketones within 24 hours"),

        sensor("DM-CGM", "no lows", 0, 3.5, 8.0).gives(Clear),
        sensor("DM-CGM", "3.1 % below 3.9", 3, 3.5, 8.0).gives(Clear),
        sensor("DM-CGM", "4.2 % below 3.9", 4, 3.5, 8.0).gives(Yellow).says(
            "14 dage med sensor: 4,2 % af tiden under 3,9 mmol/L (grænse 4), 0,0 % under 3,0 (grænse 1), variation 12 % (grænse 36), 96 % i mål",
            "14 days of sensor: 4.2 % of the time below 3.9 mmol/L (limit 4), 0.0 % below 3.0 (limit 1), variation 12 % (limit 36), 96 % in range"),
        sensor("DM-CGM", "at a personal limit", 3, 3.5, 8.0).limit("cgm_below_3_9", 3.125)
            .gives(Yellow),
        sensor("DM-CGM", "just within a personal limit", 3, 3.5, 8.0).limit("cgm_below_3_9", 3.13)
            .gives(Clear),
        sensor("DM-CGM", "1.04 % below 3.0", 1, 2.9, 8.0).gives(Yellow),
        sensor("DM-CGM", "1.04 % at 3.0", 1, 3.0, 8.0).gives(Clear),
        sensor("DM-CGM", "varies by 42 %", 48, 4.0, 9.9).gives(Yellow),
        sensor("DM-CGM", "varies by 30 %", 48, 5.3, 9.9).gives(Clear),
        case("DM-CGM", "a sensor for 10 days").programme(Diabetes).sensor(1..=10, |_| 3.5)
            .gives(Yellow),
        case("DM-CGM", "a sensor for 9 days").programme(Diabetes).sensor(1..=9, |_| 3.5)
            .gives(NotEvaluable).says(
            "Kræver glukosesensor i 70 % af 14 dage", "Needs a glucose sensor for 70 % of 14 days"),
        case("DM-CGM", "finger pricks").programme(Diabetes).flat(Glucose, 0..=13, 3.0)
            .gives(NotEvaluable),

        sensor("DM-CGM-OLDER", "no lows", 0, 3.5, 8.0).gives(Clear),
        sensor("DM-CGM-OLDER", "1.04 % below 3.9", 1, 3.5, 8.0).gives(Yellow).says(
            "14 dage med sensor: 1,0 % af tiden under 3,9 mmol/L (grænse 1), 99 % i mål (grænse 50), 0,0 % over 13,9 (grænse 10)",
            "14 days of sensor: 1.0 % of the time below 3.9 mmol/L (limit 1), 99 % in range (limit 50), 0.0 % above 13.9 (limit 10)"),
        sensor("DM-CGM-OLDER", "64 years old", 1, 3.5, 8.0).age(Some(64.9)).gives(Clear),
        sensor("DM-CGM-OLDER", "65 years old", 1, 3.5, 8.0).age(Some(65.0)).gives(Yellow),
        sensor("DM-CGM-OLDER", "of unknown age", 1, 3.5, 8.0).age(None).gives(NotEvaluable).says(
            "Kræver glukosesensor i 70 % af 14 dage og alderen",
            "Needs a glucose sensor for 70 % of 14 days, and the age"),
        sensor("DM-CGM-OLDER", "50 % in range", 48, 10.5, 8.0).gives(Clear),
        sensor("DM-CGM-OLDER", "49 % in range", 49, 10.5, 8.0).gives(Yellow),
        sensor("DM-CGM-OLDER", "9.4 % above 13.9", 9, 14.5, 8.0).gives(Clear),
        sensor("DM-CGM-OLDER", "10.4 % above 13.9", 10, 14.5, 8.0).gives(Yellow),
        sensor("DM-CGM-OLDER", "a personal limit", 1, 3.5, 8.0).limit("cgm_older_below_3_9", 2.0)
            .gives(Clear),
        case("DM-CGM-OLDER", "a sensor for 9 days").programme(Diabetes).sensor(1..=9, |_| 3.5)
            .gives(NotEvaluable),
    ]
}

#[test]
fn diabetes() {
    check(&cases());
}
