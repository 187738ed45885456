//! COPD: saturation, symptoms, FEV1.

use pulsvagt_analytics::Outcome::{Clear, Holding, NotApplicable, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{
    CoughChange, DyspnoeaChange, Fev1, OxygenSaturation, SputumChange, SputumColour,
};
use pulsvagt_analytics::plan::Programme::{Copd, Diabetes};

use super::case::{Case, case, check};

fn low(what: &'static str) -> Case {
    case("COPD-SPO2-ABS", what).programme(Copd)
}

fn drop(what: &'static str) -> Case {
    case("COPD-SPO2-DROP", what).programme(Copd)
}

fn symptoms(what: &'static str, answers: [f64; 4]) -> Case {
    let [dyspnoea, cough, sputum, colour] = answers;
    case("COPD-SYMPT", what)
        .programme(Copd)
        .ago(DyspnoeaChange, 60, dyspnoea)
        .ago(CoughChange, 60, cough)
        .ago(SputumChange, 60, sputum)
        .ago(SputumColour, 60, colour)
}

/// Seven days with a mean of 2.0 and a standard deviation of 0.0816 L.
fn fev1(what: &'static str, today: f64) -> Case {
    let days = [2.0, 2.1, 1.9, 2.0, 2.1, 1.9, 2.0];
    let case = case("COPD-FEV1", what).programme(Copd).on(Fev1, 0, today);
    (1..).zip(days).fold(case, |case, (age, value)| case.on(Fev1, age, value))
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        low("another programme").programme(Diabetes).gives(Clear).ago(OxygenSaturation, 60, 91.0),
        case("COPD-SPO2-ABS", "not in the programme").programme(Diabetes)
            .ago(OxygenSaturation, 60, 80.0).gives(NotApplicable),
        low("just over the margin").ago(OxygenSaturation, 60, 91.0).gives(Clear),
        low("at the limit").ago(OxygenSaturation, 60, 90.0).gives(Holding),
        low("just below").ago(OxygenSaturation, 60, 89.0).gives(Yellow).says(
            "Iltmætning 89 %; den lave grænse er 90 %",
            "Oxygen saturation 89 %; the low limit is 90 %"),
        low("at the red limit").ago(OxygenSaturation, 60, 88.0).gives(Yellow),
        low("just below red").ago(OxygenSaturation, 60, 87.0).gives(Red).says(
            "Iltmætning 87 %; alarmgrænsen er 88 %",
            "Oxygen saturation 87 %; the alarm limit is 88 %"),
        low("normal when measured again").ago(OxygenSaturation, 66, 86.0)
            .ago(OxygenSaturation, 60, 94.0).gives(Clear),
        low("confirmed, then normal").ago(OxygenSaturation, 300, 86.0)
            .ago(OxygenSaturation, 294, 87.0).ago(OxygenSaturation, 60, 94.0).gives(Red).says(
            "Iltmætning 94 %; alarmgrænsen er 88 %. Laveste niveau bekræftet af en ny måling inden for 24 timer: 87 %",
            "Oxygen saturation 94 %; the alarm limit is 88 %. Lowest level confirmed by a second reading within 24 hours: 87 %"),
        low("24 hours old").ago(OxygenSaturation, 24 * 60, 86.0).gives(Red),
        low("too old").ago(OxygenSaturation, 24 * 60 + 1, 86.0).gives(NotEvaluable).says(
            "Ingen iltmætning inden for 24 timer", "No oxygen saturation within 24 hours"),
        low("personal limits").limit("spo2_low_yellow", 87.0).limit("spo2_low_red", 85.0)
            .ago(OxygenSaturation, 60, 86.0).gives(Yellow),
        low("personal limits, red").limit("spo2_low_yellow", 87.0).limit("spo2_low_red", 85.0)
            .ago(OxygenSaturation, 60, 84.0).gives(Red),

        drop("2 below").flat(OxygenSaturation, 1..=7, 95.0).on(OxygenSaturation, 0, 93.0).gives(Clear),
        drop("within the margin").flat(OxygenSaturation, 1..=7, 95.0)
            .on(OxygenSaturation, 0, 92.5).gives(Holding),
        drop("at the limit").flat(OxygenSaturation, 1..=7, 95.0).on(OxygenSaturation, 0, 92.0)
            .gives(Yellow).says(
            "Iltmætning ned 3 fra det vanlige (95 → 92 %); grænsen er 3",
            "Oxygen saturation down 3 from the usual (95 → 92 %); the limit is 3"),
        drop("just within red").flat(OxygenSaturation, 1..=7, 95.0)
            .on(OxygenSaturation, 0, 91.1).gives(Yellow),
        drop("at the red limit").flat(OxygenSaturation, 1..=7, 95.0).on(OxygenSaturation, 0, 91.0)
            .gives(Red).says(
            "Iltmætning ned 4 fra det vanlige (95 → 91 %); grænsen er 4",
            "Oxygen saturation down 4 from the usual (95 → 91 %); the limit is 4"),
        drop("6 days before").flat(OxygenSaturation, 1..=6, 95.0).on(OxygenSaturation, 0, 85.0)
            .gives(NotEvaluable).says(
            "Kræver iltmætning i dag eller i går og på 7 af de 14 dage før",
            "Needs oxygen saturation today or yesterday, and on 7 of the 14 days before"),
        drop("yesterday's").flat(OxygenSaturation, 2..=8, 95.0).on(OxygenSaturation, 1, 91.0).gives(Red),
        drop("of the day before yesterday").flat(OxygenSaturation, 3..=9, 95.0)
            .on(OxygenSaturation, 2, 91.0).gives(NotEvaluable),
        drop("personal limits").limit("spo2_drop_yellow", 5.0).limit("spo2_drop_red", 6.0)
            .flat(OxygenSaturation, 1..=7, 95.0).on(OxygenSaturation, 0, 91.0).gives(Clear),

        symptoms("as usual", [0.0; 4]).gives(Clear),
        symptoms("breathless", [1.0, 0.0, 0.0, 0.0]).gives(Yellow).says(
            "Melder et forværret symptom: åndenød 1, hoste 0, opspyt 0, farve af opspyt 0 (0 som vanligt, 1 mere, 2 meget mere)",
            "Told that a symptom is worse: breathlessness 1, cough 0, sputum 0, its colour 0 (0 as usual, 1 more, 2 much more)"),
        symptoms("cough", [0.0, 2.0, 0.0, 0.0]).gives(Yellow),
        symptoms("sputum", [0.0, 0.0, 1.0, 0.0]).gives(Yellow),
        symptoms("colour", [0.0, 0.0, 0.0, 1.0]).gives(Yellow),
        symptoms("breathless with discoloured sputum", [1.0, 0.0, 0.0, 1.0]).gives(Yellow),
        symptoms("breathless and coughing", [1.0, 1.0, 0.0, 0.0]).gives(Red).says(
            "Melder flere forværrede symptomer: åndenød 1, hoste 1, opspyt 0, farve af opspyt 0 (0 som vanligt, 1 mere, 2 meget mere)",
            "Told that several symptoms are worse: breathlessness 1, cough 1, sputum 0, its colour 0 (0 as usual, 1 more, 2 much more)"),
        symptoms("more and discoloured sputum", [0.0, 0.0, 1.0, 1.0]).gives(Red),
        symptoms("a personal limit", [1.0, 1.0, 0.0, 0.0]).limit("copd_symptom", 2.0).gives(Clear),
        case("COPD-SYMPT", "one answer only").programme(Copd).ago(CoughChange, 60, 0.0)
            .gives(NotEvaluable),
        case("COPD-SYMPT", "two answers").programme(Copd).ago(DyspnoeaChange, 60, 0.0)
            .ago(SputumChange, 60, 0.0).gives(NotEvaluable),
        case("COPD-SYMPT", "one answer, and it is worse").programme(Copd).ago(CoughChange, 60, 1.0)
            .gives(Yellow),
        case("COPD-SYMPT", "answers of the day before yesterday").programme(Copd)
            .on(CoughChange, 2, 2.0).gives(NotEvaluable).says(
            "Ikke alle spørgsmål om symptomer besvaret inden for 24 timer",
            "Not all questions about symptoms answered within 24 hours"),

        fev1("just within", 1.87).gives(Clear),
        fev1("just below", 1.86).gives(Yellow).says(
            "FEV1 1,86 L er klart under middel af 7 dage (2,00 L): -1,7 standardafvigelser, grænsen er -1,645",
            "FEV1 1.86 L is well below the mean of 7 days (2.00 L): -1.7 standard deviations, the limit is -1.645"),
        fev1("at a personal limit", 1.86).limit("fev1_z", -1.715).gives(Clear),
        fev1("beyond a personal limit", 1.86).limit("fev1_z", -1.714).gives(Yellow),
        fev1("below and coughing", 1.86).ago(CoughChange, 60, 1.0).gives(Red).says(
            "FEV1 1,86 L er klart under middel af 7 dage (2,00 L), og et symptom er forværret",
            "FEV1 1.86 L is well below the mean of 7 days (2.00 L), and a symptom is worse"),
        fev1("within and coughing", 1.87).ago(CoughChange, 60, 1.0).gives(Clear),
        case("COPD-FEV1", "4 days before").programme(Copd).on(Fev1, 0, 1.0).on(Fev1, 1, 2.0)
            .on(Fev1, 2, 2.1).on(Fev1, 3, 1.9).on(Fev1, 4, 2.0).gives(NotEvaluable).says(
            "Kræver FEV1 i dag eller i går og på 5 af de 7 dage før",
            "Needs FEV1 today or yesterday, and on 5 of the 7 days before"),
        case("COPD-FEV1", "5 days before").programme(Copd).on(Fev1, 0, 1.0).on(Fev1, 1, 2.0)
            .on(Fev1, 2, 2.1).on(Fev1, 3, 1.9).on(Fev1, 4, 2.0).on(Fev1, 7, 2.0).gives(Yellow),
    ]
}

#[test]
fn copd() {
    check(&cases());
}
