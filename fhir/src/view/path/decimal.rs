//! Decimal numbers, exact.

use std::cmp::Ordering;
use std::fmt;

/// Digits behind the point that a quotient has at most.
const QUOTIENT: u32 = 16;
/// Most digits behind the point.
const MAX_SCALE: u32 = 36;

/// `digits` × 10^-`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    pub(in crate::view) fn whole(number: i64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }

    /// The number of that text, as JSON writes it. `None` where it has more digits than fit.
    pub(in crate::view) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let number = match u32::try_from(scale) {
            Ok(scale) => Self { digits, scale },
            Err(_) => Self { digits: digits.checked_mul(power(scale.unsigned_abs())?)?, scale: 0 },
        };
        (number.scale <= MAX_SCALE).then_some(number)
    }

    /// The whole number that it is.
    pub(in crate::view) fn as_index(self) -> Option<i64> {
        let unit = power(self.scale)?;
        (self.digits % unit == 0).then(|| i64::try_from(self.digits / unit).ok()).flatten()
    }

    pub(in crate::view) fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    pub(in crate::view) fn plus(self, other: Self) -> Option<Self> {
        let (one, two, scale) = self.aligned(other)?;
        Some(Self { digits: one.checked_add(two)?, scale })
    }

    pub(in crate::view) fn times(self, other: Self) -> Option<Self> {
        let scale = self.scale + other.scale;
        let digits = self.digits.checked_mul(other.digits)?;
        (scale <= MAX_SCALE).then_some(Self { digits, scale })
    }

    pub(in crate::view) fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The quotient, rounded half away from zero to 16 digits behind the point.
    pub(in crate::view) fn divided(self, by: Self) -> Option<Self> {
        if by.is_zero() {
            return None;
        }
        let dividend = self.digits.checked_mul(power(QUOTIENT)?)?;
        let (dividend, divisor) = match self.scale.cmp(&by.scale) {
            Ordering::Less => (dividend.checked_mul(power(by.scale - self.scale)?)?, by.digits),
            _ => (dividend, by.digits.checked_mul(power(self.scale - by.scale)?)?),
        };
        let (mut digits, rest) = (dividend / divisor, dividend % divisor);
        if rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) {
            digits += if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
        }
        let mut quotient = Self { digits, scale: QUOTIENT };
        while quotient.scale > 0 && quotient.digits % 10 == 0 {
            quotient = Self { digits: quotient.digits / 10, scale: quotient.scale - 1 };
        }
        Some(quotient)
    }

    /// The end of what rounds to this number: half a unit of its last digit below or above it.
    pub(in crate::view) fn boundary(self, high: bool) -> Option<Self> {
        let half = if high { 5 } else { -5 };
        let digits = self.digits.checked_mul(10)?.checked_add(half)?;
        (self.scale < MAX_SCALE).then_some(Self { digits, scale: self.scale + 1 })
    }

    pub(in crate::view) fn compare(self, other: Self) -> Option<Ordering> {
        let (one, two, _) = self.aligned(other)?;
        Some(one.cmp(&two))
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let one = self.digits.checked_mul(power(scale - self.scale)?)?;
        let two = other.digits.checked_mul(power(scale - other.scale)?)?;
        Some((one, two, scale))
    }
}

fn power(of_ten: u32) -> Option<i128> {
    10_i128.checked_pow(of_ten)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Decimal;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn digits_are_kept() {
        for text in ["0", "1.50", "-0.05", "123456789012345678901234567890.125", "0.000"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1.5e3").to_string(), "1500");
        assert_eq!(number("15E-1").to_string(), "1.5");
        for text in ["1e99", "1e-99", "340282366920938463463374607431768211456", "", "x"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn quotients_are_rounded_and_not_by_zero() {
        let quotient =
            |one: &str, two: &str| number(one).divided(number(two)).map(|it| it.to_string());
        assert_eq!(quotient("3", "2").as_deref(), Some("1.5"));
        assert_eq!(quotient("2", "3").as_deref(), Some("0.6666666666666667"));
        assert_eq!(quotient("-2", "3").as_deref(), Some("-0.6666666666666667"));
        assert_eq!(quotient("1.20", "0.3").as_deref(), Some("4"));
        assert_eq!(quotient("1", "0.0"), None);
        assert_eq!(number("1.0").boundary(false).expect("one").to_string(), "0.95");
        assert_eq!(number("-1").boundary(true).expect("one").to_string(), "-0.5");
    }

    proptest! {
        #[test]
        fn sums_products_and_order_are_those_of_whole_numbers(
            one in -1_000_000_i64..1_000_000, two in -1_000_000_i64..1_000_000,
            scales in (0_u32..6, 0_u32..6),
        ) {
            let decimal = |digits: i64, scale| Decimal { digits: i128::from(digits), scale };
            let (a, b) = (decimal(one, scales.0), decimal(two, scales.1));
            let in_units = |it: Decimal, scale: u32| it.digits * 10_i128.pow(scale - it.scale);
            let sum = a.plus(b).expect("in range");
            prop_assert_eq!(in_units(sum, 12), in_units(a, 12) + in_units(b, 12));
            let product = a.times(b).expect("in range");
            prop_assert_eq!(in_units(product, 12), in_units(a, 6) * in_units(b, 6));
            prop_assert_eq!(a.compare(b), Some(in_units(a, 12).cmp(&in_units(b, 12))));
            prop_assert_eq!(Decimal::parse(&a.to_string()), Some(a));
        }
    }
}
