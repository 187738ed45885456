//! Levels that a second reading confirmed.
//!
//! One reading may be a cold finger or a cuff that slipped. A level counts as held where readings
//! that follow one another in a run, from one to another at least the hold time later, were all at
//! it or beyond. Of all such stretches the most extreme level is kept, and when the last one ended.

use std::collections::VecDeque;

use super::glucose::by_sensor;
use super::heart::Activity;
use super::{Held, SECOND, Sample};
use crate::Signal;

/// What makes a level held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// From the first to the last of the readings, seconds.
    pub hold: i32,
    /// Readings further apart do not belong to one run, seconds.
    pub gap: i32,
}

/// How a reading came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Taken on purpose, or at intervals too long for a sensor.
    Single,
    /// By a sensor that measures all the time: one of four within an hour.
    Sensor,
}

impl Hold {
    /// What makes a level of this signal held; `None` for what is counted over intervals, where a
    /// level means nothing.
    ///
    /// Severe pressure is measured again after 5 minutes (ESH 2021), and a low of a glucose sensor
    /// lasts 15 minutes (ATTD consensus 2019) \[S\]. The other times and all gaps are \[P\]. A
    /// sensor's 15 minutes are less half a minute, as its clock is not exact and some measure only
    /// every 15.
    pub const fn of(signal: Signal, kind: Kind) -> Option<Self> {
        const MINUTE: i32 = 60;
        const HOUR: i32 = 60 * MINUTE;
        let (hold, gap) = match signal {
            Signal::HeartRate => (10 * MINUTE, HOUR),
            Signal::OxygenSaturation
            | Signal::SystolicBloodPressure
            | Signal::DiastolicBloodPressure => (5 * MINUTE, HOUR),
            Signal::Glucose => match kind {
                Kind::Single => (5 * MINUTE, HOUR),
                Kind::Sensor => (15 * MINUTE - MINUTE / 2, HOUR / 2),
            },
            Signal::BodyTemperature => (5 * MINUTE, 4 * HOUR),
            Signal::Steps | Signal::SleepDuration => return None,
            // Any second reading of the day.
            Signal::RestingHeartRate
            | Signal::RespiratoryRate
            | Signal::BodyWeight
            | Signal::Fev1
            | Signal::Ketones
            | Signal::CReactiveProtein
            | Signal::Consciousness
            | Signal::DyspnoeaChange
            | Signal::CoughChange
            | Signal::SputumChange
            | Signal::SputumColour
            | Signal::SelfReportedChange
            | Signal::IrregularRhythmNotice
            | Signal::Fall
            | Signal::NewConfusion
            | Signal::AlarmSymptom => (5 * MINUTE, 25 * HOUR),
        };
        Some(Self { hold, gap })
    }
}

/// The least and the greatest level held by one signal's readings, by time.
///
/// Heart rates count at rest only, and steps between two of them end a run.
pub(super) fn held(readings: &[Sample], activity: &Activity) -> (Option<Held>, Option<Held>) {
    let Some(signal) = readings.first().map(|reading| reading.signal) else {
        return (None, None);
    };
    let is_heart = signal == Signal::HeartRate;
    let readings: Vec<(&Sample, Kind)> = if signal == Signal::Glucose {
        let kinds = by_sensor(readings).into_iter();
        let kinds = kinds.map(|sensor| if sensor { Kind::Sensor } else { Kind::Single });
        readings.iter().zip(kinds).collect()
    } else {
        let counting = readings.iter().filter(|one| !is_heart || activity.is_rest(one));
        counting.map(|one| (one, Kind::Single)).collect()
    };

    let (mut low, mut high) = (None, None);
    let runs = readings.chunk_by(|(before, kind), (reading, of)| {
        let gap = Hold::of(signal, *kind).map_or(0, |hold| i64::from(hold.gap) * SECOND);
        let walked = is_heart && activity.overlaps(before.at, reading.at);
        kind == of && reading.at.saturating_sub(before.at) <= gap && !walked
    });
    for run in runs {
        let Some(hold) = run.first().and_then(|(_, kind)| Hold::of(signal, *kind)) else {
            continue;
        };
        for (side, best) in [(Side::Low, &mut low), (Side::High, &mut high)] {
            let of_run = side.most_extreme(run, i64::from(hold.hold) * SECOND);
            *best = side.better(*best, of_run);
        }
    }
    (low, high)
}

/// Which way is extreme.
#[derive(Debug, Clone, Copy)]
enum Side {
    Low,
    High,
}

impl Side {
    /// A level as a number that is greater the more extreme it is; and back.
    fn extremity(self, level: f64) -> f64 {
        match self {
            Self::Low => 0.0 - level,
            Self::High => level,
        }
    }

    /// The more extreme of two, the later of equals.
    fn better(self, earlier: Option<Held>, later: Option<Held>) -> Option<Held> {
        match (earlier, later) {
            (Some(a), Some(b)) if self.extremity(a.level) > self.extremity(b.level) => Some(a),
            (a, b) => b.or(a),
        }
    }

    /// The most extreme level that the readings of a run held, and when last.
    ///
    /// Of the stretches that end with a reading only the shortest can be best, since further
    /// readings only take away from what they all are at. Both its ends move forward only, and
    /// `least` holds the candidates for the least extreme reading in it, so the whole takes linear
    /// time.
    fn most_extreme(self, run: &[(&Sample, Kind)], hold: i64) -> Option<Held> {
        let moments = self.moments(run);
        let mut best = None;
        let mut least: VecDeque<(i64, f64)> = VecDeque::new();
        let mut start = 0;
        for &(at, extremity) in &moments {
            while least.back().is_some_and(|(_, other)| *other >= extremity) {
                least.pop_back();
            }
            least.push_back((at, extremity));

            let long_enough = |from: i64| at.saturating_sub(from) >= hold;
            while moments.get(start + 1).is_some_and(|(from, _)| long_enough(*from)) {
                start += 1;
            }
            let from = moments[start].0;
            if !long_enough(from) {
                continue;
            }
            while least.front().is_some_and(|(taken, _)| *taken < from) {
                least.pop_front();
            }
            let level = least.front().map(|(_, extremity)| self.extremity(*extremity));
            best = self.better(best, level.map(|level| Held { level, at }));
        }
        best
    }

    /// The times of a run with the least extreme of the readings of each.
    fn moments(self, run: &[(&Sample, Kind)]) -> Vec<(i64, f64)> {
        let same_time = |(a, _): &(&Sample, Kind), (b, _): &(&Sample, Kind)| a.at == b.at;
        run.chunk_by(same_time)
            .map(|together| {
                let extremities = together.iter().map(|(one, _)| self.extremity(one.value));
                (together[0].0.at, extremities.fold(f64::INFINITY, f64::min))
            })
            .collect()
    }
}
