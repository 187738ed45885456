//! `GET /api/me/export`: everything that is kept about a citizen, for the citizen.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use tokio::sync::{mpsc, oneshot};

use super::extract::{ApiCaller, needs};
use super::problem::Problem;
use crate::app::App;
use crate::http::pieces::whole;
use crate::telemetry::chain;

/// Everything that is kept about me
///
/// NDJSON, one JSON object a line: FHIR resources in every version, and what FHIR has no place for as
/// `{"record": table, "row": …}` (GDPR articles 15 and 20). The same as `pulsvagt citizen export`
/// writes. Whoever uses a browser must have signed in within ten minutes. If the connection ends
/// before the body does, what came is not the whole.
#[utoipa::path(
    get,
    path = "/me/export",
    operation_id = "exportOwn",
    tag = "citizens",
    security(("bearer" = ["own:export"])),
    responses((
        status = 200,
        description = "All of it.",
        body = String,
        content_type = "application/x-ndjson",
    )),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::OwnExport>,
) -> Result<Response, Problem> {
    own_export(&app, &caller).await
}

/// The export of the citizen whose app or session this is, as an answer that is told while it is read.
pub(in crate::http) async fn own_export(
    app: &App,
    caller: &ApiCaller<needs::OwnExport>,
) -> Result<Response, Problem> {
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let citizen = caller.citizen(&own).await?;
    caller.recent(app.clock().now())?;
    let store = caller.store().clone();
    let (to, pieces) = mpsc::channel::<Vec<u8>>(2);
    let (say, ended) = oneshot::channel();
    app.tasks().spawn(async move {
        let done = store.export_citizen(citizen, &own, &to).await;
        if let Err(error) = &done {
            tracing::error!(
                tenant = %store.code(),
                error = chain(error),
                "an export ended before its end"
            );
        }
        drop(to);
        // Nobody listens where the connection is gone.
        let _ = say.send(done.is_ok());
    });
    let mut response = Response::new(whole(pieces, ended));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    let file = HeaderValue::from_static("attachment; filename=\"pulsvagt.ndjson\"");
    headers.insert(CONTENT_DISPOSITION, file);
    Ok(response)
}
