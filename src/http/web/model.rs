//! What pages show. Views get nothing else, so that they can be tried without a server.

mod around;
mod chart;
mod consent;
mod plan;
mod risk;

pub(in crate::http) use around::*;
pub(in crate::http) use chart::*;
pub(in crate::http) use consent::*;
pub(in crate::http) use plan::*;
pub(in crate::http) use risk::*;

use crate::access::ApiRight;
use crate::clock::Micros;
use crate::triage::{Level, State};

/// Who a citizen is, in short.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Who {
    /// Logical id.
    pub(in crate::http) id: String,
    /// The name, where the caller may know.
    pub(in crate::http) name: Option<String>,
    /// Whole years.
    pub(in crate::http) age: Option<i16>,
}

/// A number with the limit that it was compared with.
#[derive(Debug, Clone)]
pub(in crate::http) struct Value {
    /// What it is.
    pub(in crate::http) what: String,
    /// The number.
    pub(in crate::http) value: f64,
    /// UCUM code of the unit of both.
    pub(in crate::http) unit: String,
    /// The limit.
    pub(in crate::http) limit: f64,
    /// Whether it is the citizen's own.
    pub(in crate::http) personal: bool,
}

/// A rule that says something.
#[derive(Debug, Clone)]
pub(in crate::http) struct Rule {
    /// Its id.
    pub(in crate::http) id: String,
    /// What it is called.
    pub(in crate::http) title: String,
    /// Name and version of its pack, if that is the one in force.
    pub(in crate::http) pack: Option<String>,
    /// Whether a clinician has still to sign it, if that is known.
    pub(in crate::http) unsigned: Option<bool>,
}

/// Fourteen days of one signal.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Spark {
    /// What is measured.
    pub(in crate::http) what: String,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
    /// One number a day, oldest first, the last one today.
    pub(in crate::http) days: Vec<Option<f64>>,
    /// Limits of values as measured: value, and whether it is a red one.
    pub(in crate::http) limits: Vec<(f64, bool)>,
}

/// Who has an alert.
#[derive(Debug, Clone)]
pub(in crate::http) struct Holder {
    /// Who.
    pub(in crate::http) name: String,
    /// Whether that is whoever looks.
    pub(in crate::http) you: bool,
    /// Until when a claim holds.
    pub(in crate::http) until: Option<Micros>,
}

/// How an alert was put aside.
#[derive(Debug, Clone)]
pub(in crate::http) struct Parked {
    /// Until when; `None` = until somebody does something.
    pub(in crate::http) until: Option<Micros>,
    /// Why.
    pub(in crate::http) reason: Option<String>,
    /// To whom it was handed on: `gp`, `112` or a role.
    pub(in crate::http) to: Option<String>,
    /// Whether the citizen was asked to measure again.
    pub(in crate::http) remeasure: bool,
}

/// An alert as a row of the worklist.
#[derive(Debug, Clone)]
pub(in crate::http) struct Row {
    /// Its id.
    pub(in crate::http) id: String,
    /// Its version.
    pub(in crate::http) version: u32,
    /// Its place in the list: rows are in the order of these texts.
    pub(in crate::http) place: String,
    /// How urgent.
    pub(in crate::http) level: Level,
    /// Where it is in the nurses' hands.
    pub(in crate::http) state: State,
    /// Whose.
    pub(in crate::http) who: Who,
    /// What the citizen is enrolled in.
    pub(in crate::http) programmes: Vec<String>,
    /// What kind of problem.
    pub(in crate::http) problem: String,
    /// Why, in a sentence.
    pub(in crate::http) why: String,
    /// The rule that says so.
    pub(in crate::http) rule: Option<Rule>,
    /// What was measured last, with its limit.
    pub(in crate::http) value: Option<Value>,
    /// What the rule had no value for.
    pub(in crate::http) missing: Vec<String>,
    /// How old the newest reading of anything is, minutes.
    pub(in crate::http) newest_minutes: Option<i64>,
    /// Since when it waits.
    pub(in crate::http) opened: Micros,
    /// By when somebody is to have dealt with it.
    pub(in crate::http) due: Micros,
    /// Whether that has passed.
    pub(in crate::http) overdue: bool,
    /// Whether a look is enough: it is green or technical, and nobody else is at it.
    pub(in crate::http) is_calm: bool,
    /// Who has it.
    pub(in crate::http) holder: Option<Holder>,
    /// How it was put aside.
    pub(in crate::http) parked: Option<Parked>,
    /// The days before.
    pub(in crate::http) spark: Option<Spark>,
}

