use std::collections::HashSet;

use super::codes::tables;
use super::ucum::{known, parse};
use super::*;

mod home_report;

const LOINC: &str = "http://loinc.org";
const NPU: &[&str] = &["urn:oid:1.2.208.176.2.1", "http://npu-terminology.org"];
const MCS: &[&str] = &[
    "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes",
    "urn:oid:1.2.208.184.100.8",
];
const MDC: &[&str] = &["urn:iso:std:iso:11073:10101", "urn:oid:2.16.840.1.113883.6.24"];

/// Measure, LOINC codes, UCUM units that must convert, NPU codes, MCS codes, MDC codes.
#[rustfmt::skip]
const FACTS: &[(Measure, &str, &str, &str, &str, &str)] = &[
    (Measure::HeartRate, "8867-4", "/min 1/min {beat}/min {beats}/min count/min", "NPU21692", "", "147842 149530 149546 149514"),
    (Measure::RestingHeartRate, "40443-4", "/min 1/min {beats}/min", "", "", ""),
    (Measure::RespiratoryRate, "9279-1", "/min 1/min {breaths}/min", "", "MCS88122", "151562 8410992"),
    (Measure::OxygenSaturation, "59408-5 2708-6", "% 1 {fraction}", "NPU03011 NPU27280 NPU10197", "", "150456 150324"),
    (Measure::BodyTemperature, "8310-5", "Cel [degF]", "NPU08676", "", "150364 150392 188420 188424 188428 188452"),
    (Measure::BodyWeight, "29463-7", "kg g [lb_av]", "NPU03804", "", "188736"),
    (Measure::BodyHeight, "8302-2", "cm m [in_i]", "NPU03794", "", "188740"),
    (Measure::BodyMassIndex, "39156-5", "kg/m2", "NPU27281", "", "188752"),
    (Measure::SystolicBloodPressure, "8480-6 76215-3", "mm[Hg] mmHg", "DNK05472 NPU57947 NPU58033", "MCS88019", "150021"),
    (Measure::DiastolicBloodPressure, "8462-4 76213-8", "mm[Hg] mmHg", "DNK05473 NPU57948 NPU58034", "MCS88020", "150022"),
    (Measure::MeanBloodPressure, "8478-0 76214-6", "mm[Hg]", "", "", "150023"),
    (Measure::Glucose, "15074-8 14743-9 2339-0 2345-7 41653-7 105272-9 99504-3", "mmol/L mg/dL", "NPU22089 NPU02187 NPU21531", "", "160184 160368"),
    (Measure::CReactiveProtein, "1988-5 48421-2", "mg/L", "NPU19748", "", ""),
    (Measure::Inr, "34714-6 6301-6", "{INR} 1", "NPU01685", "", ""),
    (Measure::Haemoglobin, "718-7", "mmol/L g/dL", "NPU02319", "", ""),
    (Measure::Leukocytes, "6690-2", "10*9/L 10^9/L", "NPU02593", "", ""),
    (Measure::Fev1, "20150-9", "L mL", "", "MCS88015", ""),
    (Measure::Fvc, "19868-9 19870-5", "L", "", "MCS88016", ""),
    (Measure::Fev1FvcRatio, "19926-5", "{ratio} %", "", "MCS88017", ""),
    (Measure::Fev1PercentPredicted, "20152-5", "%", "", "MCS88023", ""),
    (Measure::PeakExpiratoryFlow, "19935-6 33452-4", "L/min L/s cL/s", "", "MCS88102", "152584"),
    (Measure::StepsInterval, "55423-8", "{steps} steps {Number}", "", "MCS88194", ""),
    (Measure::StepsPerDay, "41950-7", "{steps}/d /d", "", "MCS88192", ""),
    (Measure::StepsPerWeek, "", "{steps}/wk /wk", "", "MCS88193", ""),
    (Measure::SleepDuration, "93832-4", "h min", "", "", ""),
    (Measure::HeartRateVariabilitySdnn, "80404-7", "ms", "", "", ""),
    (Measure::PainScore, "72514-3", "{score} 1", "", "", ""),
    (Measure::Consciousness, "67775-7 80288-4", "1", "", "MCS88126", ""),
    (Measure::Tobs, "", "1", "", "MCS88125", ""),
    (Measure::MrcDyspnoea, "", "{Number}", "", "MCS88021", ""),
    (Measure::CatScore, "", "{Number}", "", "MCS88137", ""),
    (Measure::SitToStand, "", "1/30sec", "", "MCS88050", ""),
];

