//! One log line and one measurement per request; and a place in the site's audit chain for each that
//! is in no municipality's. Route templates, never paths or queries: those can hold a citizen's number.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use crate::audit::{SiteTrail, Told, may_be_cpr, reason_of};
use crate::ids::new_request_id;

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

/// Why nobody was let in, as a class; put into a response's extensions, for the site's audit chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason(pub(super) &'static str);

/// Whether an id that a caller gives is one that programs make, and not what people are called: a UUID,
/// or hexadecimal digits as those of traces are (<https://www.w3.org/TR/trace-context/>).
fn is_request_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
        || ((16..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !may_be_cpr(text))
}

/// A method by its name. What is none of those in use may be anything that somebody sent.
fn named(method: &Method) -> &'static str {
    const USED: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    const NAMES: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    let place = USED.iter().position(|used| used == method);
    place.and_then(|place| NAMES.get(place)).copied().unwrap_or("other")
}

/// `trail` is where requests are told that are in no municipality's audit chain.
pub(super) async fn log(
    State(trail): State<Option<SiteTrail>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = named(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| is_request_id(id))
        .map_or_else(new_request_id, str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    let from = from.map(|from| from.to_string()).unwrap_or_default();
    let mut response = next.run(request).await;
    let status = response.status();
    let elapsed = started.elapsed();
    metrics::histogram!("pulsvagt_http_request_seconds",
        "method" => method, "route" => route.clone(),
        "status" => status.as_u16().to_string())
    .record(elapsed.as_secs_f64());
    let cause = response.extensions_mut().remove::<Cause>().map(|cause| cause.0);
    let by = response.extensions_mut().remove::<AskedBy>();
    let (tenant, role) = by.as_ref().map_or(("", ""), |by| (by.tenant.as_str(), by.role.as_str()));
    let duration_ms = elapsed.as_secs_f64() * 1000.0;
    let status = status.as_u16();
    if status >= 500 {
        tracing::error!(request.id = %id, method, route, status, duration_ms, tenant, role,
            cause, "request failed");
    } else if status == 401 {
        // Nobody knows into which municipality's audit trail it belongs.
        tracing::info!(request.id = %id, method, route, status, from, cause, "request refused");
    } else {
        tracing::debug!(request.id = %id, method, route, status, duration_ms, tenant, role,
            cause, "request answered");
    }
    if let (None, Some(trail)) = (&by, trail) {
        let known = response.extensions_mut().remove::<Reason>().map(|reason| reason.0);
        trail.tell(Told {
            reason: known.unwrap_or_else(|| reason_of(status)),
            operation: &format!("{method} {route}"),
            status,
            from: &from,
            request: &id,
        });
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
