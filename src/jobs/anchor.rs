//! Logs the head of the audit chain once a day, so that a chain that was cut off can be told from
//! one that was not by what the log's keeper has.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::audit::Anchor;
use crate::store::audit::{BlockFilter, Chain};
use crate::telemetry;

const EVERY: Duration = Duration::from_hours(24);
/// How soon to try again after the database was away.
const AGAIN: Duration = Duration::from_mins(5);

/// Logs it at the start and then daily, until told to stop.
pub(super) async fn run(chain: Chain, stopping: CancellationToken) {
    loop {
        let tenant = chain.holder();
        let wait = match chain.blocks_before(i64::MAX, &BlockFilter::default(), 1).await {
            Ok(blocks) => {
                if let Some(head) = blocks.first() {
                    let anchor = Anchor::of(tenant, head);
                    tracing::info!(
                        %tenant, seq = anchor.seq, written = anchor.written.0, hash = anchor.hash,
                        "head of the audit chain"
                    );
                }
                EVERY
            }
            Err(error) => {
                tracing::warn!(%tenant, error = telemetry::chain(&error), "no head of the audit chain");
                AGAIN
            }
        };
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
