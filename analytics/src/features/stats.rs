//! The numbers that are computed from the days of a source.
//!
//! Sums run newest first, one after the other, so equal days give equal bits.

use crate::features::glucose;
use crate::features::track::{Moment, Row, Track};
use crate::features::{Aggregate, Side, Stat, Window};

/// Days of the guard window that z-scores and rises are against, and of the baseline's.
pub(crate) const GUARD: i32 = 28;

/// A baseline of the citizen's own needs so many of the 28 days before.
const BASELINE_DAYS: usize = 7;

/// A robust deviation below this is taken as this, in the signal's unit.
const LEAST_DEVIATION: f64 = 1.0;

/// Median absolute deviation to standard deviation, for normally distributed values.
const MAD_TO_SD: f64 = 1.4826;

/// A statistic of a source; `None` where it cannot be computed.
pub(crate) fn compute(
    stat: Stat,
    track: &Track<'_>,
    moment: &Moment,
    planned: Option<f64>,
) -> Option<f64> {
    let newest = track.newest();
    let value = match stat {
        Stat::Last => newest?.last,
        Stat::AgeHours => Some(moment.hours_since(newest?.last_at)),
        Stat::LastWithin { hours } => {
            let row = newest?;
            row.last.filter(|_| moment.hours_since(row.last_at) <= f64::from(hours))
        }
        Stat::Value => Some(newest?.value),
        Stat::DayAge => Some(f64::from(newest?.age)),
        Stat::Prev => Some(track.prev()?.0.value),
        Stat::Held { side, hours } => held(side, hours, track, moment).map(|(level, _)| level),
        Stat::Over(aggregate, window) => over(aggregate, window_rows(track, window)),
        Stat::MedianAll => median(values(track.rel(1, i32::MAX))),
        Stat::DaysAll => over(Aggregate::Days, track.rel(1, i32::MAX)),
        Stat::RobustZ => robust_z(newest?, guard(track, 0)),
        Stat::RobustZPrev => {
            let (row, rel) = track.prev()?;
            robust_z(row, guard(track, rel))
        }
        Stat::RiseGuard => Some(newest?.value - median(values(guard(track, 0)))?),
        Stat::RiseGuardPrev => {
            let (row, rel) = track.prev()?;
            Some(row.value - median(values(guard(track, rel)))?)
        }
        Stat::AbsZMin => abs_z_min(track),
        Stat::Ema { days } => exponential(track, days),
        Stat::Baseline => planned
            .filter(|planned| planned.is_finite())
            .or_else(|| median(values(baseline_rows(track)))),
        Stat::Share(share) => glucose::share(track, share),
        Stat::SensorShare => glucose::sensor_share(track),
        Stat::Variation => glucose::variation(track),
        Stat::Management => glucose::management_indicator(track),
        Stat::WearMinutes => Some(f64::from(newest?.summary.wear_minutes)),
    };
    value.filter(|value| value.is_finite())
}

/// The least or greatest level that was confirmed within some hours, and when it was.
pub(crate) fn held(
    side: Side,
    hours: u16,
    track: &Track<'_>,
    moment: &Moment,
) -> Option<(f64, i64)> {
    let within = track.all().iter().filter_map(|row| {
        let held = match side {
            Side::Low => row.summary.held_low?,
            Side::High => row.summary.held_high?,
        };
        let counts = held.level.is_finite() && moment.hours_since(held.at) <= f64::from(hours);
        counts.then_some((held.level, held.at))
    });
    // Of equal levels the one that was confirmed last: rows run newest first.
    within.reduce(|best, this| {
        let is_beyond = match side {
            Side::Low => this.0 < best.0,
            Side::High => this.0 > best.0,
        };
        if is_beyond { this } else { best }
    })
}

fn window_rows<'t, 'a>(track: &'t Track<'a>, window: Window) -> &'t [Row<'a>] {
    match window {
        Window::Recent(days) => track.recent(days),
        Window::Prev(days) => track.rel(1, i32::from(days)),
        Window::Guard(days) => track.rel(3, i32::from(days) + 2),
    }
}

