//! FHIR dates and times: parsed to microseconds, with the precision and offset that were sent.
//!
//! A partial date stands for a range (`2026-01` is all of January), and a dateTime given to the
//! second for that second; searches compare such ranges
//! (<http://hl7.org/fhir/R4/search.html#date>).

use jiff::civil;
use jiff::tz::TimeZone;

#[cfg(test)]
mod tests;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// How much of a date was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// `2026`
    Year,
    /// `2026-01`
    Month,
    /// `2026-01-31`
    Day,
    /// `2026-01-31T12:00:00Z`
    Second,
    /// With that many digits after the second.
    Fraction(u8),
}

/// A FHIR `date`, `dateTime` or `instant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// Microseconds since 1970 as if the clock on the wall were UTC. Digits beyond are cut off.
    pub wall_us: i64,
    /// Minutes east of UTC; `None` for a date without time.
    pub offset_minutes: Option<i16>,
    /// Whether the offset was written as `Z`.
    pub zulu: bool,
    /// How much was given.
    pub precision: Precision,
}

impl DateTime {
    /// First microsecond of the range in UTC; a date without an offset is taken in `zone`.
    pub fn start_us(&self, zone: &TimeZone) -> i64 {
        self.to_utc(self.wall_us, zone)
    }

    /// First and one-past-last microsecond of the range that this date stands for, in UTC.
    pub fn range_us(&self, zone: &TimeZone) -> (i64, i64) {
        let start = self.start_us(zone);
        let end = match self.precision {
            Precision::Fraction(digits) => {
                start + 10_i64.pow(6_u32.saturating_sub(u32::from(digits)))
            }
            Precision::Second => start + SECOND,
            Precision::Day => self.to_utc(self.wall_us + DAY, zone),
            Precision::Month | Precision::Year => self.to_utc(self.next_civil(), zone),
        };
        (start, end)
    }

    /// [`Self::range_us`] with dates without an offset taken in UTC.
    pub fn range_utc(&self) -> (i64, i64) {
        self.range_us(&TimeZone::UTC)
    }

    /// Days since 1970 on the wall clock of the sender.
    pub fn local_day(&self) -> i32 {
        i32::try_from(self.wall_us.div_euclid(DAY)).unwrap_or(i32::MAX)
    }

    fn to_utc(self, wall_us: i64, zone: &TimeZone) -> i64 {
        match self.offset_minutes {
            Some(minutes) => wall_us - i64::from(minutes) * 60 * SECOND,
            None => wall_to_utc(wall_us, zone),
        }
    }

    fn next_civil(&self) -> i64 {
        let (year, month, _) = civil_from_days(self.wall_us.div_euclid(DAY));
        let (year, month) = match self.precision {
            Precision::Year => (year + 1, 1),
            _ if month == 12 => (year + 1, 1),
            _ => (year, month + 1),
        };
        days_from_civil(year, month, 1) * DAY
    }
}

/// Parses a FHIR `dateTime`: a year, month, day, or full time with seconds and offset.
pub fn parse_datetime(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    if bytes.len() <= 10 { parse_date(text) } else { parse_instant(text) }
}

/// Parses a FHIR `date`: a year, month or day.
pub fn parse_date(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    let year = digits(bytes.get(0..4)?)?;
    let (month, day, precision) = match bytes.len() {
        4 => (1, 1, Precision::Year),
        7 if bytes[4] == b'-' => (digits(&bytes[5..7])?, 1, Precision::Month),
        10 if bytes[4] == b'-' && bytes[7] == b'-' => {
            (digits(&bytes[5..7])?, digits(&bytes[8..10])?, Precision::Day)
        }
        _ => return None,
    };
    let wall_us = civil_us(year, month, day)?;
    Some(DateTime { wall_us, offset_minutes: None, zulu: false, precision })
}

