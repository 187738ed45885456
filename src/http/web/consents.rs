//! `POST /me/consents`: a consent is given. `POST /me/consents/{id}/withdraw`: one is withdrawn.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::me;
use super::model::NewConsent;
use super::page::{Form, Page, html, to};
use super::view;
use crate::app::App;
use crate::consent::categories;
use crate::http::api::pages::{give_consent, withdraw_consent};
use crate::http::api::{Code, Problem, needs};

pub(super) async fn give(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(given(&app, &page, &headers, body).await)
}

async fn given(
    app: &App,
    page: &Page<needs::SummaryRead>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let named: Vec<&str> =
        form.fields().filter(|(name, _)| *name == "category").map(|(_, value)| value).collect();
    let is_for_relative = form.get("kind") == "relative";
    let new = NewConsent {
        relative: is_for_relative.then(|| form.get("relative").to_owned()),
        categories: categories().filter(|category| named.contains(category)).collect(),
        from: form.get("from").to_owned(),
        to: form.get("to").to_owned(),
    };
    let is_date = |text: &str| text.is_empty() || text.parse::<jiff::civil::Date>().is_ok();
    let is_whole = !new.categories.is_empty()
        && is_date(&new.from)
        && is_date(&new.to)
        && (new.from.is_empty() || new.to.is_empty() || new.from <= new.to)
        && new.relative.as_deref().is_none_or(|relative| !relative.is_empty())
        // What is denied is not watched over either, and that must have been seen.
        && (is_for_relative || form.get("understood") == "yes");
    let done = if is_whole { give_consent(app, &page.caller, &new).await } else { refused() };
    match done {
        Ok(()) => Ok(to("/me?consent=given#consents")),
        Err(problem) if problem.code().status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let shown = me::shown(app, page).await?;
            let markup =
                view::me::page(&page.scene(app), &page.viewer(app), &shown, Some(&new), None);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
        }
        Err(problem) => Err(problem),
    }
}

fn refused() -> Result<(), Problem> {
    Err(Problem::new(Code::Invalid, "something is missing"))
}

pub(super) async fn withdraw(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(withdrawn(&app, &page, &id, &headers, body).await)
}

async fn withdrawn(
    app: &App,
    page: &Page<needs::SummaryRead>,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let version = form.get("version").parse().map_err(|_| Problem::not_found())?;
    withdraw_consent(app, &page.caller, id, version).await?;
    Ok(to("/me?consent=withdrawn#consents"))
}
