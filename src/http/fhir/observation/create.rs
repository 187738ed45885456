//! `POST /fhir/Observation`: one reading, or a stream of them.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::validate::duplicate_properties;
use pulsvagt_fhir::{Document, Issue, IssueCode};

use super::{quarantine_issue, stream, visible};
use crate::access::{Interaction, Within};
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::params::pairs;
use crate::http::fhir::reply::{Version, told_only, written};
use crate::http::fhir::{Outcome, body};
use crate::ids::ObservationKey;
use crate::ingest::Verdict;
use crate::store::StoreError;
use crate::store::observations::{Condition, Identifier, Inserted, NewObservation};

/// Creates one reading; answers after it is on disk. The same reading again is 200 with the same
/// id. With `If-None-Exist` (or, as fhirpy sends it, criteria in the address) nothing is created if
/// a reading has the identifier already.
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Create, "Observation")?;
    match body_kind(&headers) {
        Some(BodyKind::Json) => {}
        Some(BodyKind::Ndjson) => return stream::receive(app, caller, &headers, body),
        Some(BodyKind::Form) | None => return Err(unsupported()),
    }
    let held = body::read(&app, &headers, body).await?;
    let document = decode_one(&held.bytes, "Observation")?;
    let sender = caller.sender(&app, Interaction::Create);
    let verdicts = caller
        .municipality()
        .examiner
        .examine_all(&[(document.root(), "Observation")], sender)
        .await
        .map_err(Outcome::failed)?;
    let (mut observation, warnings) = match verdicts.into_iter().next() {
        Some(Verdict::Ready { observation, warnings }) => (observation, warnings),
        Some(Verdict::Rejected(issues)) => return Err(Outcome::refused(issues)),
        Some(Verdict::Pending) | None => {
            return Err(Outcome::bad_request("empty", "there is no resource in the body"));
        }
    };
    let condition = headers
        .get("if-none-exist")
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .or(query.filter(|query| query.contains("identifier=")));
    if let Some(condition) = condition {
        let identifier = criteria(&condition)?;
        observation.if_none_exist = Some(if_none_exists(&caller, &observation, identifier));
    }
    let answer = caller.submit(&app, vec![(*observation).clone()]).await?;
    let inserted = answer.inserted.first().copied().unwrap_or(Inserted::Ambiguous);
    let issues = warnings_of(&observation, warnings, "Observation");
    respond(&caller, &headers, &observation, inserted, answer.received, &issues).await
}

/// The document of a body that is to hold one resource of a type.
pub(in crate::http::fhir) fn decode_one<'a>(
    bytes: &'a [u8],
    kind: &'static str,
) -> Result<Document<'a>, Outcome> {
    let document = Document::parse(bytes).map_err(|error| {
        Outcome::new(
            StatusCode::BAD_REQUEST,
            vec![Issue::error(IssueCode::Structure, "not-json", "", error.to_string())],
        )
    })?;
    let repeated = duplicate_properties(&document, kind);
    if !repeated.is_empty() {
        return Err(Outcome::new(StatusCode::BAD_REQUEST, repeated));
    }
    let named = document.root().str_at("resourceType");
    if named.as_deref() != Some(kind) {
        return Err(Outcome::new(
            StatusCode::BAD_REQUEST,
            vec![Issue::error(
                IssueCode::Structure,
                "wrong-resource-type",
                "resourceType",
                format!("expected a resource of type {kind}"),
            )],
        ));
    }
    Ok(document)
}