fn ucum(measure: Measure, code: &str) -> UnitFit {
    conversion(measure, Unit::ucum(code))
}

#[track_caller]
fn converts(measure: Measure, code: &str, value: f64, canonical: f64) {
    let fit = ucum(measure, code);
    let Some(conversion) = fit.conversion() else { panic!("{measure:?} {code} is {fit:?}") };
    let converted = conversion.apply(value);
    let tolerance = 1e-3 * canonical.abs().max(1e-3);
    assert!((converted - canonical).abs() < tolerance, "{measure:?} {value} {code} = {converted}");
}

#[track_caller]
fn expected(measure: Measure, code: &str) {
    assert!(matches!(ucum(measure, code), UnitFit::Canonical(_)), "{measure:?} {code}");
}

#[track_caller]
fn unusual(measure: Measure, unit: Unit<'_>) {
    let fit = conversion(measure, unit);
    assert!(matches!(fit, UnitFit::Unusual(_)), "{measure:?} {unit:?} is {fit:?}");
}

#[test]
fn every_code_of_the_facts_means_its_measure() {
    for (measure, loinc, units, npu, mcs, mdc) in FACTS {
        let systems: [(&[&str], &str); 4] = [(&[LOINC], loinc), (NPU, npu), (MCS, mcs), (MDC, mdc)];
        for (uris, codes) in systems {
            for (uri, code) in
                uris.iter().flat_map(|uri| codes.split(' ').map(move |code| (uri, code)))
            {
                if !code.is_empty() {
                    assert_eq!(by_code(uri, code), Some(*measure), "{uri} {code}");
                }
            }
        }
        for unit in units.split(' ') {
            assert!(ucum(*measure, unit).conversion().is_some(), "{measure:?} {unit}");
        }
    }
    assert_eq!(by_code("urn:oid:1.2.208.176.2.4", "ZZ3140"), Some(Measure::HeartRate));
    assert_eq!(by_code("http://snomed.info/sct", "431314004"), Some(Measure::OxygenSaturation));
}

#[test]
fn codes_count_in_their_own_system_only() {
    assert_eq!(by_code(LOINC, "NPU03804"), None);
    assert_eq!(by_code(NPU[0], "MCS88122"), None);
    assert_eq!(by_code("http://loinc.org/", "8867-4"), None);
    assert_eq!(by_code(LOINC, "8867-5"), None);
    assert_eq!(by_code(LOINC, ""), None);
    assert_eq!(by_code("", ""), None);
}

#[test]
fn code_tables_are_sorted_and_without_doubles() {
    for table in tables() {
        assert!(table.is_sorted_by(|left, right| left.0 < right.0));
    }
    let measured: HashSet<Measure> = tables().into_iter().flatten().map(|row| row.1).collect();
    assert_eq!(measured.len(), Measure::ALL.len(), "a measure without any code");
}

#[test]
fn the_panel_is_no_measure() {
    let panels = [
        (LOINC, "85354-9"),
        (MDC[0], "150020"),
        (MDC[1], "150020"),
        ("http://snomed.info/sct", "75367002"),
        ("urn:oid:1.2.208.176.2.4", "ZZ3170"),
    ];
    for (system, code) in panels {
        assert!(is_blood_pressure_panel(system, code), "{system} {code}");
        assert_eq!(by_code(system, code), None);
    }
    assert!(!is_blood_pressure_panel(LOINC, "8480-6"));
    assert!(!is_blood_pressure_panel(NPU[0], "85354-9"));
}

