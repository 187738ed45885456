use super::*;

#[test]
fn home_reports_have_a_code_system_of_their_own() {
    let mut reports = 0;
    for measure in Measure::ALL.iter().copied().filter(|measure| measure.id() >= 150) {
        let code = measure.name().replace('_', "-");
        assert_eq!(by_code(HOME_REPORT_SYSTEM, &code), Some(measure), "{code}");
        assert_eq!(by_code(HOME_REPORT_SYSTEM, measure.name()).is_some(), code == measure.name());
        assert_eq!(by_code(LOINC, &code), None);
        assert_eq!(measure.unit(), "{score}");
        for unit in [Unit::default(), Unit::ucum("{score}"), Unit::ucum("1")] {
            let fit = conversion(measure, unit);
            assert_eq!(fit, UnitFit::Canonical(Conversion::IDENTITY), "{code} {unit:?}");
        }
        assert_eq!(ucum(measure, "kg"), UnitFit::Impossible);
        assert_eq!(measure.plausible().judge(0.0), Plausibility::Plausible);
        assert_eq!(measure.plausible().judge(1.0), Plausibility::Plausible);
        assert_eq!(measure.plausible().judge(3.0), Plausibility::Impossible);
        reports += 1;
    }
    assert_eq!(reports, 9);
    assert_eq!(Measure::DyspnoeaChange.plausible().judge(2.0), Plausibility::Plausible);
    assert_eq!(Measure::SputumColour.plausible().judge(2.0), Plausibility::Impossible);
}

#[test]
fn consciousness_is_a_number_under_medcoms_code_only() {
    assert_eq!(by_code(MCS[1], "MCS88126"), Some(Measure::Consciousness));
    assert_eq!(Measure::Consciousness.plausible().judge(3.0), Plausibility::Plausible);
    assert_eq!(Measure::Consciousness.plausible().judge(4.0), Plausibility::Impossible);
}

#[test]
fn their_ids_never_change() {
    let stored: [(i16, Measure); 9] = [
        (150, Measure::DyspnoeaChange),
        (151, Measure::CoughChange),
        (152, Measure::SputumChange),
        (153, Measure::SputumColour),
        (154, Measure::SelfReportedChange),
        (155, Measure::IrregularRhythmNotice),
        (156, Measure::Fall),
        (157, Measure::NewConfusion),
        (158, Measure::AlarmSymptom),
    ];
    for (id, measure) in stored {
        assert_eq!(Measure::from_id(id), Some(measure));
    }
}
