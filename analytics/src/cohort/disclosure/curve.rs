//! Time to the first event, from what is told anyway.

use std::collections::BTreeMap;

use polars::prelude::PolarsResult;
use serde::Serialize;

use super::{Count, Release};
use crate::cohort::run::count;
use crate::evaluation::{Z, real};

/// How many of a group an outcome had not yet happened to, as time goes by (Kaplan and Meier 1958).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// `cohort` or `comparison`.
    pub group: String,
    /// The outcome.
    pub outcome: String,
    /// One for each begun period of 30 days, the first at day 0, when it has happened to nobody.
    pub points: Vec<Point>,
}

/// The end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Days after the index day.
    pub day: u32,
    /// Who was still followed at the beginning of the period without the outcome.
    pub at_risk: u64,
    /// To whom it happened for the first time in the period.
    pub events: u64,
    /// The share to whom it has not happened by now, 0 to 1.
    pub without: f64,
    /// The interval of that share, 95 %, by Greenwood's variance on the scale of log(−log), which
    /// does not leave 0 to 1.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Length of a period, days; see [`coarse`](super::coarse).
const PERIOD: u32 = 30;

/// The curves of everything of which rows are told. They are computed from the rows of the release
/// and nothing else, so they tell nothing that the rows do not. Who leaves in the same period in which
/// it happens to others is counted as having been at risk in it.
///
/// # Errors
/// When the rows are not those of a release.
pub fn curves(release: &Release) -> PolarsResult<Vec<Curve>> {
    let rows = &release.rows;
    let (groups, followed) = (rows.column("group")?.str()?, rows.column("followed")?.u32()?);
    let mut curves = Vec::new();
    for group in release.groups.iter().filter(|group| !group.rows_left_out) {
        for outcome in &group.outcomes {
            if !matches!(outcome.citizens, Count::Told(_)) {
                continue;
            }
            let after = rows.column(&format!("{}_after", outcome.outcome))?.u32()?;
            let mut ends: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
            for row in 0..rows.height() {
                let Some(last) = followed.get(row).filter(|last| *last > 0) else { continue };
                if groups.get(row) != Some(group.name) {
                    continue;
                }
                match after.get(row) {
                    Some(period) => ends.entry(period).or_default().0 += 1,
                    None => ends.entry(last).or_default().1 += 1,
                }
            }
            if !ends.is_empty() {
                let (group, outcome) = (group.name.to_owned(), outcome.outcome.clone());
                curves.push(Curve { group, outcome, points: points(&ends) });
            }
        }
    }
    Ok(curves)
}

/// From how many had it, and how many left without it, in each period.
fn points(ends: &BTreeMap<u32, (usize, usize)>) -> Vec<Point> {
    let mut left: usize = ends.values().map(|(events, leaving)| events + leaving).sum();
    let (mut without, mut variance) = (1.0, 0.0);
    let start = Point { day: 0, at_risk: count(left), events: 0, without, low: 1.0, high: 1.0 };
    let mut points = vec![start];
    let last = ends.keys().next_back().copied().unwrap_or(0);
    for period in 1..=last {
        let (events, leaving) = ends.get(&period).copied().unwrap_or_default();
        let (at_risk, had) = (real(count(left)), real(count(events)));
        if events > 0 {
            without *= 1.0 - had / at_risk;
            // Where it happened to all of them nothing is left to vary.
            variance += if events < left { had / (at_risk * (at_risk - had)) } else { 0.0 };
        }
        let (low, high) = interval(without, variance);
        let (at_risk, events) = (count(left), count(events));
        points.push(Point { day: period * PERIOD, at_risk, events, without, low, high });
        left = left.saturating_sub(ends.get(&period).map_or(0, |it| it.0) + leaving);
    }
    points
}

/// `variance` is that of log of the share, by Greenwood's sum.
fn interval(share: f64, variance: f64) -> (f64, f64) {
    if share <= 0.0 || share >= 1.0 {
        return (share, share);
    }
    let half = Z * variance.sqrt() / share.ln().abs();
    (share.powf(half.exp()), share.powf((-half).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Freireich et al. 1963, the 6-MP group, with weeks as periods: the shares are those of every
    /// textbook (0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448).
    #[test]
    fn the_remissions_of_1963() {
        let events = [(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)];
        let leaving = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let mut ends: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (week, number) in events {
            ends.entry(week).or_default().0 += number;
        }
        for week in leaving {
            ends.entry(week).or_default().1 += 1;
        }
        let points = points(&ends);
        assert_eq!((points[0].at_risk, points[6].at_risk, points[23].at_risk), (21, 21, 6));
        for ((week, _), share) in
            events.into_iter().zip([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448])
        {
            let point = points.iter().find(|it| it.day == week * PERIOD).unwrap();
            assert!((point.without - share).abs() < 0.0006, "{week}: {}", point.without);
        }
        // survfit(conf.type = "log-log") of R's survival says 0.620 to 0.952 at week 6.
        assert!((points[6].low - 0.620).abs() < 0.001, "{}", points[6].low);
        assert!((points[6].high - 0.952).abs() < 0.001, "{}", points[6].high);
        assert!(points.windows(2).all(|two| two[1].without <= two[0].without));
    }

    #[test]
    fn when_it_happens_to_all_nothing_is_left() {
        let ends = BTreeMap::from([(1, (5, 0)), (2, (5, 0))]);
        let points = points(&ends);
        let shares: Vec<f64> = points.iter().map(|it| it.without).collect();
        assert_eq!(shares, [1.0, 0.5, 0.0]);
        assert_eq!((points[2].low, points[2].high), (0.0, 0.0));
    }
}
