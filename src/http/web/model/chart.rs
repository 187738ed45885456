//! What a chart shows.

use pulsvagt_analytics::features::baseline::Baseline;

use super::Contact;
use crate::clock::Micros;
use crate::triage::Level;

/// A day of a chart.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct ChartDay {
    /// Local day, days since 1970.
    pub(in crate::http) day: i32,
    /// What stands for the day.
    pub(in crate::http) value: f64,
    /// The least and the greatest of the day.
    pub(in crate::http) range: (f64, f64),
    /// Readings.
    pub(in crate::http) count: u32,
}

/// A limit in a chart.
#[derive(Debug, Clone)]
pub(in crate::http) struct ChartLimit {
    /// What it limits.
    pub(in crate::http) text: String,
    /// Whether what is beyond it is red; else yellow.
    pub(in crate::http) red: bool,
    /// From which day on it had which value, and whether it was the citizen's own.
    pub(in crate::http) spans: Vec<(i32, f64, bool)>,
}

/// Everything about one measure.
#[derive(Debug, Clone)]
pub(in crate::http) struct Chart {
    /// Name of the signal.
    pub(in crate::http) signal: &'static str,
    /// What it is called.
    pub(in crate::http) name: String,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
    /// Days with readings, oldest first.
    pub(in crate::http) days: Vec<ChartDay>,
    /// Limits of values as measured.
    pub(in crate::http) limits: Vec<ChartLimit>,
    /// What each day was compared with.
    pub(in crate::http) baseline: Vec<Baseline>,
    /// Whether a clinician has set the baseline.
    pub(in crate::http) agreed: bool,
    /// Alerts that rest on it: day, level, why.
    pub(in crate::http) marks: Vec<(i32, Level, String)>,
    /// Readings that are not scored: when, and what was sent.
    pub(in crate::http) doubtful: Vec<(Micros, f64)>,
    /// Contacts with the health service; those of all measures.
    pub(in crate::http) contacts: Vec<Contact>,
    /// First and last day that is shown.
    pub(in crate::http) span: (i32, i32),
}
