//! Shared commits for entries that are not committed with anything else: reads and refusals.
//!
//! As with [`crate::ingest::Writer`]: while one commit is on its way to the disk, what comes gathers
//! and is the next one.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use super::{Block, Entry};
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::audit::Chain;
use crate::telemetry::chain;

/// Entries in one block.
const MOST: usize = 1_000;
/// Entries that may wait.
const QUEUE: usize = 10_000;

struct Waiting {
    entry: Entry,
    reply: Option<oneshot::Sender<Result<(), NotRecorded>>>,
}

/// Why there is no entry.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotRecorded {
    /// More is asked than can be recorded.
    #[error("the queue of audit entries is full")]
    Busy,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The database did not take it.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// A municipality's recorder. Dropping the last handle lets it finish what is queued and end.
#[derive(Debug, Clone)]
pub struct Recorder(mpsc::Sender<Waiting>);

impl Recorder {
    /// Starts a recorder for a municipality.
    pub fn start(chain: Chain, clock: &Clock, tasks: &TaskTracker) -> Self {
        let (queue, incoming) = mpsc::channel(QUEUE);
        tasks.spawn(run(chain, clock.clone(), incoming));
        Self(queue)
    }

    /// Records an entry; returns after it is on disk.
    ///
    /// # Errors
    /// At once when the queue is full; when the database does not take it.
    pub async fn record(&self, entry: Entry) -> Result<(), NotRecorded> {
        let (reply, answer) = oneshot::channel();
        self.send(Waiting { entry, reply: Some(reply) })?;
        answer.await.map_err(|_| NotRecorded::Stopping)?
    }

    /// Records an entry as soon as it can be. For answers that tell nothing of anybody: that
    /// something failed.
    ///
    /// # Errors
    /// When the queue is full.
    pub fn record_later(&self, entry: Entry) -> Result<(), NotRecorded> {
        self.send(Waiting { entry, reply: None })
    }

    fn send(&self, waiting: Waiting) -> Result<(), NotRecorded> {
        self.0.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotRecorded::Busy,
            mpsc::error::TrySendError::Closed(_) => NotRecorded::Stopping,
        })
    }
}

async fn run(blocks: Chain, clock: Clock, mut incoming: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while incoming.recv_many(&mut waiting, MOST).await > 0 {
        let (mut entries, replies): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|waiting| (waiting.entry, waiting.reply)).unzip();
        let number = entries.len();
        let recorded = blocks.record(&Block::new(&mut entries, clock.now())).await;
        let result = recorded.map_err(|error| {
            let tenant = blocks.holder();
            tracing::error!(%tenant, entries = number, error = chain(&error), "not recorded");
            metrics::counter!("pulsvagt_audit_lost_total").increment(number as u64);
            NotRecorded::Store(Arc::new(error))
        });
        for reply in replies.into_iter().flatten() {
            // A caller that has gone away does not mind.
            let _ = reply.send(result.clone());
        }
    }
}
