//! The loop that screens citizens of a municipality who are due.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::ids::TenantCode;
use crate::screening::Worker;
use crate::telemetry::chain;

/// After a commit, others are waited for so long: one batch for a crowd costs little more than one
/// for a single citizen.
const GATHER: Duration = Duration::from_millis(50);
/// How long to wait after the first failure; then twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Screens until told to stop; a batch that was begun is finished.
pub(super) async fn run(
    worker: Worker,
    tenant: TenantCode,
    stored: Arc<Notify>,
    settings: Settings,
    stopping: CancellationToken,
) {
    let mut pause = PAUSE;
    while !stopping.is_cancelled() {
        let wait = match worker.batch(settings.batch).await {
            Ok(Some(done)) => {
                tracing::debug!(%tenant, ?done, "screened");
                pause = PAUSE;
                continue;
            }
            Ok(None) => {
                pause = PAUSE;
                None
            }
            Err(error) => {
                let seconds = pause.as_secs();
                if error.is_transient() {
                    tracing::warn!(
                        %tenant, retry_in_s = seconds, error = chain(&error),
                        "screening waits for the database"
                    );
                } else {
                    tracing::error!(
                        %tenant, retry_in_s = seconds, error = chain(&error),
                        "screening does not work"
                    );
                }
                let wait = Some(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
                wait
            }
        };
        let rest = async {
            match wait {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    // Work of other servers is not told, and found by looking.
                    let told = tokio::time::timeout(settings.poll, stored.notified()).await;
                    if told.is_ok() {
                        tokio::time::sleep(GATHER).await;
                    }
                }
            }
        };
        tokio::select! {
            () = stopping.cancelled() => {}
            () = rest => {}
        }
    }
}
