//! The search values that are made anew when keys change.

use jiff::tz::TimeZone;
use pulsvagt_fhir::Value;
use pulsvagt_fhir::cpr::names_somebody;

use super::extract::{Stored, extract};
use super::parameters::{kinds, known_kind, parameters};
use super::write::{Token, add_tokens};
use crate::store::vault::Keys;
use crate::store::{Store, StoreError, Tx};

/// The parameters whose values are stored as hashes.
pub(in crate::store) fn hashed_parameters() -> Vec<String> {
    let mut names: Vec<String> = kinds()
        .flat_map(parameters)
        .filter(|parameter| Stored::of(parameter) != Stored::Clear)
        .map(|parameter| parameter.name.to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Codes and systems of a resource that may stand in clear though they name somebody, and the
/// tokens that are hashes.
pub(in crate::store) fn rekeyed_tokens(
    kind: &str,
    resource: Value<'_>,
    zone: &TimeZone,
    keys: &Keys,
) -> (Vec<String>, Vec<Token>) {
    let Some(kind) = known_kind(kind) else { return (Vec::new(), Vec::new()) };
    let values = extract(kind, resource, zone, "");
    let named = values
        .tokens
        .iter()
        .flat_map(|(_, code, system)| [code, system])
        .filter(|text| names_somebody(text))
        .cloned()
        .collect();
    let mark = keys.blind_mark();
    let mut tokens = values.stored_tokens(kind, keys);
    tokens.retain(|(_, code, system)| code.starts_with(&mark) || system.starts_with(&mark));
    (named, tokens)
}

impl Store {
    /// Adds tokens to a resource's.
    pub(in crate::store) async fn add_rekeyed_tokens(
        &self,
        tx: &mut Tx,
        kind: &str,
        id: &str,
        tokens: Vec<Token>,
    ) -> Result<(), StoreError> {
        if tokens.is_empty() { Ok(()) } else { add_tokens(tx, kind, id, tokens).await }
    }
}
