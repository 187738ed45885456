//! What a rule pack would have done: history replayed through screening and triage.
//!
//! Readings are screened as of fixed moments from what had been received by then, with the plans of
//! live screening; [`triage::observe`](crate::triage::observe()) makes alerts of the findings, and a
//! model nurse ([`ward`]) deals with them. What is counted is what a team would have seen.
//!
//! Pure but for [`stored`], which reads a municipality's store.

mod html;
mod measure;
mod person;
pub(crate) mod plot;
mod report;
mod simulated;
pub mod stored;
#[cfg(test)]
mod tests;
mod text;
pub mod ward;
mod watch;
mod what_if;

pub use html::html;
pub use measure::{Target, compare, measure};
pub use person::{Person, Span, Truth};
pub use report::{Comparison, Report, Source};
pub use simulated::{Simulated, Tally};
pub use text::{overlap_text, text};
pub use watch::{Watched, watch};
pub use what_if::{Alerts, Problem, WhatIf, what_if};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The rules could not be evaluated.
    #[error("the rules could not be evaluated")]
    Rules(#[from] pulsvagt_analytics::ScreenError),
    /// A simulated reading could not be taken apart.
    #[error("a simulated reading could not be taken apart")]
    Simulated(#[from] crate::ingest::OfflineError),
}
