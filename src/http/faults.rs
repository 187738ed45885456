//! What went wrong is told in the way of whoever asked: `OperationOutcome` under `/fhir`, problem
//! details under `/api`, and a page in their language to people with a browser.

#[cfg(test)]
mod tests;

use axum::extract::Request;
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use pulsvagt_fhir::IssueCode;

use super::fhir::Outcome;
use super::log::RequestId;
use super::web;

/// What programs ask, and what is told nobody as a page.
const MACHINES: [&str; 6] = ["/fhir", "/api", "/oauth", "/health", "/metrics", "/.well-known"];

/// Where no route leads.
pub(super) async fn unknown() -> Outcome {
    let says = "nothing is served here; GET /fhir/metadata and /api/openapi.json describe what is";
    Outcome::one(StatusCode::NOT_FOUND, IssueCode::NotFound, "unknown-path", says)
}

/// Whether whoever asks this is answered with a page if it goes wrong.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let under = |base: &&str| {
        path.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let accepts = || {
        let kinds = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        kinds.flat_map(|line| line.split(',')).any(|kind| kind.trim().starts_with("text/html"))
    };
    !MACHINES.iter().any(under) && (web::is_page(path) || accepts())
}

/// Makes pages of what went wrong, for people, and tells the request's id in them.
pub(super) async fn as_pages(request: Request, next: Next) -> Response {
    if !wants_page(request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let words = web::language(request.uri().query(), request.headers());
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_fault = status.is_client_error() || status.is_server_error();
    // Some pages that refuse have more to say than that something went wrong.
    if !is_fault || is_page && response.extensions().get::<web::ErrorPage>().is_none() {
        return response;
    }
    let (head, _) = response.into_parts();
    let mut page = web::error(status, words, id.as_deref());
    *page.extensions_mut() = head.extensions;
    for name in [RETRY_AFTER, ALLOW] {
        if let Some(value) = head.headers.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}
