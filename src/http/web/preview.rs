//! `POST /citizens/{id}/plan/preview`: what other limits would have meant. Changes nothing.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::{Form, Page, html};
use super::plan::{limits, names, typed};
use super::view;
use crate::app::App;
use crate::http::api::pages::{self, Tried};
use crate::http::api::{Problem, needs};

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::PlanWrite>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(tried(&app, &page, &id, &headers, body).await)
}

async fn tried(
    app: &App,
    page: &Page<needs::PlanWrite>,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let typed = typed(&form);
    let (limits, mut wrong) = limits(&typed);
    let (scene, viewer, language) = (page.scene(app), page.viewer(app), page.words.0);
    let mut plan = pages::plan_of(app, &page.caller, id, language).await?;
    // Who goes on from here to save has seen the version that the form was of.
    plan.version = form.get("version").parse().map_err(|_| Problem::not_found())?;
    if wrong.is_empty() {
        match pages::preview_plan(app, &page.caller, id, &limits, language).await? {
            Tried::Told(told) => {
                let markup = view::preview::page(&scene, &viewer, id, plan, &typed, told);
                return Ok(html(StatusCode::OK, page.words, markup));
            }
            Tried::Wrong(faults) => wrong.extend(names(faults)),
        }
    }
    let markup = view::plan::refused(&scene, &viewer, id, plan, &typed, &wrong);
    Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
}
