//! What two ways of screening have in common.

use std::collections::BTreeSet;

use serde::Serialize;

use super::length;

/// How two sets of things that were pointed at overlap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overlap {
    /// Pointed at by both.
    pub both: usize,
    /// Only by the first.
    pub only_a: usize,
    /// Only by the second.
    pub only_b: usize,
    /// Jaccard's index: those of both among those of either; `None` if there are none.
    pub jaccard: Option<f64>,
}

impl Overlap {
    /// Of two sets, such as of (citizen, problem, local day).
    pub fn of<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> Self {
        let both = a.intersection(b).count();
        let (only_a, only_b) = (a.len() - both, b.len() - both);
        let either = both + only_a + only_b;
        let jaccard = (either > 0).then(|| length(both) / length(either));
        Self { both, only_a, only_b, jaccard }
    }
}
