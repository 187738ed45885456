//! `GET /citizens/{id}`: one citizen, for staff.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::model::StoryKind;
use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, &id, query.as_deref()).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::SummaryRead>,
    id: &str,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let pairs = pairs(query.unwrap_or(""));
    let show = pairs.iter().find(|(name, _)| name == "show").map(|(_, value)| value.as_str());
    let only = StoryKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == show);
    let citizen = pages::citizen(app, &page.caller, id, only, page.words.0).await?;
    let scene = page.scene(app);
    let standing = pages::standing(app, page.caller.store(), page.words.0, scene.now).await?;
    let markup = view::citizen::page(&scene, &page.viewer(app), &standing, &citizen);
    Ok(html(StatusCode::OK, page.words, markup))
}
