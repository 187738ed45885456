//! `GET /admin/rules`: the rule packs, rule by rule.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::http::api::{Lang, Problem, needs, pages};
use crate::http::web::page::{Page, html};
use crate::http::web::view::admin::rules::page as shown;

pub(super) async fn get(State(app): State<App>, page: Page<needs::PolicyRead>) -> Response {
    page.answer(made(&app, &page).await)
}

async fn made(app: &App, page: &Page<needs::PolicyRead>) -> Result<Response, Problem> {
    let rules = pages::rules_told(app, &page.caller, Lang(page.words.0)).await?;
    let markup = shown(&page.scene(app), &page.viewer(app), &rules);
    Ok(html(StatusCode::OK, page.words, markup))
}
