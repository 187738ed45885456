//! `/api/citizens/{id}/plan`: what was agreed with a citizen.

mod schema;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{ETAG, LAST_MODIFIED};
use axum::response::Response;
use pulsvagt_analytics::Plan;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{ApiCaller, ApiJson, ApiPath, IfMatch, etag, needs};
use super::problem::{Code, Fault, Problem};
use super::rules;
use crate::app::App;
use crate::clock::Micros;
use crate::http::fhir::http_date;
use crate::plans::{Agreement, agree, check};
use crate::store::plans::PutPlan;

pub(super) use schema::PlanBody;

/// One version of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanOfHistory {
    /// Which version, from 1.
    version: u32,
    /// From when on it was in force; until the next version's.
    #[schema(value_type = String, format = DateTime)]
    valid_from: String,
    /// Who agreed it, as the issuer of the token calls them. Not told to a citizen's own app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    author: Option<String>,
    /// By which door it came: `api`, or `fhir` for a CarePlan.
    #[schema(example = "api")]
    source: &'static str,
    /// What was agreed.
    plan: PlanBody,
}

/// The plan in force
///
/// The `ETag` is its version. A citizen with whom nothing was agreed has the empty plan as version
/// 0.
#[utoipa::path(
    get,
    path = "/citizens/{id}/plan",
    operation_id = "getPlan",
    tag = "plans",
    security(("bearer" = ["plan:read"])),
    params(("id" = String, Path, description = "Logical id of the citizen")),
    responses((
        status = 200,
        description = "What was agreed.",
        body = PlanBody,
        headers(
            ("ETag" = String, description = "The version, for If-Match"),
            ("Last-Modified" = String, description = "Since when it is in force"),
        ),
    )),
)]
pub(super) async fn get(
    caller: ApiCaller<needs::PlanRead>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let in_force = caller.store().plans(&[citizen]).await?.remove(&citizen);
    Ok(match in_force {
        Some(in_force) => answer(&in_force.plan, in_force.version, Some(in_force.since)),
        None => answer(&Plan::default(), 0, None),
    })
}

/// Every version there was
///
/// Newest first. What was computed at some time was computed with the version in force then.
#[utoipa::path(
    get,
    path = "/citizens/{id}/plan/history",
    operation_id = "getPlanHistory",
    tag = "plans",
    security(("bearer" = ["plan:read"])),
    params(("id" = String, Path, description = "Logical id of the citizen")),
    responses((status = 200, description = "The versions.", body = Vec<PlanOfHistory>)),
)]
pub(super) async fn history(
    caller: ApiCaller<needs::PlanRead>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let to_citizen = caller.principal().citizen().is_some();
    let versions = caller.store().plan_history(citizen).await?;
    let versions: Vec<PlanOfHistory> = versions
        .into_iter()
        .map(|version| PlanOfHistory {
            version: version.version,
            valid_from: version.valid_from.to_string(),
            author: (!to_citizen).then_some(version.author),
            source: version.source.as_str(),
            plan: PlanBody(version.plan),
        })
        .collect();
    Ok(super::json(&versions))
}

/// Agree another plan
///
/// Replaces the version named in `If-Match` (`"0"` where nothing was agreed before) and is in force
/// at once; the citizen is screened again. Earlier versions stay readable. The citizen's CarePlan
/// is written in the same transaction. A plan that is the same as the one in force makes no new
/// version.
///
/// A plan that contradicts itself or the rule pack is refused with everything that is wrong with
/// it.
#[utoipa::path(
    put,
    path = "/citizens/{id}/plan",
    operation_id = "putPlan",
    tag = "plans",
    security(("bearer" = ["plan:write"])),
    params(
        ("id" = String, Path, description = "Logical id of the citizen"),
        ("If-Match" = String, Header, description = "The ETag of the version that is replaced"),
    ),
    request_body = PlanBody,
    responses((
        status = 200,
        description = "What is in force now.",
        body = PlanBody,
        headers(
            ("ETag" = String, description = "The version, for If-Match"),
            ("Last-Modified" = String, description = "Since when it is in force"),
        ),
    )),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::PlanWrite>,
    ApiPath(id): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(PlanBody(plan)): ApiJson<PlanBody>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let now = app.clock().now();
    let pack = rules::active(caller.store(), now).await?;
    let wrong = check(&plan, &pack);
    if !wrong.is_empty() {
        let faults =
            wrong.into_iter().map(|wrong| Fault::at(wrong.pointer, wrong.code, wrong.detail));
        return Err(Problem::with(Code::Invalid, faults.collect()));
    }
    let agreement = Agreement {
        citizen,
        citizen_id: &id,
        expected,
        plan: &plan,
        author: caller.principal().subject(),
        at: now,
    };
    let store = caller.store();
    let mut tx = store.begin().await?;
    match agree(store, &mut tx, &agreement, &pack, caller.fhir_base()).await? {
        PutPlan::Stale(_) => Err(Problem::new(Code::VersionConflict, "")),
        PutPlan::Unchanged(version, since) => Ok(answer(&plan, version, Some(since))),
        PutPlan::Written(version, since) => {
            caller.trail().resource("Plan", &id, version, Some(citizen));
            caller.commit(tx, now).await?;
            Ok(answer(&plan, version, Some(since)))
        }
    }
}

fn answer(plan: &Plan, version: u32, since: Option<Micros>) -> Response {
    let mut response = super::json(plan);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        headers.insert(ETAG, tag);
    }
    if let Some(date) = since.and_then(|since| HeaderValue::from_str(&http_date(since)).ok()) {
        headers.insert(LAST_MODIFIED, date);
    }
    response
}
