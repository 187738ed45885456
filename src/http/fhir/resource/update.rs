//! `PUT /fhir/{type}/{id}`: a new version. `DELETE` and `PATCH` are refused with what to do instead.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::ALLOW;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::{Target, Written, compartment, decode, examine, note, own_in, plan, steers, writable};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::params::if_match;
use crate::http::fhir::reply::{Version, written};
use crate::http::fhir::{Outcome, body, shown, unknown, within};
use crate::identity;
use crate::store::Tx;
use crate::store::resources::{NewResource, Reach, Updated, known_kind};

/// Replaces the current version, or creates the resource under the id in the address.
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    target: Target,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    writable(target.kind)?;
    if body_kind(&headers) != Some(BodyKind::Json) {
        return Err(unsupported());
    }
    let expected = match if_match(&headers) {
        None => None,
        Some(Ok(version)) => Some(version),
        Some(Err(())) => return Err(stale()),
    };
    let Target { kind, id, .. } = target;
    let held = body::read(&app, &headers, body).await?;
    let document = decode(&held.bytes, kind)?;
    let mut tx = caller.municipality().store.begin().await?;
    let done =
        update_in(&mut tx, &app, &caller, kind, &id, document.root(), kind, expected).await?;
    caller.commit(tx, app.clock().now()).await?;
    let version = Version { kind, id: &done.id, version: done.version, updated: done.updated };
    written(done.status, &version, caller.base(), &headers, &done.issues, || {
        shown::json(&caller, &done.stored, false)
    })
}

/// Updates a resource found at `at` as part of a transaction, or creates it where the caller may
/// choose ids. Whoever may not only updates what is within reach: whether another id is taken is
/// not for them to find out.
#[expect(clippy::too_many_arguments, reason = "a request has this many parts")]
pub(in crate::http::fhir) async fn update_in(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    kind: &str,
    id: &str,
    resource: Value<'_>,
    at: &str,
    if_match: Option<u32>,
) -> Result<Written, Outcome> {
    let Some(kind) = known_kind(kind) else { return Err(unknown().await) };
    writable(kind)?;
    caller.require(Interaction::Update, kind)?;
    let issues = examine(caller, kind, resource, at)?;
    if !crate::ids::is_fhir_id(id) || resource.str_at("id").as_deref() != Some(id) {
        let issue = Issue::error(
            IssueCode::Value,
            "id-differs",
            format!("{at}.id"),
            "the resource needs the id that is in the address",
        );
        return Err(Outcome::new(StatusCode::BAD_REQUEST, vec![issue]));
    }
    let store = &caller.municipality().store;
    let may_create = caller.principal().may_choose_ids();
    let current = store.locked_resource_in(tx, kind, id).await?;
    if let Some(own) = own_in(tx, caller).await? {
        match &current {
            Some(current) if own.is_some() && current.citizen == own => {}
            _ => return Err(Outcome::not_found()),
        }
    } else {
        // Whether an id is taken out of the caller's sight is not for the caller to find out either.
        let reach = Reach::Seen(caller.sight().clone());
        let there = match &current {
            Some(current) => store.reaches_in(tx, &reach, kind, current.citizen).await?,
            None => may_create,
        };
        if !there {
            return Err(Outcome::not_found());
        }
    }
    let hidden = match &current {
        Some(current) => {
            !within::covers_stored(caller, Interaction::Update, current)?
                || !caller.allows(kind, current.citizen).await?
        }
        None => false,
    };
    // What the scopes do not cover, or the citizen denies, is refused as what is not there, which some may create.
    if hidden && !may_create {
        return Err(Outcome::not_found());
    }
    if hidden || current.is_none() {
        caller.require(Interaction::Create, kind)?;
        within::require(caller, Interaction::Create, kind, resource, at)?;
        if let Some(issue) = identity::check_id(id, at) {
            return Err(Outcome::refused(vec![issue]));
        }
    }
    within::require(caller, Interaction::Update, kind, resource, at)?;
    let mut citizen = compartment(tx, caller, kind, resource, at).await?;
    if hidden {
        return Err(if if_match.is_some() { stale() } else { Outcome::not_found() });
    }
    if steers(kind) {
        caller.may_see_in(tx, citizen).await?;
    }
    if let Some(current) = &current {
        shown::whole(caller, current)?;
        caller.trail().about(current.citizen);
        caller.may_see_in(tx, current.citizen).await?;
        // What an app sent without saying whose it is stays the citizen's.
        if citizen.is_none() && kind != "Device" {
            citizen = current.citizen;
        }
        let moved = current.citizen.is_some() && citizen != current.citizen;
        if moved && kind != "Device" && kind != "Patient" {
            return Err(citizen_changed(at));
        }
    }
    let new = NewResource::new(kind, id.to_owned(), citizen, resource, store.zone(), caller.base());
    let now = app.clock().now();
    let (status, stored) = match store.update_resource_in(tx, new, if_match, now).await? {
        Updated::Created(stored) => (StatusCode::CREATED, stored),
        Updated::Version(stored) | Updated::Unchanged(stored) => (StatusCode::OK, stored),
        Updated::Stale(_) => return Err(stale()),
    };
    note(caller, &stored);
    let issues = plan::follow(tx, app, caller, &stored, resource, at, issues).await?;
    Ok(Written::new(status, stored, issues))
}

/// `DELETE /fhir/{type}/{id}`: refused, with the way that is offered.
pub(super) async fn delete(caller: Caller, target: Target) -> Result<Response, Outcome> {
    writable(target.kind)?;
    caller.require(Interaction::Update, target.kind)?;
    let instead = match target.kind {
        "Patient" => {
            "citizens are not deleted, since their readings and what was done about them must be \
             kept; PUT the Patient with active false"
        }
        "Condition" => {
            "nothing is deleted, since somebody may have acted on it; PUT the Condition with \
             verificationStatus entered-in-error"
        }
        "Provenance" => "who did what is never deleted",
        _ => {
            "nothing is deleted, since somebody may have acted on it; PUT the resource with status \
             entered-in-error"
        }
    };
    Ok(refused("delete-refused", instead))
}

/// `PATCH /fhir/{type}/{id}`: not offered.
pub(super) async fn patch(caller: Caller, target: Target) -> Result<Response, Outcome> {
    writable(target.kind)?;
    caller.require(Interaction::Update, target.kind)?;
    Ok(refused("patch-not-supported", "read the resource, change it, and PUT it with If-Match"))
}

fn refused(key: &'static str, instead: &str) -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let outcome = Outcome::one(status, IssueCode::NotSupported, key, instead);
    ([(ALLOW, "GET, HEAD, PUT")], outcome).into_response()
}

fn citizen_changed(at: &str) -> Outcome {
    let issue = Issue::error(
        IssueCode::BusinessRule,
        "citizen-changed",
        at,
        "a resource does not move to another citizen: mark it entered-in-error and create the right \
         one",
    );
    Outcome::new(StatusCode::UNPROCESSABLE_ENTITY, vec![issue])
}

fn stale() -> Outcome {
    Outcome::one(
        StatusCode::PRECONDITION_FAILED,
        IssueCode::Conflict,
        "version-conflict",
        "somebody else has changed it: read it again, and put your change on top",
    )
}
