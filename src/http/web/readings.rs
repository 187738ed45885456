//! `GET /citizens/{id}/readings?signal=…&from=…`: single readings, for a chart that is looked into.

use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use pulsvagt_analytics::Signal;

use super::page::Page;
use crate::app::App;
use crate::http::api::{Problem, needs, pages};
use crate::http::fhir::pairs;

/// Days that are told at a time, from the one that is asked for.
const DAYS: i32 = 14;

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::SummaryRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(told(&app, &page, &id, query.as_deref()).await)
}

async fn told(
    app: &App,
    page: &Page<needs::SummaryRead>,
    id: &str,
    query: Option<&str>,
) -> Result<Response, Problem> {
    let pairs = pairs(query.unwrap_or(""));
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let signal = get("signal").and_then(|name| Signal::from_name(name));
    let first: Option<i32> = get("from").and_then(|day| day.parse().ok());
    let (Some(signal), Some(first)) = (signal, first) else { return Err(Problem::not_found()) };
    let days: Vec<i32> = (0..DAYS).map(|day| first.saturating_add(day)).collect();
    let readings = pages::readings(app, &page.caller, id, signal, days).await?;
    let json = serde_json::to_string(&readings)
        .map_err(|error| Problem::internal(format!("our own JSON: {error}")))?;
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}
