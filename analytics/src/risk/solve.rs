//! Elastic-net logistic regression.

use crate::evaluation::length;
use crate::statistics::Refusal;
use crate::statistics::expit;
use crate::statistics::matrix::{Square, dot};

/// The least of (1/n) Σ −log likelihood + λ (α ‖β‖₁ + (1 − α)/2 ‖β‖²), without a penalty on the
/// intercept, by proximal Newton steps: each minimises the quadratic approximation by coordinate
/// descent over its Hessian (Friedman, Hastie and Tibshirani 2010; Lee, Sun and Saunders 2014), and
/// is halved until the objective falls. The objective is convex; with λ > 0 its minimum is finite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Problem<'a> {
    /// Row by row; the first column is ones.
    pub(super) rows: &'a [Vec<f64>],
    pub(super) cases: &'a [bool],
    pub(super) lambda: f64,
    pub(super) alpha: f64,
}

const NEWTON: usize = 100;
const SWEEPS: usize = 10_000;
const TOLERANCE: f64 = 1e-9;

impl Problem<'_> {
    /// Weights, the first being the intercept.
    pub(super) fn solve(&self, start: Option<&[f64]>) -> Result<Vec<f64>, Refusal> {
        let p = self.rows.first().map_or(0, Vec::len);
        let mut beta = start.map_or_else(|| vec![0.0; p], <[f64]>::to_vec);
        let mut best = self.objective(&beta);
        for _ in 0..NEWTON {
            let (gradient, hessian) = self.derivatives(&beta);
            let target = self.descend(&beta, &gradient, &hessian);
            let mut factor = 1.0;
            let (next, objective) = loop {
                let next: Vec<f64> =
                    beta.iter().zip(&target).map(|(old, new)| old + factor * (new - old)).collect();
                let objective = self.objective(&next);
                if objective <= best + 1e-14 || factor < 1e-8 {
                    break (next, objective);
                }
                factor /= 2.0;
            };
            let moved =
                next.iter().zip(&beta).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
            (beta, best) = (next, objective);
            if moved < TOLERANCE {
                return Ok(beta);
            }
        }
        Err(Refusal::NotConverged(NEWTON))
    }

    fn objective(&self, beta: &[f64]) -> f64 {
        let mut loss = 0.0;
        for (row, case) in self.rows.iter().zip(self.cases) {
            let eta = dot(row, beta);
            let margin = if *case { -eta } else { eta };
            loss += margin.max(0.0) + (-margin.abs()).exp().ln_1p();
        }
        let penalised = &beta[1..];
        let one: f64 = penalised.iter().map(|weight| weight.abs()).sum();
        let two: f64 = penalised.iter().map(|weight| weight * weight).sum();
        loss / length(self.rows.len())
            + self.lambda * (self.alpha * one + (1.0 - self.alpha) / 2.0 * two)
    }

    fn derivatives(&self, beta: &[f64]) -> (Vec<f64>, Square) {
        let mut gradient = vec![0.0; beta.len()];
        let mut hessian = Square::zero(beta.len());
        for (row, case) in self.rows.iter().zip(self.cases) {
            let mean = expit(dot(row, beta));
            let residual = f64::from(u8::from(*case)) - mean;
            for (sum, x) in gradient.iter_mut().zip(row) {
                *sum += x * residual;
            }
            hessian.add_outer(row, (mean * (1.0 - mean)).max(1e-9));
        }
        let n = length(self.rows.len());
        for sum in &mut gradient {
            *sum /= n;
        }
        hessian.mirror();
        hessian.scale(1.0 / n);
        (gradient, hessian)
    }

    /// Where the quadratic approximation around `beta` is least.
    fn descend(&self, beta: &[f64], gradient: &[f64], hessian: &Square) -> Vec<f64> {
        let mut target = beta.to_vec();
        // The gradient of the approximation at `target`: it sinks by each move.
        let mut slope = gradient.to_vec();
        for _ in 0..SWEEPS {
            let mut moved: f64 = 0.0;
            for j in 0..hessian.size() {
                let curve = hessian.get(j, j);
                let old = target[j];
                let pull = slope[j] + curve * old;
                let new = if j == 0 {
                    pull / curve
                } else {
                    let kept = pull.abs() - self.lambda * self.alpha;
                    let shrunk = curve + self.lambda * (1.0 - self.alpha);
                    if kept > 0.0 && shrunk > 0.0 { kept.copysign(pull) / shrunk } else { 0.0 }
                };
                let step = new - old;
                if step != 0.0 {
                    target[j] = new;
                    for (slope, h) in slope.iter_mut().zip(hessian.row(j)) {
                        *slope -= h * step;
                    }
                    moved = moved.max(step.abs());
                }
            }
            if moved < TOLERANCE / 10.0 {
                break;
            }
        }
        target
    }
}
