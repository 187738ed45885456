//! Moving a municipality to another key while it is served.
//!
//! A key is announced, made current, and everything that is sealed with another one is sealed
//! anew, each row by itself and only if it is still what was read. Nothing is remembered about how
//! far that has come: what is done shows in the rows, so it can be interrupted at any moment and
//! started again. The old key is retired once no row is left that needs it.

mod observations;
mod people;
mod resources;
mod words;

use std::time::Duration;

use sqlx::PgConnection;

use super::vault::LEASE;
use super::{Store, StoreError};
use crate::access::ring::KeyNumber;
use crate::clock::Micros;

/// How long after a change everybody knows of it.
const SETTLED: Duration = LEASE.saturating_add(Duration::from_millis(500));
/// How often it is looked whether older transactions have ended.
const GLANCE: Duration = Duration::from_millis(100);
/// Rows that are read at a time.
const BATCH: i64 = 200;

/// One rekey of a municipality at a time.
const LOCK: i32 = 0x7075_6c6b;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rekey {
    /// The key to move to, which the ring has.
    pub to: KeyNumber,
    /// Whether the hashes of the blind index move too.
    pub blind_index: bool,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Rows that were sealed anew.
    pub rows: u64,
    /// Keys that are not used any more, as of now.
    pub retired: Vec<KeyNumber>,
    /// The key that the hashes of the blind index are made with; 0 = the installation's secret.
    pub blind: KeyNumber,
    /// Rows that still need another key than the current one.
    pub left: u64,
}

/// Which keys a municipality uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// What is written.
    pub current: KeyNumber,
    /// The newest key of the ring.
    pub newest: KeyNumber,
    /// Rows that are sealed with another key, or not at all though they should be.
    pub older: u64,
    /// Whether there may be rows from before there was sealing.
    pub clear: bool,
}

impl Store {
    /// Which keys are in use, and how many rows wait to be sealed with the current one.
    pub async fn key_use(&self) -> Result<KeyUse, StoreError> {
        self.check_keys().await?;
        let keys = self.keys().await?;
        let mut connection = self.pool.acquire().await?;
        let older = self.left_over(&mut connection).await?;
        let newest = self.vault().ring.newest();
        Ok(KeyUse { current: keys.current, newest, older, clear: keys.clear })
    }

    /// Seals everything with a key of the ring, tells now and then how many rows that were, and
    /// retires the keys that nothing needs any more. Can be interrupted and started again.
    ///
    /// # Errors
    /// When another process is at it, when the ring has no such key, and as the database gives them.
    pub async fn rekey(
        &self,
        what: Rekey,
        mut tell: impl FnMut(u64),
    ) -> Result<Rekeyed, StoreError> {
        // Holds the lock; a connection that is dropped gives it up.
        let mut lock = self.pool.acquire().await?.detach();
        let alone = sqlx::query_scalar!(
            r#"-- rekey.lock
             select pg_try_advisory_lock($1, hashtext(current_schema())) as "alone!""#,
            LOCK
        )
        .fetch_one(&mut lock)
        .await?;
        if !alone {
            return Err(StoreError::Setup(format!(
                "another process is changing the keys of municipality {}",
                self.code()
            )));
        }
        self.vault().forget();
        self.announce(&mut lock, what).await?;
        self.vault().forget();
        let keys = self.keys().await?;
        let mut done = Rekeyed::default();
        let mut count = |rows: u64| {
            done.rows += rows;
            tell(rows);
        };
        self.seal_resources(&keys, &mut count).await?;
        self.seal_resource_history(&keys, &mut count).await?;
        self.seal_observations(&keys, &mut count).await?;
        self.seal_observation_history(&keys, &mut count).await?;
        self.seal_people(&keys, &mut count).await?;
        self.seal_words(&keys, &mut count).await?;
        done.left = self.left_over(&mut lock).await?;
        if done.left == 0 {
            done.retired = self.retire(&mut lock).await?;
        }
        done.blind = blind_key(&mut lock).await?;
        self.vault().forget();
        Ok(done)
    }

