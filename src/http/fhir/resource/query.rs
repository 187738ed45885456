//! Understanding a search: parameters in, [`ResourceQuery`] out
//! (<http://hl7.org/fhir/R4/search.html>).

use jiff::tz::TimeZone;
use pulsvagt_fhir::datetime::{Precision, parse_datetime, parse_instant};

use crate::clock::Micros;
use crate::http::fhir::Outcome;
use crate::ids::is_fhir_id;
use crate::store::resources::{
    Comparison, Criterion, Filter, How, Parameter, Place, Prefix, Reach, ResourceQuery, parameters,
};

/// Resources on a page when the client does not say.
const PAGE: u32 = 50;
/// Most resources on a page.
const MOST: u32 = 1_000;
/// Most values in a search.
const VALUES: usize = 500;

/// What a search is understood against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) base: &'a str,
    pub(super) zone: &'a TimeZone,
    pub(super) now: Micros,
    /// Unknown parameters are errors.
    pub(super) strict: bool,
}

/// A search that is understood.
#[derive(Debug)]
pub(in crate::http) struct Understood {
    pub(super) query: ResourceQuery,
    /// The parameters that count, for the self link and the next page.
    pub(super) used: Vec<(String, String)>,
    /// Whether an address with them may be written down anywhere.
    pub(super) personal: bool,
    /// Only the number of matches is asked for.
    pub(super) only_count: bool,
}

/// Understands the parameters of a search for a type.
pub(super) fn understand(
    kind: &'static str,
    pairs: Vec<(String, String)>,
    reach: Reach,
    after: Option<Place>,
    setting: Setting<'_>,
) -> Result<Understood, Outcome> {
    let mut understood = Understood {
        query: ResourceQuery {
            kind,
            reach,
            filters: Vec::new(),
            within: Vec::new(),
            denied: Vec::new(),
            unprotected: false,
            newest_first: true,
            after,
            limit: PAGE,
            count: false,
        },
        used: Vec::new(),
        personal: kind == "Patient",
        only_count: false,
    };
    for (name, value) in pairs {
        if value.contains('\0') {
            return Err(bad_value(&name));
        }
        if understood.take(kind, &name, &value, setting)? {
            understood.used.push((name, value));
        }
    }
    let values: usize = understood.query.filters.iter().map(|filter| filter.any.len()).sum();
    if values > VALUES {
        return Err(Outcome::bad_request("search-too-large", "too many values in one search"));
    }
    if understood.only_count {
        understood.query.limit = 0;
        understood.query.count = true;
    }
    Ok(understood)
}

impl Understood {
    /// Whether the parameter counts.
    fn take(
        &mut self,
        kind: &'static str,
        name: &str,
        value: &str,
        setting: Setting<'_>,
    ) -> Result<bool, Outcome> {
        match name {
            "_count" => {
                let count: u32 = value.parse().map_err(|_| bad_value(name))?;
                self.query.limit = count.min(MOST);
                self.only_count |= count == 0;
            }
            "_sort" if matches!(value, "_lastUpdated" | "-_lastUpdated") => {
                self.query.newest_first = value.starts_with('-');
            }
            "_total" if matches!(value, "none" | "estimate" | "accurate") => {
                self.query.count |= value != "none";
            }
            "_summary" if value == "count" => self.only_count = true,
            "_summary" if value == "false" => {}
            // They do not change what is found.
            "_format" | "_pretty" => return Ok(false),
            _ => return self.filter(kind, name, value, setting),
        }
        Ok(true)
    }

    fn filter(
        &mut self,
        kind: &'static str,
        name: &str,
        value: &str,
        setting: Setting<'_>,
    ) -> Result<bool, Outcome> {
        let (bare, modifier) = name.split_once(':').unwrap_or((name, ""));
        let Some(parameter) = parameters(kind).iter().find(|listed| listed.name == bare) else {
            return if setting.strict { Err(unknown(kind)) } else { Ok(false) };
        };
        let about_patient = modifier == "Patient" && parameter.how == How::Citizen;
        if !modifier.is_empty() && !about_patient {
            return Err(Outcome::bad_request(
                "modifier-not-supported",
                format!("{bare} has no such modifier here"),
            ));
        }
        // A parameter without a value says nothing.
        if value.is_empty() {
            return Ok(false);
        }
        let any = split(value, ',')
            .iter()
            .map(|value| criterion(parameter, value, setting).ok_or_else(|| bad_value(bare)))
            .collect::<Result<_, Outcome>>()?;
        self.personal |= parameter.how == How::Text || bare == "identifier";
        self.query.filters.push(Filter { parameter, any });
        Ok(true)
    }
}

fn bad_value(name: &str) -> Outcome {
    // The name is the client's own; only a known one is repeated.
    let known = name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_');
    let name = if known && name.len() < 40 { name } else { "a parameter" };
    Outcome::bad_request(
        "bad-search-value",
        format!("{name} has a value that cannot be understood"),
    )
}

