//! `GET /alerts/{id}`: one alert with what can be done about it, for those without scripts and as
//! the part that a script puts into the list.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, html};
use super::view;
use super::worklist::{may_act, news};
use crate::app::App;
use crate::http::api::{Problem, needs, pages};

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::WorklistRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, &id, query.as_deref()).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::WorklistRead>,
    id: &str,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let panel = pages::panel(app, &page.caller, id, page.words.0).await?;
    let news = news(app, page, query).await;
    let (scene, viewer) = (page.scene(app), page.viewer(app));
    let markup = view::alert::page(&scene, &viewer, &panel, news.as_ref(), may_act(page));
    Ok(html(StatusCode::OK, page.words, markup))
}
