//! `POST /alerts/seen` and `POST /alerts/unseen`: green and technical alerts in one go, and back.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page::{Form, Page, to, with_news_of};
use crate::app::App;
use crate::http::api::pages::{self, Acted};
use crate::http::api::{Problem, needs};
use crate::ids::AlertId;
use crate::triage::Action;

/// Alerts of one form: as many as a page of the list has.
pub(super) const MOST: usize = 60;

/// The alerts that are ticked, each with the version that was shown: `ID.VERSION`.
fn ticked(form: &Form) -> Vec<(AlertId, u32)> {
    form.fields()
        .filter(|(name, _)| *name == "alert")
        .filter_map(|(_, value)| {
            let (id, version) = value.split_once('.')?;
            Some((id.parse().ok()?, version.parse().ok()?))
        })
        .take(MOST)
        .collect()
}

/// Closes what is ticked and needs no more than a look. What came of each, the next page tells.
pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::WorklistAct>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(seen(&app, &page, &headers, body).await)
}

async fn seen(
    app: &App,
    page: &Page<needs::WorklistAct>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let looked = pages::see(app, &page.caller, &ticked(&form), page.words.0).await?;
    let ids: Vec<AlertId> = looked.into_iter().map(|(id, _)| id).collect();
    Ok(to(&with_news_of(&form.back(), "seen", &ids)))
}

/// Opens them again, each as an alert of its own.
pub(super) async fn undo(
    State(app): State<App>,
    page: Page<needs::WorklistAct>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(unseen(&app, &page, &headers, body).await)
}

async fn unseen(
    app: &App,
    page: &Page<needs::WorklistAct>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let mut ids = Vec::new();
    for (id, version) in ticked(&form) {
        match pages::act(app, &page.caller, id, version, &Action::Reopen).await {
            Ok(Acted::Done(alert)) => ids.push(alert.id),
            // Somebody has opened it already: it is on the list.
            Ok(Acted::Conflict(..) | Acted::Refused(..)) => {}
            Err(problem) if problem.code().status().is_client_error() => {}
            Err(problem) => return Err(problem),
        }
    }
    page.caller.trail().about([]);
    Ok(to(&with_news_of(&form.back(), "unseen", &ids)))
}
