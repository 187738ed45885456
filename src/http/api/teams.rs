//! `/api/teams`, who works in them, and which team looks after a citizen.

mod assign;
mod hours;
mod members;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiCaller, ApiJson, ApiPath, Needs, needs};
use super::problem::{Code, Fault, Problem};
use crate::app::App;
use crate::store::teams::{Team, is_team_code};
use crate::triage::Shift;

pub(super) use members::{
    __path_delete as __path_leave, __path_get as __path_members, __path_post as __path_join,
    delete as leave, get as members, post as join,
};

pub(in crate::http) use hours::write as write_hours;
pub(super) use hours::{__path_put as __path_set_hours, put as set_hours};
pub(in crate::http) use members::{add as add_member, end as end_member, id as member_id};

pub(super) use assign::{__path_put as __path_assign, put as assign};

/// The longest name of a team or district, characters.
const LONGEST: usize = 100;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TeamView {
    /// Its code, by which tokens and parameters name it.
    #[schema(example = "nord")]
    code: String,
    /// Its name.
    name: String,
    /// The part of the municipality, as people call it; empty = all of it.
    district: String,
    /// How many citizens it looks after.
    citizens: u32,
    /// Whether the caller may see its citizens.
    mine: bool,
    /// When somebody of it looks; left out where that is when the triage policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = super::policy::shifts)]
    staffed: Option<Vec<Shift>>,
}

/// What a team is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamBody {
    /// Its name.
    name: String,
    /// The part of the municipality, as people call it.
    #[serde(default)]
    district: String,
}

/// The teams
///
/// By code. A nurse sees the citizens of `mine` only; leaders see those of all.
#[utoipa::path(
    get,
    path = "/teams",
    operation_id = "getTeams",
    tag = "administration",
    security(("bearer" = ["teams:read"])),
    responses((status = 200, description = "All teams.", body = Vec<TeamView>)),
)]
pub(super) async fn get(caller: ApiCaller<needs::TeamsRead>) -> Result<Response, Problem> {
    caller.trail().nobody();
    all(&caller).await
}

/// Make or rename a team
///
/// Teams are never removed; one that looks after nobody does no harm.
#[utoipa::path(
    put,
    path = "/teams/{code}",
    operation_id = "putTeam",
    tag = "administration",
    security(("bearer" = ["teams:write"])),
    params(("code" = String, Path, description = "Small letters, digits, hyphens; at most 32")),
    request_body = TeamBody,
    responses((status = 200, description = "All teams.", body = Vec<TeamView>)),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: ApiCaller<needs::TeamsWrite>,
    ApiPath(code): ApiPath<String>,
    ApiJson(body): ApiJson<TeamBody>,
) -> Result<Response, Problem> {
    write(&app, &caller, &code, &body.name, &body.district).await?;
    all(&caller).await
}

/// Makes a team, or calls one otherwise.
///
/// # Errors
/// 404 for what cannot be a team's code, 422 with what is wrong.
pub(in crate::http) async fn write(
    app: &App,
    caller: &ApiCaller<needs::TeamsWrite>,
    code: &str,
    name: &str,
    district: &str,
) -> Result<(), Problem> {
    if !is_team_code(code) {
        return Err(Problem::not_found());
    }
    let mut faults = Vec::new();
    if name.trim().is_empty() {
        faults.push(Fault::at("/name", "unacceptable", "a team needs a name"));
    }
    for (pointer, text) in [("/name", name), ("/district", district)] {
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            let detail = "at most 100 characters, on one line";
            faults.push(Fault::at(pointer, "unacceptable", detail));
        }
    }
    if !faults.is_empty() {
        return Err(Problem::with(Code::Invalid, faults));
    }
    let store = caller.store();
    let mut tx = store.begin().await?;
    store.put_team_in(&mut tx, code, name.trim(), district.trim()).await?;
    caller.trail().resource("Team", code, 0, None);
    Ok(caller.commit(tx, app.clock().now()).await?)
}

async fn all<N: Needs>(caller: &ApiCaller<N>) -> Result<Response, Problem> {
    let view = |team: Team| TeamView {
        mine: caller.sight().includes(team.no),
        code: team.code,
        name: team.name,
        district: team.district,
        citizens: team.citizens,
        staffed: team.staffed,
    };
    let teams: Vec<TeamView> = caller.store().teams().await?.into_iter().map(view).collect();
    Ok(super::json(&teams))
}
