//! `GET /auth/session`: who is signed in, and until when.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::Outcome;

/// Somebody who is signed in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'s> {
    /// Code and name of the municipality.
    tenant: &'s str,
    municipality: &'s str,
    role: &'s str,
    issuer: &'s str,
    subject: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    citizen: Option<&'s str>,
    /// When it ends if it is not used any more.
    until: String,
    /// What only a session has.
    #[serde(flatten)]
    session: Option<Signed<'s>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Signed<'s> {
    name: &'s str,
    teams: &'s [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'s str>,
    /// When the person has last proved who they are.
    authenticated: String,
    /// When it ends however much it is used.
    ends: String,
    /// For the header `X-CSRF-Token` or the form field `csrf`.
    csrf: &'s str,
}

/// Answers a bearer token too, for which there is no session to tell of.
pub(super) async fn get(State(_): State<App>, caller: Caller) -> Result<Response, Outcome> {
    caller.trail().operation("get-session");
    caller.trail().nobody();
    let (principal, store) = (caller.principal(), &caller.municipality().store);
    let until = Micros(principal.expires().saturating_mul(1_000_000));
    let session = caller.session().map(|session| Signed {
        name: &session.person().name,
        teams: &session.person().teams,
        language: session.person().language.as_deref(),
        authenticated: session.authenticated().to_string(),
        ends: session.ends().to_string(),
        csrf: session.csrf(),
    });
    let view = SessionView {
        tenant: principal.tenant().as_str(),
        municipality: store.name(),
        role: principal.role().as_str(),
        issuer: principal.issuer(),
        subject: principal.subject(),
        citizen: principal.citizen(),
        until: until.to_string(),
        session,
    };
    let json = serde_json::to_string(&view).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}
