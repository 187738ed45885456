//! What is known of a run.

use jiff::civil;

use crate::clock::Micros;
use crate::store::StoreError;

/// What a run is asked for with.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Its id.
    pub id: &'a str,
    /// When.
    pub asked: Micros,
    /// By whom.
    pub by: RunBy,
    /// The request's id.
    pub request: &'a str,
    /// A code of HL7 v3 `PurposeOfUse`.
    pub purpose: &'a str,
    /// The purpose in words.
    pub reason: &'a str,
    /// What was known at the beginning of this local day is looked at.
    pub as_of: civil::Date,
    /// Hash of the definition.
    pub definition: &'a str,
    /// The definition, JSON.
    pub body: &'a str,
    /// The least number of citizens that a count may be about.
    pub least: u32,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunBy {
    /// Who says who it is.
    pub issuer: String,
    /// Who, in the issuer's words.
    pub subject: String,
    /// In which role.
    pub role: String,
    /// By which program.
    pub client: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Nobody has begun it, or whoever had has stopped in order.
    Waiting,
    /// Somebody works on it.
    Running,
    /// It has told what may be told.
    Done,
    /// There is no answer.
    Failed,
    /// Whoever asked for it does not want it any more. It has told nothing.
    Cancelled,
    /// Servers that worked on it were gone before it was done, several times. It has told nothing.
    Interrupted,
}

impl RunState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether it goes on.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        let state = Self::ALL.into_iter().find(|it| it.as_str() == text);
        state.ok_or_else(|| StoreError::Setup(format!("a run cannot be {text}")))
    }
}

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// When it was asked for.
    pub asked: Micros,
    /// A code of HL7 v3 `PurposeOfUse`.
    pub purpose: String,
    /// The purpose in words.
    pub reason: String,
    /// What was known at the beginning of this local day is looked at.
    pub as_of: civil::Date,
    /// Hash of the definition.
    pub definition: String,
    /// The definition, JSON.
    pub body: String,
    /// The least number of citizens that a count may be about.
    pub least: u32,
    /// How far it is.
    pub state: RunState,
    /// When somebody began it last.
    pub began: Option<Micros>,
    /// When it ended.
    pub ended: Option<Micros>,
    /// Citizens that were read.
    pub seen: u64,
    /// Of so many.
    pub citizens: u64,
    /// How often it was begun.
    pub attempts: u32,
    /// Why there is no result.
    pub problem: Option<String>,
    /// What was told, JSON; `None` too where it is not kept any more.
    pub result: Option<String>,
}

/// A run that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its id.
    pub id: String,
    /// By which the lease is known.
    pub token: String,
    /// Who asked for it.
    pub by: RunBy,
    /// The request's id.
    pub request: String,
    /// A code of HL7 v3 `PurposeOfUse`.
    pub purpose: String,
    /// The purpose in words.
    pub reason: String,
    /// What was known at the beginning of this local day is looked at.
    pub as_of: civil::Date,
    /// The definition, JSON.
    pub body: String,
    /// The least number of citizens that a count may be about.
    pub least: u32,
}

/// What is told of runs that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRuns {
    /// Of the municipality.
    pub all: u64,
    /// Of one person.
    pub own: u64,
}
