//! Whether citizens, or what comes of them, are no longer as when the model was fitted.

use serde::{Deserialize, Serialize};

use super::model::{Model, ModelError, Term};
use super::table::Table;
use crate::evaluation::length;
use crate::statistics::bootstrap::{Estimate, clustered};
use crate::statistics::{Scored, calibration};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How far a feature or the outcome has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// As before.
    Stable,
    /// Look at it.
    Moved,
    /// The model has to be evaluated anew.
    Changed,
}

/// From here on a feature has moved, and has changed: the usual limits of the index (Siddiqi 2006).
const LIMITS: (f64, f64) = (0.1, 0.25);
/// A share of none counts as this, so that its logarithm is finite.
const LEAST_SHARE: f64 = 1e-4;
/// Fewer cases say nothing of calibration.
const LEAST_CASES: usize = 20;

/// Of one feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// Which.
    pub feature: String,
    /// The population stability index, Σ (now − then) · ln(now / then) over tenths and missing.
    pub index: f64,
    /// Share known when the model was fitted.
    pub known_then: f64,
    /// Share known now.
    pub known_now: f64,
    /// What that means.
    pub drift: Drift,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Watch {
    /// Rows that were looked at.
    pub rows: usize,
    /// Features, the one that moved most first.
    pub features: Vec<Moved>,
    /// Calibration in the large of these rows, log-odds; `None` where outcomes are too few to tell.
    pub in_the_large: Option<Estimate>,
    /// Of calibration: changed if the interval leaves out 0; `None` where it cannot be told.
    pub outcome: Option<Drift>,
    /// Why calibration cannot be told.
    pub reason: Option<String>,
}

/// Compares rows with those that the model was fitted on. `followed` says that outcomes are known.
///
/// # Errors
/// If the table lacks a feature of the model.
pub fn watch(model: &Model, table: &Table, followed: bool, seed: u64) -> Result<Watch, ModelError> {
    let places = model.places(&table.features)?;
    let mut features: Vec<Moved> = model
        .terms
        .iter()
        .zip(&places)
        .map(|(term, place)| {
            let values: Vec<Option<f64>> =
                table.rows.iter().map(|row| row.values[*place]).collect();
            moved(term, &values)
        })
        .collect();
    features.sort_by(|a, b| b.index.total_cmp(&a.index));
    let scores = model.score(table)?;
    let units: Vec<Scored> = table
        .rows
        .iter()
        .zip(scores)
        .map(|(row, score)| Scored { score, case: row.case, cluster: row.cluster })
        .collect();
    let mut told =
        Watch { rows: units.len(), features, in_the_large: None, outcome: None, reason: None };
    told.calibrate(followed.then_some(&units), seed);
    Ok(told)
}

impl Watch {
    /// Whether anything has changed.
    pub fn worst(&self) -> Drift {
        let features = self.features.iter().map(|it| it.drift);
        features.chain(self.outcome).max().unwrap_or(Drift::Stable)
    }

    /// Tells of calibration by scored rows whose outcomes are known; without any, that there are none.
    pub fn calibrate(&mut self, followed: Option<&[Scored]>, seed: u64) {
        self.reason = None;
        match followed.map(|units| in_the_large(units, seed)) {
            None => self.reason = Some("outcomes are not known yet".to_owned()),
            Some(Err(reason)) => self.reason = Some(reason),
            Some(Ok(large)) => {
                self.in_the_large = large;
                self.outcome = large.and_then(|large| large.interval).map(|interval| {
                    let off = interval.low > 0.0 || interval.high < 0.0;
                    if off { Drift::Changed } else { Drift::Stable }
                });
            }
        }
    }
}

/// Calibration in the large, or why there is none.
fn in_the_large(units: &[Scored], seed: u64) -> Result<Option<Estimate>, String> {
    if units.iter().filter(|unit| unit.case).count() < LEAST_CASES {
        return Err(format!("fewer than {LEAST_CASES} had the outcome"));
    }
    calibration(units).map_err(|refusal| refusal.to_string())?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let [large] = clustered(
        units,
        |unit| unit.cluster,
        200,
        &mut random,
        |units| [calibration(units).ok().map(|line| line.in_the_large)],
    );
    Ok(large)
}

fn moved(term: &Term, values: &[Option<f64>]) -> Moved {
    let rows = values.len();
    let known = length(values.iter().flatten().count()) / length(rows.max(1));
    let index = |now: f64, then: f64| {
        let (now, then) = (now.max(LEAST_SHARE), then.max(LEAST_SHARE));
        (now - then) * (now / then).ln()
    };
    let mut sum = index(1.0 - known, 1.0 - term.known);
    let mut from = f64::NEG_INFINITY;
    for tenth in &term.tenths {
        let to = tenth.up_to.unwrap_or(f64::INFINITY);
        let within = values.iter().flatten().filter(|value| **value > from && **value <= to);
        sum += index(length(within.count()) / length(rows.max(1)), tenth.share * term.known);
        from = to;
    }
    let drift = match sum {
        sum if sum >= LIMITS.1 => Drift::Changed,
        sum if sum >= LIMITS.0 => Drift::Moved,
        _ => Drift::Stable,
    };
    let feature = term.feature.clone();
    Moved { feature, index: sum, known_then: term.known, known_now: known, drift }
}
