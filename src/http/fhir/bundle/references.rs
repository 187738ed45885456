//! References between the entries of a Bundle, and conditional ones, made into real ones.

use std::collections::HashMap;

use pulsvagt_fhir::Value;
use pulsvagt_fhir::json::{Kind, push_string};

use super::entry::Entry;
use crate::ids::CitizenNo;

/// What the entries of a Bundle are called by each other, and what they are really called.
#[derive(Debug, Default)]
pub(super) struct Names {
    real: HashMap<String, String>,
    /// Citizens created by the Bundle's own transaction.
    pub(super) citizens: HashMap<String, CitizenNo>,
}

impl Names {
    /// Remembers that an entry has become `Type/id`.
    pub(super) fn learn(&mut self, entry: &Entry<'_>, id: &str) {
        let Some(full_url) = &entry.full_url else { return };
        let real = format!("{}/{id}", entry.kind);
        if !full_url.starts_with("urn:") {
            // Others may refer to it relative to the place it came from.
            let mut tail = full_url.rsplit('/');
            if let (Some(last), Some(kind)) = (tail.next(), tail.next()) {
                let relative = format!("{kind}/{last}");
                if relative != real {
                    self.real.insert(relative, real.clone());
                }
            }
        }
        if **full_url != real {
            self.real.insert(full_url.clone().into_owned(), real);
        }
    }

    /// Remembers what a conditional reference has come to.
    pub(super) fn learn_conditional(&mut self, reference: &str, real: String) {
        self.real.insert(reference.to_owned(), real);
    }

    /// The resource with references replaced; `None` when there is nothing to replace.
    pub(super) fn rewrite(&self, resource: Value<'_>) -> Option<String> {
        if self.real.is_empty() || !references(resource).any(|name| self.real.contains_key(&*name))
        {
            return None;
        }
        let mut out = String::with_capacity(resource.raw().len() + 64);
        self.push(&mut out, resource);
        Some(out)
    }

    fn push(&self, out: &mut String, value: Value<'_>) {
        match value.kind() {
            Kind::Object => {
                out.push('{');
                for (position, (name, member)) in value.members().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    push_string(out, name);
                    out.push(':');
                    let real = (name == "reference")
                        .then(|| member.as_str())
                        .flatten()
                        .and_then(|text| self.real.get(&*text));
                    match real {
                        Some(real) => push_string(out, real),
                        None => self.push(out, member),
                    }
                }
                out.push('}');
            }
            Kind::Array => {
                out.push('[');
                for (position, item) in value.items().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    self.push(out, item);
                }
                out.push(']');
            }
            _ => out.push_str(value.raw()),
        }
    }
}

/// What others may call an entry relative to the place it came from: `Patient/Poul` of
/// `http://hl7.dk/fhir/core/Patient/Poul`.
pub(super) fn relative(full_url: &str) -> Option<&str> {
    if full_url.starts_with("urn:") {
        return None;
    }
    let (before_id, _) = full_url.rsplit_once('/')?;
    let (before_kind, _) = before_id.rsplit_once('/')?;
    full_url.get(before_kind.len() + 1..)
}

/// Everything that the resource refers to, as written.
pub(super) fn references(resource: Value<'_>) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    let mut open = vec![resource];
    let mut found = Vec::new();
    // Most resources refer to nothing in the Bundle, and the text tells that faster.
    if resource.raw().contains("\"reference\"") {
        while let Some(value) = open.pop() {
            open.extend(value.items());
            for (name, member) in value.members() {
                if name == "reference" {
                    found.extend(member.as_str());
                } else {
                    open.push(member);
                }
            }
        }
    }
    found.into_iter()
}

/// Whether a reference is a search that has to be made.
pub(super) fn is_conditional(reference: &str) -> bool {
    reference.split_once('?').is_some_and(|(kind, _)| {
        !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}
