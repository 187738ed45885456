//! Rates beside each other.

use serde::Serialize;
use statrs::function::beta::inv_beta_reg;

use super::Refusal;
use super::glm::Coefficient;
use super::jackknife::{Unit, contrast};
use crate::evaluation::{Interval, length, real};

/// Events of somebody (a citizen, a municipality) over some time at risk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Who; what belongs to the same cluster is not independent.
    pub cluster: u64,
    /// Events.
    pub events: u64,
    /// Time at risk.
    pub time: f64,
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Conditional on the sum of events (Przyborowski and Wilenski 1940; Clopper and Pearson 1934).
    /// Takes events for independent, so it is widened to the other one where there is one.
    Exact,
    /// The log ratio, with errors by leaving out one cluster after the other.
    Clustered,
}

/// One rate divided by another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// Below 1 the first is lower; `None` where the other had no events.
    pub value: Option<f64>,
    /// 95 %; without a `high` end where the other had no events.
    pub low: f64,
    /// See `low`.
    pub high: Option<f64>,
    /// Two-sided, of no difference; `None` for exact intervals.
    pub p: Option<f64>,
    /// How.
    pub method: Method,
    /// Pearson's χ² over its degrees of freedom, over clusters; above 1 there is more variation than
    /// chance gives. `None` for exact intervals.
    pub dispersion: Option<f64>,
    /// Events and time of the first.
    pub first: (u64, f64),
    /// Events and time of the other.
    pub other: (u64, f64),
}

/// With fewer events than this in both together, the interval is exact at least.
const FEW: u64 = 20;

fn sums(of: &[Exposure], name: &str) -> Result<(u64, f64), Refusal> {
    if of.iter().any(|it| !it.time.is_finite() || it.time < 0.0) {
        return Err(Refusal::NotFinite("time at risk".to_owned()));
    }
    let time: f64 = of.iter().map(|it| it.time).sum();
    if time <= 0.0 {
        return Err(Refusal::NoFollowUp(name.to_owned()));
    }
    Ok((of.iter().map(|it| it.events).sum(), time))
}

/// The rate of the first over that of the other. A citizen may be in both (before and after).
///
/// # Errors
/// Without follow-up on a side, or without any event at all.
pub fn ratio(first: &[Exposure], other: &[Exposure]) -> Result<Ratio, Refusal> {
    let (a, b) = (sums(first, "the first group")?, sums(other, "the other group")?);
    if a.0 + b.0 == 0 {
        return Err(Refusal::NoCases);
    }
    let unit = |cell: usize| {
        move |it: &Exposure| Unit { cluster: it.cluster, cell, events: it.events, time: it.time }
    };
    let units: Vec<Unit> = first.iter().map(unit(0)).chain(other.iter().map(unit(1))).collect();
    let units: Vec<Unit> = units.into_iter().filter(|unit| unit.time > 0.0).collect();
    let found = contrast([1.0, -1.0], &units);
    let of = |(it, dispersion): (Coefficient, f64)| of_coefficient(&it, dispersion, a, b);
    if a.0 + b.0 >= FEW && a.0 > 0 && b.0 > 0 {
        return found.map(of);
    }
    let mut exact = exact(a, b);
    if let Ok(found) = found.map(of) {
        exact.low = exact.low.min(found.low);
        exact.high = exact.high.zip(found.high).map(|(one, other)| one.max(other));
    }
    Ok(exact)
}

pub(crate) fn of_coefficient(
    it: &Coefficient,
    dispersion: f64,
    first: (u64, f64),
    other: (u64, f64),
) -> Ratio {
    Ratio {
        value: Some(it.value.exp()),
        low: it.interval.low.exp(),
        high: Some(it.interval.high.exp()),
        p: Some(it.p),
        method: Method::Clustered,
        dispersion: Some(dispersion),
        first,
        other,
    }
}

