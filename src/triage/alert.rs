//! What an alert is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::event::Closing;
use super::state::State;
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};

/// How urgent, least first. The colours are those that Danish telemonitoring uses.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// All findings are over; a nurse has yet to say so.
    #[default]
    Green,
    /// Technical, or silence.
    Blue,
    /// A nurse looks at it the same weekday.
    Yellow,
    /// Contact today.
    Red,
}

impl Level {
    /// All levels, most urgent first.
    pub const ALL: [Self; 4] = [Self::Red, Self::Yellow, Self::Blue, Self::Green];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// Its place in the worklist and in storage: 0 = red … 3 = green.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Red => 0,
            Self::Yellow => 1,
            Self::Blue => 2,
            Self::Green => 3,
        }
    }

    /// Whether a look is enough: technical, or over.
    pub const fn is_calm(self) -> bool {
        matches!(self, Self::Green | Self::Blue)
    }

    /// The level of this rank.
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.rank() == rank)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who did something. It is [`Self::id`] by which they are known again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The subject of their principal.
    pub id: String,
    /// Their role.
    pub role: String,
    /// What they were called then, if whoever let them in said so. For colleagues who read the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Actor {
    /// Somebody of whom no name is known.
    pub fn new(id: impl Into<String>, role: impl Into<String>) -> Self {
        Self { id: id.into(), role: role.into(), name: None }
    }

    /// What colleagues know them by: the name, or else the id.
    pub fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// A sentence in both languages, as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Texts {
    /// Danish.
    pub da: String,
    /// English.
    pub en: String,
}

/// One rule's part in an alert. Never removed from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertFinding {
    /// The rule.
    pub rule: String,
    /// What it says now; green when it is over.
    pub level: Level,
    /// The worst it has said in this alert.
    pub worst: Level,
    /// When its first evidence was taken.
    pub first_at: Micros,
    /// When its newest evidence was taken, for or against it.
    pub last_at: Micros,
    /// How often it fired on newer evidence or at another level.
    pub count: u32,
    /// `Screening::as_of` of the screening that last changed it.
    pub as_of: Micros,
    /// The rule pack of that screening, by content hash.
    pub pack: String,
    /// Whether it rests on there being no reading.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub from_silence: bool,
    /// Set while it rests on a single reading. It does not count before it is confirmed or the
    /// time for it has passed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unconfirmed: Option<Unconfirmed>,
    /// Why, in words.
    pub text: Texts,
}

impl AlertFinding {
    /// What it contributes to the alert's level.
    pub fn counts_as(&self) -> Level {
        if self.unconfirmed.is_some() { Level::Green } else { self.level }
    }
}

/// Waiting for a second reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// When the first was taken.
    pub since: Micros,
    /// Until when it is waited for.
    pub until: Micros,
}

/// Who is asked where a nurse cannot decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EscalateTo {
    /// A role or team of the municipality.
    Role(String),
    /// The citizen's general practitioner.
    Gp,
    /// The emergency number.
    #[serde(rename = "112")]
    Emergency,
}

/// What an alert was like when it was put aside: waiting, escalated or snoozed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parked {
    /// Until when; `None` = until somebody does something.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Micros>,
    /// Its level then. Anything worse brings it back.
    pub level: Level,
    /// Which rules were red then. Any other one that turns red brings it back.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub red: Vec<String>,
    /// Whether a re-measure was asked for, so that newer evidence is the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub remeasure: bool,
    /// Why it was snoozed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Whom it was escalated to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<EscalateTo>,
}

/// The one open item per citizen and problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Whose.
    pub citizen: CitizenNo,
    /// What kind of problem.
    pub problem: String,
    /// Worst of the findings that count or, where none does, of those that may yet be confirmed.
    pub level: Level,
    /// The worst it has been since it was opened.
    pub worst: Level,
    /// Where it is in a nurse's hands.
    pub state: State,
    /// Which version this is, from 1; every change makes another.
    pub version: u32,
    /// The version of the last change that somebody who works on it has to know of. Newer evidence
    /// for what was known already is none.
    pub material_version: u32,
    /// When it was opened.
    pub opened: Micros,
    /// When it last changed.
    pub updated: Micros,
    /// Since when it has had its level.
    pub level_since: Micros,
    /// When the newest evidence was taken.
    pub evidence_at: Micros,
    /// By when somebody is to do something.
    pub due: Micros,
    /// How the citizen moves; greater is worse.
    pub trend: f64,
    /// Who has it: who claimed it or put it aside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder: Option<Actor>,
    /// Until when the claim holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claim_until: Option<Micros>,
    /// How it was put aside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parked: Option<Parked>,
    /// When it was closed, by whom and why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closing: Option<Closing>,
    /// The closed alert that was opened again as this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reopened_from: Option<AlertId>,
    /// The rules' parts, in the order they came.
    pub findings: Vec<AlertFinding>,
}

impl Alert {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// Whether the response target has passed.
    pub fn is_overdue(&self, now: Micros) -> bool {
        self.is_open() && self.due < now
    }

    /// Who holds a claim on it.
    pub fn claimed_by(&self, now: Micros) -> Option<&Actor> {
        match (self.state, self.claim_until) {
            (State::Claimed, Some(until)) if until > now => self.holder.as_ref(),
            _ => None,
        }
    }

    /// The part of a rule.
    pub fn finding(&self, rule: &str) -> Option<&AlertFinding> {
        self.findings.iter().find(|finding| finding.rule == rule)
    }

    /// When [`expire`](super::expire()) next has something to do.
    pub fn expires_at(&self) -> Option<Micros> {
        if !self.is_open() {
            return None;
        }
        let claim = self.claim_until;
        let parked = self.parked.as_ref().and_then(|parked| parked.until);
        let findings = self.findings.iter().filter_map(|finding| finding.unconfirmed);
        let findings = findings.map(|unconfirmed| unconfirmed.until).min();
        [claim, parked, findings].into_iter().flatten().min()
    }

    /// Worst of the findings that count or, where none does, of those that may yet be confirmed.
    pub(super) fn worst_finding(&self) -> Level {
        let counting = self.findings.iter().map(AlertFinding::counts_as).max().unwrap_or_default();
        if counting > Level::Green {
            return counting;
        }
        self.findings.iter().map(|finding| finding.level).max().unwrap_or_default()
    }

    /// The rules that count as red.
    pub(super) fn red_rules(&self) -> Vec<String> {
        let red = self.findings.iter().filter(|finding| finding.counts_as() == Level::Red);
        red.map(|finding| finding.rule.clone()).collect()
    }
}

/// An alert that has no id yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft(pub(super) Box<Alert>);

impl Draft {
    /// Gives it its id.
    pub fn with_id(self, id: AlertId) -> Alert {
        Alert { id, ..*self.0 }
    }
}
