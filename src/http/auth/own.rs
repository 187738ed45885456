//! What the pages about one's own account have in common: they need an account of the municipality, a
//! sign-in of a moment ago, and begin a new session when they have changed something.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::begin::{Proof, begin};
use super::csrf::is_form;
use super::{cookies, page, query, see};
use crate::access::accounts::{self, Account};
use crate::access::session::sha256;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::body::read_within;
use crate::http::fhir::{Outcome, pairs};
use crate::http::web::Words;
use crate::store::{Store, StoreError};

/// Largest form, bytes.
const LARGEST: usize = 16 << 10;
/// How long ago the sign-in may be.
const RECENT: Duration = Duration::from_mins(10);

/// Somebody who may change their own account.
pub(super) struct Own {
    pub(super) caller: Caller,
    pub(super) words: Words,
}

impl Own {
    /// Whoever asks, or where they are sent instead.
    pub(super) fn of(
        app: &App,
        parts: &Parts,
        caller: Result<Caller, Outcome>,
        operation: &str,
    ) -> Result<Self, Box<Response>> {
        let words = page::words(parts);
        let back = query(&[("return", parts.uri.path()), ("lang", words.code())]);
        let caller = match caller {
            Ok(caller) => caller,
            Err(refused) if refused.status() == StatusCode::UNAUTHORIZED => {
                return Err(see(&format!("/auth/login?{back}")).into());
            }
            Err(refused) => return Err(refused.into_response().into()),
        };
        caller.trail().operation(operation);
        caller.trail().nobody();
        let is_ours = |session: &crate::access::SignedIn| {
            session.person().issuer == accounts::ISSUER && app.people().has_accounts()
        };
        if !caller.session().is_some_and(is_ours) {
            let body = html! { p { (words.t("account-elsewhere")) } };
            let title = words.t("account-title");
            return Err(page::page(StatusCode::NOT_FOUND, words, &title, &body).into());
        }
        if caller.recent(RECENT, app.clock().now()).is_err() {
            return Err(see(&format!("/auth/login?again=1&{back}")).into());
        }
        Ok(Self { caller, words })
    }

    /// The municipality's data.
    pub(super) fn store(&self) -> &Store {
        &self.caller.municipality().store
    }

    /// The token that forms bring back.
    pub(super) fn csrf(&self) -> &str {
        self.caller.session().map_or("", |session| session.csrf())
    }

    /// The account, unless it has been disabled meanwhile.
    pub(super) async fn account(&self) -> Result<Account, StoreError> {
        let id = self.caller.session().map_or("", |session| session.person().subject.as_str());
        let accounts = self.store().accounts().await?;
        let own = accounts.into_iter().find(|one| one.id == id && one.disabled.is_none());
        own.ok_or(StoreError::Gone)
    }

    /// Where failures of this session are counted.
    pub(super) fn source(&self) -> [u8; 16] {
        let id = self.caller.session().map_or("", |session| session.id());
        let mut source = [0; 16];
        source.copy_from_slice(&sha256(&[b"own account ", id.as_bytes()])[..16]);
        source
    }

    /// Gives the browser a session of its own again, after all of the account have ended.
    pub(super) async fn anew(
        &self,
        app: &App,
        parts: &Parts,
        account: &Account,
        now: Micros,
        mut shown: Response,
    ) -> Result<Response, StoreError> {
        let Some(secure) = cookies::is_secure(parts, app) else { return Ok(shown) };
        let proof = Proof { person: account.person(), authenticated: now, id_token: None };
        let place = self.caller.municipality();
        let begun = begin(app, parts, place, proof, (secure, "/")).await?;
        for cookie in begun.headers().get_all(SET_COOKIE) {
            shown.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        Ok(shown)
    }
}

/// The fields of a form; what stands twice is none.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) async fn read(app: &App, parts: &Parts, body: Body) -> Self {
        let held = if is_form(&parts.headers) {
            read_within(app, &parts.headers, body, LARGEST).await.ok()
        } else {
            None
        };
        let text = held.as_ref().and_then(|held| std::str::from_utf8(&held.bytes).ok());
        Self(pairs(text.unwrap_or_default()))
    }

    pub(super) fn one(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value,
            _ => "",
        }
    }
}
