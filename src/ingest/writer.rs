//! Shared commits: concurrent requests ride in one transaction, each gets its own receipt after it.
//!
//! No timer: while one transaction is on its way to the disk, what arrives gathers and is the next
//! one. A lone request therefore waits for nothing, and a crowd makes large transactions. Two large
//! ones run side by side; small ones take turns.

use std::sync::Arc;

use tokio::sync::{Mutex, Notify, Semaphore, SemaphorePermit, mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::store::observations::{Inserted, NewObservation};
use crate::store::{Store, StoreError};

/// Readings in one transaction, but for a single submission that is larger.
const MOST_ROWS: usize = 2_000;
/// Transactions under way at a time, per municipality.
const LANES: usize = 2;
/// Readings that are worth a transaction beside another one. Fewer wait for that one to end, and
/// for company: a statement for 30 readings costs little less than one for 60.
const WORTH: usize = 128;

/// What became of a submission, with the time of receipt of what was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One per reading, in order.
    pub inserted: Vec<Inserted>,
    /// When they were received.
    pub received: Micros,
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue of readings is full")]
pub struct Busy;

/// Why a submission was not stored. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full; try again later.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database did not take it.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

struct Submission {
    rows: Vec<NewObservation>,
    entry: Entry,
    reply: oneshot::Sender<Result<Answer, SubmitError>>,
    _room: tokio::sync::OwnedSemaphorePermit,
}

/// A municipality's writer. Dropping the last handle lets it finish what is queued and end.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Submission>,
    room: Arc<Semaphore>,
    capacity: u32,
    stored: Arc<Notify>,
}

impl Writer {
    /// Starts a writer for a municipality, with room for that many readings in its queue.
    pub fn start(store: &Store, clock: &Clock, tasks: &TaskTracker, capacity: u32) -> Self {
        let (queue, incoming) = mpsc::unbounded_channel();
        let incoming = Arc::new(Mutex::new(incoming));
        let turn = Arc::new(Semaphore::new(1));
        let stored = Arc::new(Notify::new());
        for _ in 0..LANES {
            let (incoming, turn) = (Arc::clone(&incoming), Arc::clone(&turn));
            let stored = Arc::clone(&stored);
            tasks.spawn(lane(store.clone(), clock.clone(), incoming, turn, stored));
        }
        let room = Arc::new(Semaphore::new(capacity as usize));
        Self { queue, room, capacity, stored }
    }

    /// Told after each commit.
    pub fn stored(&self) -> &Arc<Notify> {
        &self.stored
    }

    /// Stores readings, with the entry that says who sent them; returns after both are on disk.
    ///
    /// # Errors
    /// At once when the queue is full, so that the sender can be told to come back.
    pub async fn submit(
        &self,
        rows: Vec<NewObservation>,
        entry: Entry,
    ) -> Result<Answer, SubmitError> {
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(self.weight(rows.len()))
            .map_err(|_| Busy)?;
        self.send(rows, entry, room).await
    }

    /// Stores readings; waits for room in the queue. For streams, which wait by not being read.
    pub async fn submit_waiting(
        &self,
        rows: Vec<NewObservation>,
        entry: Entry,
    ) -> Result<Answer, SubmitError> {
        let room = Arc::clone(&self.room)
            .acquire_many_owned(self.weight(rows.len()))
            .await
            .map_err(|_| SubmitError::Stopping)?;
        self.send(rows, entry, room).await
    }

    /// Readings that wait or are being written.
    pub fn queued(&self) -> usize {
        self.capacity as usize - self.room.available_permits()
    }

    fn weight(&self, rows: usize) -> u32 {
        // A submission larger than the queue is let in when the queue is empty.
        u32::try_from(rows).unwrap_or(u32::MAX).clamp(1, self.capacity)
    }

    async fn send(
        &self,
        rows: Vec<NewObservation>,
        entry: Entry,
        room: tokio::sync::OwnedSemaphorePermit,
    ) -> Result<Answer, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .send(Submission { rows, entry, reply, _room: room })
            .map_err(|_| SubmitError::Stopping)?;
        answer.await.map_err(|_| SubmitError::Stopping)?
    }
}

async fn lane(
    store: Store,
    clock: Clock,
    incoming: Arc<Mutex<mpsc::UnboundedReceiver<Submission>>>,
    turn: Arc<Semaphore>,
    stored: Arc<Notify>,
) {
    loop {
        let (batch, _turn) = gather(&mut *incoming.lock().await, &turn).await;
        if batch.is_empty() {
            return;
        }
        write(&store, &clock, batch).await;
        stored.notify_one();
    }
}

/// Waits for one submission and takes what else has come; empty when there will be no more. A
/// small batch waits for its turn, growing meanwhile.
async fn gather<'t>(
    incoming: &mut mpsc::UnboundedReceiver<Submission>,
    turn: &'t Semaphore,
) -> (Vec<Submission>, Option<SemaphorePermit<'t>>) {
    let Some(first) = incoming.recv().await else { return (Vec::new(), None) };
    let mut rows = first.rows.len();
    let mut batch = vec![first];
    let mut own = None;
    let mut more = true;
    while rows < WORTH && own.is_none() {
        tokio::select! {
            biased;
            next = incoming.recv(), if more => match next {
                Some(next) => {
                    rows += next.rows.len();
                    batch.push(next);
                }
                None => more = false,
            },
            permit = turn.acquire() => own = permit.ok(),
        }
    }
    while rows < MOST_ROWS {
        let Ok(next) = incoming.try_recv() else { break };
        rows += next.rows.len();
        batch.push(next);
    }
    (batch, own)
}

async fn write(store: &Store, clock: &Clock, mut batch: Vec<Submission>) {
    let mut rows = Vec::new();
    let mut lengths = Vec::with_capacity(batch.len());
    for submission in &mut batch {
        lengths.push(submission.rows.len());
        rows.append(&mut submission.rows);
    }
    metrics::histogram!("pulsvagt_commit_readings")
        .record(f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX)));
    let received = clock.now();
    let entries = batch.iter_mut().map(|submission| &mut submission.entry);
    let audit = Block::new(entries, received);
    match store.insert(&rows, received, &audit).await {
        Ok(inserted) => {
            let mut inserted = inserted.into_iter();
            for (submission, length) in batch.into_iter().zip(lengths) {
                let inserted = inserted.by_ref().take(length).collect();
                // A caller that has gone away does not mind.
                let _ = submission.reply.send(Ok(Answer { inserted, received }));
            }
        }
        Err(error) if error.is_transient() || batch.len() == 1 => {
            let error = Arc::new(error);
            for submission in batch {
                let _ = submission.reply.send(Err(SubmitError::Store(Arc::clone(&error))));
            }
        }
        Err(error) => {
            // One submission that the database refuses must not take the others with it.
            tracing::error!(error = %crate::telemetry::chain(&error), "a shared commit was refused");
            let mut rows = rows.into_iter();
            for (mut submission, length) in batch.into_iter().zip(lengths) {
                let own: Vec<_> = rows.by_ref().take(length).collect();
                let audit = Block::new([&mut submission.entry], received);
                let answer = store.insert(&own, received, &audit).await;
                let _ = submission.reply.send(match answer {
                    Ok(inserted) => Ok(Answer { inserted, received }),
                    Err(error) => Err(SubmitError::Store(Arc::new(error))),
                });
            }
        }
    }
}
