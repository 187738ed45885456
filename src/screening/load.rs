//! What screening has to know of citizens besides their readings.

use std::collections::BTreeMap;

use pulsvagt_analytics::Day;

use super::evaluate::Subject;
use super::{DAYS_BACK, ScreeningError};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::summaries::NewSummary;
use crate::store::{Store, StoreError};

/// A year of the Gregorian calendar, microseconds.
const YEAR: f64 = 365.2425 * 86_400e6;

/// Citizens that are ready to be evaluated.
#[derive(Debug, Default)]
pub struct Loaded {
    /// They, in the order in which they were asked for.
    pub subjects: Vec<Subject>,
    /// Those of whom a row could not be read.
    pub broken: BTreeMap<CitizenNo, StoreError>,
}

/// Loads citizens as of a moment. `new` are summaries that are not stored yet and take the place
/// of those that are.
///
/// # Errors
/// When the database does not answer.
pub async fn load(
    store: &Store,
    citizens: &[CitizenNo],
    new: &[NewSummary],
    as_of: Micros,
) -> Result<Loaded, ScreeningError> {
    let today = local_day(store, as_of);
    let (first, last) = (today - DAYS_BACK, today + 1);
    let (stored, plans, births) = tokio::try_join!(
        store.summaries(citizens, first, last),
        store.plans(citizens),
        store.births(citizens)
    )?;
    let mut days = stored.days;
    for NewSummary { citizen, day, summaries } in new {
        if (first..=last).contains(day) {
            put(days.entry(*citizen).or_default(), Day { day: *day, summaries: summaries.clone() });
        }
    }
    let mut loaded = Loaded { subjects: Vec::with_capacity(citizens.len()), broken: stored.broken };
    for citizen in citizens {
        if loaded.broken.contains_key(citizen) {
            continue;
        }
        loaded.subjects.push(Subject {
            citizen: *citizen,
            plan: plans.get(citizen).cloned(),
            age_years: births.get(citizen).and_then(|born| age_years(*born, as_of)),
            days: days.remove(citizen).unwrap_or_default(),
        });
    }
    Ok(loaded)
}

/// Puts a day among others in its place; one without summaries is none.
fn put(days: &mut Vec<Day>, new: Day) {
    match days.binary_search_by_key(&new.day, |day| day.day) {
        Ok(at) if new.summaries.is_empty() => drop(days.remove(at)),
        Ok(at) => days[at] = new,
        Err(_) if new.summaries.is_empty() => {}
        Err(at) => days.insert(at, new),
    }
}

/// The age of somebody born then.
pub fn age_years(born: Micros, as_of: Micros) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "an age is not known to the microsecond")]
    let age = as_of.0.saturating_sub(born.0) as f64 / YEAR;
    Some(age).filter(|age| *age >= 0.0)
}

/// The day on the municipality's wall clock, days since 1970.
pub(super) fn local_day(store: &Store, at: Micros) -> i32 {
    pulsvagt_analytics::summary::local_day(at.0, offset(store, at))
}

/// What the municipality's wall clock shows more than UTC, seconds.
pub(super) fn offset(store: &Store, at: Micros) -> i32 {
    store.zone().to_offset(at.to_jiff()).seconds()
}
