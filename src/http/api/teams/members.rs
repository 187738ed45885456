//! `/api/teams/{code}/members`: who works in a team.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_fhir::cpr::names_somebody;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::problem::{Code, Fault, Problem};
use crate::ids::TeamNo;
use crate::store::Store;
use crate::store::teams::Member;

/// The longest issuer and subject, characters.
const LONGEST: usize = 200;

/// Somebody who works in a team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct MemberView {
    /// By which the membership is ended; tells nothing.
    id: String,
    /// Who says who it is.
    issuer: String,
    /// Who, as that issuer calls them.
    subject: String,
    /// Since when.
    #[schema(format = DateTime)]
    since: String,
    /// Who said so.
    set_by: String,
}

/// Who is to work in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NewMember {
    /// Who, as the issuer of their tokens calls them. No CPR number.
    subject: String,
    /// The issuer; left out, it is the caller's own.
    issuer: Option<String>,
}

/// Who works in a team
///
/// Counts for people whose tokens name no team. Who is a member of none works in the team `default`.
#[utoipa::path(
    get,
    path = "/teams/{code}/members",
    operation_id = "getTeamMembers",
    tag = "administration",
    security(("bearer" = ["team-members:read"])),
    params(("code" = String, Path, description = "The team's code")),
    responses((status = 200, description = "Its members.", body = Vec<MemberView>)),
)]
pub(in crate::http::api) async fn get(
    caller: ApiCaller<needs::TeamMembersRead>,
    ApiPath(code): ApiPath<String>,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    team(caller.store(), &code).await?;
    all(caller.store(), &code).await
}

/// Let somebody work in a team
///
/// From the next request on they see its citizens. Who is a member already stays one.
#[utoipa::path(
    post,
    path = "/teams/{code}/members",
    operation_id = "joinTeam",
    tag = "administration",
    security(("bearer" = ["team-members:write"])),
    params(("code" = String, Path, description = "The team's code")),
    request_body = NewMember,
    responses((status = 200, description = "Its members.", body = Vec<MemberView>)),
)]
pub(in crate::http::api) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::TeamMembersWrite>,
    ApiPath(code): ApiPath<String>,
    ApiJson(new): ApiJson<NewMember>,
) -> Result<Response, Problem> {
    add(&app, &caller, &code, &new.subject, new.issuer.as_deref()).await?;
    all(caller.store(), &code).await
}

/// Lets somebody work in a team; without an issuer, who the caller's own names so.
///
/// # Errors
/// 404 where there is no such team, 422 for who cannot be meant.
pub(in crate::http) async fn add(
    app: &App,
    caller: &ApiCaller<needs::TeamMembersWrite>,
    code: &str,
    subject: &str,
    issuer: Option<&str>,
) -> Result<(), Problem> {
    let principal = caller.principal();
    let issuer = issuer.unwrap_or(principal.issuer());
    let mut faults = Vec::new();
    for (pointer, text) in [("/subject", subject), ("/issuer", issuer)] {
        let length = text.chars().count();
        if !(1..=LONGEST).contains(&length)
            || text.trim() != text
            || text.contains(char::is_control)
        {
            let detail = "expected 1 to 200 characters, without space around them";
            faults.push(Fault::at(pointer, "unacceptable", detail));
        } else if names_somebody(text) {
            let detail = "people are not known by their CPR number here";
            faults.push(Fault::at(pointer, "personal-number-misplaced", detail));
        }
    }
    if !faults.is_empty() {
        return Err(Problem::with(Code::Invalid, faults));
    }
    let (store, now) = (caller.store(), app.clock().now());
    let team = team(store, code).await?;
    let mut tx = store.begin().await?;
    store.join_team_in(&mut tx, team, (issuer, subject), principal.subject(), now).await?;
    caller.trail().resource("Team", code, 0, None);
    caller.trail().resource("TeamMember", &id(store, issuer, subject), 0, None);
    Ok(caller.commit(tx, now).await?)
}

/// End somebody's work in a team
///
/// From the next request on they no longer see its citizens, unless another team of theirs does.
#[utoipa::path(
    delete,
    path = "/teams/{code}/members/{member}",
    operation_id = "leaveTeam",
    tag = "administration",
    security(("bearer" = ["team-members:write"])),
    params(
        ("code" = String, Path, description = "The team's code"),
        ("member" = String, Path, description = "`id` of the member"),
    ),
    responses((status = 200, description = "Who is left.", body = Vec<MemberView>)),
)]
pub(in crate::http::api) async fn delete(
    State(app): State<App>,
    caller: ApiCaller<needs::TeamMembersWrite>,
    ApiPath((code, member)): ApiPath<(String, String)>,
) -> Result<Response, Problem> {
    end(&app, &caller, &code, &member).await?;
    all(caller.store(), &code).await
}

/// Ends somebody's work in a team.
///
/// # Errors
/// 404 where there is no such team or member.
pub(in crate::http) async fn end(
    app: &App,
    caller: &ApiCaller<needs::TeamMembersWrite>,
    code: &str,
    member: &str,
) -> Result<(), Problem> {
    let store = caller.store();
    let team = team(store, code).await?;
    let mut members = store.members_of(code).await?.into_iter();
    let found = members.find(|one| id(store, &one.issuer, &one.subject) == member);
    let found = found.ok_or_else(Problem::not_found)?;
    let mut tx = store.begin().await?;
    if !store.leave_team_in(&mut tx, team, (&found.issuer, &found.subject)).await? {
        return Err(Problem::not_found());
    }
    caller.trail().resource("Team", code, 0, None);
    caller.trail().resource("TeamMember", member, 0, None);
    Ok(caller.commit(tx, app.clock().now()).await?)
}

async fn team(store: &Store, code: &str) -> Result<TeamNo, Problem> {
    store.team(code).await?.ok_or_else(Problem::not_found)
}

/// What a member is called in addresses, where an issuer's name for somebody does not belong.
pub(in crate::http) fn id(store: &Store, issuer: &str, subject: &str) -> String {
    format!("{:016x}", store.identifier_hash(&format!("member|{issuer}"), subject))
}

async fn all(store: &Store, code: &str) -> Result<Response, Problem> {
    let view = |member: Member| MemberView {
        id: id(store, &member.issuer, &member.subject),
        issuer: member.issuer,
        subject: member.subject,
        since: member.since.to_string(),
        set_by: member.set_by,
    };
    let members: Vec<MemberView> = store.members_of(code).await?.into_iter().map(view).collect();
    Ok(crate::http::api::json(&members))
}
