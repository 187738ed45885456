//! Which media types come in and go out.

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::IssueCode;

use super::Outcome;
use super::params::pairs;
use crate::app::App;

const FHIR_JSON: &str = "application/fhir+json";

/// Refuses answers in anything but JSON with 406 and requests in anything but JSON with 415.
pub(super) async fn negotiate(State(_app): State<App>, request: Request, next: Next) -> Response {
    let wanted = match format_parameter(request.uri().query().unwrap_or("")) {
        Some(format) => json_kind(&format),
        None => accepted(&request),
    };
    let Some(wanted) = wanted else {
        return Outcome::one(
            StatusCode::NOT_ACCEPTABLE,
            IssueCode::NotSupported,
            "not-acceptable",
            "answers are JSON: accept application/fhir+json or application/json",
        )
        .into_response();
    };
    let mut response = next.run(request).await;
    // Handlers answer in FHIR's own type; a client that asked for plain JSON gets that.
    if wanted != FHIR_JSON
        && response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/fhir+json"))
    {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}

fn format_parameter(query: &str) -> Option<String> {
    pairs(query).into_iter().find(|(name, _)| name == "_format").map(|(_, value)| value)
}

fn json_kind(text: &str) -> Option<&'static str> {
    // In an address the plus of application/fhir+json often arrives as a space.
    match text.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
        "json"
        | "application/fhir+json"
        | "application/fhir json"
        | "*/*"
        | "application/*"
        | "application/x-ndjson"
        | "application/fhir+ndjson"
        | "application/ndjson" => Some(FHIR_JSON),
        "application/json" | "text/json" => Some("application/json"),
        _ => None,
    }
}

fn accepted(request: &Request) -> Option<&'static str> {
    let mut any = false;
    for value in request.headers().get_all(ACCEPT) {
        for range in value.to_str().unwrap_or("").split(',') {
            any = true;
            let refused = range.split(';').any(|part| part.trim().eq_ignore_ascii_case("q=0"));
            if let (false, Some(kind)) = (refused, json_kind(range)) {
                return Some(kind);
            }
        }
    }
    if any { None } else { Some(FHIR_JSON) }
}

/// What a request body says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// One resource.
    Json,
    /// One resource a line.
    Ndjson,
    /// A search in the body.
    Form,
}

/// The kind of a request body.
pub(super) fn body_kind(headers: &axum::http::HeaderMap) -> Option<BodyKind> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "application/fhir+json" | "application/json" | "text/json" => Some(BodyKind::Json),
        "application/fhir+ndjson" | "application/x-ndjson" | "application/ndjson" => {
            Some(BodyKind::Ndjson)
        }
        "application/x-www-form-urlencoded" => Some(BodyKind::Form),
        _ => None,
    }
}

/// 415.
pub(super) fn unsupported() -> Outcome {
    Outcome::one(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        IssueCode::NotSupported,
        "unsupported-media-type",
        "send application/fhir+json or application/json",
    )
}
