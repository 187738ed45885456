//! Codes to measures.
//!
//! One sorted table for each code system, searched by halves; a test keeps them sorted.

use super::Measure;

/// The code system of what citizens and those around them report from home: changes in symptoms,
/// falls, confusion. No public code system counts them as plain steps away from the usual.
pub const HOME_REPORT_SYSTEM: &str = "http://pulsvagt.dk/fhir/CodeSystem/home-report";

/// The code systems that codings of measures are looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Loinc,
    Npu,
    Mcs,
    Sks,
    Snomed,
    Mdc,
    HomeReport,
}

impl System {
    /// The system that a URI names. NPU, IEEE 11073 and `MedCom` have two URIs each in use.
    fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://loinc.org" => Self::Loinc,
            "urn:oid:1.2.208.176.2.1" | "http://npu-terminology.org" => Self::Npu,
            "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes"
            | "urn:oid:1.2.208.184.100.8" => Self::Mcs,
            "urn:oid:1.2.208.176.2.4" => Self::Sks,
            "http://snomed.info/sct" => Self::Snomed,
            "urn:iso:std:iso:11073:10101" | "urn:oid:2.16.840.1.113883.6.24" => Self::Mdc,
            HOME_REPORT_SYSTEM => Self::HomeReport,
            _ => return None,
        })
    }

    const fn codes(self) -> &'static [(&'static str, Measure)] {
        match self {
            Self::Loinc => LOINC,
            Self::Npu => NPU,
            Self::Mcs => MCS,
            Self::Sks => SKS,
            Self::Snomed => SNOMED,
            Self::Mdc => MDC,
            Self::HomeReport => HOME_REPORT,
        }
    }
}

/// The measure that a coding stands for.
///
/// System and code must match as they are written; a version on the coding does not matter.
pub fn by_code(system: &str, code: &str) -> Option<Measure> {
    let codes = System::from_uri(system)?.codes();
    let at = codes.binary_search_by(|(candidate, _)| (*candidate).cmp(code)).ok()?;
    codes.get(at).map(|(_, measure)| *measure)
}

/// Whether a coding stands for a blood-pressure panel, whose components carry the measures: LOINC
/// 85354-9, MDC 150020, SNOMED CT 75367002, and SKS ZZ3160 and (at home) ZZ3170.
pub fn is_blood_pressure_panel(system: &str, code: &str) -> bool {
    matches!(
        (System::from_uri(system), code),
        (Some(System::Loinc), "85354-9")
            | (Some(System::Mdc), "150020")
            | (Some(System::Snomed), "75367002")
            | (Some(System::Sks), "ZZ3160" | "ZZ3170")
    )
}

#[cfg(test)]
pub(super) fn tables() -> [&'static [(&'static str, Measure)]; 7] {
    [LOINC, NPU, MCS, SKS, SNOMED, MDC, HOME_REPORT]
}

