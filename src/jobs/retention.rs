//! Carries out the municipality's retention policy once a night, and finishes erasures that
//! somebody began and did not.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::round_of;
use crate::clock::{Clock, Micros};
use crate::retention::Category;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// How often to look whether it is night.
const EVERY: Duration = Duration::from_mins(5);
/// An erasure that is not finished after so long has been left, microseconds.
const LEFT: i64 = 3_600 * 1_000_000;

/// Looks until told to stop.
pub(super) async fn run(store: Store, clock: Clock, stopping: CancellationToken) {
    loop {
        let night = async {
            if let Err(error) = look(&store, clock.now()).await {
                let tenant = store.code();
                tracing::warn!(%tenant, error = chain(&error), "retention waits");
            }
        };
        // Every step is a transaction, so that it can be left at any point.
        tokio::select! {
            () = stopping.cancelled() => return,
            () = night => {}
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn look(store: &Store, now: Micros) -> Result<(), StoreError> {
    for erasure in store.unfinished_erasures().await? {
        let left = store.tombstone(&erasure.id).await?.is_some_and(|it| now.0 - it.begun.0 > LEFT);
        if left {
            store.erase(&erasure, now).await?;
            tracing::info!(tenant = %store.code(), erasure = erasure.id, "erasure finished");
        }
    }
    let Some(day) = round_of(store, now) else { return Ok(()) };
    night(store, day, now).await
}

/// Carries out the policy, if there is one and nobody has on that day, days since 1970.
///
/// # Errors
/// When the database does not answer; the rest is done the next night.
pub async fn night(store: &Store, day: i32, now: Micros) -> Result<(), StoreError> {
    let Some(stored) = store.retention_policy().await? else { return Ok(()) };
    if stored.policy.is_empty() || !store.begin_retention_night(day, now).await? {
        return Ok(());
    }
    for category in Category::ALL {
        let Some(keep) = stored.policy.keep(category) else { continue };
        let cutoff = keep.cutoff(now, store.zone());
        let counts = store.delete_expired(category, cutoff, "night", now).await?;
        let rows: u64 = counts.values().sum();
        tracing::info!(tenant = %store.code(), %category, rows, "retention");
    }
    Ok(())
}
