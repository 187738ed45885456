//! Systems that act for themselves: SMART Backend Services
//! (<https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html>).
//!
//! A registered client proves with an assertion, signed by its own key, who it is, and gets an
//! access token of the installation that is good for five minutes.

mod assertion;

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::cache::Verified;
use super::claims::{LEEWAY, bound_to, check_audience, check_time};
use super::clients::{Client, ClientId, Standing};
use super::jwks::Fetched;
use super::jwt::Jwt;
use super::signing::{self, SigningKeys};
use super::{Presented, Principal, Scopes, Thumbprint, TokenError};
use crate::clock::{Clock, Micros};
use crate::ids::{TenantCode, new_token_id};
use crate::store::{Catalog, Store, StoreError};

pub use assertion::Claimed;

/// The `iss` claim of the installation's own tokens.
pub(super) const ISSUER: &str = "pulsvagt-oauth";
const AUDIENCE: &str = "pulsvagt";
/// How long an access token is good, seconds.
pub const TOKEN_SECONDS: i64 = 300;
/// How long it is taken from memory what a client's registration is, microseconds.
const FRESH: i64 = 30_000_000;
/// The same, when a token does not fit it: perhaps it is the registration that is newer.
const PAUSE: i64 = 1_000_000;

/// Clients that are dealt with at a time.
const ASKING: usize = 4;
/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a long answer looks whether its client may still have it.
const LOOK: Duration = Duration::from_secs(20);

/// Why a system does not come in.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The token or assertion is not believed. The reason is for the log.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no such client, it is revoked, or the assertion was used before. The reason is for
    /// the log.
    #[error("{0}")]
    Client(&'static str),
    /// Of what is asked for, the client may have nothing.
    #[error("none of the scopes is registered for the client")]
    Scope,
    /// It could not be found out.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a client asks for, and how.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Our address, which the assertion has to be for.
    pub endpoint: &'a str,
    /// The scopes.
    pub scope: &'a str,
    /// The certificate that its connection has shown.
    pub shown: Option<&'a Presented>,
}

/// An access token that was made for a client.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub token: String,
    /// What it allows.
    pub scopes: Scopes,
}

/// Makes and checks the tokens of systems that act for themselves.
#[derive(Debug, Clone)]
pub struct Machines(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: SigningKeys,
    clock: Clock,
    verified: Verified,
    /// How clients are registered, if they are, and when that was looked up.
    clients: Cache<ClientId, (Option<Arc<Client>>, Micros)>,
    /// Who asks for a token is not known yet, so those who ask may not take all connections.
    asking: Semaphore,
    /// Keys that are fetched, by client and address.
    keys: Cache<(ClientId, String), Arc<Fetched>>,
}

