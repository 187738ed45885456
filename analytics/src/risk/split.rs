//! Rows that a model is fitted on, and others that it is tried on.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::model::{Penalty, fit_from};
use super::table::Table;
use crate::evaluation::length;
use crate::statistics::Refusal;

/// How rows are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// So many parts, each tried once. A citizen lies in one of them; citizens with and without the
    /// outcome are dealt out evenly.
    Folds {
        /// How many.
        count: usize,
        /// What the order of citizens follows from.
        seed: u64,
    },
    /// Tried on rows from this period on, fitted on those whose horizon ended before it. A citizen
    /// may be on both sides, as when the model is used.
    Temporal {
        /// The first period that it is tried on.
        from: i64,
        /// How many periods the horizon is long.
        horizon: i64,
    },
    /// Each municipality is tried by a model of all others.
    Municipality,
}

/// Rows to fit on, rows to try on.
type Sides = (Vec<usize>, Vec<usize>);

impl Split {
    /// The parts, by name.
    ///
    /// # Errors
    /// If there are fewer than two folds or municipalities, or nothing on one side of the time.
    pub fn parts(&self, table: &Table) -> Result<Vec<(String, Sides)>, Refusal> {
        let all = || 0..table.rows.len();
        match *self {
            Self::Folds { count, seed } => {
                let mut clusters: BTreeMap<u64, bool> = BTreeMap::new();
                for row in &table.rows {
                    *clusters.entry(row.cluster).or_default() |= row.case;
                }
                let found = clusters.len();
                if count < 2 || found < count {
                    return Err(Refusal::TooFew { what: "citizens", found, needed: count.max(2) });
                }
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let mut fold: BTreeMap<u64, usize> = BTreeMap::new();
                let mut next = 0;
                for outcome in [true, false] {
                    let own = clusters.iter().filter(|(_, case)| **case == outcome);
                    let mut own: Vec<u64> = own.map(|(cluster, _)| *cluster).collect();
                    own.shuffle(&mut random);
                    for cluster in own {
                        fold.insert(cluster, next % count);
                        next += 1;
                    }
                }
                let side = |at: usize| fold.get(&table.rows[at].cluster).copied();
                let part = |number: usize| {
                    let (test, train) = all().partition(|at| side(*at) == Some(number));
                    (format!("fold {}", number + 1), (train, test))
                };
                Ok((0..count).map(part).collect())
            }
            Self::Temporal { from, horizon } => {
                let train: Vec<usize> = all()
                    .filter(|at| table.rows[*at].period.saturating_add(horizon) <= from)
                    .collect();
                let test: Vec<usize> = all().filter(|at| table.rows[*at].period >= from).collect();
                if train.is_empty() || test.is_empty() {
                    return Err(Refusal::Range("there are no rows on one side of the date"));
                }
                Ok(vec![(format!("from {from}"), (train, test))])
            }
            Self::Municipality => {
                let names: BTreeSet<&str> =
                    table.rows.iter().map(|row| row.municipality.as_str()).collect();
                let found = names.len();
                if found < 2 {
                    return Err(Refusal::TooFew { what: "municipalities", found, needed: 2 });
                }
                let part = |name: &str| {
                    let (test, train) = all().partition(|at| table.rows[*at].municipality == name);
                    (name.to_owned(), (train, test))
                };
                Ok(names.into_iter().map(part).collect())
            }
        }
    }
}

/// A part of a validation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Which.
    pub name: String,
    /// Rows that the model was fitted on.
    pub fitted_on: usize,
    /// Rows that it was tried on.
    pub tried_on: usize,
    /// The penalty that was chosen within the rows that it was fitted on.
    pub penalty: Penalty,
}

/// Probabilities by models that had not seen the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Place of the row, and its probability.
    pub predictions: Vec<(usize, f64)>,
    /// The parts.
    pub parts: Vec<Part>,
}

/// Fits on one side of each part and scores the other. Everything that is learned (means, limits,
/// the penalty) is learned on the fitting side alone; of several penalties the one with the least
/// log-loss in five folds of that side is taken.
///
/// # Errors
/// As of [`Split::parts`] and [`fit`](super::fit).
pub fn validate(
    table: &Table,
    split: Split,
    penalties: &[Penalty],
    seed: u64,
) -> Result<Validation, Refusal> {
    let mut found = Validation { predictions: Vec::new(), parts: Vec::new() };
    for (name, (train, test)) in split.parts(table)? {
        let fitting = table.take(&train);
        let penalty = choose(&fitting, penalties, seed)?;
        let (model, _) = fit_from(&fitting, &name, "", penalty, None)?;
        // The table has all features that its own rows were fitted with.
        let places = model.places(&table.features);
        let places = places.map_err(|_| Refusal::Range("the table changed its features"))?;
        for at in &test {
            found.predictions.push((*at, model.probability(&places, &table.rows[*at].values)));
        }
        let (fitted_on, tried_on) = (train.len(), test.len());
        found.parts.push(Part { name, fitted_on, tried_on, penalty });
    }
    Ok(found)
}

/// The penalty with the least log-loss in five folds; the only one without any look at the rows.
///
/// # Errors
/// As of [`fit`](super::fit), and without a penalty.
pub fn choose(table: &Table, penalties: &[Penalty], seed: u64) -> Result<Penalty, Refusal> {
    let mut path = penalties.to_vec();
    // From the strongest down, so that each starts from its neighbour's weights.
    path.sort_by(|a, b| b.lambda.total_cmp(&a.lambda));
    let Some((first, rest)) = path.split_first() else {
        return Err(Refusal::Range("there is no penalty to choose"));
    };
    if rest.is_empty() {
        return Ok(*first);
    }
    let mut losses = vec![0.0; path.len()];
    for (name, (train, test)) in (Split::Folds { count: 5, seed }).parts(table)? {
        let fitting = table.take(&train);
        let mut start: Option<Vec<f64>> = None;
        for (penalty, loss) in path.iter().zip(&mut losses) {
            let (model, weights) = fit_from(&fitting, &name, "", *penalty, start.as_deref())?;
            start = Some(weights);
            let Ok(places) = model.places(&table.features) else { continue };
            for at in &test {
                let row = &table.rows[*at];
                let probability = model.probability(&places, &row.values);
                let right = if row.case { probability } else { 1.0 - probability };
                *loss -= right.max(1e-15).ln() / length(table.rows.len());
            }
        }
    }
    let best = path.iter().zip(&losses).min_by(|a, b| a.1.total_cmp(b.1));
    best.map(|(penalty, _)| *penalty).ok_or(Refusal::Empty)
}
