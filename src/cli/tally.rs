//! What became of what was sent, counted from receipts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Counts; received = stored + duplicate + rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Resources sent and answered.
    pub(super) received: u64,
    /// Stored, for the first time or as a new version.
    pub(super) stored: u64,
    /// Known already.
    pub(super) duplicate: u64,
    /// Not stored, with a reason.
    pub(super) rejected: u64,
    /// Of those stored or duplicate: kept but never scored, by reason.
    #[serde(default)]
    pub(super) quarantined: BTreeMap<String, u64>,
}

/// What the server answers for one line of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Receipt<'a> {
    /// Which line of the request, from 1.
    pub(super) line: usize,
    /// As an HTTP status.
    pub(super) status: u16,
    #[serde(default)]
    duplicate: bool,
    #[serde(default)]
    quarantine: Option<String>,
    /// What was wrong with it.
    #[serde(default, borrow)]
    pub(super) issues: Option<&'a RawValue>,
}

impl Receipt<'_> {
    /// The line was not dealt with, and may be sent again.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.status, 429 | 500 | 502 | 503 | 504)
    }

    /// The line is refused for good.
    pub(super) fn is_rejected(&self) -> bool {
        !(200..300).contains(&self.status)
    }
}

impl Tally {
    /// Counts one receipt.
    pub(super) fn count(&mut self, receipt: &Receipt<'_>) {
        self.add_status(receipt.status, receipt.duplicate);
        if let (false, Some(reason)) = (receipt.is_rejected(), &receipt.quarantine) {
            *self.quarantined.entry(reason.clone()).or_default() += 1;
        }
    }

    /// Counts one answer.
    pub(super) fn add_status(&mut self, status: u16, duplicate: bool) {
        self.received += 1;
        if !(200..300).contains(&status) {
            self.rejected += 1;
        } else if duplicate {
            self.duplicate += 1;
        } else {
            self.stored += 1;
        }
    }

    /// Adds another count.
    pub(super) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        for (reason, count) in &other.quarantined {
            *self.quarantined.entry(reason.clone()).or_default() += count;
        }
    }

    /// The headings of [`cells`](Self::cells).
    pub(super) const HEADINGS: [&'static str; 5] =
        ["received", "stored", "duplicate", "rejected", "quarantined"];

    /// The counts for a table.
    pub(super) fn cells(&self) -> Vec<String> {
        let quarantined: u64 = self.quarantined.values().sum();
        [self.received, self.stored, self.duplicate, self.rejected, quarantined]
            .iter()
            .map(u64::to_string)
            .collect()
    }

    /// Why readings are in quarantine, as text; empty if none are.
    pub(super) fn reasons(&self) -> String {
        let mut parts = Vec::new();
        for (reason, count) in &self.quarantined {
            parts.push(format!("{reason} {count}"));
        }
        parts.join(", ")
    }
}
