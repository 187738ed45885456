//! The baseline of a signal from day to day: the feature `baseline` that rules look at, for a chart
//! to show what each day was compared with.

use std::ops::RangeInclusive;

use crate::Signal;
use crate::features::stats::{GUARD, compute, own_spread};
use crate::features::track::{Moment, Track};
use crate::features::{Source, Stat};
use crate::frame::Day;

/// A day's value is outside of the band if it lies more than so many robust standard deviations from
/// the baseline: about one of twenty days, where days are normally distributed.
pub const BAND: f64 = 2.0;

const DAY_MICROS: i64 = 86_400_000_000;

/// What a day was compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// The local day, days since 1970.
    pub day: i32,
    /// The feature `baseline` as of that day, in the signal's unit.
    pub centre: f64,
    /// [`BAND`] times 1.4826·MAD of the 28 days before, in the signal's unit; `None` with fewer than
    /// 7 of them, where the baseline is the plan's.
    pub reach: Option<f64>,
}

/// The baseline on each day of `span` that has the signal and enough days before it. `days` are
/// ascending and begin at least 28 days before the span, or later if there is nothing earlier;
/// `planned` is what a clinician has set.
pub fn baselines(
    signal: Signal,
    days: &[Day],
    planned: Option<f64>,
    span: RangeInclusive<i32>,
) -> Vec<Baseline> {
    let has = |day: &Day| day.summaries.iter().any(|summary| summary.signal == signal);
    let mut found = Vec::new();
    for (place, today) in days.iter().enumerate().filter(|(_, day)| span.contains(&day.day)) {
        if !has(today) {
            continue;
        }
        let day = today.day;
        let moment = Moment { as_of: (i64::from(day) + 1) * DAY_MICROS, offset: 0, today: day };
        let mut track = Track::default();
        for before in days.iter().take(place + 1).rev() {
            // The baseline looks no further back than this.
            if before.day < day - GUARD {
                break;
            }
            for summary in before.summaries.iter().filter(|summary| summary.signal == signal) {
                track.push(Source::Days(signal), before.day, summary, &moment);
            }
        }
        // A day without a finite value is no day.
        if track.newest().is_none_or(|newest| newest.age != 0) {
            continue;
        }
        let centre = compute(Stat::Baseline, &track, &moment, planned);
        let reach = own_spread(&track).map(|spread| BAND * spread);
        found.extend(centre.map(|centre| Baseline { day, centre, reach }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{TODAY, days, features, subject};
    use crate::plan::Plan;

    #[test]
    fn it_is_the_feature_that_rules_look_at() {
        // A fortnight, a gap of three weeks, and days with another rhythm.
        let values: Vec<Option<f64>> = (0..90_i32)
            .map(|day| match day {
                14..35 => None,
                35.. if day % 3 == 0 => None,
                _ => Some(80.0 + f64::from(day * 7 % 11) / 4.0),
            })
            .collect();
        let all = days(Signal::BodyWeight, &values);
        for planned in [None, Some(79.5)] {
            let found = baselines(Signal::BodyWeight, &all, planned, TODAY - 89..=TODAY);
            let baselines = planned.map(|value| (Signal::BodyWeight, value)).into_iter().collect();
            let plan = Plan { baselines, ..Plan::default() };
            for (place, value) in values.iter().enumerate() {
                let until = days(Signal::BodyWeight, &values[..=place]);
                let rule = features(&["body_weight_baseline"], &subject(&plan, &until))[0];
                let day = TODAY - 89 + i32::try_from(place).unwrap();
                let told = found.iter().find(|it| it.day == day);
                let expected = rule.filter(|_| value.is_some());
                assert_eq!(told.map(|it| it.centre), expected, "{place}");
            }
            assert!(found.len() > 20 && found.iter().any(|it| it.reach.is_some()));
            assert_eq!(found.iter().any(|it| it.reach.is_none()), planned.is_some());
        }
    }

    #[test]
    fn its_reach_is_that_of_the_days_before() {
        let values: Vec<Option<f64>> = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 90.0].map(Some).to_vec();
        let all = days(Signal::BodyWeight, &values);
        let found = baselines(Signal::BodyWeight, &all, None, TODAY - 89..=TODAY);
        // Median 4, deviations 3 2 1 0 1 2 3, their median 2.
        let reach = Some(2.0 * 1.4826 * 2.0);
        assert_eq!(found, [Baseline { day: TODAY, centre: 4.0, reach }]);
        assert!(baselines(Signal::Steps, &all, None, TODAY - 89..=TODAY).is_empty());
        assert!(baselines(Signal::BodyWeight, &all, None, TODAY - 89..=TODAY - 1).is_empty());
    }
}
