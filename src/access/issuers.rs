//! Bearer tokens: signed JWTs of issuers that the configuration names.
//!
//! A token is believed only if its issuer is configured, its algorithm is on that issuer's list,
//! its signature holds under one of that issuer's keys, its audience and times fit, and its claims
//! name exactly one municipality, one role, and a citizen exactly when the role is `citizen`.
//! Whatever is missing refuses; nothing has a default.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};

use super::cache::Verified;
use super::{Principal, Role};
use crate::clock::Clock;
use crate::ids::is_fhir_id;

/// How far clocks may differ, seconds.
const LEEWAY: i64 = 30;
/// Longest token that is looked at, bytes.
const LONGEST_TOKEN: usize = 8 << 10;
/// How often a set of keys is fetched again at most.
const REFRESH: Duration = Duration::from_mins(1);

/// Where an issuer's keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerKeys {
    /// A JWKS file.
    JwksFile(PathBuf),
    /// A JWKS address; fetched when first needed and when a key is not known.
    JwksUrl(String),
}

/// An issuer whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim that tokens for this server carry.
    pub audience: String,
    /// Signature algorithms that are accepted, of ES256, EdDSA, RS256.
    pub algorithms: Vec<String>,
    /// Its keys.
    #[serde(flatten)]
    pub keys: IssuerKeys,
    /// The claim that holds the municipality's code.
    #[serde(default = "default_tenant_claim")]
    pub tenant_claim: String,
    /// The claim that holds the role.
    #[serde(default = "default_role_claim")]
    pub role_claim: String,
    /// The claim that holds the citizen's logical id.
    #[serde(default = "default_citizen_claim")]
    pub citizen_claim: String,
}

fn default_tenant_claim() -> String {
    "tenant".to_owned()
}

fn default_role_claim() -> String {
    "role".to_owned()
}

fn default_citizen_claim() -> String {
    "citizen".to_owned()
}

/// Why a token is not believed. The client is told the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT, or too long.
    #[error("the token is not a JWT")]
    Malformed,
    /// The issuer is not configured.
    #[error("the issuer is not known")]
    UnknownIssuer,
    /// The algorithm is not on the issuer's list.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// No key of the issuer fits.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature or the audience is wrong.
    #[error("the signature or audience is wrong")]
    Invalid,
    /// It has expired, or is not valid yet.
    #[error("the token is not valid at this time")]
    Time,
    /// A claim is missing or contradicts another.
    #[error("a claim is missing or contradicts another")]
    Claims,
}

/// An issuer that cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An algorithm that is not offered.
    #[error("issuer {issuer}: algorithm {algorithm} is not one of ES256, EdDSA, RS256")]
    Algorithm {
        /// Which issuer.
        issuer: String,
        /// Which algorithm.
        algorithm: String,
    },
    /// The file with the keys cannot be used.
    #[error("issuer {issuer}: cannot use the key set {path}")]
    KeyFile {
        /// Which issuer.
        issuer: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Two issuers have one name.
    #[error("issuer {issuer} is configured twice")]
    Twice {
        /// Which issuer.
        issuer: String,
    },
}

#[derive(Debug)]
struct Trusted {
    issuer: Issuer,
    algorithms: Vec<Algorithm>,
    keys: RwLock<KeySet>,
}

#[derive(Default)]
struct KeySet {
    keys: Vec<(Option<String>, DecodingKey)>,
    fetched: Option<Instant>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySet({})", self.keys.len())
    }
}

/// Checks bearer tokens.
#[derive(Debug, Clone)]
pub struct Authenticator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    trusted: HashMap<String, Trusted>,
    verified: Verified,
    clock: Clock,
}

impl Authenticator {
    /// Believes these issuers.
    ///
    /// # Errors
    /// When one cannot be used as configured.
    pub fn new(issuers: Vec<Issuer>, clock: Clock) -> Result<Self, SetupError> {
        let mut trusted = HashMap::new();
        for issuer in issuers {
            let algorithms = issuer
                .algorithms
                .iter()
                .map(|name| match name.as_str() {
                    "ES256" => Ok(Algorithm::ES256),
                    "EdDSA" => Ok(Algorithm::EdDSA),
                    "RS256" => Ok(Algorithm::RS256),
                    other => Err(SetupError::Algorithm {
                        issuer: issuer.issuer.clone(),
                        algorithm: other.to_owned(),
                    }),
                })
                .collect::<Result<_, _>>()?;
            let keys = match &issuer.keys {
                IssuerKeys::JwksFile(path) => {
                    let error = |source| SetupError::KeyFile {
                        issuer: issuer.issuer.clone(),
                        path: path.clone(),
                        source,
                    };
                    let text = std::fs::read_to_string(path).map_err(|e| error(e.into()))?;
                    key_set(&text).map_err(error)?
                }
                IssuerKeys::JwksUrl(_) => KeySet::default(),
            };
            let name = issuer.issuer.clone();
            let entry = Trusted { issuer, algorithms, keys: RwLock::new(keys) };
            if trusted.insert(name.clone(), entry).is_some() {
                return Err(SetupError::Twice { issuer: name });
            }
        }
        Ok(Self(Arc::new(Inner { trusted, verified: Verified::new(), clock })))
    }

    /// Whether any issuer is believed.
    pub fn is_configured(&self) -> bool {
        !self.0.trusted.is_empty()
    }

