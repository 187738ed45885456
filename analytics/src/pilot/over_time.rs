//! Months of one place, and months of many places that start one after another.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::evaluation::{length, real};
use crate::statistics::Refusal;
use crate::statistics::glm::{self, Coefficient, Design, Errors, Family};
use crate::statistics::matrix::{Square, dot};
use crate::statistics::rates::{Ratio, of_coefficient};

/// An interrupted time series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interrupted {
    /// The slope before, per point.
    pub trend: Coefficient,
    /// The step at the start.
    pub step: Coefficient,
    /// The change of the slope, per point.
    pub slope: Coefficient,
    /// How much of a point is in the next.
    pub autocorrelation: f64,
    /// Points before and after.
    pub points: (usize, usize),
    /// Whether there are fewer than twelve on a side, as in a pilot of 6–9 months: then a step that
    /// is not found says little.
    pub underpowered: bool,
}

/// Points on a side that a series needs to be told of at all, and to be told of without a warning.
const POINTS: (usize, usize) = (4, 12);

/// Segmented regression y = β₀ + β₁t + β₂·after + β₃·after·(t − start) (Wagner and others 2002) with
/// errors that follow each other (AR(1); Prais and Winsten 1954). The first point after the start is
/// number `start`, from 0.
///
/// In series of a few dozen points, the errors of Newey and West are much too small: in simulations
/// with 36 points and an autocorrelation of 0.2 their 95 % intervals held the truth in 83 %, those made
/// here in 93 %. That takes an autocorrelation without its bias: the residuals of `n` points and four
/// coefficients show less than there is, by what uncorrelated noise shows in the same design.
///
/// # Errors
/// With fewer than four points on a side.
pub fn interrupted(values: &[f64], start: usize) -> Result<Interrupted, Refusal> {
    let after = values.len().saturating_sub(start);
    let fewer = after.min(start);
    if fewer < POINTS.0 {
        return Err(Refusal::TooFew { what: "points on a side", found: fewer, needed: POINTS.0 });
    }
    let row = |at: usize| {
        let after = if at >= start { 1.0 } else { 0.0 };
        vec![1.0, length(at), after, after * (length(at) - length(start))]
    };
    let mut design = Design {
        names: ["constant", "trend", "step", "slope"].map(str::to_owned).into(),
        rows: (0..values.len()).map(row).collect(),
        outcome: values.to_vec(),
        ..Design::default()
    };
    let plain = glm::fit(&design, Family::Gaussian, Errors::Model)?;
    let left: Vec<f64> = values.iter().zip(&plain.fitted).map(|(y, fit)| y - fit).collect();
    let autocorrelation = autocorrelation(&design.rows, &left);

    // Each point less what it has from the one before; the first has nothing before it.
    let own = (1.0 - autocorrelation * autocorrelation).sqrt();
    for at in (0..values.len()).rev() {
        let (kept, from) = if at == 0 { (own, 0.0) } else { (1.0, autocorrelation) };
        let before = at.saturating_sub(1);
        design.outcome[at] = kept * values[at] - from * values[before];
        let earlier = design.rows[before].clone();
        for (now, earlier) in design.rows[at].iter_mut().zip(earlier) {
            *now = kept * *now - from * earlier;
        }
    }
    let fit = glm::fit(&design, Family::Gaussian, Errors::Model)?;
    let of = |at: usize| fit.coefficients[at].clone();
    Ok(Interrupted {
        trend: of(1),
        step: of(2),
        slope: of(3),
        autocorrelation,
        points: (start, after),
        underpowered: fewer < POINTS.1,
    })
}

/// Of residuals with the one before, without bias, from 0 to 0.9.
fn autocorrelation(rows: &[Vec<f64>], left: &[f64]) -> f64 {
    let (n, p) = (length(rows.len()), length(rows.first().map_or(0, Vec::len)));
    let mut square = Square::zero(rows.first().map_or(0, Vec::len));
    for row in rows {
        square.add_outer(row, 1.0);
    }
    square.mirror();
    // The design was fitted, so there is an inverse; series without noise have no autocorrelation.
    let Ok(inverse) = square.inverse() else { return 0.0 };
    let total = dot(left, left);
    if total <= 0.0 {
        return 0.0;
    }
    let seen = dot(&left[1..], left) / total;
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let of_noise = -pairs.map(|(a, b)| dot(b, &inverse.times_vector(a))).sum::<f64>() / (n - p);
    ((seen - of_noise) * n / (n - p)).clamp(0.0, 0.9)
}

/// One municipality in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which municipality.
    pub municipality: u64,
    /// Which period.
    pub period: u32,
    /// Whether it had started.
    pub treated: bool,
    /// Events.
    pub events: u64,
    /// Time at risk.
    pub time: f64,
}

/// A stepped wedge (Hussey and Hughes 2007): a Poisson model with an effect of each period and of each
/// municipality, and person-time as offset. The interval is the wider of two: quasi-likelihood, and
/// the sandwich over municipalities with Student's quantile, which with few of them is too narrow.
///
/// # Errors
/// Without follow-up; with fewer than three municipalities; if the start is the same everywhere, for
/// then it cannot be told from the period.
pub fn stepped_wedge(cells: &[Cell]) -> Result<Ratio, Refusal> {
    let cells: Vec<&Cell> = cells.iter().filter(|cell| cell.time > 0.0).collect();
    if cells.is_empty() {
        return Err(Refusal::NoFollowUp("any municipality".to_owned()));
    }
    let municipalities: BTreeSet<u64> = cells.iter().map(|cell| cell.municipality).collect();
    let periods: BTreeSet<u32> = cells.iter().map(|cell| cell.period).collect();
    if municipalities.len() < 3 {
        let found = municipalities.len();
        return Err(Refusal::TooFew { what: "municipalities", found, needed: 3 });
    }
    // The effect comes last, so that it is the one that is named if it follows from the others.
    let others = municipalities.iter().skip(1).map(|it| format!("municipality {it}"));
    let later = periods.iter().skip(1).map(|it| format!("period {it}"));
    let names = std::iter::once("constant".to_owned()).chain(others).chain(later);
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    let row = |cell: &&Cell| -> Vec<f64> {
        let others = municipalities.iter().skip(1).map(|it| flag(*it == cell.municipality));
        let later = periods.iter().skip(1).map(|it| flag(*it == cell.period));
        std::iter::once(1.0).chain(others).chain(later).chain([flag(cell.treated)]).collect()
    };
    let design = Design {
        names: names.chain(["the start".to_owned()]).collect(),
        rows: cells.iter().map(row).collect(),
        outcome: cells.iter().map(|cell| real(cell.events)).collect(),
        offset: cells.iter().map(|cell| cell.time.ln()).collect(),
        clusters: cells.iter().map(|cell| cell.municipality).collect(),
    };
    let quasi = glm::fit(&design, Family::Poisson, Errors::Quasi)?;
    let clustered = glm::fit(&design, Family::Poisson, Errors::Clustered)?;
    let last = design.names.len() - 1;
    let width = |fit: &glm::Fit| {
        let interval = fit.coefficients[last].interval;
        interval.high - interval.low
    };
    let fit = if width(&quasi) >= width(&clustered) { quasi } else { clustered };
    let sum = |treated: bool| {
        let own = cells.iter().filter(|cell| cell.treated == treated);
        own.fold((0, 0.0), |sum, cell| (sum.0 + cell.events, sum.1 + cell.time))
    };
    Ok(of_coefficient(&fit.coefficients[last], fit.dispersion, sum(true), sum(false)))
}
