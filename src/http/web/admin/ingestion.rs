//! `GET /admin/ingestion`: what comes in, and what does not.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::http::api::{Lang, Problem, needs, pages};
use crate::http::web::page::{Page, html};
use crate::http::web::view::admin::ingestion::page as shown;

pub(super) async fn get(State(app): State<App>, page: Page<needs::IngestionStatus>) -> Response {
    page.answer(made(&app, &page).await)
}

async fn made(app: &App, page: &Page<needs::IngestionStatus>) -> Result<Response, Problem> {
    let told = pages::ingestion(app, &page.caller, Lang(page.words.0)).await?;
    let markup = shown(&page.scene(app), &page.viewer(app), &told);
    Ok(html(StatusCode::OK, page.words, markup))
}
