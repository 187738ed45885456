//! `/admin/teams`: who looks after whom, who works where, and when.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::access::accounts::ISSUER;
use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::http::api::{ApiCaller, Code, Needs, Problem, needs, pages};
use crate::http::web::page::{Form, Page, html, to};
use crate::http::web::view::admin::teams::{self as view, Line, Members, Teams, Typed, Wrong};
use crate::triage::Shift;

use super::settings::shifts_of;

const HERE: &str = "/admin/teams";

async fn teams<N: Needs>(app: &App, caller: &ApiCaller<N>) -> Result<Teams, Problem> {
    let may = |right| caller.principal().extent(right) != Extent::None;
    let members = if may(ApiRight::TeamMembersRead) {
        Some(members(app, caller, may(ApiRight::TeamMembersWrite)).await?)
    } else {
        None
    };
    let teams = caller.store().teams().await?;
    Ok(Teams { teams, may_change: may(ApiRight::TeamsWrite), members })
}

/// Who works where. Whoever has an account of the municipality is told by name.
async fn members<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    may_change: bool,
) -> Result<Members, Problem> {
    let store = caller.store();
    let has_accounts = app.people().has_accounts();
    let accounts = if has_accounts { store.accounts().await? } else { Vec::new() };
    let named = |issuer: &str, subject: &str| {
        let own = accounts.iter().find(|one| issuer == ISSUER && one.id == subject);
        own.map(|one| one.about.name.clone())
    };
    let mut teams: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for member in store.team_members().await? {
        let name = named(&member.issuer, &member.subject);
        let is_account = name.is_some();
        let line = Line {
            id: pages::member_id(store, &member.issuer, &member.subject),
            name: name.unwrap_or(member.subject),
            issuer: (!is_account).then_some(member.issuer),
            since: member.since,
        };
        teams.entry(member.team).or_default().push(line);
    }
    let mut people: Vec<(String, String)> = accounts
        .iter()
        .filter(|one| one.disabled.is_none() && one.citizen.is_none())
        .map(|one| (one.id.clone(), one.about.name.clone()))
        .collect();
    people.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(Members { teams, people, may_change })
}

pub(super) async fn get(State(app): State<App>, page: Page<needs::TeamsRead>) -> Response {
    page.answer(shown(&app, &page).await)
}

async fn shown(app: &App, page: &Page<needs::TeamsRead>) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let teams = teams(app, &page.caller).await?;
    let markup = view::page(&page.scene(app), &page.viewer(app), &teams, None);
    Ok(html(StatusCode::OK, page.words, markup))
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::TeamsWrite>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(changed(&app, &page, &headers, body).await)
}

async fn changed(
    app: &App,
    page: &Page<needs::TeamsWrite>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let (code, name, district) = (form.get("code"), form.get("name"), form.get("district"));
    let done = pages::put_team(app, &page.caller, code, name, district).await;
    told(app, page, code, done, Wrong::Team(Typed { code, name, district })).await
}

pub(super) async fn hours(
    State(app): State<App>,
    page: Page<needs::TeamsWrite>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(hours_changed(&app, &page, &code, &headers, body).await)
}

async fn hours_changed(
    app: &App,
    page: &Page<needs::TeamsWrite>,
    code: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let shifts = shifts_of(&form);
    // No days at all: when the municipality says.
    let staffed: Result<Option<Vec<Shift>>, _> =
        if shifts.is_empty() { Ok(None) } else { serde_json::from_value(shifts.into()).map(Some) };
    let done = match staffed {
        Ok(staffed) => pages::put_team_hours(app, &page.caller, code, staffed.as_deref()).await,
        Err(_) => Err(Problem::new(Code::Invalid, "")),
    };
    told(app, page, code, done, Wrong::Hours).await
}

pub(super) async fn join(
    State(app): State<App>,
    page: Page<needs::TeamMembersWrite>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(joined(&app, &page, &code, &headers, body).await)
}

async fn joined(
    app: &App,
    page: &Page<needs::TeamMembersWrite>,
    code: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let done = match (form.get("account"), form.get("subject"), form.get("issuer")) {
        ("", subject, issuer) => {
            let issuer = Some(issuer).filter(|issuer| !issuer.is_empty());
            pages::add_member(app, &page.caller, code, subject, issuer).await
        }
        (account, ..) => pages::add_member(app, &page.caller, code, account, Some(ISSUER)).await,
    };
    told(app, page, code, done, Wrong::Member).await
}

pub(super) async fn leave(
    State(app): State<App>,
    page: Page<needs::TeamMembersWrite>,
    Path((code, member)): Path<(String, String)>,
) -> Response {
    let done = pages::end_member(&app, &page.caller, &code, &member).await;
    page.answer(done.map(|()| to(&format!("{HERE}#team-{code}"))))
}

/// Back to the team; or the page, with what is wrong.
async fn told<N: Needs>(
    app: &App,
    page: &Page<N>,
    code: &str,
    done: Result<(), Problem>,
    wrong: Wrong<'_>,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(to(&format!("{HERE}#team-{code}"))),
        // What is no code cannot be found, and what has no name is not acceptable.
        Err(problem) if matches!(problem.code(), Code::NotFound | Code::Invalid) => {
            page.caller.trail().nobody();
            let teams = teams(app, &page.caller).await?;
            let markup = view::page(&page.scene(app), &page.viewer(app), &teams, Some(&wrong));
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
        }
        Err(problem) => Err(problem),
    }
}
