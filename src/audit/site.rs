//! What belongs to no municipality: requests of nobody who was let in, counted into the site's chain.
//!
//! Anybody can send such requests, as many as they like, so none of them costs a write: what is alike
//! is gathered for a minute and is one entry. See docs/adr/0023-the-sites-chain.md.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::entry::{Actor, Entry, Outcome};
use super::{Block, NotRecorded};
use crate::clock::{Clock, Micros};
use crate::store::audit::Chain;
use crate::telemetry::chain;

/// How long what is alike is gathered.
const GATHER: Duration = Duration::from_mins(1);
/// Likewise, of what is open to everybody and was answered.
const GATHER_OPEN: Micros = Micros(3_600_000_000);
/// Different entries that may wait. Reasons and routes are fewer.
const WAITING: usize = 2_000;
/// Addresses that one entry names.
const ADDRESSES: usize = 16;
/// Requests that one entry names by a mark; the others it only counts.
const MARKS: usize = 1_000;

/// A request of nobody who was let in, when it has been answered.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Why it was not let in, or `open` where nobody has to be.
    pub reason: &'static str,
    /// Method and route, as in the access log.
    pub operation: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The address it came from; empty if there is none.
    pub from: &'a str,
    /// Its id.
    pub request: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Alike {
    reason: &'static str,
    operation: String,
    status: u16,
}

#[derive(Debug, Clone)]
struct Tally {
    since: Micros,
    count: u32,
    from: BTreeSet<String>,
    /// Whether there were more addresses.
    more: bool,
    requests: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.since = self.since.min(other.since);
        self.count = self.count.saturating_add(other.count);
        self.more |= other.more;
        for address in other.from {
            if self.from.len() < ADDRESSES || self.from.contains(&address) {
                self.from.insert(address);
            } else {
                self.more = true;
            }
        }
        let room = MARKS.saturating_sub(self.requests.len());
        self.requests.extend(other.requests.into_iter().take(room));
    }
}

#[derive(Debug, Default)]
struct Waiting {
    tallies: HashMap<Alike, Tally>,
    /// Requests that found no room.
    dropped: u32,
}

/// Gathers such requests. Clones are the same.
#[derive(Debug, Clone)]
pub struct SiteTrail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    chain: Chain,
    clock: Clock,
    waiting: Mutex<Waiting>,
    /// One flush at a time, so that whoever asked for one knows that all before it is on disk.
    flushing: tokio::sync::Mutex<()>,
}

impl SiteTrail {
    /// For that chain.
    pub fn new(chain: Chain, clock: Clock) -> Self {
        let (waiting, flushing) = (Mutex::default(), tokio::sync::Mutex::default());
        Self(Arc::new(Inner { chain, clock, waiting, flushing }))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request. Never waits and never fails; what there is no room for is counted as that.
    pub fn tell(&self, told: Told<'_>) {
        let alike = Alike {
            reason: told.reason,
            operation: told.operation.to_owned(),
            status: told.status,
        };
        let from = (!told.from.is_empty()).then(|| told.from.to_owned());
        let one = Tally {
            since: self.0.clock.now(),
            count: 1,
            from: from.into_iter().collect(),
            more: false,
            requests: vec![told.request.to_owned()],
        };
        self.waiting().keep(alike, one);
    }

    /// Appends what has been gathered: `all` of it, or what is due.
    ///
    /// # Errors
    /// When the database does not take it.
    pub async fn flush(&self, all: bool) -> Result<(), NotRecorded> {
        let _one_at_a_time = self.0.flushing.lock().await;
        let now = self.0.clock.now();
        let (taken, dropped) = self.waiting().take(all, now);
        let mut entries: Vec<Entry> =
            taken.iter().map(|(alike, tally)| entry(alike, tally, now)).collect();
        if dropped > 0 {
            let mut entry = Entry::of_system("server", "requests-not-kept", now);
            (entry.outcome, entry.count) = (Outcome::Failed, dropped);
            entries.push(entry);
        }
        if entries.is_empty() {
            return Ok(());
        }
        let Err(error) = self.0.chain.record(&Block::new(&mut entries, now)).await else {
            return Ok(());
        };
        // They wait for the next time; nothing is lost but what finds no room meanwhile.
        let mut waiting = self.waiting();
        waiting.dropped = waiting.dropped.saturating_add(dropped);
        for (alike, tally) in taken {
            waiting.keep(alike, tally);
        }
        Err(NotRecorded::Store(Arc::new(error)))
    }

    /// Flushes every minute until told to stop. Whoever stops the server flushes once more.
    pub async fn run(self, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
            if let Err(error) = self.flush(false).await {
                tracing::error!(error = chain(&error), "the site's trail is not recorded");
            }
        }
    }
}

impl Waiting {
    fn keep(&mut self, alike: Alike, tally: Tally) {
        if let Some(known) = self.tallies.get_mut(&alike) {
            known.add(tally);
        } else if self.tallies.len() < WAITING {
            self.tallies.insert(alike, tally);
        } else {
            self.dropped = self.dropped.saturating_add(tally.count);
            metrics::counter!("pulsvagt_audit_dropped_total").increment(u64::from(tally.count));
        }
    }

    /// What is due, in a settled order, and how many found no room.
    fn take(&mut self, all: bool, now: Micros) -> (Vec<(Alike, Tally)>, u32) {
        let is_due = |alike: &Alike, tally: &Tally| {
            all || alike.reason != OPEN || now.0 - tally.since.0 >= GATHER_OPEN.0
        };
        let mut due: Vec<_> =
            self.tallies.extract_if(|alike, tally| is_due(alike, tally)).collect();
        due.sort_by(|(one, _), (other, _)| one.cmp(other));
        (due, std::mem::take(&mut self.dropped))
    }
}

/// The reason of what is open to everybody.
const OPEN: &str = "open";

fn entry(alike: &Alike, tally: &Tally, now: Micros) -> Entry {
    let actor = Actor { subject: "nobody".to_owned(), role: "none".to_owned(), ..Actor::default() };
    let mut from: Vec<&str> = tally.from.iter().map(String::as_str).collect();
    from.extend(tally.more.then_some("…"));
    Entry {
        at: now,
        since: Some(tally.since),
        actor,
        from: from.join(" "),
        operation: alike.operation.clone(),
        reason: alike.reason.to_owned(),
        outcome: Outcome::of(alike.status),
        status: alike.status,
        count: tally.count,
        ..Entry::default()
    }
    .of_requests(tally.requests.iter().map(String::as_str))
}

/// Why a request of nobody ended with that status, where nothing closer is known.
pub fn reason_of(status: u16) -> &'static str {
    match status {
        ..=399 => OPEN,
        401 => "not-known",
        403 => "forbidden",
        404 => "not-there",
        405 => "method",
        408 => "too-slow",
        413 | 414 | 431 => "too-large",
        429 => "too-many",
        500.. => "failed",
        _ => "not-valid",
    }
}
