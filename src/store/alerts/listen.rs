//! Hearing of alerts that have changed.

use serde::Deserialize;
use sqlx::postgres::PgListener;

use crate::ids::AlertId;
use crate::store::{Store, StoreError};

/// Hears of every change of the municipality's alerts, by this server or another. Keeps one
/// connection of the pool, so share one among many listeners.
#[derive(Debug)]
pub struct AlertListener(PgListener);

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// An alert is another version.
    Changed {
        /// Which.
        alert: AlertId,
        /// Which version.
        version: u32,
    },
    /// The connection was lost and is there again. What happened in between was not heard: look at
    /// everything.
    Gap,
}

#[derive(Deserialize)]
struct Payload {
    alert: AlertId,
    version: u32,
}

impl Store {
    /// Begins to listen. Whatever commits after this returns is heard.
    pub async fn listen_alerts(&self) -> Result<AlertListener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        let channel = sqlx::query_scalar!(
            r#"-- alerts.channel
            select 'pulsvagt_' || current_schema() as "channel!""#
        )
        .fetch_one(&self.pool)
        .await?;
        listener.listen(&channel).await?;
        Ok(AlertListener(listener))
    }
}

impl AlertListener {
    /// The next change. Dropping the future loses nothing.
    ///
    /// # Errors
    /// The database is away, and a new listener is needed when it is back; or the store is being
    /// closed, which waits until the listener is dropped.
    pub async fn next(&mut self) -> Result<Heard, StoreError> {
        let Some(heard) = self.0.try_recv().await? else { return Ok(Heard::Gap) };
        let payload: Payload = serde_json::from_str(heard.payload())
            .map_err(|error| StoreError::damaged("notification", error))?;
        Ok(Heard::Changed { alert: payload.alert, version: payload.version })
    }
}
