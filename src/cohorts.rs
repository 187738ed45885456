//! Cohorts of a municipality: from the store as of a moment to what may be told.
//!
//! What a definition means, what is computed and what may be told is decided in
//! [`pulsvagt_analytics::cohort`]; here citizens are read as they were known at the beginning of a
//! local day, and what is told is noted in the transaction that records who asked, and why.

pub(crate) mod read;
pub mod region;
#[cfg(test)]
mod tests;
pub mod told;
mod work;
mod world;

use std::ops::RangeInclusive;

use jiff::civil;
use pulsvagt_analytics::cohort::disclosure::{self, Ledger, Release, Released};
use pulsvagt_analytics::cohort::{Answer, Date, Definition, RunError, run};
use pulsvagt_fhir::cpr::names_somebody;

use crate::audit::{Block, Entry, Purpose};
use crate::clock::Micros;
use crate::store::cohorts::NewRelease;
use crate::store::{Store, StoreError, Tx};

pub use work::{MOST_ATTEMPTS, Worked, Worker};

/// Purposes for which cohorts may be asked for (HL7 v3 `PurposeOfUse`): quality, research, public
/// health and operations.
pub const PURPOSES: [&str; 4] = ["HQUALIMP", "HRESCH", "PUBHLTH", "HOPERAT"];

/// Characters of a reason.
const REASON: RangeInclusive<usize> = 3..=1_000;

/// Whether that is a reason to be kept with an answer: it says something, and names nobody by a CPR
/// number.
#[must_use]
pub fn is_reason(text: &str) -> bool {
    REASON.contains(&text.trim().chars().count()) && !names_somebody(text)
}

/// Why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// The database, or a stored row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no answer.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The answer is not one of this version.
    #[error("the answer cannot be released: {0}")]
    Release(String),
    /// What was asked for is not in order any more.
    #[error("{0}")]
    Definition(String),
    /// It could not be computed.
    #[error("the computation ended before its end")]
    Ended,
    /// There is no such day.
    #[error("{0} is no day of this calendar")]
    Day(civil::Date),
}

/// Who asks, and why.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who, for the record.
    pub actor: &'a str,
    /// In which role.
    pub role: &'a str,
    /// For which purpose.
    pub purpose: Purpose,
    /// The purpose in words.
    pub reason: &'a str,
    /// The least number of citizens that a count may be about.
    pub least: u32,
}

/// Makes a cohort of what was known at the beginning of a local day, and so of the days before it.
/// It is about citizens and must not leave the machine: see [`release`].
///
/// Whoever now denies any of their data to that purpose (HL7 v3 `PurposeOfUse`) is not looked at: what
/// is denied would count as not having happened. `seen` is told how many citizens were read.
///
/// # Errors
/// When the database does, or there is no answer.
pub async fn answer(
    store: &Store,
    definition: &Definition,
    as_of: civil::Date,
    purpose: &str,
    now: Micros,
    seen: impl Fn(u64) + Send,
) -> Result<Answer, CohortError> {
    let moment = moment(store, as_of)?;
    let last = as_of.yesterday().map_err(|_| CohortError::Day(as_of))?;
    let last: Date = last.to_string().parse().map_err(|_| CohortError::Day(as_of))?;
    let denials = store.denials(purpose, now).await?;
    let rows = world::read(store, definition, moment, last, &denials.anybody(), seen).await?;
    let definition = definition.clone();
    // On a thread of its own: it takes long, and whoever asks goes on being asked.
    let made = tokio::task::spawn_blocking(move || {
        let world = rows.world().map_err(RunError::from)?;
        run(&definition, &world, last)
    });
    Ok(made.await.map_err(|_| CohortError::Ended)??)
}

/// The beginning of a local day.
fn moment(store: &Store, as_of: civil::Date) -> Result<Micros, CohortError> {
    let begin = as_of.to_zoned(store.zone().clone()).map_err(|_| CohortError::Day(as_of))?;
    Ok(Micros(begin.timestamp().as_microsecond()))
}

/// Tells what may be told of an answer, and notes that it was told, to whom and why.
///
/// # Errors
/// When the database does; then nothing was told.
pub async fn release(
    store: &Store,
    definition: &Definition,
    answer: &Answer,
    as_of: civil::Date,
    asked: &Asked<'_>,
    now: Micros,
) -> Result<Release, CohortError> {
    let mut tx = store.begin().await?;
    let release = tell_in(store, &mut tx, definition, answer, as_of, asked, now).await?;
    tx.commit(&Block::of(entry_of(asked, &answer.definition, now))).await?;
    Ok(release)
}

/// The entry that says who asked for which cohort, and why.
fn entry_of(asked: &Asked<'_>, definition: &str, now: Micros) -> Entry {
    let mut entry = Entry::of_actor(asked.actor, asked.role, "cohort-run", now);
    asked.purpose.as_str().clone_into(&mut entry.purpose);
    entry.with("Cohort", definition, 0)
}

/// Decides what may be told and notes it. It is told once the transaction is committed.
async fn tell_in(
    store: &Store,
    tx: &mut Tx,
    definition: &Definition,
    answer: &Answer,
    as_of: civil::Date,
    asked: &Asked<'_>,
    now: Micros,
) -> Result<Release, CohortError> {
    let told = store.told_of_cohorts_in(tx).await?;
    let told = told.into_iter().map(|it| Released { citizens: it.citizens });
    let (release, sets) = tokio::task::block_in_place(|| {
        let mut ledger = Ledger::new(asked.least, told);
        let release = disclosure::release(answer, &mut ledger);
        release.map(|release| (release, sets_of(&ledger)))
    })
    .map_err(|error| CohortError::Release(error.to_string()))?;
    let note = note_of(store, definition, answer, as_of, asked, now)?;
    store.note_release_in(tx, &NewRelease { least: release.least, ..note }, &sets).await?;
    Ok(release)
}

fn sets_of(ledger: &Ledger) -> Vec<Vec<u32>> {
    ledger.told().iter().map(|it| it.citizens.clone()).collect()
}

/// What is noted of a release to somebody of the municipality.
fn note_of<'a>(
    store: &Store,
    definition: &Definition,
    answer: &'a Answer,
    as_of: civil::Date,
    asked: &Asked<'a>,
    now: Micros,
) -> Result<NewRelease<'a>, CohortError> {
    Ok(NewRelease {
        at: now,
        actor: asked.actor,
        purpose: asked.purpose.as_str(),
        reason: asked.reason,
        as_of: moment(store, as_of)?,
        definition: &answer.definition,
        body: definition.canonical(),
        engine: &answer.engine,
        least: asked.least,
        region: None,
    })
}
