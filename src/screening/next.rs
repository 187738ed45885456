//! When time alone may change what screening says.

use pulsvagt_analytics::plan::Cadence;

use super::evaluate::Subject;
use crate::clock::Micros;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// Ages at which readings stop to count for something: parameters of scores and confirmed levels
/// after a day, the newest reading after three.
const AGES: [i64; 2] = [24 * HOUR, 72 * HOUR];
/// Silence that lasts is looked at again this often.
const AGAIN: i64 = 6 * HOUR;
/// Nobody is screened for time alone more often than this.
const LEAST: i64 = 10 * 60 * SECOND;

/// The next moment at which the same readings may come to another result: a measurement becomes
/// overdue, or a reading too old for something. What changes with the date is left to the nightly
/// round. `None` if nothing does.
pub fn next_time(subject: &Subject, as_of: Micros) -> Option<Micros> {
    let mut next = None;
    let mut consider = |at: i64| {
        if at > as_of.0 {
            next = Some(next.map_or(at, |next: i64| next.min(at)));
        }
    };
    if let Some(plan) = &subject.plan {
        for cadence in &plan.plan.cadence {
            let due = overdue_from(cadence, plan.since, newest(subject, cadence, as_of));
            consider(if due > as_of.0 { due } else { as_of.0 + AGAIN });
        }
    }
    for summary in subject.days.iter().flat_map(|day| &day.summaries) {
        let held = [summary.held_low, summary.held_high].into_iter().flatten();
        for at in held.map(|held| held.at).chain([summary.last_at]) {
            for age in AGES {
                consider(at.saturating_add(age + SECOND));
            }
        }
    }
    next.map(|next| Micros(next.max(as_of.0 + LEAST)))
}

/// From when on a measurement is overdue, as the feature `silence_overdue_hours` reckons.
fn overdue_from(cadence: &Cadence, since: Micros, newest: Option<i64>) -> i64 {
    let every = i64::from(cadence.every_hours) * HOUR;
    let allowed = if cadence.every_hours <= 24 { every / 2 * 3 } else { every + 24 * HOUR };
    let start = cadence.from.unwrap_or(since.0);
    newest.map_or(start, |newest| newest.max(start)).saturating_add(allowed + SECOND)
}

/// When the newest reading of the cadence's signal was taken.
fn newest(subject: &Subject, cadence: &Cadence, as_of: Micros) -> Option<i64> {
    let summaries = subject.days.iter().flat_map(|day| &day.summaries);
    let taken = summaries.filter(|summary| summary.signal == cadence.signal);
    taken.map(|summary| summary.last_at.min(as_of.0)).max()
}
