//! What a risk model says, as a page shows it.

use crate::clock::Micros;

/// What an approved risk model says of a citizen.
#[derive(Debug, Clone)]
pub(in crate::http) struct Risk {
    /// The model's name.
    pub(in crate::http) name: String,
    /// How its hash begins.
    pub(in crate::http) hash: String,
    /// The engine that it was fitted by.
    pub(in crate::http) version: String,
    /// The probability of what, in its own words.
    pub(in crate::http) outcome: String,
    /// The probability, %.
    pub(in crate::http) percent: f64,
    /// What is known before this local day counts, days since 1970.
    pub(in crate::http) day: i32,
    /// What each feature adds, the greatest first.
    pub(in crate::http) terms: Vec<RiskTerm>,
    /// Who answers for it.
    pub(in crate::http) approved_by: String,
    /// Until when.
    pub(in crate::http) until: Micros,
}

/// What a feature adds.
#[derive(Debug, Clone)]
pub(in crate::http) struct RiskTerm {
    /// What it is.
    pub(in crate::http) text: String,
    /// Its value; `None` is missing.
    pub(in crate::http) value: Option<f64>,
    /// What is usual.
    pub(in crate::http) usual: f64,
    /// By what it multiplies the odds.
    pub(in crate::http) odds: f64,
}
