//! Danish personal numbers: what one looks like, and where one hides in a text.
//!
//! The number of the central register (CPR) is six digits of a date and four more; the seventh
//! tells the century (<https://cpr.dk/media/12066/personnummeret-i-cpr.pdf>). Modulus 11 is not
//! demanded: since 2007 numbers are issued that do not fit it. Who has no such number gets a
//! replacement with two letters in it, X-eCPR from the national service or D-eCPR from a region
//! (dk-core: `DkCoreXeCPRIdentifier`, `DkCoreDeCPRIdentifier`).

use std::fmt;
use std::str::FromStr;

/// `Identifier.system` of the central register's numbers.
pub const CPR_SYSTEM: &str = "urn:oid:1.2.208.176.1.2";
/// `Identifier.system` of national replacement numbers.
pub const X_ECPR_SYSTEM: &str = "urn:oid:1.2.208.176.1.6.1.1";
/// What `Identifier.system` of the regions' replacement numbers begins with.
pub const D_ECPR_SYSTEM: &str = "urn:oid:1.2.208.176.1.6.1.3.";

/// Which register a number is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Register {
    /// The central register.
    Cpr,
    /// The national replacement numbers.
    XeCpr,
    /// A region's replacement numbers.
    DeCpr,
}

impl Register {
    /// The register of an `Identifier.system`, if it is one.
    pub fn of_system(system: &str) -> Option<Self> {
        match system {
            CPR_SYSTEM => Some(Self::Cpr),
            X_ECPR_SYSTEM => Some(Self::XeCpr),
            _ => system.starts_with(D_ECPR_SYSTEM).then_some(Self::DeCpr),
        }
    }
}

/// A personal number, as ten characters without a hyphen. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpr([u8; 10]);

impl fmt::Debug for Cpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cpr(…)")
    }
}

/// Not a personal number. Does not say what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a personal number is a date as DDMMYY and four characters that fit it, without a hyphen")]
pub struct BadCpr;

impl FromStr for Cpr {
    type Err = BadCpr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let characters = text.as_bytes().try_into().map_err(|_| BadCpr)?;
        let cpr = Self(characters);
        if cpr.fits() { Ok(cpr) } else { Err(BadCpr) }
    }
}

impl Cpr {
    /// A number of that register.
    ///
    /// # Errors
    /// When it is none, or one of another register.
    pub fn parse(register: Register, text: &str) -> Result<Self, BadCpr> {
        let cpr: Self = text.parse()?;
        if cpr.register() == register { Ok(cpr) } else { Err(BadCpr) }
    }

    /// The ten characters. Not for logs.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Which register it is from.
    pub fn register(&self) -> Register {
        match (self.0[7].is_ascii_digit(), self.0[6]) {
            (true, _) => Register::Cpr,
            (false, b'1' | b'7') => Register::XeCpr,
            (false, _) => Register::DeCpr,
        }
    }

    fn number(&self, at: usize) -> Option<u16> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
        Some(digit(self.0[at])? * 10 + digit(self.0[at + 1])?)
    }

    fn fits(self) -> bool {
        let (Some(day), Some(month), Some(short)) =
            (self.number(0), self.number(2), self.number(4))
        else {
            return false;
        };
        let [.., seventh, eighth, ninth, last] = self.0;
        if !seventh.is_ascii_digit() || !last.is_ascii_digit() {
            return false;
        }
        if eighth.is_ascii_digit() && ninth.is_ascii_digit() {
            return is_date(century(seventh, short) + short, month, day);
        }
        // Replacement numbers say no century.
        eighth.is_ascii_uppercase()
            && ninth.is_ascii_uppercase()
            && matches!(seventh, b'0' | b'1' | b'5' | b'6' | b'7')
            && [1900, 2000].iter().any(|century| is_date(century + short, month, day))
    }
}

/// The first year of the century that the seventh digit tells.
fn century(seventh: u8, short: u16) -> u16 {
    match (seventh, short) {
        (b'0'..=b'3', _) | (b'4' | b'9', 37..) => 1900,
        (b'4' | b'9', _) | (_, ..=57) => 2000,
        _ => 1800,
    }
}

fn is_date(year: u16, month: u16, day: u16) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Whether a personal number stands somewhere in the text, with or without a hyphen or a space
/// before its last four characters. A longer row of digits, or of hexadecimal ones, holds none.
pub fn names_somebody(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10 && (0..=bytes.len() - 10).any(|at| stands_at(bytes, at))
}

fn stands_at(bytes: &[u8], at: usize) -> bool {
    let Some((date, rest)) = bytes[at..].split_at_checked(6) else { return false };
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    if !date.iter().all(u8::is_ascii_digit) || before.is_some_and(u8::is_ascii_hexdigit) {
        return false;
    }
    let rest = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b" ")).unwrap_or(rest);
    let Some((four, after)) = rest.split_at_checked(4) else { return false };
    if after.first().is_some_and(u8::is_ascii_hexdigit) {
        return false;
    }
    let mut characters = [0; 10];
    characters[..6].copy_from_slice(date);
    characters[6..].copy_from_slice(four);
    Cpr(characters).fits()
}

#[cfg(test)]
mod tests;
