//! `GET /me`: a citizen's own page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};

pub(super) async fn get(State(app): State<App>, page: Page<needs::SummaryRead>) -> Response {
    page.answer(shown(&app, &page).await)
}

async fn shown(app: &App, page: &Page<needs::SummaryRead>) -> Result<Response, Problem> {
    let (identity, charts) = pages::own(app, &page.caller, page.words.0).await?;
    let scene = page.scene(app);
    let standing = pages::standing(app, page.caller.store(), page.words.0, scene.now).await?;
    let seen = pages::seen_by(&page.caller, page.words.0).await?;
    let markup = view::me::page(&scene, &page.viewer(), &standing, &identity, &charts, &seen);
    Ok(html(StatusCode::OK, page.words, markup))
}
