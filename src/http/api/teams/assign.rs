//! `PUT /api/citizens/{id}/team`: which team looks after a citizen.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::problem::{Code, Fault, Problem};

/// The team of a citizen.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct TeamOfCitizen {
    /// Its code.
    #[schema(example = "nord")]
    team: String,
}

/// Say which team looks after a citizen
///
/// From then on nurses of that team see the citizen, and those of other teams no longer do. Alerts
/// stay with whoever has claimed them, and go to the new team's list.
#[utoipa::path(
    put,
    path = "/citizens/{id}/team",
    operation_id = "assignTeam",
    tag = "citizens",
    security(("bearer" = ["teams:write"])),
    params(("id" = String, Path, description = "Logical id of the citizen")),
    request_body = TeamOfCitizen,
    responses((status = 200, description = "The team now.", body = TeamOfCitizen)),
)]
pub(in crate::http::api) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::TeamsWrite>,
    ApiPath(id): ApiPath<String>,
    ApiJson(body): ApiJson<TeamOfCitizen>,
) -> Result<Response, Problem> {
    let citizen = caller.citizen(&id).await?;
    let store = caller.store();
    let Some(team) = store.team(&body.team).await? else {
        let fault = Fault::at("/team", "unknown-team", "there is no team of this code");
        return Err(Problem::with(Code::Invalid, vec![fault]));
    };
    let mut tx = store.begin().await?;
    store.assign_in(&mut tx, citizen, team).await?;
    caller.trail().about([citizen]);
    caller.trail().resource("Team", &body.team, 0, Some(citizen));
    caller.commit(tx, app.clock().now()).await?;
    Ok(crate::http::api::json(&body))
}
