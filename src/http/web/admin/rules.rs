//! `/admin/rules`: the rule packs, rule by rule, and ending a trial.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::http::api::{Lang, Problem, needs, pages};
use crate::http::web::page::{Page, again, html, to};
use crate::http::web::view::admin::rules::page as shown;

pub(super) async fn get(State(app): State<App>, page: Page<needs::PolicyRead>) -> Response {
    page.answer(made(&app, &page).await)
}

async fn made(app: &App, page: &Page<needs::PolicyRead>) -> Result<Response, Problem> {
    let rules = pages::rules_told(app, &page.caller, Lang(page.words.0)).await?;
    let may_end = page.caller.principal().extent(ApiRight::PolicyWrite) != Extent::None;
    let markup = shown(&page.scene(app), &page.viewer(app), &rules, may_end);
    Ok(html(StatusCode::OK, page.words, markup))
}

pub(super) async fn end(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    Path(hash): Path<String>,
) -> Response {
    // Whoever has to prove anew who they are comes back to the page.
    if page.caller.recent(app.clock().now()).is_err() {
        page.caller.trail().nobody();
        return again("/admin/rules");
    }
    let ended = pages::end_trial(&app, &page.caller, &hash).await;
    page.answer(ended.map(|()| to("/admin/rules")))
}
