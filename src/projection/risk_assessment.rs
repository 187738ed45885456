//! `RiskAssessment`: the scores as of the screening behind the alert. A score is not a forecast: no
//! probability is given, for none was calibrated on the citizens it would be about.

use pulsvagt_analytics::Screening;
use pulsvagt_analytics::screening::EarlyWarning;
use serde_json::{Value, json};

use super::json::{
    alert_identifier, citizen, coding, moment, reference, references, software, standing,
};
use super::words::problem_concept;
use super::{Case, Projected};
use crate::clock::Micros;

const RISK: &str = "http://terminology.hl7.org/CodeSystem/risk-probability";
const METHOD: &str = "urn:pulsvagt:score";

/// NEWS2 has seven parameters (RCP 2017).
const NEWS2_PARAMETERS: u8 = 7;
/// TOBS has five parameters.
const TOBS_PARAMETERS: u8 = 5;

/// The scores behind an alert, if it changed with a screening that gave any.
pub(super) fn of(case: &Case<'_>) -> Option<Projected> {
    let screening = case.screening?;
    let predictions = predictions(screening);
    if predictions.is_empty() {
        return None;
    }
    let scores = &screening.scores;
    let is_partial = [(&scores.news2, NEWS2_PARAMETERS), (&scores.tobs, TOBS_PARAMETERS)]
        .into_iter()
        .any(|(score, all)| score.as_ref().is_some_and(|score| score.parameters < all));
    // The composite is a proposal of ours that no clinician has signed.
    let unsigned = screening.deterioration.is_some();
    let id = case.id();
    let resource = json!({
        "resourceType": "RiskAssessment",
        "id": id,
        "identifier": alert_identifier(&id),
        "status": if is_partial || unsigned { "preliminary" } else { "final" },
        "method": {"text": &*screening.engine},
        "code": {"coding": [coding(METHOD, "deterioration", "Acute deterioration")]},
        "subject": citizen(case.citizen),
        "occurrenceDateTime": moment(Micros(screening.as_of)),
        "performer": software(),
        "reasonCode": [problem_concept(&case.alert.problem)],
        "basis": basis(case),
        "prediction": predictions,
        "note": standing(unsigned)
    });
    Some(Projected::new("RiskAssessment", id, resource))
}

fn basis(case: &Case<'_>) -> Vec<Value> {
    let readings: Vec<String> = case.readings.values().flatten().cloned().collect();
    let mut basis = references(&readings);
    basis.extend(case.impression().map(|impression| reference("ClinicalImpression", &impression)));
    basis
}

fn predictions(screening: &Screening) -> Vec<Value> {
    let mut predictions = Vec::new();
    if let Some(score) = &screening.scores.news2 {
        let risk = news2_risk(score);
        predictions.push(prediction("news2", "NEWS2", score, NEWS2_PARAMETERS, risk));
    }
    if let Some(score) = &screening.scores.tobs {
        // No published table says which risk goes with which sum.
        predictions.push(prediction("tobs", "TOBS", score, TOBS_PARAMETERS, None));
    }
    if let Some(sum) = screening.deterioration {
        predictions.push(json!({
            "outcome": {
                "coding": [coding(METHOD, "composite", "Signals that worsen together")],
                "text": "Flere mål forværres samtidig"
            },
            "rationale": format!("Vægtet sum {sum:.1} af mål, der bevæger sig i forkert retning \
                i forhold til borgerens egen baseline. Ikke klinisk godkendt.")
        }));
    }
    predictions
}

fn prediction(
    code: &str,
    name: &str,
    score: &EarlyWarning,
    all: u8,
    risk: Option<&'static str>,
) -> Value {
    let count = score.parameters;
    let mut rationale = format!("{name} {} af {count} parametre", score.score);
    if count < all {
        rationale = format!(
            "Delvis {name}: {} point af {count} ud af {all} parametre; mangler {}. Summen kan kun \
             blive højere.",
            score.score,
            score.missing.join(", ")
        );
    }
    json!({
        "outcome": {"coding": [coding(METHOD, code, name)], "text": "Akut forværring"},
        "qualitativeRisk": risk.map(|risk| json!({"coding": [{"system": RISK, "code": risk}]})),
        "rationale": rationale
    })
}

/// The band of the aggregate (RCP 2017). Parameters only add to the sum, so a partial score that is
/// high already is high; any other partial score says nothing.
fn news2_risk(score: &EarlyWarning) -> Option<&'static str> {
    match score.score {
        7.. => Some("high"),
        _ if score.parameters < NEWS2_PARAMETERS => None,
        5..=6 => Some("moderate"),
        _ => Some("low"),
    }
}
