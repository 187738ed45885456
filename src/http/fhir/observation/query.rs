//! Search parameters → [`ObservationQuery`].
//!
//! First everything that the text alone tells, with all that is wrong with it; then the numbers
//! of citizens and devices. No value is ever repeated in a message: it may be a CPR number.

mod values;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use pulsvagt_fhir::{Issue, IssueCode};

use crate::access::Interaction;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::params::{encode, pairs};
use crate::http::fhir::{Outcome, within};
use crate::ids::{CitizenNo, is_fhir_id};
use crate::store::observations::Identifier;
use crate::store::search::{About, ObservationQuery, Position, Sort, Test, Token};
use crate::store::{Store, StoreError, Wanted};

pub(in crate::http::fhir) use values::date;
pub(super) use values::{decimal, quantity, split, token};

/// Readings on a page, unless said otherwise.
const PAGE: u32 = 50;
/// Most readings on a page.
const LARGEST_PAGE: u32 = 1_000;
/// Most values of one parameter.
const MOST_VALUES: usize = 500;

/// What every search of this server ignores: it changes nothing about what is found.
const IGNORED: &[&str] =
    &["_elements", "_format", "_pretty", "_totalMethod", "_contained", "_containedType", "_lang"];

/// Around the parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// The server's own address.
    pub(super) base: &'a str,
    /// For dates without an offset.
    pub(super) zone: &'a TimeZone,
    /// For `ap`.
    pub(super) now: Micros,
    /// Whether unknown parameters are errors.
    pub(super) strict: bool,
    /// The parameters that are known beside those of a search.
    pub(super) also: &'a [&'a str],
}

/// Whose readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// By logical id.
    Id(String),
    /// By identifier.
    Identifier(Identifier),
    /// Somebody else's server, or no citizen at all.
    Nobody,
}

/// `_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Total {
    /// Only if it costs nothing.
    #[default]
    None,
    /// As it is.
    Accurate,
}

/// `_include`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Include {
    /// `Observation:patient` and `Observation:subject`.
    Patient,
    /// `Observation:device`.
    Device,
}

/// What the parameters say.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// All but citizens, devices and ids.
    pub(super) query: ObservationQuery,
    /// All of these; of each, one.
    pub(super) whose: Vec<Vec<Who>>,
    /// All of these; of each, one.
    pub(super) devices: Vec<Vec<String>>,
    /// All of these; of each, one.
    pub(super) ids: Vec<Vec<String>>,
    /// Whether only the number of readings is wanted.
    pub(super) count_only: bool,
    pub(super) total: Total,
    pub(super) includes: Vec<Include>,
    /// The parameters that were used, as a query string.
    pub(super) used: String,
    /// The logical id of the one citizen that the result is confined to; told by
    /// [`Self::resolve`].
    pub(super) subject: Option<String>,
}

/// Collects what is wrong.
#[derive(Debug, Default)]
struct Faults(Vec<Issue>);

impl Faults {
    fn add(&mut self, name: &str, what: &str) {
        self.push(IssueCode::Invalid, "bad-parameter", name, what);
    }

    fn unsupported(&mut self, key: &'static str, name: &str, what: &str) {
        self.push(IssueCode::NotSupported, key, name, what);
    }

    fn push(&mut self, code: IssueCode, key: &'static str, name: &str, what: &str) {
        // Even the name may be something that was pasted into the address.
        let plain = |byte: u8| byte.is_ascii_alphabetic() || b"_:.-$".contains(&byte);
        let name = if name.len() <= 64 && name.bytes().all(plain) { name } else { "(unreadable)" };
        self.0.push(Issue::error(code, key, "", format!("parameter {name}: {what}")));
    }

    fn into_result(self) -> Result<(), Outcome> {
        if self.0.is_empty() { Ok(()) } else { Err(Outcome::new(StatusCode::BAD_REQUEST, self.0)) }
    }
}

