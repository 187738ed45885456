//! A local day of a signal in a few numbers.

use serde::{Deserialize, Serialize};

use crate::Signal;

/// One reading as summaries take it in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// What it is a reading of.
    pub signal: Signal,
    /// When it was taken or began, microseconds since 1970 UTC.
    pub at: i64,
    /// What the wall clock shows more than UTC at that moment, seconds.
    pub offset: i32,
    /// Seconds that it covers; 0 for a moment.
    pub span: i32,
    /// The number, in the signal's unit.
    pub value: f64,
    /// Whether `value` is the device's own total of the whole local day (steps per day).
    pub is_day_total: bool,
    /// When it was received, microseconds since 1970 UTC.
    pub received: i64,
    /// Hash of the reading's identity and version.
    pub identity: u64,
}

/// One signal on one local day of one citizen. A pure function of the day's samples, in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DaySummary {
    /// Of what.
    pub signal: Signal,
    /// Readings.
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The earliest.
    pub first: f64,
    /// The latest.
    pub last: f64,
    /// Standard deviation of the sample; `None` with fewer than two readings.
    pub deviation: Option<f64>,
    /// The sum; the device's own total of the day where it sent one (the greatest).
    pub total: f64,
    /// When the earliest was taken, microseconds since 1970 UTC.
    pub first_at: i64,
    /// When the latest was taken, microseconds since 1970 UTC.
    pub last_at: i64,
    /// At rest in the night, 00:00–06:59 on the wall clock; heart rate only.
    pub night: Option<Night>,
    /// Minutes of the day in which the device was worn; heart rate only, else 0.
    pub wear_minutes: u16,
    /// The least level that readings a while apart all were at or below, and when it was last held.
    pub held_low: Option<Held>,
    /// The greatest level that readings a while apart all were at or above, and when last.
    pub held_high: Option<Held>,
    /// Minutes of a glucose sensor in each range: below 3.0, 3.0–3.8, 3.9–10.0, 10.1–13.9, above
    /// 13.9 mmol/L (ATTD consensus 2019); glucose only.
    pub ranges: Option<[u16; 5]>,
    /// The latest receipt among the readings, microseconds since 1970 UTC.
    pub received: i64,
    /// Of all identities: tells whether the same readings in the same versions were summarised.
    pub digest: u64,
}

/// A night's readings at rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Night {
    /// Readings.
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// Minutes that they stand for.
    pub minutes: u16,
}

/// A level that was confirmed by a second reading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The level.
    pub level: f64,
    /// When the reading that confirmed it was taken, microseconds since 1970 UTC.
    pub at: i64,
}
