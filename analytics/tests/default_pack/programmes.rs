//! Infection in the elderly, psychiatry, falls and silence.

use pulsvagt_analytics::Outcome::{Blue, Clear, Holding, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{
    BodyTemperature, BodyWeight, Fall, HeartRate, NewConfusion, OxygenSaturation, RespiratoryRate,
    SelfReportedChange, Steps, SystolicBloodPressure,
};
use pulsvagt_analytics::plan::Programme::{ElderlyInfection, Frailty, Psychiatry};

use super::case::{Case, case, check};

fn infection(what: &'static str, temperature: f64) -> Case {
    case("INF-ELD", what).programme(ElderlyInfection).ago(BodyTemperature, 60, temperature)
}

/// Two weeks that vary a little, then three days: hours of sleep, pulse at night, steps.
fn pattern(what: &'static str, sleep: f64, night: f64, steps: f64) -> Case {
    let case = case("PSY-CHANGE", what).programme(Psychiatry);
    let before = (3..=16).fold(case, |case, age| {
        let more = age % 2 == 0;
        case.sleep(age, if more { 8.0 } else { 7.0 })
            .night(age, if more { 57.0 } else { 55.0 })
            .steps(age..=age, if more { 6000.0 } else { 4000.0 })
    });
    (0..=2)
        .fold(before, |case, age| case.sleep(age, sleep).night(age, night).steps(age..=age, steps))
}

/// Four weeks at 5000 steps, then two weeks.
fn decline(what: &'static str, steps: f64) -> Case {
    let case = case("FALL-DECLINE", what).programme(Frailty);
    case.steps(15..=42, 5000.0).steps(1..=14, steps).steps(0..=0, 100.0)
}

/// Weight is due every day, and was taken so many hours ago.
fn silence(what: &'static str, minutes: i64) -> Case {
    case("SILENCE", what).cadence(BodyWeight, 24, false).ago(BodyWeight, minutes, 80.0)
}

const HOUR: i64 = 60;

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        infection("below the margin", 37.7).gives(Clear),
        infection("within the margin", 37.9).gives(Holding),
        infection("at the limit", 38.0).gives(Yellow).says(
            "Temperatur 38,0 °C (grænse 38,0 eller 1,1 over det vanlige), TOBS 1 ud fra 1 af 5 målinger (grænse 2). Mål igen inden 2 timer",
            "Temperature 38.0 °C (limit 38.0, or 1.1 above the usual), TOBS 1 from 1 of 5 measurements (limit 2). Measure again within 2 hours"),
        infection("1.0 above the usual", 37.5).baseline(BodyTemperature, 36.5).gives(Clear),
        infection("1.1 above the usual", 37.6).baseline(BodyTemperature, 36.5).gives(Yellow),
        infection("1.1 above the usual of a week", 37.2).flat(BodyTemperature, 1..=7, 36.1).gives(Yellow),
        infection("TOBS 1", 37.0).ago(HeartRate, 60, 95.0).gives(Clear),
        infection("TOBS 2", 37.0).ago(RespiratoryRate, 60, 22.0).gives(Yellow),
        infection("NEWS2 4", 37.0).ago(RespiratoryRate, 60, 21.0).ago(OxygenSaturation, 60, 93.0)
            .gives(Yellow),
        infection("NEWS2 5", 37.0).ago(RespiratoryRate, 60, 25.0).ago(OxygenSaturation, 60, 93.0)
            .gives(Red).says(
            "NEWS2 5 (3 af 6 målinger; grænse 5), temperatur 37,0 °C",
            "NEWS2 5 (3 of 6 measurements; limit 5), temperature 37.0 °C"),
        infection("newly confused", 37.0).ago(NewConfusion, 60, 1.0).gives(Red),
        infection("not confused", 37.0).ago(NewConfusion, 60, 0.0).gives(Clear),
        infection("a personal limit", 38.2).limit("fever", 38.6).gives(Clear),
        case("INF-ELD", "NEWS2 5 without TOBS or temperature").programme(ElderlyInfection)
            .ago(OxygenSaturation, 60, 90.0).ago(HeartRate, 60, 100.0)
            .ago(SystolicBloodPressure, 60, 105.0).gives(Red),
        case("INF-ELD", "not confused, temperature not taken").programme(ElderlyInfection)
            .ago(NewConfusion, 60, 0.0).ago(HeartRate, 60, 70.0).gives(NotEvaluable),
        case("INF-ELD", "of yesterday").programme(ElderlyInfection)
            .ago(BodyTemperature, 25 * HOUR, 40.0).gives(NotEvaluable).says(
            "Ingen temperatur inden for 24 timer", "No temperature within 24 hours"),

        pattern("as usual", 7.5, 56.0, 5000.0).on(SelfReportedChange, 1, 1.0).gives(Clear),
        pattern("sleep alone", 5.0, 56.0, 5000.0).on(SelfReportedChange, 1, 1.0).gives(Clear),
        pattern("sleep and steps", 5.0, 56.0, 500.0).on(SelfReportedChange, 1, 1.0).gives(Yellow)
            .says(
            "Har det dårligere og i 3 dage væk fra det vanlige, i standardafvigelser: søvn 4,8, natpuls 0,0, skridt 4,3 (grænse 2 på to). Følg den aftalte varslingsplan",
            "Feels worse, and for 3 days away from the own usual, in standard deviations: sleep 4.8, night pulse 0.0, steps 4.3 (limit 2 on two). Follow the agreed early warning plan"),
        pattern("sleep and night pulse", 5.0, 60.0, 5000.0).on(SelfReportedChange, 0, 2.0)
            .gives(Yellow),
        pattern("more sleep and more steps", 10.0, 56.0, 9000.0).on(SelfReportedChange, 0, 1.0)
            .gives(Yellow),
        pattern("just beyond 2", 6.46, 60.0, 5000.0).on(SelfReportedChange, 1, 1.0).gives(Yellow),
        pattern("just within 2", 6.47, 60.0, 5000.0).on(SelfReportedChange, 1, 1.0).gives(Clear),
        pattern("feels as usual", 5.0, 60.0, 500.0).on(SelfReportedChange, 1, 0.0).gives(Clear),
        pattern("felt worse three days ago", 5.0, 60.0, 500.0).on(SelfReportedChange, 3, 1.0)
            .on(SelfReportedChange, 0, 0.0).gives(Clear),
        pattern("was not asked", 5.0, 60.0, 500.0).gives(NotEvaluable),
        pattern("a personal limit", 5.0, 56.0, 1500.0).on(SelfReportedChange, 1, 1.0)
            .limit("psy_z", 4.0).gives(Clear),
        (0..=15).fold(case("PSY-CHANGE", "13 days before").programme(Psychiatry),
            |case, age| case.sleep(age, 7.0).steps(age..=age, 4000.0))
            .on(SelfReportedChange, 1, 1.0).gives(NotEvaluable).says(
            "Kræver to af søvn, natpuls og skridt på 14 af 28 dage",
            "Needs two of sleep, night pulse and steps on 14 of 28 days"),

        decline("25 % less", 3750.0).gives(Clear),
        decline("within the margin", 3740.0).gives(Holding),
        decline("just short of 30 % less", 3505.0).gives(Holding),
        decline("30 % less", 3500.0).gives(Yellow).says(
            "Skridt ændret -30 % på 2 uger (median 3500 pr. dag, før 5000); grænsen er -30 %",
            "Steps changed by -30 % in 2 weeks (median 3500 a day, before 5000); the limit is -30 %"),
        decline("just short of 50 % less", 2505.0).gives(Yellow),
        decline("50 % less", 2500.0).gives(Red).says(
            "Skridt ændret -50 % på 2 uger (median 2500 pr. dag, før 5000); den røde grænse er -50 %",
            "Steps changed by -50 % in 2 weeks (median 2500 a day, before 5000); the red limit is -50 %"),
        decline("more", 9000.0).gives(Clear),
        decline("a fall", 5000.0).ago(Fall, 72 * HOUR, 1.0).gives(Red),
        decline("a fall longer ago", 5000.0).ago(Fall, 72 * HOUR + 1, 1.0).gives(Clear),
        decline("personal limits", 2500.0).limit("steps_change_yellow", -60.0)
            .limit("steps_change_red", -70.0).gives(Clear),
        case("FALL-DECLINE", "a fall without a watch").programme(Frailty).ago(Fall, HOUR, 1.0)
            .gives(Red),
        case("FALL-DECLINE", "no fall and no watch").programme(Frailty).ago(Fall, HOUR, 0.0)
            .gives(NotEvaluable),
        case("FALL-DECLINE", "9 days").programme(Frailty).steps(15..=42, 5000.0).steps(0..=9, 500.0)
            .gives(NotEvaluable).says(
            "Kræver skridt på 10 af 14 dage og på 20 af de 28 før",
            "Needs steps on 10 of 14 days, and on 20 of the 28 before"),
        case("FALL-DECLINE", "10 days").programme(Frailty).steps(15..=42, 5000.0).steps(0..=10, 500.0)
            .gives(Red),
        case("FALL-DECLINE", "19 days before").programme(Frailty).steps(15..=33, 5000.0)
            .steps(0..=14, 500.0).gives(NotEvaluable),
        case("FALL-DECLINE", "not worn for two days").programme(Frailty).steps(17..=44, 5000.0)
            .steps(2..=16, 500.0).gives(NotEvaluable),

        silence("36 hours ago", 36 * HOUR).gives(Clear),
        silence("just over 36 hours ago", 36 * HOUR + 1).gives(Blue),
        silence("two days ago", 48 * HOUR).gives(Blue).says(
            "Ingen vægt i 12 timer over det aftalte: borgeren bliver mindet om det",
            "No weight for 12 hours past what was agreed: the citizen is reminded"),
        silence("84 hours ago", 84 * HOUR).gives(Blue),
        silence("just over 84 hours ago", 84 * HOUR + 1).gives(Yellow).says(
            "Ingen vægt i 48 timer over det aftalte",
            "No weight for 48 hours past what was agreed"),
        silence("a personal limit", 60 * HOUR).limit("silence_yellow", 12.0).gives(Yellow),
        case("SILENCE", "weekly, 8 days ago").cadence(BodyWeight, 168, false)
            .ago(BodyWeight, 192 * HOUR, 80.0).gives(Clear),
        case("SILENCE", "weekly, over 8 days ago").cadence(BodyWeight, 168, false)
            .ago(BodyWeight, 192 * HOUR + 1, 80.0).gives(Blue),
        case("SILENCE", "safety-critical, 36 hours ago").cadence(BodyWeight, 24, true)
            .ago(BodyWeight, 36 * HOUR, 80.0).gives(Clear),
        case("SILENCE", "safety-critical, 40 hours ago").cadence(BodyWeight, 24, true)
            .ago(BodyWeight, 40 * HOUR, 80.0).gives(Red).says(
            "Sikkerhedskritisk måling mangler: 4 timer over det aftalte",
            "Safety-critical measurement missing: 4 hours past what was agreed"),
        case("SILENCE", "never measured").cadence(BodyWeight, 24, false).gives(Yellow),
        case("SILENCE", "nothing agreed").ago(BodyWeight, 90 * 24 * HOUR, 80.0).gives(NotEvaluable)
            .says(
            "Planen siger ikke, hvor ofte der skal måles",
            "The plan does not say how often to measure"),
        case("SILENCE", "something else measured").cadence(BodyWeight, 24, false)
            .ago(Steps, HOUR, 100.0).ago(BodyWeight, 40 * HOUR, 80.0).gives(Blue),
    ]
}

#[test]
fn programmes() {
    check(&cases());
}
