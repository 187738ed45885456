//! `GET /oauth/jwks.json`: the public keys of the installation's own access tokens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::fhir::RETRY_SECONDS;
use crate::http::log::Cause;

/// The current key and the one before it.
pub(super) async fn get(State(app): State<App>) -> Response {
    match app.machines().jwks().await {
        Ok(keys) => {
            let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "max-age=60")];
            (headers, keys.to_string()).into_response()
        }
        Err(error) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let mut response = (status, [(RETRY_AFTER, RETRY_SECONDS)]).into_response();
            response.extensions_mut().insert(Cause(crate::telemetry::chain(&error)));
            response
        }
    }
}
