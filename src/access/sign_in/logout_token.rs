//! What a logout token has to be to be believed (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6).

use serde_json::Value;

use super::{People, SignInError};
use crate::access::TokenError;
use crate::access::claims::{self, LEEWAY};
use crate::access::jwt::Jwt;
use crate::access::session::Session;
use crate::clock::Micros;

/// The event that a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Oldest token that is looked at, seconds.
const OLDEST: i64 = 15 * 60;

/// Which sessions a provider says are over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    issuer: String,
    subject: Option<String>,
    sid: Option<String>,
    /// When it said so.
    at: Micros,
}

impl LoggedOut {
    /// Who says so.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether that session is one of them. One that was begun after the token was made is not: a
    /// token that is sent again ends nothing new.
    pub fn means(&self, session: &Session) -> bool {
        let person = &session.person;
        let latest = self.at.0.saturating_add(LEEWAY * 1_000_000);
        person.issuer == self.issuer
            && self.subject.as_ref().is_none_or(|subject| *subject == person.subject)
            && self.sid.as_ref().is_none_or(|sid| Some(sid) == sid_of(session).as_ref())
            && session.authenticated.0 <= latest
    }
}

/// The provider's own name of its session, from the ID token that was believed when it began.
fn sid_of(session: &Session) -> Option<String> {
    Jwt::parse(session.id_token.as_deref()?).ok()?.text("sid").map(str::to_owned)
}

impl People {
    /// Which sessions are over, by a logout token.
    ///
    /// # Errors
    /// When the token is not believed; which reason is for the log only.
    pub async fn logged_out(&self, token: &str, now: Micros) -> Result<LoggedOut, SignInError> {
        let token = Jwt::parse(token)?;
        let issuer = token.text("iss").ok_or(TokenError::UnknownIssuer)?;
        let provider = self.provider(issuer).ok_or(TokenError::UnknownIssuer)?;
        let trusted = &provider.trusted;
        if !trusted.algorithms.contains(&token.algorithm) {
            return Err(TokenError::Algorithm.into());
        }
        let types = ["logout+jwt", "application/logout+jwt", "JWT"];
        if token.jku.is_some() || token.typ.as_deref().is_some_and(|typ| !types.contains(&typ)) {
            return Err(TokenError::Header.into());
        }
        let keys = trusted.keys_for(&token, now).await;
        if keys.is_empty() {
            return Err(TokenError::UnknownKey.into());
        }
        if !token.is_signed_by(&keys) {
            return Err(TokenError::Invalid.into());
        }
        claims::check_audience(&token, &trusted.issuer.audience)?;
        claims::check_time(&token, now.as_second())?;
        let at = token.seconds("iat")?.ok_or(TokenError::Claims)?;
        if now.as_second().saturating_sub(at) > OLDEST {
            return Err(TokenError::Time.into());
        }
        // An ID token has a nonce and no such event, so that one can never be taken for the other.
        let event = token.claims.get("events").and_then(|events| events.get(EVENT));
        if !event.is_some_and(Value::is_object) || token.claims.contains_key("nonce") {
            return Err(SignInError::Refused("it does not tell of a logout"));
        }
        if token.text("jti").is_none_or(str::is_empty) {
            return Err(TokenError::Claims.into());
        }
        let named = |name: &str| match token.claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(TokenError::Claims),
        };
        let (subject, sid) = (named("sub")?, named("sid")?);
        if subject.is_none() && sid.is_none() {
            return Err(TokenError::Claims.into());
        }
        let at = Micros(at.saturating_mul(1_000_000));
        Ok(LoggedOut { issuer: issuer.to_owned(), subject, sid, at })
    }
}
