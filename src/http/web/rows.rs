//! `GET /rows?ids=…`: rows that have changed, for the script of a list that is open.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::filters;
use super::page::{Page, html};
use super::view::worklist::parts;
use super::worklist::{may_act, noted};
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;
use crate::ids::AlertId;

/// Most rows that are told at a time; a script that wants more shows the whole list anew.
const MOST: usize = 60;

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::WorklistRead>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, query.as_deref()).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::WorklistRead>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let asked = filters::read(query);
    let ids: Vec<AlertId> = pairs(query.unwrap_or(""))
        .iter()
        .filter(|(name, _)| name == "ids")
        .flat_map(|(_, ids)| ids.split(','))
        .filter_map(|id| id.parse().ok())
        .take(MOST)
        .collect();
    let list = pages::some(app, &page.caller, &ids, &asked, page.words.0).await?;
    let markup = parts(&page.scene(app), &page.viewer(app), &asked, &list, may_act(page));
    Ok(noted(app, page, list, html(StatusCode::OK, page.words, markup)))
}
