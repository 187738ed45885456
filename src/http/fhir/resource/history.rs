//! `GET /fhir/{type}/{id}/_history`.

use std::fmt::Write;

use axum::response::Response;

use super::{Target, note, reach};
use crate::access::Interaction;
use crate::http::Caller;
use crate::http::fhir::{Outcome, reply, within};
use crate::store::resources::{StoredResource, Who};

/// All versions, newest first.
pub(super) async fn history(caller: Caller, target: Target) -> Result<Response, Outcome> {
    let Target { kind, id, .. } = target;
    caller.require(Interaction::Read, kind)?;
    let reach = reach(&caller, kind).await?;
    let versions = caller.municipality().store.resource_history(kind, &id).await?;
    let Some(newest) = versions.first().filter(|newest| reach.includes(newest.citizen)) else {
        return Err(Outcome::not_found());
    };
    let (newest, noted) = (newest.version, newest.clone());
    let mut shown = Vec::with_capacity(versions.len());
    for version in versions {
        let covered = within::covers_stored(&caller, Interaction::Read, &version)?;
        if covered && (version.version == newest || seen(&caller, &version)?) {
            shown.push(version);
        }
    }
    if shown.is_empty() {
        return Err(Outcome::not_found());
    }
    note(&caller, &noted);
    caller.may_see(noted.citizen).await?;
    Ok(reply::ok(bundle(&caller, kind, &id, &shown)))
}

/// Whether the caller may see this earlier version of a resource whose current version it may see:
/// a device may have been another citizen's before.
pub(super) fn seen(caller: &Caller, version: &StoredResource) -> Result<bool, Outcome> {
    let Some(own) = caller.citizen() else { return Ok(true) };
    if version.kind != "Device" {
        return Ok(true);
    }
    let claims = version.claims(caller.base())?;
    Ok(claims.iter().all(|claim| claim.who == Who::Patient(own.to_owned())))
}

fn bundle(caller: &Caller, kind: &str, id: &str, versions: &[StoredResource]) -> String {
    let base = caller.base();
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"history\",\"total\":{},\
         \"link\":[{{\"relation\":\"self\",\"url\":\"{base}/{kind}/{id}/_history\"}}]",
        versions.len()
    );
    for (position, stored) in versions.iter().enumerate() {
        out.push_str(if position == 0 { ",\"entry\":[" } else { "," });
        let _ = write!(out, "{{\"fullUrl\":\"{base}/{kind}/{id}\",\"resource\":");
        stored.push_json(&mut out);
        let (method, path, status) = if stored.version == 1 {
            ("POST", kind.to_owned(), "201 Created")
        } else {
            ("PUT", format!("{kind}/{id}"), "200 OK")
        };
        let _ = write!(
            out,
            ",\"request\":{{\"method\":\"{method}\",\"url\":\"{path}\"}},\"response\":{{\"status\":\
             \"{status}\",\"etag\":\"W/\\\"{}\\\"\",\"lastModified\":\"{}\"}}}}",
            stored.version, stored.updated
        );
    }
    out.push_str(if versions.is_empty() { "}" } else { "]}" });
    out
}
