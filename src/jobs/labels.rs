//! Gives Patients of before there were labels of protection theirs; ends when all have them. Until
//! then nobody finds by name those who are left.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;
use crate::telemetry::chain;

/// How soon to try again after the database was away.
const AGAIN: Duration = Duration::from_secs(30);

/// Runs until it is done, or told to stop.
pub(super) async fn run(store: Store, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        match store.label_patients().await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                let tenant = store.code();
                tracing::warn!(%tenant, error = chain(&error), "Patients wait for their labels");
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        }
    }
}
