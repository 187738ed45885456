//! Shares, such as sensitivity and the positive predictive value.

use serde::Serialize;

use super::{Interval, Z, real};

/// A part of a whole, with the interval of Wilson (1927).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proportion {
    /// How many had it.
    pub part: u64,
    /// Out of how many.
    pub whole: u64,
    /// Their ratio; `None` of nothing.
    pub share: Option<f64>,
    /// `None` of nothing. Takes every one for independent of the others, unless it was made wider
    /// ([`Self::at_least`]).
    pub interval: Option<Interval>,
}

impl Proportion {
    /// `part` of `whole`; a part greater than the whole is the whole.
    pub fn new(part: u64, whole: u64) -> Self {
        let part = part.min(whole);
        if whole == 0 {
            return Self { part, whole, share: None, interval: None };
        }
        let (n, p) = (real(whole), real(part) / real(whole));
        let z2 = Z * Z;
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends the formula gives 0 and 1 but for the last digit.
        let low = if part == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if part == whole { 1.0 } else { (centre + half).min(1.0) };
        Self { part, whole, share: Some(p), interval: Some(Interval { low, high }) }
    }

    /// With an interval that reaches as far as another one, which does not take every one for
    /// independent; that alone would have no width where all or none are in the part.
    #[must_use]
    pub fn at_least(self, other: Option<Interval>) -> Self {
        let wider = |own: Interval| match other {
            Some(other) => Interval { low: own.low.min(other.low), high: own.high.max(other.high) },
            None => own,
        };
        Self { interval: self.interval.map(wider), ..self }
    }
}
