//! One number a day, for small charts.

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pulsvagt_analytics::frame::Day;
use pulsvagt_analytics::signal::DayValue as Stands;
use pulsvagt_analytics::{DaySummary, Signal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Micros;

/// Days that a small chart shows.
const DAYS: i32 = 14;

/// The number of a day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::http::api) struct DayValue {
    /// The local day.
    #[schema(format = Date)]
    pub(in crate::http::api) day: String,
    /// The number; null where nothing was measured.
    #[schema(required)]
    pub(in crate::http::api) value: Option<f64>,
}

/// Fourteen days of a signal, oldest first, the last one today.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::http::api) struct Sparkline {
    /// Of what.
    #[schema(example = "body_weight")]
    pub(in crate::http::api) signal: &'static str,
    /// UCUM code of its unit.
    pub(in crate::http::api) unit: &'static str,
    /// The days.
    pub(in crate::http::api) days: Vec<DayValue>,
}

impl Sparkline {
    /// The fourteen days up to today.
    pub(super) fn new(signal: Signal, days: &[Day], today: i32) -> Self {
        let value = |day: i32| {
            let found = days.iter().find(|known| known.day == day)?;
            found.summaries.iter().find(|summary| summary.signal == signal).map(day_value)
        };
        let days = (today - DAYS + 1..=today)
            .map(|day| DayValue { day: iso_day(day), value: value(day) })
            .collect();
        Self { signal: signal.name(), unit: signal.unit(), days }
    }
}

/// What stands for a day.
pub(in crate::http::api) fn day_value(summary: &DaySummary) -> f64 {
    match summary.signal.day_value() {
        Stands::Last => summary.last,
        Stands::Mean => summary.mean,
        Stands::Total => summary.total,
        Stands::Max => summary.max,
    }
}

/// The local day of a moment, days since 1970.
pub(in crate::http::api) fn local_day(at: Micros, zone: &TimeZone) -> i32 {
    let offset = at.to_jiff().to_zoned(zone.clone()).offset().seconds();
    pulsvagt_analytics::summary::local_day(at.0, offset)
}

/// A local day as `2026-01-31`.
pub(in crate::http::api) fn iso_day(day: i32) -> String {
    let date = Date::constant(1970, 1, 1).checked_add(Span::new().days(day));
    date.map_or_else(|_| String::new(), |date| date.to_string())
}
