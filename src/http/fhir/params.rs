//! Query strings, as real clients write them: unescaped, repeated, with parameters nobody knows.

use axum::http::HeaderMap;

/// Name and value of every parameter, in order. Never fails: a stray `%` stands for itself.
pub(in crate::http) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |offset: usize| {
            bytes.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16))
        };
        match (byte, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high << 4 | low).unwrap_or(b'?'));
                at += 3;
            }
            (b'+', ..) => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Escapes a parameter for an address.
pub(in crate::http) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:|,/$".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}

/// The `return` preference of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    /// The resource.
    Representation,
    /// Nothing.
    Minimal,
    /// What there is to say about it.
    Outcome,
}

/// `Prefer: return=…`; the resource unless said otherwise.
pub(super) fn prefer_return(headers: &HeaderMap) -> Return {
    match preference(headers, "return").as_deref() {
        Some("minimal") => Return::Minimal,
        Some("OperationOutcome") => Return::Outcome,
        _ => Return::Representation,
    }
}

/// `Prefer: handling=strict`: unknown search parameters are errors.
pub(super) fn prefer_strict(headers: &HeaderMap) -> bool {
    preference(headers, "handling").as_deref() == Some("strict")
}

/// `Prefer: handling=lenient`: unknown parameters are passed over.
pub(super) fn prefer_lenient(headers: &HeaderMap) -> bool {
    preference(headers, "handling").as_deref() == Some("lenient")
}

/// Whether a preference without a value is among those of the request.
pub(super) fn prefers(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|part| part.trim().eq_ignore_ascii_case(name))
}

fn preference(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .filter_map(|part| part.trim().split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// The version in `If-Match: W/"3"`; `Err` when it cannot be one.
pub(super) fn if_match(headers: &HeaderMap) -> Option<Result<u32, ()>> {
    let value = headers.get("if-match")?;
    Some(
        value
            .to_str()
            .ok()
            .map(|text| text.trim().trim_start_matches("W/").trim_matches('"'))
            .and_then(|text| text.parse().ok())
            .ok_or(()),
    )
}
