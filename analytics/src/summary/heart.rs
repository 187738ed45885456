//! Heart rate at rest, in the night, and for how long the watch was worn.

use super::moments::Moments;
use super::stretch::{Stands, at_wall, end_of_span, into_local_day, stretches};
use super::{MINUTE, Night, Sample, minutes};

/// When the night ends on the wall clock; it begins at midnight (Alavi 2022, `NightSignal`) \[S\].
const NIGHT: i64 = 7 * 60 * MINUTE;

/// For how long a heart rate stands at most: an hour, as there are watches that measure hourly.
const STANDS: Stands = Stands { at_most: 60 * MINUTE, for_span: true };

/// What steps without a span stand for: those of a minute \[P\].
const STEPS_OF_A_MOMENT: i64 = MINUTE;

/// Steps counted over longer than this do not tell when they were taken \[P\].
const LONGEST_STEPS: i64 = 4 * 60 * MINUTE;

/// When the citizen was walking.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// From when, until when: in order, without overlap.
    intervals: Vec<(i64, i64)>,
    identities: Vec<u64>,
}

impl Activity {
    /// Of step readings by time: the intervals with at least one step. Totals of the day do not
    /// tell when.
    pub(super) fn of(steps: &[Sample]) -> Self {
        let mut activity = Self::default();
        for sample in steps.iter().filter(|one| one.value > 0.0 && !one.is_day_total) {
            let (start, end) = (sample.at, end_of_span(sample));
            if end.saturating_sub(start) > LONGEST_STEPS {
                continue;
            }
            let end =
                end.max(start.saturating_add(if sample.span > 0 { 0 } else { STEPS_OF_A_MOMENT }));
            match activity.intervals.last_mut() {
                Some((_, until)) if start <= *until => *until = end.max(*until),
                _ => activity.intervals.push((start, end)),
            }
            activity.identities.push(sample.identity);
        }
        activity
    }

    /// Whether there were steps in `from..to`; at the moment `from` where that is empty.
    pub(super) fn overlaps(&self, from: i64, to: i64) -> bool {
        self.after(from).is_some_and(|(start, _)| start < to.max(from.saturating_add(1)))
    }

    /// When the first steps that are not over by `at` begin.
    fn next_start(&self, at: i64) -> Option<i64> {
        self.after(at).map(|(start, _)| start)
    }

    fn after(&self, at: i64) -> Option<(i64, i64)> {
        let index = self.intervals.partition_point(|(_, end)| *end <= at);
        self.intervals.get(index).copied()
    }

    /// Of the readings that it was made from.
    pub(super) fn identities(&self) -> &[u64] {
        &self.identities
    }

    /// Whether a heart rate was taken at rest: without steps during it.
    pub(super) fn is_rest(&self, heart_rate: &Sample) -> bool {
        !self.overlaps(heart_rate.at, end_of_span(heart_rate))
    }
}

/// What only heart rate has.
#[derive(Debug)]
pub(super) struct Heart {
    /// At rest in the night.
    pub(super) night: Option<Night>,
    /// Minutes worn.
    pub(super) wear_minutes: u16,
}

impl Heart {
    /// Of heart rates by time.
    pub(super) fn of(readings: &[Sample], activity: &Activity) -> Self {
        let (mut worn, mut asleep) = (0_i64, 0_i64);
        let mut night = Vec::new();
        for (reading, stretch) in stretches(readings, STANDS) {
            worn += stretch.end - stretch.start;
            if into_local_day(reading) < NIGHT && activity.is_rest(reading) {
                let end = stretch.end.min(at_wall(reading, NIGHT));
                let end = activity.next_start(reading.at).map_or(end, |steps| end.min(steps));
                asleep += (end - stretch.start).max(0);
                night.push(reading.value);
            }
        }
        let night = Moments::of(night.into_iter()).map(|moments| Night {
            count: moments.count,
            mean: moments.mean,
            min: moments.min,
            minutes: minutes(asleep),
        });
        Self { night, wear_minutes: minutes(worn) }
    }
}
