//! Who is told at once when alerts change.
//!
//! One listener for each municipality serves everybody who watches; it begins with the first and
//! ends some time after the last, so that nobody's connection is kept for nothing. Watchers hear
//! which alert is which version and nothing else; what is in it they ask for.
//!
//! The first change after some quiet is told at once; what comes right after it is gathered, so that
//! five hundred open lists cost a few writes a second each and not one for every change. With each
//! gathering comes who may know whom, read once for all who watch.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, broadcast};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::ids::{AlertId, CitizenNo, TeamNo};
use crate::store::alerts::{AlertListener, Heard};
use crate::store::{Sights, Store, StoreError};
use crate::telemetry::chain;

/// Gatherings that a watcher may be behind before it is told to look at everything.
const BACKLOG: usize = 256;
/// How long changes are gathered after some were told.
const GATHER: Duration = Duration::from_millis(250);
/// Changes that are gathered at most.
const MOST: usize = 500;
/// How often to look whether anybody still watches.
const IDLE: Duration = Duration::from_secs(30);
/// How long to wait for the database after it was lost.
const RETRY: Duration = Duration::from_secs(1);

/// What watchers are told.
#[derive(Debug, Clone)]
pub enum Told {
    /// Alerts have changed.
    Changed(Arc<Changes>),
    /// Something may not have been heard: look at everything.
    Gap,
}

/// Alerts that have changed, and who may know of them.
#[derive(Debug)]
pub struct Changes {
    /// Each once, in the order of their first change.
    pub alerts: Vec<Changed>,
    /// Whom people may know of who are confined to teams.
    pub sights: Sights,
}

/// An alert that has changed.
#[derive(Debug, Clone, Copy)]
pub struct Changed {
    /// Which.
    pub alert: AlertId,
    /// Its version.
    pub version: u32,
    /// Whose it is and which team looks after the citizen; `None` = it is not kept any more.
    pub whose: Option<(CitizenNo, TeamNo)>,
}

/// Tells watchers of one municipality.
#[derive(Debug, Default)]
pub struct Live(Mutex<Option<broadcast::Sender<Told>>>);

impl Live {
    /// Watches from now on: what commits after this returns is heard.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn watch(
        self: &Arc<Self>,
        store: &Store,
        clock: &Clock,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
    ) -> Result<broadcast::Receiver<Told>, StoreError> {
        let mut sender = self.0.lock().await;
        if let Some(sender) = &*sender {
            return Ok(sender.subscribe());
        }
        let listener = store.listen_alerts().await?;
        let (new, receiver) = broadcast::channel(BACKLOG);
        *sender = Some(new.clone());
        let (live, store, clock) = (Arc::clone(self), store.clone(), clock.clone());
        let stopping = stopping.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = live.relay(&store, &clock, listener, &new) => {}
            }
            // Watchers see the end once the last sender is gone.
            let mut current = live.0.lock().await;
            if current.as_ref().is_some_and(|sender| sender.same_channel(&new)) {
                *current = None;
            }
        });
        Ok(receiver)
    }

    /// Passes on what is heard until nobody watches.
    async fn relay(
        &self,
        store: &Store,
        clock: &Clock,
        mut listener: AlertListener,
        sender: &broadcast::Sender<Told>,
    ) {
        let mut gathered = Instant::now();
        loop {
            match timeout(IDLE, listener.next()).await {
                Ok(Ok(Heard::Changed { alert, version })) => {
                    let (changes, end) = gather(&mut listener, (alert, version), gathered).await;
                    // Nobody may be there just now.
                    let _ = sender.send(told(store, clock, changes).await);
                    gathered = Instant::now() + GATHER;
                    match end {
                        Ok(Some(Heard::Gap)) => tell_gap(sender),
                        Ok(_) => {}
                        Err(error) => listener = lost(store, sender, &error).await,
                    }
                }
                Ok(Ok(Heard::Gap)) => tell_gap(sender),
                Ok(Err(error)) => listener = lost(store, sender, &error).await,
                Err(_) => {}
            }
            if sender.receiver_count() == 0 {
                let mut current = self.0.lock().await;
                // Somebody may have come while the lock was waited for.
                if sender.receiver_count() == 0 {
                    *current = None;
                    return;
                }
            }
        }
    }
}

/// What changes until then, beginning with this; and what ended it before, if anything did.
async fn gather(
    listener: &mut AlertListener,
    first: (AlertId, u32),
    until: Instant,
) -> (Vec<(AlertId, u32)>, Result<Option<Heard>, StoreError>) {
    let mut changes = vec![first];
    while changes.len() < MOST {
        match timeout_at(until, listener.next()).await {
            Ok(Ok(Heard::Changed { alert, version })) => {
                match changes.iter_mut().find(|(known, _)| *known == alert) {
                    Some((_, known)) => *known = version.max(*known),
                    None => changes.push((alert, version)),
                }
            }
            Ok(Ok(Heard::Gap)) => return (changes, Ok(Some(Heard::Gap))),
            Ok(Err(error)) => return (changes, Err(error)),
            Err(_) => break,
        }
    }
    (changes, Ok(None))
}

/// The changes, with who may know of them.
async fn told(store: &Store, clock: &Clock, changes: Vec<(AlertId, u32)>) -> Told {
    match with_sights(store, clock, changes).await {
        Ok(changes) => Told::Changed(Arc::new(changes)),
        Err(error) => {
            let tenant = store.code();
            tracing::warn!(%tenant, error = chain(&error), "it is not known who may hear");
            Told::Gap
        }
    }
}

async fn with_sights(
    store: &Store,
    clock: &Clock,
    changes: Vec<(AlertId, u32)>,
) -> Result<Changes, StoreError> {
    let ids: Vec<AlertId> = changes.iter().map(|(alert, _)| *alert).collect();
    let whose = store.whose_alerts(&ids).await?;
    let sights = store.sights(clock.now()).await?;
    let alerts = changes
        .into_iter()
        .map(|(alert, version)| Changed { alert, version, whose: whose.get(&alert).copied() })
        .collect();
    Ok(Changes { alerts, sights })
}

/// The database was lost: another listener, when it is back.
async fn lost(
    store: &Store,
    sender: &broadcast::Sender<Told>,
    error: &StoreError,
) -> AlertListener {
    let tenant = store.code();
    tracing::warn!(%tenant, error = chain(error), "changes are not heard");
    let listener = again(store).await;
    tell_gap(sender);
    listener
}

/// Nobody may be there just now.
fn tell_gap(sender: &broadcast::Sender<Told>) {
    let _ = sender.send(Told::Gap);
}

/// Listens again as soon as the database is back.
async fn again(store: &Store) -> AlertListener {
    loop {
        tokio::time::sleep(RETRY).await;
        if let Ok(listener) = store.listen_alerts().await {
            return listener;
        }
    }
}
