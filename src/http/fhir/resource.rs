//! Everything but observations: Patient, Device, Condition, and so on. One path for all types;
//! what is special about a type is in [`crate::store::resources`].

mod assessment;
mod bulk;
mod create;
mod history;
mod own;
mod plan;
mod query;
mod read;
mod search;
mod update;

#[cfg(test)]
mod tests;

pub(super) use bulk::{filters, group};
pub(super) use create::{create_in, resolve_conditional};
pub(in crate::http) use own::write;
pub(in crate::http) use search::find;
pub(super) use update::update_in;

pub(super) use crate::store::resources::SEARCH_PARAMS;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, post};
use pulsvagt_fhir::validate::{Context, duplicate_properties, validate};
use pulsvagt_fhir::{Document, Issue, IssueCode, Value};

use super::{Outcome, within};
use crate::access::policy::is_read_only;
use crate::access::{Interaction, Within};
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::identity;
use crate::ids::CitizenNo;
use crate::store::Tx;
use crate::store::resources::{Owner, Reach, StoredResource, Who, claims, known_kind};

/// The routes of all types. Observation has its own, which come first.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/{kind}", get(search::get).post(create::create))
        .route("/{kind}/_search", post(search::post))
        .route(
            "/{kind}/{id}",
            get(read::read).put(update::update).delete(update::delete).patch(update::patch),
        )
        .route("/{kind}/{id}/_history", get(history::history))
        .route("/{kind}/{id}/_history/{version}", get(read::vread))
}

/// A resource that has been written, or was there; not committed.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) status: StatusCode,
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) updated: Micros,
    pub(super) issues: Vec<Issue>,
    stored: StoredResource,
}

impl Written {
    fn new(status: StatusCode, stored: StoredResource, issues: Vec<Issue>) -> Self {
        let (id, version, updated) = (stored.id.clone(), stored.version, stored.updated);
        Self { status, id, version, updated, issues, stored }
    }
}

/// Leaves a resource on the trail.
fn note(caller: &Caller, stored: &StoredResource) {
    caller.trail().resource(&stored.kind, &stored.id, stored.version, stored.citizen);
}

/// The type in the path, which is one that is kept here.
#[derive(Debug, Clone, Copy)]
struct Kind(&'static str);

impl FromRequestParts<App> for Kind {
    type Rejection = Outcome;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        match segments(parts, app).await.get("kind").and_then(|name| known_kind(name)) {
            Some(kind) => Ok(Self(kind)),
            None => Err(super::unknown().await),
        }
    }
}

/// One resource, or one version of it.
#[derive(Debug, Clone)]
struct Target {
    kind: &'static str,
    id: String,
    /// 0 where the path names none.
    version: u32,
}

impl FromRequestParts<App> for Target {
    type Rejection = Outcome;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Kind(kind) = Kind::from_request_parts(parts, app).await?;
        let mut segments = segments(parts, app).await;
        let id = segments.remove("id").filter(|id| crate::ids::is_fhir_id(id));
        let version = segments.remove("version").map_or(Ok(0), |version| version.parse());
        match (id, version) {
            (Some(id), Ok(version)) => Ok(Self { kind, id, version }),
            _ => Err(Outcome::not_found()),
        }
    }
}

async fn segments(parts: &mut Parts, app: &App) -> HashMap<String, String> {
    match Path::<HashMap<String, String>>::from_request_parts(parts, app).await {
        Ok(Path(segments)) => segments,
        Err(_) => HashMap::new(),
    }
}

/// Which compartments the caller may look into.
async fn reach(caller: &Caller, kind: &str) -> Result<Reach, Outcome> {
    let Some(own) = caller.citizen() else { return Ok(Reach::Seen(caller.sight().clone())) };
    let store = &caller.municipality().store;
    let own = match store.citizen_no(own).await? {
        Some(own) if store.sees(caller.sight(), own).await? => Some(own),
        _ => None,
    };
    if !caller.is_citizen() {
        store.open_to_staff(own).await?;
    }
    Ok(reach_of(own, kind))
}

