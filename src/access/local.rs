//! The local issuer: short-lived tokens for demos, tests and small sites. Off unless configured.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::{ClaimNames, Issuer, IssuerKeys, Role, ScopeRule, Scopes, Thumbprint};
use crate::clock::Micros;
use crate::ids::TenantCode;

/// The name of the local issuer in tokens.
pub const LOCAL_ISSUER: &str = "pulsvagt-local";
const AUDIENCE: &str = "pulsvagt";

/// What a token is to say.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The municipality.
    pub tenant: TenantCode,
    /// The role.
    pub role: Role,
    /// Who, for the log.
    pub subject: String,
    /// The citizen, exactly for [`Role::Citizen`], [`Role::Relative`] and with `patient/` scopes.
    pub citizen: Option<String>,
    /// SMART scopes, space separated.
    pub scope: Option<String>,
    /// Seconds that it is valid.
    pub seconds: i64,
}

impl Grant {
    /// Whether the token is to be confined to one citizen.
    pub fn is_of_one_citizen(&self) -> bool {
        self.role.is_of_one_citizen()
            || self.scope.as_deref().is_some_and(|text| Scopes::parse(text).is_of_one_citizen())
    }
}

/// What few tokens say.
#[derive(Debug, Clone, Copy, Default)]
struct Extra<'a> {
    certificate: Option<Thumbprint>,
    team: Option<&'a str>,
}

/// Mints tokens with a key of its own, kept in a folder together with its public half.
pub struct LocalIssuer {
    key: EncodingKey,
    id: String,
    jwks: PathBuf,
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalIssuer({})", self.id)
    }
}

/// Why the local issuer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Its key file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key is damaged, or cannot be made.
    #[error("the local issuer's key cannot be used")]
    Key,
    /// The role and the citizen do not go together.
    #[error(
        "a citizen's or relative's token, and one with patient/ scopes, needs --citizen, and no other may"
    )]
    Citizen,
    /// Signing failed.
    #[error("the token cannot be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
}

impl LocalIssuer {
    /// Opens the issuer of a folder, or makes one there.
    pub fn open_or_create(folder: &Path) -> Result<Self, LocalError> {
        let path = folder.join("local-issuer.pem");
        let jwks = folder.join("local-issuer.jwks.json");
        if !path.exists() {
            let random = aws_lc_rs::rand::SystemRandom::new();
            let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| LocalError::Key)?;
            let pem = format!(
                "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                BASE64.encode(key.as_ref())
            );
            write_new(&path, pem.as_bytes(), 0o600)?;
        }
        let file = |source| LocalError::File { path: path.clone(), source };
        let pem = std::fs::read_to_string(&path).map_err(file)?;
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = BASE64.decode(body.as_bytes()).map_err(|_| LocalError::Key)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| LocalError::Key)?;
        let public = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
        let id = public.chars().take(12).collect::<String>();
        if !jwks.exists() {
            let set = json!({"keys": [{
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                "kid": id, "x": public,
            }]});
            write_new(&jwks, set.to_string().as_bytes(), 0o644)?;
        }
        let key = EncodingKey::from_ed_der(&der);
        Ok(Self { key, id, jwks })
    }

    /// How an [`super::Authenticator`] comes to believe it.
    pub fn issuer(&self) -> Issuer {
        Issuer {
            issuer: LOCAL_ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            algorithms: vec!["EdDSA".to_owned()],
            keys: IssuerKeys::JwksFile(self.jwks.clone()),
            claims: ClaimNames { team_claim: Some("team".to_owned()), ..ClaimNames::default() },
            scope_claim: "scope".to_owned(),
            scopes: ScopeRule::Optional,
            authorization_endpoint: None,
        }
    }

    /// Mints a token.
    pub fn mint(&self, grant: &Grant, now: Micros) -> Result<String, LocalError> {
        self.sign(grant, Extra::default(), now)
    }

    /// Mints the token of somebody who works in a team, by its code.
    pub fn mint_in_team(
        &self,
        grant: &Grant,
        team: &str,
        certificate: Option<Thumbprint>,
        now: Micros,
    ) -> Result<String, LocalError> {
        self.sign(grant, Extra { certificate, team: Some(team) }, now)
    }

    /// Mints a token that is believed only on connections with that certificate (RFC 8705).
    pub fn mint_bound(
        &self,
        grant: &Grant,
        certificate: Thumbprint,
        now: Micros,
    ) -> Result<String, LocalError> {
        self.sign(grant, Extra { certificate: Some(certificate), team: None }, now)
    }

    fn sign(&self, grant: &Grant, extra: Extra<'_>, now: Micros) -> Result<String, LocalError> {
        if grant.citizen.is_some() != grant.is_of_one_citizen() {
            return Err(LocalError::Citizen);
        }
        let mut claims = json!({
            "iss": LOCAL_ISSUER,
            "aud": AUDIENCE,
            "sub": grant.subject,
            "iat": now.as_second(),
            "exp": now.as_second() + grant.seconds,
            "tenant": grant.tenant.as_str(),
            "role": grant.role,
        });
        for (name, value) in [("citizen", &grant.citizen), ("scope", &grant.scope)] {
            if let Some(value) = value {
                claims[name] = json!(value);
            }
        }
        if let Some(team) = extra.team {
            claims["team"] = json!(team);
        }
        if let Some(certificate) = extra.certificate {
            claims["cnf"] = json!({"x5t#S256": certificate.to_text()});
        }
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &self.key).map_err(LocalError::Signing)
    }
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> Result<(), LocalError> {
    let file = |source| LocalError::File { path: path.to_owned(), source };
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(file)?;
    out.write_all(content).and_then(|()| out.sync_all()).map_err(file)
}
