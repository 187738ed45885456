//! Numbers and times in few bytes.

use super::pack::Corrupt;

/// Marks a number that follows in eight bytes; else the low three bits are the digits behind the
/// point.
const WHOLE: u64 = 7;
/// Most digits behind the point of a number that is stored as a decimal.
const MOST_DIGITS: u32 = 6;
const SECOND: i64 = 1_000_000;

#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the lowest first.
    pub(super) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }

    /// A number to the last bit.
    pub(super) fn number(&mut self, value: f64) {
        if let Some((mantissa, digits)) = decimal(value) {
            self.unsigned(zigzag(mantissa) << 3 | u64::from(digits));
        } else {
            self.unsigned(WHOLE);
            self.bytes(&value.to_bits().to_be_bytes());
        }
    }

    /// A time by its distance from another; whole seconds are shorter.
    pub(super) fn time(&mut self, at: i64, from: i64) {
        let distance = at.wrapping_sub(from);
        if distance % SECOND == 0 {
            self.wide(i128::from(zigzag(distance / SECOND)) << 1 | 1);
        } else {
            self.wide(i128::from(zigzag(distance)) << 1);
        }
    }

    /// As [`Self::unsigned`], for one bit more.
    fn wide(&mut self, value: i128) {
        let mut value = value.cast_unsigned();
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }
}

/// The number as a whole number and digits behind the point, if that gives the same bits again.
fn decimal(value: f64) -> Option<(i64, u8)> {
    const LIMIT: f64 = 1e15;
    let mut power = 1.0_f64;
    for digits in 0..=MOST_DIGITS {
        let scaled = (value * power).round();
        if !(-LIMIT..=LIMIT).contains(&scaled) {
            return None;
        }
        if (scaled / power).to_bits() == value.to_bits() {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 10^15")]
            let mantissa = scaled as i64;
            return Some((mantissa, u8::try_from(digits).ok()?)).filter(|_| {
                // Minus nothing would come back as nothing.
                mantissa != 0 || value.is_sign_positive()
            });
        }
        power *= 10.0;
    }
    None
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

const EARLY: Corrupt = Corrupt("the bytes end early");

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Corrupt> {
        let (&first, rest) = self.0.split_first().ok_or(EARLY)?;
        self.0 = rest;
        Ok(first)
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(EARLY)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Corrupt> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Corrupt("a number is too long"))
    }

    /// An unsigned number of fewer bits.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self) -> Result<T, Corrupt> {
        T::try_from(self.unsigned()?).map_err(|_| Corrupt("a number is too great"))
    }

    pub(super) fn number(&mut self) -> Result<f64, Corrupt> {
        let code = self.unsigned()?;
        if code & 7 == WHOLE {
            return Ok(f64::from_bits(u64::from_be_bytes(self.take()?)));
        }
        let digits = i32::try_from(code & 7).unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "written only where it is exact")]
        let mantissa = unzigzag(code >> 3) as f64;
        Ok(mantissa / 10_f64.powi(digits))
    }

    pub(super) fn time(&mut self, from: i64) -> Result<i64, Corrupt> {
        let mut value = 0_u128;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let is_seconds = value & 1 == 1;
                let code = u64::try_from(value >> 1).map_err(|_| Corrupt("a time is too long"))?;
                let distance = unzigzag(code);
                let distance = if is_seconds { distance.wrapping_mul(SECOND) } else { distance };
                return Ok(from.wrapping_add(distance));
            }
        }
        Err(Corrupt("a time is too long"))
    }
}
