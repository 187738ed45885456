//! The area under the ROC curve.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Interval, Z, length};

/// One scored unit and what became of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The score; higher means more likely to be a case.
    pub score: f64,
    /// Whether it was a case.
    pub case: bool,
    /// Units of the same cluster (the citizen) are not independent.
    pub cluster: u64,
}

/// The area under the ROC curve: how often a case scores higher than a control, ties counting
/// half.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Area {
    /// From 0 to 1; 0.5 says nothing.
    pub value: f64,
    /// `None` with fewer than two clusters that hold cases, or that hold controls, and where the
    /// scores leave no spread to measure, as at 0 and 1.
    pub interval: Option<Interval>,
    /// Units that were cases.
    pub cases: usize,
    /// Units that were not.
    pub controls: usize,
    /// Units left out because their score is not a number.
    pub unscored: usize,
}

/// The shares of the other side that the units of one cluster beat.
#[derive(Default)]
struct Cluster {
    cases: usize,
    controls: usize,
    case_sum: f64,
    control_sum: f64,
}

/// The area under the ROC curve with its interval; `None` without cases or without controls.
///
/// The variance is that of `DeLong` and others (1988) as Obuchowski (1997) extends
/// it to clusters, and is `DeLong`'s where every unit is a cluster of its own. The interval is
/// symmetric on the logit scale, so that it stays within 0 and 1.
pub fn area(units: &[Scored]) -> Option<Area> {
    let mut sorted: Vec<&Scored> = units.iter().filter(|unit| !unit.score.is_nan()).collect();
    // -0 and 0 are the same score.
    sorted.sort_by(|a, b| (a.score + 0.0).total_cmp(&(b.score + 0.0)));
    let cases = sorted.iter().filter(|unit| unit.case).count();
    let controls = sorted.len() - cases;
    if cases == 0 || controls == 0 {
        return None;
    }
    let (all_cases, all_controls) = (length(cases), length(controls));

    let mut clusters: BTreeMap<u64, Cluster> = BTreeMap::new();
    let (mut cases_below, mut controls_below) = (0_usize, 0_usize);
    for tied in sorted.chunk_by(|a, b| (a.score + 0.0).total_cmp(&(b.score + 0.0)).is_eq()) {
        let cases_tied = tied.iter().filter(|unit| unit.case).count();
        let controls_tied = tied.len() - cases_tied;
        let beaten = (length(controls_below) + length(controls_tied) / 2.0) / all_controls;
        let beaten_by =
            (length(cases - cases_below - cases_tied) + length(cases_tied) / 2.0) / all_cases;
        for unit in tied {
            let cluster = clusters.entry(unit.cluster).or_default();
            if unit.case {
                cluster.cases += 1;
                cluster.case_sum += beaten;
            } else {
                cluster.controls += 1;
                cluster.control_sum += beaten_by;
            }
        }
        cases_below += cases_tied;
        controls_below += controls_tied;
    }
    let value = clusters.values().map(|cluster| cluster.case_sum).sum::<f64>() / all_cases;
    Some(Area {
        value,
        interval: interval(value, &clusters, all_cases, all_controls),
        cases,
        controls,
        unscored: units.len() - sorted.len(),
    })
}

fn interval(
    value: f64,
    clusters: &BTreeMap<u64, Cluster>,
    cases: f64,
    controls: f64,
) -> Option<Interval> {
    let count =
        |holds: fn(&Cluster) -> bool| length(clusters.values().filter(|c| holds(c)).count());
    let with_cases = count(|cluster| cluster.cases > 0);
    let with_controls = count(|cluster| cluster.controls > 0);
    let all = length(clusters.len());
    if with_cases < 2.0 || with_controls < 2.0 {
        return None;
    }
    let (mut of_cases, mut of_controls, mut of_both) = (0.0, 0.0, 0.0);
    for cluster in clusters.values() {
        let case = cluster.case_sum - length(cluster.cases) * value;
        let control = cluster.control_sum - length(cluster.controls) * value;
        of_cases += case * case;
        of_controls += control * control;
        of_both += case * control;
    }
    let variance = with_cases / (with_cases - 1.0) * of_cases / (cases * cases)
        + with_controls / (with_controls - 1.0) * of_controls / (controls * controls)
        + 2.0 * all / (all - 1.0) * of_both / (cases * controls);
    let spread = value * (1.0 - value);
    if variance <= 0.0 || spread <= 0.0 {
        return None;
    }
    let (centre, half) = ((value / (1.0 - value)).ln(), Z * variance.sqrt() / spread);
    let expit = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    Some(Interval { low: expit(centre - half), high: expit(centre + half) })
}
