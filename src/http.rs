//! The HTTP surface: FHIR under `/fhir`, our own JSON under `/api`, web pages, health and metrics
//! beside them.

mod api;
mod audit;
mod auth;
mod caller;
mod faults;
mod fhir;
mod health;
mod limits;
mod log;
mod oauth;
mod pieces;
mod refuse;
mod shield;
mod web;

pub use caller::Caller;
use caller::base;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::app::App;

/// What of the HTTP surface an installation decides.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Web pages of these origins may use the server.
    origins: Vec<HeaderValue>,
    /// Proxies that are believed when they say where a request comes from.
    proxies: Arc<[IpAddr]>,
}

impl Setup {
    /// With these origins and proxies. What cannot be an origin allows nothing.
    pub fn new(origins: &[String], proxies: Vec<IpAddr>) -> Self {
        let origins = origins.iter().filter_map(|text| HeaderValue::from_str(text).ok()).collect();
        Self { origins, proxies: proxies.into() }
    }
}

/// Everything the server answers, to programs only and without proxies.
pub fn router(app: App, metrics: PrometheusHandle) -> Router {
    router_for(app, metrics, &Setup::default())
}

/// Everything the server answers.
pub fn router_for(app: App, metrics: PrometheusHandle, setup: &Setup) -> Router {
    let gate = limits::Gate::new(app.clone(), Arc::clone(&setup.proxies));
    let secure = app.public_url().is_some_and(|url| url.starts_with("https://"));
    let fhir = fhir::router(app.clone());
    let (recording, reading, trail) = (app.clone(), app.clone(), app.trail().clone());
    Router::new()
        .nest("/fhir", fhir)
        .merge(fhir::base_with_slash(app.clone()))
        .nest("/api", api::router())
        .merge(api::base_with_slash())
        .merge(oauth::router())
        .merge(auth::router())
        .merge(web::router(app.clone()))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(faults::unknown)
        .with_state(app)
        .route("/metrics", get(move || async move { metrics.render() }))
        .layer(axum::middleware::from_fn_with_state(reading, auth::csrf::read))
        .layer(axum::middleware::from_fn_with_state(gate, limits::limit))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024).and(not_a_stream)))
        .layer(CatchPanicLayer::custom(fhir::panicked))
        .layer(axum::middleware::from_fn_with_state(recording, audit::record))
        .layer(axum::middleware::from_fn(faults::as_pages))
        .layer(tower::util::option_layer(shield::cross_origin(&setup.origins)))
        .layer(axum::middleware::from_fn_with_state(secure, shield::shield))
        .layer(axum::middleware::from_fn_with_state(Some(trail), log::log))
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
