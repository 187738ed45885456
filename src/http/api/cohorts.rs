//! `/api/cohorts`: definitions of cohorts that analysts have saved, and whether one is in order.
//! Runs are in [`runs`], what they have told in [`rows`], what
//! regions gave in [`comparisons`].

mod comparisons;
mod faults;
mod rows;
mod runs;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header::ETAG};
use axum::response::Response;
use pulsvagt_analytics::cohort::Definition;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ApiCaller, ApiJson, ApiPath, ApiQuery, IfMatch, etag, needs};
use super::problem::{Code, Fault, Problem};
use crate::app::App;
use crate::http::caller::actor;
use crate::store::StoreError;
use crate::store::cohorts::SavedDefinition;

pub(in crate::http) use comparisons::{ComparisonLine, ComparisonView, comparison, given};
pub(in crate::http) use faults::checked;
pub(in crate::http) use rows::{kind_of, rows_of};
pub(in crate::http) use runs::{RunView, Wish, ask, cancel_run, list, one};

/// The operations on cohorts.
pub(super) fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(check))
        .routes(routes!(get, put))
        .routes(routes!(versions))
        .routes(routes!(runs::of_saved))
        .routes(routes!(runs::mine, runs::post))
        .routes(routes!(runs::get, runs::cancel))
        .routes(routes!(rows::get))
        .routes(routes!(comparisons::all))
        .routes(routes!(comparisons::get))
}

/// A definition that somebody has saved.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CohortDefinition)]
pub(super) struct SavedView {
    /// Its name.
    name: String,
    /// Which version it is here, from 1; the ETag of the newest.
    revision: u32,
    /// Hash of what it means: comments, layout and the description do not count.
    hash: String,
    /// When it was saved.
    #[schema(format = DateTime)]
    saved: String,
    /// By whom.
    saved_by: String,
    /// The definition.
    #[schema(value_type = Object)]
    definition: serde_json::Value,
}

impl SavedView {
    fn of(saved: &SavedDefinition) -> Result<Self, Problem> {
        let definition = serde_json::from_str(&saved.body);
        let damaged = |error| StoreError::damaged("cohort_definition", error);
        Ok(Self {
            name: saved.name.clone(),
            revision: saved.revision,
            hash: saved.hash.clone(),
            saved: saved.saved.to_string(),
            saved_by: saved.saved_by.clone(),
            definition: definition.map_err(damaged)?,
        })
    }
}

/// Definitions of cohorts
///
/// The newest versions of all that were saved, by name.
#[utoipa::path(
    get,
    path = "/cohorts",
    operation_id = "getCohorts",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    responses((status = 200, description = "The definitions.", body = Vec<SavedView>)),
)]
pub(super) async fn all(caller: ApiCaller<needs::CohortRead>) -> Result<Response, Problem> {
    caller.trail().nobody();
    let saved = caller.store().cohort_definitions().await?;
    let views: Result<Vec<SavedView>, Problem> = saved.iter().map(SavedView::of).collect();
    Ok(super::json(&views?))
}

/// A definition as a body.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(as = CohortDefinitionBody, value_type = Object)]
pub(super) struct DefinitionBody(Definition);

/// A definition that is in order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CohortChecked)]
pub(super) struct Checked {
    /// Hash of what it means.
    hash: String,
    /// Its canonical form.
    #[schema(value_type = Object)]
    definition: serde_json::Value,
}

/// Check a definition
///
/// Nothing is stored, and nobody is counted. Everything that is wrong is told at once, each fault with
/// its place: keys and types that are not known, codes that nobody knows, windows that contradict
/// themselves or look beyond the index day, sets of codes that nobody has checked.
#[utoipa::path(
    post,
    path = "/cohorts/check",
    operation_id = "checkCohort",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    request_body = DefinitionBody,
    responses((status = 200, description = "It is in order.", body = Checked)),
)]
pub(super) async fn check(
    caller: ApiCaller<needs::CohortRead>,
    ApiJson(DefinitionBody(definition)): ApiJson<DefinitionBody>,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    let definition = checked(&definition, "")?;
    let canonical = serde_json::from_str(&definition.canonical());
    let canonical = canonical.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(super::json(&Checked { hash: definition.hash(), definition: canonical }))
}

