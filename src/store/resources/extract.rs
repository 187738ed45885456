//! What a resource can be found by: its values for the search parameters of its type.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use jiff::tz::TimeZone;
use pulsvagt_fhir::Value;
use pulsvagt_fhir::datetime::parse_datetime;

use super::compartment::local;
use super::parameters::{How, Parameter, parameters};
use crate::clock::Micros;
use crate::store::vault::Keys;

/// Longest code, system or string that is indexed as it is, bytes. An index entry cannot be
/// longer than a third of a page, and nobody types more.
const LONGEST: usize = 256;

/// Before every time that FHIR can name.
pub(super) const OPEN_START: Micros = Micros(-100_000_000_000_000_000);
/// After every time that FHIR can name.
pub(super) const OPEN_END: Micros = Micros(300_000_000_000_000_000);

/// The search values of one resource, sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SearchValues {
    /// Parameter, code, system.
    pub(super) tokens: Vec<(&'static str, String, String)>,
    /// Parameter, first and one-past-last moment.
    pub(super) dates: Vec<(&'static str, Micros, Micros)>,
}

/// How a parameter's values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// As a hash of the whole value: identifiers, whoever's they are.
    Whole,
    /// As hashes of its beginnings: names, of people and of what belongs to them.
    Beginnings,
    /// As it is, unless it holds a personal number.
    Clear,
}

impl Stored {
    pub(super) fn of(parameter: &Parameter) -> Self {
        match parameter.how {
            How::Text => Self::Beginnings,
            How::Token if parameter.name == "identifier" => Self::Whole,
            _ => Self::Clear,
        }
    }
}

impl SearchValues {
    /// The tokens as they are stored.
    pub(super) fn stored_tokens(
        &self,
        kind: &str,
        keys: &Keys,
    ) -> Vec<(&'static str, String, String)> {
        let known = parameters(kind);
        let stored = |name: &str| {
            known.iter().find(|known| known.name == name).map_or(Stored::Clear, Stored::of)
        };
        let mut out = Vec::with_capacity(self.tokens.len());
        for (name, code, system) in &self.tokens {
            let system = keys.blind_code(system);
            match stored(name) {
                Stored::Whole => out.push((*name, keys.blind_identifier(code), system)),
                Stored::Clear => out.push((*name, keys.blind_code(code), system)),
                Stored::Beginnings => {
                    let hashes = keys.blind_beginnings(name, code).into_iter();
                    out.extend(hashes.map(|hash| (*name, hash, system.clone())));
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// The search values of a resource of that type. Dates without an offset are taken in `zone`;
/// references to `base` become relative.
pub(super) fn extract(
    kind: &str,
    resource: Value<'_>,
    zone: &TimeZone,
    base: &str,
) -> SearchValues {
    let mut values = SearchValues::default();
    for parameter in parameters(kind) {
        for value in parameter.paths.iter().flat_map(|path| all_at(resource, path)) {
            values.add(parameter.name, parameter.how, value, zone, base);
        }
    }
    values.tokens.sort_unstable();
    values.tokens.dedup();
    values.dates.sort_unstable();
    values.dates.dedup();
    values
}

impl SearchValues {
    fn add(&mut self, name: &'static str, how: How, value: Value<'_>, zone: &TimeZone, base: &str) {
        let mut token = |code: &str, system: &str| {
            self.tokens.push((name, short(code), short(system)));
        };
        match how {
            // Columns of their own.
            How::Id | How::Updated | How::Citizen => {}
            How::Token => each_token(value, token),
            How::Code => match value.as_str() {
                Some(code) => token(&code, ""),
                None if value.as_bool().is_some() => token(value.raw(), ""),
                None => {}
            },
            How::Text => {
                if let Some(text) = value.as_str() {
                    self.tokens.push((name, folded(&text), String::new()));
                }
            }
            How::Reference => {
                if let Some(reference) = value.str_at("reference") {
                    token(local(&reference, base), "");
                }
            }
            How::Canonical => {
                if let Some(canonical) = value.as_str() {
                    let (address, version) = canonical.split_once('|').unwrap_or((&canonical, ""));
                    token(address, version);
                }
            }
            How::Date => {
                self.dates.extend(range(value, zone).map(|(lower, upper)| (name, lower, upper)));
            }
        }
    }
}

/// Every code with its system in a `CodeableConcept`, Coding or Identifier.
fn each_token(value: Value<'_>, mut token: impl FnMut(&str, &str)) {
    let mut add = |object: Value<'_>, member: &str| {
        if let Some(code) = object.str_at(member) {
            token(&code, &object.str_at("system").unwrap_or_default());
        }
    };
    if value.get("coding").is_some() {
        value.each("coding").for_each(|coding| add(coding, "code"));
    } else {
        add(value, "code");
        add(value, "value");
    }
}

/// The range of a date or Period; `None` where it says no time at all.
fn range(value: Value<'_>, zone: &TimeZone) -> Option<(Micros, Micros)> {
    let parse = |text: &str| {
        let (lower, upper) = parse_datetime(text)?.range_us(zone);
        Some((Micros(lower), Micros(upper)))
    };
    if let Some(text) = value.as_str() {
        return parse(&text);
    }
    let end = |name| value.str_at(name).and_then(|text| parse(&text));
    let (start, end) = (end("start"), end("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    let lower = start.map_or(OPEN_START, |(lower, _)| lower);
    let upper = end.map_or(OPEN_END, |(_, upper)| upper);
    // Some devices send a Period that ends before it starts.
    match (start, end) {
        (Some((_, latest)), Some((earliest, _))) if upper <= lower => Some((earliest, latest)),
        _ => Some((lower, upper)),
    }
}

/// All values at a path of names; lists on the way are gone through.
fn all_at<'d>(value: Value<'d>, path: &str) -> Vec<Value<'d>> {
    if value.is_array() {
        return value.items().flat_map(|item| all_at(item, path)).collect();
    }
    match path.split_once('.') {
        Some((name, rest)) => value.get(name).map_or_else(Vec::new, |next| all_at(next, rest)),
        None if path.is_empty() => vec![value],
        None => value.get(path).map_or_else(Vec::new, |next| all_at(next, "")),
    }
}

/// A code or system as it is indexed: itself, or its digest where it is too long.
pub(super) fn short(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!("sha256:{}", HEXLOWER.encode(digest.as_ref()))
}

/// A string as it is indexed: in lower case, its beginning.
pub(super) fn folded(text: &str) -> String {
    let mut folded = text.to_lowercase();
    let cut = (0..=LONGEST.min(folded.len())).rev().find(|at| folded.is_char_boundary(*at));
    folded.truncate(cut.unwrap_or(0));
    folded
}
