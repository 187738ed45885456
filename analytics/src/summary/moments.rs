//! Count, mean, extremes, sum and standard deviation of numbers in a given order.

/// Of at least one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    /// How many.
    pub(super) count: u32,
    /// Their mean, never outside `min` to `max`.
    pub(super) mean: f64,
    /// The least.
    pub(super) min: f64,
    /// The greatest.
    pub(super) max: f64,
    /// Added up in the order given.
    pub(super) sum: f64,
    /// Standard deviation of the sample; `None` of a single number.
    pub(super) deviation: Option<f64>,
}

impl Moments {
    /// Of finite numbers; `None` of none.
    ///
    /// Mean and deviation are taken of the differences from the first number, the deviation in a
    /// second pass with its rounding error taken off: close numbers far from 0 lose no digits, and
    /// equal ones deviate by exactly 0.
    pub(super) fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let first = values.clone().next()?;
        let (mut count, mut sum, mut shifted) = (0_u32, 0.0, 0.0);
        let (mut min, mut max) = (first, first);
        for value in values.clone() {
            count = count.saturating_add(1);
            sum += value;
            shifted += value - first;
            min = min.min(value);
            max = max.max(value);
        }
        let n = f64::from(count);
        let mean = (first + shifted / n).clamp(min, max);
        let deviation = (count > 1).then(|| {
            let (mut squares, mut rest) = (0.0, 0.0);
            for value in values {
                let difference = value - mean;
                squares += difference * difference;
                rest += difference;
            }
            ((squares - rest * rest / n).max(0.0) / (n - 1.0)).sqrt()
        });
        Some(Self { count, mean, min, max, sum, deviation })
    }
}
