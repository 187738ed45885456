//! One attempt to sign in with an account.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;

use super::form::Filled;
use crate::access::accounts::code::recovery_hash;
use crate::access::accounts::{self, Account, password, user_name};
use crate::access::session::{random, sha256};
use crate::app::{App, Municipality};
use crate::audit::{Actor, Purpose, Trail};
use crate::http::auth::begin::{Proof, begin};
use crate::http::auth::cookies::{self, Name};
use crate::http::caller::disguised;
use crate::ids::TenantCode;
use crate::limits::Peer;
use crate::store::{Attempt, Store, StoreError};

/// How long an address waits that has failed too often with whichever names, seconds.
const TIRED: u32 = 10;

/// What nobody else may know.
#[derive(Clone, Copy)]
pub(super) struct Typed<'f> {
    pub(super) password: &'f str,
    pub(super) code: &'f str,
}

/// How it ended.
pub(super) enum Ended {
    /// Somebody is signed in.
    In(Box<Response>),
    /// Nobody is; why is for the log.
    Refused(&'static str),
    /// Too many have failed from there; the next attempt is due in so many seconds.
    Wait(u32),
}

/// Tries to sign in.
///
/// Failures are counted by user name and where they come from: a browser that somebody has signed in
/// from with that name has a count of its own, which nobody else can run up. So a stranger who keeps
/// failing keeps nobody out who comes back with their own browser, and from another address nobody at
/// all. Names that nobody has count the same.
pub(super) async fn attempt(
    app: &App,
    parts: &Parts,
    filled: &Filled,
    typed: Typed<'_>,
    secure: bool,
) -> Result<Ended, StoreError> {
    let peer = parts.extensions.get::<Peer>().copied();
    let failures = peer.map(|peer| app.limiter().failures(peer));
    let user = user_name(&filled.user);
    let code = filled.tenant.parse::<TenantCode>().ok();
    let municipality = match &code {
        Some(code) => app.municipality(code).await?,
        None => None,
    };
    let Some(municipality) = municipality else {
        return Ok(Ended::Refused("the municipality is not served here"));
    };
    let store = &municipality.store;
    let known = device(app, parts, store, &user);
    // Somebody who tries one password with many names has but one address.
    let failures = failures.filter(|_| known.is_none());
    if failures.as_ref().is_some_and(|meter| meter.standing().left == 0) {
        return Ok(Ended::Wait(TIRED));
    }
    let source = known.unwrap_or_else(|| address(peer));
    let now = app.clock().now();
    if let Attempt::Wait(seconds) = store.try_sign_in(&user, source, now).await? {
        return Ok(Ended::Wait(seconds));
    }
    let account = store.account(&user).await?;
    let open = account.as_ref().filter(|account| account.disabled.is_none());
    let hash = open.map(|account| account.password.clone());
    // Longer than any password that can be chosen: only work.
    let typed_password = typed.password.get(..password::LONGEST).unwrap_or(typed.password);
    let is_right = password::verify(hash, typed_password.to_owned()).await
        && typed.password.len() <= password::LONGEST;
    let is_in = match open {
        Some(account) if is_right => has_code(app, store, account, typed.code).await?,
        _ => false,
    };
    let Some(account) = open.filter(|_| is_in) else {
        if let Some(meter) = &failures {
            // There may be none left to take.
            let _ = meter.take(1);
        }
        leave_trail(parts, &municipality, account.as_ref(), &user);
        let reason = match (&account, open) {
            (None, _) => "there is no such account",
            (Some(_), None) => "the account is disabled",
            (Some(_), Some(_)) if is_right => "the one-time code is wrong",
            (Some(_), Some(_)) => "the password is wrong",
        };
        return Ok(Ended::Refused(reason));
    };
    store.signed_in(&user, source).await?;
    let proof = Proof { person: account.person(), authenticated: now, id_token: None };
    let mut response = begin(app, parts, &municipality, proof, (secure, &filled.back)).await?;
    if known.is_none()
        && let Some(sealed) = new_device(app, store, &user)
    {
        cookies::set(&mut response, secure, Name::Device, &sealed);
    }
    Ok(Ended::In(Box::new(response)))
}

/// Whether the code is right, where one is needed.
async fn has_code(
    app: &App,
    store: &Store,
    account: &Account,
    typed: &str,
) -> Result<bool, StoreError> {
    let Some(secret) = &account.about.code else { return Ok(true) };
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(hash) = recovery_hash(&digits) {
        return store.use_recovery(account, hash).await;
    }
    match secret.step(&digits, app.clock().now().as_second(), account.code_step) {
        Some(step) => store.use_code(account, step).await,
        None => Ok(false),
    }
}

/// A failed attempt is an entry in the municipality's audit trail too. A name that nobody has may be
/// anything, a password too, so it is kept in a form by which it can only be recognised.
fn leave_trail(
    parts: &Parts,
    municipality: &Arc<Municipality>,
    account: Option<&Account>,
    user: &str,
) {
    let Some(trail) = parts.extensions.get::<Trail>() else { return };
    let store = &municipality.store;
    let (subject, role) = match account {
        Some(account) => (account.id.clone(), account.role.as_str()),
        None => (disguised(store, user), "nobody"),
    };
    let issuer = accounts::ISSUER.to_owned();
    let actor = Actor { issuer, subject, role: role.to_owned(), client: None };
    let purpose = account
        .map_or(Purpose::of(crate::access::Role::Admin), |account| Purpose::of(account.role));
    trail.authenticated(store.code(), actor, purpose, municipality.recorder.clone());
    trail.operation("sign-in");
    trail.nobody();
}

/// The count of a browser from which somebody has signed in with that name.
fn device(app: &App, parts: &Parts, store: &Store, user: &str) -> Option<[u8; 16]> {
    let sealed = cookies::read(parts, app, Name::Device)?;
    let plain = app.people().open("device", sealed)?;
    let (random, name) = plain.split_at_checked(16)?;
    (name == device_name(store, user)).then(|| half(&sha256(&[b"device ", random])))
}

fn new_device(app: &App, store: &Store, user: &str) -> Option<String> {
    let mut plain = random::<16>().ok()?.to_vec();
    plain.extend_from_slice(&device_name(store, user));
    app.people().seal("device", &plain)
}

fn device_name(store: &Store, user: &str) -> [u8; 32] {
    sha256(&[store.code().as_str().as_bytes(), b" ", user.as_bytes()])
}

fn address(peer: Option<Peer>) -> [u8; 16] {
    let text = peer.map(|peer| format!("{peer:?}")).unwrap_or_default();
    half(&sha256(&[b"address ", text.as_bytes()]))
}

fn half(hash: &[u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash[..16]);
    out
}
