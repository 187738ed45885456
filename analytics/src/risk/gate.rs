//! When a model may score citizens.

use serde::{Deserialize, Serialize};

use super::card::EvaluationRef;
use super::model::Model;

/// Somebody's word that a model may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Which model, by its hash.
    pub model: String,
    /// On which evaluation it rests, by its hash.
    pub evaluation: String,
    /// Where.
    pub municipality: String,
    /// Who answers for it; a person, not a role.
    pub approved_by: String,
    /// When, microseconds since 1970 UTC.
    pub approved_at: i64,
    /// From when on it no longer holds, microseconds since 1970 UTC.
    pub until: i64,
}

/// Why a model does not score.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// It was not tried here.
    #[error("the model was not evaluated on data of {0}")]
    NotEvaluated(String),
    /// Nobody answers for it.
    #[error("nobody has approved the model for {0}")]
    NotApproved(String),
    /// An evaluation or approval is of something else.
    #[error("the {0} is of another model, evaluation or municipality")]
    Other(&'static str),
    /// An approval that names nobody.
    #[error("the approval does not name who gave it")]
    Nobody,
    /// An approval that does not hold now.
    #[error("the approval does not hold at this moment")]
    Expired,
}

/// Whether a model may score citizens of a municipality at a moment (microseconds since 1970 UTC):
/// only with an evaluation on that municipality's own data, and a named person's approval that rests
/// on it and holds.
///
/// # Errors
/// What is missing.
pub fn may_score(
    model: &Model,
    municipality: &str,
    evaluation: Option<&EvaluationRef>,
    approval: Option<&Approval>,
    now: i64,
) -> Result<(), GateError> {
    let here = || municipality.to_owned();
    let evaluation = evaluation.ok_or_else(|| GateError::NotEvaluated(here()))?;
    if evaluation.model != model.hash || evaluation.municipality != municipality {
        return Err(GateError::Other("evaluation"));
    }
    let approval = approval.ok_or_else(|| GateError::NotApproved(here()))?;
    let of = (&approval.model, &approval.evaluation, approval.municipality.as_str());
    if of != (&model.hash, &evaluation.hash, municipality) {
        return Err(GateError::Other("approval"));
    }
    if approval.approved_by.trim().is_empty() {
        return Err(GateError::Nobody);
    }
    if !(approval.approved_at..approval.until).contains(&now) {
        return Err(GateError::Expired);
    }
    Ok(())
}