/// Reads the parameters.
pub(super) fn parse(
    parameters: &[(String, String)],
    context: Context<'_>,
) -> Result<Asked, Outcome> {
    let mut asked = Asked::default();
    asked.query.count = PAGE;
    let mut faults = Faults::default();
    let mut sorted = None;
    for (name, value) in parameters {
        if IGNORED.contains(&name.as_str()) || context.also.contains(&name.as_str()) {
            continue;
        }
        // An empty parameter asks for nothing.
        if value.trim().is_empty() {
            continue;
        }
        if split(value, ',').len() > MOST_VALUES {
            faults.add(name, "too many values in one parameter");
            continue;
        }
        let before = faults.0.len();
        let known = one(&mut asked, &mut sorted, &mut faults, name, value, context);
        if !known && context.strict {
            faults.unsupported("unknown-parameter", name, "is not known here");
        }
        if known && faults.0.len() == before && !is_control(name) && !is_person(name) {
            push_used(&mut asked.used, name, value);
        }
    }
    faults.into_result()?;
    asked.query.sort = sorted.unwrap_or_default();
    Ok(asked)
}

/// Parameters of which the one that is used is written anew.
fn is_control(name: &str) -> bool {
    matches!(name, "_count" | "_sort" | "_summary")
}

/// Parameters that name people by what must not stand in an address; what they were resolved to
/// is written in their place.
fn is_person(name: &str) -> bool {
    name.starts_with("patient") || name.starts_with("subject")
}

/// Appends to a query string.
pub(super) fn push_used(used: &mut String, name: &str, value: &str) {
    if !used.is_empty() {
        used.push('&');
    }
    used.push_str(&encode(name));
    used.push('=');
    used.push_str(&encode(value));
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::DateDesc => "-date",
        Sort::DateAsc => "date",
        Sort::UpdatedDesc => "-_lastUpdated",
        Sort::UpdatedAsc => "_lastUpdated",
    }
}

/// One parameter; `false` if it is not known.
fn one(
    asked: &mut Asked,
    sorted: &mut Option<Sort>,
    faults: &mut Faults,
    name: &str,
    value: &str,
    context: Context<'_>,
) -> bool {
    let (base, modifier) = match name.split_once([':', '.']) {
        Some((base, _)) => (base, name.get(base.len()..).unwrap_or("")),
        None => (name, ""),
    };
    let about = match base {
        "code" => Some(About::Code),
        "combo-code" => Some(About::ComboCode),
        "category" => Some(About::Category),
        "status" => Some(About::Status),
        _ => None,
    };
    match (base, modifier) {
        (_, "" | ":not") if about.is_some() => {
            let tokens: Vec<Token> = split(value, ',').into_iter().filter_map(token).collect();
            if tokens.is_empty() {
                faults.add(name, "no code in it");
            } else if let Some(about) = about {
                asked.query.tests.push(Test { about, tokens, negate: modifier == ":not" });
            }
        }
        ("patient", "") | ("subject", "" | ":Patient") => {
            let whose = split(value, ',').into_iter().map(|one| who(one, context.base)).collect();
            asked.whose.push(whose);
        }
        ("patient", ".identifier" | ":identifier")
        | ("subject", ".identifier" | ":identifier" | ":Patient.identifier") => {
            match identifiers(value) {
                Some(listed) => {
                    asked.whose.push(listed.into_iter().map(Who::Identifier).collect());
                }
                None => faults.add(name, "has to be system|value or value"),
            }
        }
        ("device", "" | ":Device") => {
            let devices = split(value, ',').into_iter().flat_map(|one| device(one, context.base));
            asked.devices.push(devices.collect());
        }
        ("identifier", "") => match identifiers(value) {
            Some(listed) => asked.query.identifiers.push(listed),
            None => faults.add(name, "has to be system|value or value"),
        },
        ("_id", "") => {
            asked.ids.push(split(value, ',').into_iter().map(values::unescape).collect());
        }
        ("date" | "_lastUpdated", "") => {
            let read = |one| date(one, context.zone, context.now);
            let filters: Option<Vec<_>> = split(value, ',').into_iter().map(read).collect();
            match (filters, base) {
                (Some(filters), "date") => asked.query.dates.push(filters),
                (Some(filters), _) => asked.query.updated.push(filters),
                (None, _) => faults.add(
                    name,
                    "has to be a date such as 2026-01-31 or 2026-01-31T12:00:00Z, after eq, ne, \
                     gt, lt, ge, le, sa, eb, ap or nothing",
                ),
            }
        }
        ("value-quantity", "") => {
            let filters: Option<Vec<_>> = split(value, ',').into_iter().map(quantity).collect();
            match filters {
                Some(filters) => asked.query.values.push(filters),
                None => faults.add(name, "has to be a number, or number|system|code"),
            }
        }
        ("_sort", "") => match sort(value) {
            Some(sort) => *sorted = Some(sort),
            None => faults.add(name, "results can be sorted by date and _lastUpdated"),
        },
        ("_count", "") => match value.trim().parse::<u64>() {
            Ok(0) => asked.count_only = true,
            Ok(count) => {
                asked.query.count =
                    u32::try_from(count).map_or(LARGEST_PAGE, |n| n.min(LARGEST_PAGE));
            }
            Err(_) => faults.add(name, "has to be a whole number"),
        },
        ("_total", "") => match value.trim() {
            "none" => asked.total = Total::None,
            "accurate" | "estimate" => asked.total = Total::Accurate,
            _ => faults.add(name, "has to be none, estimate or accurate"),
        },
        ("_summary", "") => match value.trim() {
            "count" => asked.count_only = true,
            "true" | "false" | "text" | "data" => {}
            _ => faults.add(name, "has to be count, true, false, text or data"),
        },
        ("_include", "") => match value.trim() {
            "Observation:patient"
            | "Observation:subject"
            | "Observation:patient:Patient"
            | "Observation:subject:Patient" => asked.includes.push(Include::Patient),
            "Observation:device" | "Observation:device:Device" => {
                asked.includes.push(Include::Device);
            }
            _ => return false,
        },
        (base, _) if KNOWN.contains(&base) => {
            faults.unsupported("unknown-modifier", name, "this modifier or chain is not offered");
        }
        _ => return false,
    }
    true
}

