//! Sealing a reading's key into its FHIR id, and opening it again.
//!
//! The id has to be the same whenever and wherever the reading is received, and must tell nothing
//! of whose it is or when. AES-256-GCM-SIV with a fixed nonce is just that: deterministic, and with
//! a synthetic nonce that leaks only whether two keys are equal (RFC 8452, section 6). The tag
//! makes an id of another municipality, or a guessed one, fail to open.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use data_encoding::{Encoding, Specification};

use super::{CitizenNo, ConceptNo, ObservationKey, SourceNo};
use crate::clock::Micros;

const KEY_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// The 64 characters that a FHIR id may have, as digits.
static ALPHABET: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");
    specification.encoding().unwrap_or(data_encoding::BASE64URL_NOPAD)
});

/// A municipality's key for the ids of its observations. It never changes.
pub struct Sealer(LessSafeKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// From 32 secret bytes; `None` if the cryptographic library refuses them.
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM_SIV, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// The FHIR id of a reading: 54 characters.
    pub fn seal(&self, key: ObservationKey) -> String {
        let mut buffer = Vec::with_capacity(KEY_BYTES + TAG_BYTES);
        buffer.extend_from_slice(&key.citizen.0.to_be_bytes());
        buffer.extend_from_slice(&key.code.0.to_be_bytes());
        buffer.extend_from_slice(&key.effective.0.to_be_bytes());
        buffer.extend_from_slice(&key.source.0.to_be_bytes());
        buffer.extend_from_slice(&key.fingerprint.to_be_bytes());
        self.seal_bytes(b"Observation", buffer)
    }

    /// The reading of an id; `None` for whatever this municipality has not sealed.
    pub fn open(&self, id: &str) -> Option<ObservationKey> {
        let plain = self.open_bytes(b"Observation", id)?;
        let number = |at: usize| plain.get(at..at + 4)?.try_into().ok().map(i32::from_be_bytes);
        (plain.len() == KEY_BYTES).then_some(())?;
        Some(ObservationKey {
            citizen: CitizenNo(number(0)?),
            code: ConceptNo(number(4)?),
            effective: Micros(i64::from_be_bytes(plain.get(8..16)?.try_into().ok()?)),
            source: SourceNo(number(16)?),
            fingerprint: number(20)?.cast_unsigned(),
        })
    }

    /// Seals bytes for a purpose, such as the place in a paged search.
    pub fn seal_bytes(&self, purpose: &[u8], mut plain: Vec<u8>) -> String {
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        match self.0.seal_in_place_append_tag(nonce, Aad::from(purpose), &mut plain) {
            Ok(()) => ALPHABET.encode(&plain),
            // Only for a plaintext of more than 2^36 bytes.
            Err(_) => String::new(),
        }
    }

    /// Opens what [`Self::seal_bytes`] sealed for the same purpose with the same key.
    pub fn open_bytes(&self, purpose: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let mut buffer = ALPHABET.decode(sealed.as_bytes()).ok()?;
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let plain = self.0.open_in_place(nonce, Aad::from(purpose), &mut buffer).ok()?.len();
        buffer.truncate(plain);
        Some(buffer)
    }
}
