//! One-time codes by the clock (TOTP, RFC 6238), and recovery codes.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::access::session::{NoRandom, random, sha256};

/// Seconds that a code is made for. With SHA-1 and six digits, what every authenticator app makes.
const STEP: i64 = 30;
/// How many steps the clocks may differ.
const SKEW: i64 = 1;
/// How many recovery codes there are.
pub const RECOVERY: usize = 10;
/// Letters of a recovery code: 80 random bits.
const LETTERS: usize = 16;

/// What the app that makes codes and the server have in common: 160 bits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret([u8; 20]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or("no secret of codes")
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        HEXLOWER.encode(&secret.0)
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, NoRandom> {
        Ok(Self(random()?))
    }

    /// As apps read it.
    pub fn to_text(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The code of a time step (RFC 4226, 5.3).
    fn of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let place = usize::from(bytes[bytes.len() - 1] & 0x0f);
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[place..place + 4]);
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    /// The code of a moment, seconds since 1970.
    pub fn at(&self, second: i64) -> String {
        self.of(second.div_euclid(STEP))
    }

    /// The time step that the code is of, if it is one of now that is later than `used`.
    pub fn step(&self, code: &str, second: i64, used: i64) -> Option<i64> {
        let now = second.div_euclid(STEP);
        (now - SKEW..=now + SKEW).filter(|step| *step > used).find(|step| {
            let right = self.of(*step);
            constant_time::verify_slices_are_equal(right.as_bytes(), code.as_bytes()).is_ok()
        })
    }
}

/// New recovery codes, for a person.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_recovery_codes() -> Result<Vec<String>, NoRandom> {
    (0..RECOVERY)
        .map(|_| {
            let text = BASE32_NOPAD.encode(&random::<10>()?).to_lowercase();
            let (first, last) = text.split_at(LETTERS / 2);
            Ok(format!("{first}-{last}"))
        })
        .collect()
}

/// What is stored of a recovery code, however it was typed; `None` for what is none.
pub fn recovery_hash(code: &str) -> Option<[u8; 32]> {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    (letters.len() == LETTERS).then(|| sha256(&[b"pulsvagt recovery ", letters.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1: the last six of eight digits.
        let secret = Secret(*b"12345678901234567890");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.at(second), code);
            assert_eq!(secret.step(code, second, 0), Some(second / 30));
            assert_eq!(secret.step(code, second + 30, 0), Some(second / 30), "a slow clock");
            assert_eq!(secret.step(code, second - 30, 0), Some(second / 30), "a fast clock");
            assert_eq!(secret.step(code, second + 90, 0), None, "over");
            assert_eq!(secret.step(code, second, second / 30), None, "used");
        }
        for wrong in ["", "28708", "2870820", "000000", "２８７０８２"] {
            assert_eq!(secret.step(wrong, 59, 0), None, "{wrong}");
        }
    }

    #[test]
    fn recovery_codes_are_found_however_they_are_typed() {
        let codes = new_recovery_codes().expect("random bytes");
        assert_eq!(codes.len(), RECOVERY);
        let hash = recovery_hash(&codes[0]);
        assert!(hash.is_some() && hash != recovery_hash(&codes[1]));
        assert_eq!(hash, recovery_hash(&codes[0].to_uppercase().replace('-', "  ")));
        assert_eq!(recovery_hash("123456"), None, "a one-time code");
    }

    #[test]
    fn a_secret_is_kept_and_not_shown() {
        let secret = Secret::new().expect("random bytes");
        let json = serde_json::to_string(&secret).expect("json");
        assert_eq!(serde_json::from_str::<Secret>(&json).expect("a secret"), secret);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.to_text().len(), 32);
    }
}