fn unknown(kind: &str) -> Outcome {
    let names: Vec<&str> = parameters(kind).iter().map(|parameter| parameter.name).collect();
    Outcome::bad_request(
        "unknown-parameter",
        format!("a parameter is not known; {kind} is searched by {}", names.join(", ")),
    )
}

fn criterion(parameter: &Parameter, value: &str, setting: Setting<'_>) -> Option<Criterion> {
    match parameter.how {
        How::Id => Some(Criterion::Id(unescape(value))),
        How::Updated | How::Date => comparison(value, setting).map(Criterion::Date),
        How::Citizen => {
            let reference = relative(value, setting.base);
            let id = reference.strip_prefix("Patient/").unwrap_or(&reference);
            // What cannot be an id finds nothing, as an unknown one does.
            let id = if is_fhir_id(id) { id } else { "" };
            Some(Criterion::Citizen(id.to_owned()))
        }
        How::Token => {
            let parts = split(value, '|');
            let (system, code) = match parts.as_slice() {
                [code] => (None, code.as_str()),
                // Some identifiers hold a bar that nobody has escaped.
                [system, ..] => (Some(unescape(system)), &value[system.len() + 1..]),
                [] => return None,
            };
            let code = (!code.is_empty()).then(|| unescape(code));
            let nothing = code.is_none() && system.as_deref().is_none_or(str::is_empty);
            (!nothing).then_some(Criterion::Token { system, code })
        }
        How::Code => {
            let code = split(value, '|').pop().filter(|code| !code.is_empty())?;
            Some(Criterion::Token { system: None, code: Some(unescape(&code)) })
        }
        How::Text => Some(Criterion::Starts(unescape(value))),
        How::Reference => {
            let reference = relative(value, setting.base);
            Some(if is_fhir_id(&reference) {
                Criterion::ReferenceId(reference)
            } else {
                Criterion::Token { system: None, code: Some(reference) }
            })
        }
        How::Canonical => {
            let value = unescape(value);
            let (address, version) = match value.split_once('|') {
                Some((address, version)) => (address.to_owned(), Some(version.to_owned())),
                None => (value, None),
            };
            Some(Criterion::Token { system: version, code: Some(address) })
        }
    }
}

/// A reference as it is indexed.
fn relative(value: &str, base: &str) -> String {
    let value = unescape(value);
    let local = value.strip_prefix(base).and_then(|path| path.strip_prefix('/')).unwrap_or(&value);
    local.split_once("/_history/").map_or(local, |(current, _)| current).to_owned()
}

fn comparison(value: &str, setting: Setting<'_>) -> Option<Comparison> {
    let (prefix, text) = match value.get(..2) {
        Some("eq") => (Prefix::Eq, &value[2..]),
        Some("ne") => (Prefix::Ne, &value[2..]),
        Some("gt") => (Prefix::Gt, &value[2..]),
        Some("lt") => (Prefix::Lt, &value[2..]),
        Some("ge") => (Prefix::Ge, &value[2..]),
        Some("le") => (Prefix::Le, &value[2..]),
        Some("sa") => (Prefix::Sa, &value[2..]),
        Some("eb") => (Prefix::Eb, &value[2..]),
        Some("ap") => (Prefix::Ap, &value[2..]),
        _ => (Prefix::Eq, value),
    };
    let (mut lower, mut upper) = moment(text, setting.zone)?;
    if prefix == Prefix::Ap {
        // A tenth of the time between then and now, as the specification proposes.
        let slack = (setting.now.0 - lower).abs() / 10;
        lower = lower.saturating_sub(slack);
        upper = upper.saturating_add(slack);
    }
    Some(Comparison { prefix, lower: Micros(lower), upper: Micros(upper) })
}

/// First and one-past-last microsecond of a date in a search, which may leave out the seconds and
/// the offset, and whose plus may have arrived as a space.
fn moment(text: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    let text = text.replace(' ', "+");
    if let Some(time) = parse_datetime(&text) {
        return Some(time.range_us(zone));
    }
    let (date, time) = text.split_once('T')?;
    let offset_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = (time.get(..offset_at)?, time.get(offset_at..)?);
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let zulu = if offset.is_empty() { "Z" } else { offset };
    let mut time = parse_instant(&format!("{date}T{clock}{seconds}{zulu}"))?;
    if offset.is_empty() {
        time.offset_minutes = None;
    }
    let (lower, upper) = time.range_us(zone);
    let minute = !seconds.is_empty() && time.precision == Precision::Second;
    Some((lower, if minute { lower + 60_000_000 } else { upper }))
}

/// Splits at separators that are not escaped; the parts keep their escapes.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for character in text.chars() {
        if character == separator && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&next)) if matches!(next, ',' | '|' | '$' | '\\') => {
                out.push(next);
                characters.next();
            }
            _ => out.push(character),
        }
    }
    out
}
