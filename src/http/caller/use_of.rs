//! Whether a request is somebody's doing, or a page that stands open asks by itself. Only what people
//! do keeps a session from ending.

use axum::extract::MatchedPath;
use axum::http::request::Parts;

/// By which our pages' script says whether somebody has touched the page since it last asked.
const ACTED: &str = "x-acted";

/// What scripts ask for without anybody doing something.
const BY_THEMSELVES: [&str; 2] = ["/rows", "/api/events"];

/// Whether somebody does something. A page may say so either way: it is about a session of its own, and
/// one that lies is used by somebody who could as well ask for another page.
pub(super) fn is_act(parts: &Parts) -> bool {
    match parts.headers.get(ACTED) {
        Some(acted) => acted.as_bytes() == b"1",
        None => {
            let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
            route.is_none_or(|route| !BY_THEMSELVES.contains(&route))
        }
    }
}