#[test]
fn ids_and_names_round_trip() {
    let mut names = HashSet::new();
    let mut last = 0;
    for measure in Measure::ALL.iter().copied() {
        assert_eq!(Measure::from_id(measure.id()), Some(measure));
        assert_eq!(Measure::from_name(measure.name()), Some(measure));
        assert_eq!(measure as i16, measure.id());
        assert!(measure.id() > last, "{measure:?} is out of order");
        last = measure.id();
        assert!(names.insert(measure.name()));
        assert!(
            measure
                .name()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        );
        assert!(!measure.display_en().is_empty() && !measure.display_da().is_empty());
    }
    assert_eq!(Measure::from_id(0), None);
    assert_eq!(Measure::from_id(i16::MAX), None);
    assert_eq!(Measure::from_name("Heart rate"), None);
}

#[test]
fn ids_never_change() {
    let stored: [(i16, Measure); 12] = [
        (1, Measure::HeartRate),
        (4, Measure::OxygenSaturation),
        (5, Measure::BodyTemperature),
        (6, Measure::BodyWeight),
        (9, Measure::SystolicBloodPressure),
        (20, Measure::SupplementalOxygenFlow),
        (30, Measure::StepsInterval),
        (40, Measure::Fev1),
        (50, Measure::Glucose),
        (60, Measure::CReactiveProtein),
        (122, Measure::Tobs),
        (140, Measure::WoundLength),
    ];
    for (id, measure) in stored {
        assert_eq!(Measure::from_id(id), Some(measure));
    }
}

#[test]
fn canonical_units_are_ucum_and_leave_values_alone() {
    for measure in Measure::ALL.iter().copied() {
        assert!(is_valid_ucum(measure.unit()), "{measure:?}");
        assert_eq!(ucum(measure, measure.unit()), UnitFit::Canonical(Conversion::IDENTITY));
    }
}

#[test]
fn limits_nest() {
    for measure in Measure::ALL.iter().copied() {
        let Plausible { hard, soft } = measure.plausible();
        assert!(hard.start() < hard.end(), "{measure:?}");
        if let Some(soft) = soft {
            assert!(hard.start() <= soft.start() && soft.end() <= hard.end(), "{measure:?}");
            assert!(soft.start() < soft.end(), "{measure:?}");
        }
    }
}

#[test]
fn limits_catch_the_artefacts_of_the_icu_data() {
    let artefacts = [
        (Measure::HeartRate, 0.0),
        (Measure::BodyTemperature, -17.8),
        (Measure::BloodPh, 735.0),
        (Measure::OxygenSaturation, 1.06),
        (Measure::SystolicBloodPressure, 0.0),
        (Measure::Glucose, f64::NAN),
        (Measure::Glucose, f64::INFINITY),
    ];
    for (measure, value) in artefacts {
        assert_eq!(measure.plausible().judge(value), Plausibility::Impossible, "{measure:?}");
    }
    let saturation = Measure::OxygenSaturation.plausible();
    assert_eq!(saturation.judge(79.0), Plausibility::Suspect);
    assert_eq!(saturation.judge(80.0), Plausibility::Plausible);
    assert_eq!(Measure::HeartRate.plausible().judge(250.0), Plausibility::Suspect);
}

