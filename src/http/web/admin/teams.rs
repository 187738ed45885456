//! `/admin/teams`: who looks after whom.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::http::api::{ApiCaller, Code, Needs, Problem, needs, pages};
use crate::http::web::page::{Form, Page, html, to};
use crate::http::web::view::admin::teams::{self as view, Teams, Typed};

const HERE: &str = "/admin/teams";

async fn teams<N: Needs>(caller: &ApiCaller<N>) -> Result<Teams, Problem> {
    Ok(Teams {
        teams: caller.store().teams().await?,
        may_change: caller.principal().extent(ApiRight::TeamsWrite) != Extent::None,
    })
}

pub(super) async fn get(State(app): State<App>, page: Page<needs::TeamsRead>) -> Response {
    page.answer(shown(&app, &page).await)
}

async fn shown(app: &App, page: &Page<needs::TeamsRead>) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let teams = teams(&page.caller).await?;
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
    match pages::put_team(app, &page.caller, code, name, district).await {
        Ok(()) => Ok(to(&format!("{HERE}#team-{code}"))),
        // What is no code cannot be found, and what has no name is not acceptable.
        Err(problem) if matches!(problem.code(), Code::NotFound | Code::Invalid) => {
            page.caller.trail().nobody();
            let teams = teams(&page.caller).await?;
            let typed = Typed { code, name, district };
            let markup = view::page(&page.scene(app), &page.viewer(app), &teams, Some(typed));
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
        }
        Err(problem) => Err(problem),
    }
}
