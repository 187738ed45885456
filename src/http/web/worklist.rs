//! `GET /`: whom to look at first.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::page::{Page, html};
use super::view::worklist::{News, page};
use super::{filters, seen};
use crate::app::App;
use crate::audit::ShownNow;
use crate::http::api::pages::List;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;
use crate::ids::AlertId;

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
    let markup = page(&of.scene(app), &of.viewer(app), &asked, &list, news.as_ref(), may_act);
    Ok(noted(app, of, list, html(StatusCode::OK, of.words, markup)))
}

/// The answer, which says which rows its entry will name.
pub(super) fn noted(
    app: &App,
    page: &Page<needs::WorklistRead>,
    list: List,
    mut response: Response,
) -> Response {
    if let Some(session) = page.caller.caller().session() {
        let (shown, now) = (app.shown(), app.clock().now());
        let now = ShownNow::new(Arc::clone(shown), session.id(), list.noted, now);
        response.extensions_mut().insert(now);
    }
    response
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
    // It may be anything that somebody put into an address.
    match get("done")?.as_str() {
        verb @ ("seen" | "unseen") => {
            let ids = get("ids")?.split(',').filter_map(|id| id.parse().ok());
            let ids: Vec<AlertId> = ids.take(seen::MOST).collect();
            let rows = pages::rows_by_id(app, &page.caller, &ids, page.words.0).await.ok()?;
            Some(if verb == "seen" { News::Seen(rows) } else { News::Unseen(rows) })
        }
        verb => {
            let alert = get("alert")?.parse().ok()?;
            let verb = super::act::VERBS.into_iter().find(|known| *known == verb)?;
            let panel = pages::panel(app, &page.caller, alert, page.words.0).await.ok()?;
            Some(News::One { verb, row: Box::new(panel.row) })
        }
    }
}
