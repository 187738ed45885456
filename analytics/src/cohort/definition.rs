//! A definition as a tree.

use serde::{Deserialize, Serialize};

use super::Date;
use crate::plan::Programme;

/// A cohort's definition. See the [module](super) for what its parts mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name: a-z, 0-9 and `-`.
    pub name: String,
    /// Which version of it this is, by those who write it.
    pub version: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// From which day on a citizen is followed.
    pub index: Index,
    /// Who belongs, step by step; a member is for whom all are true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Step>,
    /// How long members are followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<FollowUp>,
    /// What is counted in the meantime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// With whom the cohort is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Day 0 of each citizen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Index {
    /// The same day for everybody.
    Date(Date),
    /// The first such event in a period; who has none has no index day and does not belong.
    First(FirstEvent),
}

/// An event that begins the time of a citizen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstEvent {
    /// What.
    pub what: Event,
    /// The first day on which it counts.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// A step of the attrition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name for people.
    pub name: String,
    /// What has to be true.
    pub is: Condition,
}

/// Something that is true, false or unknown of a citizen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All are true.
    All(Vec<Condition>),
    /// One is true.
    Any(Vec<Condition>),
    /// It is false.
    Not(Box<Condition>),
    /// So many are true.
    AtLeast(AtLeast),
    /// Completed years on the index day.
    Age(Age),
    /// One of these.
    Sex(Vec<Sex>),
    /// One of these, by code.
    Municipality(Vec<String>),
    /// Enrolled in one of these on the index day.
    Programme(Vec<Programme>),
    /// Enrolled for long enough.
    Enrolled(Enrolled),
    /// Events in a window.
    Had(Had),
    /// Events one after the other.
    Sequence(Sequence),
    /// A condition over features, as SQL.
    Feature(String),
}

/// Some of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLeast {
    /// How many at least.
    pub n: u32,
    /// Of these.
    pub of: Vec<Condition>,
}

/// Completed years, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// The least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u16>,
    /// The greatest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u16>,
}

/// Sex as registered (FHIR administrative gender).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other.
    Other,
}

impl Sex {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }
}

/// Time in programmes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// In one of these; in any if it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programme: Vec<Programme>,
    /// Days without a gap up to the index day.
    pub days: Times,
}

/// Events in a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Had {
    /// What.
    pub what: Event,
    /// When.
    #[serde(default, skip_serializing_if = "Window::is_open")]
    pub within: Window,
    /// On how many days.
    #[serde(default, skip_serializing_if = "Times::is_once")]
    pub times: Times,
}

/// Events one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// In this order.
    pub of: Vec<Event>,
    /// When.
    #[serde(default, skip_serializing_if = "Window::is_open")]
    pub within: Window,
    /// Days between one and the next.
    #[serde(default, skip_serializing_if = "Gap::is_open")]
    pub gap: Gap,
}

/// Days relative to the index day, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first; as far back as data go if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
    /// The last; 0, the index day, if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i32>,
}

impl Window {
    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The first and last day for an index day.
    pub(super) fn around(self, index: i32) -> (i32, i32) {
        let from = self.from.map_or(i32::MIN, |from| index.saturating_add(from));
        (from, index.saturating_add(self.to.unwrap_or(0)))
    }
}

/// Days between two events, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// At least; 1 if it is not said. 0 lets both be on one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
}

impl Gap {
    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The first and last day on which the next may be.
    pub(super) fn after(self, day: i32) -> (i32, i32) {
        let add = |days: u32| day.saturating_add_unsigned(days);
        (add(self.from.unwrap_or(1)), self.to.map_or(i32::MAX, add))
    }
}

/// How many, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// At least; 0 if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
}

impl Default for Times {
    fn default() -> Self {
        Self { from: Some(1), to: None }
    }
}

impl Times {
    fn is_once(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn holds(self, count: u32) -> bool {
        self.from.is_none_or(|from| count >= from) && self.to.is_none_or(|to| count <= to)
    }
}

/// Something that happens to a citizen on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A diagnosis whose SKS code begins so.
    Diagnosis(Vec<String>),
    /// An admission.
    Admission(Admission),
    /// The beginning of an enrolment, in any programme if none is named.
    Enrolment(Vec<Programme>),
    /// An alert.
    Alert(AlertEvent),
    /// A rule that fired.
    Finding(Finding),
    /// A day of a measure.
    Measured(Measured),
    /// Death.
    Death(Nothing),
}

/// Nothing to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Which admissions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Whose action diagnosis begins with one of these; any if none is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// That are preventable by this set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Whether codes that nobody has checked against their source may be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_unverified: bool,
    /// Acute or planned; both if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acute: Option<bool>,
}

/// Which alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertEvent {
    /// Of one of these problems; of any if none is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problem: Vec<String>,
    /// That reached one of these as their worst; any if none is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Level>,
}

/// Which findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Of one of these rules; of any if none is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<String>,
    /// Of one of these levels; of any if none is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level: Vec<Level>,
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Technical, or silence.
    Blue,
    /// A nurse looks at it the same weekday.
    Yellow,
    /// Contact today.
    Red,
}

impl Level {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Which days of a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// A signal by its name, or `night_heart_rate`.
    pub what: String,
    /// The least, in the signal's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// The greatest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// How long members are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// From the day after the index day so many days.
    pub days: u32,
    /// Until the enrolment of the index day ends, if it does before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub while_enrolled: bool,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its name: a-z, 0-9 and `_`, a column of the table.
    pub name: String,
    /// What.
    pub what: Event,
}

/// With whom the cohort is compared: those for whom all of this is true and who are not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Their day 0; the cohort's if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// Who belongs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Step>,
}
