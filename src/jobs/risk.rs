//! Scores everybody once a night by the risk models that were approved, and tells how far features and
//! outcomes have moved.

use std::time::Duration;

use pulsvagt_analytics::risk::drift::Drift;
use tokio_util::sync::CancellationToken;

use super::round_of;
use crate::clock::{Clock, Micros};
use crate::risk::live::{self, LiveError, worst};
use crate::store::Store;
use crate::telemetry::chain;

/// How often to look whether it is night.
const EVERY: Duration = Duration::from_mins(5);
/// Of a model's hash so much stands in metrics.
const SHORT: usize = 12;

/// Looks until told to stop.
pub(super) async fn run(store: Store, clock: Clock, stopping: CancellationToken) {
    loop {
        let night = async {
            if let Err(error) = look(&store, clock.now()).await {
                let tenant = store.code();
                tracing::warn!(%tenant, error = chain(&error), "risk models wait");
            }
        };
        // Every batch is a transaction, so that it can be left at any point.
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

async fn look(store: &Store, now: Micros) -> Result<(), LiveError> {
    let Some(day) = round_of(store, now) else { return Ok(()) };
    for night in live::night(store, day, now).await? {
        let (tenant, model) = (store.code(), night.model.as_str());
        let (drift, index) = worst(&night.watch);
        tracing::info!(%tenant, model, scored = night.scored, "citizens were scored");
        if drift == Drift::Changed {
            tracing::warn!(
                %tenant, model, index,
                "citizens or outcomes are no longer as when the model was fitted; evaluate it anew"
            );
        }
        let labels = [
            ("tenant", tenant.to_string()),
            ("model", model.chars().take(SHORT).collect::<String>()),
        ];
        metrics::gauge!("pulsvagt_risk_scored", &labels).set(night.scored);
        metrics::gauge!("pulsvagt_risk_feature_drift", &labels).set(index);
        if let Some(large) = &night.watch.in_the_large {
            metrics::gauge!("pulsvagt_risk_calibration", &labels).set(large.value);
        }
    }
    Ok(())
}
