//! What came after the index day.

use serde::Serialize;

use super::condition::Candidate;
use super::definition::{FollowUp, Outcome};
use super::event;
use super::world::Known;
use crate::evaluation::{Rate, real};

/// Days in a year, on average.
pub(super) const YEAR: f64 = 365.25;

/// An outcome of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Followed {
    /// Its name.
    pub outcome: String,
    /// Members with at least one day of follow-up.
    pub at_risk: u64,
    /// Members of them who had it.
    pub citizens: u64,
    /// Days on which it happened to them.
    pub events: u64,
    /// Days that they were followed.
    pub days: u64,
    /// Events per 1,000 person-years; the interval reckons with citizens who have several.
    pub rate: Rate,
    /// First events per 1,000 person-years until then; the interval is that of a Poisson count.
    pub first: Rate,
}

/// What came after for one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct After {
    /// Days of follow-up.
    pub(super) days: u32,
    /// By outcome: days on which it happened, and how many days after the index day the first was.
    pub(super) outcomes: Vec<(u32, Option<u32>)>,
}

/// Follows a member until the follow-up, the data, the life or the stay here ends.
pub(super) fn follow(
    known: &Known,
    candidate: Candidate,
    follow_up: Option<FollowUp>,
    outcomes: &[Outcome],
    last_day: i32,
) -> After {
    let (citizen, index) = (&known.citizens[candidate.place], candidate.index);
    let mut last =
        follow_up.map_or(index, |it| index.saturating_add_unsigned(it.days)).min(last_day);
    for end in [citizen.died, citizen.left].into_iter().flatten() {
        last = last.min(end);
    }
    if follow_up.is_some_and(|it| it.while_enrolled) {
        let around = event::enrolled(known, citizen.citizen, &[], index);
        last = last.min(around.map_or(index, |(_, to)| to));
    }
    let days = u32::try_from(last.saturating_sub(index)).unwrap_or(0);
    let outcomes = outcomes.iter().map(|outcome| {
        let all = event::days(&outcome.what, known, citizen);
        let after = event::slice(&all, index.saturating_add(1), last);
        let first = after.first().map(|day| day.abs_diff(index));
        (u32::try_from(after.len()).unwrap_or(u32::MAX), first)
    });
    After { days, outcomes: outcomes.collect() }
}

/// The outcomes of a group.
pub(super) fn summarise(outcomes: &[Outcome], members: &[After]) -> Vec<Followed> {
    let thousand_years = |days: u64| real(days) / YEAR / 1000.0;
    let each = outcomes.iter().enumerate().map(|(place, outcome)| {
        let at_risk: Vec<&After> = members.iter().filter(|member| member.days > 0).collect();
        let of = |member: &After| member.outcomes[place];
        let days: u64 = at_risk.iter().map(|it| u64::from(it.days)).sum();
        let events: u64 = at_risk.iter().map(|it| u64::from(of(it).0)).sum();
        let having = at_risk.iter().filter(|it| of(it).1.is_some());
        let citizens = super::run::count(having.count());
        let until: u64 = at_risk.iter().map(|it| u64::from(of(it).1.unwrap_or(it.days))).sum();
        let clusters: Vec<(u64, f64)> = at_risk
            .iter()
            .map(|it| (u64::from(of(it).0), thousand_years(u64::from(it.days))))
            .collect();
        // One sum over whole days: the sum of many small numbers would depend on their order.
        let mut rate = Rate::clustered(&clusters);
        let plain = Rate::poisson(events, thousand_years(days));
        rate.time = plain.time;
        rate.rate = plain.rate;
        Followed {
            outcome: outcome.name.clone(),
            at_risk: super::run::count(at_risk.len()),
            citizens,
            events,
            days,
            rate,
            first: Rate::poisson(citizens, thousand_years(until)),
        }
    });
    each.collect()
}
