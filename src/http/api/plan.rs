//! `/api/citizens/{id}/plan`: what was agreed with a citizen.

pub(super) mod history;
pub(super) mod preview;
mod schema;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{ETAG, LAST_MODIFIED};
use axum::response::Response;
use pulsvagt_analytics::{Pack, Plan};

use super::extract::{ApiCaller, ApiJson, ApiPath, IfMatch, etag, needs};
use super::problem::{Code, Fault, Problem};
use super::rules;
use crate::app::App;
use crate::clock::Micros;
use crate::http::fhir::http_date;
use crate::plans::{Agreement, agree, check};
use crate::store::plans::PutPlan;

pub(super) use schema::PlanBody;

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
    acceptable(&plan, &pack)?;
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

/// Refuses a plan that contradicts itself or the rules, with everything that is wrong with it.
fn acceptable(plan: &Plan, pack: &Pack) -> Result<(), Problem> {
    let wrong = check(plan, pack);
    if wrong.is_empty() {
        return Ok(());
    }
    let faults = wrong.into_iter().map(|wrong| Fault::at(wrong.pointer, wrong.code, wrong.detail));
    Err(Problem::with(Code::Invalid, faults.collect()))
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
