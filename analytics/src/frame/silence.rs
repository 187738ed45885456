//! Which of the agreed measurements are overdue.

use super::Subject;
use crate::Signal;
use crate::features::track::{Moment, hours};
use crate::plan::Cadence;
use crate::screening::Input;

/// The cadence that is overdue for longest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Overdue {
    pub(crate) signal: Signal,
    /// Hours since it had to be there at the latest; below 0 as long as it had not.
    pub(crate) overdue_hours: f64,
    /// The newest reading.
    pub(crate) last_at: Option<i64>,
}

/// What a plan's cadences come to.
#[derive(Debug, Default)]
pub(crate) struct Silences {
    /// Of all cadences.
    pub(crate) any: Option<Overdue>,
    /// Of the safety-critical ones.
    pub(crate) critical: Option<Overdue>,
    /// The newest summary of each.
    pub(crate) inputs: Vec<Input>,
}

impl Silences {
    pub(crate) fn of(subject: &Subject<'_>, moment: &Moment) -> Self {
        let mut silences = Self::default();
        for cadence in &subject.plan.cadence {
            let newest = newest(subject, moment, cadence.signal);
            let last_at = newest.map(|(last_at, _)| last_at);
            let overdue = Overdue {
                signal: cadence.signal,
                overdue_hours: overdue_hours(cadence, subject, last_at),
                last_at,
            };
            let worst = [
                Some(&mut silences.any),
                cadence.safety_critical.then_some(&mut silences.critical),
            ];
            for worst in worst.into_iter().flatten() {
                if worst.is_none_or(|worst| is_worse(&overdue, &worst)) {
                    *worst = Some(overdue);
                }
            }
            silences.inputs.extend(newest.map(|(_, input)| input));
        }
        silences.inputs.sort_unstable_by_key(|input| (input.signal, std::cmp::Reverse(input.day)));
        silences.inputs.dedup();
        silences
    }
}

/// Of two that are equally overdue the signal with the lower number, whatever the plan's order.
fn is_worse(this: &Overdue, than: &Overdue) -> bool {
    this.overdue_hours.total_cmp(&than.overdue_hours).then(than.signal.cmp(&this.signal)).is_gt()
}

/// Hours since the last measurement or the start, whichever is later, less what is allowed: half an
/// interval of patience up to daily, else a day \[P\].
fn overdue_hours(cadence: &Cadence, subject: &Subject<'_>, last_at: Option<i64>) -> f64 {
    let start = cadence.from.unwrap_or(subject.plan_since);
    let since = last_at.map_or(start, |last_at| last_at.max(start));
    let every = f64::from(cadence.every_hours);
    let allowed = if cadence.every_hours <= 24 { every * 1.5 } else { every + 24.0 };
    hours(subject.as_of.saturating_sub(since)) - allowed
}

/// When the newest reading of a signal was taken, and the summary that it is in. A reading that a
/// clock ahead places in the future counts as taken now.
fn newest(subject: &Subject<'_>, moment: &Moment, signal: Signal) -> Option<(i64, Input)> {
    let days = subject.days.iter().rev().filter(|day| day.day <= moment.today);
    let mut found = days.filter_map(|day| {
        let summary = day.summaries.iter().find(|summary| summary.signal == signal)?;
        let input = Input { signal, day: day.day, digest: summary.digest };
        Some((summary.last_at.min(subject.as_of), input))
    });
    found.next()
}
