//! What a region gives back: the numbers of municipalities that let each other see them.

use pulsvagt_analytics::cohort::compare::{Part, compare};

use super::{Question, allowed, today};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::cohorts::CohortError;
use crate::ids::TenantCode;
use crate::store::comparisons::GivenComparison;
use crate::store::{Store, StoreError};

/// What is done, in audit entries.
const OPERATION: &str = "region-comparison-give";

/// Gives those of the parts that told, and whose agreement lets the others see it, what they told
/// beside each other; whoever does not is not named. Whoever ends the agreement and has an answer
/// knows that nothing is given after that. Codes of those that have it: none if there are not two.
///
/// # Errors
/// When a database does. A municipality that was given it before that keeps it.
pub async fn give(
    stores: &[Store],
    question: &Question<'_>,
    parts: &[Part],
    id: &str,
    now: Micros,
) -> Result<Vec<TenantCode>, CohortError> {
    let purpose = question.asked.purpose.as_str();
    let (mut shared, mut open) = (Vec::new(), Vec::new());
    for store in stores {
        let code = store.code().to_string();
        let Some(part) = parts.iter().find(|it| it.code == code && it.answer.is_ok()) else {
            continue;
        };
        let mut tx = store.begin().await?;
        let agreement = store.region_agreement_in(&mut tx, question.region).await?;
        if allowed(agreement.as_ref(), purpose, today(store, now)).is_ok_and(|it| it.shared) {
            shared.push(part.clone());
            open.push((store, tx));
        }
    }
    let comparison = if shared.len() > 1 { compare(&shared) } else { None };
    let Some(comparison) = comparison else { return Ok(Vec::new()) };
    let body = serde_json::to_string(&comparison)
        .map_err(|error| StoreError::damaged("region_comparison", error))?;
    let given = GivenComparison {
        id: id.to_owned(),
        region: question.region.to_string(),
        name: comparison.name,
        purpose: purpose.to_owned(),
        reason: question.asked.reason.to_owned(),
        given: now,
        given_by: question.asked.actor.to_owned(),
        body,
    };
    let mut has = Vec::new();
    for (store, mut tx) in open {
        store.keep_comparison_in(&mut tx, &given).await?;
        let mut entry = Entry::of_actor(question.asked.actor, super::ROLE, OPERATION, now);
        purpose.clone_into(&mut entry.purpose);
        let entry = entry.with("Region", question.region, 0).with("Comparison", id, 0);
        tx.commit(&Block::of(entry)).await?;
        has.push(store.code().clone());
    }
    Ok(has)
}
