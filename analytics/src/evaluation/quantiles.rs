//! Quantiles, such as those of the lead time.

use serde::Serialize;

use super::length;

/// Five numbers that tell how values spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many values.
    pub count: usize,
    /// The least.
    pub min: f64,
    /// A quarter are at or below.
    pub lower: f64,
    /// Half are at or below.
    pub median: f64,
    /// Three quarters are at or below.
    pub upper: f64,
    /// The greatest.
    pub max: f64,
}

impl Quantiles {
    /// Of the values that are numbers; `None` without any. Between two values the quantile lies on
    /// the line between them.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        let quarter = |quarters: usize| {
            let steps = (values.len().checked_sub(1)?) * quarters;
            let (below, rest) = (steps / 4, steps % 4);
            let low = *values.get(below)?;
            let high = values.get(below + 1).copied().unwrap_or(low);
            Some(if rest == 0 { low } else { low + (high - low) * length(rest) / 4.0 })
        };
        Some(Self {
            count: values.len(),
            min: quarter(0)?,
            lower: quarter(1)?,
            median: quarter(2)?,
            upper: quarter(3)?,
            max: quarter(4)?,
        })
    }
}