/// The guard window of the day that lies `rel` days before the newest.
fn guard<'t, 'a>(track: &'t Track<'a>, rel: i32) -> &'t [Row<'a>] {
    track.rel(rel + 3, rel + GUARD + 2)
}

fn over(aggregate: Aggregate, rows: &[Row<'_>]) -> Option<f64> {
    match aggregate {
        Aggregate::Days => Some(length(rows.len())),
        Aggregate::Count => Some(rows.iter().map(|row| f64::from(row.count)).sum()),
        _ if rows.is_empty() => None,
        Aggregate::Mean => mean(rows),
        Aggregate::Median => median(values(rows)),
        Aggregate::Min => values(rows).into_iter().reduce(f64::min),
        Aggregate::Max => values(rows).into_iter().reduce(f64::max),
        Aggregate::Sd => deviation(rows),
        Aggregate::Sum => Some(sum(rows)),
    }
}

fn values(rows: &[Row<'_>]) -> Vec<f64> {
    rows.iter().map(|row| row.value).collect()
}

fn sum(rows: &[Row<'_>]) -> f64 {
    rows.iter().fold(0.0, |sum, row| sum + row.value)
}

/// Around the first value, so that the mean of equal values is exactly that value and their
/// deviation exactly 0.
fn mean(rows: &[Row<'_>]) -> Option<f64> {
    let first = rows.first()?.value;
    let differences = rows.iter().fold(0.0, |sum, row| sum + (row.value - first));
    Some(first + differences / length(rows.len()))
}

/// Standard deviation of the sample.
fn deviation(rows: &[Row<'_>]) -> Option<f64> {
    let mean = mean(rows).filter(|_| rows.len() >= 2)?;
    let squares = rows.iter().fold(0.0, |sum, row| {
        let difference = row.value - mean;
        sum + difference * difference
    });
    Some((squares / length(rows.len() - 1)).sqrt())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

fn robust_z(row: &Row<'_>, rows: &[Row<'_>]) -> Option<f64> {
    let (centre, spread) = robust(rows)?;
    Some((row.value - centre) / spread.max(LEAST_DEVIATION))
}

/// Median, and median absolute deviation in terms of a standard deviation.
fn robust(rows: &[Row<'_>]) -> Option<(f64, f64)> {
    let centre = median(values(rows))?;
    let deviations = rows.iter().map(|row| (row.value - centre).abs()).collect();
    Some((centre, MAD_TO_SD * median(deviations)?))
}

/// The days that a baseline of the citizen's own is made from; none with too few.
fn baseline_rows<'t, 'a>(track: &'t Track<'a>) -> &'t [Row<'a>] {
    let rows = track.rel(1, GUARD);
    if rows.len() >= BASELINE_DAYS { rows } else { &[] }
}

/// How far the days that the baseline is made from spread, as a standard deviation.
pub(crate) fn own_spread(track: &Track<'_>) -> Option<f64> {
    robust(baseline_rows(track)).map(|(_, spread)| spread)
}

fn abs_z_min(track: &Track<'_>) -> Option<f64> {
    let (days, before) = (track.rel(0, 2), guard(track, 0));
    let (mean, deviation) = (mean(before)?, deviation(before)?);
    if days.len() < 3 || deviation <= 0.0 {
        return None;
    }
    days.iter().map(|row| ((row.value - mean) / deviation).abs()).reduce(f64::min)
}

fn exponential(track: &Track<'_>, span: u16) -> Option<f64> {
    let newest = track.newest()?;
    let decay = 1.0 - 2.0 / (f64::from(span) + 1.0);
    let (mut weight, mut rel) = (1.0, 0);
    let (mut weighted, mut weights) = (0.0, 0.0);
    for row in track.rel(0, i32::from(span) * 5 - 1) {
        while rel < row.age - newest.age {
            weight *= decay;
            rel += 1;
        }
        weighted += weight * (row.value - newest.value);
        weights += weight;
    }
    Some(newest.value + weighted / weights)
}

/// A count of days as a number.
fn length(days: usize) -> f64 {
    u32::try_from(days).map_or(f64::INFINITY, f64::from)
}
