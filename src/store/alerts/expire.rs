//! Ending what has run out.

use super::write::run_out;
use super::{AlertChange, recorded};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::store::{Store, StoreError};

/// How many alerts one transaction deals with.
const BATCH: i64 = 100;

impl Store {
    /// Ends claims, snoozes, waits and times for re-measures that have run out, of all alerts. For a
    /// job that runs every minute or so; several at once do not hurt each other, and an alert that
    /// somebody is at work on is left for the next time.
    pub async fn expire_alerts(&self, now: Micros) -> Result<Vec<AlertChange>, StoreError> {
        let mut changes = Vec::new();
        loop {
            let mut tx = self.begin().await?;
            let policy = self.policy_in(&mut tx).await?.policy;
            let rows = sqlx::query_scalar!(
                "-- alerts.expired
                 select body from alert
                 where expires <= $1
                   and citizen not in (select citizen from citizen_restriction)
                 order by expires limit $2
                 for update skip locked",
                now as Micros,
                BATCH
            )
            .fetch_all(&mut *tx.0)
            .await?;
            let found = rows.len();
            let before = changes.len();
            let keys = self.keys_on(&mut tx.0).await?;
            for body in rows {
                let mut alert = keys.open_alert(&body)?;
                let events = run_out(&mut tx.0, &keys, &mut alert, now, &policy).await?;
                if !events.is_empty() {
                    changes.push(AlertChange::new(alert, events));
                }
            }
            if changes.len() == before {
                tx.commit_unrecorded("nothing had run out").await?;
            } else {
                let entry = Entry::of_system("triage", "expire-alerts", now);
                tx.commit(&Block::of(recorded(entry, &changes[before..]))).await?;
            }
            // Everything is dealt with, or what is left cannot be.
            if i64::try_from(found).is_ok_and(|found| found < BATCH) || changes.len() == before {
                return Ok(changes);
            }
        }
    }
}
