//! Signed JWTs in compact form (RFC 7515, RFC 7519), read as strictly as they can be.
//!
//! Exactly three parts of unpadded base64url; header and claims are JSON objects in which no name
//! stands twice; nothing that a header says about keys is followed. Nothing of the claims may be
//! believed before [`Jwt::is_signed_by`].

use std::collections::HashSet;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::TokenError;

/// Longest token that is looked at, bytes.
const LONGEST: usize = 8 << 10;
/// Longest key id that is looked at, bytes.
const LONGEST_KID: usize = 256;

/// Header parameters that would change how the token is read, or where its key comes from.
const REFUSED: [&str; 9] = ["crit", "b64", "jwk", "x5u", "x5c", "zip", "enc", "cty", "p2c"];

/// A token that has been taken apart.
#[derive(Debug)]
pub(super) struct Jwt<'t> {
    /// The algorithm.
    pub(super) algorithm: Algorithm,
    /// The key's id.
    pub(super) kid: Option<String>,
    /// What it says to be.
    pub(super) typ: Option<String>,
    /// Where its keys are, as it says; compared, and never followed.
    pub(super) jku: Option<String>,
    /// What it says.
    pub(super) claims: Map<String, Value>,
    message: &'t str,
    signature: &'t str,
}

impl<'t> Jwt<'t> {
    /// Takes a token apart.
    pub(super) fn parse(token: &'t str) -> Result<Self, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        if claims.contains('.') || signature.is_empty() {
            return Err(TokenError::Malformed);
        }
        BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| TokenError::Malformed)?;
        let header = object(header)?;
        let claims = object(claims)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(TokenError::Header);
        }
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(TokenError::Header),
        };
        let algorithm = text("alg")?.as_deref().and_then(algorithm).ok_or(TokenError::Algorithm)?;
        let kid = text("kid")?;
        if kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > LONGEST_KID) {
            return Err(TokenError::Header);
        }
        Ok(Self {
            algorithm,
            kid,
            typ: text("typ")?,
            jku: text("jku")?,
            claims,
            message,
            signature,
        })
    }

    /// Whether one of the keys has signed it.
    pub(super) fn is_signed_by(&self, keys: &[DecodingKey]) -> bool {
        keys.iter().any(|key| {
            crypto::verify(self.signature, self.message.as_bytes(), key, self.algorithm)
                .unwrap_or(false)
        })
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim that is a whole number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<i64>, TokenError> {
        match self.claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or(TokenError::Claims),
        }
    }
}

/// The algorithms that any token may use at all: each needs a private key to sign.
pub(super) fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" => Algorithm::EdDSA,
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        _ => return None,
    })
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice::<NoRepeats>(&json).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
}

/// Any JSON, if no name stands twice in an object: another reader might take the other value.
struct NoRepeats;

impl<'de> Deserialize<'de> for NoRepeats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NoRepeats {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Self>()?;
            if !names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(self)
    }
}
