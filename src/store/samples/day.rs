//! Which local day a reading belongs to.
//!
//! The wall clock is the sender's where an offset was sent. A date without time says nothing of
//! it, and neither does `Z` (RFC 9557): then it is the municipality's. Sleep belongs to the day of
//! waking.

use jiff::tz::TimeZone;
use pulsvagt_fhir::datetime::DateTime;

use crate::clock::Micros;

/// A period longer than this is not one night's sleep, and belongs to the day on which it began.
pub(super) const LONGEST_SLEEP_HOURS: i64 = 48;

const SECOND: i64 = 1_000_000;

/// A moment with what was said of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    /// The moment.
    pub at: Micros,
    /// What the sender's wall clock showed more than UTC, seconds, if that was said.
    pub offset: Option<i32>,
}

impl Wall {
    /// Of a date as it was sent; one without an offset is taken in `zone`.
    pub fn of(date: &DateTime, zone: &TimeZone) -> Self {
        let offset = date.offset_minutes.filter(|_| !date.zulu);
        Self {
            at: Micros(date.start_us(zone)),
            offset: offset.map(|minutes| i32::from(minutes) * 60),
        }
    }

    /// What the wall clock showed more than UTC, seconds.
    pub fn offset_in(&self, zone: &TimeZone) -> i32 {
        self.offset.unwrap_or_else(|| zone.to_offset(self.at.to_jiff()).seconds())
    }

    /// The day on the wall clock, days since 1970.
    pub fn day_in(&self, zone: &TimeZone) -> i32 {
        let wall = self.at.0.saturating_add(i64::from(self.offset_in(zone)) * SECOND);
        i32::try_from(wall.div_euclid(86_400 * SECOND)).unwrap_or(i32::MAX)
    }
}

/// The local day of a reading that was taken or began at `first`, and ended at `end` if it is of
/// a period. `is_sleep`: it belongs to the day of waking.
pub fn day_of(first: Wall, end: Option<Wall>, is_sleep: bool, zone: &TimeZone) -> i32 {
    let longest = LONGEST_SLEEP_HOURS * 3_600 * SECOND;
    match end {
        Some(end) if is_sleep && (0..=longest).contains(&(end.at.0 - first.at.0)) => {
            end.day_in(zone)
        }
        _ => first.day_in(zone),
    }
}
