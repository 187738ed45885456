//! Who is told at once when alerts change.
//!
//! One listener for each municipality serves everybody who watches; it begins with the first and
//! ends some time after the last, so that nobody's connection is kept for nothing. Watchers hear
//! which alert is which version and nothing else; what is in it they ask for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::alerts::{AlertListener, Heard};
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// Changes that a watcher may be behind before it is told to look at everything.
const BACKLOG: usize = 256;
/// How often to look whether anybody still watches.
const IDLE: Duration = Duration::from_secs(30);
/// How long to wait for the database after it was lost.
const RETRY: Duration = Duration::from_secs(1);

/// Tells watchers of one municipality.
#[derive(Debug, Default)]
pub struct Live(Mutex<Option<broadcast::Sender<Heard>>>);

impl Live {
    /// Watches from now on: what commits after this returns is heard.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn watch(
        self: &Arc<Self>,
        store: &Store,
        tasks: &TaskTracker,
        stopping: &CancellationToken,
    ) -> Result<broadcast::Receiver<Heard>, StoreError> {
        let mut sender = self.0.lock().await;
        if let Some(sender) = &*sender {
            return Ok(sender.subscribe());
        }
        let listener = store.listen_alerts().await?;
        let (new, receiver) = broadcast::channel(BACKLOG);
        *sender = Some(new.clone());
        let (live, store) = (Arc::clone(self), store.clone());
        let stopping = stopping.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = live.relay(&store, listener, &new) => {}
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
        mut listener: AlertListener,
        sender: &broadcast::Sender<Heard>,
    ) {
        loop {
            let heard = tokio::time::timeout(IDLE, listener.next()).await;
            match heard {
                Ok(Ok(heard)) => {
                    // Nobody may be there just now.
                    let _ = sender.send(heard);
                }
                Ok(Err(error)) => {
                    let tenant = store.code();
                    tracing::warn!(%tenant, error = chain(&error), "changes are not heard");
                    listener = again(store).await;
                    let _ = sender.send(Heard::Gap);
                }
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

/// Listens again as soon as the database is back.
async fn again(store: &Store) -> AlertListener {
    loop {
        tokio::time::sleep(RETRY).await;
        if let Ok(listener) = store.listen_alerts().await {
            return listener;
        }
    }
}
