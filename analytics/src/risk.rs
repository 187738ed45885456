//! A risk model: a regularised logistic regression over features as of a moment.
//!
//! Rows ([`Table`]) are units that were looked at as of a moment, with what became of them
//! afterwards. [`fit`] makes a [`Model`]: an intercept and one line for each feature, readable as
//! JSON and known by a hash. Applying it is a dot product ([`Model::explain`] gives it term by term).
//! [`validate`] says how good it is on rows that it was not fitted on, always beside the baselines
//! that it has to beat.

pub mod assess;
pub mod card;
pub mod challenge;
pub mod drift;
pub mod gate;
pub mod home;
pub mod model;
pub mod ndjson;
pub mod series;
mod solve;
pub mod split;
pub mod stays;
pub mod table;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, Settings, assess};
pub use card::{Card, Evaluation};
pub use gate::{Approval, Cleared, GateError};
pub use model::{Explanation, Model, ModelError, Penalty, fit};
pub use split::{Split, Validation, validate};
pub use table::{Row, Table};
