//! From the claims of a token that is believed to who is asking.
//!
//! Every claim that decides something has to say exactly one thing. What is missing, doubled or
//! contradicts another claim refuses the token.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::issuers::{Issuer, ScopeRule};
use super::jwt::Jwt;
use super::{Principal, Role, Scopes, Thumbprint, TokenError};
use crate::ids::{TenantCode, is_fhir_id};

/// In which claims of a token it stands who somebody is. Each claim may also be named by a JSON
/// pointer, such as `/realm_access/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimNames {
    /// The claim that holds the municipality's code.
    pub tenant_claim: String,
    /// What the values of that claim stand for; where there are any, others stand for nothing.
    pub tenant_values: BTreeMap<String, String>,
    /// The claim that holds the role.
    pub role_claim: String,
    /// What the values of that claim stand for; where there are any, others stand for nothing.
    pub role_values: BTreeMap<String, Role>,
    /// The claim that holds the team, if tokens name one.
    pub team_claim: Option<String>,
    /// The claim that holds the citizen's logical id.
    pub citizen_claim: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            tenant_claim: "tenant".to_owned(),
            tenant_values: BTreeMap::new(),
            role_claim: "role".to_owned(),
            role_values: BTreeMap::new(),
            team_claim: None,
            citizen_claim: "citizen".to_owned(),
        }
    }
}

/// How far clocks may differ, seconds.
pub(super) const LEEWAY: i64 = 30;
/// Longest subject or team, bytes.
const LONGEST_NAME: usize = 256;

/// Refuses a token outside its time; otherwise when it expires.
pub(super) fn check_time(token: &Jwt<'_>, now: i64) -> Result<i64, TokenError> {
    let expires = token.seconds("exp")?.ok_or(TokenError::Claims)?;
    let not_before = token.seconds("nbf")?;
    let issued = token.seconds("iat")?;
    let early = |at: i64| now.saturating_add(LEEWAY) < at;
    if now >= expires.saturating_add(LEEWAY) || not_before.is_some_and(early) {
        return Err(TokenError::Time);
    }
    if issued.is_some_and(early) { Err(TokenError::Time) } else { Ok(expires) }
}

/// Refuses a token that is not for `audience`, which may be one of several.
pub(super) fn check_audience(token: &Jwt<'_>, audience: &str) -> Result<(), TokenError> {
    let named = match token.claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(list)) => {
            list.iter().all(Value::is_string) && list.iter().any(|one| one == audience)
        }
        _ => false,
    };
    if named { Ok(()) } else { Err(TokenError::Invalid) }
}

/// Who the token of the issuer says is asking.
pub(super) fn principal(
    issuer: &Issuer,
    token: &Jwt<'_>,
    now: i64,
) -> Result<Principal, TokenError> {
    let expires = check_time(token, now)?;
    let (claims, names) = (&token.claims, &issuer.claims);
    let tenants: BTreeSet<TenantCode> = values(claims, &names.tenant_claim)?
        .into_iter()
        .filter_map(|value| match names.tenant_values.get(value) {
            Some(code) => code.parse().ok(),
            None if names.tenant_values.is_empty() => value.parse().ok(),
            None => None,
        })
        .collect();
    let roles: BTreeSet<Role> = values(claims, &names.role_claim)?
        .into_iter()
        .filter_map(|value| match names.role_values.get(value) {
            Some(role) => Some(*role),
            None if names.role_values.is_empty() => value.parse().ok(),
            None => None,
        })
        .collect();
    let tenant = only(tenants)?.ok_or(TokenError::Claims)?;
    let role = only(roles)?.ok_or(TokenError::Claims)?;
    let subject =
        token.text("sub").filter(|subject| is_name(subject)).ok_or(TokenError::Claims)?.into();
    let teams: BTreeSet<&str> = match &names.team_claim {
        None => BTreeSet::new(),
        Some(claim) => values(claims, claim)?.into_iter().collect(),
    };
    if !teams.iter().all(|team| is_name(team)) {
        return Err(TokenError::Claims);
    }
    let citizens: BTreeSet<&str> = values(claims, &names.citizen_claim)?.into_iter().collect();
    let citizen = only(citizens)?;
    if citizen.is_some_and(|id| !is_fhir_id(id)) {
        return Err(TokenError::Claims);
    }
    let scopes = scopes(claims, issuer)?;
    let of_one_citizen =
        role.is_of_one_citizen() || scopes.as_ref().is_some_and(Scopes::is_of_one_citizen);
    // A token for one citizen that is not confined would open more than was meant, and one that is
    // confined to nobody means nothing.
    if citizen.is_some() != of_one_citizen {
        return Err(TokenError::Claims);
    }
    let program = token.text("client_id").or_else(|| token.text("azp"));
    Ok(Principal {
        tenant,
        role,
        issuer: issuer.issuer.as_str().into(),
        program: program.filter(|program| is_name(program)).map(Into::into),
        subject,
        citizen: citizen.map(Into::into),
        expires,
        scopes: scopes.map(Into::into),
        client: None,
        teams: teams.into_iter().map(str::to_owned).collect(),
        certificate: bound_to(claims)?,
    })
}

/// The certificate that a token is bound to (RFC 8705, 3.1). A token that is bound in a way that is
/// not known here must not be believed as if it were not bound.
pub(super) fn bound_to(claims: &Map<String, Value>) -> Result<Option<Thumbprint>, TokenError> {
    let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
    let members = confirmation.as_object().filter(|members| members.len() == 1);
    members
        .and_then(|members| members.get("x5t#S256")?.as_str()?.parse().ok())
        .map(Some)
        .ok_or(TokenError::Claims)
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The scopes of a token; `None` where it has none and need not have any.
fn scopes(claims: &Map<String, Value>, issuer: &Issuer) -> Result<Option<Scopes>, TokenError> {
    let Some(value) = at(claims, &issuer.scope_claim) else {
        return match issuer.scopes {
            ScopeRule::Optional => Ok(None),
            ScopeRule::Required => Err(TokenError::Claims),
        };
    };
    match value {
        Value::String(text) => Ok(Some(Scopes::parse(text))),
        Value::Array(_) => Ok(Some(Scopes::parse(&values(claims, &issuer.scope_claim)?.join(" ")))),
        _ => Err(TokenError::Claims),
    }
}

/// The claim of that name, or at that JSON pointer.
fn at<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    match name.strip_prefix('/') {
        None => claims.get(name),
        Some(path) => {
            let mut parts = path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
            let first = claims.get(&parts.next()?)?;
            parts.try_fold(first, |value, part| value.as_object()?.get(&part))
        }
    }
}

/// A claim that is a text.
pub(super) fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    at(claims, name).and_then(Value::as_str)
}

/// The texts of a claim: one, or a list of them. None where it is missing.
fn values<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Vec<&'c str>, TokenError> {
    match at(claims, name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text]),
        Some(Value::Array(list)) => {
            list.iter().map(|value| value.as_str().ok_or(TokenError::Claims)).collect()
        }
        Some(_) => Err(TokenError::Claims),
    }
}

/// The one value, if there is one.
fn only<T: Ord>(values: BTreeSet<T>) -> Result<Option<T>, TokenError> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (one, None) => Ok(one),
        _ => Err(TokenError::Claims),
    }
}
