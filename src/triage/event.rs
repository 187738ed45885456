//! What happened to an alert: its append-only log.

use serde::{Deserialize, Serialize};

use super::alert::{Actor, Alert, EscalateTo, Level};
use super::state::{State, Verb};
use crate::clock::Micros;
use crate::ids::AlertId;

/// One change of an alert. Its version is the alert's after the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The alert's version after it.
    pub version: u32,
    /// When.
    pub at: Micros,
    /// Who; `None` = the machine.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Actor>,
    /// What.
    pub verb: Verb,
    /// The state before; `None` when it was opened.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// The level before.
    pub level_before: Level,
    /// The level after.
    pub level: Level,
    /// What screening saw. The evidence of the alert, appended to with every screening that
    /// changed it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub seen: Vec<Seen>,
    /// What somebody wrote: a note, the reason of a snooze.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Whom it was escalated to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_whom: Option<EscalateTo>,
    /// Until when it was claimed, snoozed or put aside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Micros>,
    /// How it was closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<CloseOutcome>,
    /// The closed alert that was opened again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reopened: Option<AlertId>,
}

impl Event {
    /// The step between two versions of an alert; nothing said about it yet.
    pub(super) fn between(
        before: Option<&Alert>,
        after: &Alert,
        verb: Verb,
        by: Option<Actor>,
    ) -> Self {
        Self {
            version: after.version,
            at: after.updated,
            by,
            verb,
            from: before.map(|before| before.state),
            to: after.state,
            level_before: before.map_or(Level::Green, |before| before.level),
            level: after.level,
            seen: Vec::new(),
            text: None,
            to_whom: None,
            until: None,
            outcome: None,
            reopened: None,
        }
    }
}

/// What screening saw of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The rule.
    pub rule: String,
    /// At which level; green when it is over.
    pub level: Level,
    /// When the newest evidence was taken.
    pub evidence_at: Micros,
    /// As of when it was screened.
    pub as_of: Micros,
    /// What it was to the alert.
    pub how: SeenAs,
}

/// What a finding was to the alert that it went into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeenAs {
    /// The rule's first finding in it.
    First,
    /// It is there again, on newer evidence or at another level.
    Again,
    /// It confirmed what had been seen once.
    Confirmed,
    /// It is over.
    Over,
    /// The time for a re-measure ran out.
    Unanswered,
}

/// How an alert was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// When.
    pub at: Micros,
    /// By whom.
    pub by: Actor,
    /// What came of it.
    pub outcome: CloseOutcome,
    /// Why, in the nurse's words.
    pub note: String,
}

/// What came of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloseOutcome {
    /// Nothing had to be done.
    NoAction,
    /// The citizen was advised.
    Advice,
    /// A re-measure was normal.
    #[serde(rename = "re-measure-normal")]
    RemeasureNormal,
    /// Somebody visited the citizen.
    Visit,
    /// The general practitioner took over.
    Gp,
    /// The citizen went to an emergency department.
    Ed,
    /// The citizen was admitted.
    Admission,
    /// It was the equipment.
    Technical,
    /// There was nothing.
    FalseAlarm,
}

impl CloseOutcome {
    /// All outcomes.
    pub const ALL: [Self; 9] = [
        Self::NoAction,
        Self::Advice,
        Self::RemeasureNormal,
        Self::Visit,
        Self::Gp,
        Self::Ed,
        Self::Admission,
        Self::Technical,
        Self::FalseAlarm,
    ];

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAction => "no-action",
            Self::Advice => "advice",
            Self::RemeasureNormal => "re-measure-normal",
            Self::Visit => "visit",
            Self::Gp => "gp",
            Self::Ed => "ed",
            Self::Admission => "admission",
            Self::Technical => "technical",
            Self::FalseAlarm => "false-alarm",
        }
    }
}
