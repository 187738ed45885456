//! Bearer tokens: signed JWTs of issuers that the configuration names.
//!
//! A token is believed only if its issuer is configured, its algorithm is on that issuer's list,
//! its signature holds under one of that issuer's keys, its audience and times fit, and its claims
//! name exactly one municipality, one role, and a citizen exactly when it is confined to one.
//! Whatever is missing refuses; nothing has a default.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};

use super::Principal;
use super::cache::Verified;
use super::claims::{self, ClaimNames, LEEWAY};
use super::jwks::{Address, Fetched, KeySet, is_safe_address};
use super::jwt::Jwt;
use crate::clock::{Clock, Micros};

/// Algorithms that an issuer may be configured for: all need a private key to sign.
const OFFERED: [&str; 6] = ["ES256", "ES384", "EdDSA", "RS256", "RS384", "PS256"];
/// What an access token may say it is (RFC 9068, and what came before it).
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// Where an issuer's keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerKeys {
    /// A JWKS file.
    JwksFile(PathBuf),
    /// A JWKS address; fetched when first needed, when a key is not known, and when it is old.
    JwksUrl(String),
    /// The address of an OpenID discovery document that names the JWKS address.
    DiscoveryUrl(String),
}

/// Whether the tokens of an issuer have to carry scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeRule {
    /// A token without them is refused.
    #[default]
    Required,
    /// A token without them has the whole right of its role.
    Optional,
}

/// An issuer whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim that tokens for this server carry.
    pub audience: String,
    /// Signature algorithms that are accepted, of ES256, ES384, `EdDSA`, RS256, RS384, PS256.
    pub algorithms: Vec<String>,
    /// Its keys.
    #[serde(flatten)]
    pub keys: IssuerKeys,
    /// Who its tokens say somebody is.
    #[serde(flatten)]
    pub claims: ClaimNames,
    /// The claim that holds the scopes: a text or a list.
    #[serde(default = "default_scope_claim")]
    pub scope_claim: String,
    /// Whether there have to be scopes.
    #[serde(default)]
    pub scopes: ScopeRule,
    /// Where people sign in, to be told to apps.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
}

fn default_scope_claim() -> String {
    "scope".to_owned()
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
    /// The header asks for what is not done here.
    #[error("the header asks for something that is not accepted")]
    Header,
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

impl TokenError {
    /// Whether anybody could have made the token: no signature of an issuer has been found on it.
    /// One that has merely expired is none of those.
    pub fn is_guess(self) -> bool {
        !matches!(self, Self::Time | Self::Claims)
    }
}

/// An issuer that cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An algorithm that is not offered.
    #[error("issuer {issuer}: algorithm {algorithm} is not one of {}", OFFERED.join(", "))]
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
    /// Keys would come over a connection that anybody can change.
    #[error("issuer {issuer}: keys are fetched from https:// only (or from this computer)")]
    Address {
        /// Which issuer.
        issuer: String,
    },
    /// A value of the municipality's claim stands for what is no municipality.
    #[error("issuer {issuer}: tenant_values: {code} is not four digits")]
    Tenant {
        /// Which issuer.
        issuer: String,
        /// What is no code.
        code: String,
    },
    /// Where people sign in, this server needs one way to say who it is.
    #[error("sign_in {issuer}: one of client_secret and private_key_file is needed")]
    Credentials {
        /// Which issuer.
        issuer: String,
    },
    /// The key by which this server says who it is cannot be used.
    #[error("sign_in {issuer}: {path} is no private key of P-256 or RSA, in PEM")]
    PrivateKey {
        /// Which issuer.
        issuer: String,
        /// Which file.
        path: PathBuf,
    },
    /// Two issuers have one name.
    #[error("issuer {issuer} is configured twice")]
    Twice {
        /// Which issuer.
        issuer: String,
    },
}

