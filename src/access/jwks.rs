//! Sets of public keys (RFC 7517), from a file, a text or an address.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use super::jwt::Jwt;
use crate::clock::Micros;

/// How often a set of keys is fetched again at most, microseconds.
const REFRESH: i64 = 60_000_000;
/// After so long a set is fetched again although every key is known, so that a key that was taken
/// away is no longer believed. Microseconds.
const STALE: i64 = 15 * 60_000_000;
/// Largest set that is fetched, bytes.
const LARGEST: u64 = 256 << 10;
/// Most keys of a set that are looked at.
const MOST_KEYS: usize = 100;

/// Why a set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// Not a JWK set.
    #[error("not a JWK set")]
    Format(#[from] serde_json::Error),
    /// No key of it can check a signature.
    #[error("no key of the set can check a signature of ES256, ES384, EdDSA, RS… or PS…")]
    Empty,
    /// It holds a private key.
    #[error("the set holds a private key: make it public only, and replace the key")]
    Private,
    /// The address cannot be used.
    #[error("the address of a key set has to begin with https://")]
    Address,
    /// It cannot be fetched.
    #[error("the key set cannot be fetched")]
    Fetch(#[from] ureq::Error),
    /// The discovery document is of another issuer, or names no key set.
    #[error("the discovery document is not that of the issuer")]
    Discovery,
}

#[derive(Clone)]
struct PublicKey {
    kid: Option<String>,
    algorithm: Option<String>,
    key: DecodingKey,
}

/// Public keys.
#[derive(Clone)]
pub struct KeySet(Vec<PublicKey>);

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

impl KeySet {
    /// Reads a set. Keys that are not for signatures, or of a kind that is not known, are left
    /// out; a set without any other is refused.
    ///
    /// # Errors
    /// When it is not a set of public keys.
    pub fn parse(text: &str) -> Result<Self, JwksError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_str(text)?;
        let private = ["d", "p", "q", "dp", "dq", "qi", "k"];
        if set.keys.iter().any(|key| private.iter().any(|name| key.get(name).is_some())) {
            return Err(JwksError::Private);
        }
        let keys: Vec<PublicKey> =
            set.keys.into_iter().take(MOST_KEYS).filter_map(public_key).collect();
        if keys.is_empty() { Err(JwksError::Empty) } else { Ok(Self(keys)) }
    }

    /// No keys yet.
    fn none() -> Self {
        Self(Vec::new())
    }

    /// The keys that may have signed the token; all that fit its algorithm if it names none.
    pub(super) fn keys_for(&self, token: &Jwt<'_>) -> Vec<DecodingKey> {
        let algorithm = format!("{:?}", token.algorithm);
        self.0
            .iter()
            .filter(|key| token.kid.is_none() || key.kid == token.kid)
            .filter(|key| key.algorithm.as_ref().is_none_or(|own| *own == algorithm))
            .map(|key| key.key.clone())
            .collect()
    }
}

fn public_key(key: Value) -> Option<PublicKey> {
    let algorithm = key.get("alg").map(|name| name.as_str().map(str::to_owned));
    let algorithm = match algorithm {
        None => None,
        Some(Some(name)) if super::jwt::algorithm(&name).is_some() => Some(name),
        Some(_) => return None,
    };
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let for_signatures =
        jwk.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature)
            && jwk
                .common
                .key_operations
                .as_ref()
                .is_none_or(|uses| uses.contains(&KeyOperations::Verify));
    let known = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => true,
        AlgorithmParameters::EllipticCurve(key) => {
            matches!(key.curve, EllipticCurve::P256 | EllipticCurve::P384)
        }
        AlgorithmParameters::OctetKeyPair(key) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    if !known || !for_signatures {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(PublicKey { kid: jwk.common.key_id, algorithm, key: decoding })
}

/// Where keys are fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// The set itself.
    Jwks(String),
    /// An OpenID discovery document of this issuer, which names the set.
    Discovery {
        /// The document.
        url: String,
        /// Whose it has to be.
        issuer: String,
    },
}

