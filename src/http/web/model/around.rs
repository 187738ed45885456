//! What there is about a citizen besides measurements.

use super::Happened;
use crate::clock::Micros;

/// What kind of contact with the health service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum ContactKind {
    /// A stay in hospital.
    Inpatient,
    /// A visit to an emergency department.
    Emergency,
    /// Anything else: a visit at home, a call, an ambulatory visit.
    Other,
}

/// A contact with the health service.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct Contact {
    /// From when.
    pub(in crate::http) from: Micros,
    /// Until when; `None` = it lasts, or nobody said.
    pub(in crate::http) to: Option<Micros>,
    /// What kind.
    pub(in crate::http) kind: ContactKind,
    /// Why or what, in the words of whoever wrote it.
    pub(in crate::http) what: Option<String>,
}

/// A message, or a call that was written down.
#[derive(Debug, Clone)]
pub(in crate::http) struct Message {
    /// Whether somebody spoke.
    pub(in crate::http) is_call: bool,
    /// Whether it came from the citizen.
    pub(in crate::http) from_citizen: bool,
    /// What was said.
    pub(in crate::http) text: String,
}

/// Kinds of what happened, by which the story is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum StoryKind {
    /// Of alerts.
    Alert,
    /// What nurses wrote.
    Note,
    /// Calls.
    Call,
    /// Messages.
    Message,
    /// Contacts and admissions.
    Contact,
}

impl StoryKind {
    /// All, in the order of the filter.
    pub(in crate::http) const ALL: [Self; 5] =
        [Self::Alert, Self::Note, Self::Call, Self::Message, Self::Contact];

    /// As an address names it.
    pub(in crate::http) const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Note => "note",
            Self::Call => "call",
            Self::Message => "message",
            Self::Contact => "contact",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(in crate::http) enum Event {
    /// To an alert.
    Alert(Happened),
    /// Somebody wrote or spoke.
    Message(Message),
    /// A contact with the health service.
    Contact(Contact),
}

impl Event {
    /// By which it is filtered.
    pub(in crate::http) fn kind(&self) -> StoryKind {
        use crate::triage::Verb;
        match self {
            Self::Alert(happened) => match happened.verb {
                Verb::Note => StoryKind::Note,
                Verb::CallBack => StoryKind::Call,
                _ => StoryKind::Alert,
            },
            Self::Message(message) if message.is_call => StoryKind::Call,
            Self::Message(_) => StoryKind::Message,
            Self::Contact(_) => StoryKind::Contact,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Story {
    /// The one kind that is shown; `None` = all.
    pub(in crate::http) only: Option<StoryKind>,
    /// How many there are of each kind.
    pub(in crate::http) counts: [u32; StoryKind::ALL.len()],
    /// What is shown, newest first.
    pub(in crate::http) events: Vec<(Micros, Event)>,
}

/// A device that a citizen measures with.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct DeviceStatus {
    /// What it is called; `None` where readings name a device that is not described.
    pub(in crate::http) name: Option<String>,
    /// Its newest reading; `None` = none in ninety days.
    pub(in crate::http) newest: Option<Micros>,
    /// Whether that is longer ago than the plan lets pass.
    pub(in crate::http) is_silent: bool,
    /// How full the battery was, percent, and when.
    pub(in crate::http) battery: Option<(f64, Micros)>,
}

/// A task that is open.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct OpenTask {
    /// Its id: that of the alert that it is about.
    pub(in crate::http) id: String,
    /// What is to be done, or why.
    pub(in crate::http) what: String,
    /// Who has it.
    pub(in crate::http) owner: Option<String>,
    /// By when.
    pub(in crate::http) due: Option<Micros>,
    /// Whether it cannot wait.
    pub(in crate::http) urgent: bool,
}
