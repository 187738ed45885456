//! By when somebody is to deal with an alert, and which days are working days.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;

use super::alert::Level;
use super::policy::{Policy, Shift, Weekday, YearlyDay};
use crate::clock::Micros;

/// How many days ahead are looked at for staffed time. More than any row of holidays.
const HORIZON: u32 = 400;

/// By when somebody is to deal with an alert that is at this level since then: red within staffed
/// minutes, the others on a later working day at the same time of day. What comes outside staffed
/// hours counts from their next beginning.
pub fn due(level: Level, since: Micros, policy: &Policy) -> Micros {
    let due = match level {
        Level::Red => after_minutes(since, policy.red_minutes, policy),
        Level::Yellow => after_days(since, policy.yellow_working_days, policy),
        Level::Blue => after_days(since, policy.blue_working_days, policy),
        Level::Green => after_days(since, policy.green_working_days, policy),
    };
    // Without any staff within the horizon it is due at once: better early than never.
    due.unwrap_or(since)
}

/// Whether somebody looks at the worklist then.
pub fn is_staffed(at: Micros, policy: &Policy) -> bool {
    let date = local_date(at, policy);
    windows(date, policy).iter().any(|(from, to)| *from <= at && at < *to)
}

fn local_date(at: Micros, policy: &Policy) -> Date {
    at.to_jiff().to_zoned(policy.zone.get().clone()).date()
}

fn after_minutes(since: Micros, minutes: u32, policy: &Policy) -> Option<Micros> {
    let mut left = i64::from(minutes) * 60_000_000;
    let mut date = local_date(since, policy);
    for _ in 0..HORIZON {
        for (from, to) in windows(date, policy) {
            let from = from.max(since);
            let length = to.0 - from.0;
            if length <= 0 {
                continue;
            }
            if left <= length {
                return Some(Micros(from.0 + left));
            }
            left -= length;
        }
        date = date.tomorrow().ok()?;
    }
    None
}

fn after_days(since: Micros, days: u32, policy: &Policy) -> Option<Micros> {
    let start = next_staffed(since, policy)?;
    let start = start.to_jiff().to_zoned(policy.zone.get().clone());
    let mut date = start.date();
    let mut left = days;
    for _ in 0..HORIZON {
        if left == 0 {
            break;
        }
        date = date.tomorrow().ok()?;
        if !windows(date, policy).is_empty() {
            left -= 1;
        }
    }
    if left > 0 {
        return None;
    }
    // At the same time on the wall clock, whatever happened to it in between, and while somebody
    // is there: days may have different hours.
    let same = policy.zone.get().to_timestamp(date.to_datetime(start.time())).ok().map(micros)?;
    let last = windows(date, policy).last().map(|(_, to)| *to)?;
    Some(same.min(last))
}

/// The first staffed moment from then on.
fn next_staffed(since: Micros, policy: &Policy) -> Option<Micros> {
    let mut date = local_date(since, policy);
    for _ in 0..HORIZON {
        for (from, to) in windows(date, policy) {
            if to > since {
                return Some(from.max(since));
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// When there is staff on this day, in order, without overlaps.
fn windows(date: Date, policy: &Policy) -> Vec<(Micros, Micros)> {
    if policy.closed_days.contains(&YearlyDay::of(date))
        || (!policy.staffed_on_holidays && is_public_holiday(date))
    {
        return Vec::new();
    }
    let weekday = Weekday::from(date.weekday());
    let zone = policy.zone.get();
    let window = |shift: &Shift| {
        let from = zone.to_timestamp(date.to_datetime(shift.from.to_jiff())).ok()?;
        let to = zone.to_timestamp(date.to_datetime(shift.to.to_jiff())).ok()?;
        Some((micros(from), micros(to)))
    };
    let shifts = policy.staffed.iter().filter(|shift| shift.days.contains(&weekday));
    let mut windows: Vec<_> = shifts.filter_map(window).filter(|(from, to)| from < to).collect();
    windows.sort();
    let mut merged: Vec<(Micros, Micros)> = Vec::new();
    for (from, to) in windows {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn micros(at: Timestamp) -> Micros {
    Micros(at.as_microsecond())
}

/// Whether it is a public holiday in Denmark, by law as of 2024 (which abolished Great Prayer Day,
/// the fourth Friday after Easter; before that it counts).
pub fn is_public_holiday(date: Date) -> bool {
    if matches!((date.month(), date.day()), (1, 1) | (12, 25 | 26)) {
        return true;
    }
    let Some(easter) = easter(date.year()) else { return false };
    let Ok(span) = date.since((jiff::Unit::Day, easter)) else { return false };
    match span.get_days() {
        // Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension Day, Whit Sunday and
        // Monday.
        -3 | -2 | 0 | 1 | 39 | 49 | 50 => true,
        26 => date.year() < 2024,
        _ => false,
    }
}

/// Easter Sunday in the Gregorian calendar, by the rule of Meeus, Jones and Butcher.
pub fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moon = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late;
    let spring = Date::new(i16::try_from(year).ok()?, 3, 22).ok()?;
    spring.checked_add(days.days()).ok()
}
