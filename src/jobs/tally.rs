//! Writes what was refused, so that it is known after a restart and of all servers together.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::ingest::Tally;
use crate::store::Store;
use crate::telemetry::chain;

/// How often.
const EVERY: Duration = Duration::from_secs(30);

/// Runs until it is told to stop, and writes once more then.
pub(super) async fn run(
    tally: Arc<Tally>,
    store: Store,
    clock: Clock,
    stopping: CancellationToken,
) {
    let mut last = false;
    while !last {
        last = tokio::select! {
            () = stopping.cancelled() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        if let Err(error) = tally.write(&store, clock.now()).await {
            let tenant = store.code();
            tracing::warn!(%tenant, error = chain(&error), "refusals wait to be counted");
        }
    }
}
