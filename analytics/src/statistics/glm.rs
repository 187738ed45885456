//! Generalised linear models by iteratively reweighted least squares (`McCullagh` and Nelder 1989),
//! with standard errors that hold under over-dispersion and within clusters.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::erf::erfc;

use super::matrix::{Square, dot};
use super::{Refusal, expit};
use crate::evaluation::{Interval, Z, length};

/// How the mean becomes an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A number; the link is the identity.
    Gaussian,
    /// 0 or 1; the link is the log-odds.
    Binomial,
    /// A count; the link is the logarithm.
    Poisson,
}

/// How standard errors are reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// As the family has it; for Gaussian with the residual variance.
    Model,
    /// The family's variance times Pearson's χ² over the degrees of freedom (quasi-likelihood,
    /// Wedderburn 1974); never less than the family's.
    Quasi,
    /// Sandwich over clusters (Liang and Zeger 1986), times G/(G−1) · (n−1)/(n−p); the quantile is
    /// Student's with G − 1 degrees of freedom, G clusters.
    Clustered,
}

/// Rows, outcome and what is known beforehand.
#[derive(Debug, Clone, Default)]
pub struct Design {
    /// Name of each column; the constant is a column of ones.
    pub names: Vec<String>,
    /// A row for each unit.
    pub rows: Vec<Vec<f64>>,
    /// The outcome of each unit.
    pub outcome: Vec<f64>,
    /// Added to the linear predictor, such as the logarithm of person-time; empty is 0.
    pub offset: Vec<f64>,
    /// Which units belong together; empty is each for itself.
    pub clusters: Vec<u64>,
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficient {
    /// Of which column.
    pub name: String,
    /// On the scale of the link.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// 95 % on the scale of the link.
    pub interval: Interval,
    /// Two-sided, of no effect.
    pub p: f64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// In the order of the columns.
    pub coefficients: Vec<Coefficient>,
    /// Pearson's χ² over its degrees of freedom: above 1, counts vary more than chance alone.
    pub dispersion: f64,
    /// Units.
    pub units: usize,
    /// Clusters that standard errors reckon with.
    pub clusters: usize,
    /// The fitted mean of each unit.
    #[serde(skip)]
    pub fitted: Vec<f64>,
}

const ITERATIONS: usize = 100;
/// A linear predictor this far from its offset has no finite maximum in any data met in practice.
const DIVERGED: f64 = 25.0;

impl Family {
    fn mean(self, eta: f64) -> f64 {
        match self {
            Self::Gaussian => eta,
            Self::Binomial => expit(eta),
            Self::Poisson => eta.min(700.0).exp(),
        }
    }

    /// The variance for dispersion 1, which for these links is also the weight.
    fn variance(self, mean: f64) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Binomial => (mean * (1.0 - mean)).max(1e-12),
            Self::Poisson => mean.max(1e-12),
        }
    }

    fn log_likelihood(self, outcome: f64, eta: f64) -> f64 {
        match self {
            Self::Gaussian => -0.5 * (outcome - eta) * (outcome - eta),
            Self::Binomial => {
                outcome * eta
                    - if eta > 0.0 { eta + (-eta).exp().ln_1p() } else { eta.exp().ln_1p() }
            }
            Self::Poisson => outcome * eta - eta.min(700.0).exp(),
        }
    }

    fn allows(self, outcome: f64) -> bool {
        match self {
            Self::Gaussian => outcome.is_finite(),
            Self::Binomial => (0.0..=1.0).contains(&outcome),
            Self::Poisson => outcome.is_finite() && outcome >= 0.0,
        }
    }
}

impl Design {
    fn check(&self, family: Family) -> Result<(), Refusal> {
        let (n, p) = (self.rows.len(), self.names.len());
        if n == 0 {
            return Err(Refusal::Empty);
        }
        if n <= p {
            return Err(Refusal::TooFew { what: "rows", found: n, needed: p + 1 });
        }
        let lists = [self.offset.len(), self.clusters.len()];
        if self.outcome.len() != n || lists.iter().any(|length| ![0, n].contains(length)) {
            return Err(Refusal::Shape(0));
        }
        for (at, row) in self.rows.iter().enumerate() {
            if row.len() != p {
                return Err(Refusal::Shape(at));
            }
            if let Some(column) = row.iter().position(|value| !value.is_finite()) {
                return Err(Refusal::NotFinite(self.names[column].clone()));
            }
        }
        if !self.outcome.iter().all(|outcome| family.allows(*outcome)) {
            return Err(Refusal::NotFinite("the outcome".to_owned()));
        }
        if !self.offset.iter().all(|offset| offset.is_finite()) {
            return Err(Refusal::NotFinite("the offset".to_owned()));
        }
        Ok(())
    }

