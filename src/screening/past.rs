//! Citizens as they were known at a moment that may be past.

use std::collections::BTreeMap;

use pulsvagt_analytics::{Day, Sample, summary};

use super::evaluate::Subject;
use super::load::{Loaded, age_years, local_day};
use super::{DAYS_BACK, ScreeningError};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::plans::PlanInForce;
use crate::store::{Store, StoreError};

const DAY: i64 = 86_400 * 1_000_000;
/// How far a device's clock may be ahead and its reading still count.
const AHEAD: i64 = 3_600 * 1_000_000;

/// Loads citizens from the versions of their readings and plans that were known at the moment, not
/// from stored summaries.
///
/// # Errors
/// When the database does not answer, or a row cannot be read.
pub async fn load_as_of(
    store: &Store,
    citizens: &[CitizenNo],
    as_of: Micros,
) -> Result<Loaded, ScreeningError> {
    let (mut by_citizen, births) = tokio::try_join!(
        days_as_of(store, citizens, as_of, as_of, Knowing::Received),
        store.births(citizens)
    )?;
    let mut loaded = Loaded::default();
    for citizen in citizens {
        let plan = store.plan_as_of(*citizen, as_of).await?;
        loaded.subjects.push(Subject {
            citizen: *citizen,
            plan: plan.map(|plan| PlanInForce {
                plan: plan.plan,
                version: plan.version,
                since: plan.valid_from,
            }),
            age_years: births.get(citizen).and_then(|born| age_years(*born, as_of)),
            days: by_citizen.remove(citizen).unwrap_or_default(),
        });
    }
    Ok(loaded)
}

/// When a reading counts as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowing {
    /// From when it was received until another version took its place.
    Received,
    /// From when it was taken, in its last version: for histories that were imported in one go.
    Taken,
}

impl Knowing {
    /// Whether a version of a reading that was taken at a moment counts as known at another.
    pub fn counts(
        self,
        (taken, received, replaced): (Micros, Micros, Option<Micros>),
        as_of: Micros,
    ) -> bool {
        match self {
            Self::Received => received <= as_of && replaced.is_none_or(|replaced| replaced > as_of),
            Self::Taken => taken <= as_of && replaced.is_none(),
        }
    }
}

/// Readings of citizens by local day, days since 1970.
pub type SamplesByDay = BTreeMap<(CitizenNo, i32), Vec<Sample>>;

/// The days of citizens as known at a moment, but for what is denied at the moment `at`.
///
/// # Errors
/// When the database does not answer, or a row cannot be read.
pub async fn days_as_of(
    store: &Store,
    citizens: &[CitizenNo],
    as_of: Micros,
    at: Micros,
    knowing: Knowing,
) -> Result<BTreeMap<CitizenNo, Vec<Day>>, StoreError> {
    Ok(days(&samples_as_of(store, citizens, as_of, at, knowing).await?))
}

/// The summaries of days.
pub fn days(samples: &SamplesByDay) -> BTreeMap<CitizenNo, Vec<Day>> {
    let mut by_citizen: BTreeMap<CitizenNo, Vec<Day>> = BTreeMap::new();
    for ((citizen, day), samples) in samples {
        let summaries = summary::summarise(samples);
        by_citizen.entry(*citizen).or_default().push(Day { day: *day, summaries });
    }
    by_citizen
}

/// The readings that [`days_as_of`] summarises.
///
/// # Errors
/// As there.
pub async fn samples_as_of(
    store: &Store,
    citizens: &[CitizenNo],
    as_of: Micros,
    at: Micros,
    knowing: Knowing,
) -> Result<SamplesByDay, StoreError> {
    let first = local_day(store, as_of) - DAYS_BACK;
    let from = Micros(i64::from(first - 3) * DAY);
    let to = Micros(as_of.0 + AHEAD);
    let versions = store.readings_over_time(citizens, from, to, at).await?;
    let mut days = SamplesByDay::new();
    for version in versions {
        let sample = &version.sample;
        let times = (Micros(sample.at), Micros(sample.received), version.replaced);
        if knowing.counts(times, as_of) && version.day >= first {
            days.entry((version.citizen, version.day)).or_default().push(version.sample);
        }
    }
    Ok(days)
}
