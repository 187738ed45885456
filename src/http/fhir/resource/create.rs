//! `POST /fhir/{type}`: a new resource.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::{IssueCode, Value};

use super::{Kind, Written, compartment, decode, examine, note, plan, reach_in, steers, writable};
use crate::access::{Interaction, Within};
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::observation::criteria;
use crate::http::fhir::reply::{Version, written};
use crate::http::fhir::{Outcome, body, shown, unknown, within};
use crate::ids::new_resource_id;
use crate::store::Tx;
use crate::store::observations::Identifier;
use crate::store::resources::{Match, NewResource, known_kind};

/// Creates a resource under an id of the server's own. With `If-None-Exist` (or, as fhirpy sends
/// it, criteria in the address) nothing is created if there is one with the identifier already.
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    writable(kind)?;
    if body_kind(&headers) != Some(BodyKind::Json) {
        return Err(unsupported());
    }
    let condition = match headers.get("if-none-exist") {
        Some(value) => Some(value.to_str().map_err(|_| not_supported())?.to_owned()),
        None => query.filter(|query| query.contains("identifier=")),
    };
    let held = body::read(&app, &headers, body).await?;
    let document = decode(&held.bytes, kind)?;
    let mut tx = caller.municipality().store.begin().await?;
    let done = create_in(&mut tx, &app, &caller, kind, document.root(), kind, condition.as_deref())
        .await?;
    caller.commit(tx, app.clock().now()).await?;
    let version = Version { kind, id: &done.id, version: done.version, updated: done.updated };
    written(done.status, &version, caller.base(), &headers, &done.issues, || {
        shown::json(&caller, &done.stored, false)
    })
}

/// Creates a resource found at `at` as part of a transaction. `if_none_exist` are the criteria of a
/// conditional create: one match is the answer, several refuse it. Who may read the type but not
/// create it may still find it this way.
pub(in crate::http::fhir) async fn create_in(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    kind: &str,
    resource: Value<'_>,
    at: &str,
    if_none_exist: Option<&str>,
) -> Result<Written, Outcome> {
    let Some(kind) = known_kind(kind) else { return Err(unknown().await) };
    writable(kind)?;
    let first = if if_none_exist.is_some() { Interaction::Search } else { Interaction::Create };
    caller.require(first, kind)?;
    let issues = examine(caller, kind, resource, at)?;
    let store = &caller.municipality().store;
    if let Some(condition) = if_none_exist {
        let identifier = identifier(kind, condition)?;
        store.lock_conditional_in(tx).await?;
        let reach = reach_in(tx, caller, kind).await?;
        match store.find_by_identifier_in(tx, kind, &identifier, &reach).await? {
            Match::One(stored) if within::covers_stored(caller, Interaction::Search, &stored)? => {
                note(caller, &stored);
                caller.may_see_in(tx, stored.citizen).await?;
                return Ok(Written::new(StatusCode::OK, stored, issues));
            }
            // To create another one with the identifier would not be what the sender means.
            Match::One(_) => return Err(Outcome::forbidden()),
            Match::Several if !searches_all(caller, kind) => return Err(Outcome::forbidden()),
            Match::Several => return Err(several()),
            Match::None => caller.require(Interaction::Create, kind)?,
        }
    }
    within::require(caller, Interaction::Create, kind, resource, at)?;
    let citizen = compartment(tx, caller, kind, resource, at).await?;
    if steers(kind) {
        caller.may_see_in(tx, citizen).await?;
    }
    let now = app.clock().now();
    let id = new_resource_id(now);
    let new = NewResource::new(kind, id, citizen, resource, store.zone(), caller.base());
    let stored = store.create_resource_in(tx, new, now).await?;
    note(caller, &stored);
    let issues = plan::follow(tx, app, caller, &stored, resource, at, issues).await?;
    Ok(Written::new(StatusCode::CREATED, stored, issues))
}

/// What a conditional reference such as `Patient?identifier=system|value` means: `Patient/id`, or
/// `None` when nothing that the caller may know of has the identifier.
pub(in crate::http::fhir) async fn resolve_conditional(
    tx: &mut Tx,
    caller: &Caller,
    reference: &str,
) -> Result<Option<String>, Outcome> {
    let (kind, condition) = reference.split_once('?').unwrap_or((reference, ""));
    let Some(kind) = known_kind(kind) else { return Ok(None) };
    caller.require(Interaction::Search, kind)?;
    let identifier = identifier(kind, condition)?;
    let reach = reach_in(tx, caller, kind).await?;
    let store = &caller.municipality().store;
    match store.find_by_identifier_in(tx, kind, &identifier, &reach).await? {
        Match::One(stored) if within::covers_stored(caller, Interaction::Search, &stored)? => {
            Ok(Some(format!("{kind}/{}", stored.id)))
        }
        Match::One(_) | Match::None => Ok(None),
        Match::Several if !searches_all(caller, kind) => Ok(None),
        Match::Several => Err(several()),
    }
}

/// Whether the scopes let the caller find all resources of the type. Who does not find all is not
/// told either that there are several.
fn searches_all(caller: &Caller, kind: &str) -> bool {
    caller.principal().within(Interaction::Search, kind) == Within::Everything
}

fn identifier(kind: &str, condition: &str) -> Result<Identifier, Outcome> {
    let query = condition.trim_start_matches('?');
    let query = query.strip_prefix(kind).and_then(|query| query.strip_prefix('?')).unwrap_or(query);
    let identifier = criteria(query)?;
    let text = [identifier.system.as_deref().unwrap_or(""), &identifier.value];
    // The database has no way to hold it, so nothing has it.
    if kind == "Provenance" || identifier.value.is_empty() || text.concat().contains('\0') {
        return Err(not_supported());
    }
    Ok(identifier)
}

fn not_supported() -> Outcome {
    Outcome::one(
        StatusCode::BAD_REQUEST,
        IssueCode::NotSupported,
        "condition-not-supported",
        "the only condition is identifier=system|value",
    )
}

fn several() -> Outcome {
    Outcome::one(
        StatusCode::PRECONDITION_FAILED,
        IssueCode::MultipleMatches,
        "several-match",
        "several resources have this identifier",
    )
}
