//! The way to the provider and back: authorisation code with PKCE (RFC 7636), state and nonce.

use aws_lc_rs::constant_time;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::provider::with_query;
use super::{Provider, SignInError};
use crate::access::jwks::{JwksError, post};
use crate::access::jwt::Jwt;
use crate::access::session::{Person, random, sha256};
use crate::clock::Micros;
use crate::ids::TenantCode;

/// How long somebody may take at the provider, seconds.
const PATIENCE: i64 = 15 * 60;

/// What a browser keeps while somebody is at the provider; sealed, see [`super::People::seal`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    issuer: String,
    state: String,
    nonce: String,
    verifier: String,
    began: i64,
    again: bool,
    /// Where to go afterwards.
    pub back: String,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pending({})", self.issuer)
    }
}

/// What is wanted of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish<'w> {
    /// Where the provider sends the browser back to: this server's callback.
    pub callback: &'w str,
    /// Where to go afterwards.
    pub back: &'w str,
    /// Whether the person has to prove anew who they are.
    pub again: bool,
    /// `da` or `en`.
    pub language: &'w str,
}

/// Somebody of whom the provider has said who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The municipality.
    pub tenant: TenantCode,
    /// Who.
    pub person: Person,
    /// When they proved it to the provider.
    pub authenticated: Micros,
    /// The ID token, to sign out at the provider too.
    pub id_token: String,
}

/// What came back to the callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Returned<'r> {
    /// The code.
    pub code: Option<&'r str>,
    /// The state.
    pub state: Option<&'r str>,
    /// Who answers (RFC 9207).
    pub iss: Option<&'r str>,
    /// Why there is no code.
    pub error: Option<&'r str>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
}

fn secret() -> Result<String, SignInError> {
    Ok(BASE64URL_NOPAD.encode(&random::<32>().map_err(|_| SignInError::Ours)?))
}

impl Pending {
    /// Whose answer is waited for.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Since when the person has to have proved who they are, seconds since 1970.
    pub(super) fn not_before(&self) -> Option<i64> {
        self.again.then_some(self.began)
    }
}

impl Provider {
    /// Where to send the browser, and what it has to keep.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn begin(&self, wish: &Wish<'_>) -> Result<(String, Pending), SignInError> {
        let metadata = self.metadata().await?;
        let pending = Pending {
            issuer: self.config.issuer.clone(),
            state: secret()?,
            nonce: secret()?,
            verifier: secret()?,
            began: self.clock.now().as_second(),
            again: wish.again,
            back: wish.back.to_owned(),
        };
        let challenge = BASE64URL_NOPAD.encode(&sha256(&[pending.verifier.as_bytes()]));
        let scope = self.config.scopes.join(" ");
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.config.client_id.as_str()),
            ("redirect_uri", wish.callback),
            ("scope", scope.as_str()),
            ("state", pending.state.as_str()),
            ("nonce", pending.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("ui_locales", wish.language),
        ];
        if wish.again {
            query.extend([("prompt", "login"), ("max_age", "0")]);
        }
        Ok((with_query(&metadata.authorization_endpoint, &query), pending))
    }

    /// Who came back.
    ///
    /// # Errors
    /// When that cannot be believed, or the provider does not answer.
    pub async fn finish(
        &self,
        pending: &Pending,
        returned: &Returned<'_>,
        callback: &str,
    ) -> Result<Proved, SignInError> {
        let refused = SignInError::Refused;
        let now = self.clock.now();
        let state = returned.state.unwrap_or_default().as_bytes();
        if constant_time::verify_slices_are_equal(state, pending.state.as_bytes()).is_err() {
            return Err(refused("the state is not the one that was sent"));
        }
        if !(0..PATIENCE).contains(&(now.as_second() - pending.began)) {
            return Err(refused("it took too long"));
        }
        let metadata = self.metadata().await?;
        let named = returned.iss;
        if named.is_some_and(|iss| iss != self.config.issuer)
            || (named.is_none() && metadata.authorization_response_iss_parameter_supported)
        {
            return Err(refused("another provider answers than was asked"));
        }
        if returned.error.is_some() {
            return Err(refused("the provider says that nobody signed in"));
        }
        let code = returned.code.filter(|code| !code.is_empty());
        let code = code.ok_or(refused("there is no code"))?;
        let (fields, basic) = self.credentials(&metadata)?;
        let form = {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "authorization_code")
                .append_pair("code", code)
                .append_pair("redirect_uri", callback)
                .append_pair("code_verifier", &pending.verifier)
                .extend_pairs(&fields);
            form.finish()
        };
        let endpoint = metadata.token_endpoint.clone();
        let answer =
            tokio::task::spawn_blocking(move || post(&endpoint, &form, basic.as_deref())).await;
        let answer = answer.map_err(|_| SignInError::Ours)?.map_err(|error| match error {
            JwksError::Fetch(ureq::Error::StatusCode(400..=499)) => {
                refused("the provider does not take the code, or does not know this server")
            }
            error => SignInError::Provider(error),
        })?;
        let tokens: Tokens = serde_json::from_str(&answer)
            .map_err(|_| refused("the token endpoint gave no ID token and access token"))?;
        let jwt = Jwt::parse(&tokens.id_token)?;
        let (tenant, person, authenticated) =
            self.believe(&jwt, &tokens.access_token, pending, now).await?;
        Ok(Proved { tenant, person, authenticated, id_token: tokens.id_token })
    }
}
