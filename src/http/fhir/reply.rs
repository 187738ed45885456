//! Answers that carry a resource.

use axum::http::header::{
    CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::Issue;

use super::Outcome;
use super::outcome::push_outcome;
use super::params::{Return, prefer_return};
use crate::clock::Micros;

pub(super) const FHIR_JSON: HeaderValue =
    HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// A version of a resource, as headers tell it.
#[derive(Debug, Clone)]
pub(super) struct Version<'a> {
    pub(super) kind: &'a str,
    pub(super) id: &'a str,
    pub(super) version: u32,
    pub(super) updated: Micros,
}

impl Version<'_> {
    /// `Observation/x/_history/1`, below the base.
    pub(super) fn location(&self) -> String {
        format!("{}/{}/_history/{}", self.kind, self.id, self.version)
    }

    /// `W/"1"`.
    pub(super) fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    fn headers(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&self.etag()) {
            headers.insert(ETAG, tag);
        }
        if let Ok(date) = HeaderValue::from_str(&http_date(self.updated)) {
            headers.insert(LAST_MODIFIED, date);
        }
    }
}

/// The answer to a read; 304 if the client has this version.
pub(super) fn read(version: &Version<'_>, request: &HeaderMap, json: String) -> Response {
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let tag = version.etag();
    let fresh = match text(IF_NONE_MATCH) {
        Some(tags) => tags.split(',').any(|listed| listed.trim() == tag || listed.trim() == "*"),
        None => text(IF_MODIFIED_SINCE).is_some_and(|since| {
            jiff::fmt::rfc2822::parse(since)
                .is_ok_and(|since| since.timestamp().as_second() >= version.updated.as_second())
        }),
    };
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (StatusCode::OK, [(CONTENT_TYPE, FHIR_JSON)], json).into_response()
    };
    version.headers(&mut response);
    response
}

/// The answer to a write.
pub(super) fn written(
    status: StatusCode,
    version: &Version<'_>,
    base: &str,
    request: &HeaderMap,
    issues: &[Issue],
    json: impl FnOnce() -> Result<String, Outcome>,
) -> Result<Response, Outcome> {
    let mut response = match prefer_return(request) {
        Return::Minimal => status.into_response(),
        Return::Outcome => {
            let mut out = String::new();
            push_outcome(&mut out, issues);
            (status, [(CONTENT_TYPE, FHIR_JSON)], out).into_response()
        }
        Return::Representation => (status, [(CONTENT_TYPE, FHIR_JSON)], json()?).into_response(),
    };
    version.headers(&mut response);
    if let Ok(location) = HeaderValue::from_str(&format!("{base}/{}", version.location())) {
        response.headers_mut().insert(LOCATION, location);
    }
    // Warnings have no place in the body of a resource; clients that look find them here.
    if !issues.is_empty() && prefer_return(request) != Return::Outcome {
        let keys: Vec<&str> = issues.iter().map(|issue| issue.key).collect();
        if let Ok(value) = HeaderValue::from_str(&keys.join(", ")) {
            response.headers_mut().insert("x-pulsvagt-warnings", value);
        }
    }
    Ok(response)
}

/// The answer to a write of what the caller may not read: where it is, and nothing of it.
pub(super) fn told_only(
    status: StatusCode,
    version: &Version<'_>,
    base: &str,
    issues: &[Issue],
) -> Response {
    let mut out = String::new();
    push_outcome(&mut out, issues);
    let mut response = (status, [(CONTENT_TYPE, FHIR_JSON)], out).into_response();
    version.headers(&mut response);
    if let Ok(location) = HeaderValue::from_str(&format!("{base}/{}", version.location())) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// A Bundle or another resource without a version.
pub(super) fn ok(json: String) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, FHIR_JSON)], json).into_response()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(in crate::http) fn http_date(at: Micros) -> String {
    let zoned = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
