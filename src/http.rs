//! The HTTP surface: FHIR under `/fhir`, our own JSON under `/api`, health and metrics beside them.

mod api;
mod caller;
mod fhir;
mod health;
mod log;
mod oauth;

pub use caller::Caller;
use caller::base;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::app::App;

/// Everything the server answers.
pub fn router(app: App, metrics: PrometheusHandle) -> Router {
    let fhir = fhir::router(app.clone());
    Router::new()
        .nest("/fhir", fhir)
        .merge(fhir::base_with_slash(app.clone()))
        .nest("/api", api::router())
        .merge(api::base_with_slash())
        .merge(oauth::router())
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(app)
        .route("/metrics", get(move || async move { metrics.render() }))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024).and(not_a_stream)))
        .layer(CatchPanicLayer::custom(fhir::panicked))
        .layer(axum::middleware::from_fn(log::log))
        // Bodies are limited where they are read, after decompression.
        .layer(DefaultBodyLimit::disable())
}

/// Streams of receipts and events are sent as they come and would wait in a compressor.
fn not_a_stream(
    _status: axum::http::StatusCode,
    _version: axum::http::Version,
    headers: &axum::http::HeaderMap,
    _extensions: &axum::http::Extensions,
) -> bool {
    headers.get(axum::http::header::CONTENT_TYPE).is_none_or(|kind| {
        let kind = kind.as_bytes();
        !kind.ends_with(b"ndjson") && !kind.starts_with(b"text/event-stream")
    })
}
