//! From findings to alerts that nurses work on.
//!
//! Pure: no clock, no ids, no I/O. What screening says comes in through [`observe()`], what people do
//! through [`act()`], what merely happens because time passes through [`expire()`]; which step is legal
//! in which state stands in one table, [`state::TABLE`]. `store::alerts` runs these on the
//! municipality's database.
//!
//! - There is at most one open alert per citizen and problem; findings of several rules gather in
//!   it.
//! - The machine never closes. An alert whose findings are all over turns green and waits for a
//!   nurse.
//! - Data that stop clear nothing: only `Outcome::Clear` on newer evidence does.
//! - Every finding ends in exactly one of raised, merged, or kept out for a recorded reason.

pub mod action;
pub mod alert;
pub mod changes;
pub mod event;
pub mod expire;
pub mod observe;
pub mod policy;
pub mod screened;
pub mod state;
pub mod targets;
pub mod worklist;

mod merge;

#[cfg(test)]
mod tests;

pub use action::{Acted, Action, Refusal, act};
pub use alert::{Actor, Alert, AlertFinding, Draft, EscalateTo, Level, Parked, Texts, Unconfirmed};
pub use changes::PolicyDifference;
pub use event::{CloseOutcome, Closing, Event, Seen, SeenAs};
pub use expire::expire;
pub use observe::{
    Change, Context, Effects, Ended, Fate, Observed, Outcome, Reason, Streak, observe,
};
pub use policy::{Policy, PolicyError, Shift, check_shifts};
pub use screened::{RuleBook, RuleFacts, by_problem};
pub use state::{State, Verb};
pub use targets::due;
pub use worklist::{BadCursor, Cursor, Filter, Order, SILENCE};
