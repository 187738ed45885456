//! A resource as a caller may see it: protected names and addresses are hidden from who does not say
//! what they are needed for, and what triage found in readings from whom the citizen denies them.

use pulsvagt_fhir::{Document, IssueCode};
use serde_json::{Value, json};

use super::Outcome;
use crate::consent::TRIAGED;
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
    if let Some(citizen) = stored.citizen.filter(|_| TRIAGED.contains(&stored.kind.as_str())) {
        // Who is shown something has been asked for whom it is hidden.
        let denials = caller.known_denials().ok_or_else(|| damaged("shown before it was asked"))?;
        if !denials.denies_readings(citizen) {
            return Ok(json);
        }
        return without_evidence(&json).ok_or_else(|| damaged("a resource of triage"));
    }
    if stored.kind != "Patient" || caller.unmasks(stored.citizen) {
        return Ok(json);
    }
    if !hidden && !says_protected(&json)? {
        return Ok(json);
    }
    masked(&json).ok_or_else(|| damaged("a Patient cannot be read"))
}

/// What of a resource of triage tells that there is something, how urgent and who has it, and nothing
/// of what was measured. What is not listed is left out.
fn without_evidence(json: &str) -> Option<String> {
    const SHOWN: [&str; 37] = [
        "resourceType",
        "id",
        "meta",
        "extension",
        "identifier",
        "status",
        "statusReason",
        "businessStatus",
        "intent",
        "priority",
        "partOf",
        "category",
        "code",
        "subject",
        "for",
        "patient",
        "period",
        "executionPeriod",
        "authoredOn",
        "lastModified",
        "requester",
        "author",
        "owner",
        "reasonCode",
        "restriction",
        "date",
        "effectiveDateTime",
        "occurrenceDateTime",
        "identifiedDateTime",
        "performer",
        "previous",
        "protocol",
        "method",
        "severity",
        "focus",
        "note",
        "output",
    ];
    let mut resource: Value = serde_json::from_str(json).ok()?;
    let members = resource.as_object_mut()?;
    members.retain(|name, _| SHOWN.contains(&name.as_str()));
    // The text of a Flag's code is the sentence.
    if let Some(code) = members.get_mut("code").and_then(Value::as_object_mut) {
        code.retain(|name, _| name == "coding");
    }
    let label = json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "REDACTED"});
    members.get_mut("meta")?.as_object_mut()?.insert("security".to_owned(), json!([label]));
    Some(resource.to_string())
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
