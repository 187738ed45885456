//! `POST /auth/backchannel-logout`: a provider says that somebody's session there is over
//! (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::csrf::is_form;
use crate::access::sign_in::SignInError;
use crate::access::sign_in::logout_token::LoggedOut;
use crate::app::App;
use crate::audit::{Actor, Block, Entry};
use crate::http::fhir::body::read_within;
use crate::http::fhir::pairs;
use crate::http::log::Cause;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// Largest form, bytes.
const LARGEST: usize = 16 << 10;
/// What is ended, as entries name it.
const KIND: &str = "Session";

/// Ends the sessions that it tells of, wherever they are. That there are none is no error (2.7).
pub(super) async fn post(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let told = match told(&app, &parts, body).await {
        Ok(told) => told,
        Err(SignInError::Provider(error)) => {
            return answer(StatusCode::SERVICE_UNAVAILABLE, Some(chain(&error)));
        }
        Err(error) => return answer(StatusCode::BAD_REQUEST, Some(chain(&error))),
    };
    for municipality in app.municipalities() {
        if let Err(error) = end(&app, &municipality.store, &told).await {
            return answer(StatusCode::SERVICE_UNAVAILABLE, Some(chain(&error)));
        }
    }
    answer(StatusCode::OK, None)
}

async fn told(app: &App, parts: &Parts, body: Body) -> Result<LoggedOut, SignInError> {
    let refused = SignInError::Refused;
    if !is_form(&parts.headers) {
        return Err(refused("a logout token comes in a form"));
    }
    let held = read_within(app, &parts.headers, body, LARGEST).await;
    let held = held.map_err(|_| refused("the form cannot be read"))?;
    let text = std::str::from_utf8(&held.bytes).map_err(|_| refused("the form is not text"))?;
    let mut tokens = pairs(text).into_iter().filter(|(name, _)| name == "logout_token");
    let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
        return Err(refused("there has to be one logout token"));
    };
    app.people().logged_out(&token, app.clock().now()).await
}

/// Ends those of a municipality, with an entry that says who did.
async fn end(app: &App, store: &Store, told: &LoggedOut) -> Result<(), StoreError> {
    let now = app.clock().now();
    let sessions = store.sessions(now).await?;
    let meant: Vec<_> = sessions.iter().filter(|session| told.means(session)).collect();
    let Some(first) = meant.first() else { return Ok(()) };
    let mut entry = Entry::of_system("provider", "back-channel-logout", now);
    entry.actor = Actor {
        issuer: told.issuer().to_owned(),
        subject: crate::http::caller::shown(store, &first.person.subject),
        role: first.person.role.as_str().to_owned(),
        client: None,
    };
    let mut tx = store.begin().await?;
    for session in &meant {
        if store.revoke_session_in(&mut tx, &session.id, now).await? {
            entry = entry.with(KIND, &session.id, 0);
        }
    }
    tx.commit(&Block::of(entry)).await
}

/// What is wrong is for the log; the provider is told that something is.
fn answer(status: StatusCode, cause: Option<String>) -> Response {
    let mut response = match status {
        StatusCode::OK => status.into_response(),
        StatusCode::BAD_REQUEST => {
            let body = r#"{"error":"invalid_request"}"#;
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => {
            let body = r#"{"error":"temporarily_unavailable"}"#;
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
    };
    if let Some(cause) = cause {
        response.extensions_mut().insert(Cause(cause));
    }
    response
}
