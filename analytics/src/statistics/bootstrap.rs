//! Intervals by drawing clusters anew.

use std::collections::BTreeMap;

use rand::Rng;
use serde::Serialize;

use crate::evaluation::{Interval, length};

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// From the data as they are.
    pub value: f64,
    /// 95 %; `None` if in more than one in ten draws there was no number, or with fewer than two
    /// clusters.
    pub interval: Option<Interval>,
}

/// A draw without a number in more than this share, and there is no interval.
const UNDEFINED: f64 = 0.1;

/// Several statistics of the same rows with percentile intervals (Efron and Tibshirani 1993),
/// whole clusters being drawn with replacement, as many as there are (Field and Welsh 2007).
///
/// `None` where the data themselves give no number. The same generator state gives the same bits.
pub fn clustered<T: Clone, const N: usize>(
    rows: &[T],
    cluster: impl Fn(&T) -> u64,
    draws: usize,
    random: &mut impl Rng,
    statistics: impl Fn(&[T]) -> [Option<f64>; N],
) -> [Option<Estimate>; N] {
    let values = statistics(rows);
    let mut clusters: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        clusters.entry(cluster(row)).or_default().push(at);
    }
    let clusters: Vec<Vec<usize>> = clusters.into_values().collect();
    let mut drawn: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(draws));
    if clusters.len() >= 2 {
        let mut sample = Vec::with_capacity(rows.len());
        for _ in 0..draws {
            sample.clear();
            for _ in 0..clusters.len() {
                let own = &clusters[random.random_range(0..clusters.len())];
                sample.extend(own.iter().map(|at| rows[*at].clone()));
            }
            for (drawn, value) in drawn.iter_mut().zip(statistics(&sample)) {
                drawn.extend(value.filter(|value| value.is_finite()));
            }
        }
    }
    let mut drawn = drawn.into_iter();
    values.map(|value| {
        let own = drawn.next().unwrap_or_default();
        let known = length(own.len()) >= (1.0 - UNDEFINED) * length(draws.max(1));
        let interval = if known { percentiles(own) } else { None };
        value.filter(|value| value.is_finite()).map(|value| Estimate { value, interval })
    })
}

/// The 2.5th and the 97.5th percentile, on the line between neighbours.
fn percentiles(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    // In thousandths, so that places are whole numbers.
    let at = |thousandths: usize| {
        let steps = last * thousandths;
        let (below, rest) = (steps / 1000, steps % 1000);
        let low = values[below];
        let high = values.get(below + 1).copied().unwrap_or(low);
        low + (high - low) * length(rest) / 1000.0
    };
    Some(Interval { low: at(25), high: at(975) })
}