/// Parses a FHIR `instant`: date, time to the second or finer, and offset.
pub fn parse_instant(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[10] != b'T' {
        return None;
    }
    let date = civil_us(digits(&bytes[0..4])?, digits(&bytes[5..7])?, digits(&bytes[8..10])?)?;
    let (time, fraction_digits, used) = clock(&bytes[11..])?;
    let (offset_minutes, zulu) = match &bytes[11 + used..] {
        b"Z" => (0, true),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = digits(&[*h1, *h2])?;
            let minutes = digits(&[*m1, *m2])?;
            if minutes > 59 || hours * 60 + minutes > 14 * 60 {
                return None;
            }
            let total = i16::try_from(hours * 60 + minutes).ok()?;
            (if *sign == b'-' { -total } else { total }, false)
        }
        _ => return None,
    };
    let precision =
        if fraction_digits == 0 { Precision::Second } else { Precision::Fraction(fraction_digits) };
    Some(DateTime { wall_us: date + time, offset_minutes: Some(offset_minutes), zulu, precision })
}

/// Whether the text is a FHIR `time`: `hh:mm:ss` with optional fraction.
pub fn is_time(text: &str) -> bool {
    clock(text.as_bytes()).is_some_and(|(_, _, used)| used == text.len())
}

/// Microseconds of the day, fraction digits, bytes used. A leap second runs into the next minute.
fn clock(bytes: &[u8]) -> Option<(i64, u8, usize)> {
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let (hour, minute, second) =
        (digits(&bytes[0..2])?, digits(&bytes[3..5])?, digits(&bytes[6..8])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = (hour * 3600 + minute * 60 + second) * SECOND;
    let mut used = 8;
    let mut count = 0_u8;
    if bytes.get(8) == Some(&b'.') {
        used = 9;
        let mut unit = SECOND / 10;
        while let Some(digit @ b'0'..=b'9') = bytes.get(used) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
            used += 1;
            count = count.checked_add(1)?;
        }
        if count == 0 {
            return None;
        }
    }
    Some((micros, count, used))
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0_i64, |value, &byte| {
        byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn civil_us(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *LENGTHS.get(usize::try_from(month - 1).ok()?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if year < 1 || day < 1 || day > length || (month == 2 && day == 29 && !leap) {
        return None;
    }
    Some(days_from_civil(year, month, day) * DAY)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn wall_to_utc(wall_us: i64, zone: &TimeZone) -> i64 {
    let (year, month, day) = civil_from_days(wall_us.div_euclid(DAY));
    let midnight = wall_us.div_euclid(DAY) * DAY;
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return wall_us };
    civil::Date::new(year, month, day)
        .ok()
        .and_then(|date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok())
        .map_or(wall_us, |at| at.as_microsecond() + (wall_us - midnight))
}

/// Appends `YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm)` for a moment, with `fraction` digits (at most 6).
pub fn push_datetime(out: &mut String, utc_us: i64, offset_minutes: i16, zulu: bool, fraction: u8) {
    let wall = utc_us + i64::from(offset_minutes) * 60 * SECOND;
    let (year, month, day) = civil_from_days(wall.div_euclid(DAY));
    let of_day = wall.rem_euclid(DAY);
    let seconds = of_day / SECOND;
    push_digits(out, year, 4);
    out.push('-');
    push_digits(out, month, 2);
    out.push('-');
    push_digits(out, day, 2);
    out.push('T');
    push_digits(out, seconds / 3600, 2);
    out.push(':');
    push_digits(out, seconds / 60 % 60, 2);
    out.push(':');
    push_digits(out, seconds % 60, 2);
    if fraction > 0 {
        out.push('.');
        let shown = fraction.min(6);
        push_digits(out, of_day % SECOND / 10_i64.pow(6 - u32::from(shown)), usize::from(shown));
    }
    if zulu {
        out.push('Z');
    } else {
        out.push(if offset_minutes < 0 { '-' } else { '+' });
        let minutes = i64::from(offset_minutes.unsigned_abs());
        push_digits(out, minutes / 60, 2);
        out.push(':');
        push_digits(out, minutes % 60, 2);
    }
}

fn push_digits(out: &mut String, mut value: i64, width: usize) {
    let mut buffer = [b'0'; 8];
    let width = width.min(buffer.len());
    for slot in buffer[..width].iter_mut().rev() {
        *slot = b'0' + u8::try_from(value.rem_euclid(10)).unwrap_or(0);
        value /= 10;
    }
    for &byte in &buffer[..width] {
        out.push(char::from(byte));
    }
}
