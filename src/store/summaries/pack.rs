//! Packing the summaries of a day into few bytes.
//!
//! A byte for the format and one for how many; then for each signal its number, which parts there
//! are, and the parts. Most readings are short decimals, so a number is stored as a whole number
//! and how many digits stand behind the point, or as its eight bytes where that would not give the
//! same number again. Times are distances from the local day. The format is stored: a change of
//! meaning needs a new format byte.

use pulsvagt_analytics::Signal;
use pulsvagt_analytics::summary::{DaySummary, Held, Night};

use super::bytes::{Reader, Writer};

/// The format of everything that is written.
const FORMAT: u8 = 1;

/// Mean, least, greatest, earliest, latest and total are one number, and there is one time.
const SINGLE: u64 = 1;
const DEVIATION: u64 = 1 << 1;
const NIGHT: u64 = 1 << 2;
const WEAR: u64 = 1 << 3;
const HELD_LOW: u64 = 1 << 4;
const HELD_HIGH: u64 = 1 << 5;
const RANGES: u64 = 1 << 6;

/// Stored summaries that cannot be unpacked. Names what, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored summary is damaged: {0}")]
pub struct Corrupt(pub(super) &'static str);

/// Packs the summaries of a local day, given as days since 1970.
pub fn pack(day: i32, summaries: &[DaySummary]) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out.unsigned(summaries.len() as u64);
    for summary in summaries {
        push(&mut out, midnight(day), summary);
    }
    out.finish()
}

/// The summaries of a local day.
///
/// # Errors
/// [`Corrupt`] when the bytes are not what [`pack`] has made.
pub fn unpack(day: i32, body: &[u8]) -> Result<Vec<DaySummary>, Corrupt> {
    let mut reader = Reader::new(body);
    let summaries = read(day, &mut reader)?;
    if reader.is_empty() { Ok(summaries) } else { Err(Corrupt("more bytes than summaries")) }
}

/// The days of a citizen, one body after the other, each after its day as four bytes.
///
/// # Errors
/// [`Corrupt`] when the bytes are not that.
pub(super) fn unpack_days(
    bodies: &[u8],
    mut tell: impl FnMut(i32, Vec<DaySummary>),
) -> Result<(), Corrupt> {
    let mut reader = Reader::new(bodies);
    while !reader.is_empty() {
        let day = i32::from_be_bytes(reader.take()?);
        tell(day, read(day, &mut reader)?);
    }
    Ok(())
}

fn read(day: i32, reader: &mut Reader<'_>) -> Result<Vec<DaySummary>, Corrupt> {
    if reader.byte()? != FORMAT {
        return Err(Corrupt("unknown format"));
    }
    let count = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    if count > Signal::ALL.len() {
        return Err(Corrupt("more signals than there are"));
    }
    (0..count).map(|_| next(reader, midnight(day))).collect()
}

/// The start of the day as if the clock on the wall were UTC, microseconds.
fn midnight(day: i32) -> i64 {
    i64::from(day) * 86_400_000_000
}

fn push(out: &mut Writer, midnight: i64, summary: &DaySummary) {
    let DaySummary { signal, count, mean, min, max, first, last, deviation, total, .. } = *summary;
    let DaySummary { first_at, last_at, night, wear_minutes, held_low, held_high, .. } = *summary;
    let same = |value: f64| value.to_bits() == last.to_bits();
    let single = [mean, min, max, first, total].into_iter().all(same) && first_at == last_at;
    let mut parts = 0;
    for (is_there, part) in [
        (single, SINGLE),
        (deviation.is_some(), DEVIATION),
        (night.is_some(), NIGHT),
        (wear_minutes != 0, WEAR),
        (held_low.is_some(), HELD_LOW),
        (held_high.is_some(), HELD_HIGH),
        (summary.ranges.is_some(), RANGES),
    ] {
        if is_there {
            parts |= part;
        }
    }
    out.byte(signal.number());
    out.unsigned(parts);
    out.unsigned(count.into());
    out.number(last);
    out.time(last_at, midnight);
    if !single {
        for value in [mean, min, max, first, total] {
            out.number(value);
        }
        out.time(first_at, last_at);
    }
    if let Some(deviation) = deviation {
        out.number(deviation);
    }
    if let Some(Night { count, mean, min, minutes }) = night {
        out.unsigned(count.into());
        out.number(mean);
        out.number(min);
        out.unsigned(minutes.into());
    }
    if wear_minutes != 0 {
        out.unsigned(wear_minutes.into());
    }
    for held in [held_low, held_high].into_iter().flatten() {
        out.number(held.level);
        out.time(held.at, last_at);
    }
    for minutes in summary.ranges.into_iter().flatten() {
        out.unsigned(minutes.into());
    }
    out.time(summary.received, last_at);
    out.bytes(&summary.digest.to_be_bytes());
}

fn next(reader: &mut Reader<'_>, midnight: i64) -> Result<DaySummary, Corrupt> {
    let signal = Signal::from_number(reader.byte()?).ok_or(Corrupt("unknown signal"))?;
    let parts = reader.unsigned()?;
    if parts >= RANGES << 1 {
        return Err(Corrupt("unknown part"));
    }
    let has = |part: u64| parts & part != 0;
    let count = reader.whole()?;
    let last = reader.number()?;
    let last_at = reader.time(midnight)?;
    let mut values = [last; 5];
    let mut first_at = last_at;
    if !has(SINGLE) {
        for value in &mut values {
            *value = reader.number()?;
        }
        first_at = reader.time(last_at)?;
    }
    let [mean, min, max, first, total] = values;
    let deviation = if has(DEVIATION) { Some(reader.number()?) } else { None };
    let night = if has(NIGHT) {
        Some(Night {
            count: reader.whole()?,
            mean: reader.number()?,
            min: reader.number()?,
            minutes: reader.whole()?,
        })
    } else {
        None
    };
    let wear_minutes = if has(WEAR) { reader.whole()? } else { 0 };
    let mut held = |part| {
        if has(part) {
            Ok(Some(Held { level: reader.number()?, at: reader.time(last_at)? }))
        } else {
            Ok(None)
        }
    };
    let (held_low, held_high) = (held(HELD_LOW)?, held(HELD_HIGH)?);
    let ranges = if has(RANGES) {
        let mut ranges = [0; 5];
        for minutes in &mut ranges {
            *minutes = reader.whole()?;
        }
        Some(ranges)
    } else {
        None
    };
    let received = reader.time(last_at)?;
    let digest = u64::from_be_bytes(reader.take()?);
    Ok(DaySummary {
        signal,
        count,
        mean,
        min,
        max,
        first,
        last,
        deviation,
        total,
        first_at,
        last_at,
        night,
        wear_minutes,
        held_low,
        held_high,
        ranges,
        received,
        digest,
    })
}