    fn offset(&self, row: usize) -> f64 {
        self.offset.get(row).copied().unwrap_or(0.0)
    }

    fn log_likelihood(&self, family: Family, beta: &[f64]) -> f64 {
        let rows = self.rows.iter().zip(&self.outcome).enumerate();
        rows.fold(0.0, |sum, (at, (x, y))| {
            sum + family.log_likelihood(*y, dot(x, beta) + self.offset(at))
        })
    }

    /// The weighted cross product, and the score of each unit.
    fn step(&self, family: Family, beta: &[f64]) -> (Square, Vec<f64>, Vec<f64>) {
        let p = self.names.len();
        let mut information = Square::zero(p);
        let (mut score, mut fitted) = (vec![0.0; p], Vec::with_capacity(self.rows.len()));
        for (at, (x, y)) in self.rows.iter().zip(&self.outcome).enumerate() {
            let mean = family.mean(dot(x, beta) + self.offset(at));
            information.add_outer(x, family.variance(mean));
            for (sum, x) in score.iter_mut().zip(x) {
                *sum += x * (y - mean);
            }
            fitted.push(mean);
        }
        information.mirror();
        (information, score, fitted)
    }

    /// The column that runs away.
    fn runaway(&self, beta: &[f64]) -> String {
        let reach = |column: usize| {
            let of = self.rows.iter().map(|row| (row[column] * beta[column]).abs());
            of.fold(0.0, f64::max)
        };
        let columns = (0..beta.len()).filter(|column| {
            let first = self.rows[0][*column];
            self.rows.iter().any(|row| row[*column].total_cmp(&first).is_ne())
        });
        let worst = columns.max_by(|a, b| reach(*a).total_cmp(&reach(*b)));
        worst.map_or_else(|| "the constant".to_owned(), |column| self.names[column].clone())
    }
}

/// Fits by Fisher's scoring, with the step halved while the likelihood falls.
///
/// # Errors
/// Perfect separation (also: a group without any event), collinear columns, nothing to fit, and
/// numbers that are none.
pub fn fit(design: &Design, family: Family, errors: Errors) -> Result<Fit, Refusal> {
    design.check(family)?;
    let p = design.names.len();
    let mut beta = vec![0.0; p];
    let mut best = design.log_likelihood(family, &beta);
    let mut converged = false;
    for _ in 0..ITERATIONS {
        let (information, score, _) = design.step(family, &beta);
        let inverse = information.inverse();
        let inverse = inverse.map_err(|column| {
            if beta.iter().all(|beta| *beta == 0.0) {
                Refusal::Collinear(design.names[column].clone())
            } else {
                // It was not singular at first: fitted means have run to their limits.
                Refusal::Separation(design.runaway(&beta))
            }
        })?;
        let direction = inverse.times_vector(&score);
        let mut factor = 1.0;
        let next = loop {
            let next: Vec<f64> =
                beta.iter().zip(&direction).map(|(beta, step)| beta + factor * step).collect();
            let likelihood = design.log_likelihood(family, &next);
            if likelihood >= best - 1e-12 * best.abs() || factor < 1e-6 {
                best = likelihood;
                break next;
            }
            factor /= 2.0;
        };
        let moved = next
            .iter()
            .zip(&beta)
            .fold(0.0, |most: f64, (a, b)| most.max((a - b).abs() / (1.0 + a.abs())));
        beta = next;
        if family != Family::Gaussian && design.rows.iter().any(|x| dot(x, &beta).abs() > DIVERGED)
        {
            return Err(Refusal::Separation(design.runaway(&beta)));
        }
        if moved < 1e-11 {
            converged = true;
            break;
        }
    }
    if !converged {
        return Err(Refusal::NotConverged(ITERATIONS));
    }
    finish(design, family, errors, &beta)
}

