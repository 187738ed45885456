//! The codes and addresses by which a CarePlan says what a plan says.

use pulsvagt_analytics::Signal;
use pulsvagt_analytics::plan::Programme;
use pulsvagt_fhir::measure::{self, Measure};

/// Code system of the programmes: the names in plans, and [`NO_PROGRAMME`].
pub const PROGRAMME: &str = "http://pulsvagt.dk/fhir/CodeSystem/programme";
/// The category of a plan that has no programme.
pub const NO_PROGRAMME: &str = "monitoring";
/// Code system of the limits: the names of the rule pack's thresholds.
pub const THRESHOLD: &str = "http://pulsvagt.dk/fhir/CodeSystem/threshold";
/// Code system of what is measured: the names of the signals.
pub const SIGNAL: &str = "http://pulsvagt.dk/fhir/CodeSystem/signal";

/// Extension of CarePlan, `valueCode`: `one` or `two`, the NEWS2 scale of oxygen saturation.
pub const SPO2_SCALE: &str = "http://pulsvagt.dk/fhir/StructureDefinition/plan-spo2-scale";
/// Extension of CarePlan, `valueBoolean`: whether the citizen has supplemental oxygen.
pub const OXYGEN: &str = "http://pulsvagt.dk/fhir/StructureDefinition/plan-oxygen";
/// Extension of CarePlan, any number of them: a baseline set by a clinician. Two extensions in it,
/// `signal` with a `valueCode` and `value` with a `valueQuantity` in the signal's unit.
pub const BASELINE: &str = "http://pulsvagt.dk/fhir/StructureDefinition/plan-baseline";
/// Extension of CarePlan.activity.detail, `valueBoolean`: whether silence is dangerous by itself.
pub const SAFETY_CRITICAL: &str =
    "http://pulsvagt.dk/fhir/StructureDefinition/plan-safety-critical";

const LOINC: &str = "http://loinc.org";

/// All programmes with code, English and Danish name.
pub const PROGRAMMES: [(Programme, &str, &str, &str); 7] = [
    (Programme::Copd, "copd", "Chronic obstructive pulmonary disease", "KOL"),
    (Programme::HeartFailure, "heart-failure", "Heart failure", "Hjertesvigt"),
    (Programme::Diabetes, "diabetes", "Diabetes", "Diabetes"),
    (Programme::Hypertension, "hypertension", "Hypertension", "Forhøjet blodtryk"),
    (
        Programme::ElderlyInfection,
        "elderly-infection",
        "Infection in the elderly",
        "Infektion hos ældre",
    ),
    (Programme::Psychiatry, "psychiatry", "Psychiatry", "Psykiatri"),
    (Programme::Frailty, "frailty", "Falls and loss of function", "Fald og funktionstab"),
];

/// The programme of a code.
pub fn programme(code: &str) -> Option<Programme> {
    PROGRAMMES.iter().find(|(_, listed, ..)| *listed == code).map(|(programme, ..)| *programme)
}

/// What a coding asks to be measured; two signals for a blood pressure, none for what is not
/// screened.
pub fn signals(system: &str, code: &str) -> Vec<Signal> {
    if system == SIGNAL {
        return Signal::from_name(code).into_iter().collect();
    }
    if measure::is_blood_pressure_panel(system, code) {
        return vec![Signal::SystolicBloodPressure, Signal::DiastolicBloodPressure];
    }
    let measure = measure::by_code(system, code);
    let number = measure.and_then(|measure| u8::try_from(measure.id()).ok());
    number.and_then(Signal::from_number).into_iter().collect()
}

/// The measure that a signal is made of. They go by the same number.
pub fn measure_of(signal: Signal) -> Option<Measure> {
    Measure::from_id(i16::from(signal.number()))
}

/// The code by which others know what is measured: system and code.
pub fn known_elsewhere(signal: Signal) -> Option<(&'static str, &'static str)> {
    Some(match signal {
        Signal::HeartRate => (LOINC, "8867-4"),
        Signal::RestingHeartRate => (LOINC, "40443-4"),
        Signal::RespiratoryRate => (LOINC, "9279-1"),
        Signal::OxygenSaturation => (LOINC, "59408-5"),
        Signal::BodyTemperature => (LOINC, "8310-5"),
        Signal::BodyWeight => (LOINC, "29463-7"),
        Signal::SystolicBloodPressure => (LOINC, "8480-6"),
        Signal::DiastolicBloodPressure => (LOINC, "8462-4"),
        Signal::Steps => (LOINC, "55423-8"),
        Signal::SleepDuration => (LOINC, "93832-4"),
        Signal::Fev1 => (LOINC, "20150-9"),
        Signal::Glucose => (LOINC, "15074-8"),
        Signal::CReactiveProtein => (LOINC, "1988-5"),
        _ => return None,
    })
}
