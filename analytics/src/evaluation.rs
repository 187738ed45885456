//! How good screening was, in numbers that say how sure they are.
//!
//! Nothing here is random: intervals come from formulas, so the same history gives the same bytes.
//! All intervals are 95 %. Where readings of one citizen resemble each other, the citizen is the
//! cluster that the interval reckons with.

mod area;
mod episodes;
mod overlap;
mod proportion;
mod quantiles;
mod rate;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use area::{Area, Scored, area};
pub use episodes::{Alerted, Episode, Matching, by_chance, match_episodes};
pub use overlap::Overlap;
pub use proportion::Proportion;
pub use quantiles::Quantiles;
pub use rate::Rate;

/// The quantile of the normal distribution that leaves 2.5 % above.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// A 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A count as a number; exact below 2⁵³.
pub(crate) fn real(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & 0xFFFF_FFFF).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// A length as a number.
pub(crate) fn length(count: usize) -> f64 {
    real(u64::try_from(count).unwrap_or(u64::MAX))
}
