//! `GET /fhir/{type}/{id}` and `…/_history/{version}`.

use axum::http::HeaderMap;
use axum::response::Response;

use super::history::seen;
use super::{Target, note, reach};
use crate::access::Interaction;
use crate::http::Caller;
use crate::http::fhir::reply::{self, Version};
use crate::http::fhir::{Outcome, within};
use crate::store::resources::StoredResource;

/// The current version.
pub(super) async fn read(
    caller: Caller,
    target: Target,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, target.kind)?;
    let reach = reach(&caller, target.kind).await?;
    let stored = caller
        .municipality()
        .store
        .resource(target.kind, &target.id)
        .await?
        .filter(|stored| reach.includes(stored.citizen))
        .ok_or_else(Outcome::not_found)?;
    if !within::covers_stored(&caller, Interaction::Read, &stored)? {
        return Err(Outcome::not_found());
    }
    note(&caller, &stored);
    caller.may_see(stored.citizen).await?;
    Ok(answer(&headers, &stored))
}

/// One version.
pub(super) async fn vread(
    caller: Caller,
    target: Target,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, target.kind)?;
    let store = &caller.municipality().store;
    let reach = reach(&caller, target.kind).await?;
    let stored = store
        .resource_version(target.kind, &target.id, target.version)
        .await?
        .filter(|stored| reach.includes(stored.citizen))
        .ok_or_else(Outcome::not_found)?;
    if !within::covers_stored(&caller, Interaction::Read, &stored)? {
        return Err(Outcome::not_found());
    }
    if !seen(&caller, &stored)? {
        let current = store.resource(target.kind, &target.id).await?;
        if current.is_none_or(|current| current.version != stored.version) {
            return Err(Outcome::not_found());
        }
    }
    note(&caller, &stored);
    caller.may_see(stored.citizen).await?;
    Ok(answer(&headers, &stored))
}

fn answer(headers: &HeaderMap, stored: &StoredResource) -> Response {
    let StoredResource { kind, id, version, updated, .. } = stored;
    let version = Version { kind, id, version: *version, updated: *updated };
    reply::read(&version, headers, stored.json())
}
