//! `GET /me`: a citizen's own page.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::model::{Access, Chart, Consented, Identity, Standing};
use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;

/// Everything on the page.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) standing: Standing,
    pub(super) identity: Identity,
    pub(super) charts: Vec<Chart>,
    pub(super) consents: Vec<Consented>,
    pub(super) seen: Vec<Access>,
}

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(answer(&app, &page, query.as_deref()).await)
}

async fn answer(
    app: &App,
    page: &Page<needs::SummaryRead>,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let shown = shown(app, page).await?;
    let pairs = pairs(query.unwrap_or(""));
    let done = pairs.iter().find(|(name, _)| name == "consent").map(|(_, value)| value.as_str());
    let markup = view::me::page(&page.scene(app), &page.viewer(app), &shown, None, done);
    Ok(html(StatusCode::OK, page.words, markup))
}

pub(super) async fn shown(app: &App, page: &Page<needs::SummaryRead>) -> Result<Shown, Problem> {
    let (caller, language) = (&page.caller, page.words.0);
    let (identity, charts, standing) = pages::own(app, caller, language).await?;
    Ok(Shown {
        standing,
        identity,
        charts,
        consents: pages::consents(app, caller).await?,
        seen: pages::seen_by(caller, language).await?,
    })
}
