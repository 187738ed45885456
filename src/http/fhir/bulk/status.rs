//! How far an export is, and what there is to fetch. Whoever asks does some of the work.

use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, EXPIRES, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::reply::http_date;
use super::{Outcome, own};
use crate::app::App;
use crate::http::Caller;
use crate::store::bulk::ExportJob;

/// What was received before the transaction time may take so long until it is being written, also by
/// a server whose clock is behind; microseconds.
const SETTLE: i64 = 3_000_000;
/// How long one request works on an export.
const TURN: Duration = Duration::from_millis(1_500);

const PROGRESS: HeaderName = HeaderName::from_static("x-progress");

/// `GET /fhir/$export-status/{id}`.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Outcome> {
    let now = app.clock().now();
    let job = own(&caller, &id, now).await?;
    caller.trail().nobody();
    if !job.ready
        && let Some(progress) = advance(&caller, &job, now.0).await?
    {
        return Ok(waiting(&progress));
    }
    manifest(&caller, &job).await
}

/// `DELETE /fhir/$export-status/{id}`: it is not wanted any more.
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Outcome> {
    let now = app.clock().now();
    let job = own(&caller, &id, now).await?;
    let store = &caller.municipality().store;
    let mut tx = store.begin().await?;
    store.remove_export_in(&mut tx, &job.id).await?;
    caller.trail().resource("Export", &job.id, 0, None);
    caller.commit(tx, now).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Works on it for a moment; `None` when it is ready, otherwise how far it is.
async fn advance(caller: &Caller, job: &ExportJob, now: i64) -> Result<Option<String>, Outcome> {
    let store = &caller.municipality().store;
    if now < job.at.0 + SETTLE || !store.export_settled(&job.id).await? {
        return Ok(Some("waiting for what was being written".to_owned()));
    }
    let members = store.export_members(job, caller.base()).await?;
    let began = Instant::now();
    loop {
        let laid = store.lay_export(job, &members).await?;
        if laid.ready {
            return Ok(None);
        }
        if began.elapsed() > TURN {
            return Ok(Some(format!("{} of {} types laid out", laid.types, job.types.len())));
        }
    }
}

fn waiting(progress: &str) -> Response {
    let mut response = StatusCode::ACCEPTED.into_response();
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    if let Ok(progress) = HeaderValue::from_str(progress) {
        headers.insert(PROGRESS, progress);
    }
    response
}

async fn manifest(caller: &Caller, job: &ExportJob) -> Result<Response, Outcome> {
    let files = caller.municipality().store.export_files(&job.id).await?;
    let base = caller.base();
    let output: Vec<Value> = files
        .iter()
        .map(|file| {
            let url = format!("{base}/$export-file/{}/{}", job.id, file.number);
            json!({"type": file.kind, "url": url})
        })
        .collect();
    let manifest = json!({
        "transactionTime": job.at.to_string(),
        "request": job.request,
        "requiresAccessToken": true,
        "output": output,
        "deleted": [],
        "error": []
    });
    let kind = HeaderValue::from_static("application/json");
    let mut response =
        (StatusCode::OK, [(CONTENT_TYPE, kind)], manifest.to_string()).into_response();
    if let Ok(expires) = HeaderValue::from_str(&http_date(job.expires)) {
        response.headers_mut().insert(EXPIRES, expires);
    }
    Ok(response)
}
