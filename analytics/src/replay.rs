//! Looking back: what screening would have said at moments that have passed.
//!
//! A [`Replay`] gives the local days of a citizen as they were known at a moment: from the readings
//! received by then, in the versions that stood then. [`screen_over`] puts citizens and moments
//! into the same batches and through the same rules as live screening, which is why a month of live
//! screening and one pass over that month say the same, byte for byte.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::{ScreenError, screen};
use crate::frame::{Batch, Day, Subject};
use crate::pack::Pack;
use crate::plan::Plan;
use crate::screening::Screening;
use crate::summary::{Sample, summarise};

/// One version of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Version {
    /// The local day that it belongs to, days since 1970.
    pub day: i32,
    /// The reading; its `received` is when this version was.
    pub sample: Sample,
    /// When it ceased to stand because it was corrected or withdrawn, microseconds since 1970 UTC.
    pub replaced: Option<i64>,
}

/// The readings of one citizen in the order in which they became known and ceased to stand, or the
/// days that were made of them.
#[derive(Debug, Clone)]
pub struct Replay(Kept);

#[derive(Debug, Clone)]
enum Kept {
    Readings(Readings),
    /// Each day with the moment from which on all of it is known, ascending in both.
    Days {
        whole: Vec<i64>,
        days: Vec<Day>,
    },
}

impl Replay {
    /// Of all versions of one citizen's readings, in any order, none of them twice.
    pub fn new(versions: impl IntoIterator<Item = Version>) -> Self {
        Self(Kept::Readings(Readings::new(versions)))
    }

    /// Of summaries as they are kept, ascending by day. A day is known once its last reading has
    /// been taken, so at the end of each local day all that was taken by then. What came late is
    /// taken for having come in time, and what was corrected for having been right.
    pub fn of_days(days: Vec<Day>) -> Self {
        let mut known = i64::MIN;
        let whole = days.iter().map(|day| {
            known = day.summaries.iter().map(|summary| summary.last_at).fold(known, i64::max);
            known
        });
        Self(Kept::Days { whole: whole.collect(), days })
    }

    /// When the first reading was received, microseconds since 1970 UTC; of summaries, when the
    /// first day was known.
    pub fn first_received(&self) -> Option<i64> {
        match &self.0 {
            Kept::Readings(readings) => readings.turns.first().map(|(at, ..)| *at),
            Kept::Days { whole, .. } => whole.first().copied(),
        }
    }

    /// The citizen's local days, ascending, from the readings received at `as_of` (microseconds
    /// since 1970 UTC) or before in the versions that stood then.
    ///
    /// Moments are best asked for in their order: then only the days touched since the last one
    /// are summarised anew.
    pub fn days_as_of(&mut self, as_of: i64) -> &[Day] {
        match &mut self.0 {
            Kept::Readings(readings) => readings.days_as_of(as_of),
            Kept::Days { whole, days } => &days[..whole.partition_point(|at| *at <= as_of)],
        }
    }
}

/// Readings one by one.
#[derive(Debug, Clone)]
struct Readings {
    versions: Vec<Version>,
    /// When a version comes to stand (`true`) or ceases to, and its place.
    turns: Vec<(i64, bool, usize)>,
    /// How many turns have been taken.
    taken: usize,
    /// What stands, by local day: places of versions.
    standing: BTreeMap<i32, BTreeSet<usize>>,
    /// The summaries of what stands, ascending by day.
    days: Vec<Day>,
}

impl Readings {
    fn new(versions: impl IntoIterator<Item = Version>) -> Self {
        let versions: Vec<Version> = versions.into_iter().collect();
        let mut turns = Vec::with_capacity(versions.len());
        for (place, version) in versions.iter().enumerate() {
            let received = version.sample.received;
            // What was replaced as soon as it came never stood.
            if version.replaced.is_some_and(|replaced| replaced <= received) {
                continue;
            }
            turns.push((received, true, place));
            turns.extend(version.replaced.map(|replaced| (replaced, false, place)));
        }
        turns.sort_unstable();
        Self { versions, turns, taken: 0, standing: BTreeMap::new(), days: Vec::new() }
    }

    fn days_as_of(&mut self, as_of: i64) -> &[Day] {
        let until = self.turns.partition_point(|(at, ..)| *at <= as_of);
        if until < self.taken {
            self.taken = 0;
            self.standing.clear();
            self.days.clear();
        }
        let mut touched = BTreeSet::new();
        for &(_, comes, place) in &self.turns[self.taken..until] {
            let day = self.versions[place].day;
            let standing = self.standing.entry(day).or_default();
            if comes {
                standing.insert(place);
            } else {
                standing.remove(&place);
            }
            touched.insert(day);
        }
        self.taken = until;
        for day in touched {
            self.summarise_day(day);
        }
        &self.days
    }

    fn summarise_day(&mut self, day: i32) {
        let standing = self.standing.get(&day).into_iter().flatten();
        let samples: Vec<Sample> = standing.map(|place| self.versions[*place].sample).collect();
        let summaries = summarise(&samples);
        let place = self.days.binary_search_by_key(&day, |known| known.day);
        match (place, summaries.is_empty()) {
            (Ok(place), false) => self.days[place].summaries = summaries,
            (Ok(place), true) => drop(self.days.remove(place)),
            (Err(place), false) => self.days.insert(place, Day { day, summaries }),
            (Err(_), true) => {}
        }
    }
}

/// A moment at which citizens are screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970 UTC.
    pub as_of: i64,
    /// What the citizens' wall clock shows more than UTC then, seconds.
    pub offset: i32,
}

/// What is known of a citizen beside readings at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// Its version; 0 without one.
    pub plan_version: u32,
    /// Since when it is in force, microseconds since 1970 UTC.
    pub plan_since: i64,
    /// Age, years.
    pub age_years: Option<f64>,
}

/// How many (citizen, moment) pairs are screened together.
const MOST: usize = 4_096;

/// Screens every citizen at every moment for which `known` has something, and tells the screenings
/// by place of citizen and moment: all moments of the first citizen, then those of the second.
///
/// # Errors
/// When the pack cannot be evaluated at all.
pub fn screen_over<'a>(
    citizens: &mut [Replay],
    moments: &[Moment],
    pack: &Pack,
    mut known: impl FnMut(usize, &Moment) -> Option<Known<'a>>,
    mut tell: impl FnMut(usize, usize, Screening),
) -> Result<(), ScreenError> {
    let mut batch = Batch::new(pack);
    let mut places = Vec::new();
    for (citizen, replay) in citizens.iter_mut().enumerate() {
        for (place, moment) in moments.iter().enumerate() {
            let Some(known) = known(citizen, moment) else { continue };
            batch.push(&Subject {
                as_of: moment.as_of,
                offset: moment.offset,
                plan: known.plan,
                plan_version: known.plan_version,
                plan_since: known.plan_since,
                age_years: known.age_years,
                days: replay.days_as_of(moment.as_of),
            });
            places.push((citizen, place));
            if batch.len() >= MOST {
                let full = std::mem::replace(&mut batch, Batch::new(pack));
                flush(full, pack, &mut places, &mut tell)?;
            }
        }
    }
    flush(batch, pack, &mut places, &mut tell)
}

fn flush(
    batch: Batch,
    pack: &Pack,
    places: &mut Vec<(usize, usize)>,
    tell: &mut impl FnMut(usize, usize, Screening),
) -> Result<(), ScreenError> {
    for ((citizen, moment), screening) in places.drain(..).zip(screen(batch, pack)?) {
        tell(citizen, moment, screening);
    }
    Ok(())
}
