//! Identifiers, and the only place that mints them.

mod seal;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Micros;

pub use seal::Sealer;

/// A municipality's four-digit code, as in the Danish authorities' register of municipalities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantCode(String);

/// Not four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a municipality code is four digits, such as 0330")]
pub struct BadTenantCode;

impl TenantCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantCode {
    type Err = BadTenantCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadTenantCode)
        }
    }
}

impl fmt::Display for TenantCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A region's four-digit code, as in the Danish authorities' register of regions: `1085` Sjælland.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

/// Not four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region code is four digits, such as 1085")]
pub struct BadRegionCode;

impl RegionCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegionCode {
    type Err = BadRegionCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadRegionCode)
        }
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i32);
    )*};
}

numbers! {
    /// A citizen's number within the municipality.
    CitizenNo,
    /// The number of a set of codings within the municipality.
    ConceptNo,
    /// The number of a device reference within the municipality; 0 = not said.
    SourceNo,
    /// The number of a template within the municipality.
    ShapeNo,
}

/// What makes a reading this reading and no other; the primary key of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObservationKey {
    /// Whose.
    pub citizen: CitizenNo,
    /// Of what.
    pub code: ConceptNo,
    /// When; [`Micros::NO_TIME`] if the resource does not say.
    pub effective: Micros,
    /// By which device.
    pub source: SourceNo,
    /// Fingerprint of the content.
    pub fingerprint: u32,
}

/// An alert's id: a UUID that sorts by time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct AlertId(u128);

/// Not the id of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an alert's id is a UUID")]
pub struct BadAlertId;

impl AlertId {
    /// Its sixteen bytes, as PostgreSQL keeps them.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From its sixteen bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Uuid::from_u128(self.0))
    }
}

impl FromStr for AlertId {
    type Err = BadAlertId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(|id| Self(id.as_u128())).map_err(|_| BadAlertId)
    }
}

impl TryFrom<String> for AlertId {
    type Error = BadAlertId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AlertId> for String {
    fn from(id: AlertId) -> Self {
        id.to_string()
    }
}

/// The number of a team within the municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamNo(pub i32);

impl TeamNo {
    /// The team of citizens whom nobody assigned.
    pub const DEFAULT: Self = Self(1);
}

/// The id of an access beyond the caller's teams: a UUID that sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AccessId(pub String);

impl fmt::Display for AccessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new id for an access beyond the caller's teams.
pub fn new_access_id(now: Micros) -> AccessId {
    AccessId(new_uuid(now).to_string())
}

/// A new id for an alert.
pub fn new_alert_id(now: Micros) -> AlertId {
    AlertId(new_uuid(now).as_u128())
}

/// A new logical id for a resource that is not an Observation: a UUID that sorts by time.
pub fn new_resource_id(now: Micros) -> String {
    new_uuid(now).to_string()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn new_uuid(now: Micros) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
    Uuid::new_v7(stamp)
}

/// A random token by which one holder of leases is told from another.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_lease_token() -> String {
    Uuid::new_v4().to_string()
}

/// A random id for a client of a municipality: its code, and what cannot be guessed.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_client_id(code: &TenantCode) -> String {
    format!("{code}-{}", Uuid::new_v4().simple())
}

/// A random id for a token.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_token_id() -> String {
    Uuid::new_v4().to_string()
}

/// A random id for an account or a session. It tells nothing of whose it is.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_person_id() -> String {
    Uuid::new_v4().to_string()
}

/// A random id for an erasure. It tells nothing of when or whom.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_erasure_id() -> String {
    Uuid::new_v4().to_string()
}

/// A random id for a request, for the log and the `x-request-id` header.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_request_id() -> String {
    Uuid::new_v4().to_string()
}

/// Whether the text may be a FHIR logical id.
pub fn is_fhir_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}
