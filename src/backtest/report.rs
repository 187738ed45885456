//! What a back-test says.

use pulsvagt_analytics::evaluation::{Overlap, Proportion, Quantiles, Rate};
use serde::Serialize;

/// Manual alerts per citizen-week that a team can bear; a proposal that needs clinical sign-off.
/// Published: 0.71 (van Steenkiste 2025).
pub(super) const BUDGET: f64 = 0.7;

/// Where the readings are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// Simulated.
    Simulated {
        /// Seed.
        seed: u64,
        /// Readings received, duplicates too.
        received: u64,
        /// Of those, received before.
        duplicate: u64,
        /// Of those, never scored.
        quarantined: u64,
    },
    /// A municipality's store.
    Stored {
        /// Its code.
        tenant: String,
        /// Whether readings were taken for received when they were taken.
        received_when_taken: bool,
    },
}

/// A back-test of one rule pack.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The pack.
    pub pack: PackName,
    /// Where the readings are from.
    pub source: Source,
    /// From when on, RFC 3339.
    pub from: String,
    /// Until when, RFC 3339.
    pub to: String,
    /// Everybody is screened so often, hours.
    pub every_hours: u8,
    /// Citizens of whom anything was known.
    pub citizens: usize,
    /// Weeks that they were watched, summed up.
    pub citizen_weeks: f64,
    /// Yellow and red alerts that came before a nurse, per citizen-week.
    pub manual: Rate,
    /// Whether that is within [`BUDGET`].
    pub within_budget: bool,
    /// All alerts by the worst they were.
    pub levels: Vec<Level>,
    /// Alerts that never came before a nurse as yellow or red: blue, or over before they were
    /// confirmed.
    pub automatic: u64,
    /// By rule, those with most manual alerts first.
    pub rules: Vec<Rule>,
    /// By problem.
    pub problems: Vec<Group>,
    /// By programme; a citizen may be in several.
    pub programmes: Vec<Group>,
    /// Findings that were kept out, by reason.
    pub suppressed: Vec<Suppressed>,
    /// Manual alerts per citizen-week in each week.
    pub weeks: Vec<f64>,
    /// Manual alerts per week over citizens.
    pub spread: Option<Quantiles>,
    /// How it met what it should have found.
    pub detection: Detection,
}

/// A rule pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its content hash.
    pub hash: String,
}

/// Alerts of one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// Its name.
    pub level: &'static str,
    /// Per citizen-week.
    pub alerts: Rate,
}

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its id.
    pub rule: String,
    /// Manual alerts that it was the first reason for, per week of citizens it is for.
    pub manual: Rate,
    /// Of those, red from the start.
    pub red: u64,
    /// Days of citizens it is for on which it was red, yellow or blue.
    pub firing_days: Proportion,
    /// Days of citizens it is for on which it could not be evaluated at any moment.
    pub not_evaluable: Proportion,
}

/// Alerts of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many citizens are in it.
    pub citizens: usize,
    /// Manual alerts per citizen-week.
    pub manual: Rate,
    /// Those that were red, per citizen-week.
    pub red: Rate,
}

/// Findings that were kept out for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// Its code.
    pub reason: &'static str,
    /// How many.
    pub findings: u64,
}

/// How alerts met what they should have found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detection {
    /// What it was, such as simulated episodes.
    pub of: String,
    /// Days before the onset from which on an alert counts.
    pub days_before: u32,
    /// Of all episodes those with an alert in their window.
    pub sensitivity: Proportion,
    /// What share would have one if alerts knew nothing of episodes.
    pub by_chance: Option<f64>,
    /// Days from the first alert to the peak or the admission, of those detected.
    pub lead_days: Option<Quantiles>,
    /// Of all manual alerts those within an episode's window.
    pub ppv: Proportion,
    /// By kind.
    pub kinds: Vec<Kind>,
}

/// One kind of episode.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kind {
    /// Its name.
    pub kind: String,
    /// Those detected.
    pub sensitivity: Proportion,
    /// Days from the first alert to the peak or the admission.
    pub lead_days: Option<Quantiles>,
}

/// Two packs on the same history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The first pack.
    pub a: Report,
    /// The one it is compared with.
    pub b: Report,
    /// Of (citizen, problem, local day) with a yellow or red finding.
    pub findings: Overlap,
    /// Of (citizen, problem, local day) with a new manual alert.
    pub alerts: Overlap,
}
