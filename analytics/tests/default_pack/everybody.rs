//! What everybody is looked at for: pulse at rest, alarm symptoms, NEWS2, several signals at once.

use pulsvagt_analytics::Outcome::{Clear, Holding, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{
    AlarmSymptom, BodyTemperature, BodyWeight, Consciousness, DyspnoeaChange, HeartRate,
    IrregularRhythmNotice, NewConfusion, OxygenSaturation, RespiratoryRate, RestingHeartRate,
    SystolicBloodPressure,
};

use super::case::{Case, case, check};

/// Two pulses 10 minutes apart.
fn rest(what: &'static str, pulse: f64) -> Case {
    case("AF-HR", what).ago(HeartRate, 70, pulse).ago(HeartRate, 60, pulse)
}

/// Respiration, saturation, systolic pressure, pulse, consciousness, temperature.
fn news2(what: &'static str, values: [f64; 6]) -> Case {
    let signals = [
        RespiratoryRate,
        OxygenSaturation,
        SystolicBloodPressure,
        HeartRate,
        Consciousness,
        BodyTemperature,
    ];
    signals
        .into_iter()
        .zip(values)
        .fold(case("NEWS2", what), |case, (signal, value)| case.ago(signal, 60, value))
}

/// A week as usual, then today: saturation, respiration, temperature, weight.
fn several(what: &'static str, today: [f64; 4]) -> Case {
    let usual = [
        (OxygenSaturation, 95.0),
        (RespiratoryRate, 16.0),
        (BodyTemperature, 36.5),
        (BodyWeight, 80.0),
    ];
    usual.into_iter().zip(today).fold(case("COMPOSITE", what), |case, ((signal, usual), today)| {
        case.flat(signal, 1..=7, usual).on(signal, 0, today)
    })
}

/// A week of nights at 55, then last night but one and last night.
fn nights(what: &'static str, before: f64, last: f64) -> Case {
    case("RHR-NIGHT", what).nights(2..=8, 55.0).night(1, before).night(0, last)
}

fn robust(what: &'static str, before: f64, last: f64) -> Case {
    case("RHR-Z28", what).nights(3..=16, 55.0).night(1, before).night(0, last)
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        rest("at the limit", 110.0).gives(Clear),
        rest("just above", 111.0).gives(Yellow).says(
            "Puls i hvile 111/min i 10 minutter; grænsen for pulsen er 110. En besked er ingen diagnose: aftal et EKG",
            "Pulse at rest 111/min for 10 minutes; the limit of the pulse is 110. A notice is no diagnosis: arrange an ECG"),
        rest("at the red limit", 130.0).gives(Yellow),
        rest("just above red", 131.0).gives(Red).says(
            "Puls i hvile 131/min i 10 minutter; den røde grænse for pulsen er 130, med symptomer 110. Ved besvimelse eller brystsmerter: ring 112",
            "Pulse at rest 131/min for 10 minutes; the red limit of the pulse is 130, with symptoms 110. Fainting or chest pain: call 112"),
        rest("with symptoms", 111.0).ago(AlarmSymptom, 60, 1.0).gives(Red),
        rest("symptoms at a quiet pulse", 80.0).ago(AlarmSymptom, 60, 1.0).gives(Clear),
        rest("a notice", 70.0).ago(IrregularRhythmNotice, 60, 1.0).gives(Yellow),
        rest("a notice and symptoms", 70.0).ago(IrregularRhythmNotice, 60, 1.0)
            .ago(AlarmSymptom, 60, 1.0).gives(Red),
        rest("a personal limit", 111.0).limit("rest_pulse_yellow", 120.0).gives(Clear),
        case("AF-HR", "by the watch").ago(RestingHeartRate, 60, 111.0).gives(Yellow),
        case("AF-HR", "walking").steps(0..=0, 900.0).ago(HeartRate, 230, 150.0)
            .ago(HeartRate, 215, 150.0).gives(NotEvaluable).says(
            "Ingen puls i hvile inden for 24 timer", "No pulse at rest within 24 hours"),
        case("AF-HR", "once").ago(HeartRate, 60, 150.0).gives(NotEvaluable),

        case("ALARM-SYMPTOM", "told").ago(AlarmSymptom, 60, 1.0).gives(Red).says(
            "Melder brystsmerter, svær hovedpine, lammelse, sløret syn eller besvimelse. Ring straks; varer det ved: 112",
            "Told of chest pain, severe headache, weakness, blurred vision or fainting. Call at once; if it lasts: 112"),
        case("ALARM-SYMPTOM", "asked and denied").ago(AlarmSymptom, 60, 0.0).gives(Clear),
        case("ALARM-SYMPTOM", "of yesterday").ago(AlarmSymptom, 25 * 60, 1.0).gives(NotEvaluable).says(
            "Intet meldt om alarmsymptomer inden for 24 timer",
            "Nothing told about alarm symptoms within 24 hours"),

        news2("0", [16.0, 97.0, 120.0, 70.0, 0.0, 37.0]).gives(Clear),
        news2("4", [21.0, 97.0, 120.0, 111.0, 0.0, 37.0]).gives(Clear),
        news2("5", [21.0, 97.0, 120.0, 111.0, 0.0, 38.1]).gives(Red).says(
            "NEWS2 5 ud fra 6 af 6 målinger (delvis under 6); grænsen er 5. Fra 7: akut vurdering",
            "NEWS2 5 from 6 of 6 measurements (partial below 6); the limit is 5. From 7: emergency assessment"),
        news2("a single 3", [16.0, 91.0, 120.0, 70.0, 0.0, 37.0]).gives(Yellow).says(
            "Én måling giver 3 point i NEWS2; summen er 3 ud fra 6 af 6 målinger (delvis under 6)",
            "One measurement scores 3 in NEWS2; the sum is 3 from 6 of 6 measurements (partial below 6)"),
        news2("a single 2", [16.0, 92.0, 120.0, 70.0, 0.0, 37.0]).gives(Clear),
        news2("newly confused", [16.0, 97.0, 120.0, 70.0, 0.0, 37.0]).ago(NewConfusion, 60, 1.0)
            .gives(Yellow),
        news2("a personal limit", [21.0, 97.0, 120.0, 111.0, 0.0, 38.1]).limit("news2_red", 7.0)
            .gives(Clear),
        case("NEWS2", "partial and low").ago(RespiratoryRate, 60, 21.0).ago(HeartRate, 60, 111.0)
            .gives(NotEvaluable).says(
            "Delvis: 2 af 6 målinger inden for 24 timer, NEWS2 indtil nu 4. Siger ikke, at alt er vel",
            "Partial: 2 of 6 measurements within 24 hours, NEWS2 so far 4. Says nothing about being well"),
        case("NEWS2", "partial and high").ago(RespiratoryRate, 60, 21.0).ago(HeartRate, 60, 111.0)
            .ago(BodyTemperature, 60, 38.1).gives(Red),
        case("NEWS2", "partial with a single 3").ago(RespiratoryRate, 60, 25.0).gives(Yellow),
        case("NEWS2", "of yesterday").ago(RespiratoryRate, 25 * 60, 40.0).gives(NotEvaluable),

        several("as usual", [95.0, 16.0, 36.5, 80.0]).gives(Clear),
        several("one signal", [92.0, 16.0, 36.5, 80.0]).gives(Clear),
        several("two signals, one of them light", [92.0, 16.0, 37.6, 80.0]).gives(Clear),
        several("two signals", [92.0, 20.0, 36.5, 80.0]).gives(Yellow).says(
            "2 signaler er dårligere end vanligt på én gang (indeks 4; grænsen er 4)",
            "2 signals are worse than usual at once (index 4; the limit is 4)"),
        several("three signals, two of them light", [92.0, 16.0, 37.6, 81.5]).gives(Yellow),
        several("just short of each", [92.1, 19.9, 37.59, 81.49]).gives(Clear),
        several("three signals, one of them light", [92.0, 20.0, 37.6, 80.0]).gives(Yellow),
        several("four signals", [92.0, 20.0, 37.6, 81.5]).gives(Red).says(
            "4 signaler er dårligere end vanligt på én gang (indeks 6; den røde grænse er 6)",
            "4 signals are worse than usual at once (index 6; the red limit is 6)"),
        several("with symptoms", [92.0, 20.0, 36.5, 80.0]).ago(DyspnoeaChange, 60, 1.0).gives(Red),
        several("a baseline that was set", [92.0, 20.0, 36.5, 80.0])
            .baseline(OxygenSaturation, 92.0).gives(Clear),
        case("COMPOSITE", "two signals known").flat(OxygenSaturation, 1..=7, 95.0)
            .on(OxygenSaturation, 0, 80.0).flat(RespiratoryRate, 1..=7, 16.0)
            .on(RespiratoryRate, 0, 30.0).gives(NotEvaluable).says(
            "Færre end 3 signaler med egen baseline", "Fewer than 3 signals with an own baseline"),

        nights("2 above", 57.0, 57.0).gives(Clear),
        nights("3 above once", 55.0, 58.0).gives(Holding),
        nights("3 above twice", 58.0, 58.0).gives(Yellow).says(
            "Natpuls 58 og 58/min to nætter, vanligt 55; grænsen er 3 over",
            "Night pulse 58 and 58/min on two nights, usually 55; the limit is 3 above"),
        nights("4 above once", 58.0, 59.0).gives(Yellow),
        nights("4 above twice", 59.0, 60.0).gives(Red).says(
            "Natpuls 59 og 60/min to nætter, vanligt 55; den røde grænse er 4 over",
            "Night pulse 59 and 60/min on two nights, usually 55; the red limit is 4 above"),
        nights("rounded up", 57.5, 57.5).gives(Yellow),
        nights("rounded down", 57.4, 57.4).gives(Clear),
        nights("personal limits", 60.0, 60.0).limit("night_pulse_yellow", 8.0)
            .limit("night_pulse_red", 10.0).gives(Clear),
        case("RHR-NIGHT", "one night missing").nights(3..=9, 55.0).night(2, 58.0).night(0, 58.0)
            .gives(Yellow),
        case("RHR-NIGHT", "two nights missing").nights(4..=10, 55.0).night(3, 58.0).night(0, 58.0)
            .gives(NotEvaluable),
        case("RHR-NIGHT", "6 nights before").nights(1..=6, 55.0).night(0, 80.0).gives(NotEvaluable)
            .says(
            "Kræver pulsen sidste nat, i en af de to nætter før og i alt 7 nætter før",
            "Needs last night's pulse, that of one of the two nights before, and 7 nights in all before"),

        robust("3 above twice", 58.0, 58.0).gives(Clear),
        robust("4 above once", 55.0, 59.0).gives(Clear),
        robust("4 above twice", 59.0, 59.0).gives(Yellow).says(
            "Natpuls 59/min, 4 over det vanlige (natten før 4); grænsen er 4. Ingen grund til at ringe alene",
            "Night pulse 59/min, 4 above the usual (the night before 4); the limit is 4. No reason to call by itself"),
        robust("5 above twice, nothing else", 60.0, 60.0).gives(Yellow),
        robust("5 above twice, and breathless", 60.0, 60.0).ago(DyspnoeaChange, 60, 1.0).gives(Red)
            .says(
            "Natpuls 60/min, 5 over det vanlige to nætter, og 2 signaler er dårligere end vanligt",
            "Night pulse 60/min, 5 above the usual for two nights, and 2 signals are worse than usual"),
        robust("4 above twice, and breathless", 59.0, 59.0).ago(DyspnoeaChange, 60, 1.0)
            .gives(Yellow),
        robust("a personal limit", 59.0, 59.0).limit("night_pulse_rise_yellow", 5.0).gives(Clear),
        // The median is 55, and 4 away is usual: 8 above is 1.3 robust deviations.
        (3..=16).fold(case("RHR-Z28", "whose nights vary").night(0, 63.0).night(1, 63.0),
            |case, age| case.night(age, if age % 2 == 0 { 51.0 } else { 59.0 })).gives(Clear),
        case("RHR-Z28", "13 nights before").nights(3..=15, 55.0).night(1, 80.0).night(0, 80.0)
            .gives(NotEvaluable).says(
            "Kræver pulsen sidste nat, i en af de to nætter før og i 14 af 28 nætter før dem",
            "Needs last night's pulse, that of one of the two nights before, and 14 of 28 nights before those"),
        case("RHR-Z28", "two nights missing").nights(4..=20, 55.0).night(3, 59.0).night(0, 59.0)
            .gives(NotEvaluable),
    ]
}

#[test]
fn everybody() {
    check(&cases());
}
