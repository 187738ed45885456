//! A provider: what it says about itself, and how this server says who it is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use data_encoding::BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Deserialize;
use serde_json::json;

use super::{SignIn, SignInError};
use crate::access::issuers::Trusted;
use crate::access::jwks::{JwksError, get, is_safe_address};
use crate::access::{Issuer, IssuerKeys, ScopeRule, SetupError};
use crate::clock::{Clock, Micros};
use crate::config::Secret;
use crate::ids::new_token_id;

/// How long what a provider says about itself is believed, microseconds.
const FRESH: i64 = 15 * 60_000_000;
/// How long an assertion of who this server is is good, seconds.
const ASSERTION: i64 = 60;

/// What is read of a discovery document (OpenID Connect Discovery 1.0, 3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    #[serde(default)]
    pub(super) end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 9207.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

enum Credentials {
    Secret(Secret),
    Key(Algorithm, EncodingKey),
}

/// A provider.
pub struct Provider {
    pub(super) config: SignIn,
    pub(super) trusted: Trusted,
    pub(super) clock: Clock,
    credentials: Credentials,
    metadata: RwLock<Option<(Micros, Arc<Metadata>)>>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.config.issuer)
    }
}

impl Provider {
    pub(super) fn new(config: SignIn, clock: Clock) -> Result<Self, SetupError> {
        let issuer = config.issuer.clone();
        let credentials = match (&config.client_secret, &config.private_key_file) {
            (Some(secret), None) => Credentials::Secret(secret.clone()),
            (None, Some(path)) => private_key(path).ok_or_else(|| {
                let path = path.clone();
                SetupError::PrivateKey { issuer, path }
            })?,
            _ => return Err(SetupError::Credentials { issuer }),
        };
        let trusted = Trusted::new(Issuer {
            issuer: config.issuer.clone(),
            audience: config.client_id.clone(),
            algorithms: config.algorithms.clone(),
            keys: IssuerKeys::DiscoveryUrl(discovery(&config)),
            claims: config.claims.clone(),
            // An ID token says who somebody is, and not what an app may do: no claim has this name.
            scope_claim: String::new(),
            scopes: ScopeRule::Optional,
            authorization_endpoint: None,
        })?;
        Ok(Self { config, trusted, clock, credentials, metadata: RwLock::default() })
    }

    /// The `iss` claim.
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// What the provider says about itself.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, SignInError> {
        let now = self.clock.now();
        let known = self.metadata.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, metadata)) = &known
            && (0..FRESH).contains(&(now.0 - at.0))
        {
            return Ok(Arc::clone(metadata));
        }
        let (url, issuer) = (discovery(&self.config), self.config.issuer.clone());
        let read = tokio::task::spawn_blocking(move || read(&url, &issuer)).await;
        match (read.unwrap_or(Err(JwksError::Discovery)), known) {
            (Ok(metadata), _) => {
                let metadata = Arc::new(metadata);
                let mut known = self.metadata.write().unwrap_or_else(PoisonError::into_inner);
                *known = Some((now, Arc::clone(&metadata)));
                Ok(metadata)
            }
            // What is known stays true while the provider is away for a moment.
            (Err(_), Some((_, metadata))) => Ok(metadata),
            (Err(error), None) => Err(SignInError::Provider(error)),
        }
    }

    /// What a form to the token endpoint says about who this server is: more fields, and what goes
    /// into the header `Authorization`.
    pub(super) fn credentials(
        &self,
        metadata: &Metadata,
    ) -> Result<(BTreeMap<&'static str, String>, Option<String>), SignInError> {
        let id = &self.config.client_id;
        let mut fields = BTreeMap::new();
        match &self.credentials {
            Credentials::Secret(secret) => {
                let methods = &metadata.token_endpoint_auth_methods_supported;
                let knows = |name: &str| methods.iter().any(|method| method == name);
                if knows("client_secret_post") && !knows("client_secret_basic") {
                    fields.insert("client_id", id.clone());
                    fields.insert("client_secret", secret.expose().to_owned());
                    return Ok((fields, None));
                }
                // RFC 6749, 2.3.1: both parts are encoded like a form first.
                let part = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let both = format!("{}:{}", part(id), part(secret.expose()));
                Ok((fields, Some(BASE64.encode(both.as_bytes()))))
            }
            Credentials::Key(algorithm, key) => {
                let now = self.clock.now().as_second();
                let claims = json!({"iss": id, "sub": id, "aud": metadata.token_endpoint,
                    "jti": new_token_id(), "iat": now, "exp": now + ASSERTION});
                let signed = encode(&Header::new(*algorithm), &claims, key);
                let signed = signed.map_err(|_| SignInError::Ours)?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.insert("client_id", id.clone());
                fields.insert("client_assertion_type", kind.to_owned());
                fields.insert("client_assertion", signed);
                Ok((fields, None))
            }
        }
    }

    /// Where a browser goes to sign out at the provider too, if it offers that (OpenID Connect
    /// RP-Initiated Logout 1.0, 2); comes back to `back`.
    pub async fn sign_out(&self, id_token: Option<&str>, back: &str) -> Option<String> {
        let metadata = self.metadata().await.ok()?;
        let endpoint = metadata.end_session_endpoint.as_deref()?;
        let mut query =
            vec![("client_id", self.config.client_id.as_str()), ("post_logout_redirect_uri", back)];
        query.extend(id_token.map(|token| ("id_token_hint", token)));
        Some(with_query(endpoint, &query))
    }
}

/// An address with a query behind it.
pub(super) fn with_query(address: &str, query: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        out.append_pair(name, value);
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{}", out.finish())
}

fn discovery(config: &SignIn) -> String {
    config.discovery_url.clone().unwrap_or_else(|| {
        format!("{}/.well-known/openid-configuration", config.issuer.trim_end_matches('/'))
    })
}

fn read(url: &str, issuer: &str) -> Result<Metadata, JwksError> {
    let metadata: Metadata = serde_json::from_str(&get(url)?)?;
    let Metadata { authorization_endpoint, token_endpoint, end_session_endpoint, .. } = &metadata;
    let mut addresses = vec![authorization_endpoint, token_endpoint];
    addresses.extend(end_session_endpoint);
    if !addresses.into_iter().all(|address| is_safe_address(address)) {
        return Err(JwksError::Address);
    }
    if metadata.issuer == issuer { Ok(metadata) } else { Err(JwksError::Discovery) }
}

fn private_key(path: &Path) -> Option<Credentials> {
    let pem = std::fs::read(path).ok()?;
    match EncodingKey::from_ec_pem(&pem) {
        Ok(key) => Some(Credentials::Key(Algorithm::ES256, key)),
        Err(_) => {
            EncodingKey::from_rsa_pem(&pem).ok().map(|key| Credentials::Key(Algorithm::RS256, key))
        }
    }
}
