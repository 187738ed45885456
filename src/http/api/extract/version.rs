//! Versions in headers: optimistic locking with `ETag` and `If-Match` (RFC 9110, 13.1.1).

use axum::extract::FromRequestParts;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;

use super::super::problem::{Code, Fault, Problem};
use crate::app::App;

/// The version that the client has seen and wants to replace. An operation that takes it needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::api) struct IfMatch(pub(in crate::http::api) u32);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Problem::new(Code::VersionRequired, "the ETag of what you have read"));
        };
        value.to_str().ok().and_then(parse).map(Self).ok_or_else(|| {
            let text = "expected one version as in an ETag: \"3\"";
            Problem::with(Code::BadHeader, vec![Fault::of_parameter("If-Match", "bad-etag", text)])
        })
    }
}

/// One version. `*` and lists would overwrite what the client has not seen. The weak form is taken
/// too: a proxy that compresses makes the ETag weak.
pub(in crate::http::api) fn parse(text: &str) -> Option<u32> {
    let tag = text.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The `ETag` of a version.
pub(in crate::http::api) fn etag(version: u32) -> String {
    format!("\"{version}\"")
}
