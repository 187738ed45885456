//! Erasing a citizen (GDPR article 17).
//!
//! First the citizen is made unknown, in one transaction: nobody can read or send anything of them
//! from then on. Then the rows of every table of [`HOLDINGS`] go, in bounded transactions that each
//! count what they erased. Last, with everybody else's writing held up for a moment, whatever came
//! in meanwhile goes too, and the citizen's number with it. Whoever is killed on the way can go on
//! from where it was: the row in `erasure` knows whom it is about until the end.

mod mentions;

pub(super) use mentions::names;

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor};

use super::edition::Edition;
use super::holdings::{Counts, HOLDINGS, Holding, holding};
use super::standing::{ERASURE, Standing};
use super::{Store, StoreError, Tx};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// An erasure that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id, which tells nothing of the citizen.
    pub id: String,
    /// Whom it is about.
    pub citizen: CitizenNo,
    /// What the citizen's logical id was.
    pub logical_id: String,
}

/// What stays of a citizen who was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The erasure's id.
    pub id: String,
    /// Why, as a code.
    pub reason: String,
    /// Who did it.
    pub set_by: String,
    /// When it began.
    pub begun: Micros,
    /// When it was finished; `None` while it is under way.
    pub finished: Option<Micros>,
    /// Rows erased, by table.
    pub counts: Counts,
}

/// Whether an erasure could begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is under way, also if it was before.
    Erasing(Erasure),
    /// The citizen is under legal hold. Nothing was done.
    Held(Standing),
    /// There is no such citizen.
    Unknown,
}

/// Rows of a plain table in one transaction.
const BATCH: i64 = 5_000;
/// Resources in one transaction, each with all versions.
const RESOURCES: i64 = 200;
/// Part of a chunk of readings in one transaction, microseconds: a week.
const WINDOW: i64 = 7 * 86_400 * 1_000_000;
/// Why most transactions have no entry of their own.
const STEP: &str = "a step of an erasure, which has an entry";
/// How often the last step tries to hold up everybody's writing.
const TRIES: u32 = 60;