#[test]
fn everyday_units_convert() {
    converts(Measure::BodyTemperature, "[degF]", 98.6, 37.0);
    converts(Measure::BodyTemperature, "K", 310.15, 37.0);
    converts(Measure::Glucose, "mg/dL", 180.0, 9.9911);
    converts(Measure::BodyWeight, "[lb_av]", 150.0, 68.0389);
    converts(Measure::BodyWeight, "g", 81_500.0, 81.5);
    converts(Measure::BodyHeight, "[in_i]", 70.0, 177.8);
    converts(Measure::BodyHeight, "m", 1.78, 178.0);
    converts(Measure::Fev1, "mL", 2450.0, 2.45);
    converts(Measure::PeakExpiratoryFlow, "L/s", 7.0, 420.0);
    converts(Measure::PeakExpiratoryFlow, "cL/s", 700.0, 420.0);
    converts(Measure::SleepDuration, "min", 450.0, 7.5);
    converts(Measure::SleepDuration, "s", 27_000.0, 7.5);
    converts(Measure::SystolicBloodPressure, "kPa", 16.0, 120.01);
    converts(Measure::ArterialCarbonDioxide, "mm[Hg]", 40.0, 5.333);
    converts(Measure::HeartRate, "Hz", 1.2, 72.0);
    converts(Measure::ActiveEnergy, "kJ", 4184.0, 1000.0);
    converts(Measure::StepsPerWeek, "{steps}/d", 5000.0, 35_000.0);
    converts(Measure::Fev1FvcRatio, "%", 68.0, 0.68);
    converts(Measure::BodyMassIndex, "g/cm2", 2.5, 25.0);
}

#[test]
fn laboratory_units_convert() {
    converts(Measure::HbA1c, "%", 6.5, 47.54);
    converts(Measure::HbA1c, "mmol/mol", 48.0, 48.0);
    converts(Measure::Creatinine, "mg/dL", 1.0, 88.4);
    converts(Measure::UreaNitrogen, "mg/dL", 20.0, 7.139);
    converts(Measure::Urea, "mg/dL", 42.9, 7.143);
    converts(Measure::Bilirubin, "mg/dL", 1.0, 17.104);
    converts(Measure::Cholesterol, "mg/dL", 200.0, 5.1726);
    converts(Measure::Lactate, "mg/dL", 9.008, 1.0);
    converts(Measure::Haemoglobin, "g/dL", 14.0, 8.688);
    converts(Measure::Magnesium, "mg/dL", 2.4305, 1.0);
    converts(Measure::Magnesium, "meq/L", 2.0, 1.0);
    converts(Measure::Potassium, "meq/L", 4.1, 4.1);
    converts(Measure::Leukocytes, "10*3/uL", 7.4, 7.4);
    converts(Measure::Leukocytes, "/uL", 7400.0, 7.4);
    converts(Measure::Alt, "ukat/L", 1.0, 60.0);
    converts(Measure::Alt, "[iU]/L", 35.0, 35.0);
    converts(Measure::Ast, "[IU]/mL", 0.035, 35.0);
    converts(Measure::CReactiveProtein, "mg/dL", 5.0, 50.0);
    converts(Measure::Albumin, "g/dL", 4.0, 40.0);
    converts(Measure::Albumin, "umol/L", 600.0, 39.863);
    converts(Measure::TroponinT, "ng/mL", 0.014, 14.0);
    converts(Measure::NtProBnp, "pmol/L", 100.0, 845.7);
    converts(Measure::Egfr, "mL/min/{1.73_m2}", 60.0, 60.0);
}

#[test]
fn shares_and_percents_of_saturation_meet() {
    for code in ["{fraction}", "1", "L/L"] {
        let fit = ucum(Measure::OxygenSaturation, code);
        let UnitFit::Unusual(conversion) = fit else { panic!("{code} is {fit:?}") };
        assert!(conversion.fraction_if_le_1);
        assert!((conversion.apply(0.97) - 97.0).abs() < 1e-9, "{code}");
        assert!((conversion.apply(1.0) - 100.0).abs() < 1e-9, "{code}");
        assert!((conversion.apply(97.0) - 97.0).abs() < 1e-9, "{code}");
    }
    converts(Measure::FractionInspiredOxygen, "1", 0.21, 21.0);
    converts(Measure::Haematocrit, "L/L", 0.42, 42.0);
    converts(Measure::OxygenSaturation, "%", 0.97, 0.97);
}