/// An issuer that can be used as it is configured.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) issuer: Issuer,
    pub(super) algorithms: Vec<Algorithm>,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Known(KeySet),
    Fetched(Fetched),
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
            let name = issuer.issuer.clone();
            let taken = trusted.insert(name.clone(), Trusted::new(issuer)?).is_some();
            if taken || name == super::machines::ISSUER {
                return Err(SetupError::Twice { issuer: name });
            }
        }
        Ok(Self(Arc::new(Inner { trusted, verified: Verified::new(), clock })))
    }

    /// Whether any issuer is believed.
    pub fn is_configured(&self) -> bool {
        !self.0.trusted.is_empty()
    }

    /// Whether the token has been found good before; it may have expired since.
    pub fn has_verified(&self, token: &str) -> bool {
        self.0.verified.get(token).is_some()
    }

    /// Where people sign in, if one of the issuers says so.
    pub fn authorization_endpoint(&self) -> Option<&str> {
        let mut endpoints: Vec<&str> = self
            .0
            .trusted
            .values()
            .filter_map(|trusted| trusted.issuer.authorization_endpoint.as_deref())
            .collect();
        endpoints.sort_unstable();
        endpoints.first().copied()
    }

    /// Who the bearer of the token is. Of a token that is bound to a certificate that is said only
    /// if [`Principal::is_believed_with`] holds too.
    ///
    /// # Errors
    /// When the token is not believed; which reason is for the log only.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, TokenError> {
        let now = self.0.clock.now();
        if let Some(principal) = self.0.verified.get(token) {
            return if now.as_second() < principal.expires.saturating_add(LEEWAY) {
                Ok(principal)
            } else {
                Err(TokenError::Time)
            };
        }
        let principal = self.verify(token, now).await?;
        self.0.verified.insert(token, principal.clone());
        Ok(principal)
    }

    async fn verify(&self, token: &str, now: Micros) -> Result<Principal, TokenError> {
        let token = Jwt::parse(token)?;
        let issuer = token.text("iss").ok_or(TokenError::UnknownIssuer)?;
        let trusted = self.0.trusted.get(issuer).ok_or(TokenError::UnknownIssuer)?;
        if !trusted.algorithms.contains(&token.algorithm) {
            return Err(TokenError::Algorithm);
        }
        if token.jku.is_some() || token.typ.as_deref().is_some_and(|typ| !TYPES.contains(&typ)) {
            return Err(TokenError::Header);
        }
        let keys = trusted.keys_for(&token, now).await;
        if keys.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        if !token.is_signed_by(&keys) {
            return Err(TokenError::Invalid);
        }
        claims::check_audience(&token, &trusted.issuer.audience)?;
        claims::principal(&trusted.issuer, &token, now.as_second())
    }
}

impl Trusted {
    pub(super) fn new(issuer: Issuer) -> Result<Self, SetupError> {
        let name = || issuer.issuer.clone();
        let algorithms = issuer
            .algorithms
            .iter()
            .map(|wanted| {
                OFFERED
                    .contains(&wanted.as_str())
                    .then(|| super::jwt::algorithm(wanted))
                    .flatten()
                    .ok_or_else(|| SetupError::Algorithm {
                        issuer: name(),
                        algorithm: wanted.clone(),
                    })
            })
            .collect::<Result<_, _>>()?;
        for code in issuer.claims.tenant_values.values() {
            if code.parse::<crate::ids::TenantCode>().is_err() {
                return Err(SetupError::Tenant { issuer: name(), code: code.clone() });
            }
        }
        let address = match &issuer.keys {
            IssuerKeys::JwksFile(path) => {
                let error =
                    |source| SetupError::KeyFile { issuer: name(), path: path.clone(), source };
                let text = std::fs::read_to_string(path).map_err(|e| error(e.into()))?;
                let keys = Keys::Known(KeySet::parse(&text).map_err(|e| error(e.into()))?);
                return Ok(Self { issuer, algorithms, keys });
            }
            IssuerKeys::JwksUrl(url) => Address::Jwks(url.clone()),
            IssuerKeys::DiscoveryUrl(url) => {
                Address::Discovery { url: url.clone(), issuer: name() }
            }
        };
        let (Address::Jwks(url) | Address::Discovery { url, .. }) = &address;
        if !is_safe_address(url) {
            return Err(SetupError::Address { issuer: name() });
        }
        Ok(Self { issuer, algorithms, keys: Keys::Fetched(Fetched::new(address)) })
    }

    pub(super) async fn keys_for(&self, token: &Jwt<'_>, now: Micros) -> Vec<DecodingKey> {
        match &self.keys {
            Keys::Known(keys) => keys.keys_for(token),
            Keys::Fetched(keys) => keys.keys_for(token, now).await,
        }
    }
}