/// LOINC. The vital signs are those of the R4 profiles, the rest those of the HL7 wearable, CGM
/// and PHD guides and `HealthKitOnFHIR`; for laboratory results the commonest codes of each
/// property.
static LOINC: &[(&str, Measure)] = &[
    ("103213-5", Measure::TimeInBed),
    ("105272-9", Measure::Glucose),
    ("10839-9", Measure::TroponinI),
    ("11454-5", Measure::Consciousness),
    ("14631-6", Measure::Bilirubin),
    ("14647-2", Measure::Cholesterol),
    ("14682-9", Measure::Creatinine),
    ("14743-9", Measure::Glucose),
    ("15074-8", Measure::Glucose),
    ("1742-6", Measure::Alt),
    ("1751-7", Measure::Albumin),
    ("17856-6", Measure::HbA1c),
    ("19123-9", Measure::Magnesium),
    ("1920-8", Measure::Ast),
    ("1959-6", Measure::Bicarbonate),
    ("1963-8", Measure::Bicarbonate),
    ("1975-2", Measure::Bilirubin),
    ("19868-9", Measure::Fvc),
    ("19870-5", Measure::Fvc),
    ("1988-5", Measure::CReactiveProtein),
    ("19926-5", Measure::Fev1FvcRatio),
    ("19935-6", Measure::PeakExpiratoryFlow),
    ("1994-3", Measure::IonisedCalcium),
    ("1995-0", Measure::IonisedCalcium),
    ("20150-9", Measure::Fev1),
    ("20152-5", Measure::Fev1PercentPredicted),
    ("2019-8", Measure::ArterialCarbonDioxide),
    ("20570-8", Measure::Haematocrit),
    ("2075-0", Measure::Chloride),
    ("2093-3", Measure::Cholesterol),
    ("2160-0", Measure::Creatinine),
    ("22664-7", Measure::Urea),
    ("2339-0", Measure::Glucose),
    ("2345-7", Measure::Glucose),
    ("2524-7", Measure::Lactate),
    ("2601-3", Measure::Magnesium),
    ("2703-7", Measure::ArterialOxygen),
    ("2708-6", Measure::OxygenSaturation),
    ("2744-1", Measure::BloodPh),
    ("2823-3", Measure::Potassium),
    ("29463-7", Measure::BodyWeight),
    ("2951-2", Measure::Sodium),
    ("3091-6", Measure::Urea),
    ("3094-0", Measure::UreaNitrogen),
    ("3150-6", Measure::FractionInspiredOxygen),
    ("3151-8", Measure::SupplementalOxygenFlow),
    ("32693-4", Measure::Lactate),
    ("33452-4", Measure::PeakExpiratoryFlow),
    ("33762-6", Measure::NtProBnp),
    ("33914-3", Measure::Egfr),
    ("34714-6", Measure::Inr),
    ("39125-0", Measure::WoundWidth),
    ("39126-8", Measure::WoundLength),
    ("39127-6", Measure::WoundDepth),
    ("39156-5", Measure::BodyMassIndex),
    ("40443-4", Measure::RestingHeartRate),
    ("41653-7", Measure::Glucose),
    ("41950-7", Measure::StepsPerDay),
    ("41981-2", Measure::ActiveEnergy),
    ("41982-0", Measure::BodyFat),
    ("4544-3", Measure::Haematocrit),
    ("4548-4", Measure::HbA1c),
    ("48421-2", Measure::CReactiveProtein),
    ("55423-8", Measure::StepsInterval),
    ("59260-0", Measure::Haemoglobin),
    ("59261-8", Measure::HbA1c),
    ("59408-5", Measure::OxygenSaturation),
    ("62238-1", Measure::Egfr),
    ("6299-2", Measure::UreaNitrogen),
    ("6301-6", Measure::Inr),
    ("6598-7", Measure::TroponinT),
    ("66441-7", Measure::Ketones),
    ("6690-2", Measure::Leukocytes),
    ("67151-1", Measure::TroponinT),
    ("6768-6", Measure::AlkalinePhosphatase),
    ("67775-7", Measure::Consciousness),
    ("6873-4", Measure::Ketones),
    ("704-7", Measure::Basophils),
    ("711-2", Measure::Eosinophils),
    ("718-7", Measure::Haemoglobin),
    ("72514-3", Measure::PainScore),
    ("731-0", Measure::Lymphocytes),
    ("742-7", Measure::Monocytes),
    ("751-8", Measure::Neutrophils),
    ("76213-8", Measure::DiastolicBloodPressure),
    ("76214-6", Measure::MeanBloodPressure),
    ("76215-3", Measure::SystolicBloodPressure),
    ("777-3", Measure::Platelets),
    ("80288-4", Measure::Consciousness),
    ("80404-7", Measure::HeartRateVariabilitySdnn),
    ("8280-0", Measure::WaistCircumference),
    ("8302-2", Measure::BodyHeight),
    ("8310-5", Measure::BodyTemperature),
    ("8462-4", Measure::DiastolicBloodPressure),
    ("8478-0", Measure::MeanBloodPressure),
    ("8480-6", Measure::SystolicBloodPressure),
    ("8867-4", Measure::HeartRate),
    ("89260-4", Measure::WoundArea),
    ("89579-7", Measure::TroponinI),
    ("9187-6", Measure::UrineVolume),
    ("9269-2", Measure::GlasgowComaScore),
    ("9279-1", Measure::RespiratoryRate),
    ("93831-6", Measure::DeepSleepDuration),
    ("93832-4", Measure::SleepDuration),
    ("9843-4", Measure::HeadCircumference),
    ("98979-8", Measure::Egfr),
    ("99504-3", Measure::Glucose),
];

/// NPU, as in `MedCom`'s observation list, the FUT and PHMR sets and dk-core; `DNK` codes are
/// NPU's too.
static NPU: &[(&str, Measure)] = &[
    ("DNK05472", Measure::SystolicBloodPressure),
    ("DNK05473", Measure::DiastolicBloodPressure),
    ("NPU01349", Measure::Basophils),
    ("NPU01459", Measure::Urea),
    ("NPU01536", Measure::Chloride),
    ("NPU01685", Measure::Inr),
    ("NPU01933", Measure::Eosinophils),
    ("NPU02187", Measure::Glucose),
    ("NPU02319", Measure::Haemoglobin),
    ("NPU02593", Measure::Leukocytes),
    ("NPU02636", Measure::Lymphocytes),
    ("NPU02840", Measure::Monocytes),
    ("NPU02902", Measure::Neutrophils),
    ("NPU03011", Measure::OxygenSaturation),
    ("NPU03230", Measure::Potassium),
    ("NPU03429", Measure::Sodium),
    ("NPU03794", Measure::BodyHeight),
    ("NPU03804", Measure::BodyWeight),
    ("NPU03963", Measure::DipstickErythrocytes),
    ("NPU03987", Measure::DipstickLeukocytes),
    ("NPU04144", Measure::IonisedCalcium),
    ("NPU04206", Measure::DipstickProtein),
    ("NPU04207", Measure::DipstickGlucose),
    ("NPU04208", Measure::DipstickBlood),
    ("NPU04998", Measure::Creatinine),
    ("NPU08676", Measure::BodyTemperature),
    ("NPU10197", Measure::OxygenSaturation),
    ("NPU10504", Measure::DipstickKetones),
    ("NPU18016", Measure::Creatinine),
    ("NPU19748", Measure::CReactiveProtein),
    ("NPU21531", Measure::Glucose),
    ("NPU21578", Measure::DipstickNitrite),
    ("NPU21692", Measure::HeartRate),
    ("NPU22089", Measure::Glucose),
    ("NPU27280", Measure::OxygenSaturation),
    ("NPU27281", Measure::BodyMassIndex),
    ("NPU57947", Measure::SystolicBloodPressure),
    ("NPU57948", Measure::DiastolicBloodPressure),
    ("NPU58033", Measure::SystolicBloodPressure),
    ("NPU58034", Measure::DiastolicBloodPressure),
];

