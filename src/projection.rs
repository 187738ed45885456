//! What other systems see of triage: FHIR R4 resources made from an alert and from the screening
//! behind it. Pure: no clock, no ids, no I/O; [`write()`] hands the result to the store.
//!
//! `docs/FHIR.md` says which resource tells what, and why.

mod case;
pub mod clinical_impression;
pub mod detected_issue;
pub mod flag;
pub mod json;
mod lag;
mod predicted;
pub mod risk_assessment;
pub mod task;
pub mod words;
pub mod write;

#[cfg(test)]
mod tests;

pub use case::{Case, PackFacts};
pub use lag::tell_lag;
pub use predicted::predicted;
pub use write::{ProjectionError, catch_up, tell, write};

use serde_json::Value;

/// A resource as it is to be: what is stored under its type and id becomes this.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    /// Its type.
    pub kind: &'static str,
    /// Its logical id, which the alert's id gives.
    pub id: String,
    /// The resource, without `meta`.
    pub resource: Value,
}

impl Projected {
    fn new(kind: &'static str, id: String, resource: Value) -> Self {
        Self { kind, id, resource: json::pruned(resource) }
    }
}

/// The resource types that are made here, which is why nobody else may write them.
pub const KINDS: [&str; 5] =
    ["Flag", "Task", "ClinicalImpression", "RiskAssessment", "DetectedIssue"];

/// Everything that one state of an alert looks like to other systems.
///
/// The same case gives the same resources. What is not in the result stays as it is: a Flag that
/// was raised before a measurement was asked for again, and the impressions of earlier levels.
pub fn project(case: &Case<'_>) -> Vec<Projected> {
    let mut resources = Vec::with_capacity(5);
    resources.extend(risk_assessment::of(case));
    resources.extend(clinical_impression::of(case));
    resources.extend(flag::of(case));
    resources.extend(detected_issue::of(case));
    resources.push(task::of(case));
    resources
}
