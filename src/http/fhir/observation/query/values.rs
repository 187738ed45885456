//! The values of search parameters (<http://hl7.org/fhir/R4/search.html#ptypes>).

use jiff::civil;
use jiff::tz::TimeZone;
use pulsvagt_fhir::datetime::{parse_datetime, parse_instant};

use crate::clock::Micros;
use crate::store::search::{DateFilter, Prefix, QuantityFilter, Token, UnitOf};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// The parts between separators that have no `\` before them; escapes stay.
pub(in super::super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == separator {
            parts.push(&text[start..at]);
            start = at + character.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Without the escapes `\,`, `\|`, `\$` and `\\`.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, rest.peek()) {
            ('\\', Some(&next @ (',' | '|' | '$' | '\\'))) => {
                out.push(next);
                rest.next();
            }
            _ => out.push(character),
        }
    }
    out
}

/// `system|code`, `code`, `|code` or `system|`.
pub(in super::super) fn token(text: &str) -> Option<Token> {
    let text = text.trim();
    let first = split(text, '|').first().map_or(0, |part| part.len());
    // A further bar belongs to the code, as identifiers of devices have them.
    let (system, code) = match (text.get(..first), text.get(first + 1..)) {
        (Some(system), Some(code)) => (Some(unescape(system)), code),
        _ => (None, text),
    };
    let code = Some(unescape(code)).filter(|code| !code.is_empty());
    let says_something = code.is_some() || system.as_ref().is_some_and(|text| !text.is_empty());
    says_something.then_some(Token { system, code })
}

fn prefix(text: &str) -> (Prefix, &str) {
    let prefixes = [
        ("eq", Prefix::Eq),
        ("ne", Prefix::Ne),
        ("gt", Prefix::Gt),
        ("lt", Prefix::Lt),
        ("ge", Prefix::Ge),
        ("le", Prefix::Le),
        ("sa", Prefix::Sa),
        ("eb", Prefix::Eb),
        ("ap", Prefix::Ap),
    ];
    prefixes
        .into_iter()
        .find_map(|(name, prefix)| text.strip_prefix(name).map(|rest| (prefix, rest)))
        .unwrap_or((Prefix::Eq, text))
}

/// A date with a prefix. `ap` widens the range by a tenth of the time between it and now.
pub(in crate::http::fhir) fn date(text: &str, zone: &TimeZone, now: Micros) -> Option<DateFilter> {
    let (prefix, text) = prefix(text.trim());
    let (mut lower, mut upper) = range(text.trim(), zone)?;
    if prefix == Prefix::Ap {
        let middle = lower + (upper - lower) / 2;
        let tolerance = (now.0 - middle).abs() / 10;
        lower -= tolerance;
        upper += tolerance;
    }
    Some(DateFilter { prefix, lower, upper })
}

/// First and one-past-last microsecond. More is taken than FHIR writes: a time without seconds, or
/// without an offset (then in the municipality's zone), and a plus sign that arrived as a space.
fn range(text: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    if !text.is_ascii() {
        return None;
    }
    let Some((day, time)) = text.split_once('T') else {
        return parse_datetime(text).map(|date| date.range_us(zone));
    };
    let (clock, offset) = match time.find(['Z', '+', '-', ' ']) {
        Some(at) => (&time[..at], time[at..].replacen(' ', "+", 1)),
        None => (time, String::new()),
    };
    let to_minute = clock.len() == 5;
    let clock = if to_minute { format!("{clock}:00") } else { clock.to_owned() };
    let zulu = if offset.is_empty() { "Z" } else { offset.as_str() };
    let date = parse_instant(&format!("{day}T{clock}{zulu}"))?;
    let (mut lower, upper) = date.range_utc();
    let length = if to_minute { MINUTE } else { upper - lower };
    if offset.is_empty() {
        let local: civil::DateTime = format!("{day}T{clock}").parse().ok()?;
        lower = zone.to_timestamp(local).ok()?.as_microsecond();
    }
    Some((lower, lower + length))
}

/// A decimal with the range that its digits stand for: `5.4` is `5.35..5.45`.
///
/// A single digit with an exponent counts as two: the specification's own example takes `1e2` for
/// `95..105`.
pub(in super::super) fn decimal(text: &str) -> Option<(f64, f64, f64)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i32>().ok()?)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let written = whole.len() + fraction.len();
    if written == 0 || written > 30 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let mut last = exponent.unwrap_or(0) - i32::try_from(fraction.len()).ok()?;
    if exponent.is_some() && written == 1 {
        last -= 1;
    }
    let half = 0.5 * 10_f64.powi(last);
    (number.is_finite() && half.is_finite()).then_some((number, number - half, number + half))
}

/// `[prefix]number`, `…|system|code` or `…||code`.
pub(in super::super) fn quantity(text: &str) -> Option<QuantityFilter> {
    let (prefix, text) = prefix(text.trim());
    let parts = split(text, '|');
    let (number, lower, upper) = decimal(parts.first()?.trim())?;
    let unit = match parts.as_slice() {
        [_] | [_, ""] | [_, "", ""] => None,
        [_, system, code] if !code.is_empty() => Some(UnitOf {
            system: Some(unescape(system)).filter(|system| !system.is_empty()),
            code: unescape(code),
        }),
        // A clinician's number|unit, which FHIR does not know but people write.
        [_, code] => Some(UnitOf { system: None, code: unescape(code) }),
        _ => return None,
    };
    Some(QuantityFilter { prefix, number, lower, upper, unit })
}
