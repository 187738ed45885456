//! What was agreed with one citizen: programmes, how often to measure, personal limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Signal;

/// A citizen's plan. Its JSON is the body of `/api/citizens/{id}/plan`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// What the citizen is enrolled in.
    #[serde(default)]
    pub programmes: BTreeSet<Programme>,
    /// What is to be measured, and how often.
    #[serde(default)]
    pub cadence: Vec<Cadence>,
    /// Personal limits, by the name of a threshold of the rule pack.
    #[serde(default)]
    pub limits: BTreeMap<String, f64>,
    /// The NEWS2 scale of oxygen saturation. Scale 2 only after a clinician has confirmed
    /// hypercapnic respiratory failure (RCP 2017).
    #[serde(default)]
    pub spo2_scale: Spo2Scale,
    /// Whether the citizen has supplemental oxygen.
    #[serde(default)]
    pub oxygen: bool,
    /// Baselines set by a clinician in place of the citizen's own, by signal, in its unit.
    #[serde(default)]
    pub baselines: BTreeMap<Signal, f64>,
}

/// A programme of telemonitoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Programme {
    /// Chronic obstructive pulmonary disease.
    Copd,
    /// Heart failure.
    HeartFailure,
    /// Diabetes.
    Diabetes,
    /// Hypertension.
    Hypertension,
    /// Infection in the elderly.
    ElderlyInfection,
    /// Psychiatry.
    Psychiatry,
    /// Falls and loss of function.
    Frailty,
}

impl Programme {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Copd,
        Self::HeartFailure,
        Self::Diabetes,
        Self::Hypertension,
        Self::ElderlyInfection,
        Self::Psychiatry,
        Self::Frailty,
    ];
}

/// How often something is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cadence {
    /// What.
    pub signal: Signal,
    /// Hours between two measurements, 1–744.
    pub every_hours: u16,
    /// From when on, microseconds since 1970 UTC; else from when the plan became valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Whether silence is dangerous by itself: then it is red.
    #[serde(default)]
    pub safety_critical: bool,
}

/// The NEWS2 scale of oxygen saturation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spo2Scale {
    /// Scale 1.
    #[default]
    One,
    /// Scale 2, target 88–92 %.
    Two,
}
