//! Dates and times as expressions compare them.

use std::cmp::Ordering;

use crate::datetime::{
    DateTime, Precision, civil_from_days, is_time, parse_date, parse_datetime, parse_instant,
};

const DAY: i64 = 86_400_000_000;

/// A date, dateTime or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum Moment<'t> {
    Date(DateTime),
    /// `hh:mm:ss` with or without a fraction.
    Time(&'t str),
}

impl<'t> Moment<'t> {
    pub(in crate::view) fn parse(text: &'t str) -> Option<Self> {
        parse_datetime(text).map(Self::Date).or_else(|| is_time(text).then_some(Self::Time(text)))
    }

    /// What stands behind an `@`, without the `T` that marks a date as a dateTime or a time.
    pub(in crate::view) fn literal(text: &'t str) -> Option<&'t str> {
        if let Some(time) = text.strip_prefix('T') {
            return is_time(time).then_some(time);
        }
        let date = text.strip_suffix('T').unwrap_or(text);
        (parse_date(date).is_some() || parse_instant(text).is_some()).then_some(date)
    }

    /// Which is earlier. `None` where that cannot be said: the one is told more exactly than the
    /// other, and as far as both are told they are the same.
    pub(in crate::view) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Time(one), Self::Time(two)) => Some(time(one).cmp(time(two))),
            (Self::Date(one), Self::Date(two)) => dates(one, two),
            _ => None,
        }
    }
}

/// Digits alone decide, as long as zeros at the end of a fraction are left out.
fn time(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn dates(one: DateTime, two: DateTime) -> Option<Ordering> {
    if let (Some(first), Some(second)) = (one.offset_minutes, two.offset_minutes) {
        let utc = |at: DateTime, offset: i16| at.wall_us - i64::from(offset) * 60_000_000;
        return Some(utc(one, first).cmp(&utc(two, second)));
    }
    let common = one.precision.min(two.precision);
    match parts(one, common).cmp(&parts(two, common)) {
        Ordering::Equal if one.precision != two.precision => None,
        order => Some(order),
    }
}

/// Year, month and day, as far as they count.
fn parts(date: DateTime, precision: Precision) -> (i64, i64, i64) {
    let (year, month, day) = civil_from_days(date.wall_us.div_euclid(DAY));
    match precision {
        Precision::Year => (year, 0, 0),
        Precision::Month => (year, month, 0),
        _ => (year, month, day),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use super::Moment;

    fn compare(one: &str, two: &str) -> Option<Ordering> {
        Moment::parse(one).expect(one).compare(Moment::parse(two).expect(two))
    }

    #[test]
    fn what_is_told_less_exactly_is_not_guessed() {
        assert_eq!(compare("2020", "2021-05"), Some(Less));
        assert_eq!(compare("2020-05-02", "2020-05"), None);
        assert_eq!(compare("2020-05-02", "2020-05-02T10:00:00Z"), None);
        assert_eq!(compare("2020-05-03", "2020-05-02T10:00:00Z"), Some(Greater));
        assert_eq!(compare("2020-05-02T12:00:00+02:00", "2020-05-02T10:00:00.000Z"), Some(Equal));
        assert_eq!(compare("10:00:00", "10:00:00.10"), Some(Less));
        assert_eq!(compare("10:00:00.1", "10:00:00.10"), Some(Equal));
        assert_eq!(compare("10:00:00", "2020"), None);
    }

    #[test]
    fn literals_are_dates_date_times_and_times() {
        assert_eq!(Moment::literal("2020-05"), Some("2020-05"));
        assert_eq!(Moment::literal("2020T"), Some("2020"));
        assert_eq!(Moment::literal("T10:00:00"), Some("10:00:00"));
        assert_eq!(Moment::literal("2020-05-02T10:00:00Z"), Some("2020-05-02T10:00:00Z"));
        for text in ["", "T", "2020-5", "T10:00", "2020-05-02T10:00:00", "x"] {
            assert_eq!(Moment::literal(text), None, "{text}");
        }
    }
}
