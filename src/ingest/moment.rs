//! When a reading was taken: the effective time as the store keeps it.

use jiff::tz::TimeZone;
use pulsvagt_fhir::Value;
use pulsvagt_fhir::datetime::{DateTime, parse_datetime};

use super::Quarantine;
use crate::clock::Micros;
use crate::store::samples::{Wall, day_of};

/// How far a device's clock may be ahead before its readings are quarantined.
const AHEAD: i64 = 5 * 60 * 1_000_000;
/// How far ahead a time may be and still get a place of its own in the time-ordered table.
const FAR_AHEAD: i64 = 24 * 3600 * 1_000_000;

/// The effective time of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Where the row stands; [`Micros::NO_TIME`] without a usable time.
    pub(super) effective: Micros,
    /// Seconds to the end; 0 for a moment, -1 for open.
    pub(super) span: i32,
    /// The local day that it belongs to, days since 1970.
    pub(super) day: Option<i32>,
    /// What is wrong with it.
    pub(super) quarantine: Option<Quarantine>,
    /// Whether a time was sent for which the table has no place.
    pub(super) displaced: bool,
}

/// Reads `effective[x]`. A time that only a broken clock can show (before 1970, or more than a
/// day ahead) is kept in the resource, but gets no place in the time-ordered table: one such
/// reading a month for all the months there are would break that table into thousands of pieces.
/// `is_sleep`: it belongs to the day of waking.
pub(super) fn moment(
    resource: Value<'_>,
    zone: &TimeZone,
    received: Micros,
    is_sleep: bool,
) -> Moment {
    let (start, end) = ends(resource);
    let Some((first, date)) = start.or(end).map(|date| (date.start_us(zone), date)) else {
        return Moment {
            effective: Micros::NO_TIME,
            span: 0,
            day: None,
            quarantine: None,
            displaced: false,
        };
    };
    let (span, reversed) = match (start, end) {
        (Some(_), Some(end)) => {
            let length = end.start_us(zone) - first;
            (seconds(length.max(0)), length < 0)
        }
        (Some(_), None) if resource.get("effectivePeriod").is_some() => (-1, false),
        _ => {
            let (from, to) = date.range_us(zone);
            // To the second and finer is a moment.
            (if to - from <= 1_000_000 { 0 } else { seconds(to - from) }, false)
        }
    };
    let quarantine = if first < 0 {
        Some(Quarantine::ClockBehind)
    } else if first > received.0 + AHEAD {
        Some(Quarantine::ClockAhead)
    } else if reversed {
        Some(Quarantine::EndBeforeStart)
    } else {
        None
    };
    let displaced = first < 0 || first > received.0 + FAR_AHEAD;
    let until = start.and(end).map(|end| Wall::of(&end, zone));
    let day = day_of(Wall::of(&date, zone), until, is_sleep, zone);
    Moment {
        effective: if displaced { Micros::NO_TIME } else { Micros(first) },
        span: if displaced { 0 } else { span },
        day: (!displaced).then_some(day),
        quarantine,
        displaced,
    }
}

/// Both ends of `effective[x]`; the first alone of a moment.
pub(super) fn ends(resource: Value<'_>) -> (Option<DateTime>, Option<DateTime>) {
    let date = |value: Value<'_>| value.raw_string().and_then(parse_datetime);
    for name in ["effectiveDateTime", "effectiveInstant"] {
        if let Some(value) = resource.get(name) {
            return (date(value), None);
        }
    }
    if let Some(period) = resource.get("effectivePeriod") {
        return (period.get("start").and_then(date), period.get("end").and_then(date));
    }
    (resource.get("effectiveTiming").and_then(|timing| timing.each("event").find_map(date)), None)
}

fn seconds(micros: i64) -> i32 {
    i32::try_from(micros / 1_000_000).unwrap_or(i32::MAX)
}
