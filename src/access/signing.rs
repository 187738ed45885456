//! The keys with which the installation signs access tokens: the current one, and the one before
//! it, whose last tokens may still be about.
//!
//! A key is derived from the installation's secret, its number and its salt; which numbers there are
//! and their salts stand in the catalogue, so that all servers agree.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

use super::jwt::Jwt;
use crate::clock::Micros;
use crate::store::{Catalog, SigningKey, StoreError};

/// How long the list of keys is taken from memory, microseconds.
const FRESH: i64 = 30_000_000;
/// How often the list is read again at most because a key is not known, microseconds.
const PAUSE: i64 = 1_000_000;
/// What a token of ours says it is (RFC 9068).
pub(super) const TYPE: &str = "at+jwt";

struct Key {
    id: String,
    secret: EncodingKey,
    public: DecodingKey,
    jwk: Value,
}

/// The keys.
pub(super) struct SigningKeys {
    catalog: Catalog,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// Newest first.
    keys: Vec<Key>,
    read: Option<Micros>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(…)")
    }
}

impl SigningKeys {
    pub(super) fn new(catalog: Catalog) -> Self {
        Self { catalog, state: RwLock::default() }
    }

    /// Signs claims with the current key.
    pub(super) async fn sign(
        &self,
        claims: &Map<String, Value>,
        now: Micros,
    ) -> Result<String, StoreError> {
        self.read_if_older(FRESH, now).await?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let key = state.keys.first().ok_or_else(no_key)?;
        let header = Header {
            kid: Some(key.id.clone()),
            typ: Some(TYPE.to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, claims, &key.secret)
            .map_err(|error| StoreError::damaged("signing_key", error))
    }

    /// Whether one of the keys has signed the token.
    pub(super) async fn has_signed(
        &self,
        token: &Jwt<'_>,
        now: Micros,
    ) -> Result<bool, StoreError> {
        if token.algorithm != Algorithm::ES256 {
            return Ok(false);
        }
        let known = |ring: &Self| {
            let state = ring.state.read().unwrap_or_else(PoisonError::into_inner);
            let named = state.keys.iter().find(|key| Some(&key.id) == token.kid.as_ref());
            named.map(|key| key.public.clone())
        };
        self.read_if_older(FRESH, now).await?;
        let key = match known(self) {
            Some(key) => Some(key),
            // Another server may have a newer key.
            None => {
                self.read_if_older(PAUSE, now).await?;
                known(self)
            }
        };
        Ok(key.is_some_and(|key| token.is_signed_by(&[key])))
    }

    /// The public keys as a JWK set.
    pub(super) async fn jwks(&self, now: Micros) -> Result<Value, StoreError> {
        self.read_if_older(FRESH, now).await?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<&Value> = state.keys.iter().map(|key| &key.jwk).collect();
        Ok(json!({ "keys": keys }))
    }

    async fn read_if_older(&self, than: i64, now: Micros) -> Result<(), StoreError> {
        let fresh = |state: &State| {
            // A clock that was put back must not keep an old list for long.
            state.read.is_some_and(|at| (0..than).contains(&(now.0 - at.0)))
        };
        if fresh(&self.state.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let listed = self.catalog.signing_keys().await?;
        let keys = listed
            .into_iter()
            .map(|key| make(&self.catalog, &key).ok_or_else(no_key))
            .collect::<Result<Vec<_>, _>>()?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State { keys, read: Some(now) };
        Ok(())
    }
}

fn no_key() -> StoreError {
    StoreError::damaged("signing_key", "there is no key to sign tokens with")
}

/// The key of that number.
fn make(catalog: &Catalog, key: &SigningKey) -> Option<Key> {
    // One secret in four thousand million is not below the order of the curve.
    let (secret, private) = (0..8).find_map(|attempt| {
        let secret = catalog.signing_secret(key, attempt);
        Some((secret, PrivateKey::from_private_key(&ECDH_P256, &secret).ok()?))
    })?;
    let point = private.compute_public_key().ok()?;
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair =
        EcdsaKeyPair::from_private_key_and_public_key(algorithm, &secret, point.as_ref()).ok()?;
    // Uncompressed: 4, x, y.
    let (x, y) = point.as_ref().get(1..65)?.split_at(32);
    let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
    // RFC 7638.
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let id = BASE64URL_NOPAD.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
    Some(Key {
        secret: EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref()),
        public: DecodingKey::from_ec_components(&x, &y).ok()?,
        jwk: json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
                    "x": x, "y": y}),
        id,
    })
}
