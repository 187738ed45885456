//! What a municipality's ingestion keeps count of beside what it stores: readings that were refused,
//! until they are written, and how long the certificates hold that systems come with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Verdict;
use crate::access::Role;
use crate::clock::Micros;
use crate::store::{Store, StoreError};

/// Systems whose certificates are remembered; more than a municipality has.
const MOST: usize = 1_000;

/// Numbers only. Lost with the process are at most those of the time since they were last written.
#[derive(Debug, Default)]
pub struct Tally {
    refused: Mutex<HashMap<(String, &'static str), u64>>,
    certificates: Mutex<BTreeMap<String, i64>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// By which name a sender is counted: a system by its own, everybody else by their role.
pub fn sender_name(role: Role, subject: &str) -> &str {
    if role == Role::Gateway { subject } else { role.as_str() }
}

impl Tally {
    /// Counts what is refused of that sender's, each reading once, by the stable key of the first
    /// thing that is wrong with it.
    pub(super) fn count(&self, verdicts: &[Verdict], sender: &str) {
        for verdict in verdicts {
            if let Verdict::Rejected(issues) = verdict
                && let Some(issue) = issues.iter().find(|issue| issue.is_error())
            {
                *locked(&self.refused).entry((sender.to_owned(), issue.key)).or_default() += 1;
            }
        }
    }

    /// A system has come with a certificate that is valid until then, seconds since 1970.
    pub fn came_with(&self, sender: &str, until: i64) {
        let mut known = locked(&self.certificates);
        if let Some(known) = known.get_mut(sender) {
            *known = until;
        } else if known.len() < MOST {
            known.insert(sender.to_owned(), until);
        }
    }

    /// The systems that have come with a certificate since this process began, and until when that
    /// one is valid, seconds since 1970.
    pub fn certificates(&self) -> Vec<(String, i64)> {
        locked(&self.certificates).iter().map(|(sender, until)| (sender.clone(), *until)).collect()
    }

    /// Writes what was refused since the last time.
    ///
    /// # Errors
    /// When the database does; it is written the next time then.
    pub async fn write(&self, store: &Store, now: Micros) -> Result<(), StoreError> {
        let taken = std::mem::take(&mut *locked(&self.refused));
        if taken.is_empty() {
            return Ok(());
        }
        let counts: Vec<(String, String, u64)> = taken
            .iter()
            .map(|((sender, reason), count)| (sender.clone(), (*reason).to_owned(), *count))
            .collect();
        let written = store.add_refusals(&counts, now).await;
        if written.is_err() {
            let mut refused = locked(&self.refused);
            for (what, count) in taken {
                *refused.entry(what).or_default() += count;
            }
        }
        written
    }
}
