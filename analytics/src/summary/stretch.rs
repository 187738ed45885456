//! The stretches of time that readings stand for.

use std::ops::Range;

use super::{DAY, SECOND, Sample, wall};

/// How long readings stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stands {
    /// At most so long until the next reading, microseconds.
    pub(super) at_most: i64,
    /// Whether one with a span stands for it instead.
    pub(super) for_span: bool,
}

/// When each reading begins and ceases to stand for the citizen, in the order given (by time).
///
/// Stretches do not overlap and end at midnight of the wall clock that their reading was taken by,
/// so those of a day never add up to more than the day has.
pub(super) fn stretches(
    readings: &[Sample],
    stands: Stands,
) -> impl Iterator<Item = (&Sample, Range<i64>)> {
    let mut until = i64::MIN;
    readings.iter().enumerate().map(move |(index, reading)| {
        let end = if stands.for_span && reading.span > 0 {
            end_of_span(reading)
        } else {
            let longest = reading.at.saturating_add(stands.at_most);
            readings.get(index + 1).map_or(longest, |next| next.at.min(longest))
        };
        let start = reading.at.max(until);
        let end = end.min(at_wall(reading, DAY)).max(start);
        until = end;
        (reading, start..end)
    })
}

/// When the span of a reading ends; that of a moment, or one left open, at once.
pub(super) fn end_of_span(reading: &Sample) -> i64 {
    reading.at.saturating_add(i64::from(reading.span.max(0)) * SECOND)
}

/// The moment when the wall clock of a reading is so far into the reading's local day.
pub(super) fn at_wall(reading: &Sample, into_day: i64) -> i64 {
    reading.at.saturating_add(into_day.saturating_sub(into_local_day(reading)))
}

/// How far into its local day a reading was taken, by the wall clock.
pub(super) fn into_local_day(reading: &Sample) -> i64 {
    wall(reading.at, reading.offset).rem_euclid(DAY)
}
