//! What every answer says to browsers, and what no request may be.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::log::RequestId;
use super::refuse::Why;
use crate::app::OverTls;

/// Longest address that is looked at, bytes.
const ADDRESS: usize = 8 << 10;
/// Most headers, and their bytes together. HTTP/1 counts before we do; HTTP/2 only bytes.
const HEADERS: usize = 100;
const HEADER_BYTES: usize = 32 << 10;

/// Two years, as browsers' lists ask for; other hosts of the domain are not ours to decide about.
const TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// The same for all answers. Pages that need more bring their own policy.
const HEADERS_OF_ALL: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
             magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
];

const NOTHING: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What tells of nobody, and may be kept by whoever likes.
const PUBLIC: [&str; 4] = ["/api/docs", "/api/docs.css", "/api/openapi.json", "/fhir/metadata"];

/// Refuses addresses and headers that are too long, and adds the headers of all answers. `secure`
/// says that a proxy in front speaks TLS for us.
pub(super) async fn shield(State(secure): State<bool>, request: Request, next: Next) -> Response {
    let secure = secure || request.extensions().get::<OverTls>().is_some();
    let path = request.uri().path();
    let public = PUBLIC.contains(&path) || path.starts_with(super::web::ASSETS);
    let mut response = match refusal(&request) {
        Some(why) => {
            let id = request.extensions().get::<RequestId>().map(|id| id.0.as_str());
            why.answer(request.uri(), request.headers(), id)
        }
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS_OF_ALL {
        headers.insert(name, value);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, TRANSPORT);
    }
    if !public {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn refusal(request: &Request) -> Option<Why> {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, |query| query.len() + 1) > ADDRESS {
        return Some(Why::AddressTooLong);
    }
    let headers: &HeaderMap = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (headers.len() > HEADERS || bytes > HEADER_BYTES).then_some(Why::HeadersTooLarge)
}

/// Lets web pages of these origins use the server; `None` when there are none. Tokens are in a
/// header that pages set themselves, so nothing that a browser adds by itself is allowed.
pub(super) fn cross_origin(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_MODIFIED_SINCE,
            IF_NONE_MATCH,
            HeaderName::from_static("if-none-exist"),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static("x-purpose-of-use"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers([
            ETAG,
            LAST_MODIFIED,
            LOCATION,
            RETRY_AFTER,
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
            HeaderName::from_static("x-pulsvagt-warnings"),
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(Duration::from_hours(1));
    Some(layer)
}