/// `MedCom` codes. MCS88025 and MCS88186 are targets for glycated
/// haemoglobin and MCS88159 is home oxygen therapy as
/// such; none of them is a measured number.
static MCS: &[(&str, Measure)] = &[
    ("MCS88015", Measure::Fev1),
    ("MCS88016", Measure::Fvc),
    ("MCS88017", Measure::Fev1FvcRatio),
    ("MCS88019", Measure::SystolicBloodPressure),
    ("MCS88020", Measure::DiastolicBloodPressure),
    ("MCS88021", Measure::MrcDyspnoea),
    ("MCS88023", Measure::Fev1PercentPredicted),
    ("MCS88032", Measure::NyhaClass),
    ("MCS88050", Measure::SitToStand),
    ("MCS88058", Measure::GoldGrade),
    ("MCS88100", Measure::Fev6),
    ("MCS88102", Measure::PeakExpiratoryFlow),
    ("MCS88122", Measure::RespiratoryRate),
    ("MCS88125", Measure::Tobs),
    ("MCS88126", Measure::Consciousness),
    ("MCS88137", Measure::CatScore),
    ("MCS88147", Measure::MannicheScore),
    ("MCS88173", Measure::Who5),
    ("MCS88192", Measure::StepsPerDay),
    ("MCS88193", Measure::StepsPerWeek),
    ("MCS88194", Measure::StepsInterval),
];

/// SKS procedure codes. ZZ3160 and ZZ3170 are for blood pressure as a whole, see
/// [`is_blood_pressure_panel`].
static SKS: &[(&str, Measure)] =
    &[("ZZ0253", Measure::BodyTemperature), ("ZZ3140", Measure::HeartRate)];

/// SNOMED CT.
static SNOMED: &[(&str, Measure)] = &[
    ("1153637007", Measure::BodyHeight),
    ("1287358002", Measure::News2),
    ("27113001", Measure::BodyWeight),
    ("271649006", Measure::SystolicBloodPressure),
    ("271650006", Measure::DiastolicBloodPressure),
    ("276885007", Measure::BodyTemperature),
    ("364075005", Measure::HeartRate),
    ("431314004", Measure::OxygenSaturation),
    ("444981005", Measure::RestingHeartRate),
    ("78564009", Measure::HeartRate),
    ("86290005", Measure::RespiratoryRate),
];

/// IEEE 11073-10101, by decimal code.
static MDC: &[(&str, Measure)] = &[
    ("147842", Measure::HeartRate),
    ("149514", Measure::HeartRate),
    ("149530", Measure::HeartRate),
    ("149546", Measure::HeartRate),
    ("150021", Measure::SystolicBloodPressure),
    ("150022", Measure::DiastolicBloodPressure),
    ("150023", Measure::MeanBloodPressure),
    ("150324", Measure::OxygenSaturation),
    ("150364", Measure::BodyTemperature),
    ("150392", Measure::BodyTemperature),
    ("150456", Measure::OxygenSaturation),
    ("151562", Measure::RespiratoryRate),
    ("152584", Measure::PeakExpiratoryFlow),
    ("153856", Measure::HeadCircumference),
    ("160184", Measure::Glucose),
    ("160368", Measure::Glucose),
    ("188420", Measure::BodyTemperature),
    ("188424", Measure::BodyTemperature),
    ("188428", Measure::BodyTemperature),
    ("188452", Measure::BodyTemperature),
    ("188736", Measure::BodyWeight),
    ("188740", Measure::BodyHeight),
    ("188752", Measure::BodyMassIndex),
    ("8410992", Measure::RespiratoryRate),
];

/// Pulsvagt's own codes for what is reported from home, [`HOME_REPORT_SYSTEM`]: the measure's name
/// with hyphens. They go with a `valueQuantity`, whose unit may be left out.
static HOME_REPORT: &[(&str, Measure)] = &[
    ("alarm-symptom", Measure::AlarmSymptom),
    ("cough-change", Measure::CoughChange),
    ("dyspnoea-change", Measure::DyspnoeaChange),
    ("fall", Measure::Fall),
    ("irregular-rhythm-notice", Measure::IrregularRhythmNotice),
    ("new-confusion", Measure::NewConfusion),
    ("self-reported-change", Measure::SelfReportedChange),
    ("sputum-change", Measure::SputumChange),
    ("sputum-colour", Measure::SputumColour),
];
