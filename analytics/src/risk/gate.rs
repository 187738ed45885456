//! When a model may score citizens.

use serde::{Deserialize, Serialize};

use super::card::EvaluationRef;
use super::model::{Explanation, Model, ModelError};

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
pub fn may_score<'m>(
    model: &'m Model,
    municipality: &str,
    evaluation: Option<&EvaluationRef>,
    approval: Option<&Approval>,
    now: i64,
) -> Result<Cleared<'m>, GateError> {
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
    Ok(Cleared { model })
}

/// A model that may score here and now. There is no other way to one than [`may_score`], so that code
/// that scores citizens cannot forget to ask.
#[derive(Debug, Clone, Copy)]
pub struct Cleared<'m> {
    model: &'m Model,
}

impl<'m> Cleared<'m> {
    /// The model.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// The probability of a row term by term.
    ///
    /// # Errors
    /// If a feature of the model is not among those of the row.
    pub fn score(
        &self,
        features: &[String],
        values: &[Option<f64>],
    ) -> Result<Explanation, ModelError> {
        Ok(self.model.explain(&self.model.places(features)?, values))
    }
}
