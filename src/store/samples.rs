//! Readings as summaries take them in: numbers with the wall clock they were taken by.
//!
//! Only readings that may be scored count: not in quarantine, of a known measure, with a time.

mod day;
mod decode;
mod readings;
mod series;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::TryStreamExt;
use pulsvagt_analytics::Sample;

use super::{Shape, Store, StoreError};
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::{CitizenNo, ConceptNo, ShapeNo};

pub use day::{Wall, day_of};
pub use readings::{PastReading, What};
pub use series::{Reading, Series, glucose_word};

pub(super) use decode::stored_day;

use decode::{Decoder, SampleRow};

/// A sample and the local day that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Whose.
    pub citizen: CitizenNo,
    /// The local day, days since 1970.
    pub day: i32,
    /// The sample.
    pub sample: Sample,
}

/// A version of a reading, for looking back at what was known when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplaySample {
    /// Whose.
    pub citizen: CitizenNo,
    /// The local day that it belongs to, days since 1970.
    pub day: i32,
    /// The sample; its `received` is when this version was.
    pub sample: Sample,
    /// When another version took its place, if one has.
    pub replaced: Option<Micros>,
}

/// The readings of some citizen-days.
#[derive(Debug, Default)]
pub struct Samples {
    /// What could be read.
    pub placed: Vec<Placed>,
    /// Citizens of whom a row could not be read, with the first error of each. Their samples are
    /// not complete.
    pub broken: BTreeMap<CitizenNo, StoreError>,
}

/// How far before a local day a reading of it may begin: the offset of the easternmost wall clock
/// and the longest sleep.
const BEFORE: i64 = (14 + day::LONGEST_SLEEP_HOURS) * 3_600 * 1_000_000;
/// How far after the end of a day in UTC a local day may last: the westernmost wall clock.
const AFTER: i64 = 14 * 3_600 * 1_000_000;
const DAY: i64 = 86_400 * 1_000_000;
/// What screening is for: a denial of care is one of screening.
const SCREENING: &str = "TREAT";
/// Days without a touched one between two touched days that are still read in one go.
const GAP: i32 = 2;

