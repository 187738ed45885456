//! Events per time, such as alerts per citizen-week.

use serde::Serialize;

use super::{Interval, Z, length, real};

/// Events per unit of time at risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// Events.
    pub events: u64,
    /// Time at risk; the rate is per unit of it.
    pub time: f64,
    /// Events per time; `None` without time.
    pub rate: Option<f64>,
    /// `None` without time.
    pub interval: Option<Interval>,
}

/// Up to here the interval is computed exactly; beyond, Byar's formula is as good to four digits.
const EXACT: u64 = 100;

impl Rate {
    /// For events that know nothing of each other: the exact Poisson interval (Garwood 1936), by
    /// Byar's approximation (Breslow and Day 1987) for 100 events and more.
    pub fn poisson(events: u64, time: f64) -> Self {
        if time <= 0.0 {
            return Self { events, time: 0.0, rate: None, interval: None };
        }
        let (low, high) = if events < EXACT { exact(events) } else { byar(events) };
        Self {
            events,
            time,
            rate: Some(real(events) / time),
            interval: Some(Interval { low: low / time, high: high / time }),
        }
    }

    /// For events of citizens, where some have many more than others: one pair of events and time
    /// for each citizen.
    ///
    /// The variance is that of a ratio of sums over citizens, the interval symmetric on the log
    /// scale, and at least as wide as [`Self::poisson`] makes it.
    pub fn clustered(citizens: &[(u64, f64)]) -> Self {
        let events = citizens.iter().map(|(events, _)| events).sum();
        let time = citizens.iter().map(|(_, time)| time).sum();
        let mut whole = Self::poisson(events, time);
        let at_risk = length(citizens.iter().filter(|(_, time)| *time > 0.0).count());
        let (Some(rate), Some(poisson)) = (whole.rate, whole.interval) else { return whole };
        if events == 0 || at_risk < 2.0 {
            return whole;
        }
        let residuals: f64 =
            citizens.iter().map(|(events, time)| (real(*events) - rate * time).powi(2)).sum();
        let deviation = (at_risk / (at_risk - 1.0) * residuals).sqrt() / time;
        let factor = (Z * deviation / rate).exp();
        whole.interval = Some(Interval {
            low: poisson.low.min(rate / factor),
            high: poisson.high.max(rate * factor),
        });
        whole
    }
}

/// Bisects for the means at which so many events or more, or so few or fewer, are 2.5 % likely.
fn exact(events: u64) -> (f64, f64) {
    let low = if events == 0 {
        0.0
    } else {
        bisect(0.0, real(events), |mean| 1.0 - at_most(events - 1, mean) < 0.025)
    };
    let high =
        bisect(real(events), 2.0 * real(events) + 10.0, |mean| at_most(events, mean) > 0.025);
    (low, high)
}

/// Where `is_below` changes from true to false.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability of so many Poisson events or fewer; the mean is small enough for `exp`.
fn at_most(events: u64, mean: f64) -> f64 {
    let mut term = (-mean).exp();
    let mut sum = term;
    for event in 1..=events {
        term *= mean / real(event);
        sum += term;
    }
    sum
}

fn byar(events: u64) -> (f64, f64) {
    let bound = |count: f64, sign: f64| {
        count * (1.0 - 1.0 / (9.0 * count) + sign * Z / (3.0 * count.sqrt())).powi(3)
    };
    (bound(real(events), -1.0), bound(real(events) + 1.0, 1.0))
}
