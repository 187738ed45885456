//! What an ID token has to be to be believed (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.6).

use aws_lc_rs::{constant_time, digest};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::exchange::Pending;
use super::{Provider, SignInError};
use crate::access::claims::{self, LEEWAY};
use crate::access::jwt::Jwt;
use crate::access::session::Person;
use crate::access::{Role, TokenError};
use crate::clock::Micros;
use crate::ids::TenantCode;

/// Longest name that is kept, characters.
const LONGEST_NAME: usize = 100;

impl Provider {
    /// Who an ID token says it is, and when they proved it.
    pub(super) async fn believe(
        &self,
        token: &Jwt<'_>,
        access_token: &str,
        pending: &Pending,
        now: Micros,
    ) -> Result<(TenantCode, Person, Micros), SignInError> {
        let trusted = &self.trusted;
        if token.text("iss") != Some(trusted.issuer.issuer.as_str()) {
            return Err(TokenError::UnknownIssuer.into());
        }
        if !trusted.algorithms.contains(&token.algorithm) {
            return Err(TokenError::Algorithm.into());
        }
        // What is an access token elsewhere must not become an ID token here.
        if token.jku.is_some() || token.typ.as_deref().is_some_and(|typ| typ != "JWT") {
            return Err(TokenError::Header.into());
        }
        let keys = trusted.keys_for(token, now).await;
        if keys.is_empty() {
            return Err(TokenError::UnknownKey.into());
        }
        if !token.is_signed_by(&keys) {
            return Err(TokenError::Invalid.into());
        }
        let client = trusted.issuer.audience.as_str();
        claims::check_audience(token, client)?;
        let several = matches!(token.claims.get("aud"), Some(Value::Array(list)) if list.len() > 1);
        match token.claims.get("azp") {
            None if several => return Err(TokenError::Claims.into()),
            Some(azp) if azp.as_str() != Some(client) => return Err(TokenError::Claims.into()),
            _ => {}
        }
        let nonce = token.text("nonce").unwrap_or_default().as_bytes();
        if constant_time::verify_slices_are_equal(nonce, pending.nonce().as_bytes()).is_err() {
            return Err(SignInError::Refused("the nonce is not the one that was sent"));
        }
        if let Some(hash) = token.claims.get("at_hash") {
            let right = at_hash(token.algorithm, access_token);
            if hash.as_str().is_none_or(|hash| Some(hash) != right.as_deref()) {
                return Err(SignInError::Refused("at_hash is not that of the access token"));
            }
        }
        let issued = token.seconds("iat")?.ok_or(TokenError::Claims)?;
        let proved = token.seconds("auth_time")?;
        if let Some(begun) = pending.not_before()
            && proved.is_none_or(|at| at.saturating_add(LEEWAY) < begun)
        {
            return Err(SignInError::Refused("nobody has proved anew who they are"));
        }
        let principal = claims::principal(&trusted.issuer, token, now.as_second())?;
        if principal.role() == Role::Gateway || principal.certificate().is_some() {
            return Err(TokenError::Claims.into());
        }
        let authenticated = proved.unwrap_or(issued).min(now.as_second());
        let name = claims::text(&token.claims, &self.config.name_claim).unwrap_or_default();
        let name: String =
            name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect::<String>();
        let person = Person {
            role: principal.role(),
            issuer: self.config.issuer.clone(),
            subject: principal.subject().to_owned(),
            name,
            citizen: principal.citizen().map(str::to_owned),
            teams: principal.teams().to_vec(),
            language: None,
        };
        Ok((principal.tenant().clone(), person, Micros(authenticated.saturating_mul(1_000_000))))
    }
}

/// The left half of the hash of an access token, with the hash of the signature.
fn at_hash(algorithm: Algorithm, access_token: &str) -> Option<String> {
    let hash = match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 => &digest::SHA256,
        Algorithm::ES384 | Algorithm::RS384 | Algorithm::PS384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        _ => return None,
    };
    let whole = digest::digest(hash, access_token.as_bytes());
    let whole = whole.as_ref();
    Some(BASE64URL_NOPAD.encode(&whole[..whole.len() / 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_access_token_is_that_of_the_standard() {
        // OpenID Connect Core 1.0, A.3: at_hash of the example's access token, RS256.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let hash = at_hash(Algorithm::RS256, token);
        assert_eq!(hash.as_deref(), Some("77QmUPtjPfzWtF2AnpK9RQ"));
        assert_eq!(at_hash(Algorithm::HS256, token), None);
        assert_eq!(at_hash(Algorithm::EdDSA, token).map(|text| text.len()), Some(43));
    }
}
