//! Blood pressure: the mean at home, severe, low.

use pulsvagt_analytics::Outcome::{Clear, Holding, NotApplicable, NotEvaluable, Red, Yellow};
use pulsvagt_analytics::Signal::{AlarmSymptom, DiastolicBloodPressure, SystolicBloodPressure};
use pulsvagt_analytics::plan::Programme::{Copd, HeartFailure, Hypertension};

use super::case::{Case, case, check};

/// One reading so many minutes ago.
fn read(case: Case, minutes: i64, systolic: f64, diastolic: f64) -> Case {
    case.ago(SystolicBloodPressure, minutes, systolic).ago(
        DiastolicBloodPressure,
        minutes,
        diastolic,
    )
}

/// Three readings on each of several days.
fn home(
    what: &'static str,
    ages: impl IntoIterator<Item = i64>,
    systolic: f64,
    diastolic: f64,
) -> Case {
    let case = case("BP-HOME", what).programme(Hypertension);
    ages.into_iter().fold(case, |case, age| {
        [240, 239, -480]
            .into_iter()
            .fold(case, |case, minutes| read(case, age * 24 * 60 + minutes, systolic, diastolic))
    })
}

fn severe(what: &'static str, systolic: f64, diastolic: f64) -> Case {
    read(case("BP-SEVERE", what).programme(Copd), 30, systolic, diastolic)
}

fn low(what: &'static str, systolic: f64) -> Case {
    read(case("BP-LOW", what).programme(HeartFailure), 30, systolic, 60.0)
}

#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Case> {
    vec![
        home("below the margin", 2..=6, 132.0, 83.0).gives(Clear),
        home("systolic within the margin", 2..=6, 134.0, 70.0).gives(Holding),
        home("diastolic within the margin", 2..=6, 120.0, 84.9).gives(Holding),
        home("systolic at the limit", 2..=6, 135.0, 70.0).gives(Yellow).says(
            "Middel af hjemmeblodtryk 135/70 mmHg (12 målinger); grænsen er 135/85",
            "Mean of home blood pressure 135/70 mmHg (12 readings); the limit is 135/85"),
        home("diastolic at the limit", 2..=6, 120.0, 85.0).gives(Yellow),
        home("just below red", 2..=6, 159.9, 99.9).gives(Yellow),
        home("systolic at the red limit", 2..=6, 160.0, 80.0).gives(Red).says(
            "Middel af hjemmeblodtryk 160/80 mmHg (12 målinger); den røde grænse er 160/100",
            "Mean of home blood pressure 160/80 mmHg (12 readings); the red limit is 160/100"),
        home("diastolic at the red limit", 2..=6, 130.0, 100.0).gives(Red),
        // The first day is high, and not counted.
        (2..=5).fold(home("the first day drops out", [6], 170.0, 110.0), |case, age| {
            [240, 239, -480].into_iter().fold(case, |case, minutes| {
                read(case, age * 24 * 60 + minutes, 120.0, 70.0)
            })
        }).gives(Clear),
        home("personal limits", 2..=6, 150.0, 80.0).limit("bp_home_systolic_yellow", 155.0)
            .gives(Clear),
        home("without a day before", 1..=5, 170.0, 110.0).gives(NotEvaluable).says(
            "Kræver 12 målinger på mindst 3 af de seneste 6 dage og en dag før dem",
            "Needs 12 readings on at least 3 days of the last 6, and a day before them"),
        home("9 readings", [2, 3, 4, 6], 170.0, 110.0).gives(NotEvaluable),

        severe("below the margins", 170.0, 115.0).gives(Clear),
        severe("within the systolic margin", 171.0, 90.0).gives(Holding),
        severe("within the diastolic margin", 150.0, 116.0).gives(Holding),
        severe("just below", 179.0, 119.0).gives(Holding),
        severe("systolic at the limit", 180.0, 90.0).gives(Red).says(
            "Blodtryk 180/90 mmHg; grænsen er 180/120. Ved brystsmerter, svær hovedpine, lammelse eller sløret syn: ring 112",
            "Blood pressure 180/90 mmHg; the limit is 180/120. With chest pain, severe headache, weakness or blurred vision: call 112"),
        severe("diastolic at the limit", 150.0, 120.0).gives(Red),
        read(severe("normal when measured again", 186.0, 90.0), 24, 150.0, 85.0).gives(Clear),
        read(read(severe("confirmed, then normal", 140.0, 80.0), 300, 186.0, 95.0), 294, 184.0, 95.0)
            .gives(Red).says(
            "Blodtryk 140/80 mmHg; grænsen er 180/120. Bekræftet inden for 24 timer: 184/95. Ved brystsmerter, svær hovedpine, lammelse eller sløret syn: ring 112",
            "Blood pressure 140/80 mmHg; the limit is 180/120. Confirmed within 24 hours: 184/95. With chest pain, severe headache, weakness or blurred vision: call 112"),
        severe("a personal limit", 186.0, 90.0).limit("bp_severe_systolic", 200.0).gives(Clear),
        read(case("BP-SEVERE", "of yesterday"), 25 * 60, 200.0, 130.0).gives(NotEvaluable).says(
            "Intet blodtryk inden for 24 timer", "No blood pressure within 24 hours"),

        low("at the margin", 105.0).gives(Clear),
        low("within the margin", 104.0).gives(Holding),
        low("at the limit", 100.0).gives(Holding),
        low("just below", 99.0).gives(Yellow).says(
            "Systolisk blodtryk 99 mmHg; den lave grænse er 100",
            "Systolic pressure 99 mmHg; the low limit is 100"),
        low("at the red limit", 90.0).gives(Yellow),
        low("just below red", 89.0).gives(Red).says(
            "Systolisk blodtryk 89 mmHg; den røde grænse er 90, ved svimmelhed eller besvimelse 100",
            "Systolic pressure 89 mmHg; the red limit is 90, with dizziness or fainting 100"),
        low("with symptoms", 99.0).ago(AlarmSymptom, 30, 1.0).gives(Red),
        low("without symptoms", 99.0).ago(AlarmSymptom, 30, 0.0).gives(Yellow),
        low("symptoms without low pressure", 120.0).ago(AlarmSymptom, 30, 1.0).gives(Clear),
        read(low("normal when measured again", 88.0), 20, 115.0, 70.0).gives(Clear),
        low("personal limits", 92.0).limit("bp_low_yellow", 90.0).limit("bp_low_red", 85.0)
            .gives(Holding),
        read(case("BP-LOW", "not in a programme").programme(Copd), 30, 70.0, 40.0).gives(NotApplicable),
        read(case("BP-LOW", "of yesterday").programme(HeartFailure), 25 * 60, 70.0, 40.0)
            .gives(NotEvaluable),
    ]
}

#[test]
fn blood_pressure() {
    check(&cases());
}
