//! Readings that are old enough, chunk by chunk.

use sqlx::AssertSqlSafe;

use super::{KEPT, bump};
use crate::clock::Micros;
use crate::store::edition::Edition;
use crate::store::holdings::Counts;
use crate::store::{Store, StoreError};

/// Citizens whose readings of one chunk are deleted in one transaction.
const CITIZENS: i64 = 20;
/// Rows of other tables in one transaction.
const BATCH: i64 = 5_000;
/// Readings without a time of their own are long before it, others are not: see `Micros::NO_TIME`.
const BEFORE_ALL: Micros = Micros(-10_000_000_000_000_000);

/// The tables beside the time-ordered one that hold parts of readings.
const BESIDE: [&str; 3] = ["observation_history", "observation_identifier", "doubtful_reading"];

impl Store {
    /// Chunks that are old enough as a whole, but for the one of readings without a time.
    async fn old_chunks(&self, cutoff: Micros) -> Result<Vec<(Micros, Micros)>, StoreError> {
        let chunks = self.chunks().await?;
        Ok(chunks
            .into_iter()
            .filter(|(start, end)| *end <= cutoff && *start >= BEFORE_ALL)
            .collect())
    }

    pub(super) async fn expired_readings(&self, cutoff: Micros) -> Result<Counts, StoreError> {
        let mut counts = Counts::new();
        let mut add = |table: &str, rows: i64| {
            let count: &mut u64 = counts.entry(table.to_owned()).or_default();
            *count += u64::try_from(rows).unwrap_or(0);
        };
        let chunks = self.old_chunks(cutoff).await?;
        for (start, end) in &chunks {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "-- retention.count_chunk\nselect count(*) from observation
                 where effective >= $1 and effective < $2 and citizen <> all(array({KEPT}))"
            )))
            .bind(*start)
            .bind(*end)
            .fetch_one(&self.pool)
            .await?;
            add("observation", rows);
        }
        let timeless: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "-- retention.count_timeless\nselect count(*) from observation
             where effective = $1 and received < $2 and citizen <> all(array({KEPT}))"
        )))
        .bind(Micros::NO_TIME)
        .bind(cutoff)
        .fetch_one(&self.pool)
        .await?;
        add("observation", timeless);
        if let Some((_, end)) = chunks.last() {
            for table in BESIDE {
                let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                    "-- retention.count_beside\nselect count(*) from {table}
                     where effective > $1 and effective < $2
                       and citizen <> all(array({KEPT}))"
                )))
                .bind(Micros::NO_TIME)
                .bind(*end)
                .fetch_one(&self.pool)
                .await?;
                add(table, rows);
            }
        }
        Ok(counts)
    }

    pub(super) async fn delete_readings(&self, run: i64, cutoff: Micros) -> Result<(), StoreError> {
        let chunks = self.old_chunks(cutoff).await?;
        for (start, end) in &chunks {
            if !self.drop_chunk(run, *start, *end).await? {
                self.empty_chunk(run, *start, *end).await?;
            }
        }
        if let Some((_, end)) = chunks.last() {
            for table in BESIDE {
                let rows = format!(
                    "t.effective > $1 and t.effective < $2 and t.citizen <> all(array({KEPT}))"
                );
                self.delete_in_batches(run, table, &rows, Micros::NO_TIME, *end).await?;
            }
        }
        let mut tx = self.begin().await?;
        let done = sqlx::query(AssertSqlSafe(format!(
            "-- retention.timeless\ndelete from observation
             where effective = $1 and received < $2 and citizen <> all(array({KEPT}))"
        )))
        .bind(Micros::NO_TIME)
        .bind(cutoff)
        .execute(&mut *tx.0)
        .await?;
        bump(&mut tx, run, "observation", done.rows_affected()).await?;
        tx.commit_unrecorded(super::STEP).await
    }

    /// Drops a chunk in which nobody has to be kept; `false` if somebody has.
    async fn drop_chunk(&self, run: i64, start: Micros, end: Micros) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // Whoever holds or restricts somebody just now is waited for, and waits for us.
        sqlx::query!(
            "-- retention.hold_still
             lock table legal_hold, citizen_restriction in share mode"
        )
        .execute(&mut *tx.0)
        .await?;
        let row: (i64, i64) = sqlx::query_as(AssertSqlSafe(format!(
            "-- retention.look_into_chunk\nselect count(*),
                 count(*) filter (where citizen = any(array({KEPT})))
             from observation where effective >= $1 and effective < $2"
        )))
        .bind(start)
        .bind(end)
        .fetch_one(&mut *tx.0)
        .await?;
        let (rows, kept) = row;
        // From now on no day before its end is summarised anew.
        sqlx::query!(
            "-- retention.horizon
             insert into retention_horizon (readings_before) values ($1)
             on conflict (one) do update
             set readings_before = greatest(retention_horizon.readings_before,
                                            excluded.readings_before)",
            end as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if kept == 0 {
            sqlx::query!(
                r#"-- retention.drop_chunk
                 select drop_chunks('observation', older_than => $2::timestamptz,
                                    newer_than => $1::timestamptz) as "dropped""#,
                start as Micros,
                end as Micros
            )
            .fetch_all(&mut *tx.0)
            .await?;
            bump(&mut tx, run, "observation", u64::try_from(rows).unwrap_or(0)).await?;
        }
        tx.commit_unrecorded(super::STEP).await?;
        Ok(kept == 0)
    }

    /// Deletes everybody's readings from a chunk but those that have to be kept.
    async fn empty_chunk(&self, run: i64, start: Micros, end: Micros) -> Result<(), StoreError> {
        let sealed = self.edition().await? == Edition::Community;
        let mut after = i32::MIN;
        loop {
            let citizens: Vec<i32> = sqlx::query_scalar(AssertSqlSafe(format!(
                "-- retention.citizens_of_chunk\nselect distinct citizen from observation
                 where effective >= $1 and effective < $2 and citizen > $3
                   and citizen <> all(array({KEPT}))
                 order by 1 limit {CITIZENS}"
            )))
            .bind(start)
            .bind(end)
            .bind(after)
            .fetch_all(&self.pool)
            .await?;
            let Some(last) = citizens.last() else { return Ok(()) };
            after = *last;
            let mut tx = self.begin().await?;
            if sealed {
                sqlx::query(
                    "-- retention.unseal
                     set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0",
                )
                .execute(&mut *tx.0)
                .await?;
            }
            let done = sqlx::query(AssertSqlSafe(format!(
                "-- retention.empty_chunk\ndelete from observation
                 where effective >= $1 and effective < $2 and citizen = any($3)
                   and citizen <> all(array({KEPT}))"
            )))
            .bind(start)
            .bind(end)
            .bind(&citizens)
            .execute(&mut *tx.0)
            .await?;
            bump(&mut tx, run, "observation", done.rows_affected()).await?;
            tx.commit_unrecorded(super::STEP).await?;
        }
    }

    /// Deletes rows `t` of a plain table, which may name two moments as $1 and $2.
    pub(super) async fn delete_in_batches(
        &self,
        run: i64,
        table: &str,
        rows: &str,
        from: Micros,
        to: Micros,
    ) -> Result<(), StoreError> {
        loop {
            let mut tx = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(format!(
                "-- retention.rows\ndelete from {table} where ctid = any(array(
                     select t.ctid from {table} t where {rows} limit {BATCH}))"
            )))
            .bind(from)
            .bind(to)
            .execute(&mut *tx.0)
            .await?;
            bump(&mut tx, run, table, done.rows_affected()).await?;
            tx.commit_unrecorded(super::STEP).await?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
        }
    }
}
