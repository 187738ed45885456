//! Deleting what has been kept for long enough.
//!
//! Of citizens under legal hold or restriction nothing is deleted. Readings go chunk by chunk of the
//! time-ordered table, once a whole chunk is old enough: a chunk in which nobody has to be kept is
//! dropped; from others the readings of everybody else are deleted. What is gone is counted in
//! `retention_run`.

mod readings;
mod rows;

use std::sync::atomic::Ordering;

use super::holdings::Counts;
use super::{Store, StoreError, Tx};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::retention::{Category, Policy};

/// A policy and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Which version this is, from 1.
    pub version: u32,
    /// The policy.
    pub policy: Policy,
    /// When it was set.
    pub set_at: Micros,
    /// By whom.
    pub set_by: String,
}

/// What was deleted of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When.
    pub at: Micros,
    /// Of what; the word in policies.
    pub category: String,
    /// What was older was deleted.
    pub cutoff: Micros,
    /// By whom.
    pub set_by: String,
    /// Rows, by table.
    pub counts: Counts,
}

/// Citizens of whom nothing is deleted because of its age.
const KEPT: &str =
    "select h.citizen from legal_hold h union select x.citizen from citizen_restriction x";

/// Why transactions have no entry of their own.
const STEP: &str = "a step of a run that has an entry and counts what it deletes";

impl Store {
    /// The policy in force, if somebody set one.
    pub async fn retention_policy(&self) -> Result<Option<StoredPolicy>, StoreError> {
        let row = sqlx::query!(
            "-- retention.policy
             select version, body, set_at, set_by from retention_policy
             order by version desc limit 1"
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(StoredPolicy {
                version: row.version.cast_unsigned(),
                policy: serde_json::from_str(&row.body)
                    .map_err(|error| StoreError::damaged("retention_policy", error))?,
                set_at: row.set_at,
                set_by: row.set_by,
            })
        })
        .transpose()
    }

    /// Puts a policy in force. The caller has parsed it with [`Policy::parse`].
    pub async fn set_retention_policy(
        &self,
        policy: &Policy,
        set_by: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(policy)
            .map_err(|error| StoreError::damaged("retention_policy", error))?;
        sqlx::query!(
            "-- retention.set
             insert into retention_policy (version, body, set_at, set_by)
             select coalesce(max(version), 0) + 1, $1, $2, $3 from retention_policy",
            body,
            now as Micros,
            set_by
        )
        .execute(&self.pool)
        .await?;
        self.refresh_retention(now).await
    }

    /// Learns from which moment on readings are taken in. For a job that runs every minute or so.
    pub async fn refresh_retention(&self, now: Micros) -> Result<(), StoreError> {
        let policy = self.retention_policy().await?;
        let keep = policy.and_then(|stored| stored.policy.keep(Category::Readings));
        let oldest = keep.map_or(i64::MIN, |keep| keep.cutoff(now, self.zone()).0);
        self.interned.oldest_reading.store(oldest, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a reading of that moment is older than the municipality keeps readings.
    pub fn is_past_retention(&self, effective: Micros) -> bool {
        effective != Micros::NO_TIME
            && effective.0 < self.interned.oldest_reading.load(Ordering::Relaxed)
    }

    /// The last things that were deleted, newest first.
    pub async fn retention_runs(&self, most: u32) -> Result<Vec<Run>, StoreError> {
        let rows = sqlx::query!(
            r#"-- retention.runs
             select at, category, cutoff, set_by, counts::text as "counts!"
             from retention_run order by id desc limit $1"#,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Run {
                    at: row.at,
                    category: row.category,
                    cutoff: row.cutoff,
                    set_by: row.set_by,
                    counts: serde_json::from_str(&row.counts)
                        .map_err(|error| StoreError::damaged("retention_run", error))?,
                })
            })
            .collect()
    }

    /// Begins the night of a day, given as days since 1970; `false` if somebody has already.
    pub async fn begin_retention_night(&self, day: i32, now: Micros) -> Result<bool, StoreError> {
        let begun = sqlx::query!(
            "-- retention.night
             insert into retention_night (day, begun) values (date '1970-01-01' + $1::int4, $2)
             on conflict do nothing",
            day,
            now as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(begun.rows_affected() == 1)
    }

    /// How many rows of each table would be deleted of a category.
    pub async fn expired_rows(
        &self,
        category: Category,
        cutoff: Micros,
    ) -> Result<Counts, StoreError> {
        match category {
            Category::Readings => self.expired_readings(cutoff).await,
            _ => self.expired_by_rule(category, cutoff).await,
        }
    }

    /// Deletes what is older than the cutoff of a category, and counts it in `retention_run`. Can
    /// be repeated.
    ///
    /// # Errors
    /// When the database does not answer; what was deleted until then is counted.
    pub async fn delete_expired(
        &self,
        category: Category,
        cutoff: Micros,
        set_by: &str,
        now: Micros,
    ) -> Result<Counts, StoreError> {
        let mut tx = self.begin().await?;
        let run = sqlx::query_scalar!(
            "-- retention.begin_run
             insert into retention_run (at, category, cutoff, set_by, counts)
             values ($1, $2, $3, $4, '{}') returning id",
            now as Micros,
            category.as_str(),
            cutoff as Micros,
            set_by
        )
        .fetch_one(&mut *tx.0)
        .await?;
        let entry = Entry::of_actor(set_by, "operator", "delete-expired", now);
        tx.commit(&Block::of(entry.with(category.as_str(), &run, 0))).await?;
        match category {
            Category::Readings => self.delete_readings(run, cutoff).await?,
            _ => self.delete_by_rule(run, category, cutoff).await?,
        }
        let counts = sqlx::query_scalar!(
            r#"-- retention.end_run
             select counts::text as "counts!" from retention_run where id = $1"#,
            run
        )
        .fetch_one(&self.pool)
        .await?;
        serde_json::from_str(&counts).map_err(|error| StoreError::damaged("retention_run", error))
    }
}

/// Adds to what a run has deleted.
async fn bump(tx: &mut Tx, run: i64, table: &str, rows: u64) -> Result<(), StoreError> {
    if rows == 0 {
        return Ok(());
    }
    sqlx::query!(
        "-- retention.count
         update retention_run
         set counts = counts || jsonb_build_object(
             $2::text, coalesce((counts ->> $2)::bigint, 0) + $3::bigint)
         where id = $1",
        run,
        table,
        i64::try_from(rows).unwrap_or(i64::MAX)
    )
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}
