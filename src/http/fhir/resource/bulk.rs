//! What exports in bulk need to know of resources.

use super::query::{Setting, understand};
use super::{note, reached};
use crate::access::Interaction;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::params::pairs;
use crate::http::fhir::{Outcome, within};
use crate::store::resources::{Reach, ResourceQuery, StoredResource, known_kind};

/// The Group of that id, if the caller may read it.
pub(in crate::http::fhir) async fn group(
    caller: &Caller,
    id: &str,
) -> Result<StoredResource, Outcome> {
    if !crate::ids::is_fhir_id(id) {
        return Err(Outcome::not_found());
    }
    let found = caller.municipality().store.resource("Group", id).await?;
    let stored = reached(caller, found).await?;
    if !within::covers_stored(caller, Interaction::Read, &stored)? {
        return Err(Outcome::not_found());
    }
    note(caller, &stored);
    caller.may_see(stored.citizen).await?;
    Ok(stored)
}

/// A search of that type as an export filters by it: every parameter has to be known.
pub(in crate::http::fhir) fn filters(
    caller: &Caller,
    kind: &str,
    query: &str,
    now: Micros,
) -> Result<ResourceQuery, Outcome> {
    let kind = known_kind(kind).ok_or_else(Outcome::not_found)?;
    let zone = caller.municipality().store.zone();
    let setting = Setting { base: caller.base(), zone, now, strict: true };
    Ok(understand(kind, pairs(query), Reach::Nothing, None, setting)?.query)
}
