//! Cohorts of several municipalities, for analysts of a region.
//!
//! A region has no door of its own to anybody's data. Each municipality that has agreed is asked
//! through its own store: it reads its own citizens, decides by its own agreement, its own minimum
//! cell and its own memory of what was told, and records who asked in its own chain. What it gives
//! out is a release of counts; nothing about a single citizen leaves it. What is put together
//! ([`compare`]) is put together from releases alone.

mod given;
mod html;
mod table;
#[cfg(test)]
mod tests;

use jiff::civil;
use pulsvagt_analytics::cohort::compare::{Comparison, Part, compare};
use pulsvagt_analytics::cohort::disclosure::{Ledger, Release, Released, counts};
use pulsvagt_analytics::cohort::{Answer, Definition};

use super::{Asked, CohortError, NewRelease, answer, note_of, sets_of};
use crate::audit::{Block, Entry, Outcome};
use crate::clock::Micros;
use crate::ids::RegionCode;
use crate::store::regions::Agreement;
use crate::store::{Store, StoreError, Tx};
use crate::telemetry::chain;

pub use given::{Given, give};
pub use html::html;
pub use table::csv;

/// The role of whoever asks for a region, in audit entries.
const ROLE: &str = "region-analyst";
/// What they do, in audit entries.
const OPERATION: &str = "region-cohort-run";

/// The least number of citizens that a municipality may agree to tell a region of.
pub const LEAST: u32 = pulsvagt_analytics::cohort::disclosure::LEAST;

/// What a region asks, the same of each municipality.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// For which region.
    pub region: &'a RegionCode,
    /// Which cohort.
    pub definition: &'a Definition,
    /// As it was known at the beginning of this local day.
    pub as_of: civil::Date,
    /// Who asks, and why. The role is not looked at; a municipality that agreed to tell of no fewer
    /// than more citizens than `least` tells of no fewer than those.
    pub asked: Asked<'a>,
}

/// Why a municipality does not answer a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAgreed {
    /// It has never agreed to anything with the region.
    #[error("it has agreed to nothing with the region")]
    Never,
    /// The agreement was ended.
    #[error("its agreement with the region was ended")]
    Ended,
    /// The agreement's last day is over.
    #[error("its agreement with the region has run out")]
    RunOut,
    /// The agreement is for other purposes.
    #[error("its agreement with the region is not for this purpose")]
    Purpose,
}

/// The agreement, if it allows to ask for that purpose on that local day.
fn allowed<'a>(
    agreement: Option<&'a Agreement>,
    purpose: &str,
    today: civil::Date,
) -> Result<&'a Agreement, NotAgreed> {
    let agreement = agreement.ok_or(NotAgreed::Never)?;
    if agreement.ended.is_some() {
        return Err(NotAgreed::Ended);
    }
    if today > agreement.until {
        return Err(NotAgreed::RunOut);
    }
    if !agreement.purposes.iter().any(|it| it == purpose) {
        return Err(NotAgreed::Purpose);
    }
    Ok(agreement)
}

/// Asks one municipality. It has told, and noted and recorded that it has, when this returns a
/// release; a refusal is recorded where there ever was an agreement.
///
/// # Errors
/// When the database does, or there is no answer; then nothing was told.
pub async fn ask(
    store: &Store,
    question: &Question<'_>,
    now: Micros,
    seen: impl Fn(u64) + Send,
) -> Result<Result<Release, NotAgreed>, CohortError> {
    let (purpose, today) = (question.asked.purpose.as_str(), today(store, now));
    let agreement = store.region_agreement(question.region).await?;
    if let Err(refused) = allowed(agreement.as_ref(), purpose, today) {
        refuse(store, question, refused, now).await?;
        return Ok(Err(refused));
    }
    let (definition, as_of) = (question.definition, question.as_of);
    let answer = answer(store, definition, as_of, purpose, now, seen).await?;
    let mut tx = store.begin().await?;
    // It may have been ended while citizens were read, and cannot be from here on.
    let agreement = store.region_agreement_in(&mut tx, question.region).await?;
    let agreement = match allowed(agreement.as_ref(), purpose, today) {
        Ok(agreement) => agreement,
        Err(refused) => {
            drop(tx);
            refuse(store, question, refused, now).await?;
            return Ok(Err(refused));
        }
    };
    let release = tell_in(store, &mut tx, question, agreement, &answer, now).await?;
    tx.commit(&Block::of(entry(question, now))).await?;
    Ok(Ok(release))
}

