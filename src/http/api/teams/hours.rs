//! `PUT /api/teams/{code}/hours`: when somebody of a team looks at the list.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::all;
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::policy::{fault, shifts};
use crate::http::api::problem::{Code, Problem};
use crate::triage::{Shift, check_shifts};

/// When somebody of a team looks at the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct TeamHours {
    /// The shifts, as in the triage policy; null = when the policy says.
    #[schema(schema_with = shifts)]
    staffed: Option<Vec<Shift>>,
}

/// Say when somebody of a team looks
///
/// For teams that do not look when the triage policy says. It is what citizens of the team are told;
/// within how long an alert is to be dealt with goes by the policy, for all teams alike.
#[utoipa::path(
    put,
    path = "/teams/{code}/hours",
    operation_id = "putTeamHours",
    tag = "administration",
    security(("bearer" = ["teams:write"])),
    params(("code" = String, Path, description = "The team's code")),
    request_body = TeamHours,
    responses((status = 200, description = "All teams.", body = Vec<super::TeamView>)),
)]
pub(in crate::http::api) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::TeamsWrite>,
    ApiPath(code): ApiPath<String>,
    ApiJson(body): ApiJson<TeamHours>,
) -> Result<Response, Problem> {
    write(&app, &caller, &code, body.staffed.as_deref()).await?;
    all(&caller).await
}

/// Says when somebody of a team looks.
///
/// # Errors
/// 404 where there is no such team, 422 with what is wrong.
pub(in crate::http) async fn write(
    app: &App,
    caller: &ApiCaller<needs::TeamsWrite>,
    code: &str,
    staffed: Option<&[Shift]>,
) -> Result<(), Problem> {
    let wrong = staffed.and_then(|staffed| check_shifts(staffed).err());
    if let Some(wrong) = wrong {
        return Err(Problem::with(Code::Invalid, vec![fault(&wrong)]));
    }
    let store = caller.store();
    let team = store.team(code).await?.ok_or_else(Problem::not_found)?;
    let mut tx = store.begin().await?;
    if !store.put_team_hours_in(&mut tx, team, staffed).await? {
        return Err(Problem::not_found());
    }
    caller.trail().resource("Team", code, 0, None);
    Ok(caller.commit(tx, app.clock().now()).await?)
}
