//! One log line and one measurement per request. Route templates, never paths or queries: those
//! can hold a citizen's number.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::middleware::Next;
use axum::response::Response;

use crate::audit::may_be_cpr;
use crate::ids::{is_fhir_id, new_request_id};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Put into a response's extensions by whoever knows why it is what it is; goes to the log only.
#[derive(Debug, Clone)]
pub(super) struct Cause(pub(super) String);

/// The request's id; in the extensions of every request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Who asked; put into a response's extensions after authentication.
#[derive(Debug, Clone)]
pub(super) struct AskedBy {
    pub(super) tenant: String,
    pub(super) role: String,
}

pub(super) async fn log(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| is_fhir_id(id) && !may_be_cpr(id))
        .map_or_else(new_request_id, str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    let from = from.map(|from| from.to_string()).unwrap_or_default();
    let mut response = next.run(request).await;
    let status = response.status();
    let elapsed = started.elapsed();
    metrics::histogram!("pulsvagt_http_request_seconds",
        "method" => method.to_string(), "route" => route.clone(),
        "status" => status.as_u16().to_string())
    .record(elapsed.as_secs_f64());
    let cause = response.extensions_mut().remove::<Cause>().map(|cause| cause.0);
    let by = response.extensions_mut().remove::<AskedBy>();
    let (tenant, role) = by.as_ref().map_or(("", ""), |by| (by.tenant.as_str(), by.role.as_str()));
    let duration_ms = elapsed.as_secs_f64() * 1000.0;
    let status = status.as_u16();
    if status >= 500 {
        tracing::error!(request.id = %id, %method, route, status, duration_ms, tenant, role,
            cause, "request failed");
    } else if status == 401 {
        // Nobody knows into which municipality's audit trail it belongs, so this is its only trace.
        tracing::info!(request.id = %id, %method, route, status, from, cause, "request refused");
    } else {
        tracing::debug!(request.id = %id, %method, route, status, duration_ms, tenant, role,
            cause, "request answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
