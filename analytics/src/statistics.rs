//! Statistics for analysts: how good a probability is, and what a pilot changed.
//!
//! Everything is a pure function of its arguments. What is random takes a seeded generator, so the
//! same data and seed give the same numbers. Sums run in the order of the rows, in plain `f64`, so
//! they do not depend on how wide a processor's vectors are either; for that reason the little linear
//! algebra that is needed is here and not a library's.
//!
//! A number that cannot be had is a [`Refusal`] that says why, never a zero or a NaN. Every function
//! is checked against numbers of scikit-learn, statsmodels and lifelines, which
//! `tests/fixtures/statistics/reference.py` made.

pub mod bootstrap;
pub mod calibration;
pub mod discrimination;
pub mod glm;
pub(crate) mod jackknife;
pub(crate) mod matrix;
pub mod rates;
pub mod standardised;
#[cfg(test)]
mod tests;
pub mod utility;

pub use crate::evaluation::Scored;
pub use calibration::{Bin, Calibration, brier, brier_skill, calibration};
pub use discrimination::{auprc, auroc};
pub use utility::{AtBudget, NetBenefit, at_budget, net_benefit};

/// Why there is no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to compute from.
    #[error("there are no rows")]
    Empty,
    /// Rows are not as long as there are names, or lists differ in length.
    #[error("row {0} does not have a value for each column")]
    Shape(usize),
    /// A number is NaN or infinite.
    #[error("{0} holds something that is not a number")]
    NotFinite(String),
    /// Nobody had the outcome.
    #[error("nobody had the outcome")]
    NoCases,
    /// Everybody had the outcome.
    #[error("everybody had the outcome")]
    NoControls,
    /// Nobody was followed for any time.
    #[error("no follow-up in {0}")]
    NoFollowUp(String),
    /// A value decides the outcome, so that its weight would be infinite.
    #[error("perfect separation: {0} alone tells every case from every control in this data")]
    Separation(String),
    /// Together the values decide the outcome.
    #[error("perfect separation: together the features tell every case from every control")]
    JointSeparation,
    /// A column that was never measured.
    #[error("{0} is missing in every row")]
    AllMissing(String),
    /// A column is the same everywhere, or follows from the others.
    #[error("{0} is constant or follows from the other columns")]
    Collinear(String),
    /// Too little of something.
    #[error("{what}: there are {found}, and {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there have to be.
        needed: usize,
    },
    /// Something is outside what it may be.
    #[error("{0}")]
    Range(&'static str),
    /// The solver did not come to an end.
    #[error("no convergence after {0} iterations")]
    NotConverged(usize),
}

/// The greatest and least log-odds that a probability is taken for, so that 0 and 1 have one.
pub(crate) const GREATEST_LOGIT: f64 = 30.0;

/// The log-odds of a probability; at most 30 on either side.
pub(crate) fn logit(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln().clamp(-GREATEST_LOGIT, GREATEST_LOGIT)
}

/// The probability of log-odds.
pub(crate) fn expit(logit: f64) -> f64 {
    if logit >= 0.0 {
        1.0 / (1.0 + (-logit).exp())
    } else {
        let odds = logit.exp();
        odds / (1.0 + odds)
    }
}

/// Cases and controls, or why there is no comparing them.
pub(crate) fn both(units: &[Scored]) -> Result<(usize, usize), Refusal> {
    if units.is_empty() {
        return Err(Refusal::Empty);
    }
    if units.iter().any(|unit| !unit.score.is_finite()) {
        return Err(Refusal::NotFinite("a score".to_owned()));
    }
    let cases = units.iter().filter(|unit| unit.case).count();
    match (cases, units.len() - cases) {
        (0, _) => Err(Refusal::NoCases),
        (_, 0) => Err(Refusal::NoControls),
        both => Ok(both),
    }
}
