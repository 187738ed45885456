//! What an export is asked for with.

use axum::http::HeaderMap;
use pulsvagt_fhir::datetime::parse_instant;

use super::super::params::{encode, prefer_lenient, prefers};
use super::{Outcome, may_read};
use crate::access::policy::resource_types;
use crate::clock::Micros;
use crate::http::Caller;
use crate::store::bulk::Level;
use crate::store::resources::kinds;

/// The parameters of an export.
pub(in crate::http::fhir) const PARAMETERS: [&str; 4] =
    ["_outputFormat", "_since", "_type", "_typeFilter"];

/// Names of the one format that is offered; in an address a plus often arrives as a space.
const FORMATS: [&str; 4] =
    ["application/fhir+ndjson", "application/fhir ndjson", "application/ndjson", "ndjson"];

/// Parameters of results, which a filter cannot have, and those by which people are found: an address
/// with them would be written down.
const NOT_IN_FILTERS: [&str; 11] = [
    "_id",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
    "_include",
    "_revinclude",
    "identifier",
    "_page",
    "_format",
];
const OF_PEOPLE: [&str; 3] = ["name", "family", "given"];

/// What is asked for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Request {
    pub(super) since: Option<Micros>,
    pub(super) types: Vec<String>,
    pub(super) filters: Vec<String>,
    /// The parameters as they were understood.
    pub(super) query: String,
}

/// Whether answers come later, as they always do here.
pub(super) fn is_asynchronous(headers: &HeaderMap) -> Result<(), Outcome> {
    if prefers(headers, "respond-async") {
        return Ok(());
    }
    Err(Outcome::bad_request("respond-async", "an export needs the header Prefer: respond-async"))
}

/// Reads the parameters.
pub(super) fn parse(
    caller: &Caller,
    headers: &HeaderMap,
    parameters: &[(String, String)],
    level: Level,
) -> Result<Request, Outcome> {
    let mut request = Request::default();
    let lenient = prefer_lenient(headers);
    for (name, value) in parameters {
        let value = value.trim();
        match name.as_str() {
            "_outputFormat" if FORMATS.contains(&value) => {}
            "_outputFormat" => {
                return Err(wrong(name, "offered is application/fhir+ndjson"));
            }
            "_since" => {
                let since = parse_instant(&value.replace(' ', "+"));
                let since = since.ok_or_else(|| wrong(name, "has to be an instant"))?;
                let at = since.range_us(&jiff::tz::TimeZone::UTC).0;
                request.since = Some(Micros(at));
            }
            "_type" => {
                for kind in value.split(',').map(str::trim).filter(|kind| !kind.is_empty()) {
                    if is_exported(kind, level) {
                        may_read(caller, kind)?;
                        request.types.push(kind.to_owned());
                    } else if !lenient {
                        return Err(wrong(name, "a type that is not exported here"));
                    }
                }
            }
            "_typeFilter" => request.filters.extend(filters(value)),
            _ if lenient => {}
            _ => {
                let text = "a parameter is not offered; _type, _typeFilter, _since and \
                            _outputFormat are";
                return Err(Outcome::bad_request("unknown-parameter", text));
            }
        }
    }
    if request.types.is_empty() && !parameters.iter().any(|(name, _)| name == "_type") {
        let all = exported(level).filter(|kind| may_read(caller, kind).is_ok());
        request.types = all.map(str::to_owned).collect();
    }
    if request.types.is_empty() {
        return Err(Outcome::forbidden());
    }
    let mut seen = std::collections::BTreeSet::new();
    request.types.retain(|kind| seen.insert(kind.clone()));
    for filter in &request.filters {
        check(filter, &request.types)?;
    }
    request.query = address(&request);
    Ok(request)
}

/// The types of which there are exports.
fn exported(level: Level) -> impl Iterator<Item = &'static str> {
    std::iter::once("Observation")
        .chain(kinds())
        // A Group is in nobody's compartment.
        .filter(move |kind| level == Level::System || *kind != "Group")
}

/// Whether there are exports of the type.
pub(in crate::http::fhir) fn is_exported(kind: &str, level: Level) -> bool {
    exported(level).any(|listed| listed == kind)
}

/// The searches of a parameter. A comma before a type and a question mark is between two of them; any
/// other belongs to a value.
fn filters(value: &str) -> Vec<String> {
    let mut filters: Vec<String> = Vec::new();
    for part in value.split(',') {
        let kind = part.split_once('?').map(|(kind, _)| kind.trim());
        match filters.last_mut() {
            Some(last) if !kind.is_some_and(|kind| resource_types().any(|it| it == kind)) => {
                last.push(',');
                last.push_str(part);
            }
            _ => filters.push(part.trim().to_owned()),
        }
    }
    filters.retain(|filter| !filter.is_empty());
    filters
}

fn check(filter: &str, types: &[String]) -> Result<(), Outcome> {
    let Some((kind, query)) = filter.split_once('?') else {
        return Err(wrong("_typeFilter", "has to be Type?parameters"));
    };
    if !types.iter().any(|listed| listed == kind) {
        return Err(wrong("_typeFilter", "is about a type that is not exported"));
    }
    for (name, _) in super::super::pairs(query) {
        let bare = name.split([':', '.']).next().unwrap_or("");
        let of_people = kind == "Patient" && OF_PEOPLE.contains(&bare);
        if NOT_IN_FILTERS.contains(&bare) || of_people || name.contains(".identifier") {
            return Err(wrong("_typeFilter", "has a parameter that filters cannot have"));
        }
    }
    Ok(())
}

fn address(request: &Request) -> String {
    let mut pairs = vec![("_type", request.types.join(","))];
    pairs.extend(request.since.map(|since| ("_since", since.to_string())));
    pairs.extend(request.filters.iter().map(|filter| ("_typeFilter", filter.clone())));
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

fn wrong(name: &str, what: &str) -> Outcome {
    Outcome::bad_request("bad-parameter", format!("parameter {name}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::filters;

    #[test]
    fn commas_of_values_do_not_end_a_filter() {
        let text = "Observation?code=a,b&status=final,Patient?gender=female,Goal?_lastUpdated=gt1";
        let expected =
            ["Observation?code=a,b&status=final", "Patient?gender=female", "Goal?_lastUpdated=gt1"];
        assert_eq!(filters(text), expected);
        assert_eq!(filters("Observation?code=a, Patient?x=1").len(), 2);
        assert!(filters(" ").is_empty());
    }
}