/// A set of keys that is fetched when it is needed, and again when a key is not known, but not
/// more often than once a minute.
#[derive(Debug)]
pub(super) struct Fetched {
    address: Address,
    state: RwLock<State>,
    /// One at a time; who comes meanwhile waits for its result.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    keys: KeySet,
    tried: Option<Micros>,
}

impl Fetched {
    pub(super) fn new(address: Address) -> Self {
        let state = RwLock::new(State { keys: KeySet::none(), tried: None });
        Self { address, state, fetching: tokio::sync::Mutex::new(()) }
    }

    /// The keys that may have signed the token.
    pub(super) async fn keys_for(&self, token: &Jwt<'_>, now: Micros) -> Vec<DecodingKey> {
        if let (keys, true) = self.look(token, now) {
            return keys;
        }
        let _turn = self.fetching.lock().await;
        let (keys, enough) = self.look(token, now);
        if enough {
            return keys;
        }
        self.state.write().unwrap_or_else(PoisonError::into_inner).tried = Some(now);
        let address = self.address.clone();
        match tokio::task::spawn_blocking(move || fetch(&address)).await {
            Ok(Ok(new)) => {
                self.state.write().unwrap_or_else(PoisonError::into_inner).keys = new;
                self.look(token, now).0
            }
            // What is known stays believed while the issuer is away.
            Ok(Err(error)) => {
                tracing::warn!(address = ?self.address, error = crate::telemetry::chain(&error),
                    "cannot fetch a key set");
                keys
            }
            Err(error) => {
                tracing::error!(%error, "fetching keys was cut short");
                keys
            }
        }
    }

    /// The keys that are known, and whether that has to do.
    fn look(&self, token: &Jwt<'_>, now: Micros) -> (Vec<DecodingKey>, bool) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let keys = state.keys.keys_for(token);
        let pause = if keys.is_empty() { REFRESH } else { STALE };
        // A clock that was put back must not keep old keys for long.
        let enough = state.tried.is_some_and(|at| (0..pause).contains(&(now.0 - at.0)));
        (keys, enough)
    }
}

/// Whether keys may be fetched from there: nobody on the way can change them.
pub fn is_safe_address(url: &str) -> bool {
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    // What stands before an @ is no host, whatever it looks like.
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority.strip_prefix(host).is_some_and(|port| {
            let digits = port.strip_prefix(':').unwrap_or("");
            port.is_empty() || digits.parse::<u16>().is_ok()
        })
    })
}

fn fetch(address: &Address) -> Result<KeySet, JwksError> {
    match address {
        Address::Jwks(url) => KeySet::parse(&get(url)?),
        Address::Discovery { url, issuer } => {
            #[derive(Deserialize)]
            struct Document {
                issuer: String,
                jwks_uri: String,
            }
            let document: Document = serde_json::from_str(&get(url)?)?;
            if document.issuer != *issuer {
                return Err(JwksError::Discovery);
            }
            KeySet::parse(&get(&document.jwks_uri)?)
        }
    }
}

/// Reads a document. Blocks.
pub(super) fn get(url: &str) -> Result<String, JwksError> {
    if !is_safe_address(url) {
        return Err(JwksError::Address);
    }
    Ok(agent().get(url).call()?.body_mut().with_config().limit(LARGEST).read_to_string()?)
}

/// Sends a form, with credentials if there are any, and reads the answer. Blocks.
pub(super) fn post(url: &str, form: &str, basic: Option<&str>) -> Result<String, JwksError> {
    if !is_safe_address(url) {
        return Err(JwksError::Address);
    }
    let mut request = agent().post(url).header("accept", "application/json");
    if let Some(credentials) = basic {
        request = request.header("authorization", format!("Basic {credentials}"));
    }
    let request = request.content_type("application/x-www-form-urlencoded");
    Ok(request.send(form)?.body_mut().with_config().limit(LARGEST).read_to_string()?)
}

fn agent() -> ureq::Agent {
    let tls = ureq::tls::TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        // A redirection could lead to where the address would not have been accepted.
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into()
}
