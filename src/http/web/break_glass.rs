//! `/break-glass`: a nurse opens a citizen beyond the own teams, when care cannot wait.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::cpr::{CPR_SYSTEM, Cpr};

use super::model::Opened;
use super::page::{Form, Page, again, html, to};
use super::view::break_glass::{self as view, Typed, Wrong};
use crate::app::App;
use crate::http::api::pages::{self, Opening};
use crate::http::api::{Code, Needs, Problem, needs};
use crate::store::observations::Identifier;

const HERE: &str = "/break-glass";
/// Accesses that are looked through for those that are open: they last an hour at most.
const MOST: u16 = 200;

/// Accesses, newest first, with names for whoever may know them.
pub(super) async fn opened<N: Needs>(
    app: &App,
    page: &Page<N>,
    only_own: bool,
) -> Result<Vec<Opened>, Problem> {
    let (store, principal, now) = (page.caller.store(), page.caller.principal(), app.clock().now());
    let mut found = store.break_glasses(None, MOST).await?;
    let own = (principal.issuer(), principal.subject());
    found.retain(|(it, _)| {
        !only_own || (it.is_open(now) && (it.issuer.as_str(), it.subject.as_str()) == own)
    });
    page.caller.trail().about(found.iter().map(|(it, _)| it.citizen));
    pages::opened(&page.caller, found, now).await
}

pub(super) async fn get(State(app): State<App>, page: Page<needs::BreakGlass>) -> Response {
    // Whoever has to prove anew who they are does so before anything is written.
    if page.caller.recent(app.clock().now()).is_err() {
        page.caller.trail().nobody();
        return again(HERE);
    }
    page.answer(shown(&app, &page, &Typed::default(), None).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::BreakGlass>,
    typed: &Typed<'_>,
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let own = opened(app, page, true).await?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let markup = view::page(&page.scene(app), &page.viewer(app), &own, typed, wrong);
    Ok(html(status, page.words, markup))
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::BreakGlass>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(asked(&app, &page, &headers, body).await)
}

async fn asked(
    app: &App,
    page: &Page<needs::BreakGlass>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let (number, reason, minutes) = (form.get("cpr"), form.get("reason"), form.get("minutes"));
    let typed = Typed { cpr: number, reason, minutes };
    let number: String = number.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let Ok(number) = number.parse::<Cpr>() else {
        return shown(app, page, &typed, Some(Wrong::Number)).await;
    };
    let identifier =
        Identifier { system: Some(CPR_SYSTEM.to_owned()), value: number.expose().to_owned() };
    let wanted = Opening { reason: reason.to_owned(), minutes: minutes.parse().unwrap_or(0) };
    let citizen = page.caller.store().citizen_by_identifier(&identifier).await?;
    let opened = match citizen {
        Some(id) => pages::open(app, &page.caller, &id, &wanted).await.map(|_| id),
        None => Err(Problem::not_found()),
    };
    match opened {
        Ok(id) => Ok(to(&format!("/citizens/{id}"))),
        Err(problem) => match problem.code() {
            Code::SignInAgain => Ok(again(HERE)),
            Code::Invalid => shown(app, page, &typed, Some(Wrong::Reason)).await,
            Code::NotFound => shown(app, page, &typed, Some(Wrong::Nobody)).await,
            _ => Err(problem),
        },
    }
}

pub(super) async fn end(
    State(app): State<App>,
    page: Page<needs::BreakGlassEnd>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(ended(&app, &page, id, &headers, body).await)
}

async fn ended(
    app: &App,
    page: &Page<needs::BreakGlassEnd>,
    id: String,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    pages::close(app, &page.caller, id).await?;
    Ok(to(&form.back()))
}
