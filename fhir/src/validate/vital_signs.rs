//! The vital-signs profiles (<http://hl7.org/fhir/R4/observation-vitalsigns.html>): who, when, what
//! and in which unit. Where real devices and the Danish profiles differ from the letter, and the
//! meaning is still certain, the reading is accepted with a warning.

use crate::datetime::{Precision, parse_datetime};
use crate::issue::IssueCode;
use crate::json::Value;
use crate::measure::{
    Measure, UCUM_SYSTEM, Unit, UnitFit, VitalSign, by_code, conversion, is_blood_pressure_panel,
    vital_sign,
};

use super::Context;
use super::invariants::has_choice;
use super::path::Path;
use super::walk::Walk;

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// A vital sign, of an Observation or of a component.
#[derive(Debug, Clone, Copy)]
struct Vital {
    /// The R4 profile, when the coding is the one that it fixes.
    profile: Option<VitalSign>,
    /// What is measured; nothing for the panels.
    measure: Option<Measure>,
}

impl Vital {
    /// The vital sign of a `CodeableConcept`: by a profile's LOINC code, else by any code that
    /// stands for the same measure.
    fn of(concept: Value<'_>) -> Option<Self> {
        let mut found = None;
        for coding in concept.each("coding") {
            let Some(code) = coding.str_at("code") else { continue };
            let system = coding.str_at("system").unwrap_or_default();
            if let Some(profile) = profile_of(&system, &code) {
                return Some(Self { profile: Some(profile), measure: profile.measure() });
            }
            let measure = by_code(&system, &code).filter(|measure| is_vital(*measure));
            if measure.is_some() || is_blood_pressure_panel(&system, &code) {
                found = found.or(Some(Self { profile: None, measure }));
            }
        }
        found
    }
}

/// Pulse oximetry's own code, 59408-5, is held to the oxygensat profile too: that it goes with
/// 2708-6 is for the sender to know, that it needs a subject and a time is not.
fn profile_of(system: &str, code: &str) -> Option<VitalSign> {
    vital_sign(system, code).or_else(|| {
        (code == "59408-5" && system == "http://loinc.org").then_some(VitalSign::OxygenSaturation)
    })
}

fn is_vital(measure: Measure) -> bool {
    VitalSign::ALL.iter().any(|sign| sign.measure() == Some(measure))
}

/// Checks an Observation; nothing to say about one that is no vital sign.
pub(super) fn check<'d>(
    walk: &mut Walk<'d, '_>,
    observation: Value<'d>,
    context: Context,
    path: Path<'_>,
) {
    let Some(vital) = observation.get("code").and_then(Vital::of) else { return };
    let is_profile = vital.profile.is_some_and(|sign| !sign.is_component());
    if is_profile {
        profile(walk, observation, context, path);
    }
    value(walk, observation, vital, path);
    let components = path.name("component");
    let mut pressures = [false; 2];
    for (index, component) in observation.each("component").enumerate() {
        let at = components.index(index);
        if let Some(part) = component.get("code").and_then(Vital::of) {
            value(walk, component, part, at);
            pressures[0] |= part.measure == Some(Measure::SystolicBloodPressure);
            pressures[1] |= part.measure == Some(Measure::DiastolicBloodPressure);
        }
    }
    if vital.profile == Some(VitalSign::BloodPressure) && pressures != [true; 2] {
        let message = "a blood pressure should have a systolic and a diastolic component";
        walk.warning(IssueCode::Required, "vital-component", path, message);
    }
}

