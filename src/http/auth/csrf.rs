//! Requests that somebody else's page has a browser make. A browser adds cookies by itself, so a
//! request of a session that may change something has to show two things that such a page cannot
//! bring about: that it comes from a page of this server, and the session's token.

use aws_lc_rs::constant_time;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::cookies::session_token;
use crate::access::{SignedIn, unmasked};
use crate::app::App;
use crate::http::caller::{Refused, origin};
use crate::http::fhir::body::read_within;
use crate::http::fhir::pairs;

const HEADER: &str = "x-csrf-token";
const FIELD: &str = "csrf";
/// Largest form of a session, bytes.
const LARGEST: usize = 64 << 10;
/// Where a rule pack is brought, which is larger: the default one is 64 KiB, and a form writes each
/// letter that is not plain ASCII as three bytes for one.
const WITH_PACK: (&str, usize) = ("/admin/rules", 1 << 20);

/// Largest form that is sent to a path, bytes.
pub(in crate::http) fn largest(path: &str) -> usize {
    if path == WITH_PACK.0 { WITH_PACK.1 } else { LARGEST }
}

/// The token that a form brought; in the extensions of such requests.
#[derive(Debug, Clone)]
struct Brought(String);

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the body is a form as browsers send it.
pub(in crate::http) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

/// Reads the token out of the form of a session, so that it is known before the form is looked at.
pub(in crate::http) async fn read(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let headers = &parts.headers;
    let wanted = !is_read(&parts.method)
        && !headers.contains_key(AUTHORIZATION)
        && !headers.contains_key(HEADER)
        && !headers.contains_key(CONTENT_ENCODING)
        && is_form(headers)
        && session_token(&parts, &app).is_some();
    if !wanted {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let held = match read_within(&app, &parts.headers, body, largest(parts.uri.path())).await {
        Ok(held) => held,
        Err(outcome) => return outcome.into_response(),
    };
    let text = std::str::from_utf8(&held.bytes).unwrap_or_default();
    let mut fields = pairs(text).into_iter().filter(|(name, _)| name == FIELD);
    if let (Some((_, token)), None) = (fields.next(), fields.next()) {
        parts.extensions.insert(Brought(token));
    }
    let body = Body::from(held.bytes.clone());
    next.run(Request::from_parts(parts, body)).await
}

/// Refuses a request of the session that may not come from a page of ours.
pub(in crate::http) fn check(parts: &Parts, app: &App, session: &SignedIn) -> Result<(), Refused> {
    if is_read(&parts.method) {
        return Ok(());
    }
    is_ours(parts, app).map_err(Refused::Forged)?;
    let in_header = parts.headers.get(HEADER).map(HeaderValue::as_bytes);
    let in_form = parts.extensions.get::<Brought>().map(|brought| brought.0.as_bytes());
    let token = in_header.or(in_form).ok_or(Refused::Forged("there is no token of the session"))?;
    let token = unmasked(token);
    constant_time::verify_slices_are_equal(&token, session.csrf().as_bytes())
        .map_err(|_| Refused::Forged("the token is not that of the session"))
}

/// Whether the request comes from a page of this server, as the browser says. Ours tell no referrer,
/// and for their forms browsers then say `Origin: null` (Fetch, "append a request Origin header"); so
/// what counts is `Sec-Fetch-Site`, and the origin where a browser does not know that.
pub(in crate::http) fn is_ours(parts: &Parts, app: &App) -> Result<(), &'static str> {
    let header = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
    let from = parts.headers.get(ORIGIN).map(HeaderValue::as_bytes);
    let own = origin(parts, app);
    let own = own.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let same = from.map(|from| from.eq_ignore_ascii_case(own.as_bytes()));
    match (header("sec-fetch-site"), from, same) {
        (Some(b"same-origin"), None | Some(b"null"), _) | (Some(b"same-origin"), _, Some(true)) => {
            Ok(())
        }
        (None, _, Some(true)) => Ok(()),
        (None, None, _) => Err("nothing says from which page it comes"),
        _ => Err("it comes from a page of another origin"),
    }
}
