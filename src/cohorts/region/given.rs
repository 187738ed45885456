//! What a region gives back: the numbers of municipalities that let each other see them.

use pulsvagt_analytics::cohort::compare::{Part, compare};

use super::{Question, allowed, today};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::cohorts::CohortError;
use crate::ids::TenantCode;
use crate::store::comparisons::GivenComparison;
use crate::store::regions::Agreement;
use crate::store::{Store, StoreError, Tx};
use crate::telemetry::chain;

/// What is done, in audit entries.
const OPERATION: &str = "region-comparison-give";

/// Which municipalities have a comparison, and which could not be given it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Those that have it: none if fewer than two let each other see their numbers.
    pub has: Vec<TenantCode>,
    /// Those whose database did not take it; its operator can find the reason.
    pub failed: Vec<TenantCode>,
}

/// Gives those of the parts that told, and whose agreement lets the others see it, what they told
/// beside each other; whoever does not is not named. Whoever ends the agreement, or asks for a greater
/// least count than was told with, and has an answer knows that nothing is given after that.
///
/// # Errors
/// When the comparison cannot be written down. A municipality that fails does not keep the others
/// from having it.
pub async fn give(
    stores: &[Store],
    question: &Question<'_>,
    parts: &[Part],
    id: &str,
    now: Micros,
) -> Result<Given, CohortError> {
    let purpose = question.asked.purpose.as_str();
    let mut given = Given::default();
    let (mut shared, mut open) = (Vec::new(), Vec::new());
    for store in stores {
        let code = store.code().to_string();
        let told = parts.iter().find(|it| it.code == code);
        let Some((part, release)) = told.and_then(|it| Some((it, it.answer.as_ref().ok()?))) else {
            continue;
        };
        let (tx, agreement) = match agreed(store, question).await {
            Ok(found) => found,
            Err(error) => {
                failed(store, &error, &mut given);
                continue;
            }
        };
        let agreed = allowed(agreement.as_ref(), purpose, today(store, now));
        if agreed.is_ok_and(|it| it.shared && it.minimum_cell <= release.least) {
            shared.push(part.clone());
            open.push((store, tx));
        }
    }
    let comparison = if shared.len() > 1 { compare(&shared) } else { None };
    let Some(comparison) = comparison else { return Ok(given) };
    let body = serde_json::to_string(&comparison)
        .map_err(|error| StoreError::damaged("region_comparison", error))?;
    let comparison = GivenComparison {
        id: id.to_owned(),
        region: question.region.to_string(),
        name: comparison.name,
        purpose: purpose.to_owned(),
        reason: question.asked.reason.to_owned(),
        given: now,
        given_by: question.asked.actor.to_owned(),
        body,
    };
    for (store, tx) in open {
        match keep(store, tx, question, &comparison).await {
            Ok(()) => given.has.push(store.code().clone()),
            Err(error) => failed(store, &error, &mut given),
        }
    }
    Ok(given)
}

/// The agreement, which stays as it is until the transaction ends.
async fn agreed(
    store: &Store,
    question: &Question<'_>,
) -> Result<(Tx, Option<Agreement>), StoreError> {
    let mut tx = store.begin().await?;
    let agreement = store.region_agreement_in(&mut tx, question.region).await?;
    Ok((tx, agreement))
}

async fn keep(
    store: &Store,
    mut tx: Tx,
    question: &Question<'_>,
    comparison: &GivenComparison,
) -> Result<(), StoreError> {
    store.keep_comparison_in(&mut tx, comparison).await?;
    let mut entry = Entry::of_actor(question.asked.actor, super::ROLE, OPERATION, comparison.given);
    comparison.purpose.clone_into(&mut entry.purpose);
    let entry = entry.with("Region", question.region, 0).with("Comparison", &comparison.id, 0);
    tx.commit(&Block::of(entry)).await
}

fn failed(store: &Store, error: &StoreError, given: &mut Given) {
    tracing::error!(tenant = %store.code(), error = chain(error), "a comparison is not given");
    given.failed.push(store.code().clone());
}
