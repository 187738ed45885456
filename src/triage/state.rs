//! The states of an alert and every legal step between them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an alert is in a nurse's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A re-measure may still show that it was nothing. Not yet on the worklist.
    Pending,
    /// On the worklist; nobody has it.
    New,
    /// Somebody works on it.
    Claimed,
    /// A re-measure is awaited, or a call back is agreed.
    Waiting,
    /// Somebody else has been asked.
    Escalated,
    /// Put off, with a reason.
    Snoozed,
    /// Done. Never changes again.
    Closed,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::New,
        Self::Claimed,
        Self::Waiting,
        Self::Escalated,
        Self::Snoozed,
        Self::Closed,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::New => "new",
            Self::Claimed => "claimed",
            Self::Waiting => "waiting",
            Self::Escalated => "escalated",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happens to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Screening opens it.
    Raise,
    /// Screening adds findings or evidence.
    Merge,
    /// A re-measure confirms it.
    Confirm,
    /// It gets worse than it was when it was put aside.
    BreakThrough,
    /// The re-measure that was asked for has come, and it is still there.
    Answer,
    /// All findings are over.
    Clear,
    /// A claim, a snooze, a wait or the time for a re-measure runs out.
    RunOut,
    /// Somebody takes it on, or takes longer over it.
    Claim,
    /// Somebody gives it back.
    Release,
    /// Somebody asks the citizen to measure again.
    RequestRemeasure,
    /// Somebody agrees to call back.
    CallBack,
    /// Somebody asks somebody else.
    Escalate,
    /// Somebody puts it off.
    Snooze,
    /// Somebody writes a note.
    Note,
    /// Somebody closes it.
    Close,
    /// Somebody opens it again, as a new one.
    Reopen,
}

impl Verb {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raise => "raise",
            Self::Merge => "merge",
            Self::Confirm => "confirm",
            Self::BreakThrough => "break-through",
            Self::Answer => "answer",
            Self::Clear => "clear",
            Self::RunOut => "run-out",
            Self::Claim => "claim",
            Self::Release => "release",
            Self::RequestRemeasure => "request-remeasure",
            Self::CallBack => "call-back",
            Self::Escalate => "escalate",
            Self::Snooze => "snooze",
            Self::Note => "note",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who may take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The machine only.
    Machine,
    /// Any nurse.
    Nurse,
    /// The nurse who has claimed it.
    Holder,
    /// Any nurse, if all findings are over: greens may be looked through in one go.
    NurseIfGreen,
}

/// A legal step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub verb: Verb,
    /// From which state; `None` = there was no alert.
    pub from: Option<State>,
    /// To which state.
    pub to: State,
    /// Who may.
    pub who: Who,
}

const fn step(verb: Verb, from: State, to: State, who: Who) -> Step {
    Step { verb, from: Some(from), to, who }
}

const fn open(verb: Verb, to: State, who: Who) -> Step {
    Step { verb, from: None, to, who }
}

/// Every legal step. A closed alert has none: `Reopen` makes another alert.
#[rustfmt::skip]
pub const TABLE: &[Step] = {
    use State::{Claimed, Closed, Escalated, New, Pending, Snoozed, Waiting};
    use Who::{Holder, Machine, Nurse, NurseIfGreen};
    &[
        // Screening.
        open(Verb::Raise,                        New,       Machine),
        open(Verb::Raise,                        Pending,   Machine),
        step(Verb::Merge,            Pending,    Pending,   Machine),
        step(Verb::Merge,            New,        New,       Machine),
        step(Verb::Merge,            Claimed,    Claimed,   Machine),
        step(Verb::Merge,            Waiting,    Waiting,   Machine),
        step(Verb::Merge,            Escalated,  Escalated, Machine),
        step(Verb::Merge,            Snoozed,    Snoozed,   Machine),
        step(Verb::Confirm,          Pending,    New,       Machine),
        step(Verb::BreakThrough,     Waiting,    New,       Machine),
        step(Verb::BreakThrough,     Escalated,  New,       Machine),
        step(Verb::BreakThrough,     Snoozed,    New,       Machine),
        step(Verb::Answer,           Waiting,    New,       Machine),
        step(Verb::Clear,            Pending,    New,       Machine),
        step(Verb::Clear,            Waiting,    New,       Machine),
        step(Verb::Clear,            New,        New,       Machine),
        step(Verb::Clear,            Claimed,    Claimed,   Machine),
        step(Verb::Clear,            Escalated,  Escalated, Machine),
        step(Verb::Clear,            Snoozed,    Snoozed,   Machine),
        // Time.
        step(Verb::RunOut,           Pending,    New,       Machine),
        step(Verb::RunOut,           New,        New,       Machine),
        step(Verb::RunOut,           Claimed,    New,       Machine),
        step(Verb::RunOut,           Claimed,    Claimed,   Machine),
        step(Verb::RunOut,           Waiting,    New,       Machine),
        step(Verb::RunOut,           Waiting,    Waiting,   Machine),
        step(Verb::RunOut,           Escalated,  Escalated, Machine),
        step(Verb::RunOut,           Snoozed,    New,       Machine),
        step(Verb::RunOut,           Snoozed,    Snoozed,   Machine),
        // People.
        step(Verb::Claim,            Pending,    Claimed,   Nurse),
        step(Verb::Claim,            New,        Claimed,   Nurse),
        step(Verb::Claim,            Waiting,    Claimed,   Nurse),
        step(Verb::Claim,            Escalated,  Claimed,   Nurse),
        step(Verb::Claim,            Snoozed,    Claimed,   Nurse),
        step(Verb::Claim,            Claimed,    Claimed,   Holder),
        step(Verb::Release,          Claimed,    New,       Holder),
        step(Verb::RequestRemeasure, Claimed,    Waiting,   Holder),
        step(Verb::CallBack,         Claimed,    Waiting,   Holder),
        step(Verb::Escalate,         Claimed,    Escalated, Holder),
        step(Verb::Snooze,           Claimed,    Snoozed,   Holder),
        step(Verb::Note,             Pending,    Pending,   Nurse),
        step(Verb::Note,             New,        New,       Nurse),
        step(Verb::Note,             Claimed,    Claimed,   Nurse),
        step(Verb::Note,             Waiting,    Waiting,   Nurse),
        step(Verb::Note,             Escalated,  Escalated, Nurse),
        step(Verb::Note,             Snoozed,    Snoozed,   Nurse),
        step(Verb::Close,            Claimed,    Closed,    Holder),
        step(Verb::Close,            Waiting,    Closed,    Nurse),
        step(Verb::Close,            Escalated,  Closed,    Nurse),
        step(Verb::Close,            New,        Closed,    NurseIfGreen),
        open(Verb::Reopen,                       New,       Nurse),
    ]
};

/// The step that a person takes from a state; `None` = there is none.
pub fn step_of(verb: Verb, from: State) -> Option<&'static Step> {
    TABLE
        .iter()
        .find(|step| step.verb == verb && step.from == Some(from) && step.who != Who::Machine)
}

/// Whether the table has the step.
pub fn is_legal(verb: Verb, from: Option<State>, to: State) -> bool {
    TABLE.iter().any(|step| step.verb == verb && step.from == from && step.to == to)
}