impl Store {
    /// Makes a citizen unknown, so that the rest can be erased with [`Self::erase`].
    ///
    /// `id` is a random UUID for what will stay, `reason` a code that names nobody.
    pub async fn begin_erasure(
        &self,
        logical_id: &str,
        id: &str,
        reason: &str,
        set_by: &str,
        now: Micros,
    ) -> Result<Begun, StoreError> {
        if let Some(begun) = self.erasure_of(logical_id).await? {
            return Ok(Begun::Erasing(begun));
        }
        let mut tx = self.begin().await?;
        let Some(citizen) = self.citizen_in(&mut tx, logical_id).await? else {
            return Ok(Begun::Unknown);
        };
        // Whoever screens locks the lease before the citizen, and so do we.
        self.restrict_in(&mut tx, citizen, ERASURE, set_by, now).await?;
        // Waits for everybody who writes something that names the citizen.
        let locked = sqlx::query_scalar!(
            "-- erasure.lock
             select id from citizen where id = $1 and logical_id = $2 for update",
            citizen.0,
            logical_id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        if locked.is_none() {
            // Somebody else has begun meanwhile.
            drop(tx);
            let begun = self.erasure_of(logical_id).await?;
            return Ok(begun.map_or(Begun::Unknown, Begun::Erasing));
        }
        if let Some(held) = self.hold(citizen).await? {
            return Ok(Begun::Held(held));
        }
        sqlx::query!(
            "-- erasure.begin
             insert into erasure (id, citizen, logical_id, reason, set_by, begun)
             values ($1::text::uuid, $2, $3, $4, $5, $6)",
            id,
            citizen.0,
            logical_id,
            reason,
            set_by,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- erasure.keep_restricted
             update citizen_restriction set reason = $2 where citizen = $1",
            citizen.0,
            ERASURE
        )
        .execute(&mut *tx.0)
        .await?;
        // No logical id has this character, so nobody can mean it, and somebody else may be entered
        // under the old one.
        sqlx::query!(
            "-- erasure.rename
             update citizen set logical_id = '!' || $2::text where id = $1",
            citizen.0,
            id
        )
        .execute(&mut *tx.0)
        .await?;
        let patient = [("Patient".to_owned(), logical_id.to_owned())];
        let erased = delete_resources(&mut tx, &patient).await?;
        bump(&mut tx, id, &erased).await?;
        let entry = Entry::of_actor(set_by, "operator", "erase-citizen", now);
        tx.commit(&Block::of(entry.with("Erasure", id, 0).about([citizen]))).await?;
        self.forget_citizens(&[citizen]);
        let (id, logical_id) = (id.to_owned(), logical_id.to_owned());
        Ok(Begun::Erasing(Erasure { id, citizen, logical_id }))
    }

    /// The erasure of a citizen that is under way.
    pub async fn erasure_of(&self, logical_id: &str) -> Result<Option<Erasure>, StoreError> {
        let all = self.unfinished_erasures().await?;
        Ok(all.into_iter().find(|erasure| erasure.logical_id == logical_id))
    }

    /// Erasures that were begun and are not finished.
    pub async fn unfinished_erasures(&self) -> Result<Vec<Erasure>, StoreError> {
        let rows = sqlx::query!(
            r#"-- erasure.unfinished
             select id::text as "id!", citizen as "citizen!", logical_id as "logical_id!"
             from erasure where finished is null order by begun"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Erasure {
                id: row.id,
                citizen: CitizenNo(row.citizen),
                logical_id: row.logical_id,
            })
            .collect())
    }

    /// What stays of an erasure.
    pub async fn tombstone(&self, id: &str) -> Result<Option<Tombstone>, StoreError> {
        let row = sqlx::query!(
            r#"-- erasure.tombstone
             select id::text as "id!", reason, set_by, begun, finished as "finished: Micros",
                    counts::text as "counts!"
             from erasure where id = $1::text::uuid"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Tombstone {
                id: row.id,
                reason: row.reason,
                set_by: row.set_by,
                begun: row.begun,
                finished: row.finished,
                counts: serde_json::from_str(&row.counts)
                    .map_err(|error| StoreError::damaged("erasure", error))?,
            })
        })
        .transpose()
    }

    /// Erases what is left of a citizen. Can be repeated, and done by several at once.
    ///
    /// # Errors
    /// When the database does not answer; what was erased until then stays erased.
    pub async fn erase(&self, erasure: &Erasure, now: Micros) -> Result<(), StoreError> {
        self.forget_citizens(&[erasure.citizen]);
        // First, or readings take these rows with them and nobody counts them.
        if let Some(Holding { table, rows: Some(rows), .. }) = holding("doubtful_reading") {
            self.erase_rows(erasure, table, rows).await?;
        }
        self.erase_readings(erasure).await?;
        for Holding { table, rows, .. } in HOLDINGS {
            match (*table, rows) {
                (_, None) | ("observation" | "citizen" | "screening_lease", _) => {}
                // Until the end nobody may see or screen what is left.
                ("citizen_restriction" | "legal_hold", _) => {}
                ("resource_token" | "resource_date" | "resource_history", _) => {}
                ("resource", _) => self.erase_resources(erasure).await?,
                (table, Some(rows)) => self.erase_rows(erasure, table, rows).await?,
            }
        }
        self.erase_mentions(erasure, now).await?;
        for attempt in 0..TRIES {
            if self.finish_erasure(erasure, now).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50 * u64::from(attempt.min(20)))).await;
        }
        Err(StoreError::Setup(
            "too much is going on to finish erasing just now; erase the citizen again, and it goes \
             on from here"
                .to_owned(),
        ))
    }

    async fn erase_readings(&self, erasure: &Erasure) -> Result<(), StoreError> {
        let sealed = self.edition().await? == Edition::Community;
        for (start, end) in self.chunks().await? {
            // What has no time lies in a chunk of its own.
            let step = if start.0 < 0 { end.0 - start.0 } else { WINDOW };
            let mut from = start.0;
            while from < end.0 {
                let to = from.saturating_add(step.max(1)).min(end.0);
                let mut tx = self.begin().await?;
                if sealed {
                    tx.0.execute(
                        "-- erasure.unseal
                         set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0",
                    )
                    .await?;
                }
                let done = sqlx::query!(
                    "-- erasure.readings
                     delete from observation
                     where citizen = $1 and effective >= $2 and effective < $3",
                    erasure.citizen.0,
                    Micros(from) as Micros,
                    Micros(to) as Micros
                )
                .execute(&mut *tx.0)
                .await?;
                if done.rows_affected() > 0 {
                    bump(&mut tx, &erasure.id, &[("observation", done.rows_affected())]).await?;
                    tx.commit_unrecorded(STEP).await?;
                }
                from = to;
            }
        }
        Ok(())
    }

    /// The chunks of the time-ordered table, from their first moment until before the second.
    pub(super) async fn chunks(&self) -> Result<Vec<(Micros, Micros)>, StoreError> {
        let rows = sqlx::query!(
            r#"-- erasure.chunks
             select range_start as "start!: Micros", range_end as "end!: Micros"
             from timescaledb_information.chunks
             where hypertable_schema = current_schema() and hypertable_name = 'observation'
             order by 1"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.start, row.end)).collect())
    }

    async fn erase_rows(
        &self,
        erasure: &Erasure,
        table: &'static str,
        rows: &str,
    ) -> Result<(), StoreError> {
        loop {
            let mut tx = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(format!(
                "-- erasure.rows\ndelete from {table} where ctid = any(array(
                     select t.ctid from {table} t where {rows} limit {BATCH}))"
            )))
            .bind(erasure.citizen.0)
            .execute(&mut *tx.0)
            .await?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
            bump(&mut tx, &erasure.id, &[(table, done.rows_affected())]).await?;
            tx.commit_unrecorded(STEP).await?;
        }
    }

    async fn erase_resources(&self, erasure: &Erasure) -> Result<(), StoreError> {
        loop {
            let mut tx = self.begin().await?;
            let rows = sqlx::query!(
                "-- erasure.resources
                 select type as kind, id from resource where citizen = $1
                 order by type, id limit $2 for update",
                erasure.citizen.0,
                RESOURCES
            )
            .fetch_all(&mut *tx.0)
            .await?;
            if rows.is_empty() {
                return Ok(());
            }
            let these: Vec<_> = rows.into_iter().map(|row| (row.kind, row.id)).collect();
            let erased = delete_resources(&mut tx, &these).await?;
            bump(&mut tx, &erasure.id, &erased).await?;
            tx.commit_unrecorded(STEP).await?;
        }
    }

    /// Erases what came in meanwhile and the citizen's number. `false` if that has to wait.
    async fn finish_erasure(&self, erasure: &Erasure, now: Micros) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let under_way = sqlx::query!(
            "-- erasure.lock_state
             select begun from erasure where id = $1::text::uuid and finished is null for update",
            erasure.id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        if under_way.is_none() {
            return Ok(true);
        }
        // Nobody waits for us longer than this, and whoever already writes is waited for. Statements
        // that begin later see that the citizen is gone.
        let held_up =
            tx.0.execute(sqlx::raw_sql(
                "-- erasure.hold_up
                 set local lock_timeout = '500ms';
                 lock table only observation, observation_history, observation_identifier,
                     touched_day, daily_summary, screening_lease, screened, finding
                 in share row exclusive mode;
                 set local lock_timeout = 0",
            ))
            .await;
        match held_up {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => {
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        for Holding { table, rows, .. } in HOLDINGS {
            let Some(rows) = rows else { continue };
            let done = sqlx::query(AssertSqlSafe(format!(
                "-- erasure.rest\ndelete from {table} t where {rows}"
            )))
            .bind(erasure.citizen.0)
            .execute(&mut *tx.0)
            .await?;
            if done.rows_affected() > 0 {
                bump(&mut tx, &erasure.id, &[(*table, done.rows_affected())]).await?;
            }
        }
        sqlx::query!(
            "-- erasure.finish
             update erasure set finished = $2, citizen = null, logical_id = null
             where id = $1::text::uuid",
            erasure.id,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        let entry = Entry::of_system("erasure", "citizen-erased", now);
        let entry = entry.with("Erasure", &erasure.id, 0).about([erasure.citizen]);
        tx.commit(&Block::of(entry)).await?;
        Ok(true)
    }
}

/// Deletes resources with all their versions and search values.
pub(super) async fn delete_resources(
    tx: &mut Tx,
    these: &[(String, String)],
) -> Result<[(&'static str, u64); 4], StoreError> {
    let (kinds, ids): (Vec<String>, Vec<String>) = these.iter().cloned().unzip();
    let mut erased =
        [("resource_token", 0), ("resource_date", 0), ("resource_history", 0), ("resource", 0)];
    for (table, count) in &mut erased {
        let done = sqlx::query(AssertSqlSafe(format!(
            "-- erasure.resource\ndelete from {table} t
             using unnest($1::text[], $2::text[]) as these (type, id)
             where t.type = these.type and t.id = these.id"
        )))
        .bind(&kinds)
        .bind(&ids)
        .execute(&mut *tx.0)
        .await?;
        *count = done.rows_affected();
    }
    Ok(erased)
}

/// Adds to what an erasure has erased.
async fn bump(tx: &mut Tx, id: &str, erased: &[(&str, u64)]) -> Result<(), StoreError> {
    for (table, rows) in erased.iter().filter(|(_, rows)| *rows > 0) {
        sqlx::query!(
            "-- erasure.count
             update erasure
             set counts = counts || jsonb_build_object(
                 $2::text, coalesce((counts ->> $2)::bigint, 0) + $3::bigint)
             where id = $1::text::uuid",
            id,
            *table,
            i64::try_from(*rows).unwrap_or(i64::MAX)
        )
        .execute(&mut *tx.0)
        .await?;
    }
    Ok(())
}
