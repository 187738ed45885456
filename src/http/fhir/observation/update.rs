//! `PUT /fhir/Observation/{id}`: a correction, as a new version.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::create::{decode_one, warnings_of};
use super::{key, must_allow, visible};
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::params::if_match;
use crate::http::fhir::reply::{Version, written};
use crate::http::fhir::{Outcome, body};
use crate::ids::ObservationKey;
use crate::ingest::Verdict;
use crate::store::Tx;
use crate::store::observations::{NewObservation, StoredObservation, Updated};

/// Replaces the current version. The citizen, the code, the time and the device stay: they make
/// the reading this reading.
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Update, "Observation")?;
    if body_kind(&headers) != Some(BodyKind::Json) {
        return Err(unsupported());
    }
    let held = body::read(&app, &headers, body).await?;
    let document = decode_one(&held.bytes, "Observation")?;
    let expected = match if_match(&headers) {
        None => None,
        Some(Ok(version)) => Some(version),
        Some(Err(())) => return Err(stale()),
    };
    let _turn = caller.municipality().transactions.acquire().await;
    let store = &caller.municipality().store;
    let mut tx = store.begin().await.map_err(Outcome::failed)?;
    let done =
        update_in(&mut tx, &app, &caller, &id, document.root(), "Observation", expected).await?;
    caller.commit(tx, app.clock().now()).await.map_err(Outcome::failed)?;
    let told =
        Version { kind: "Observation", id: &id, version: done.version, updated: done.updated };
    written(StatusCode::OK, &told, caller.base(), &headers, &done.issues, || {
        let mut out = String::new();
        done.observation
            .push_json(&mut out, &id, done.version, done.updated)
            .map_err(Outcome::failed)?;
        Ok(out)
    })
}

/// A correction that has been written, but not committed.
pub(in crate::http::fhir) struct Corrected {
    pub(in crate::http::fhir) version: u32,
    pub(in crate::http::fhir) updated: Micros,
    pub(in crate::http::fhir) issues: Vec<Issue>,
    observation: Box<NewObservation>,
}

/// Corrects a reading as part of a transaction.
pub(in crate::http::fhir) async fn update_in(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    id: &str,
    resource: Value<'_>,
    at: &str,
    expected: Option<u32>,
) -> Result<Corrected, Outcome> {
    let key = key(caller, id)?;
    if resource.str_at("id").is_some_and(|sent| sent != id) {
        return Err(Outcome::new(
            StatusCode::BAD_REQUEST,
            vec![Issue::error(
                IssueCode::Value,
                "id-differs",
                format!("{at}.id"),
                "the id in the resource is not the one in the address",
            )],
        ));
    }
    let current = reached(tx, caller, key).await?;
    let (observation, warnings) = examined(app, caller, &current, resource, at).await?;
    let received = app.clock().now();
    let store = &caller.municipality().store;
    let updated = store
        .update_in(tx, key, &observation, expected, received)
        .await
        .map_err(Outcome::failed)?;
    let (version, updated) = match updated {
        Updated::Version(version) => (version, received),
        Updated::Unchanged(version) => (version, current.received),
        Updated::Stale(_) => return Err(stale()),
        Updated::Missing => return Err(Outcome::not_found()),
    };
    caller.trail().readings([key]);
    caller.trail().resource("Observation", id, version, Some(key.citizen));
    let issues = warnings_of(&observation, warnings, at);
    Ok(Corrected { version, updated, issues, observation })
}

/// The reading that is to be corrected, as it is now, if the caller may correct it.
pub(super) async fn reached(
    tx: &mut Tx,
    caller: &Caller,
    key: ObservationKey,
) -> Result<StoredObservation, Outcome> {
    let store = &caller.municipality().store;
    let current =
        store.observation(key).await.map_err(Outcome::failed)?.ok_or_else(Outcome::not_found)?;
    if !visible(caller, Interaction::Update, &current) {
        return Err(Outcome::not_found());
    }
    caller.may_see_in(tx, Some(key.citizen)).await?;
    must_allow(caller, &current).await?;
    Ok(current)
}

/// What it is to be, valid and normalised, with what the sender should know.
pub(super) async fn examined(
    app: &App,
    caller: &Caller,
    current: &StoredObservation,
    resource: Value<'_>,
    at: &str,
) -> Result<(Box<NewObservation>, Vec<Issue>), Outcome> {
    let verdicts = caller
        .municipality()
        .examiner
        .examine_all(&[(resource, at)], caller.sender(app, Interaction::Update))
        .await
        .map_err(Outcome::failed)?;
    let (observation, warnings) = match verdicts.into_iter().next() {
        Some(Verdict::Ready { observation, warnings }) => (observation, warnings),
        Some(Verdict::Rejected(issues)) => return Err(Outcome::refused(issues)),
        Some(Verdict::Pending) | None => return Err(Outcome::not_found()),
    };
    same_reading(&observation, current.key, at)?;
    Ok((observation, warnings))
}

/// Refuses a correction that would make another reading of it.
fn same_reading(new: &NewObservation, key: ObservationKey, at: &str) -> Result<(), Outcome> {
    let differs = [
        ("subject", new.key.citizen != key.citizen),
        ("code", new.key.code != key.code),
        ("effective", new.key.effective != key.effective),
        ("device", new.key.source != key.source),
    ];
    let issues: Vec<Issue> = differs
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| {
            Issue::error(
                IssueCode::BusinessRule,
                "identity-changed",
                format!("{at}.{name}"),
                "citizen, code, time and device make a reading this reading: mark it \
                 entered-in-error and send the right one as a new reading",
            )
        })
        .collect();
    if issues.is_empty() { Ok(()) } else { Err(Outcome::refused(issues)) }
}

pub(super) fn stale() -> Outcome {
    Outcome::one(
        StatusCode::PRECONDITION_FAILED,
        IssueCode::Conflict,
        "version-conflict",
        "somebody else has changed it: read it again, and put your change on top",
    )
}