    /// Makes the key current once every server knows it, and waits until none writes with another.
    async fn announce(&self, connection: &mut PgConnection, what: Rekey) -> Result<(), StoreError> {
        let keys = self.keys_on(connection).await?;
        let check = self.vault().check_value(what.to).ok_or_else(|| {
            StoreError::Setup(format!("{} has no key {}", self.vault().ring.place(), what.to))
        })?;
        let number = i32::try_from(what.to).unwrap_or(i32::MAX);
        if keys.current != what.to {
            sqlx::query!(
                "-- rekey.announce
                 insert into identity_key (number, check_value, state) values ($1, $2, 'coming')
                 on conflict (number) do update set state = 'coming', since = now()
                 where identity_key.check_value = excluded.check_value",
                number,
                check
            )
            .execute(&mut *connection)
            .await?;
            tokio::time::sleep(SETTLED).await;
            let mut tx = self.begin().await?;
            sqlx::query!(
                "-- rekey.switch
                 update identity_key set state = 'old', since = now() where state = 'current'"
            )
            .execute(&mut *tx.0)
            .await?;
            sqlx::query!(
                "-- rekey.current
                 update identity_key set state = 'current', since = now() where number = $1",
                number
            )
            .execute(&mut *tx.0)
            .await?;
            tx.commit_unrecorded("says which key is current").await?;
        }
        if what.blind_index {
            sqlx::query!(
                "-- rekey.blind
                 update identity_state set blind_next = $1 where blind <> $1",
                number
            )
            .execute(&mut *connection)
            .await?;
        }
        self.settle(connection).await
    }

    /// Waits until everybody has asked anew which keys to use, and whoever asked before is done.
    async fn settle(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        tokio::time::sleep(SETTLED).await;
        let now = sqlx::query_scalar!(
            r#"-- rekey.now
             select clock_timestamp() as "now!: Micros""#
        )
        .fetch_one(&mut *connection)
        .await?;
        loop {
            let older = sqlx::query_scalar!(
                r#"-- rekey.older_transactions
                 select count(*) as "count!" from pg_stat_activity
                 where datname = current_database() and usename = current_user
                   and pid <> pg_backend_pid() and xact_start < $1"#,
                now as Micros
            )
            .fetch_one(&mut *connection)
            .await?;
            if older == 0 {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Rows that are not sealed with the current key though they are to be.
    async fn left_over(&self, connection: &mut PgConnection) -> Result<u64, StoreError> {
        let keys = self.keys_on(connection).await?;
        let rows = sqlx::query_scalar!(
            r#"-- rekey.left
             select (select count(*) from resource where not starts_with(body, $1))
                  + (select count(*) from resource_history where not starts_with(body, $1))
                  + (select count(*) from account where not starts_with(body, $1))
                  + (select count(*) from session where not starts_with(body, $1))
                  + (select count(*) from break_glass where not starts_with(reason, $1))
                  + (select count(*) from alert
                     where (body like '%"note":"%' and body not like '%"note":"' || $1 || '%')
                        or (body like '%"reason":"%'
                            and body not like '%"reason":"' || $1 || '%'))
                  + (select count(*) from alert_event
                     where body like '%"text":"%' and body not like '%"text":"' || $1 || '%')
                  + (select count(*) from observation
                     where substring(extra from 1 for 1) = '\x00'
                       and substring(extra from 1 for 5) <> $2)
                  + (select count(*) from observation_history
                     where substring(extra from 1 for 1) = '\x00'
                       and substring(extra from 1 for 5) <> $2) as "left!""#,
            keys.text_mark(),
            keys.bytes_mark()
        )
        .fetch_one(connection)
        .await?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    async fn retire(&self, connection: &mut PgConnection) -> Result<Vec<KeyNumber>, StoreError> {
        sqlx::query!(
            "-- rekey.finish
             update identity_state
             set clear = false, blind = coalesce(blind_next, blind), blind_next = null"
        )
        .execute(&mut *connection)
        .await?;
        let retired = sqlx::query_scalar!(
            // What the blind index is made with, key 0, follows from the same file as key 1.
            "-- rekey.retire
             update identity_key set state = 'retired', since = now()
             where state in ('old', 'coming')
               and number <> (select greatest(blind, 1) from identity_state)
             returning number"
        )
        .fetch_all(connection)
        .await?;
        Ok(retired.into_iter().filter_map(|number| KeyNumber::try_from(number).ok()).collect())
    }
}

async fn blind_key(connection: &mut PgConnection) -> Result<KeyNumber, StoreError> {
    let number = sqlx::query_scalar!("-- rekey.blind_key\nselect blind from identity_state")
        .fetch_one(connection)
        .await?;
    KeyNumber::try_from(number).map_err(|error| StoreError::damaged("identity_state", error))
}
