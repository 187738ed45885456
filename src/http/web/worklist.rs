//! `GET /`: whom to look at first.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::filters;
use super::page::{Page, html};
use super::view::worklist::{News, page};
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::WorklistRead>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, query.as_deref()).await)
}

async fn shown(
    app: &App,
    of: &Page<needs::WorklistRead>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let asked = filters::read(query);
    let list = pages::list(app, &of.caller, &asked, of.words.0).await?;
    let news = news(app, of, query).await;
    let may_act = may_act(of);
    let markup = page(&of.scene(app), &of.viewer(), &asked, &list, news.as_ref(), may_act);
    Ok(html(StatusCode::OK, of.words, markup))
}

pub(super) fn may_act(page: &Page<needs::WorklistRead>) -> bool {
    use crate::access::{ApiRight, Extent};
    page.caller.principal().extent(ApiRight::WorklistAct) != Extent::None
}

/// What was just done, if the address says so.
pub(super) async fn news(
    app: &App,
    page: &Page<needs::WorklistRead>,
    query: Option<&str>,
) -> Option<News> {
    let pairs = pairs(query?);
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let (verb, alert) = (get("done")?, get("alert")?.parse().ok()?);
    // It may be anything that somebody put into an address.
    let verb = super::act::VERBS.into_iter().find(|known| known == verb)?;
    let panel = pages::panel(app, &page.caller, alert, page.words.0).await.ok()?;
    Some(News { verb, row: panel.row })
}
