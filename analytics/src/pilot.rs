//! What a pilot changed: before and after, with a control, over time, across municipalities.
//!
//! A plain before/after comparison is told, but never as the answer: who is enrolled after an
//! admission has fewer of them afterwards in any case (regression to the mean). The answer of a
//! [`report`](report::report) comes from a design with a control.

pub mod matching;
pub mod over_time;
pub mod panel;
pub mod report;
pub mod stays;
#[cfg(test)]
mod tests;
pub mod town;
#[cfg(test)]
mod town_tests;

pub use matching::{Balance, Candidate, Match, match_controls};
pub use over_time::{Cell, Interrupted, interrupted, stepped_wedge};
pub use panel::{Before, Did, Panel, before_after, difference_in_differences};
pub use report::{Decision, Indicator, Report, Rule, Verdict};