impl Machines {
    /// Of the installation with this catalogue.
    pub fn new(catalog: Catalog, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            ring: SigningKeys::new(catalog),
            clock,
            verified: Verified::new(),
            clients: Cache::new(10_000),
            asking: Semaphore::new(ASKING),
            keys: Cache::new(10_000),
        }))
    }

    /// A turn to be dealt with as somebody who asks for a token; `None` when too many ask.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        tokio::time::timeout(PATIENCE, self.0.asking.acquire()).await.ok()?.ok()
    }

    /// The public keys of the installation as a JWK set.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    pub async fn jwks(&self) -> Result<Value, StoreError> {
        self.0.ring.jwks(self.0.clock.now()).await
    }

    /// Whether the token has been found good before; it may have expired since.
    pub fn has_verified(&self, token: &str) -> bool {
        self.0.verified.get(token).is_some()
    }

    /// Who the bearer of an access token of the installation is. What the client's registration says
    /// to it by now, [`Self::standing`] tells.
    ///
    /// # Errors
    /// When the token is not believed, or the catalogue does not answer.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, MachineError> {
        let now = self.0.clock.now();
        if let Some(principal) = self.0.verified.get(token) {
            return if now.as_second() < principal.expires.saturating_add(LEEWAY) {
                Ok(principal)
            } else {
                Err(TokenError::Time.into())
            };
        }
        let jwt = Jwt::parse(token)?;
        if jwt.text("iss") != Some(ISSUER) {
            return Err(TokenError::UnknownIssuer.into());
        }
        if jwt.jku.is_some() || jwt.typ.as_deref() != Some(signing::TYPE) {
            return Err(TokenError::Header.into());
        }
        if !self.0.ring.has_signed(&jwt, now).await? {
            return Err(TokenError::Invalid.into());
        }
        let principal = principal(&jwt, now.as_second())?;
        self.0.verified.insert(token, principal.clone());
        Ok(principal)
    }

    /// Whether somebody with a token of ours could still get it; known with a delay of at most half a
    /// minute. Good for whoever is no registered client.
    ///
    /// # Errors
    /// When the municipality's database does not answer.
    pub async fn standing(
        &self,
        store: &Store,
        bearer: &Principal,
    ) -> Result<Standing, StoreError> {
        let Some(id) = bearer.client() else { return Ok(Standing::Good) };
        let Ok(id) = id.parse::<ClientId>() else { return Ok(Standing::Revoked) };
        let of = |client: Option<&Arc<Client>>| {
            client.map_or(Standing::Revoked, |client| client.standing(bearer))
        };
        let now = self.0.clock.now();
        if let Some((client, at)) = self.0.clients.get(&id) {
            let standing = of(client.as_ref());
            let fresh = if standing == Standing::Changed { PAUSE } else { FRESH };
            if (0..fresh).contains(&(now.0 - at.0)) {
                return Ok(standing);
            }
        }
        let client = store.client(&id).await?.map(Arc::new);
        let standing = of(client.as_ref());
        self.0.clients.insert(id, (client, now));
        Ok(standing)
    }

    /// Ends when somebody's token could not be had any more, or when that cannot be found out; never
    /// for who is no registered client.
    pub async fn until_over(&self, store: &Store, bearer: &Principal) {
        if bearer.client().is_none() {
            return std::future::pending().await;
        }
        while matches!(self.standing(store, bearer).await, Ok(Standing::Good)) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A token for a client that has proved who it is, bound to a certificate or not.
    async fn mint(
        &self,
        client: &Client,
        scopes: Scopes,
        bound: Option<Thumbprint>,
    ) -> Result<AccessToken, MachineError> {
        let now = self.0.clock.now();
        let tenant = client.id.tenant().map_err(|_| TokenError::Claims)?;
        let claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": client.id.as_str(),
            "client_id": client.id.as_str(),
            "jti": new_token_id(),
            "iat": now.as_second(),
            "exp": now.as_second() + TOKEN_SECONDS,
            "tenant": tenant.as_str(),
            "role": client.role,
            "scope": scopes.to_string(),
        });
        let mut claims: Map<String, Value> = match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
        if let Some(bound) = bound {
            claims.insert("cnf".to_owned(), json!({"x5t#S256": bound.to_text()}));
        }
        Ok(AccessToken { token: self.0.ring.sign(&claims, now).await?, scopes })
    }
}

fn principal(token: &Jwt<'_>, now: i64) -> Result<Principal, TokenError> {
    let expires = check_time(token, now)?;
    check_audience(token, AUDIENCE)?;
    let client: ClientId =
        token.text("client_id").and_then(|id| id.parse().ok()).ok_or(TokenError::Claims)?;
    let tenant: TenantCode =
        token.text("tenant").and_then(|code| code.parse().ok()).ok_or(TokenError::Claims)?;
    if client.tenant() != Ok(tenant.clone()) || token.text("sub") != Some(client.as_str()) {
        return Err(TokenError::Claims);
    }
    let role: super::Role =
        token.text("role").and_then(|role| role.parse().ok()).ok_or(TokenError::Claims)?;
    let scopes = Scopes::parse(token.text("scope").ok_or(TokenError::Claims)?);
    if role.is_of_one_citizen() || scopes.is_of_one_citizen() {
        return Err(TokenError::Claims);
    }
    Ok(Principal {
        tenant,
        role,
        issuer: ISSUER.into(),
        program: None,
        subject: client.as_str().into(),
        citizen: None,
        expires,
        scopes: Some(scopes.into()),
        client: Some(client.as_str().into()),
        teams: Arc::default(),
        certificate: bound_to(&token.claims)?,
    })
}
