//! Scopes as they are written.

use std::fmt;

use super::{Code, Element, LETTERS, Letters, Level, Limit, Scope, Scopes};

/// Longest text that is looked at, bytes.
const LONGEST: usize = 4 << 10;

/// Scopes of SMART that are about signing in and not about resources. They are no mistake, and
/// allow nothing.
const ABOUT_SIGNING_IN: [&str; 5] =
    ["openid", "fhirUser", "profile", "offline_access", "online_access"];

/// Scopes that are not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a scope of this server: {0}; an example is system/Observation.crus or \
     system/Observation.rs?category=vital-signs"
)]
pub struct BadScope(pub String);

impl Scopes {
    /// Reads scopes that are separated by spaces. What is not understood is left out.
    pub fn parse(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self::default();
        }
        Self::normal(text.split(' ').filter_map(scope))
    }

    /// Reads scopes that somebody writes down to be kept.
    ///
    /// # Errors
    /// Names the first that is not understood.
    pub fn parse_strict(text: &str) -> Result<Self, BadScope> {
        if text.len() > LONGEST {
            return Err(BadScope(format!("more than {LONGEST} bytes")));
        }
        let read = |word: &str| match scope(word) {
            Some(scope) => Ok(Some(scope)),
            None if ABOUT_SIGNING_IN.contains(&word) => Ok(None),
            None => Err(BadScope(word.to_owned())),
        };
        let words = text.split(' ').filter(|word| !word.is_empty());
        let scopes = words.map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::normal(scopes.into_iter().flatten()))
    }
}

/// One scope.
fn scope(text: &str) -> Option<Scope> {
    // RFC 6749, section 3.3: printable ASCII but for quotes and backslashes.
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
        return None;
    }
    let (level, rest) = text.split_once('/')?;
    let level = match level {
        "patient" => Level::Patient,
        "user" => Level::User,
        "system" => Level::System,
        _ => return None,
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (kind, rights) = rest.split_once('.')?;
    let kind = match kind {
        "*" => None,
        name if is_type(name) => Some(name.to_owned()),
        _ => return None,
    };
    let letters = match (rights, query) {
        // Version 1 knows no limits.
        ("read", None) => Letters::READ,
        ("write", None) => Letters::WRITE,
        ("*", None) => Letters::ALL,
        (rights, _) => letters(rights)?,
    };
    let limits = match query {
        None => Vec::new(),
        Some(query) => query.split('&').map(limit).collect::<Option<_>>()?,
    };
    Some(Scope { level, kind, limits, letters })
}

fn is_type(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Some of `cruds`, in that order, each once.
fn letters(text: &str) -> Option<Letters> {
    let mut bits = 0;
    let mut rest = LETTERS.iter().enumerate();
    for letter in text.chars() {
        let (place, _) = rest.find(|(_, listed)| **listed == letter)?;
        bits |= 1 << place;
    }
    (bits != 0).then_some(Letters(bits))
}

fn limit(text: &str) -> Option<Limit> {
    let (name, value) = text.split_once('=')?;
    let element = match name {
        "category" => Element::Category,
        "code" => Element::Code,
        _ => return None,
    };
    let value = decoded(value)?;
    let any = split(&value, ',').into_iter().map(code).collect::<Option<_>>()?;
    Some(Limit { element, any })
}

fn code(text: &str) -> Option<Code> {
    let parts = split(text, '|');
    let filled = |text: &str| (!text.is_empty()).then(|| unescaped(text));
    let code = match parts.as_slice() {
        [code] => Code { system: None, code: Some(filled(code)?) },
        [system, code] => Code { system: Some(unescaped(system)), code: filled(code) },
        _ => return None,
    };
    let nothing = code.code.is_none() && code.system.as_deref().is_none_or(str::is_empty);
    (!nothing).then_some(code)
}

/// Undoes percent-encoding. A plus is a space to some and a plus to others, so it has to be
/// encoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let value = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).ok()?;
                bytes.extend(value);
            }
            b'+' => return None,
            byte => bytes.push(byte),
        }
    }
    // The database has no way to hold it.
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// Splits at separators that are not escaped; the parts keep their escapes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, character) in text.char_indices() {
        if character == separator && !escaped {
            parts.push(&text[from..at]);
            from = at + separator.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    parts.push(&text[from..]);
    parts
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escape = character == '\\'
            && characters.peek().is_some_and(|next| matches!(next, ',' | '|' | '$' | '\\'));
        out.extend(if escape { characters.next() } else { Some(character) });
    }
    out
}

/// With the escapes of a search value, and percent-encoded where a scope cannot hold it.
fn push_encoded(out: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(character, ',' | '|' | '$' | '\\') {
            out.push_str("%5C");
        }
        let plain = character.is_ascii_alphanumeric() || "-._~:/|,$!*()@".contains(character);
        if plain {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                out.push('%');
                out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
            }
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_deref().unwrap_or("*");
        write!(f, "{}/{kind}.", self.level.as_str())?;
        for (place, letter) in LETTERS.iter().enumerate() {
            if self.letters.0 & (1 << place) != 0 {
                write!(f, "{letter}")?;
            }
        }
        for (place, limit) in self.limits.iter().enumerate() {
            f.write_str(if place == 0 { "?" } else { "&" })?;
            write!(f, "{}=", limit.element.as_str())?;
            let mut value = String::new();
            for (place, code) in limit.any.iter().enumerate() {
                if place > 0 {
                    value.push(',');
                }
                if let Some(system) = &code.system {
                    push_encoded(&mut value, system);
                    value.push('|');
                }
                push_encoded(&mut value, code.code.as_deref().unwrap_or(""));
            }
            f.write_str(&value)?;
        }
        Ok(())
    }
}
