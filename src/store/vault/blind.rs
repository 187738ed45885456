//! Finding by keyed hash: who knows the database alone cannot ask whether somebody is in it.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use pulsvagt_fhir::cpr::names_somebody;

use super::{Keys, MARK};
use crate::access::ring::KeyNumber;

/// Bytes of a hash that are kept: 16 make two of a million entries alike once in 10²⁶.
const KEPT: usize = 16;

/// Letters of a name by which it is found. Who types more finds what begins with these.
const LETTERS: usize = 20;

/// A key of the blind index.
pub(super) struct Blind {
    pub(super) number: KeyNumber,
    pub(super) key: hmac::Key,
}

impl Blind {
    pub(super) fn new(number: KeyNumber, key: &[u8; 32]) -> Self {
        Self { number, key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    fn mark(&self) -> String {
        format!("{MARK}{}{MARK}", self.number)
    }

    fn hash(&self, purpose: &str, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        let tag = context.sign();
        let mut out = self.mark();
        BASE64URL_NOPAD.encode_append(&tag.as_ref()[..KEPT], &mut out);
        out
    }
}

impl Keys {
    /// What a hash begins with that is made with the key in use.
    pub(in crate::store) fn blind_mark(&self) -> String {
        self.blind.first().map(Blind::mark).unwrap_or_default()
    }

    /// What an identifier is stored as.
    pub(in crate::store) fn blind_identifier(&self, value: &str) -> String {
        self.write("identifier", value)
    }

    /// What identifiers are looked up by.
    pub(in crate::store) fn find_identifier(&self, value: &str) -> Vec<String> {
        self.find("identifier", value)
    }

    /// What a string in lower case is stored as: each of its beginnings.
    pub(in crate::store) fn blind_beginnings(&self, param: &str, folded: &str) -> Vec<String> {
        beginnings(folded).map(|part| self.write(param, part)).collect()
    }

    /// What the beginning of a string, in lower case, is looked up by.
    pub(in crate::store) fn find_beginning(&self, param: &str, folded: &str) -> Vec<String> {
        self.blind.iter().map(|blind| blind.hash(param, cut(folded))).collect()
    }

    /// What another code, system or reference is stored as: itself, unless it names somebody.
    pub(in crate::store) fn blind_code(&self, code: &str) -> String {
        if names_somebody(code) { self.write("code", code) } else { code.to_owned() }
    }

    /// What codes, systems and references are looked up by.
    pub(in crate::store) fn find_code(&self, code: &str) -> Vec<String> {
        if names_somebody(code) { self.find("code", code) } else { vec![code.to_owned()] }
    }

    fn write(&self, purpose: &str, text: &str) -> String {
        self.blind.first().map(|blind| blind.hash(purpose, text)).unwrap_or_default()
    }

    fn find(&self, purpose: &str, text: &str) -> Vec<String> {
        let mut all: Vec<String> =
            self.blind.iter().map(|blind| blind.hash(purpose, text)).collect();
        if self.clear {
            all.push(text.to_owned());
        }
        all
    }
}

/// The first letters, as many as are looked at.
fn cut(text: &str) -> &str {
    text.char_indices().nth(LETTERS).map_or(text, |(end, _)| &text[..end])
}

fn beginnings(text: &str) -> impl Iterator<Item = &str> {
    let text = cut(text);
    text.char_indices().map(move |(at, letter)| &text[..at + letter.len_utf8()])
}
