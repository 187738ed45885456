//! `/admin/break-glass`: which citizens were opened beyond teams, by whom and why.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::http::api::needs;
use crate::http::web::break_glass::opened;
use crate::http::web::page::{Page, html};
use crate::http::web::view::admin::break_glass as view;

pub(super) async fn get(State(app): State<App>, page: Page<needs::BreakGlassRead>) -> Response {
    let found = opened(&app, &page, false).await.map(|all| {
        let markup = view::page(&page.scene(&app), &page.viewer(&app), &all);
        html(StatusCode::OK, page.words, markup)
    });
    page.answer(found)
}
