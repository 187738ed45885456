//! What screening says of one citizen as of one moment.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Signal;

/// The version of everything between readings and verdicts. Any change of what the same readings
/// come to, in numbers, outcomes or evidence, raises it.
pub const ENGINE: &str = concat!("pulsvagt-analytics/", env!("CARGO_PKG_VERSION"));

/// All rules of one pack for one citizen. Its JSON is canonical: the same inputs give the same
/// bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// As of when, microseconds since 1970 UTC: nothing received later counts.
    pub as_of: i64,
    /// Which code made it: [`ENGINE`].
    pub engine: Arc<str>,
    /// The pack, by its content hash, hexadecimal.
    pub pack: Arc<str>,
    /// Which version of the citizen's plan was in force; 0 without one.
    pub plan_version: u32,
    /// Every rule of the pack, in its order.
    pub verdicts: Vec<Verdict>,
    /// Early warning scores as of the moment.
    pub scores: Scores,
    /// How many signals move the wrong way together, weighted; `None` with too little data.
    pub deterioration: Option<f64>,
}

/// One rule for one citizen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rule's id, such as `HF-WT-FAST`.
    pub rule: Arc<str>,
    /// What kind of problem it points at; one open alert per citizen and problem.
    pub problem: Arc<str>,
    /// What it says.
    pub outcome: Outcome,
    /// When the newest reading behind it was taken, microseconds since 1970 UTC; of silence, the last
    /// one before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence_at: Option<i64>,
    /// The features it looked at; those without a value are missing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub features: Vec<(Arc<str>, f64)>,
    /// The thresholds it used, personal ones in place of the pack's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub thresholds: Vec<(Arc<str>, f64)>,
    /// The features it had no value for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub missing: Vec<Arc<str>>,
    /// The summaries behind it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub inputs: Vec<Input>,
}

/// A summary that a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Of what.
    pub signal: Signal,
    /// The local day, days since 1970.
    pub day: i32,
    /// [`DaySummary::digest`](crate::DaySummary::digest).
    pub digest: u64,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not for this citizen's programmes.
    NotApplicable,
    /// Too little data to say anything. Never to be shown as well.
    NotEvaluable,
    /// Nothing to remark.
    Clear,
    /// Below the threshold again, but not by enough to call it over.
    Holding,
    /// Technical, or silence.
    Blue,
    /// A nurse looks at it the same weekday.
    Yellow,
    /// Contact today.
    Red,
}

/// Early warning scores.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// NEWS2; partial unless nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub news2: Option<EarlyWarning>,
    /// TOBS; partial unless nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tobs: Option<EarlyWarning>,
}

/// An early warning score that may be partial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlyWarning {
    /// Sum of the parameters that are there.
    pub score: u8,
    /// How many are there.
    pub parameters: u8,
    /// Whether any single one scores 3.
    pub single_three: bool,
    /// Which are not there, or too old.
    pub missing: Vec<Arc<str>>,
    /// Age of the oldest that is there, hours.
    pub max_age_hours: f64,
}