/// Which version.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Which version, from 1; else the newest.
    revision: Option<u32>,
}

/// A definition
#[utoipa::path(
    get,
    path = "/cohorts/{name}",
    operation_id = "getCohort",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    params(("name" = String, Path, description = "Its name"), Which),
    responses((
        status = 200,
        description = "The definition.",
        body = SavedView,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn get(
    caller: ApiCaller<needs::CohortRead>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(which): ApiQuery<Which>,
) -> Result<Response, Problem> {
    let saved = caller.store().cohort_definition(&name, which.revision).await?;
    let saved = saved.ok_or_else(Problem::not_found)?;
    caller.trail().resource("CohortDefinition", &saved.name, saved.revision, None);
    answer(&saved, StatusCode::OK)
}

/// All versions of a definition
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/cohorts/{name}/versions",
    operation_id = "getCohortVersions",
    tag = "analysis",
    security(("bearer" = ["cohorts:read"])),
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The versions.", body = Vec<SavedView>)),
)]
pub(super) async fn versions(
    caller: ApiCaller<needs::CohortRead>,
    ApiPath(name): ApiPath<String>,
) -> Result<Response, Problem> {
    let saved = caller.store().cohort_versions(&name).await?;
    let Some(newest) = saved.first() else { return Err(Problem::not_found()) };
    caller.trail().resource("CohortDefinition", &newest.name, newest.revision, None);
    let views: Result<Vec<SavedView>, Problem> = saved.iter().map(SavedView::of).collect();
    Ok(super::json(&views?))
}

/// Save a definition
///
/// As the version after the one named in `If-Match` (`"0"` for the first). The name in the address is
/// the definition's own. Earlier versions stay.
#[utoipa::path(
    put,
    path = "/cohorts/{name}",
    operation_id = "putCohort",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(
        ("name" = String, Path, description = "a-z, 0-9 and hyphens; at most 64"),
        ("If-Match" = String, Header, description = "The version that was read; \"0\" for the first"),
    ),
    request_body = DefinitionBody,
    responses((
        status = 200,
        description = "It is saved.",
        body = SavedView,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::CohortRun>,
    ApiPath(name): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(DefinitionBody(definition)): ApiJson<DefinitionBody>,
) -> Result<Response, Problem> {
    let definition = checked(&definition, "")?;
    if definition.name != name {
        let text = "expected the name that the address has";
        return Err(Problem::with(Code::Invalid, vec![Fault::at("/name", "other-name", text)]));
    }
    let saved = save(&app, &caller, &definition, expected).await?;
    answer(&saved, StatusCode::OK)
}

/// Saves the version after `expected` of a definition that is in order.
///
/// # Errors
/// 412 if that is not the newest, 422 for a name that is too long.
pub(in crate::http) async fn save(
    app: &App,
    caller: &ApiCaller<needs::CohortRun>,
    definition: &Definition,
    expected: u32,
) -> Result<SavedDefinition, Problem> {
    let name = definition.name.as_str();
    if name.len() > LONGEST_NAME || name.starts_with('-') {
        let text = "expected a-z, 0-9 and hyphens, at most 64, and no hyphen first";
        return Err(Problem::with(Code::Invalid, vec![Fault::at("/name", "bad-name", text)]));
    }
    let (store, now) = (caller.store(), app.clock().now());
    let body = definition.to_json().map_err(|error| Problem::internal(error.to_string()))?;
    let saved = SavedDefinition {
        name: name.to_owned(),
        revision: expected.saturating_add(1),
        body,
        hash: definition.hash(),
        saved: now,
        saved_by: actor(caller.principal(), store).subject,
    };
    let mut tx = store.begin().await?;
    if !store.save_cohort_definition_in(&mut tx, expected, &saved).await? {
        return Err(Problem::new(Code::VersionConflict, ""));
    }
    caller.trail().resource("CohortDefinition", name, saved.revision, None);
    caller.commit(tx, now).await?;
    Ok(saved)
}

/// The longest name of what is saved, characters.
const LONGEST_NAME: usize = 64;

fn answer(saved: &SavedDefinition, status: StatusCode) -> Result<Response, Problem> {
    let mut response = super::json(&SavedView::of(saved)?);
    *response.status_mut() = status;
    if let Ok(tag) = HeaderValue::from_str(&etag(saved.revision)) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}
