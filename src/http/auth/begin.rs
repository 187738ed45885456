//! The beginning of a session.

use axum::http::request::Parts;
use axum::response::Response;

use super::cookies::{self, Name};
use super::see;
use crate::access::session::{Person, Session, after};
use crate::access::{SessionToken, SignedIn};
use crate::app::{App, Municipality};
use crate::audit::{Block, Purpose, Trail};
use crate::clock::Micros;
use crate::http::caller::actor;
use crate::ids::new_person_id;
use crate::store::{NewSession, StoreError};

/// Somebody who has proved who they are.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) person: Person,
    pub(super) authenticated: Micros,
    pub(super) id_token: Option<String>,
}

/// Begins a session and sends the browser on. A session that it has ends, and what it has in hand is
/// of no use any more.
///
/// # Errors
/// [`StoreError::Gone`] for a citizen who is not kept here.
pub(super) async fn begin(
    app: &App,
    parts: &Parts,
    municipality: &Municipality,
    proof: Proof,
    (secure, back): (bool, &str),
) -> Result<Response, StoreError> {
    let (now, lifetimes) = (app.clock().now(), app.people().lifetimes());
    let store = &municipality.store;
    let session = Session {
        id: new_person_id(),
        person: proof.person,
        authenticated: proof.authenticated,
        seen: now,
        ends: after(now, lifetimes.absolute()),
        revoked: None,
        id_token: proof.id_token,
    };
    let ours = |text: &str| StoreError::Setup(text.to_owned());
    let token = SessionToken::new(store.code())
        .map_err(|_| ours("the system gave no random bytes for a session"))?;
    let trail = parts.extensions.get::<Trail>().cloned();
    let trail = trail.ok_or_else(|| ours("the sign-in came in by a way that is not recorded"))?;
    let principal = SignedIn::new(session.clone(), &token, lifetimes).principal(store.code());
    let purpose = Purpose::of(principal.role());
    let who = actor(&principal, store);
    trail.authenticated(store.code(), who, purpose, municipality.recorder.clone());
    trail.operation("sign-in");
    trail.resource("Session", &session.id, 0, None);
    let entry = trail.entry(now).ok_or_else(|| ours("the sign-in left no trail"))?;
    let old = cookies::session_token(parts, app).filter(|old| old.tenant() == store.code());
    let mut tx = store.begin().await?;
    let new = NewSession { session: &session, token: &token, replaces: old.as_ref() };
    store.begin_session_in(&mut tx, new).await?;
    tx.commit(&Block::of(entry)).await?;
    trail.committed();
    let mut response = see(back);
    cookies::set(&mut response, secure, Name::Session, &token.to_text());
    cookies::clear(&mut response, secure, Name::Pending);
    cookies::clear(&mut response, secure, Name::Form);
    Ok(response)
}
