//! Local days with their daylight-saving changes, and times written as FHIR wants them.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// One local day: its moments and the offsets from UTC that hold in it. All moments are whole
/// seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone)]
pub(super) struct LocalDay {
    /// Days from 1970-01-01 to this date.
    pub(super) number: i64,
    /// Local midnight.
    pub(super) start: i64,
    /// The next local midnight: 23, 24 or 25 hours later.
    pub(super) end: i64,
    before: i32,
    change: Option<(i64, i32)>,
}

impl LocalDay {
    /// The local day `number` days after 1970-01-01; `None` beyond what the calendar can say.
    pub(super) fn new(number: i64, zone: &TimeZone) -> Option<Self> {
        let start = midnight(number, zone)?;
        let end = midnight(number + 1, zone)?;
        let moment = Timestamp::from_second(start).ok()?;
        let change = zone
            .following(moment)
            .next()
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()))
            .filter(|(at, _)| *at < end);
        let before = zone.to_offset(moment).seconds();
        Some(Self { number, start, end, before, change })
    }

    /// Seconds east of UTC at a moment of this day (or shortly before it).
    pub(super) fn offset(&self, at: i64) -> i32 {
        match self.change {
            Some((change, after)) if at >= change => after,
            _ => self.before,
        }
    }

    /// What the clock on the wall shows, in hours since midnight.
    pub(super) fn hour(&self, at: i64) -> f64 {
        super::draw::real((at + i64::from(self.offset(at))).rem_euclid(86_400)) / 3600.0
    }

    /// The moment at which a clock on the wall shows `seconds` since midnight; on the night when
    /// the hour comes twice, the second of the two.
    pub(super) fn at(&self, seconds: i64) -> i64 {
        let midnight = self.start + i64::from(self.offset(self.start));
        let late = midnight + seconds - i64::from(self.offset(self.end - 1));
        match self.change {
            Some((change, _)) if late < change => self.start + seconds,
            _ => late,
        }
    }
}

fn midnight(number: i64, zone: &TimeZone) -> Option<i64> {
    let (year, month, day) = civil(number);
    let date =
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Some(date.ok()?.to_zoned(zone.clone()).ok()?.timestamp().as_second())
}

/// The number of the local date at a moment.
pub(super) fn day_number(at: Timestamp, zone: &TimeZone) -> i64 {
    let offset = i64::from(zone.to_offset(at).seconds());
    (at.as_second() + offset).div_euclid(86_400)
}

/// Year, month and day of a day number (proleptic Gregorian; eras of 400 years from 1 March).
pub(super) fn civil(number: i64) -> (i64, i64, i64) {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Writes `2026-10-25T02:30:00+01:00`, with `fraction` (for example `.000000`) after the seconds.
pub(super) fn push_time(out: &mut String, at: i64, offset: i32, fraction: &str) {
    push_civil(out, at + i64::from(offset), ['-', 'T', ':'].map(Some));
    out.push_str(fraction);
    out.push(if offset < 0 { '-' } else { '+' });
    let minutes = i64::from(offset.unsigned_abs() / 60);
    push_padded(out, minutes / 60, 2);
    out.push(':');
    push_padded(out, minutes % 60, 2);
}

/// Writes `20261025T023000`, as Continua identifiers carry it.
pub(super) fn push_compact(out: &mut String, at: i64, offset: i32) {
    push_civil(out, at + i64::from(offset), [None, Some('T'), None]);
}

fn push_civil(out: &mut String, local: i64, [dash, letter, colon]: [Option<char>; 3]) {
    let (year, month, day) = civil(local.div_euclid(86_400));
    let second = local.rem_euclid(86_400);
    push_padded(out, year, 4);
    let rest = [
        (dash, month),
        (dash, day),
        (letter, second / 3600),
        (colon, second / 60 % 60),
        (colon, second % 60),
    ];
    for (separator, number) in rest {
        out.extend(separator);
        push_padded(out, number, 2);
    }
}

/// Writes a number with leading zeros.
pub(super) fn push_padded(out: &mut String, number: i64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = number.unsigned_abs();
    let mut first = digits.len();
    while rest > 0 || digits.len() - first < width {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.extend(digits[first..].iter().map(|&digit| char::from(digit)));
}

/// Writes `value` / 10^`decimals` with exactly that many decimals: 365 and 1 is `36.5`.
pub(super) fn push_decimal(out: &mut String, value: i32, decimals: u8) {
    if value < 0 {
        out.push('-');
    }
    let scale = 10_i64.pow(u32::from(decimals));
    let size = i64::from(value.unsigned_abs());
    push_padded(out, size / scale, 1);
    if decimals > 0 {
        out.push('.');
        push_padded(out, size % scale, usize::from(decimals));
    }
}
