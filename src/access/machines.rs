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
use super::claims::{LEEWAY, check_audience, check_time};
use super::clients::{Client, ClientId};
use super::jwks::Fetched;
use super::jwt::Jwt;
use super::signing::{self, SigningKeys};
use super::{Principal, Scopes, TokenError};
use crate::clock::{Clock, Micros};
use crate::ids::{TenantCode, new_token_id};
use crate::store::{Catalog, Store, StoreError};

pub use assertion::Claimed;

/// The `iss` claim of the installation's own tokens.
pub(super) const ISSUER: &str = "pulsvagt-oauth";
const AUDIENCE: &str = "pulsvagt";
/// How long an access token is good, seconds.
pub const TOKEN_SECONDS: i64 = 300;
/// How long it is taken from memory that a client is not revoked, microseconds.
const FRESH: i64 = 30_000_000;

/// Clients that are dealt with at a time.
const ASKING: usize = 4;
/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a long answer looks whether its client is revoked.
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
    /// Whether a client may still come in, and when that was looked up.
    active: Cache<ClientId, (bool, Micros)>,
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
            active: Cache::new(10_000),
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

    /// Who the bearer of an access token of the installation is. Whether the client has been
    /// revoked meanwhile, [`Self::is_active`] tells.
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

    /// Whether a client is registered and not revoked; known with a delay of at most half a
    /// minute.
    ///
    /// # Errors
    /// When the municipality's database does not answer.
    pub async fn is_active(&self, store: &Store, client: &str) -> Result<bool, StoreError> {
        let Ok(id) = client.parse::<ClientId>() else { return Ok(false) };
        let now = self.0.clock.now();
        if let Some((active, at)) = self.0.active.get(&id)
            && (0..FRESH).contains(&(now.0 - at.0))
        {
            return Ok(active);
        }
        let active = store.client(&id).await?.is_some_and(|client| client.revoked.is_none());
        self.0.active.insert(id, (active, now));
        Ok(active)
    }

    /// Ends when a client is revoked, or when that cannot be found out; never for who is no
    /// registered client.
    pub async fn until_revoked(&self, store: &Store, client: Option<&str>) {
        let Some(client) = client else { return std::future::pending().await };
        while self.is_active(store, client).await.unwrap_or(false) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A token for a client that has proved who it is.
    async fn mint(&self, client: &Client, scopes: Scopes) -> Result<AccessToken, MachineError> {
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
        let claims: Map<String, Value> = match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        };
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
        certificate: None,
    })
}
