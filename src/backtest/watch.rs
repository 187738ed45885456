//! People over a span of time: from readings to what a team would have seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::replay::{Known, Moment, screen_over};
use pulsvagt_analytics::summary::local_day;
use pulsvagt_analytics::{Outcome, Pack, Plan, Screening};

use super::ward::{Case, Ward};
use super::{BacktestError, Person, Span, Truth};
use crate::clock::Micros;
use crate::screening::age_years;
use crate::triage::{Policy, Reason};

/// What became of one citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Place in the run.
    pub index: u32,
    /// Of the last plan in the span.
    pub programmes: BTreeSet<Programme>,
    /// From when to when the citizen was watched.
    pub watched: (Micros, Micros),
    /// The alerts.
    pub cases: Vec<Case>,
    /// By rule.
    pub rules: BTreeMap<Arc<str>, RuleDays>,
    /// Problems and local days with a yellow or red finding.
    pub findings: BTreeSet<(Arc<str>, i32)>,
    /// How many findings were kept out, by reason.
    pub suppressed: BTreeMap<Reason, u64>,
    /// What screening should have found, as far as it lies in the span.
    pub truths: Vec<Truth>,
}

/// Local days of one rule and one citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleDays {
    /// On which the rule was for the citizen.
    pub applicable: u32,
    /// On which it could be evaluated at least once.
    pub evaluable: u32,
    /// On which it was red at least once.
    pub red: u32,
    /// On which it was yellow and never red.
    pub yellow: u32,
    /// On which it was blue and never worse.
    pub blue: u32,
}

/// Screens people over the span by one pack and lets a model nurse deal with their alerts.
///
/// # Errors
/// When the rules cannot be evaluated.
pub fn watch(
    people: Vec<Person>,
    span: &Span,
    pack: &Pack,
    policy: &Policy,
) -> Result<Vec<Watched>, BacktestError> {
    let mut replays = Vec::with_capacity(people.len());
    let mut rest = Vec::with_capacity(people.len());
    for mut person in people {
        let since = person.known_from();
        replays.push(person.replay());
        rest.push((person, since));
    }
    let nothing_agreed = Plan::default();
    let known = |place: usize, moment: &Moment| {
        let (person, since) = rest.get(place)?;
        let now = Micros(moment.as_of);
        (*since)?.le(&now).then(|| {
            let plan = person.plan_at(now);
            Known {
                plan: plan.map_or(&nothing_agreed, |plan| &plan.plan),
                plan_version: plan.map_or(0, |plan| plan.version),
                plan_since: plan.map_or(0, |plan| plan.since.0),
                age_years: person.born.and_then(|born| age_years(born, now)),
            }
        })
    };
    let mut watches: Vec<Watch<'_>> =
        rest.iter().map(|(person, _)| Watch::new(person.index, pack, policy)).collect();
    screen_over(&mut replays, &span.moments, pack, known, |place, moment, screening| {
        if let (Some(watch), Some(moment)) = (watches.get_mut(place), span.moments.get(moment)) {
            watch.take(moment, &screening);
        }
    })?;
    Ok(watches
        .into_iter()
        .zip(&rest)
        .map(|(watch, (person, since))| watch.end(person, *since, span))
        .collect())
}

/// One citizen while time goes on.
struct Watch<'a> {
    ward: Ward<'a>,
    today: i32,
    /// The best known of each rule today.
    outcomes: BTreeMap<Arc<str>, Outcome>,
    rules: BTreeMap<Arc<str>, RuleDays>,
    findings: BTreeSet<(Arc<str>, i32)>,
}

impl<'a> Watch<'a> {
    fn new(index: u32, pack: &'a Pack, policy: &'a Policy) -> Self {
        Self {
            ward: Ward::new(index, pack, policy),
            today: i32::MIN,
            outcomes: BTreeMap::new(),
            rules: BTreeMap::new(),
            findings: BTreeSet::new(),
        }
    }

    fn take(&mut self, moment: &Moment, screening: &Screening) {
        let day = local_day(moment.as_of, moment.offset);
        if day != self.today {
            self.turn();
            self.today = day;
        }
        for verdict in &screening.verdicts {
            // Outcomes are in the order of what they say, not applicable least.
            let worst = self.outcomes.entry(Arc::clone(&verdict.rule)).or_insert(verdict.outcome);
            *worst = (*worst).max(verdict.outcome);
            if verdict.outcome >= Outcome::Yellow {
                self.findings.insert((Arc::clone(&verdict.problem), day));
            }
        }
        self.ward.take(screening);
    }

    /// Counts the day that is over.
    fn turn(&mut self) {
        for (rule, outcome) in std::mem::take(&mut self.outcomes) {
            let days = self.rules.entry(rule).or_default();
            days.applicable += u32::from(outcome > Outcome::NotApplicable);
            days.evaluable += u32::from(outcome > Outcome::NotEvaluable);
            days.red += u32::from(outcome == Outcome::Red);
            days.yellow += u32::from(outcome == Outcome::Yellow);
            days.blue += u32::from(outcome == Outcome::Blue);
        }
    }

    fn end(mut self, person: &Person, since: Option<Micros>, span: &Span) -> Watched {
        self.turn();
        let from = since.unwrap_or(span.to).clamp(span.from, span.to);
        let (cases, suppressed) = self.ward.end(span.to);
        let within = |truth: &&Truth| truth.onset >= from && truth.onset < span.to;
        let plan = person.plan_at(span.to);
        Watched {
            index: person.index,
            programmes: plan.map(|plan| plan.plan.programmes.clone()).unwrap_or_default(),
            watched: (from, span.to),
            cases,
            rules: self.rules,
            findings: self.findings,
            suppressed,
            truths: person.truths.iter().filter(within).cloned().collect(),
        }
    }
}
