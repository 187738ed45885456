//! Whether stored summaries are what the readings come to.

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::{Sample, summary};

use super::ScreeningError;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::summaries::pack::pack;
use crate::store::{Store, StoreError};

const DAY: i64 = 86_400 * 1_000_000;
/// How often a difference is looked at again: a reading may have come in between.
const LOOKS: usize = 3;

/// What a comparison of stored with recomputed summaries has found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Citizen-days that were compared.
    pub days: usize,
    /// Those that differ, though nobody is due to compute them anew.
    pub different: Vec<(CitizenNo, i32)>,
    /// Citizens of whom something cannot be read.
    pub broken: Vec<CitizenNo>,
}

/// Recomputes all summaries of citizens and compares them with those that are stored. Days that are
/// due to be computed anew are passed over.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(
    store: &Store,
    citizens: &[CitizenNo],
    now: Micros,
) -> Result<Verified, ScreeningError> {
    let mut verified = Verified::default();
    for citizen in citizens {
        let (mut days, mut found) = (0, BTreeSet::new());
        for _ in 0..LOOKS {
            match compare(store, *citizen, now).await {
                Ok(compared) => (days, found) = compared,
                Err(StoreError::Damaged { .. }) => {
                    verified.broken.push(*citizen);
                    break;
                }
                Err(error) => return Err(error.into()),
            }
            if found.is_empty() {
                break;
            }
        }
        verified.days += days;
        verified.different.extend(found.into_iter().map(|day| (*citizen, day)));
    }
    Ok(verified)
}

/// How many days there are, and which differ.
async fn compare(
    store: &Store,
    citizen: CitizenNo,
    now: Micros,
) -> Result<(usize, BTreeSet<i32>), StoreError> {
    let whole = store.first_whole_day().await?;
    let mut due = store.days_due(citizen).await?;
    let last = Micros(now.0 + 3 * DAY);
    let versions = store.readings_over_time(&[citizen], Micros(0), last, now).await?;
    let today = i32::try_from(now.0.div_euclid(DAY)).unwrap_or(i32::MAX);
    let mut stored = store.summaries(&[citizen], -1, today + 4).await?;
    if let Some(error) = stored.broken.remove(&citizen) {
        return Err(error);
    }
    due.extend(store.days_due(citizen).await?);
    let mut days: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
    for version in versions.iter().filter(|version| version.replaced.is_none()) {
        days.entry(version.day).or_default().push(version.sample);
    }
    let expected: BTreeMap<i32, Vec<u8>> = days
        .iter()
        .map(|(day, samples)| (*day, pack(*day, &summary::summarise(samples))))
        .collect();
    let stored: BTreeMap<i32, Vec<u8>> = stored
        .days
        .remove(&citizen)
        .unwrap_or_default()
        .iter()
        .map(|day| (day.day, pack(day.day, &day.summaries)))
        .collect();
    let nothing = |day: i32| pack(day, &[]);
    let all: BTreeSet<i32> = expected.keys().chain(stored.keys()).copied().collect();
    // What older days came to cannot be recomputed any more.
    let all: BTreeSet<i32> = all.range(whole..).copied().collect();
    let different = all.iter().copied().filter(|day| {
        let one = expected.get(day).cloned().unwrap_or_else(|| nothing(*day));
        let other = stored.get(day).cloned().unwrap_or_else(|| nothing(*day));
        one != other && !due.contains(day)
    });
    Ok((all.len(), different.collect()))
}
