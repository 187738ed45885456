//! Tells other systems that screening of the municipality is behind, and when it has caught up.

use serde_json::Value;

use super::detected_issue::{BEHIND, behind};
use super::write::{ProjectionError, write};
use crate::clock::Micros;
use crate::store::Store;

/// Tells that screening is behind since then for so many citizens, or that it is not. Says nothing
/// new as long as nothing is new, so it may be called as often as one likes, by any server.
///
/// # Errors
/// When the store fails.
pub async fn tell_lag(
    store: &Store,
    is_behind: Option<(Micros, u64)>,
    now: Micros,
) -> Result<(), ProjectionError> {
    let open_since = match store.resource("DetectedIssue", BEHIND).await? {
        Some(stored) => since(&stored.json()),
        None => None,
    };
    let projected = match (is_behind, open_since) {
        (Some((since, citizens)), None) => behind(since, Some(citizens), None),
        (None, Some(since)) => behind(since, None, Some(now)),
        (Some(_), Some(_)) | (None, None) => return Ok(()),
    };
    let mut tx = store.begin().await?;
    write(store, &mut tx, None, &[projected], now).await?;
    tx.commit_unrecorded("says how far screening is behind").await?;
    Ok(())
}

/// Since when the issue has been open, if it is.
fn since(json: &str) -> Option<Micros> {
    let issue: Value = serde_json::from_str(json).ok()?;
    if issue["status"] != "preliminary" {
        return None;
    }
    let start = issue["identifiedPeriod"]["start"].as_str()?;
    let start = start.parse::<jiff::Timestamp>().ok()?;
    Some(Micros(start.as_microsecond()))
}