#[test]
fn danish_traps() {
    for system in NPU {
        assert_eq!(by_code(system, "NPU27281"), Some(Measure::BodyMassIndex));
        assert_eq!(by_code(system, "NPU03804"), Some(Measure::BodyWeight));
        assert_eq!(by_code(system, "NPU03794"), Some(Measure::BodyHeight));
        assert_eq!(by_code(system, "NPU02636"), Some(Measure::Lymphocytes));
    }
    for target in ["MCS88025", "MCS88186", "MCS88159"] {
        assert_eq!(by_code(MCS[1], target), None, "{target} is no measurement");
    }
    assert_ne!(by_code(MCS[0], "MCS88147"), Some(Measure::PainScore));
    unusual(Measure::BodyHeight, Unit::ucum("m"));
    unusual(Measure::HeartRate, Unit::ucum("1/min"));
}

#[test]
fn spoken_units_are_understood_with_a_warning() {
    let spoken = [
        (Measure::HeartRate, "slag/minut"),
        (Measure::HeartRate, "Slag pr. minut"),
        (Measure::HeartRate, "beats/minute"),
        (Measure::HeartRate, "count/min"),
        (Measure::HeartRate, "{beat}/min}"),
        (Measure::HeartRate, "hertz"),
        (Measure::RespiratoryRate, "breaths/minute"),
        (Measure::SystolicBloodPressure, "mmHg"),
        (Measure::SystolicBloodPressure, "mm Hg"),
        (Measure::BodyTemperature, "°C"),
        (Measure::BodyTemperature, "C"),
        (Measure::BodyTemperature, "degrees C"),
        (Measure::CReactiveProtein, "mg/L"),
        (Measure::Leukocytes, "10^9/L"),
        (Measure::Leukocytes, "x10*9/L"),
        (Measure::Leukocytes, "× 10⁹/L"),
        (Measure::Platelets, "K/uL"),
        (Measure::Creatinine, "µmol/L"),
        (Measure::Creatinine, "μmol/l"),
        (Measure::Glucose, "mmol/l"),
        (Measure::Alt, "U/L"),
        (Measure::Alt, "IU/L"),
        (Measure::Egfr, "mL/min/1.73m2"),
        (Measure::BodyMassIndex, "kg/m²"),
        (Measure::BodyWeight, "lbs"),
        (Measure::BodyWeight, "KG"),
        (Measure::WaistCircumference, "in"),
        (Measure::StepsInterval, "steps"),
        (Measure::StepsPerDay, "skridt"),
        (Measure::SleepDuration, "timer"),
        (Measure::DipstickProtein, "+"),
        (Measure::OxygenSaturation, "%"),
    ];
    for (measure, text) in spoken {
        unusual(measure, Unit::text(text));
    }
    converts(Measure::WaistCircumference, "in", 40.0, 101.6);
    let foreign = Unit { system: Some("urn:x"), code: Some("1/30sec"), unit: None };
    unusual(Measure::SitToStand, foreign);
    let foreign = Unit { system: Some("urn:x"), code: Some("264864"), unit: Some("bpm") };
    unusual(Measure::HeartRate, foreign);
    let bare = Unit { system: None, code: Some("mm[Hg]"), unit: None };
    unusual(Measure::SystolicBloodPressure, bare);
}

#[test]
fn a_code_decides_over_the_text_beside_it() {
    let both = Unit { system: Some(UCUM_SYSTEM), code: Some("[lb_av]"), unit: Some("kg") };
    assert_eq!(conversion(Measure::BodyWeight, both), ucum(Measure::BodyWeight, "[lb_av]"));
    let both = Unit { system: Some(UCUM_SYSTEM), code: Some("?"), unit: Some("kg") };
    unusual(Measure::BodyWeight, both);
}

