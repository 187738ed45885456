//! Features, scores, rules and their evaluation over columns of readings.
//!
//! Knows nothing of FHIR, HTTP or SQL, reads no clock and makes no ids. Every feature and score has
//! one implementation here, which live screening, back-tests and cohorts share:
//!
//! [`Sample`]s of a local day become [`DaySummary`]s, the summaries of many citizens become columns
//! ([`Batch`]), a [`Pack`] of rules over features of those columns gives a [`Screening`] for each.

pub mod cohort;
pub mod evaluate;
pub mod evaluation;
pub mod explain;
pub mod features;
#[cfg(test)]
mod fixture;
pub mod frame;
pub mod lake;
pub mod pack;
pub mod pilot;
pub mod plan;
pub mod replay;
pub mod risk;
pub mod scores;
pub mod screening;
pub mod signal;
pub mod statistics;
pub mod summary;

pub use evaluate::{ScreenError, screen};
pub use explain::Language;
pub use frame::{Batch, Day, Subject};
pub use pack::Pack;
pub use plan::Plan;
pub use screening::{Outcome, Screening, Verdict};
pub use signal::Signal;
pub use summary::{DaySummary, Sample};
