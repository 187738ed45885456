//! A resource as a caller may see it: protected names and addresses are hidden from who does not say
//! what they are needed for.

use pulsvagt_fhir::{Document, IssueCode};

use super::Outcome;
use crate::http::Caller;
use crate::identity::protected::{is_protected, masked};
use crate::store::StoreError;
use crate::store::resources::StoredResource;

/// A version of a resource; `hidden` if it is to be hidden because another version is protected.
pub(in crate::http) fn json(
    caller: &Caller,
    stored: &StoredResource,
    hidden: bool,
) -> Result<String, Outcome> {
    let json = stored.json();
    if stored.kind != "Patient" || caller.unmasks(stored.citizen) {
        return Ok(json);
    }
    if !hidden && !says_protected(&json)? {
        return Ok(json);
    }
    masked(&json).ok_or_else(|| damaged("a Patient cannot be read"))
}

/// Appends the current version of a resource.
pub(super) fn push(
    caller: &Caller,
    stored: &StoredResource,
    out: &mut String,
) -> Result<(), Outcome> {
    out.push_str(&json(caller, stored, false)?);
    Ok(())
}

/// Whether it is a protected Patient that the caller may not see whole.
pub(super) fn is_hidden(caller: &Caller, stored: &StoredResource) -> Result<bool, Outcome> {
    Ok(stored.kind == "Patient"
        && !caller.unmasks(stored.citizen)
        && says_protected(&stored.json())?)
}

/// Refuses to replace what the caller has seen in part only: the rest would be lost.
pub(super) fn whole(caller: &Caller, current: &StoredResource) -> Result<(), Outcome> {
    if !is_hidden(caller, current)? {
        return Ok(());
    }
    let text = "name and address are protected: say what they are needed for, in X-Purpose-Of-Use";
    let status = axum::http::StatusCode::FORBIDDEN;
    Err(Outcome::one(status, IssueCode::Forbidden, "protected", text))
}

fn says_protected(json: &str) -> Result<bool, Outcome> {
    let document = Document::parse(json.as_bytes()).map_err(|error| damaged(error.to_string()))?;
    Ok(is_protected(document.root()))
}

fn damaged(why: impl Into<String>) -> Outcome {
    Outcome::failed(StoreError::damaged("resource", why.into()))
}
