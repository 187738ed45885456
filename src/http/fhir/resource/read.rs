//! `GET /fhir/{type}/{id}` and `…/_history/{version}`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::history::seen;
use super::{Target, assessment, note, reached};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::reply::{self, Version};
use crate::http::fhir::{Outcome, shown, within};
use crate::store::resources::StoredResource;

/// The current version.
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    target: Target,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, target.kind)?;
    let store = &caller.municipality().store;
    let mut found = store.resource(target.kind, &target.id).await?;
    if found.is_none() && target.kind == assessment::KIND {
        found = assessment::one(&caller, &target.id, app.clock().now()).await?;
    }
    let stored = reached(&caller, found).await?;
    if !within::covers_stored(&caller, Interaction::Read, &stored)? {
        return Err(Outcome::not_found());
    }
    note(&caller, &stored);
    caller.may_see(stored.citizen).await?;
    Ok(answer(&headers, &stored, shown::json(&caller, &stored, false)?))
}

/// One version.
pub(super) async fn vread(
    caller: Caller,
    target: Target,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Read, target.kind)?;
    let store = &caller.municipality().store;
    let found = store.resource_version(target.kind, &target.id, target.version).await?;
    let stored = reached(&caller, found).await?;
    if !within::covers_stored(&caller, Interaction::Read, &stored)? {
        return Err(Outcome::not_found());
    }
    let current = store.resource(target.kind, &target.id).await?.ok_or_else(Outcome::not_found)?;
    if !seen(&caller, &stored).await? && current.version != stored.version {
        return Err(Outcome::not_found());
    }
    note(&caller, &stored);
    caller.may_see(stored.citizen).await?;
    let hidden = shown::is_hidden(&caller, &current)?;
    Ok(answer(&headers, &stored, shown::json(&caller, &stored, hidden)?))
}

fn answer(headers: &HeaderMap, stored: &StoredResource, json: String) -> Response {
    let StoredResource { kind, id, version, updated, .. } = stored;
    let version = Version { kind, id, version: *version, updated: *updated };
    reply::read(&version, headers, json)
}
