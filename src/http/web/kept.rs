//! What somebody has written is not lost because their session is over: the answer to the form has
//! it, to be sent again after signing in. It goes back to where it came from and nowhere else: it is
//! neither stored nor put into an address. `GET /signed-in` is where the sign-in in another window
//! ends.
//!
//! Only what comes from a page of ours is given back, or another site could have a person send, by
//! one press, what that site has written.

use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::page::html;
use super::view::again::{Again, Field, page, signed_in};
use super::words::Words;
use crate::app::App;
use crate::http::Caller;
use crate::http::auth::csrf::{is_form, is_ours, largest};
use crate::http::fhir::{body::read_within, pairs};
use crate::http::log::Cause;

/// Why a form was not taken; in the extensions of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// Nobody is signed in.
    SignedOut,
    /// It is not of the session that there is now.
    OldSession,
}

/// Fields that no person has written.
const OURS: [&str; 6] = ["csrf", "version", "back", "alert", "outcome", "insteadOf"];

/// Answers with what was written, where the form was not taken.
pub(super) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_kept = parts.method == Method::POST
        && !parts.headers.contains_key(AUTHORIZATION)
        && is_form(&parts.headers)
        && is_ours(&parts, &app).is_ok();
    if !is_kept {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let held = match read_within(&app, &parts.headers, body, largest(parts.uri.path())).await {
        Ok(held) => held,
        Err(outcome) => return outcome.into_response(),
    };
    let body = Body::from(held.bytes.clone());
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let Some(why) = response.extensions().get::<NotTaken>().copied() else { return response };
    let fields = pairs(&String::from_utf8_lossy(&held.bytes));
    let mut again = again(&app, parts, why, fields).await;
    if let Some(cause) = response.extensions().get::<Cause>() {
        again.extensions_mut().insert(cause.clone());
    }
    again
}

async fn again(
    app: &App,
    mut parts: Parts,
    why: NotTaken,
    fields: Vec<(String, String)>,
) -> Response {
    let words = Words::of(parts.uri.query(), &parts.headers);
    // Whose session it is now; a request that changes nothing needs no token to be told.
    parts.method = Method::GET;
    let caller = match why {
        NotTaken::SignedOut => None,
        NotTaken::OldSession => Caller::authenticate(&parts, app).await.ok(),
    };
    let session = caller.as_ref().and_then(Caller::session);
    let status = if session.is_some() { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
    let fields = fields.into_iter().filter(|(name, _)| name != "csrf");
    let fields = fields.map(|(name, value)| {
        let is_written = !OURS.contains(&name.as_str()) && !value.trim().is_empty();
        Field { name, value, is_written }
    });
    let again = Again {
        to: parts.uri.path().to_owned(),
        fields: fields.collect(),
        person: session.map(|session| (session.person().name.clone(), session.masked_csrf())),
    };
    html(status, words, page(words, &again))
}

/// The page that the sign-in in another window ends on, for everybody.
pub(super) async fn get(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let words = Words::of(query.as_deref(), &headers);
    html(StatusCode::OK, words, signed_in(words))
}
