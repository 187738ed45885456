//! One signal of one citizen, newest day first.

use crate::features::{MAX_AGE, NIGHT_MINUTES, Source};
use crate::signal::DayValue;
use crate::summary::DaySummary;

const HOUR: i64 = 3_600_000_000;

/// As of when features are computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Microseconds since 1970 UTC.
    pub(crate) as_of: i64,
    /// What the wall clock shows more than UTC, seconds.
    pub(crate) offset: i32,
    /// The local day, days since 1970.
    pub(crate) today: i32,
}

impl Moment {
    pub(crate) fn new(as_of: i64, offset: i32) -> Self {
        Self { as_of, offset, today: crate::summary::local_day(as_of, offset) }
    }

    /// How long ago, hours; 0 for what a clock ahead calls the future.
    pub(crate) fn hours_since(&self, at: i64) -> f64 {
        hours(self.as_of.saturating_sub(at).max(0))
    }

    /// 07:00 on the wall clock of a local day, by the offset that holds now.
    fn end_of_night(&self, day: i32) -> i64 {
        let seconds = i64::from(day) * 86_400 - i64::from(self.offset);
        seconds.saturating_mul(1_000_000).saturating_add(7 * HOUR)
    }
}

/// Microseconds as hours.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 microseconds, 285 years")]
pub(crate) fn hours(micros: i64) -> f64 {
    micros as f64 / 3.6e9
}

/// In place of the summary of a day of which only the value is known.
static NO_SUMMARY: DaySummary = DaySummary {
    signal: crate::Signal::HeartRate,
    count: 0,
    mean: f64::NAN,
    min: f64::NAN,
    max: f64::NAN,
    first: f64::NAN,
    last: f64::NAN,
    deviation: None,
    total: f64::NAN,
    first_at: 0,
    last_at: 0,
    night: None,
    wear_minutes: 0,
    held_low: None,
    held_high: None,
    ranges: None,
    received: 0,
    digest: 0,
};

/// A day that has the signal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Local days before today.
    pub(crate) age: i32,
    /// What stands for the day; finite.
    pub(crate) value: f64,
    /// The newest reading, if it is finite.
    pub(crate) last: Option<f64>,
    /// When that was taken.
    pub(crate) last_at: i64,
    /// Readings.
    pub(crate) count: u32,
    pub(crate) summary: &'a DaySummary,
}

/// The days of a source, newest first; no day twice.
#[derive(Debug, Default)]
pub(crate) struct Track<'a> {
    rows: Vec<Row<'a>>,
}

impl<'a> Track<'a> {
    /// Adds a day that is older than all before. Ignores days that are not, that have no finite
    /// value, lie after today or too far back.
    pub(crate) fn push(
        &mut self,
        source: Source,
        day: i32,
        summary: &'a DaySummary,
        moment: &Moment,
    ) {
        let age = moment.today.saturating_sub(day);
        let is_older = self.rows.last().is_none_or(|row| row.age < age);
        if !(0..MAX_AGE).contains(&age) || !is_older {
            return;
        }
        let row = match source {
            Source::Days(signal) => {
                let value = match signal.day_value() {
                    DayValue::Last => summary.last,
                    DayValue::Mean => summary.mean,
                    DayValue::Total => summary.total,
                    DayValue::Max => summary.max,
                };
                let last = Some(summary.last).filter(|last| last.is_finite());
                let (count, last_at) = (summary.count, summary.last_at);
                Row { age, value, last, last_at, count, summary }
            }
            Source::Nights => {
                let Some(night) = summary.night.filter(|it| it.minutes >= NIGHT_MINUTES) else {
                    return;
                };
                let value = (night.mean + 0.5).floor();
                let last_at = summary.last_at.min(moment.end_of_night(day));
                Row { age, value, last: Some(value), last_at, count: night.count, summary }
            }
        };
        if row.value.is_finite() {
            self.rows.push(row);
        }
    }

    /// Of days of which only age, value and number of readings are known, newest first: enough for
    /// what is computed from the values of days, and for nothing else.
    pub(crate) fn of_values(days: impl Iterator<Item = (i32, f64, u32)>) -> Track<'static> {
        let rows = days.map(|(age, value, count)| {
            let (last, last_at, summary) = (None, 0, &NO_SUMMARY);
            Row { age, value, last, last_at, count, summary }
        });
        Track { rows: rows.collect() }
    }

    /// All days.
    pub(crate) fn all(&self) -> &[Row<'a>] {
        &self.rows
    }

    /// The newest day.
    pub(crate) fn newest(&self) -> Option<&Row<'a>> {
        self.rows.first()
    }

    /// Days with age 0 to `days` − 1.
    pub(crate) fn recent(&self, days: u16) -> &[Row<'a>] {
        let end = self.rows.partition_point(|row| row.age < i32::from(days));
        &self.rows[..end]
    }

    /// Days `from` to `to` before the newest.
    pub(crate) fn rel(&self, from: i32, to: i32) -> &[Row<'a>] {
        let Some(newest) = self.newest() else { return &[] };
        let start = self.rows.partition_point(|row| row.age - newest.age < from);
        let end = self.rows.partition_point(|row| row.age - newest.age <= to);
        &self.rows[start..end.max(start)]
    }

    /// The day before the newest, with at most one day between, and how many days before it lies.
    pub(crate) fn prev(&self) -> Option<(&Row<'a>, i32)> {
        let newest = self.newest()?;
        self.rel(1, 2).first().map(|row| (row, row.age - newest.age))
    }
}