/// Given the sum, events of the first are binomial: the interval of that share, turned into a ratio.
fn exact(a: (u64, f64), b: (u64, f64)) -> Ratio {
    let (first, other) = (real(a.0), real(b.0));
    let scale = b.1 / a.1;
    let low = if a.0 == 0 {
        0.0
    } else {
        let share = inv_beta_reg(first, other + 1.0, 0.025);
        share / (1.0 - share) * scale
    };
    let high = (b.0 > 0).then(|| {
        let share = inv_beta_reg(first + 1.0, other, 0.975);
        share / (1.0 - share) * scale
    });
    Ratio {
        value: (b.0 > 0).then(|| first / other * scale),
        low,
        high,
        p: None,
        method: Method::Exact,
        dispersion: None,
        first: a,
        other: b,
    }
}

/// What a trial could find.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Power {
    /// The rate ratio that was asked for.
    pub ratio: f64,
    /// The probability of an interval without 1 if that is the truth.
    pub power: f64,
    /// The rate ratio below 1 that is found four times in five; `None` if none is.
    pub detectable: Option<f64>,
}

/// Power of a two-sided test at 5 % of a rate ratio, with `time` at risk in each of two groups of
/// which the other has this rate (both per the same unit of time), by the normal approximation of the
/// log ratio, its variance times the dispersion (Signorini 1991).
///
/// # Errors
/// For a rate, time, ratio or dispersion that is not above 0.
pub fn power(rate: f64, time: f64, ratio: f64, dispersion: f64) -> Result<Power, Refusal> {
    if ![rate, time, ratio, dispersion].iter().all(|it| it.is_finite() && *it > 0.0) {
        return Err(Refusal::Range("rate, time, ratio and dispersion are above 0"));
    }
    let of = |ratio: f64| {
        let error = (dispersion * (1.0 / (rate * time) + 1.0 / (rate * ratio * time))).sqrt();
        let shift = ratio.ln().abs() / error;
        let below = |z: f64| statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2) / 2.0;
        below(shift - crate::evaluation::Z) + below(-shift - crate::evaluation::Z)
    };
    // Power falls again for ratios near 0, where there are hardly any events: the largest is wanted.
    let detectable = (1..1000).rev().map(|at| f64::from(at) / 1000.0).find(|it| of(*it) >= 0.8);
    Ok(Power { ratio, power: of(ratio), detectable })
}

/// A point of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// When.
    pub time: f64,
    /// At risk just before.
    pub at_risk: usize,
    /// Who had the event then.
    pub events: usize,
    /// The share still without it.
    pub survival: f64,
    /// Greenwood's standard error; `None` once nobody is left.
    pub error: Option<f64>,
    /// 95 %, symmetric on the scale of log(−log); `None` once nobody is left.
    pub interval: Option<Interval>,
}

/// Kaplan and Meier's (1958) estimate with Greenwood's variance, from times and whether the event
/// came then (else the time of leaving).
///
/// # Errors
/// Without anybody, with times that are none, and without follow-up.
pub fn survival(times: &[(f64, bool)]) -> Result<Vec<Point>, Refusal> {
    if times.is_empty() {
        return Err(Refusal::Empty);
    }
    if times.iter().any(|(time, _)| !time.is_finite() || *time < 0.0) {
        return Err(Refusal::NotFinite("a time".to_owned()));
    }
    if times.iter().all(|(time, _)| *time <= 0.0) {
        return Err(Refusal::NoFollowUp("anybody".to_owned()));
    }
    let mut sorted = times.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut at_risk, mut survival, mut sum) = (sorted.len(), 1.0, 0.0);
    let mut points = Vec::new();
    for moment in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let events = moment.iter().filter(|(_, event)| *event).count();
        if events > 0 {
            let (risk, died) = (length(at_risk), length(events));
            survival *= 1.0 - died / risk;
            sum += if at_risk > events { died / (risk * (risk - died)) } else { f64::INFINITY };
            let error = (survival > 0.0).then(|| survival * f64::sqrt(sum));
            let interval = (survival > 0.0).then(|| {
                let log: f64 = survival.ln();
                let half = crate::evaluation::Z * f64::sqrt(sum) / log.abs();
                Interval { low: survival.powf(half.exp()), high: survival.powf((-half).exp()) }
            });
            points.push(Point { time: moment[0].0, at_risk, events, survival, error, interval });
        }
        at_risk -= moment.len();
    }
    Ok(points)
}
