//! `GET /citizens/{id}`: one citizen, for staff.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    Path(id): Path<String>,
) -> Response {
    page.answer(shown(&app, &page, &id).await)
}

async fn shown(app: &App, page: &Page<needs::SummaryRead>, id: &str) -> Result<Response, Problem> {
    let citizen = pages::citizen(app, &page.caller, id, page.words.0).await?;
    let scene = page.scene(app);
    let standing = pages::standing(app, page.caller.store(), page.words.0, scene.now).await?;
    let markup = view::citizen::page(&scene, &page.viewer(), &standing, &citizen);
    Ok(html(StatusCode::OK, page.words, markup))
}
