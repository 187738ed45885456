//! The assertion by which a client proves who it is (RFC 7523, as SMART narrows it).

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::super::clients::{Client, ClientId, ClientKeys};
use super::super::jwks::{Address, Fetched, KeySet};
use super::super::jwt::Jwt;
use super::{
    AccessToken, Asked, LEEWAY, MachineError, Machines, Presented, Scopes, Thumbprint, TokenError,
    check_time,
};
use crate::clock::Micros;
use crate::store::Store;

/// How far ahead an assertion may expire, seconds.
const LONGEST: i64 = 300;
/// Longest `jti`, bytes.
const LONGEST_JTI: usize = 256;

/// An assertion that has been read. Nothing of it is proved yet.
#[derive(Debug)]
pub struct Claimed<'t> {
    /// Who it says has made it.
    pub client: ClientId,
    token: Jwt<'t>,
}

impl<'t> Claimed<'t> {
    /// Reads an assertion.
    ///
    /// # Errors
    /// When it cannot be one.
    pub fn parse(text: &'t str) -> Result<Self, MachineError> {
        let token = Jwt::parse(text)?;
        if !matches!(token.algorithm, Algorithm::RS384 | Algorithm::ES384) {
            return Err(TokenError::Algorithm.into());
        }
        if token.typ.as_deref() != Some("JWT") {
            return Err(TokenError::Header.into());
        }
        let issuer = token.text("iss").ok_or(TokenError::Claims)?;
        if token.text("sub") != Some(issuer) {
            return Err(TokenError::Claims.into());
        }
        let client = issuer.parse().map_err(|_| TokenError::Claims)?;
        Ok(Self { client, token })
    }
}

impl Machines {
    /// A token for the client that has made the assertion, with those of the scopes asked for that
    /// it is registered for, and bound to the certificate that it is registered with. `store` is that
    /// of the municipality in the client's id; `proven` is told of the client once the assertion is
    /// known to be signed by it, whatever is wrong with it otherwise.
    ///
    /// # Errors
    /// When the assertion is not believed, nothing of what is asked for may be had, or the database
    /// does not answer.
    pub async fn exchange(
        &self,
        store: &Store,
        claimed: &Claimed<'_>,
        asked: Asked<'_>,
        proven: impl FnOnce(&Client),
    ) -> Result<AccessToken, MachineError> {
        let client = store.client(&claimed.client).await?;
        let client = client.ok_or(MachineError::Client("there is no such client"))?;
        let (client, now) = (Arc::new(client), self.0.clock.now());
        // A token that is made by this registration must not be measured by the one before it.
        self.0.clients.insert(client.id.clone(), (Some(Arc::clone(&client)), now));
        if client.revoked.is_some() {
            return Err(MachineError::Client("the client is revoked"));
        }
        let token = &claimed.token;
        let url = match &client.keys {
            ClientKeys::Url(url) => Some(url),
            ClientKeys::Inline(_) => None,
        };
        if token.jku.is_some() && token.jku.as_ref() != url {
            return Err(TokenError::Header.into());
        }
        let keys = self.keys_of(&client, token, now).await;
        if keys.is_empty() {
            return Err(TokenError::UnknownKey.into());
        }
        if !token.is_signed_by(&keys) {
            return Err(TokenError::Invalid.into());
        }
        proven(&client);
        let expires = check_time(token, now.as_second())?;
        if expires > now.as_second() + LONGEST + LEEWAY {
            return Err(TokenError::Time.into());
        }
        // An assertion for several servers could be used by one of them at another.
        let audience = match token.claims.get("aud") {
            Some(Value::Array(list)) if list.len() == 1 => list.first().and_then(Value::as_str),
            Some(one) => one.as_str(),
            None => None,
        };
        if audience != Some(asked.endpoint) {
            return Err(TokenError::Invalid.into());
        }
        let bound = bound(&client, asked.shown, now.as_second())?;
        let jti = token.text("jti").filter(|jti| (1..=LONGEST_JTI).contains(&jti.len()));
        let jti = hash(jti.ok_or(TokenError::Claims)?);
        let until = Micros((expires + LEEWAY + 1) * 1_000_000);
        if !store.use_assertion(&client.id, jti, until, now).await? {
            return Err(MachineError::Client("the assertion has been used before"));
        }
        let scopes = Scopes::parse(asked.scope).restricted_to(&client.scopes);
        if scopes.is_empty() {
            return Err(MachineError::Scope);
        }
        self.mint(&client, scopes, bound).await
    }

    async fn keys_of(&self, client: &Client, token: &Jwt<'_>, now: Micros) -> Vec<DecodingKey> {
        match &client.keys {
            ClientKeys::Inline(set) => {
                KeySet::parse(set).map_or_else(|_| Vec::new(), |keys| keys.keys_for(token))
            }
            ClientKeys::Url(url) => {
                let place = (client.id.clone(), url.clone());
                let fresh = || Arc::new(Fetched::new(Address::Jwks(url.clone())));
                let fetched = self.0.keys.get_or_insert_with(&place, || Ok::<_, ()>(fresh()));
                match fetched {
                    Ok(fetched) => fetched.keys_for(token, now).await,
                    Err(()) => Vec::new(),
                }
            }
        }
    }
}

/// The certificate that a token of the client is to be bound to, if it is registered with any: the one
/// that the connection has shown.
fn bound(
    client: &Client,
    shown: Option<&Presented>,
    now: i64,
) -> Result<Option<Thumbprint>, MachineError> {
    if client.certificates.is_empty() {
        return Ok(None);
    }
    let is_shown = |own: &&Thumbprint| shown.is_some_and(|shown| shown.is(**own, now));
    let own = client.certificates.iter().find(is_shown).copied();
    let other = "the connection shows another certificate than the registered one, or none";
    own.map(Some).ok_or(MachineError::Client(other))
}

fn hash(text: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    out
}