#[test]
fn expected_units_pass_without_a_warning() {
    expected(Measure::BodyWeight, "[lb_av]");
    expected(Measure::BodyTemperature, "[degF]");
    expected(Measure::Glucose, "mg/dL");
    expected(Measure::HbA1c, "%");
    expected(Measure::Inr, "1");
    expected(Measure::MrcDyspnoea, "{score}");
    expected(Measure::StepsPerDay, "/d");
    expected(Measure::StepsPerDay, "{steps}");
}

#[test]
fn counts_need_no_unit_and_measurements_do() {
    for measure in [Measure::StepsInterval, Measure::PainScore, Measure::Tobs, Measure::Inr] {
        let fit = conversion(measure, Unit::default());
        assert_eq!(fit, UnitFit::Canonical(Conversion::IDENTITY), "{measure:?}");
    }
    for measure in [Measure::BodyWeight, Measure::OxygenSaturation, Measure::Fev1FvcRatio] {
        assert_eq!(conversion(measure, Unit::default()), UnitFit::Unknown, "{measure:?}");
    }
    assert_eq!(conversion(Measure::BodyWeight, Unit::text("  ")), UnitFit::Unknown);
}

#[test]
fn units_that_cannot_be_are_told_from_unknown_ones() {
    let impossible = [
        (Measure::HeartRate, "kg"),
        (Measure::HeartRate, "{beats}"),
        (Measure::BodyWeight, "/min"),
        (Measure::BodyTemperature, "C"),
        (Measure::BodyTemperature, "%"),
        (Measure::OxygenSaturation, "mm[Hg]"),
        (Measure::Glucose, "10*9/L"),
        (Measure::Glucose, "meq/L"),
        (Measure::Leukocytes, "mmol/L"),
        (Measure::CReactiveProtein, "nmol/L"),
        (Measure::CReactiveProtein, "[iU]/L"),
        (Measure::HbA1c, "1"),
        (Measure::PainScore, "%"),
        (Measure::StepsInterval, "/d"),
        (Measure::PeakExpiratoryFlow, "L"),
        (Measure::BloodPh, "mmol/L"),
        (Measure::Alt, "[arb'U]/L"),
    ];
    for (measure, code) in impossible {
        assert_eq!(ucum(measure, code), UnitFit::Impossible, "{measure:?} {code}");
    }
    for text in ["hest", "beats/fortnight", "%%", "²", "kg/", "\u{0}", "🐎"] {
        assert_eq!(ucum(Measure::HeartRate, text), UnitFit::Unknown, "{text}");
        assert_eq!(conversion(Measure::HeartRate, Unit::text(text)), UnitFit::Unknown, "{text}");
    }
}

#[test]
fn vital_signs_by_their_own_loinc_code() {
    assert_eq!(vital_sign(LOINC, "8867-4"), Some(VitalSign::HeartRate));
    assert_eq!(vital_sign(LOINC, "2708-6"), Some(VitalSign::OxygenSaturation));
    assert_eq!(vital_sign(LOINC, "59408-5"), None);
    assert_eq!(vital_sign(NPU[0], "NPU21692"), None);
    assert_eq!(vital_sign(LOINC, "85354-9"), Some(VitalSign::BloodPressure));
    assert_eq!(vital_sign(LOINC, "8462-4"), Some(VitalSign::DiastolicComponent));
    for vital_sign in VitalSign::ALL {
        assert_eq!(by_code(LOINC, vital_sign.loinc()), vital_sign.measure());
        let component = vital_sign.profile().ends_with("/bp") && vital_sign.measure().is_some();
        assert_eq!(vital_sign.is_component(), component);
    }
}