const KNOWN: &[&str] = &[
    "patient",
    "subject",
    "code",
    "combo-code",
    "category",
    "status",
    "device",
    "identifier",
    "_id",
    "date",
    "_lastUpdated",
    "value-quantity",
    "_sort",
    "_count",
    "_total",
    "_summary",
    "_include",
];

/// The first key of `_sort` that is known; `None` if there is another one.
fn sort(value: &str) -> Option<Sort> {
    let keys: Option<Vec<Sort>> = value
        .split(',')
        .map(|key| {
            Some(match key.trim() {
                "-date" => Sort::DateDesc,
                "date" => Sort::DateAsc,
                "-_lastUpdated" => Sort::UpdatedDesc,
                "_lastUpdated" => Sort::UpdatedAsc,
                _ => return None,
            })
        })
        .collect();
    keys?.first().copied()
}

/// The local part of a reference, with its type.
fn local<'a>(reference: &'a str, base: &str) -> &'a str {
    reference.strip_prefix(base).map_or(reference, |path| path.trim_start_matches('/'))
}

pub(super) fn who(reference: &str, base: &str) -> Who {
    let reference = values::unescape(reference.trim());
    let path = local(&reference, base);
    let id = path.strip_prefix("Patient/").unwrap_or(path);
    if is_fhir_id(id) { Who::Id(id.to_owned()) } else { Who::Nobody }
}

/// The references that a device may have been sent with.
fn device(reference: &str, base: &str) -> Vec<String> {
    let reference = values::unescape(reference.trim());
    let path = local(&reference, base);
    let path =
        if path.contains(['/', ':', '|']) { path.to_owned() } else { format!("Device/{path}") };
    let absolute = path.starts_with("Device/").then(|| format!("{base}/{path}"));
    std::iter::once(path).chain(absolute).collect()
}

fn identifiers(value: &str) -> Option<Vec<Identifier>> {
    split(value, ',')
        .into_iter()
        .map(|one| {
            let token = token(one)?;
            Some(Identifier { system: token.system, value: token.code? })
        })
        .collect()
}

impl Asked {
    /// The parameters that were used, with the order and the length of a page.
    pub(super) fn used(&self) -> String {
        let mut used = self.used.clone();
        push_used(&mut used, "_sort", sort_name(self.query.sort));
        let count = if self.count_only { 0 } else { self.query.count };
        push_used(&mut used, "_count", &count.to_string());
        used
    }

    /// Leaves out what was entered in error.
    pub(super) fn only_what_stands(&mut self) {
        let mistaken = Token { system: None, code: Some("entered-in-error".to_owned()) };
        self.query.tests.push(Test { about: About::Status, tokens: vec![mistaken], negate: true });
    }

