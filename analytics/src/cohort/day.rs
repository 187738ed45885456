//! Civil dates as numbers of days.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A civil date, written `2026-01-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

const EPOCH: civil::Date = civil::date(1970, 1, 1);

impl Date {
    /// The date so many days after 1970-01-01; `None` outside the years −9999 to 9999.
    pub fn from_day(day: i32) -> Option<Self> {
        let span = jiff::Span::new().try_days(day).ok()?;
        EPOCH.checked_add(span).ok().map(Self)
    }

    /// Days since 1970-01-01.
    pub fn day(self) -> i32 {
        EPOCH.until(self.0).map_or(0, |span| span.get_days())
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, from 1.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Completed years from this date (of birth) to another; born on 29 February one turns a year
    /// older on 1 March of other years. Below 0 before birth.
    pub fn years_until(self, later: Self) -> i32 {
        let years = i32::from(later.0.year()) - i32::from(self.0.year());
        let is_short = (later.0.month(), later.0.day()) < (self.0.month(), self.0.day());
        years - i32::from(is_short)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = text.len() == 10 && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
        let date = text.parse().ok().filter(|_| is_plain);
        date.map(Self).ok_or_else(|| format!("`{text}` is no date such as 2026-01-31"))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
