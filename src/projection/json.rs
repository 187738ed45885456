//! FHIR datatypes as JSON.

use serde_json::{Map, Value, json};

use super::case::PackFacts;
use super::words::Text;
use crate::clock::Micros;

/// Who writes the resources: a display name, for the software has no Device resource.
pub(super) const AUTHOR: &str = concat!("Pulsvagt ", env!("CARGO_PKG_VERSION"));

/// Without members and items that are null or empty, which FHIR does not allow.
pub(super) fn pruned(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: Map<String, Value> = members
                .into_iter()
                .map(|(name, value)| (name, pruned(value)))
                .filter(|(_, value)| !is_empty(value))
                .collect();
            Value::Object(members)
        }
        Value::Array(items) => {
            items.into_iter().map(pruned).filter(|value| !is_empty(value)).collect()
        }
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// An instant, as `dateTime`.
pub(super) fn moment(at: Micros) -> Value {
    Value::String(at.to_string())
}

/// A Coding.
pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

/// A `CodeableConcept` of codings and the Danish text, which is what people read.
pub(super) fn concept(codings: &[Value], text: &Text<'_>) -> Value {
    json!({"coding": codings, "text": text.da})
}

/// A reference to something that is kept here.
pub(super) fn reference(kind: &str, id: &str) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

/// The citizen.
pub(super) fn citizen(id: &str) -> Value {
    reference("Patient", id)
}

/// References as they are, each once, the first 20.
pub(super) fn references(references: &[String]) -> Vec<Value> {
    let mut seen: Vec<&String> = Vec::new();
    for reference in references {
        if seen.len() < MOST_REFERENCES && !seen.contains(&reference) {
            seen.push(reference);
        }
    }
    seen.into_iter().map(|reference| json!({"reference": reference})).collect()
}

/// Most readings that one resource points at.
pub const MOST_REFERENCES: usize = 20;

/// Somebody of the staff, whom the issuer of tokens knows by this name.
pub(super) fn person(name: &str) -> Value {
    json!({
        "type": "Practitioner",
        "identifier": {"system": "urn:pulsvagt:user", "value": name}
    })
}

/// The software.
pub(super) fn software() -> Value {
    json!({"type": "Device", "display": AUTHOR})
}

/// The identifier by which all resources of an alert are found.
pub(super) fn alert_identifier(id: &str) -> Value {
    json!([{"system": "urn:pulsvagt:alert", "value": id}])
}

/// The rules, as a URI.
pub(super) fn pack_uri(pack: &PackFacts) -> String {
    format!("urn:pulsvagt:rule-pack:{}:{}:{}", pack.name, pack.version, pack.hash)
}

/// What every resource says of its standing.
pub(super) fn standing(unsigned: bool) -> Value {
    let text = if unsigned {
        "Beslutningsstøtte fra regler, der ikke er klinisk godkendt. Et menneske afgør."
    } else {
        "Beslutningsstøtte. Et menneske afgør."
    };
    json!([{"text": text}])
}
