//! `GET /handover`: the whole list on paper, for whoever comes on next.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::pages::Asked;
use crate::http::api::{Problem, needs, pages};

/// Alerts on the sheet.
const MOST: u16 = 300;

pub(super) async fn get(State(app): State<App>, page: Page<needs::WorklistRead>) -> Response {
    page.answer(shown(&app, &page).await)
}

async fn shown(app: &App, page: &Page<needs::WorklistRead>) -> Result<Response, Problem> {
    let asked = Asked { snoozed: true, most: MOST, ..Asked::default() };
    let list = pages::list(app, &page.caller, &asked, page.words.0).await?;
    let markup = view::handover::page(&page.scene(app), &page.viewer(app), &list);
    Ok(html(StatusCode::OK, page.words, markup))
}
