//! Contrasts of log rates, with errors by leaving out one cluster after the other.
//!
//! Rates of citizens vary more than chance gives (frailty), and a few of them have a great part of all
//! events. The sandwich over clusters then comes out too small, for the mean that it compares with was
//! pulled by those very citizens; leaving each out in turn shows what hangs on them (`MacKinnon` and
//! White 1985; Bell and `McCaffrey` 2002).

use std::collections::BTreeMap;

use super::Refusal;
use super::glm::{Coefficient, coefficient};
use crate::evaluation::{length, real};

/// Events over some time at risk in one cell, such as the treated after the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    /// Who; what belongs to the same cluster is left out together.
    pub(crate) cluster: u64,
    /// Which cell.
    pub(crate) cell: usize,
    /// Events.
    pub(crate) events: u64,
    /// Time at risk, above 0.
    pub(crate) time: f64,
}

/// The sum of weighted log rates of cells, with its interval: the jackknife variance
/// (G − 1)/G · Σ(v₋ᵢ − v)² over G clusters, and Student's quantile with G − 1 degrees of freedom. Also
/// Pearson's χ² of the units over its degrees of freedom.
///
/// # Errors
/// If a cell has no events, or only of one cluster, for then nobody can say how far chance reaches.
pub(crate) fn contrast<const N: usize>(
    weights: [f64; N],
    units: &[Unit],
) -> Result<(Coefficient, f64), Refusal> {
    let mut sums = [(0_u64, 0.0_f64); N];
    let mut clusters: BTreeMap<u64, [(u64, f64); N]> = BTreeMap::new();
    for unit in units {
        let own = clusters.entry(unit.cluster).or_insert([(0, 0.0); N]);
        for sum in [&mut sums[unit.cell], &mut own[unit.cell]] {
            *sum = (sum.0 + unit.events, sum.1 + unit.time);
        }
    }
    if sums.iter().any(|(events, _)| *events == 0) {
        return Err(Refusal::TooFew {
            what: "events in each of what is compared",
            found: 0,
            needed: 1,
        });
    }
    let value_of = |sums: &[(u64, f64); N]| {
        let terms = sums.iter().zip(weights);
        terms.map(|((events, time), weight)| weight * (real(*events) / time).ln()).sum::<f64>()
    };
    let value = value_of(&sums);
    let mut squares = 0.0;
    for own in clusters.values() {
        let mut rest = sums;
        for (rest, own) in rest.iter_mut().zip(own) {
            *rest = (rest.0 - own.0, rest.1 - own.1);
            if rest.0 == 0 {
                return Err(Refusal::TooFew { what: "citizens with events", found: 1, needed: 2 });
            }
        }
        let off = value_of(&rest) - value;
        squares += off * off;
    }
    let count = length(clusters.len());
    let error = (squares * (count - 1.0) / count).sqrt();
    let pearson: f64 = units
        .iter()
        .map(|unit| {
            let (events, time) = sums[unit.cell];
            let mean = real(events) / time * unit.time;
            (real(unit.events) - mean).powi(2) / mean
        })
        .sum();
    let freedom = length(units.len().saturating_sub(N).max(1));
    Ok((coefficient("log ratio", value, error, count - 1.0), pearson / freedom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(of: &[(u64, usize, u64, f64)]) -> Vec<Unit> {
        let unit = |(cluster, cell, events, time): &(u64, usize, u64, f64)| Unit {
            cluster: *cluster,
            cell: *cell,
            events: *events,
            time: *time,
        };
        of.iter().map(unit).collect()
    }

    #[test]
    fn errors_are_those_of_leaving_each_cluster_out() {
        let units = units(&[
            (1, 0, 3, 1.0),
            (1, 1, 1, 1.5),
            (2, 0, 1, 1.0),
            (2, 1, 2, 1.5),
            (3, 0, 4, 0.5),
            (3, 1, 0, 1.0),
            (4, 0, 2, 1.0),
            (4, 1, 5, 1.5),
            (5, 2, 6, 1.0),
            (5, 3, 1, 1.5),
            (6, 2, 2, 1.0),
            (6, 3, 3, 1.5),
            (7, 2, 1, 1.0),
            (7, 3, 1, 0.7),
        ]);
        // Sums, logarithms and seven refits by Python.
        let (found, dispersion) = contrast([1.0, -1.0, -1.0, 1.0], &units).unwrap();
        for (found, expected) in [
            (found.value, -0.122_378_520_826_924),
            (found.error, 1.424_743_994_621_782),
            (dispersion, 1.750_714_285_714_286),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
    }

    #[test]
    fn what_hangs_on_one_citizen_has_no_interval() {
        let needs = |of: &[(u64, usize, u64, f64)]| match contrast([1.0, -1.0], &units(of)) {
            Err(Refusal::TooFew { found, needed, .. }) => (found, needed),
            other => panic!("{other:?}"),
        };
        assert_eq!(needs(&[(1, 0, 3, 1.0), (2, 1, 0, 1.0)]), (0, 1));
        assert_eq!(needs(&[(1, 0, 30, 1.0), (2, 1, 4, 1.0), (3, 1, 4, 1.0)]), (1, 2));
    }
}
