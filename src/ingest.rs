//! Bytes in, receipt out: decode → validate → normalise → batch.
//!
//! [`Examiner`] turns one decoded resource into a [`Verdict`] without touching the database;
//! [`Writer`] shares commits between concurrent requests. Received = stored + duplicate +
//! rejected, per request, always.

mod examine;
mod misplaced;
mod moment;
mod offline;
mod quarantine;
mod tally;
mod writer;

#[cfg(test)]
mod tests;

pub use examine::{Examiner, Known, Sender, Verdict, issues_at, out_of_scope};
pub use offline::{Offline, OfflineError, Taken};
pub use quarantine::Quarantine;
pub use tally::{Tally, sender_name};
pub use writer::{Answer, Busy, SubmitError, Writer};