/// How many alerts there are.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::http) struct Tally {
    /// On the list, by level, most urgent first.
    pub(in crate::http) levels: [u32; 4],
    /// Past their target.
    pub(in crate::http) overdue: u32,
    /// Not on the list: to be confirmed.
    pub(in crate::http) pending: u32,
    /// Not on the list: put off.
    pub(in crate::http) snoozed: u32,
    /// Not on the list: restricted.
    pub(in crate::http) restricted: u32,
}

/// What holds for everything that is shown.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Standing {
    /// What cannot be relied on, if anything.
    pub(in crate::http) banner: Option<String>,
    /// Whether somebody looks at the list now.
    pub(in crate::http) staffed: bool,
    /// When somebody does, in words.
    pub(in crate::http) hours: String,
}

/// Somebody who looks.
#[expect(clippy::struct_excessive_bools, reason = "what one may see, part by part")]
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Viewer {
    /// Who.
    pub(in crate::http) name: String,
    /// The municipality.
    pub(in crate::http) municipality: String,
    /// Whether it is a citizen.
    pub(in crate::http) is_citizen: bool,
    /// Whether the list is theirs to see.
    pub(in crate::http) worklist: bool,
    /// Whether cohorts may be made.
    pub(in crate::http) cohorts: bool,
    /// Whether citizens beyond the own teams may be opened.
    pub(in crate::http) opens: bool,
    /// The parts of administration that are.
    pub(in crate::http) sections: Vec<Section>,
    /// What forms have to send back; empty without a session.
    pub(in crate::http) csrf: String,
    /// In how many seconds the session ends if nobody does anything.
    pub(in crate::http) left: Option<u64>,
    /// Whether they have signed in with an account of the municipality, whose password is theirs to
    /// change.
    pub(in crate::http) account: bool,
    /// Path and query of the page, for links to the other language.
    pub(in crate::http) here: String,
}

/// A part of administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Section {
    /// Readings that cannot be right.
    Quarantine,
    /// What is decided about alerts.
    Settings,
    /// Who looks after whom.
    Teams,
    /// The rule packs.
    Rules,
    /// What comes in, and what does not.
    Ingestion,
    /// Which citizens were opened beyond teams.
    BreakGlass,
}

impl Section {
    /// All of them, as they are listed.
    pub(in crate::http) const ALL: [Self; 6] = [
        Self::Quarantine,
        Self::Settings,
        Self::Teams,
        Self::Rules,
        Self::Ingestion,
        Self::BreakGlass,
    ];

    /// Its page.
    pub(in crate::http) const fn path(self) -> &'static str {
        match self {
            Self::Quarantine => "/admin/quarantine",
            Self::Settings => "/admin/settings",
            Self::Teams => "/admin/teams",
            Self::Rules => "/admin/rules",
            Self::Ingestion => "/admin/ingestion",
            Self::BreakGlass => "/admin/break-glass",
        }
    }

    /// The right that its page needs.
    pub(in crate::http) const fn right(self) -> ApiRight {
        match self {
            Self::Quarantine => ApiRight::QuarantineRead,
            Self::Settings | Self::Rules => ApiRight::PolicyRead,
            Self::Teams => ApiRight::TeamsRead,
            Self::Ingestion => ApiRight::IngestionStatus,
            Self::BreakGlass => ApiRight::BreakGlassRead,
        }
    }
}

/// A citizen that was opened beyond teams.
#[derive(Debug, Clone)]
pub(in crate::http) struct Opened {
    /// Which access.
    pub(in crate::http) id: String,
    /// The citizen.
    pub(in crate::http) who: Who,
    /// Who opened it.
    pub(in crate::http) by: String,
    /// Why, in their words.
    pub(in crate::http) reason: String,
    /// Since when.
    pub(in crate::http) begun: Micros,
    /// When it ended, or does.
    pub(in crate::http) until: Micros,
    /// Whether it is open now.
    pub(in crate::http) is_open: bool,
}

/// Who a citizen is, to be sure that it is the right person.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Identity {
    /// In short.
    pub(in crate::http) who: Who,
    /// CPR number or a replacement, ten characters.
    pub(in crate::http) cpr: Option<String>,
    /// The address in one line.
    pub(in crate::http) address: Option<String>,
    /// Telephone numbers.
    pub(in crate::http) phones: Vec<String>,
    /// Whether name and address are protected.
    pub(in crate::http) protected: bool,
    /// What the citizen is enrolled in.
    pub(in crate::http) programmes: Vec<String>,
}

