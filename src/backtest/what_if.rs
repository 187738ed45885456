//! What another plan would have meant: the last weeks of one citizen, replayed with each of two
//! plans as if it had been in force all the time.
//!
//! Screened is once at the end of each local day, from the summaries that are kept, by the same
//! replay and the same model nurse as in a back-test of readings. Live screening looks after each
//! reading and so may see more: what is told is a difference, not a forecast.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt_analytics::{Pack, Plan};

use super::watch::{Watched, watch};
use super::{BacktestError, Person, Span};
use crate::clock::Micros;
use crate::store::plans::PlanInForce;
use crate::triage::Policy;

/// Alerts that a nurse would have had to deal with: those that were yellow or red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alerts {
    /// All of them.
    pub all: u32,
    /// Those that were red at some time.
    pub red: u32,
}

impl Alerts {
    fn add(&mut self, is_red: bool) {
        self.all += 1;
        self.red += u32::from(is_red);
    }
}

/// One kind of problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub problem: Arc<str>,
    /// With the plan that is proposed.
    pub proposed: Alerts,
    /// With the present one.
    pub present: Alerts,
}

/// Both plans over the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// From when on the citizen was watched.
    pub from: Micros,
    /// Until when.
    pub to: Micros,
    /// With the plan that is proposed.
    pub proposed: Alerts,
    /// With the present one.
    pub present: Alerts,
    /// By problem; those that either plan had.
    pub problems: Vec<Problem>,
}

/// Replays the span with both plans; `since` is when the citizen's first plan came into force, and
/// none is counted from before.
///
/// # Errors
/// When the rules cannot be evaluated.
pub fn what_if(
    person: &Person,
    (proposed, present): (Plan, Plan),
    since: Option<Micros>,
    span: &Span,
    pack: &Pack,
    policy: &Policy,
) -> Result<WhatIf, BacktestError> {
    let since = since.or(person.known_from()).unwrap_or(span.from);
    let with = |plan| {
        let plans = vec![PlanInForce { plan, version: 1, since }];
        Person { plans, ..person.clone() }
    };
    let watched = watch(vec![with(proposed), with(present)], span, pack, policy)?;
    let [proposed, present] = watched.as_slice() else { return Ok(WhatIf::of_nothing(span)) };
    let mut problems: BTreeMap<Arc<str>, [Alerts; 2]> = BTreeMap::new();
    let mut totals = [Alerts::default(); 2];
    for (place, one) in [proposed, present].into_iter().enumerate() {
        for (problem, is_red) in manual(one, since) {
            totals[place].add(is_red);
            problems.entry(problem).or_default()[place].add(is_red);
        }
    }
    let [proposed, present] = totals;
    let problems = problems.into_iter().map(|(problem, [proposed, present])| Problem {
        problem,
        proposed,
        present,
    });
    let from = since.clamp(span.from, span.to);
    Ok(WhatIf { from, to: span.to, proposed, present, problems: problems.collect() })
}

impl WhatIf {
    fn of_nothing(span: &Span) -> Self {
        let (proposed, present) = (Alerts::default(), Alerts::default());
        Self { from: span.from, to: span.to, proposed, present, problems: Vec::new() }
    }
}

fn manual(one: &Watched, since: Micros) -> impl Iterator<Item = (Arc<str>, bool)> + '_ {
    let cases = one.cases.iter().filter(move |case| case.opened >= since);
    cases
        .filter(|case| case.manual.is_some())
        .map(|case| (Arc::clone(&case.problem), case.red.is_some()))
}
