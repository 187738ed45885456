//! Numbers made coarse.

use crate::cohort::Date;

/// `18-29`, `30-39`, …, `90+`; ages below 18 in one band, too.
pub(super) fn age(years: i32) -> String {
    match years {
        ..18 => "0-17".to_owned(),
        18..30 => "18-29".to_owned(),
        30..90 => {
            let from = years / 10 * 10;
            format!("{from}-{}", from + 9)
        }
        _ => "90+".to_owned(),
    }
}

/// `2026-Q1`.
pub(super) fn quarter(day: i32) -> Option<String> {
    let date = Date::from_day(day)?;
    Some(format!("{}-Q{}", date.year(), (date.month() - 1) / 3 + 1))
}

/// Begun periods of 30 days.
pub(super) const fn periods(days: u32) -> u32 {
    days.div_ceil(30)
}

/// Counts from here on are one.
pub(super) const MOST_TIMES: u32 = 5;

/// To one decimal.
pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
