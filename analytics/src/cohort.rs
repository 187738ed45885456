//! Cohorts: who, from when on, what came after, compared with whom.
//!
//! A [`Definition`] is a small file, TOML or the same structure as JSON:
//!
//! ```toml
//! name = "copd-after-admission"
//! version = "1"
//! description = "COPD, followed from the first acute admission of 2025"
//!
//! [index.first]                          # or: index = { date = "2026-01-01" }
//! what = { admission = { acute = true } }
//! from = "2025-01-01"
//! to = "2025-12-31"
//!
//! [[who]]                                # each step is told in the attrition
//! name = "65 or older"
//! is = { age = { from = 65 } }
//!
//! [[who]]
//! name = "COPD"
//! is.any = [
//!   { programme = ["copd"] },
//!   { had = { what = { diagnosis = ["DJ44"] }, within = { from = -730 } } },
//! ]
//!
//! [[who]]
//! name = "getting worse"
//! is.at_least = { n = 1, of = [
//!   { feature = "oxygen_saturation_rise_guard <= -3" },
//!   { had = { what = { alert = { severity = ["red"] } }, within = { from = -27 } } },
//! ] }
//!
//! [follow_up]
//! days = 365
//!
//! [[outcomes]]
//! name = "readmission"
//! what = { admission = { acute = true } }
//!
//! [comparison]                           # its own index is possible, too
//! who = [{ name = "65 or older", is = { age = { from = 65 } } }]
//! ```
//!
//! # What it means
//! Time is counted in local days. Day 0 is the citizen's index day; a window `{ from, to }` counts
//! days from it, both ends within it. A window without `from` goes back as far as data go, one
//! without `to` ends on the index day, and no condition of membership may look beyond that: who
//! belongs must not depend on what comes after.
//!
//! | condition | true when |
//! |---|---|
//! | `age = { from, to }` | completed years on the index day |
//! | `sex = ["female"]` | as registered; one of `female`, `male`, `other`; unknown if it is not known |
//! | `municipality = ["0330"]` | one of these |
//! | `programme = ["copd"]` | enrolled in one of these on the index day |
//! | `enrolled = { programme, days }` | enrolled without a gap for so many days up to the index day, that day included; 0 if not enrolled on it |
//! | `had = { what, within, times }` | so many days (1 or more unless said) in the window with such an event |
//! | `sequence = { of, within, gap }` | such events in this order in the window, each so many days (1 or more unless said) after the one before |
//! | `feature = "…"` | a condition over [features](crate::features) as of the end of the index day |
//! | `all`, `any`, `not`, `at_least = { n, of }` | of other conditions |
//!
//! | event | on the day |
//! |---|---|
//! | `diagnosis = ["DJ44"]` | a diagnosis was made whose code begins so |
//! | `admission = { codes, set, acute }` | an admission began: by its action diagnosis, by a [set of codes](preventable), acute or planned |
//! | `enrolment = ["copd"]` | an enrolment began; `[]` in anything |
//! | `alert = { problem, severity }` | an alert was opened; severity is the worst it reached |
//! | `finding = { rule, level }` | a rule fired |
//! | `measured = { what, from, to }` | what stands for the day of a measure lies in the range |
//! | `death = {}` | the citizen died |
//!
//! Several events of a kind on one day count once. What cannot be known is unknown, not false: logic
//! is three-valued (Kleene), a member is whose every step is true, and the attrition tells false
//! and unknown apart.
//!
//! Members are followed from the day after the index day for `days` days, until they die, leave, or
//! the data end, and with `while_enrolled` until the enrolment of the index day ends.
//!
//! # Features
//! Those of [`features`](crate::features) that rest on what stands for a day, by the same code as
//! screening. What needs the times within a day (`last`, `held_low_24h`, shares of glucose) or the
//! plan (`baseline`) is refused. Days are as they were known as of the moment of the run, so a
//! reading that came late counts, which screening on the index day could not see.
//!
//! # The same bytes
//! A definition is known by the hash of its [canonical form](Definition::canonical), so comments and
//! layout do not count. An [`Answer`] names definition, engine and the last day of its data; the
//! same three and the same [`World`] give the same bytes, in whatever order rows come.

mod attrition;
mod check;
pub mod compare;
mod condition;
mod day;
mod definition;
pub mod disclosure;
mod error;
mod event;
mod feature;
mod follow;
mod members;
mod place;
pub mod preventable;
mod read;
mod rows;
mod run;
#[cfg(test)]
mod tests;
mod world;
mod write;

pub use attrition::Attrition;
pub use day::Date;
pub use definition::{
    Admission, Age, AlertEvent, AtLeast, Comparison, Condition, Definition, Enrolled, Event,
    Finding, FirstEvent, FollowUp, Gap, Had, Index, Level, Measured, Nothing, Outcome, Sequence,
    Sex, Step, Times, Window,
};
pub use error::{DefinitionError, DefinitionErrors, Fault, Place};
pub use follow::Followed;
pub use members::Member;
pub use rows::{AdmissionRow, CitizenRow, DayRow, DiagnosisRow, EnrolmentRow, Rows};
pub use run::{Answer, Group, Notice, RunError, run};
pub use world::{World, WorldError};
pub use write::{Format, rewrite, write};

/// The version of everything between frames and answers: any change of what the same data come to
/// raises its first number. Features are those of the version of the crate.
pub const ENGINE: &str = concat!("pulsvagt-cohort/2 analytics/", env!("CARGO_PKG_VERSION"));
