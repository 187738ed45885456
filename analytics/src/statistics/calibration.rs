//! Whether a probability of 10 % comes true one time in ten.

use serde::Serialize;

use super::glm::{self, Design, Errors, Family};
use super::{Refusal, both, logit};
use crate::evaluation::{Proportion, Scored, length};

/// Logistic recalibration (Cox 1958; Steyerberg 2019, chapter 15).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Calibration {
    /// Cases that there were for each that was expected; 1 is right.
    pub observed_over_expected: f64,
    /// Calibration in the large: the constant of a logistic model with the predicted log-odds as
    /// offset. 0 is right, above 0 risks are too low.
    pub in_the_large: f64,
    /// The slope of a logistic model of the outcome on the predicted log-odds. 1 is right, below 1
    /// high risks are too high and low ones too low (over-fitting).
    pub slope: f64,
    /// The constant of that model.
    pub intercept: f64,
}

/// A group of units with like predictions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// The mean prediction.
    pub predicted: f64,
    /// What came true.
    pub observed: Proportion,
}

fn probabilities(units: &[Scored]) -> Result<(), Refusal> {
    both(units)?;
    if units.iter().any(|unit| !(0.0..=1.0).contains(&unit.score)) {
        return Err(Refusal::Range("a probability lies from 0 to 1"));
    }
    Ok(())
}

/// Calibration in the large and slope. Probabilities of 0 and 1 count as log-odds of ∓30.
///
/// # Errors
/// Without cases or controls, for scores that are no probabilities, and where predictions separate
/// cases from controls or are all alike, for then there is no slope.
pub fn calibration(units: &[Scored]) -> Result<Calibration, Refusal> {
    probabilities(units)?;
    let outcome: Vec<f64> = units.iter().map(|unit| f64::from(u8::from(unit.case))).collect();
    let linear: Vec<f64> = units.iter().map(|unit| logit(unit.score)).collect();
    let large = Design {
        names: vec!["constant".to_owned()],
        rows: vec![vec![1.0]; units.len()],
        outcome: outcome.clone(),
        offset: linear.clone(),
        clusters: Vec::new(),
    };
    let large = glm::fit(&large, Family::Binomial, Errors::Model)?;
    let slope = Design {
        names: vec!["constant".to_owned(), "the prediction".to_owned()],
        rows: linear.iter().map(|linear| vec![1.0, *linear]).collect(),
        outcome,
        ..Design::default()
    };
    let slope = glm::fit(&slope, Family::Binomial, Errors::Model)?;
    let expected: f64 = units.iter().map(|unit| unit.score).sum();
    let cases = units.iter().filter(|unit| unit.case).count();
    Ok(Calibration {
        observed_over_expected: length(cases) / expected,
        in_the_large: large.coefficients[0].value,
        slope: slope.coefficients[1].value,
        intercept: slope.coefficients[0].value,
    })
}

/// The mean squared difference of probability and outcome (Brier 1950); 0 is perfect.
///
/// # Errors
/// Without cases or controls, and for scores that are no probabilities.
pub fn brier(units: &[Scored]) -> Result<f64, Refusal> {
    probabilities(units)?;
    let squares = units.iter().fold(0.0, |sum, unit| {
        let off = unit.score - f64::from(u8::from(unit.case));
        sum + off * off
    });
    Ok(squares / length(units.len()))
}

/// Brier's score as a share of what the mean risk for everybody has, from 1 (perfect) over 0 (no
/// better) down.
///
/// # Errors
/// As [`brier`].
pub fn brier_skill(units: &[Scored]) -> Result<f64, Refusal> {
    let brier = brier(units)?;
    let (cases, _) = both(units)?;
    let share = length(cases) / length(units.len());
    Ok(1.0 - brier / (share * (1.0 - share)))
}

/// Groups of equal size by prediction, from the lowest; what ties stays together.
///
/// # Errors
/// As [`brier`].
pub fn bins(units: &[Scored], groups: usize) -> Result<Vec<Bin>, Refusal> {
    probabilities(units)?;
    let mut sorted = units.to_vec();
    sorted.sort_by(|a, b| (a.score + 0.0).total_cmp(&(b.score + 0.0)));
    let mut bins = Vec::new();
    let (mut start, mut group) = (0, 0);
    while start < sorted.len() {
        group += 1;
        let mut end = (sorted.len() * group / groups.max(1)).max(start + 1).min(sorted.len());
        while end < sorted.len() && sorted[end].score.total_cmp(&sorted[end - 1].score).is_eq() {
            end += 1;
        }
        let of = &sorted[start..end];
        let cases = of.iter().filter(|unit| unit.case).count();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        bins.push(Bin {
            predicted: of.iter().map(|unit| unit.score).sum::<f64>() / length(of.len()),
            observed: Proportion::new(count(cases), count(of.len())),
        });
        start = end;
    }
    Ok(bins)
}
