//! What screening says of one problem of one citizen, and what becomes of it.

mod place;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, Draft, Level, Texts};
use super::event::{Event, Seen, SeenAs};
use super::merge::settle;
use super::policy::Policy;
use super::state::{State, Verb};
use super::targets::due;
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};

pub use pulsvagt_analytics::Outcome;

/// What one rule says.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The rule.
    pub rule: Arc<str>,
    /// What it says.
    pub outcome: Outcome,
    /// When the newest reading behind it was taken; `None` where it rests on there being none.
    pub evidence_at: Option<Micros>,
    /// On how many local days it has to fire before less than red counts.
    pub persist: u32,
    /// How many minutes a first sight waits to be confirmed by another reading; 0 = not at all.
    pub confirm_minutes: u32,
    /// Whether it is on trial: recorded, but raising nothing.
    pub shadow: bool,
    /// Why, in words.
    pub text: Texts,
}

impl Observed {
    /// The level, if it fires.
    pub fn level(&self) -> Option<Level> {
        match self.outcome {
            Outcome::Red => Some(Level::Red),
            Outcome::Yellow => Some(Level::Yellow),
            Outcome::Blue => Some(Level::Blue),
            Outcome::NotApplicable | Outcome::NotEvaluable | Outcome::Clear | Outcome::Holding => {
                None
            }
        }
    }
}

/// What all of it has in common.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whose.
    pub citizen: CitizenNo,
    /// What kind of problem.
    pub problem: &'a str,
    /// As of when it was screened.
    pub as_of: Micros,
    /// With which rule pack, by content hash.
    pub pack: &'a str,
    /// How the citizen moves; greater is worse.
    pub trend: f64,
    /// The municipality's policy.
    pub policy: &'a Policy,
    /// The time now.
    pub now: Micros,
}

/// On which local days a rule has fired that has to persist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streak {
    /// The rule.
    pub rule: String,
    /// The days, since 1970, by the evidence. None = it is over.
    pub days: BTreeSet<i32>,
    /// When the newest evidence was taken.
    pub last_at: Micros,
}

/// Why a finding was kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The problem was closed a short while ago.
    QuietAfterClosing,
    /// The alert is snoozed. It knows of the finding, but nobody is disturbed.
    Snoozed,
    /// The rule has not fired on enough days.
    NotYetPersistent,
    /// It is the same single reading that waits to be confirmed.
    #[serde(rename = "awaiting-re-measure")]
    AwaitingRemeasure,
    /// The rule is on trial.
    Shadow,
    /// Nothing has been measured since it was dealt with.
    SameEvidence,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::QuietAfterClosing,
        Self::Snoozed,
        Self::NotYetPersistent,
        Self::AwaitingRemeasure,
        Self::Shadow,
        Self::SameEvidence,
    ];

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QuietAfterClosing => "quiet-after-closing",
            Self::Snoozed => "snoozed",
            Self::NotYetPersistent => "not-yet-persistent",
            Self::AwaitingRemeasure => "awaiting-re-measure",
            Self::Shadow => "shadow",
            Self::SameEvidence => "same-evidence",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a finding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It opened an alert.
    Raised,
    /// It went into the open alert.
    Merged,
    /// It was kept out.
    Suppressed {
        /// Why.
        reason: Reason,
        /// Until when that holds, if a time alone ends it.
        until: Option<Micros>,
    },
}

/// A finding and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The rule.
    pub rule: Arc<str>,
    /// At which level it fired.
    pub level: Level,
    /// When the newest evidence was taken; for a rule that rests on there being none, the beginning
    /// of the local day.
    pub evidence_at: Micros,
    /// How it ended.
    pub ended: Ended,
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new alert.
    Raise(Draft, Event),
    /// Another version of the open one.
    Update(Box<Alert>, Event),
}

/// What screening comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// What is to be written of the alert.
    pub change: Option<Change>,
    /// How each finding ended: exactly one for each that fired, in their order.
    pub fates: Vec<Fate>,
    /// The streaks that have changed.
    pub streaks: Vec<Streak>,
}

/// What becomes of the alert of one problem. `open` is the open alert, if any, for which nothing has
/// run out; `closed` the one that was closed last; `streaks` what this gave before.
pub fn observe(
    open: Option<&Alert>,
    closed: Option<&Alert>,
    streaks: &[Streak],
    observed: &[Observed],
    context: &Context<'_>,
) -> Effects {
    let mut gathering = place::Gathering::new(open, closed, streaks, context);
    for one in observed {
        match one.level() {
            Some(level) => gathering.finding(one, level),
            None if one.outcome == Outcome::Clear => gathering.clear(one),
            // Nothing is known, or not enough: what is there stays.
            None => {}
        }
    }
    let place::Gathering { alert, seen, mut fates, streaks, .. } = gathering;
    let change = match (open, alert) {
        (_, None) => None,
        (_, Some(_)) if seen.is_empty() => None,
        (None, Some(alert)) => Some(raise(alert, seen, context)),
        (Some(before), Some(alert)) => {
            let now = context.now;
            let (next, event) = settle(before, alert, seen, Verb::Merge, now, context.policy);
            if next.state == State::Snoozed {
                let until = next.parked.as_ref().and_then(|parked| parked.until);
                let kept_out = Ended::Suppressed { reason: Reason::Snoozed, until };
                let merged = fates.iter_mut().filter(|fate| fate.ended == Ended::Merged);
                merged.for_each(|fate| fate.ended = kept_out);
            }
            Some(Change::Update(Box::new(next), event))
        }
    };
    Effects { change, fates, streaks }
}

fn raise(mut alert: Alert, seen: Vec<Seen>, context: &Context<'_>) -> Change {
    alert.level = alert.worst_finding();
    alert.worst = alert.level;
    alert.due = due(alert.level, context.now, context.policy);
    if alert.findings.iter().all(|finding| finding.unconfirmed.is_some()) {
        alert.state = State::Pending;
    }
    let event = Event { seen, ..Event::between(None, &alert, Verb::Raise, None) };
    Change::Raise(Draft(Box::new(alert)), event)
}

/// An alert without findings.
fn blank(context: &Context<'_>) -> Alert {
    Alert {
        id: AlertId::default(),
        citizen: context.citizen,
        problem: context.problem.to_owned(),
        level: Level::Green,
        worst: Level::Green,
        state: State::New,
        version: 1,
        material_version: 1,
        opened: context.now,
        updated: context.now,
        level_since: context.now,
        evidence_at: context.as_of,
        due: context.now,
        trend: 0.0,
        holder: None,
        claim_until: None,
        parked: None,
        closing: None,
        reopened_from: None,
        findings: Vec::new(),
    }
}

/// How often the alert has been told of by this rule, as the log calls it.
fn seen(one: &Observed, level: Level, at: Micros, as_of: Micros, how: SeenAs) -> Seen {
    Seen { rule: one.rule.as_ref().to_owned(), level, evidence_at: at, as_of, how }
}