/// A resource that was looked for, if it is there and within the caller's reach.
async fn reached(
    caller: &Caller,
    found: Option<StoredResource>,
) -> Result<StoredResource, Outcome> {
    let stored = found.ok_or_else(Outcome::not_found)?;
    let reach = reach(caller, &stored.kind).await?;
    let store = &caller.municipality().store;
    if store.reaches(&reach, &stored.kind, stored.citizen).await?
        && caller.allows(&stored.kind, stored.citizen).await?
    {
        Ok(stored)
    } else {
        Err(Outcome::not_found())
    }
}

/// Like [`reach`], as a transaction sees it.
async fn reach_in(tx: &mut Tx, caller: &Caller, kind: &str) -> Result<Reach, Outcome> {
    Ok(match own_in(tx, caller).await? {
        None => Reach::Seen(caller.sight().clone()),
        Some(own) => reach_of(own, kind),
    })
}

/// The one citizen that the caller can reach, if there is such a limit and such a citizen.
async fn own_in(tx: &mut Tx, caller: &Caller) -> Result<Option<Option<CitizenNo>>, Outcome> {
    let Some(own) = caller.citizen() else { return Ok(None) };
    let own = Who::Patient(own.to_owned());
    let store = &caller.municipality().store;
    Ok(Some(match store.owner_in(tx, &own).await? {
        Owner::Citizen(no) if store.sees_in(tx, caller.sight(), no).await? => Some(no),
        Owner::Citizen(_) | Owner::Nobody | Owner::Unknown => None,
    }))
}

fn reach_of(own: Option<CitizenNo>, kind: &str) -> Reach {
    match own {
        None => Reach::Nothing,
        // A device that is nobody's may be the shared scale of a nursing home.
        Some(own) if kind == "Device" => Reach::CitizenOrNobody(own),
        Some(own) => Reach::Citizen(own),
    }
}

/// The document of a body that holds one resource.
fn decode<'a>(bytes: &'a [u8], kind: &str) -> Result<Document<'a>, Outcome> {
    let document = Document::parse(bytes).map_err(|error| {
        let issue = Issue::error(IssueCode::Structure, "not-json", "", error.to_string());
        Outcome::new(StatusCode::BAD_REQUEST, vec![issue])
    })?;
    let repeated = duplicate_properties(&document, kind);
    if repeated.is_empty() {
        Ok(document)
    } else {
        Err(Outcome::new(StatusCode::BAD_REQUEST, repeated))
    }
}

/// Refuses what is not a valid resource of the type; otherwise what the sender should know.
fn examine(
    caller: &Caller,
    kind: &str,
    resource: Value<'_>,
    at: &str,
) -> Result<Vec<Issue>, Outcome> {
    if resource.str_at("resourceType").as_deref() != Some(kind) {
        let issue = Issue::error(
            IssueCode::Structure,
            "wrong-resource-type",
            format!("{at}.resourceType"),
            format!("expected a resource of type {kind}"),
        );
        return Err(Outcome::new(StatusCode::BAD_REQUEST, vec![issue]));
    }
    let mut issues = Vec::new();
    let context = Context { subject_known: caller.citizen().is_some() };
    validate(resource, at, context, &mut issues);
    issues.extend(identity::check(kind, resource, at));
    if issues.iter().any(Issue::is_error) { Err(Outcome::refused(issues)) } else { Ok(issues) }
}

