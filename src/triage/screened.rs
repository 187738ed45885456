//! From a screening to what triage looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt_analytics::{Outcome, Screening, Verdict};

use super::alert::Texts;
use super::observe::Observed;
use crate::clock::Micros;

/// What triage has to know of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleFacts {
    /// On how many local days it has to fire before less than red counts; 1 = at once.
    pub persist: u32,
    /// How many minutes a first sight waits to be confirmed by another reading; 0 = not at all.
    pub confirm_minutes: u32,
    /// Whether it is on trial: recorded, but raising nothing.
    pub shadow: bool,
}

impl Default for RuleFacts {
    fn default() -> Self {
        Self { persist: 1, confirm_minutes: 0, shadow: false }
    }
}

/// Where triage looks rules up.
pub trait RuleBook: Sync {
    /// What is to be known of the rule; the default for a rule that the book does not have.
    fn facts(&self, rule: &str) -> RuleFacts;
    /// Why the rule says so, in words.
    fn explain(&self, verdict: &Verdict) -> Texts;
}

/// What the names of features about overdue measurements begin with.
const SILENCE: &str = "silence_";

/// When the evidence of a verdict was taken. A rule about silence names the last reading there was,
/// but what speaks for it is that there has been none since: else silence that was dealt with once
/// would never be heard of again, as its evidence never gets newer.
fn evidence_at(verdict: &Verdict) -> Option<Micros> {
    let names = verdict.features.iter().map(|(name, _)| name).chain(&verdict.missing);
    let mut names = names.filter(|name| name.starts_with(SILENCE));
    if names.next().is_some() { None } else { verdict.evidence_at.map(Micros) }
}

/// What a screening says, by problem, each in the rules' order.
pub fn by_problem(screening: &Screening, book: &dyn RuleBook) -> BTreeMap<Arc<str>, Vec<Observed>> {
    let mut problems: BTreeMap<Arc<str>, Vec<Observed>> = BTreeMap::new();
    for verdict in &screening.verdicts {
        if matches!(verdict.outcome, Outcome::NotApplicable | Outcome::NotEvaluable) {
            continue;
        }
        let facts = book.facts(&verdict.rule);
        let fires = matches!(verdict.outcome, Outcome::Blue | Outcome::Yellow | Outcome::Red);
        problems.entry(Arc::clone(&verdict.problem)).or_default().push(Observed {
            rule: Arc::clone(&verdict.rule),
            outcome: verdict.outcome,
            evidence_at: evidence_at(verdict),
            persist: facts.persist,
            confirm_minutes: facts.confirm_minutes,
            shadow: facts.shadow,
            text: if fires { book.explain(verdict) } else { Texts::default() },
        });
    }
    problems
}
