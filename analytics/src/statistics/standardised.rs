//! Rates as they would be if groups were of the same make-up.

use statrs::function::gamma::checked_gamma_lr;

use super::Refusal;
use crate::evaluation::{Interval, real};

/// Events of a part of a group, and how much of the standard is such.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Events, of which none makes another more likely.
    pub events: u64,
    /// Time at risk.
    pub time: f64,
    /// Time at risk of the standard, or anything in proportion to it.
    pub weight: f64,
}

/// The rate that a group would have if it were made up as the standard is, and its 95 % interval.
///
/// The interval is that by the gamma distribution (Fay and Feuer 1997, Statistics in Medicine
/// 16:791), which keeps its promise with few events too: with one stratum it is the exact Poisson
/// interval of Garwood.
///
/// # Errors
/// When there is no standard, or no time at risk in a part of which the standard has some.
pub fn standardised(strata: &[Stratum]) -> Result<(f64, Interval), Refusal> {
    let is_number = |it: &Stratum| it.time.is_finite() && it.weight.is_finite();
    if !strata.iter().all(is_number) {
        return Err(Refusal::NotFinite("time at risk".to_owned()));
    }
    let parts: Vec<&Stratum> = strata.iter().filter(|it| it.weight > 0.0).collect();
    let whole: f64 = parts.iter().map(|it| it.weight).sum();
    if whole <= 0.0 {
        return Err(Refusal::Empty);
    }
    if parts.iter().any(|it| it.time <= 0.0) {
        return Err(Refusal::NoFollowUp("a part of the standard".to_owned()));
    }
    let weights: Vec<f64> = parts.iter().map(|it| it.weight / whole / it.time).collect();
    let events = || parts.iter().map(|it| real(it.events)).zip(&weights);
    let rate: f64 = events().map(|(events, weight)| events * weight).sum();
    let variance: f64 = events().map(|(events, weight)| events * weight * weight).sum();
    let most = weights.iter().copied().fold(0.0, f64::max);
    let bound = |mean: f64, variance: f64, share: f64| {
        variance / mean * quantile(mean * mean / variance, share)
    };
    let low = if rate > 0.0 { bound(rate, variance, 0.025) } else { 0.0 };
    let high = bound(rate + most, most.mul_add(most, variance), 0.975);
    Ok((rate, Interval { low, high }))
}

/// The quantile of the gamma distribution of that shape and scale 1, by bisection.
fn quantile(shape: f64, share: f64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0_f64.mul_add(shape.sqrt(), shape + 50.0));
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        match checked_gamma_lr(shape, middle) {
            Ok(below) if below < share => low = middle,
            _ => high = middle,
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::Rate;

    fn close(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() < within, "{found} is not {expected}");
    }

    /// Six ages and a standard of other shares; the rates per 100,000 were computed with
    /// another implementation of the incomplete gamma function.
    #[test]
    fn a_rate_of_another_make_up() {
        let events = [107, 141, 60, 40, 39, 25];
        let time = [230_061.0, 329_449.0, 114_920.0, 39_487.0, 14_208.0, 3_052.0];
        let weight = [63_986.6, 186_263.6, 157_302.2, 97_647.0, 47_572.6, 12_262.6];
        let strata: Vec<Stratum> = (0..6)
            .map(|it| Stratum { events: events[it], time: time[it], weight: weight[it] })
            .collect();
        let (rate, interval) = standardised(&strata).unwrap();
        close(rate * 1e5, 92.304_525_5, 1e-6);
        close(interval.low * 1e5, 80.441_749_9, 1e-5);
        close(interval.high * 1e5, 105.763_345_7, 1e-5);
    }

    #[test]
    fn without_events_there_is_an_upper_end() {
        let (rate, interval) =
            standardised(&[Stratum { events: 0, time: 10.0, weight: 1.0 }]).unwrap();
        close(rate, 0.0, 1e-12);
        close(interval.low, 0.0, 1e-12);
        close(interval.high, 0.368_887_9, 1e-6);
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        let nobody = Stratum { events: 0, time: 0.0, weight: 1.0 };
        assert!(matches!(standardised(&[nobody]), Err(Refusal::NoFollowUp(_))));
        assert_eq!(standardised(&[]), Err(Refusal::Empty));
        let endless = Stratum { events: 1, time: f64::NAN, weight: 1.0 };
        assert!(matches!(standardised(&[endless]), Err(Refusal::NotFinite(_))));
        // A part that the standard does not have does not count.
        let one = Stratum { events: 3, time: 10.0, weight: 2.0 };
        let other = Stratum { events: 9, time: 10.0, weight: 0.0 };
        assert_eq!(standardised(&[one, other]), standardised(&[one]));
    }

    proptest! {
        #[test]
        fn one_stratum_is_the_exact_interval(events in 0_u64..99, time in 0.1_f64..1e4) {
            let (rate, interval) =
                standardised(&[Stratum { events, time, weight: 3.0 }]).unwrap();
            let exact = Rate::poisson(events, time);
            let expected = exact.interval.unwrap();
            prop_assert!((rate - exact.rate.unwrap()).abs() * time < 1e-9);
            prop_assert!((interval.low - expected.low).abs() * time < 1e-5);
            prop_assert!((interval.high - expected.high).abs() * time < 1e-5);
        }

        #[test]
        fn it_lies_between_the_rates_of_the_parts(
            parts in proptest::collection::vec((0_u64..50, 0.1_f64..100.0, 0.1_f64..100.0), 1..6)
        ) {
            let strata: Vec<Stratum> = parts
                .iter()
                .map(|(events, time, weight)| Stratum { events: *events, time: *time, weight: *weight })
                .collect();
            let (rate, interval) = standardised(&strata).unwrap();
            let rates: Vec<f64> = strata.iter().map(|it| real(it.events) / it.time).collect();
            let least = rates.iter().copied().fold(f64::MAX, f64::min);
            let most = rates.iter().copied().fold(0.0, f64::max);
            prop_assert!(rate >= least - 1e-9 && rate <= most + 1e-9);
            prop_assert!(interval.low <= rate && rate <= interval.high);
        }
    }
}
