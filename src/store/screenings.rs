//! Who is due for screening, who is being screened, and what came of it.
//!
//! A mark in `touched_day` makes a citizen due; it commits with what it is about. Whoever screens
//! takes the marks into a lease of their own, computes without holding anything, and deletes the
//! lease in the transaction that stores the result. A server that dies leaves its lease behind;
//! when it has expired another one takes it over, marks and all.

mod due;
mod findings;
mod fired;
mod lease;
mod packs;
mod results;
mod signed;

pub use due::{Lag, PARKED_AFTER, waited};
pub use findings::{NewFinding, StoredFinding};
pub use fired::{Compared, Fired};
pub use lease::{Leased, Token};
pub use packs::{Mode, NewPack, Said, StoredPack, Used};
pub use results::{NewScreened, Screened};
pub use signed::{InForce, PackUse, SignOff};

/// The day of a mark that is about no day: the citizen is due, and nothing is to be summarised.
/// Migration 0005 has indexes that name it.
const NO_DAY: i32 = -719_162;
