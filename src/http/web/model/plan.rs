//! What was agreed, and what it would mean.

use crate::clock::Micros;

/// A limit that a plan may set.
#[derive(Debug, Clone)]
pub(in crate::http) struct Limit {
    /// Its name in plans.
    pub(in crate::http) name: String,
    /// What it limits.
    pub(in crate::http) text: String,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
    /// Whether what is beyond it is red.
    pub(in crate::http) red: bool,
    /// Whether lower is worse.
    pub(in crate::http) low: bool,
    /// Whether it belongs to the citizen's programmes, or is the citizen's own.
    pub(in crate::http) first: bool,
    /// The pack's.
    pub(in crate::http) standard: f64,
    /// The citizen's own.
    pub(in crate::http) own: Option<f64>,
    /// The least and the greatest that is allowed.
    pub(in crate::http) allowed: (f64, f64),
    /// What was typed and is not saved, and what is wrong with it.
    pub(in crate::http) typed: Option<(String, Option<String>)>,
}

impl Limit {
    /// Whether what was typed cannot be taken.
    pub(in crate::http) fn is_wrong(&self) -> bool {
        self.typed.as_ref().is_some_and(|(_, why)| why.is_some())
    }
}

/// What is different between two versions of a plan.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) enum Changed {
    /// The citizen joined a programme.
    Joined(String),
    /// The citizen left a programme.
    Left(String),
    /// Something is measured every so many hours, and whether silence is dangerous.
    Cadence(String, Option<(u16, bool)>, Option<(u16, bool)>),
    /// A limit, before and after, and the UCUM code of its unit.
    Limit(String, Option<f64>, Option<f64>, String),
    /// A baseline, likewise.
    Baseline(String, Option<f64>, Option<f64>, String),
    /// The NEWS2 scale of oxygen saturation that is used now.
    Scale(u8),
    /// Whether the citizen has supplemental oxygen now.
    Oxygen(bool),
}

/// A change of a plan.
#[derive(Debug, Clone)]
pub(in crate::http) struct PlanChange {
    /// The version it made.
    pub(in crate::http) version: u32,
    /// Since when.
    pub(in crate::http) at: Micros,
    /// By whom.
    pub(in crate::http) author: String,
    /// What changed.
    pub(in crate::http) changes: Vec<Changed>,
}

/// What other limits would have meant.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Preview {
    /// Days that were looked back on.
    pub(in crate::http) days: u32,
    /// Alerts with the limits that are tried, and how many of them were red.
    pub(in crate::http) proposed: (u32, u32),
    /// The same with the present ones.
    pub(in crate::http) present: (u32, u32),
    /// By problem: with those that are tried, with the present ones.
    pub(in crate::http) problems: Vec<(String, u32, u32)>,
}

/// What was agreed.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct PlanPage {
    /// Version in force; 0 = none.
    pub(in crate::http) version: u32,
    /// The limits that matter for the citizen.
    pub(in crate::http) limits: Vec<Limit>,
    /// What is measured, and every how many hours.
    pub(in crate::http) cadence: Vec<(String, u16)>,
    /// Changes, newest first.
    pub(in crate::http) history: Vec<PlanChange>,
    /// Whether whoever looks may change it.
    pub(in crate::http) may_change: bool,
}
