//! What browsers keep for the server between two requests of a sign-in: sealed, so that nobody can
//! read or make it up, and no server has to remember it.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;

use crate::access::session::random;

/// Longest text that is opened, bytes.
const LONGEST: usize = 4 << 10;

pub(super) struct Seal(LessSafeKey);

impl Seal {
    pub(super) fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM_SIV, key).ok().map(LessSafeKey::new).map(Self)
    }

    pub(super) fn seal(&self, purpose: &str, plain: &[u8]) -> Option<String> {
        let nonce = random::<NONCE_LEN>().ok()?;
        let mut text = plain.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .ok()?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Some(BASE64URL_NOPAD.encode(&sealed))
    }

    pub(super) fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        if sealed.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let aad = Aad::from(purpose.as_bytes());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, aad, &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_unchanged() {
        let seal = Seal::new(&[3; 32]).expect("a key");
        let sealed = seal.seal("a", b"text").expect("sealed");
        assert_eq!(seal.open("a", &sealed).as_deref(), Some(b"text".as_slice()));
        assert_eq!(seal.open("b", &sealed), None);
        assert_eq!(Seal::new(&[4; 32]).expect("a key").open("a", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(seal.open("a", &changed), None, "{place}");
        }
        for wrong in ["", "AAAA", &"A".repeat(5_000)] {
            assert_eq!(seal.open("a", wrong), None);
        }
    }
}
