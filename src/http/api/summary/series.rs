//! Each signal, day by day.

use std::collections::BTreeMap;

use pulsvagt_analytics::frame::Day;
use pulsvagt_analytics::{DaySummary, Signal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Micros;
use crate::http::api::view::{day_value, iso_day};

/// The days of a signal.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct Series {
    #[schema(example = "body_weight")]
    signal: &'static str,
    /// UCUM code of its unit.
    unit: &'static str,
    /// Days with readings, oldest first.
    days: Vec<DayView>,
}

/// A local day of a signal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct DayView {
    #[schema(format = Date)]
    day: String,
    /// What stands for the day: the last reading, the mean, the sum or the greatest, by signal.
    value: f64,
    /// Readings.
    count: u32,
    mean: f64,
    min: f64,
    max: f64,
    /// The latest.
    last: f64,
    /// When the latest was taken.
    #[schema(format = DateTime)]
    last_at: String,
    /// Mean at rest in the night; heart rate only.
    #[serde(skip_serializing_if = "Option::is_none")]
    night: Option<f64>,
}

/// The signals that have days, by number.
pub(super) fn of(days: &[Day]) -> Vec<Series> {
    let mut found: BTreeMap<Signal, Vec<DayView>> = BTreeMap::new();
    for day in days {
        for summary in &day.summaries {
            found.entry(summary.signal).or_default().push(view(day.day, summary));
        }
    }
    found
        .into_iter()
        .map(|(signal, days)| Series { signal: signal.name(), unit: signal.unit(), days })
        .collect()
}

fn view(day: i32, summary: &DaySummary) -> DayView {
    DayView {
        day: iso_day(day),
        value: day_value(summary),
        count: summary.count,
        mean: summary.mean,
        min: summary.min,
        max: summary.max,
        last: summary.last,
        last_at: Micros(summary.last_at).to_string(),
        night: summary.night.map(|night| night.mean),
    }
}