fn finish(design: &Design, family: Family, errors: Errors, beta: &[f64]) -> Result<Fit, Refusal> {
    let (n, p) = (design.rows.len(), beta.len());
    let (information, _, fitted) = design.step(family, beta);
    let inverse = information.inverse();
    let bread = inverse.map_err(|column| Refusal::Collinear(design.names[column].clone()))?;
    let pearson = design
        .outcome
        .iter()
        .zip(&fitted)
        .fold(0.0, |sum, (y, mean)| sum + (y - mean) * (y - mean) / family.variance(*mean));
    let dispersion = pearson / length(n - p);
    let mut clusters = n;
    let mut freedom = f64::INFINITY;
    let covariance = match errors {
        Errors::Model if family != Family::Gaussian => bread,
        Errors::Model => scaled(bread, dispersion),
        Errors::Quasi if family == Family::Gaussian => scaled(bread, dispersion),
        Errors::Quasi => scaled(bread, dispersion.max(1.0)),
        Errors::Clustered => {
            let scores = by_cluster(design, &fitted);
            clusters = scores.len();
            if clusters < 2 {
                return Err(Refusal::TooFew { what: "clusters", found: clusters, needed: 2 });
            }
            freedom = length(clusters - 1);
            let mut meat = Square::zero(p);
            for score in scores.values() {
                meat.add_outer(score, 1.0);
            }
            meat.mirror();
            let small = length(clusters) / length(clusters - 1) * length(n - 1) / length(n - p);
            scaled(bread.times(&meat).times(&bread), small)
        }
    };
    if family == Family::Gaussian && matches!(errors, Errors::Model) {
        freedom = length(n - p);
    }
    let coefficients = design.names.iter().zip(beta).enumerate().map(|(at, (name, value))| {
        coefficient(name, *value, covariance.get(at, at).max(0.0).sqrt(), freedom)
    });
    Ok(Fit { coefficients: coefficients.collect(), dispersion, units: n, clusters, fitted })
}

fn scaled(mut matrix: Square, factor: f64) -> Square {
    matrix.scale(factor);
    matrix
}

fn scores<'d>(design: &'d Design, fitted: &'d [f64]) -> impl Iterator<Item = Vec<f64>> + 'd {
    let rows = design.rows.iter().zip(design.outcome.iter().zip(fitted));
    rows.map(|(x, (y, mean))| x.iter().map(|x| x * (y - mean)).collect())
}

fn by_cluster(design: &Design, fitted: &[f64]) -> BTreeMap<u64, Vec<f64>> {
    let mut sums: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for ((at, score), own) in scores(design, fitted).enumerate().zip(0_u64..) {
        let cluster = design.clusters.get(at).copied().unwrap_or(own);
        let sum = sums.entry(cluster).or_insert_with(|| vec![0.0; score.len()]);
        sum.iter_mut().zip(&score).for_each(|(sum, score)| *sum += score);
    }
    sums
}

/// With its interval: Student's quantile of so many degrees of freedom, the normal one without end.
pub(crate) fn coefficient(name: &str, value: f64, error: f64, freedom: f64) -> Coefficient {
    let quantile = quantile(freedom);
    let z = if error > 0.0 { (value / error).abs() } else { f64::INFINITY };
    let p = 2.0 * above(z, freedom);
    let interval = Interval { low: value - quantile * error, high: value + quantile * error };
    Coefficient { name: name.to_owned(), value, error, interval, p }
}

fn student(freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| freedom.is_finite())
}

/// The probability above `z`.
fn above(z: f64, freedom: f64) -> f64 {
    match student(freedom) {
        Some(student) => student.sf(z),
        None => erfc(z / std::f64::consts::SQRT_2) / 2.0,
    }
}

/// What leaves 2.5 % above, by Newton's steps from the normal quantile, which lies below it.
fn quantile(freedom: f64) -> f64 {
    let Some(student) = student(freedom) else { return Z };
    let mut at = Z;
    for _ in 0..200 {
        let step = (student.sf(at) - 0.025) / student.pdf(at);
        at += step;
        if step.abs() < 1e-13 * at {
            break;
        }
    }
    at
}