    /// Who the bearer of the token is.
    ///
    /// # Errors
    /// When the token is not believed; which reason is for the log only.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, TokenError> {
        let now = self.0.clock.now().as_second();
        if let Some(principal) = self.0.verified.get(token) {
            return if now < principal.expires + LEEWAY {
                Ok(principal)
            } else {
                Err(TokenError::Time)
            };
        }
        let principal = self.verify(token, now).await?;
        self.0.verified.insert(token, principal.clone());
        Ok(principal)
    }

    async fn verify(&self, token: &str, now: i64) -> Result<Principal, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let trusted = self.trusted_issuer(token)?;
        if !trusted.algorithms.contains(&header.alg) {
            return Err(TokenError::Algorithm);
        }
        let keys = match trusted.keys_for(header.kid.as_deref()) {
            keys if !keys.is_empty() => keys,
            _ => {
                trusted.refresh().await;
                trusted.keys_for(header.kid.as_deref())
            }
        };
        if keys.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&trusted.issuer.issuer]);
        validation.set_audience(&[&trusted.issuer.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        // Times are checked below, by our own clock.
        validation.validate_exp = false;
        let claims = keys
            .iter()
            .find_map(|key| {
                decode::<serde_json::Map<String, serde_json::Value>>(token, key, &validation).ok()
            })
            .ok_or(TokenError::Invalid)?
            .claims;
        principal(&trusted.issuer, &claims, now)
    }

    /// Which issuer the token claims; nothing else of it is looked at before the signature.
    fn trusted_issuer(&self, token: &str) -> Result<&Trusted, TokenError> {
        #[derive(Deserialize)]
        struct Claimed {
            iss: String,
        }
        let payload = token.split('.').nth(1).ok_or(TokenError::Malformed)?;
        let json = data_encoding::BASE64URL_NOPAD
            .decode(payload.as_bytes())
            .map_err(|_| TokenError::Malformed)?;
        let claimed: Claimed =
            serde_json::from_slice(&json).map_err(|_| TokenError::UnknownIssuer)?;
        self.0.trusted.get(&claimed.iss).ok_or(TokenError::UnknownIssuer)
    }
}

fn principal(
    issuer: &Issuer,
    claims: &serde_json::Map<String, serde_json::Value>,
    now: i64,
) -> Result<Principal, TokenError> {
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
    let number = |name: &str| claims.get(name).and_then(serde_json::Value::as_i64);
    let expires = number("exp").ok_or(TokenError::Claims)?;
    if now >= expires + LEEWAY || number("nbf").is_some_and(|from| now + LEEWAY < from) {
        return Err(TokenError::Time);
    }
    let tenant =
        text(&issuer.tenant_claim).and_then(|code| code.parse().ok()).ok_or(TokenError::Claims)?;
    let role: Role =
        text(&issuer.role_claim).and_then(|role| role.parse().ok()).ok_or(TokenError::Claims)?;
    let subject = text("sub").ok_or(TokenError::Claims)?.into();
    let citizen = match (role, claims.get(&issuer.citizen_claim)) {
        (Role::Citizen, Some(serde_json::Value::String(id))) if is_fhir_id(id) => {
            Some(id.as_str().into())
        }
        (Role::Citizen, _) => return Err(TokenError::Claims),
        (_, None) => None,
        // A token for one citizen with another role would open more than was meant.
        (_, Some(_)) => return Err(TokenError::Claims),
    };
    Ok(Principal { tenant, role, subject, citizen, expires })
}

impl Trusted {
    fn keys_for(&self, kid: Option<&str>) -> Vec<DecodingKey> {
        let set = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        set.keys
            .iter()
            .filter(|(id, _)| kid.is_none() || id.as_deref() == kid)
            .map(|(_, key)| key.clone())
            .collect()
    }

    async fn refresh(&self) {
        let IssuerKeys::JwksUrl(url) = &self.issuer.keys else { return };
        {
            let mut set = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            if set.fetched.is_some_and(|at| at.elapsed() < REFRESH) {
                return;
            }
            set.fetched = Some(Instant::now());
        }
        let address = url.clone();
        let fetched = tokio::task::spawn_blocking(move || fetch(&address)).await;
        match fetched {
            Ok(Ok(mut new)) => {
                let mut set = self.keys.write().unwrap_or_else(PoisonError::into_inner);
                new.fetched = set.fetched;
                *set = new;
            }
            Ok(Err(error)) => {
                tracing::warn!(issuer = %self.issuer.issuer, %error, "cannot fetch the issuer's keys");
            }
            Err(error) => tracing::error!(%error, "fetching keys was cut short"),
        }
    }
}

fn fetch(url: &str) -> Result<KeySet, Box<dyn std::error::Error + Send + Sync>> {
    let tls = ureq::tls::TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        .tls_config(tls)
        .build()
        .into();
    let text = agent.get(url).call()?.body_mut().with_config().limit(1 << 20).read_to_string()?;
    key_set(&text)
}

fn key_set(text: &str) -> Result<KeySet, Box<dyn std::error::Error + Send + Sync>> {
    let set: JwkSet = serde_json::from_str(text)?;
    let keys = set
        .keys
        .iter()
        .map(|jwk: &Jwk| Ok((jwk.common.key_id.clone(), DecodingKey::from_jwk(jwk)?)))
        .collect::<Result<_, jsonwebtoken::errors::Error>>()?;
    Ok(KeySet { keys, fetched: None })
}
