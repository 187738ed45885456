//! What of an answer may be told to analysts.
//!
//! An [`Answer`](super::Answer) is about citizens and stays with the machine. A [`Release`] of it has
//! no number of any citizen and no exact date, and no count by which fewer than a least number of
//! citizens could be singled out: not by itself, not by differences to other counts of the release,
//! and not by differences to anything that was released before.
//!
//! Each count that is told is the size of a set of citizens. A [`Ledger`] remembers these sets. A
//! further one is told only if no sum and difference of all that has been told, however many, gives
//! the size of 1 to `least − 1` citizens: all sets together cut the citizens into cells; what can be
//! computed are the sums over cells in the row space of the sets; and no union of small cells may
//! lie in it. That is complementary suppression and the control of differencing in one rule: a count
//! is left out if telling it would tell another one, whenever that was left out. The row space is
//! followed modulo a prime of 61 bits, so a set is let through by mistake with a probability below
//! 2⁻⁵⁰; unions are searched up to four cells.
//!
//! Beyond linear arithmetic the rule does not go: bounds ("at most 4 were left out") can narrow down
//! a count that was left out, and somebody who knows more than what was released can compute more.
//!
//! What is told, in this order, so that what matters most is left out last: members, the outcomes,
//! the steps of the attrition, and members by sex, age, municipality, quarter of the index day and
//! programme.
//! Ages are told in bands of ten years (90 and older in one), times of follow-up in periods of 30
//! days, rates and person-years to one decimal. Each row of [`Release::rows`] is one of at least
//! `least` that are alike in age, sex, municipality and quarter; what would make a row rare is left
//! out of it. Rows are in the order of what they say, so their order says nothing.
//!
//! Whoever puts several municipalities beside each other gets [`counts`]: no row about a single
//! member, and the members and outcomes of each [`Stratum`] of sex and age, after the outcomes. With a
//! [ledger of its own](Ledger::within) such an asker is told of no fewer than a municipality agreed
//! to, whatever others were told before.

mod coarse;
mod curve;
mod ledger;
mod release;
mod strata;
#[cfg(test)]
mod tests;

pub use curve::{Curve, Point, curves};
pub use ledger::{Ledger, Refused, Released};
pub use release::{Cell, Count, OutcomeCounts, Release, ReleasedGroup, counts, release};
pub use strata::{Stratum, StratumOutcome};

/// The least number of citizens that a count may be about, unless a municipality asks for more
/// (Danish registers publish no cell below 5).
pub const LEAST: u32 = 5;
