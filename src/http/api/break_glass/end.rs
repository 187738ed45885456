//! `POST /api/break-glass/{id}/end`: an access is over before its time.

use axum::extract::State;
use axum::response::Response;

use super::list::BreakGlassView;
use crate::access::ApiRight;
use crate::access::Extent;
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiPath, needs};
use crate::http::api::problem::Problem;
use crate::ids::{AccessId, is_fhir_id};
use crate::store::break_glass::BreakGlass;

/// End an access before its time
///
/// For who opened it, and for team leaders. What was opened is out of sight again from the next
/// request on. One that is over already stays as it is.
#[utoipa::path(
    post,
    path = "/break-glass/{id}/end",
    operation_id = "endBreakGlass",
    tag = "citizens",
    security(("bearer" = ["break-glass:end"])),
    params(("id" = String, Path, description = "Id of the access")),
    responses((status = 200, description = "The access now.", body = BreakGlassView)),
)]
pub(in crate::http::api) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::BreakGlassEnd>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    let (access, citizen) = end(&app, &caller, id).await?;
    let now = app.clock().now();
    Ok(crate::http::api::json(&BreakGlassView::new(access, citizen, now)))
}

/// Ends an access, with the logical id of the citizen.
///
/// # Errors
/// 404 where there is none that the caller may end.
pub(in crate::http) async fn end(
    app: &App,
    caller: &ApiCaller<needs::BreakGlassEnd>,
    id: String,
) -> Result<(BreakGlass, String), Problem> {
    if !is_fhir_id(&id) {
        return Err(Problem::not_found());
    }
    let (principal, store, now) = (caller.principal(), caller.store(), app.clock().now());
    let mut tx = store.begin().await?;
    let found = store.locked_break_glass_in(&mut tx, &AccessId(id)).await?;
    let (mut access, citizen) = found.ok_or_else(Problem::not_found)?;
    // Another's is nobody's business but of those who look after what was opened.
    let own = (&*access.issuer, &*access.subject) == (principal.issuer(), principal.subject());
    if !own && principal.extent(ApiRight::BreakGlassRead) == Extent::None {
        return Err(Problem::not_found());
    }
    caller.trail().resource("BreakGlass", &access.id.0, 0, Some(access.citizen));
    if access.is_open(now) {
        store.end_break_glass_in(&mut tx, &access.id, principal.subject(), now).await?;
        caller.commit(tx, now).await?;
        access.ended = Some(now);
        access.ended_by = Some(principal.subject().to_owned());
    }
    Ok((access, citizen))
}