/// `identifier=system|value`, the only criteria that a conditional create of readings knows.
/// Some senders do not escape it, and the value may then hold `&` and `=` only by luck.
pub(in crate::http::fhir) fn criteria(condition: &str) -> Result<Identifier, Outcome> {
    let query = condition.trim_start_matches('?');
    let query = query.strip_prefix("Observation?").unwrap_or(query);
    let found = pairs(query);
    match found.as_slice() {
        [(name, value)] if name == "identifier" && !value.is_empty() => {
            let (system, value) = match value.split_once('|') {
                Some((system, value)) => (Some(system.to_owned()), value.to_owned()),
                None => (None, value.clone()),
            };
            Ok(Identifier { system, value })
        }
        _ => Err(Outcome::one(
            StatusCode::BAD_REQUEST,
            IssueCode::NotSupported,
            "condition-not-supported",
            "the only condition on which a reading is created is identifier=system|value",
        )),
    }
}

/// The condition, within what the caller may know of: who may not search all readings finds those
/// of the citizen only for whom the new one is.
pub(in crate::http::fhir) fn if_none_exists(
    caller: &Caller,
    observation: &NewObservation,
    identifier: Identifier,
) -> Condition {
    let all = caller.principal().may(Interaction::Search, "Observation")
        && caller.principal().within(Interaction::Search, "Observation") == Within::Everything
        && caller.sight().is_everybody();
    let within = (!all || caller.citizen().is_some()).then_some(observation.key.citizen);
    Condition { identifier, within }
}

/// What the sender should know of a reading that is stored.
pub(in crate::http::fhir) fn warnings_of(
    observation: &NewObservation,
    mut warnings: Vec<Issue>,
    at: &str,
) -> Vec<Issue> {
    let not_final = crate::ingest::Quarantine::NotFinal.number();
    if observation.quarantine != not_final {
        warnings.extend(quarantine_issue(observation.quarantine, at));
    }
    warnings
}

/// Status, reading and version that a create comes to.
pub(in crate::http::fhir) fn created(
    inserted: Inserted,
    received: Micros,
) -> Result<(StatusCode, ObservationKey, u32, Micros), Outcome> {
    match inserted {
        Inserted::Stored(key) => Ok((StatusCode::CREATED, key, 1, received)),
        Inserted::Duplicate { key, version, received }
        | Inserted::Exists { key, version, received } => {
            Ok((StatusCode::OK, key, version, received))
        }
        Inserted::Gone => Err(StoreError::Gone.into()),
        Inserted::Ambiguous => Err(Outcome::one(
            StatusCode::PRECONDITION_FAILED,
            IssueCode::MultipleMatches,
            "several-match",
            "several readings have this identifier",
        )),
    }
}

async fn respond(
    caller: &Caller,
    headers: &HeaderMap,
    observation: &NewObservation,
    inserted: Inserted,
    received: Micros,
    issues: &[Issue],
) -> Result<Response, Outcome> {
    let (status, key, version, updated) = created(inserted, received)?;
    let store = &caller.municipality().store;
    let id = store.sealer().seal(key);
    let told = Version { kind: "Observation", id: &id, version, updated };
    // What was just stored is what was sent; what was there already may have been corrected.
    let json = if let Inserted::Stored(_) = inserted {
        let mut out = String::with_capacity(1024);
        observation.push_json(&mut out, &id, version, updated).map_err(Outcome::failed)?;
        out
    } else {
        let stored = store.observation(key).await.map_err(Outcome::failed)?;
        let stored = stored.ok_or_else(Outcome::not_found)?;
        let told_only = || Ok(told_only(status, &told, caller.base(), issues));
        let denials = caller.denials().await?;
        if !visible(caller, Interaction::Read, &stored)
            || !denials.allows_reading(&stored.shape.facts, stored.key.citizen)
        {
            return told_only();
        }
        match caller.may_see(Some(key.citizen)).await {
            Ok(()) => {}
            // It has been taken in, as it has to be; what is there is not shown.
            Err(StoreError::Restricted) => return told_only(),
            Err(error) => return Err(error.into()),
        }
        // The entry that is committed names what was sent. Here is another, or a correction of it.
        if key != observation.key || version > 1 {
            caller.trail().readings([key]);
        }
        stored.json(&id).map_err(Outcome::failed)?
    };
    written(status, &told, caller.base(), headers, issues, || Ok(json))
}