    /// Finds citizens and devices, and narrows the search to what the caller can reach and its
    /// scopes cover; `None` if nothing can match.
    pub(super) async fn resolve(
        &mut self,
        store: &Store,
        caller: &Caller,
    ) -> Result<Option<ObservationQuery>, Outcome> {
        if self.whose.iter().flatten().any(|who| matches!(who, Who::Identifier(_))) {
            // It tells who has the identifier.
            caller.require(Interaction::Search, "Patient")?;
        }
        let mut query = self.query.clone();
        query.within = within::tests(caller);
        if let Some(ids) = allowed(self.citizens(store, caller).await?, caller.citizen()) {
            if !self.whose.is_empty() {
                let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                ids.sort_unstable();
                match ids.as_slice() {
                    // Nobody has such an id, so the address finds nothing either.
                    [] => push_used(&mut self.used, "_id", "none"),
                    ids => push_used(&mut self.used, "patient", &ids.join(",")),
                }
            }
            self.subject = ids.iter().next().filter(|_| ids.len() == 1).cloned();
            query.citizens = Some(numbers(store, &ids).await?);
        }
        within::leave_out(store, caller, &mut query).await?;
        for one_of in &self.devices {
            let found = store.sources(one_of).await?;
            query.sources = Some(match query.sources.take() {
                Some(before) => before.into_iter().filter(|no| found.contains(no)).collect(),
                None => found,
            });
        }
        for one_of in &self.ids {
            let found: Vec<_> = one_of.iter().filter_map(|id| store.sealer().open(id)).collect();
            query.ids = Some(match query.ids.take() {
                Some(before) => before.into_iter().filter(|key| found.contains(key)).collect(),
                None => found,
            });
        }
        let nothing = query.citizens.as_ref().is_some_and(Vec::is_empty)
            || query.sources.as_ref().is_some_and(Vec::is_empty)
            || query.ids.as_ref().is_some_and(Vec::is_empty);
        Ok((!nothing).then_some(query))
    }

    /// The logical ids that are asked for; `None` = of everybody.
    async fn citizens(
        &self,
        store: &Store,
        caller: &Caller,
    ) -> Result<Option<HashSet<String>>, StoreError> {
        let mut asked: Option<HashSet<String>> = None;
        for one_of in &self.whose {
            let mut ids = HashSet::new();
            for who in one_of {
                match who {
                    Who::Id(id) => drop(ids.insert(id.clone())),
                    Who::Identifier(identifier) => {
                        ids.extend(within::named(store, caller, identifier).await?);
                    }
                    Who::Nobody => {}
                }
            }
            asked = Some(asked.map_or_else(|| ids.clone(), |before| &before & &ids));
        }
        Ok(asked)
    }
}

/// Those of the citizens that the caller can reach.
fn allowed(asked: Option<HashSet<String>>, own: Option<&str>) -> Option<HashSet<String>> {
    match (asked, own) {
        (asked, None) => asked,
        (None, Some(own)) => Some(HashSet::from([own.to_owned()])),
        (Some(asked), Some(own)) => Some(asked.into_iter().filter(|id| id == own).collect()),
    }
}

async fn numbers(store: &Store, ids: &HashSet<String>) -> Result<Vec<CitizenNo>, StoreError> {
    let mut wanted = Wanted::default();
    wanted
        .citizens
        .extend(ids.iter().filter(|id| store.citizen(id).is_none()).map(|id| id.as_str().into()));
    if !wanted.is_empty() {
        store.resolve(&wanted).await?;
    }
    Ok(ids.iter().filter_map(|id| store.citizen(id).map(|(no, _)| no)).collect())
}

/// The token of the next page. It holds the whole search, sealed: nothing personal stands in an
/// address, and nothing can be changed on the way.
pub(super) fn page_token(store: &Store, used: &str, position: Position) -> String {
    let mut bytes = position.to_bytes();
    bytes.extend_from_slice(used.as_bytes());
    store.sealer().seal_bytes(b"page", bytes)
}

/// The parameters and the place that a page token holds.
pub(super) fn open_page(store: &Store, token: &str) -> Option<(Vec<(String, String)>, Position)> {
    let bytes = store.sealer().open_bytes(b"page", token)?;
    let (position, used) = bytes.split_at_checked(Position::BYTES)?;
    Some((pairs(std::str::from_utf8(used).ok()?), Position::from_bytes(position)?))
}