/// What the profiles ask of every vital sign.
fn profile<'d>(walk: &mut Walk<'d, '_>, observation: Value<'d>, context: Context, path: Path<'_>) {
    if observation.get("subject").is_none() && !context.subject_known {
        let message = "a vital sign must say whose it is";
        walk.error(IssueCode::Required, "vital-subject", path.name("subject"), message);
    }
    if !has_choice(observation, "effective") {
        let message =
            "a vital sign must say when it was taken: effectiveDateTime or effectivePeriod";
        walk.error(IssueCode::Required, "vital-effective", path, message);
    }
    let taken = observation.str_at("effectiveDateTime").and_then(|text| parse_datetime(&text));
    if taken.is_some_and(|taken| taken.precision < Precision::Day) {
        let message = "the time of a vital sign must be precise to the day";
        walk.error(IssueCode::Invariant, "vs-1", path.name("effectiveDateTime"), message);
    }
    let is_category = |coding: Value<'_>| {
        coding.str_at("system").is_some_and(|system| system == CATEGORY)
            && coding.str_at("code").is_some_and(|code| code == "vital-signs")
    };
    if !observation.each("category").any(|category| category.each("coding").any(is_category)) {
        let message = "a vital sign should have the category vital-signs";
        walk.warning(IssueCode::Required, "vital-category", path.name("category"), message);
    }
    let has = |value: Value<'_>, name| has_choice(value, name);
    let is_answered =
        |value: Value<'_>| has(value, "value") || value.get("dataAbsentReason").is_some();
    let has_parts =
        observation.get("component").is_some() || observation.get("hasMember").is_some();
    if !has_parts && !is_answered(observation) {
        let message = "a vital sign needs a value, or a reason why there is none";
        walk.error(IssueCode::Invariant, "vs-2", path, message);
    }
    let components = path.name("component");
    for (index, component) in observation.each("component").enumerate() {
        if component.is_object() && !is_answered(component) {
            let message = "a component needs a value, or a reason why there is none";
            walk.error(IssueCode::Invariant, "vs-3", components.index(index), message);
        }
    }
}

/// The value of a vital sign or of a component that is one.
fn value<'d>(walk: &mut Walk<'d, '_>, holder: Value<'d>, vital: Vital, path: Path<'_>) {
    let Some(measure) = vital.measure.filter(|_| has_choice(holder, "value")) else { return };
    let Some(quantity) = holder.get("valueQuantity").filter(|quantity| quantity.is_object()) else {
        if vital.profile.is_some() {
            let message = "the value of this vital sign must be a valueQuantity";
            walk.error(IssueCode::Structure, "vital-value", path, message);
        }
        return;
    };
    let path = path.name("valueQuantity");
    if ["value", "_value", "extension"].iter().all(|name| quantity.get(name).is_none()) {
        let message = "the number is missing";
        walk.error(IssueCode::Required, "vital-value", path.name("value"), message);
    }
    unit(walk, quantity, vital.profile, measure, path);
}

/// Whether the unit can be understood, and whether it is one that the profile names.
fn unit<'d>(
    walk: &mut Walk<'d, '_>,
    quantity: Value<'d>,
    profile: Option<VitalSign>,
    measure: Measure,
    path: Path<'_>,
) {
    let (system, code, text) =
        (quantity.str_at("system"), quantity.str_at("code"), quantity.str_at("unit"));
    let is_code = code.is_some() && system.as_deref().is_none_or(|system| system == UCUM_SYSTEM);
    let at = path.name(if is_code { "code" } else { "unit" });
    let sent = Unit { system: system.as_deref(), code: code.as_deref(), unit: text.as_deref() };
    let legal = profile.map_or(&[][..], VitalSign::legal_units);
    let is_legal = is_code && sent.code.is_some_and(|code| legal.contains(&code));
    let expected = || profile.map_or(measure.unit().to_owned(), |_| legal.join(" or "));
    match conversion(measure, sent) {
        UnitFit::Canonical(_) if is_legal || profile.is_none() => {}
        // FUT asks for 1/min with NPU21692: the HL7 profile's letter is not for other codes.
        UnitFit::Unusual(_) if is_code && profile.is_none() => {}
        UnitFit::Canonical(_) | UnitFit::Unusual(_) => {
            let message = format!("understood, but expected is UCUM {}", expected());
            walk.warning(IssueCode::CodeInvalid, "vital-unit-unusual", at, &message);
        }
        UnitFit::Unknown | UnitFit::Impossible => {
            walk.raise("ucum-invalid", at);
            let message = format!("not a unit of this vital sign, which is in UCUM {}", expected());
            walk.error(IssueCode::CodeInvalid, "vital-unit", at, &message);
        }
    }
}
