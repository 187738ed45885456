//! `ClinicalImpression`: what triage found, one for each change of level. Never changed afterwards,
//! so that what a nurse was told at the time can be looked up.

use serde_json::{Value, json};

use super::json::{
    alert_identifier, citizen, coding, moment, pack_uri, reference, references, standing,
};
use super::words::{FUT_FINDING, FUT_IMPRESSION, RULE, level_coding, problem};
use super::{Case, Projected};
use crate::triage::Level;

/// The id of the impression that a version of an alert made.
pub fn id(alert: &str, version: u32) -> String {
    format!("{alert}-{version}")
}

/// The impression of the last change of level, if it has not been told of yet.
pub(super) fn of(case: &Case<'_>) -> Option<Projected> {
    let change = case.level_change().filter(|change| change.version > case.told)?;
    let alert = case.id();
    let previous = case.told_level_change().map(|before| id(&alert, before.version));
    let id = id(&alert, change.version);
    let resource = json!({
        "resourceType": "ClinicalImpression",
        "id": id,
        "identifier": alert_identifier(&alert),
        "status": "completed",
        "code": {"coding": [coding(FUT_IMPRESSION, "TriagingResult", "Triaging result")]},
        "description": problem(&case.alert.problem).da,
        "subject": citizen(case.citizen),
        "effectiveDateTime": moment(case.alert.evidence_at),
        "date": moment(change.at),
        "previous": previous.map(|previous| reference("ClinicalImpression", &previous)),
        "investigation": case.findings().into_iter().map(|finding| json!({
            "code": {"coding": [{"system": RULE, "code": finding.rule}]},
            "item": references(case.readings_of(&finding.rule))
        })).collect::<Vec<_>>(),
        "protocol": [pack_uri(case.pack)],
        "summary": case.leading().map(|finding| &finding.text.da),
        "finding": findings(case),
        "prognosisReference": super::risk_assessment::of(case)
            .map(|risk| vec![reference("RiskAssessment", &risk.id)]),
        "note": standing(case.is_unsigned())
    });
    Some(Projected::new("ClinicalImpression", id, resource))
}

/// The level of the alert, then each rule with its own and the sentence that says why.
fn findings(case: &Case<'_>) -> Vec<Value> {
    let mut findings = vec![json!({"itemCodeableConcept": {"coding": level(case)}})];
    findings.extend(case.findings().into_iter().map(|finding| {
        let rule = json!({"system": RULE, "code": finding.rule});
        json!({
            "itemCodeableConcept": {"coding": [rule, level_coding(finding.level)]},
            "basis": finding.text.da
        })
    }));
    findings
}

/// The level in the national infrastructure's words, which have no blue, and in ours.
fn level(case: &Case<'_>) -> Vec<Value> {
    let level = case.alert.level;
    let national = match level {
        Level::Red => Some("red"),
        Level::Yellow => Some("yellow"),
        Level::Green => Some("green"),
        Level::Blue => case.is_silence().then_some("data-absent"),
    };
    let mut codings: Vec<Value> =
        national.map(|code| json!({"system": FUT_FINDING, "code": code})).into_iter().collect();
    codings.push(level_coding(level));
    codings
}