/// In whose compartment the resource is to be. What a citizen's app sends without saying whose it
/// is, is the citizen's; whom it may not write for does not exist for it.
async fn compartment(
    tx: &mut Tx,
    caller: &Caller,
    kind: &str,
    resource: Value<'_>,
    at: &str,
) -> Result<Option<CitizenNo>, Outcome> {
    let own = own_in(tx, caller).await?;
    let store = &caller.municipality().store;
    let mut citizens = Vec::new();
    for claim in claims(kind, resource, caller.base()) {
        if !knows(tx, caller, &claim.who).await? {
            return Err(subject_unknown(at, &claim.place));
        }
        let citizen = match store.owner_in(tx, &claim.who).await? {
            Owner::Citizen(no) if !store.sees_in(tx, caller.sight(), no).await? => {
                return Err(subject_unknown(at, &claim.place));
            }
            Owner::Citizen(no) => Some(no),
            // What a Provenance is about need not be a citizen's, but has to be within reach.
            Owner::Nobody if kind == "Provenance" => {
                if let Who::Resource(target, _) = &claim.who {
                    let reach = reach_in(tx, caller, target).await?;
                    if !store.reaches_in(tx, &reach, target, None).await? {
                        return Err(subject_unknown(at, &claim.place));
                    }
                }
                None
            }
            Owner::Nobody | Owner::Unknown => return Err(subject_unknown(at, &claim.place)),
        };
        let foreign = own.is_some_and(|own| citizen.is_some() && own != citizen);
        if foreign {
            return Err(subject_unknown(at, &claim.place));
        }
        citizens.extend(citizen);
    }
    citizens.sort_unstable();
    citizens.dedup();
    match (citizens.as_slice(), own) {
        // Of a Group with one member others may become members.
        ([_], None) if kind == "Group" => Ok(None),
        ([one], _) => Ok(Some(*one)),
        ([], Some(Some(own))) => Ok(Some(own)),
        ([], Some(None)) => Err(subject_unknown(at, "subject")),
        // What is about several citizens is nobody's alone.
        (_, _) => Ok(None),
    }
}

/// Whether role and scopes let the caller know of what is pointed at, if it is there. Whoever may
/// not read the type but may write it can only have written it.
async fn knows(tx: &mut Tx, caller: &Caller, who: &Who) -> Result<bool, Outcome> {
    let kind = match who {
        Who::Observation(_) => "Observation",
        Who::Resource(kind, _) => kind,
        Who::Patient(_) | Who::Identifier(_) | Who::Elsewhere => return Ok(true),
    };
    let may = |interaction| caller.principal().may(interaction, kind);
    if !may(Interaction::Read) {
        return Ok(may(Interaction::Create) || may(Interaction::Update));
    }
    if caller.principal().within(Interaction::Read, kind) == Within::Everything {
        return Ok(true);
    }
    let store = &caller.municipality().store;
    Ok(match who {
        Who::Resource(kind, id) => match store.resource_in(tx, kind, id).await? {
            Some(stored) => within::covers_stored(caller, Interaction::Read, &stored)?,
            None => false,
        },
        Who::Observation(id) => match store.sealer().open(id) {
            Some(key) => store.observation(key).await?.is_some_and(|stored| {
                within::covers_reading(caller, Interaction::Read, &stored.shape.facts)
            }),
            None => false,
        },
        _ => true,
    })
}

fn subject_unknown(at: &str, place: &str) -> Outcome {
    let issue = Issue::error(
        IssueCode::NotFound,
        "subject-unknown",
        format!("{at}.{place}"),
        "no such citizen in this municipality, or not one you may write for",
    );
    Outcome::new(StatusCode::UNPROCESSABLE_ENTITY, vec![issue])
}

/// Whether what is written changes how the citizen is screened, which is more than to store it.
fn steers(kind: &str) -> bool {
    matches!(kind, "CarePlan" | "Goal")
}

/// Refuses to write what the server makes itself.
fn writable(kind: &str) -> Result<(), Outcome> {
    if is_read_only(kind) {
        return Err(Outcome::one(
            StatusCode::METHOD_NOT_ALLOWED,
            IssueCode::NotSupported,
            "made-by-the-server",
            "the server makes these resources; what is done about an alert goes through /api",
        ));
    }
    Ok(())
}