impl Store {
    /// The readings of citizens on local days, given as days since 1970 and sorted. In no order, and
    /// without what citizens have denied by now.
    ///
    /// # Errors
    /// When the database does; a single row that cannot be read is told by citizen instead.
    pub async fn samples(
        &self,
        days: &[(CitizenNo, Vec<i32>)],
        now: Micros,
    ) -> Result<Samples, StoreError> {
        self.load_shapes().await?;
        let vault = self.keys().await?;
        let codes = self.scored_concepts();
        let (mut citizens, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
        for (citizen, days) in days {
            for (first, last) in ranges(days) {
                citizens.push(citizen.0);
                lower.push(Micros(i64::from(first) * DAY - BEFORE));
                upper.push(Micros((i64::from(last) + 1) * DAY + AFTER));
            }
        }
        let wanted: BTreeMap<CitizenNo, &[i32]> =
            days.iter().map(|(citizen, days)| (*citizen, days.as_slice())).collect();
        let mut rows = sqlx::query_as!(
            SampleRow,
            r#"-- samples.of_days
             select o.citizen as "citizen!", o.code as "code!", o.effective as "effective!: Micros",
                    o.source as "source!", o.fingerprint::int4 as "fingerprint!",
                    o.received as "received!: Micros", o.value, o.shape as "shape!",
                    o.span as "span!", o.version as "version!", o.holes as "holes!",
                    o.extra as "extra!", null::timestamptz as "replaced: Micros"
             from unnest($1::int4[], $2::timestamptz[], $3::timestamptz[])
                  as r (citizen, lower, upper)
             cross join lateral (
                 select * from observation o
                 where o.citizen = r.citizen and o.code = any($4)
                   and o.effective >= r.lower and o.effective < r.upper and o.quarantine = 0
                 offset 0) o"#,
            &citizens,
            &lower as &[Micros],
            &upper as &[Micros],
            &codes
        )
        .fetch(&self.pool);
        let denials = self.denials(SCREENING, now).await?;
        let mut decoder = Decoder::new(self, &vault);
        let mut samples = Samples::default();
        while let Some(row) = rows.try_next().await? {
            let citizen = CitizenNo(row.citizen);
            if samples.broken.contains_key(&citizen) {
                continue;
            }
            if !self.allows_shape(&denials, row.shape, citizen) {
                continue;
            }
            let days = wanted.get(&citizen).copied().unwrap_or_default();
            let read = decoder.read(&row, |day, sample| {
                if days.binary_search(&day).is_ok() {
                    samples.placed.push(Placed { citizen, day, sample });
                }
            });
            if let Err(error) = read {
                samples.broken.insert(citizen, error);
            }
        }
        Ok(samples)
    }

    /// All versions of the readings of citizens that were taken from `from` until before `to`, as
    /// far as they could be scored. In no order, and without what is denied at the moment `at`.
    ///
    /// # Errors
    /// When the database does, or a row cannot be read.
    pub async fn readings_over_time(
        &self,
        citizens: &[CitizenNo],
        from: Micros,
        to: Micros,
        at: Micros,
    ) -> Result<Vec<ReplaySample>, StoreError> {
        self.load_shapes().await?;
        let denials = self.denials(SCREENING, at).await?;
        let vault = self.keys().await?;
        let codes = self.scored_concepts();
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let mut rows = sqlx::query_as!(
            SampleRow,
            r#"-- samples.over_time
             select citizen as "citizen!", code as "code!", effective as "effective!: Micros",
                    source as "source!", fingerprint::int4 as "fingerprint!",
                    received as "received!: Micros", value, shape as "shape!", span as "span!",
                    version as "version!", holes as "holes!", extra as "extra!",
                    null::timestamptz as "replaced: Micros"
             from observation
             where citizen = any($1) and code = any($2) and effective >= $3 and effective < $4
               and quarantine = 0
             union all
             select citizen, code, effective, source, fingerprint::int4, received, value, shape,
                    span, version, holes, extra, replaced
             from observation_history
             where citizen = any($1) and code = any($2) and effective >= $3 and effective < $4
               and quarantine = 0"#,
            &citizens,
            &codes,
            from as Micros,
            to as Micros
        )
        .fetch(&self.pool);
        let mut decoder = Decoder::new(self, &vault);
        let mut versions = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let (citizen, replaced) = (CitizenNo(row.citizen), row.replaced);
            if !self.allows_shape(&denials, row.shape, citizen) {
                continue;
            }
            decoder.read(&row, |day, sample| {
                versions.push(ReplaySample { citizen, day, sample, replaced });
            })?;
        }
        Ok(versions)
    }

    /// Whether the citizen lets readings of that template be used.
    fn allows_shape(&self, denials: &Denials, shape: i32, citizen: CitizenNo) -> bool {
        let allows = |shape: Arc<Shape>| denials.allows_reading(&shape.facts, citizen);
        denials.is_empty() || self.shape_by_no(ShapeNo(shape)).is_none_or(allows)
    }

    /// The numbers of the codes whose readings can have samples.
    fn scored_concepts(&self) -> Vec<i32> {
        let mut codes: Vec<ConceptNo> = self
            .shapes_where(|shape| !shape.series.is_empty())
            .iter()
            .map(|shape| shape.concept.no)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(|code| code.0).collect()
    }
}

/// Sorted days as first and last of ranges that are worth reading in one go.
fn ranges(days: &[i32]) -> Vec<(i32, i32)> {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for &day in days {
        match ranges.last_mut() {
            Some((_, last)) if day - *last <= GAP + 1 => *last = day,
            _ => ranges.push((day, day)),
        }
    }
    ranges
}
