//! `GET /fhir/Observation/{id}` and `…/_history/{version}`.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{key, must_allow, visible};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::Outcome;
use crate::http::fhir::reply::{self, Version};
use crate::store::observations::StoredObservation;

/// The current version.
pub(super) async fn read(
    State(_app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, "Observation")?;
    let stored = caller
        .municipality()
        .store
        .observation(key(&caller, &id)?)
        .await
        .map_err(Outcome::failed)?
        .ok_or_else(Outcome::not_found)?;
    answer(&caller, &headers, &id, &stored).await
}

/// One version.
pub(super) async fn vread(
    State(_app): State<App>,
    caller: Caller,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, "Observation")?;
    let version: u32 = version.parse().map_err(|_| Outcome::not_found())?;
    let versions = caller
        .municipality()
        .store
        .observation_history(key(&caller, &id)?)
        .await
        .map_err(Outcome::failed)?;
    let stored =
        versions.iter().find(|stored| stored.version == version).ok_or_else(Outcome::not_found)?;
    answer(&caller, &headers, &id, stored).await
}

async fn answer(
    caller: &Caller,
    headers: &HeaderMap,
    id: &str,
    stored: &StoredObservation,
) -> Result<Response, Outcome> {
    if !visible(caller, Interaction::Read, stored) {
        return Err(Outcome::not_found());
    }
    caller.may_see(Some(stored.key.citizen)).await?;
    must_allow(caller, stored).await?;
    caller.trail().readings([stored.key]);
    caller.trail().resource("Observation", id, stored.version, None);
    caller.may_see(Some(stored.key.citizen)).await?;
    let version =
        Version { kind: "Observation", id, version: stored.version, updated: stored.received };
    Ok(reply::read(&version, headers, stored.json(id).map_err(Outcome::failed)?))
}
