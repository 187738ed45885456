//! Identifiers, and the only place that mints them.

mod seal;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

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

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
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

/// A new logical id for a resource that is not an Observation: a UUID that sorts by time.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_resource_id(now: Micros) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
    Uuid::new_v7(stamp).to_string()
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
