//! The loop that makes the cohorts of a municipality that somebody has asked for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Micros};
use crate::cohorts::Worker;
use crate::store::Store;
use crate::telemetry::chain;

/// How often to look for runs that were asked of another server, or left by one.
const POLL: Duration = Duration::from_secs(3);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(10);
/// How long results are kept: the same question gives the same bytes anyway.
const KEPT: i64 = 90 * 86_400 * 1_000_000;
/// How many rounds without a run there are between looking for results that are old.
const ROUNDS: u32 = 1_200;

/// Works until told to stop. A run that was begun then is put back, and begun again by whoever comes
/// next.
pub(super) async fn run(
    worker: Worker,
    store: Store,
    clock: Clock,
    asked: Arc<Notify>,
    stopping: CancellationToken,
) {
    let tenant = store.code().clone();
    let mut rounds = 0;
    while !stopping.is_cancelled() {
        let pause = match round(&worker, &stopping).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(%tenant, error = chain(&error), "cohorts wait for the database");
                PAUSE
            }
        };
        if rounds == 0 {
            let before = Micros(clock.now().0 - KEPT);
            match store.drop_cohort_results(before).await {
                Ok(0) => {}
                Ok(dropped) => tracing::info!(%tenant, dropped, "old results of cohorts are gone"),
                Err(error) => {
                    tracing::warn!(%tenant, error = chain(&error), "old results of cohorts stay");
                }
            }
        }
        rounds = (rounds + 1) % ROUNDS;
        tokio::select! {
            () = stopping.cancelled() => {}
            () = asked.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether there was a run.
async fn round(
    worker: &Worker,
    stopping: &CancellationToken,
) -> Result<bool, crate::store::StoreError> {
    let Some((taken, _permit)) = worker.begin().await? else { return Ok(false) };
    tokio::select! {
        worked = worker.work(&taken) => worked.map(|_| true),
        () = stopping.cancelled() => worker.put_back(&taken).await.map(|()| true),
    }
}