/// An early warning score.
#[derive(Debug, Clone)]
pub(in crate::http) struct Score {
    /// `NEWS2` or `TOBS`.
    pub(in crate::http) name: &'static str,
    /// The sum of what is there.
    pub(in crate::http) score: u8,
    /// Parameters that are there.
    pub(in crate::http) parameters: u8,
    /// Whether any single one scores 3.
    pub(in crate::http) single_three: bool,
    /// What is missing or too old, by name of the signal.
    pub(in crate::http) missing: Vec<String>,
    /// Age of the oldest that is there, hours.
    pub(in crate::http) hours: f64,
}

/// A number with its name.
#[derive(Debug, Clone)]
pub(in crate::http) struct Number {
    /// What it is.
    pub(in crate::http) text: String,
    /// The number.
    pub(in crate::http) value: f64,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
}

/// What a rule says of a citizen.
#[derive(Debug, Clone)]
pub(in crate::http) struct Finding {
    /// The rule.
    pub(in crate::http) rule: Rule,
    /// What kind of problem.
    pub(in crate::http) problem: String,
    /// What it says.
    pub(in crate::http) outcome: pulsvagt_analytics::Outcome,
    /// Why.
    pub(in crate::http) why: String,
    /// When the newest reading behind it was taken.
    pub(in crate::http) at: Option<Micros>,
    /// The numbers it looked at.
    pub(in crate::http) numbers: Vec<Number>,
    /// The limits it used.
    pub(in crate::http) limits: Vec<Number>,
    /// What it had no value for.
    pub(in crate::http) missing: Vec<String>,
}

/// Something that happened to an alert.
#[derive(Debug, Clone)]
pub(in crate::http) struct Happened {
    /// When.
    pub(in crate::http) at: Micros,
    /// Who; `None` = the machine.
    pub(in crate::http) by: Option<String>,
    /// What.
    pub(in crate::http) verb: crate::triage::Verb,
    /// The level after.
    pub(in crate::http) level: Level,
    /// What kind of problem.
    pub(in crate::http) problem: String,
    /// What somebody wrote.
    pub(in crate::http) text: Option<String>,
    /// To whom it was handed on.
    pub(in crate::http) to: Option<String>,
    /// What came of it.
    pub(in crate::http) outcome: Option<crate::triage::CloseOutcome>,
}

/// A citizen's page.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct CitizenPage {
    /// Who.
    pub(in crate::http) identity: Identity,
    /// Open alerts, most urgent first.
    pub(in crate::http) alerts: Vec<Row>,
    /// The measures.
    pub(in crate::http) charts: Vec<Chart>,
    /// Scores.
    pub(in crate::http) scores: Vec<Score>,
    /// What the rules say.
    pub(in crate::http) findings: Vec<Finding>,
    /// What approved risk models say.
    pub(in crate::http) risks: Vec<Risk>,
    /// As of when.
    pub(in crate::http) screened: Option<Micros>,
    /// What happened, newest first.
    pub(in crate::http) story: Story,
    /// The plan.
    pub(in crate::http) plan: PlanPage,
    /// What measures.
    pub(in crate::http) devices: Vec<DeviceStatus>,
    /// What is to be done, soonest first.
    pub(in crate::http) tasks: Vec<OpenTask>,
}

/// Somebody has seen or changed something.
#[derive(Debug, Clone)]
pub(in crate::http) struct Access {
    /// When.
    pub(in crate::http) at: Micros,
    /// Who, by role.
    pub(in crate::http) who: &'static str,
    /// What.
    pub(in crate::http) what: &'static str,
    /// Why.
    pub(in crate::http) why: &'static str,
    /// Whether it was refused.
    pub(in crate::http) refused: bool,
    /// How often on the same day, the newest at [`Self::at`].
    pub(in crate::http) times: u32,
}

/// What somebody else did to an alert meanwhile.
#[derive(Debug, Clone)]
pub(in crate::http) struct Meanwhile {
    /// Who; `None` = newer readings, or time.
    pub(in crate::http) by: Option<String>,
    /// What happened since, newest first.
    pub(in crate::http) events: Vec<Happened>,
}
