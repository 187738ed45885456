//! `GET /fhir/{type}/{id}/_history`.

use std::fmt::Write;

use axum::response::Response;

use super::{Target, note, reached};
use crate::access::Interaction;
use crate::http::Caller;
use crate::http::fhir::{Outcome, reply, shown, within};
use crate::store::resources::{StoredResource, Who};

/// All versions, newest first.
pub(super) async fn history(caller: Caller, target: Target) -> Result<Response, Outcome> {
    let Target { kind, id, .. } = target;
    caller.require(Interaction::Read, kind)?;
    let versions = caller.municipality().store.resource_history(kind, &id).await?;
    let newest = reached(&caller, versions.first().cloned()).await?;
    let latest = newest.version;
    let mut told = Vec::with_capacity(versions.len());
    for version in versions {
        let covered = within::covers_stored(&caller, Interaction::Read, &version)?;
        if covered && (version.version == latest || seen(&caller, &version).await?) {
            told.push(version);
        }
    }
    if told.is_empty() {
        return Err(Outcome::not_found());
    }
    note(&caller, &newest);
    caller.may_see(newest.citizen).await?;
    let hidden = shown::is_hidden(&caller, &newest)?;
    Ok(reply::ok(bundle(&caller, kind, &id, &told, hidden)?))
}

/// Whether the caller may see this earlier version of a resource whose current version it may see:
/// a device may have been another citizen's before.
pub(super) async fn seen(caller: &Caller, version: &StoredResource) -> Result<bool, Outcome> {
    let confined = caller.citizen().is_some() || !caller.sight().is_everybody();
    if version.kind != "Device" || !confined {
        return Ok(true);
    }
    let store = &caller.municipality().store;
    for claim in version.claims(caller.base())? {
        let Who::Patient(id) = &claim.who else {
            if caller.citizen().is_some() || claim.who != Who::Elsewhere {
                return Ok(false);
            }
            continue;
        };
        let seen = match store.citizen_no(id).await? {
            Some(citizen) => store.sees(caller.sight(), citizen).await?,
            None => false,
        };
        if !seen || caller.citizen().is_some_and(|own| own != id) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn bundle(
    caller: &Caller,
    kind: &str,
    id: &str,
    versions: &[StoredResource],
    hidden: bool,
) -> Result<String, Outcome> {
    let base = caller.base();
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"history\",\"total\":{},\
         \"link\":[{{\"relation\":\"self\",\"url\":\"{base}/{kind}/{id}/_history\"}}]",
        versions.len()
    );
    for (position, stored) in versions.iter().enumerate() {
        out.push_str(if position == 0 { ",\"entry\":[" } else { "," });
        let _ = write!(out, "{{\"fullUrl\":\"{base}/{kind}/{id}\",\"resource\":");
        out.push_str(&shown::json(caller, stored, hidden)?);
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
    Ok(out)
}