#[test]
fn units_of_vital_signs_are_judged() {
    for vital_sign in VitalSign::ALL {
        for code in vital_sign.legal_units() {
            assert_eq!(vital_sign.unit_verdict(code), UnitVerdict::Legal);
            let fit = vital_sign.measure().map(|measure| ucum(measure, code));
            assert!(matches!(fit, Some(UnitFit::Canonical(_))), "{vital_sign:?} {code}");
        }
    }
    assert_eq!(VitalSign::HeartRate.unit_verdict("1/min"), UnitVerdict::Unusual);
    assert_eq!(VitalSign::HeartRate.unit_verdict("{beats}/min"), UnitVerdict::Unusual);
    assert_eq!(VitalSign::OxygenSaturation.unit_verdict("{fraction}"), UnitVerdict::Unusual);
    assert_eq!(VitalSign::BodyHeight.unit_verdict("m"), UnitVerdict::Unusual);
    assert_eq!(VitalSign::HeartRate.unit_verdict("kg"), UnitVerdict::Illegal);
    assert_eq!(VitalSign::BodyWeight.unit_verdict("stone?"), UnitVerdict::Illegal);
    assert_eq!(VitalSign::BloodPressure.unit_verdict("mm[Hg]"), UnitVerdict::Illegal);
}

#[test]
fn ucum_grammar() {
    let good = "1 % /min 1/min {beats}/min mm[Hg] Cel [degF] kg/m2 10*9/L 10^9/L 10*-3 10*+3/uL \
        mL/min/{1.73_m2} mol.kg-1.s-1 /(30.s) m[iU]/L [in_i'H2O] cm[H2O] B[10.nV] dam 10* m1.5 \
        %{HbA1c} mg{creat}/g 2.mg {a} umol/(8.h) [m/s2/Hz^(1/2)] s+2 KiBy";
    for code in good.split_whitespace() {
        assert!(is_valid_ucum(code), "{code}");
    }
    let bad = "hertz in beats/minute mmHg °C kg(m) m/ //m m. .m m..s (m m) {a}{b} { } {a{b}} mm[Hg \
        mm]Hg[ [[m]] 1/30sec 12h kkg min- m- mmin -1 0 * + lbs K/ul() µmol/L beats \
        m100 10*400 99m m2{a}b";
    for code in bad.split_whitespace() {
        assert!(!is_valid_ucum(code), "{code}");
    }
    assert!(!is_valid_ucum(""));
    assert!(!is_valid_ucum("k g"));
    assert!(!is_valid_ucum("{a b}"));
    assert!(!is_valid_ucum(&"(".repeat(90)));
    assert!(!is_valid_ucum(&format!("{}m{}", "(".repeat(40), ")".repeat(40))));
    assert!(!is_valid_ucum(&"m.".repeat(10_000)));
}

#[test]
fn everyday_codes_are_known_and_valid() {
    assert!(known().is_sorted_by(|left, right| left < right));
    for code in known() {
        assert!(is_valid_ucum(code), "{code}");
        assert!(ucum_is_known(code));
    }
    for measure in Measure::ALL {
        assert!(ucum_is_known(measure.unit()), "{measure:?}");
    }
    assert!(!ucum_is_known("hertz"));
    assert!(!ucum_is_known("[rch_us]") && is_valid_ucum("[rch_us]"));
}

#[test]
fn every_atom_comes_down_to_base_units() {
    assert!(atoms::ATOMS.is_sorted_by(|left, right| left.code < right.code));
    for atom in atoms::ATOMS {
        let magnitude =
            parse(atom.code).unwrap_or_else(|| panic!("{} does not resolve", atom.code));
        assert_eq!(magnitude.factor().is_none(), matches!(atom.worth, atoms::Worth::Opaque));
    }
}

#[test]
fn nonsense_magnitudes_do_not_convert() {
    for code in ["Ym99", "Ym99/Ym99", "ym99.ym99"] {
        assert!(is_valid_ucum(code));
        assert_eq!(ucum(Measure::BodyHeight, code), UnitFit::Impossible, "{code}");
    }
}
