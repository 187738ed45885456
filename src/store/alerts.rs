//! Alerts: the one open item per citizen and problem, their log, and what raised none.
//!
//! What becomes of an alert is decided in [`triage`](crate::triage); here it is locked, written and
//! announced. Every change is announced on the channel `pulsvagt_` + schema in the transaction that
//! makes it, so that it is heard exactly when it can be seen.

mod act;
mod expire;
mod listen;
mod policy;
mod read;
mod screened;
mod suppressed;
mod worklist;
mod write;
mod written;

pub use act::{Acting, Conflict};
pub use listen::{AlertListener, Heard};
pub use policy::{PolicyChange, StoredPolicy};
pub use screened::Triaged;
pub use suppressed::{Suppression, SuppressionFilter, SuppressionPage};
pub use worklist::{Counts, Listed, Page};

use crate::audit::Entry;
use crate::triage::{Alert, Event};

/// The entry, with the alerts that were changed and their citizens.
pub fn recorded(entry: Entry, changes: &[AlertChange]) -> Entry {
    let entry = entry.about(changes.iter().map(|change| change.alert.citizen));
    changes
        .iter()
        .map(|change| &change.alert)
        .fold(entry, |entry, alert| entry.with("Alert", &alert.id, alert.version))
}

/// An alert that was written, and what happened to it, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertChange {
    /// The alert as it is now.
    pub alert: Alert,
    /// One event for each version since.
    pub events: Vec<Event>,
}