fn today(store: &Store, now: Micros) -> civil::Date {
    now.to_jiff().to_zoned(store.zone().clone()).date()
}

fn entry(question: &Question<'_>, now: Micros) -> Entry {
    let mut entry = Entry::of_actor(question.asked.actor, ROLE, OPERATION, now);
    question.asked.purpose.as_str().clone_into(&mut entry.purpose);
    let hash = question.definition.hash();
    entry.with("Region", question.region, 0).with("Cohort", &hash, 0)
}

/// Records that a region asked and may not. Whoever never agreed to anything is not even asked.
async fn refuse(
    store: &Store,
    question: &Question<'_>,
    refused: NotAgreed,
    now: Micros,
) -> Result<(), StoreError> {
    if refused == NotAgreed::Never {
        return Ok(());
    }
    let entry = Entry { outcome: Outcome::Refused, ..entry(question, now) };
    store.begin().await?.commit(&Block::of(entry)).await
}

/// Decides what the region may be told and notes it. It is told once the transaction is committed.
async fn tell_in(
    store: &Store,
    tx: &mut Tx,
    question: &Question<'_>,
    agreement: &Agreement,
    answer: &Answer,
    now: Micros,
) -> Result<Release, CohortError> {
    let least = agreement.minimum_cell.max(question.asked.least);
    let told = store.told_of_cohorts_in(tx).await?;
    let own = told.iter().filter(|it| it.region.as_deref() == Some(question.region.as_str()));
    let released = |citizens: &Vec<u32>| Released { citizens: citizens.clone() };
    let (release, sets) = tokio::task::block_in_place(|| {
        let everybody = Ledger::new(LEAST, told.iter().map(|it| released(&it.citizens)));
        let mut ledger = Ledger::within(least, own.map(|it| released(&it.citizens)), everybody);
        let release = counts(answer, &mut ledger);
        release.map(|release| (release, sets_of(&ledger)))
    })
    .map_err(|error| CohortError::Release(error.to_string()))?;
    let note = note_of(store, question.definition, answer, question.as_of, &question.asked, now)?;
    let note = NewRelease { least, region: Some(question.region), ..note };
    store.note_release_in(tx, &note, &sets).await?;
    Ok(release)
}

/// Asks each municipality that ever agreed to anything with the region, one after the other, and puts
/// what they tell beside each other. One that cannot be reached takes no part, and it says so.
/// `None` if nobody tells anything; the parts say why.
///
/// # Errors
/// When a municipality's answer cannot be made for a reason that is in the question, and so is the
/// same for all.
pub async fn ask_all(
    stores: &[Store],
    question: &Question<'_>,
    now: Micros,
    seen: impl Fn(u64) + Send + Sync,
) -> Result<(Vec<Part>, Option<Comparison>), CohortError> {
    let mut parts = Vec::new();
    for store in stores {
        let answer = match ask(store, question, now, &seen).await {
            Ok(Err(NotAgreed::Never)) => continue,
            Ok(Err(refused)) => Err(refused.to_string()),
            Ok(Ok(release)) => Ok(release),
            Err(error @ (CohortError::Store(_) | CohortError::Release(_) | CohortError::Ended)) => {
                tracing::error!(tenant = %store.code(), error = chain(&error), "no answer");
                Err("it could not be asked; its operator can find the reason".to_owned())
            }
            Err(error) => return Err(error),
        };
        let (code, name) = (store.code().to_string(), store.name().to_owned());
        parts.push(Part { code, name, answer });
    }
    let comparison = compare(&parts);
    Ok((parts, comparison))
}
