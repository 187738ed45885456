//! What names somebody, encrypted, and found again by keyed hashes.
//!
//! A field is sealed with AES-256-GCM-SIV (RFC 8452) under the municipality's current key of the
//! ring, a random nonce, and its place as associated data: schema, table, row, version and column.
//! A field that was moved to another place, or was sealed for another municipality, does not open.
//! Earlier versions of a row keep what they were sealed with when they move to the history.
//!
//! Servers ask the database which key is current at most [`LEASE`] before they use one. So
//! `rekey` knows, that long after it has announced a key, that everybody has it, and that long
//! after it has made it current, that nobody seals with another one any more.

mod blind;
mod load;
mod place;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use data_encoding::BASE64_NOPAD;

use super::StoreError;
use crate::access::ring::KeyNumber;
use blind::Blind;

pub(super) use load::{LEASE, Vault};
pub(super) use place::{Field, resource_row};

/// Before the number of the key in a sealed text. No JSON begins with it.
const MARK: char = '~';
/// Before the number of the key in sealed bytes. What is packed never begins with it.
const MARK_BYTE: u8 = 0;
/// Mark and number.
const HEAD: usize = 5;

/// The keys of one municipality as they were a moment ago.
pub(super) struct Keys {
    schema: String,
    pub(super) current: KeyNumber,
    data: HashMap<KeyNumber, LessSafeKey>,
    /// What is written comes first.
    blind: Vec<Blind>,
    /// Whether there may be rows in clear text.
    pub(super) clear: bool,
    /// Whether there may be readings with fingerprints that nobody's key is in.
    pub(super) unkeyed: bool,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.current)
    }
}

fn cipher(bytes: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM_SIV, bytes).ok().map(LessSafeKey::new)
}

fn failed() -> StoreError {
    StoreError::Setup("a field cannot be encrypted".to_owned())
}

impl Keys {
    /// Nonce and ciphertext.
    fn encrypt(&self, place: &Field<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.data.get(&self.current).ok_or_else(failed)?;
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| failed())?;
        let mut text = plain.to_vec();
        let aad = Aad::from(place.bytes(&self.schema));
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .map_err(|_| failed())?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Ok(sealed)
    }

    fn decrypt(
        &self,
        place: &Field<'_>,
        number: KeyNumber,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let damaged = |why: &str| StoreError::damaged(place.table, why.to_owned());
        let key = self.data.get(&number).ok_or_else(|| {
            damaged(&format!("it is sealed with key {number}, which is not known"))
        })?;
        let does_not_open = || damaged("a field does not open: it was changed, or moved");
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(does_not_open)?;
        let mut text = text.to_vec();
        let aad = Aad::from(place.bytes(&self.schema));
        let length = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut text)
            .map_err(|_| does_not_open())?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// What is to be stored instead of a text.
    pub(super) fn seal_text(&self, place: &Field<'_>, plain: &str) -> Result<String, StoreError> {
        let sealed = self.encrypt(place, plain.as_bytes())?;
        let mut out = self.text_mark();
        BASE64_NOPAD.encode_append(&sealed, &mut out);
        Ok(out)
    }

    /// What a text begins with that is sealed with the current key.
    pub(super) fn text_mark(&self) -> String {
        format!("{MARK}{}{MARK}", self.current)
    }

    /// The text that was sealed; a text from before there was sealing is itself.
    pub(super) fn open_text(
        &self,
        place: &Field<'_>,
        stored: String,
    ) -> Result<String, StoreError> {
        let Some(sealed) = stored.strip_prefix(MARK) else { return Ok(stored) };
        let damaged = || StoreError::damaged(place.table, "a sealed text is cut");
        let (number, sealed) = sealed.split_once(MARK).ok_or_else(damaged)?;
        let number = number.parse().map_err(|_| damaged())?;
        let sealed = BASE64_NOPAD.decode(sealed.as_bytes()).map_err(|_| damaged())?;
        String::from_utf8(self.decrypt(place, number, &sealed)?).map_err(|_| damaged())
    }

    /// [`Self::open_text`] of what people have written. From before it was sealed there may be text of
    /// any kind, also such as begins with the mark.
    pub(super) fn open_words(
        &self,
        place: &Field<'_>,
        stored: String,
    ) -> Result<String, StoreError> {
        let sealed = stored.strip_prefix(MARK).and_then(|rest| rest.split_once(MARK));
        let is_sealed = sealed.is_some_and(|(number, text)| {
            let bytes = BASE64_NOPAD.decode(text.as_bytes());
            number.parse::<KeyNumber>().is_ok()
                && bytes.is_ok_and(|bytes| bytes.len() >= NONCE_LEN + 16)
        });
        if is_sealed { self.open_text(place, stored) } else { Ok(stored) }
    }

    /// What is to be stored instead of bytes.
    pub(super) fn seal_bytes(
        &self,
        place: &Field<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut out = self.bytes_mark();
        out.append(&mut self.encrypt(place, plain)?);
        Ok(out)
    }

    /// What bytes begin with that are sealed with the current key.
    pub(super) fn bytes_mark(&self) -> Vec<u8> {
        let mut out = vec![MARK_BYTE];
        out.extend_from_slice(&self.current.to_be_bytes());
        out
    }

    /// The bytes that were sealed.
    pub(super) fn open_bytes<'b>(
        &self,
        place: &Field<'_>,
        stored: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, StoreError> {
        if !is_sealed(stored) {
            return Ok(Cow::Borrowed(stored));
        }
        let head = stored.get(1..HEAD).and_then(|number| number.try_into().ok());
        let number = head
            .map(KeyNumber::from_be_bytes)
            .ok_or_else(|| StoreError::damaged(place.table, "a sealed field is cut"))?;
        self.decrypt(place, number, &stored[HEAD..]).map(Cow::Owned)
    }
}

/// Whether packed bytes are sealed.
pub(super) fn is_sealed(stored: &[u8]) -> bool {
    stored.first() == Some(&MARK_BYTE)
}
