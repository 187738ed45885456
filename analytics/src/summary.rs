//! A local day of a signal in a few numbers.
//!
//! [`summarise`] is a pure function of a set: whatever order readings arrive in, and however often
//! the day is summarised anew, the same readings give the same bits. To that end they are put into
//! one total order (time, identity, then everything else), and every sum runs in it.
//!
//! What a day cannot see: a stretch that goes over midnight is two stretches.

mod digest;
mod glucose;
mod heart;
mod hold;
mod moments;
mod stretch;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::Signal;
use heart::{Activity, Heart};
use moments::Moments;

pub use hold::{Hold, Kind};

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
    /// Readings. Where a device sent totals of the day as well as parts of it, only the parts are
    /// counted, here and up to `deviation`.
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
    /// Minutes of the day in which the device was worn; heart rate only, else 0. A reading without
    /// a span stands for the minutes until the next one, at most 60 (there are hourly watches).
    pub wear_minutes: u16,
    /// The least level that readings a while apart all were at or below, and when it was last held.
    /// How long a while is, says [`Hold::of`].
    pub held_low: Option<Held>,
    /// The greatest level that readings a while apart all were at or above, and when last.
    pub held_high: Option<Held>,
    /// Whole minutes of a glucose sensor in each range: below 3.0, 3.0–3.8, 3.9–10.0, 10.1–13.9,
    /// above 13.9 mmol/L (ATTD consensus 2019); glucose only, and only with a sensor. A reading,
    /// rounded to one decimal, stands for the time until the next one, at most 15 minutes.
    pub ranges: Option<[u16; 5]>,
    /// The latest receipt among the readings, microseconds since 1970 UTC.
    pub received: i64,
    /// Of all identities: tells whether the same readings in the same versions were summarised. For
    /// heart rate with those of the steps that tell what was at rest.
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
    /// Minutes that they stand for, until the next reading or step, at most 60 each.
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

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
const MINUTE: i64 = 60 * SECOND;
/// Microseconds in a day without a change of the clock.
const DAY: i64 = 24 * 60 * MINUTE;

/// The greatest number that is taken in. No signal comes near it, and below it no sum of squares
/// can overflow.
const GREATEST: f64 = 1e100;

/// The day on the wall clock, days since 1970, at `at` (microseconds since 1970 UTC) where the
/// clock shows `offset` seconds more than UTC.
pub fn local_day(at: i64, offset: i32) -> i32 {
    let day = wall(at, offset).div_euclid(DAY);
    i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })
}

/// What the wall clock shows, as microseconds since it showed 1970.
fn wall(at: i64, offset: i32) -> i64 {
    at.saturating_add(i64::from(offset) * SECOND)
}

/// One summary for each signal that has a usable reading, sorted by signal.
///
/// The samples are those of one citizen and one local day ([`local_day`]), of all signals, in any
/// order. What the day of a sample is, is the caller's decision and not looked at again: a sleep
/// belongs to the day of waking, whatever the day it began on. Numbers that are not finite are
/// passed over. Steps of the day tell which heart rates were at rest, so a day has to be summarised
/// with all its signals.
pub fn summarise(samples: &[Sample]) -> Vec<DaySummary> {
    let mut samples: Vec<Sample> = samples
        .iter()
        .filter(|sample| sample.value.abs() <= GREATEST)
        // Takes the sign off a zero, which would tell -0 from 0.
        .map(|sample| Sample { value: sample.value + 0.0, ..*sample })
        .collect();
    samples.sort_unstable_by(order);

    let of_one_signal = |a: &Sample, b: &Sample| a.signal == b.signal;
    let steps = samples.chunk_by(of_one_signal).find(|of| of[0].signal == Signal::Steps);
    let activity = Activity::of(steps.unwrap_or_default());
    samples.chunk_by(of_one_signal).filter_map(|readings| summary(readings, &activity)).collect()
}

/// The total order of samples: any two that differ in anything have a place.
fn order(a: &Sample, b: &Sample) -> Ordering {
    (a.signal, a.at, a.identity)
        .cmp(&(b.signal, b.at, b.identity))
        .then_with(|| a.value.total_cmp(&b.value))
        .then_with(|| {
            (a.span, a.offset, a.is_day_total, a.received).cmp(&(
                b.span,
                b.offset,
                b.is_day_total,
                b.received,
            ))
        })
}

/// The summary of one signal's readings, in order.
fn summary(readings: &[Sample], activity: &Activity) -> Option<DaySummary> {
    let signal = readings.first()?.signal;
    let day_total = readings.iter().filter(|one| one.is_day_total).map(|one| one.value);
    let day_total = day_total.max_by(f64::total_cmp);
    let parts = match day_total {
        Some(_) => readings.iter().filter(|one| !one.is_day_total).copied().collect(),
        None => Vec::new(),
    };
    let parts = if parts.is_empty() { readings } else { &parts };

    let (first, last) = (parts.first()?, parts.last()?);
    let Moments { count, mean, min, max, sum, deviation } =
        Moments::of(parts.iter().map(|one| one.value))?;
    let heart = (signal == Signal::HeartRate).then(|| Heart::of(parts, activity));
    let (held_low, held_high) = hold::held(parts, activity);
    Some(DaySummary {
        signal,
        count,
        mean,
        min,
        max,
        first: first.value,
        last: last.value,
        deviation,
        total: day_total.unwrap_or(sum),
        first_at: first.at,
        last_at: last.at,
        night: heart.as_ref().and_then(|heart| heart.night),
        wear_minutes: heart.map_or(0, |heart| heart.wear_minutes),
        held_low,
        held_high,
        ranges: (signal == Signal::Glucose).then(|| glucose::ranges(parts)).flatten(),
        received: readings.iter().map(|one| one.received).max()?,
        digest: digest::of(readings, activity),
    })
}

/// Whole minutes of a stretch of time.
fn minutes(micros: i64) -> u16 {
    u16::try_from(micros.max(0) / MINUTE).unwrap_or(u16::MAX)
}
