//! Runs of cohorts as jobs.
//!
//! Whoever works on a run holds a lease on it and renews it while it reads; a run whose lease has run
//! out is begun again by whoever comes next, and given up as interrupted after a few times. What is
//! told is committed with the end of the run, so a run ends once and tells once.

mod record;

use jiff::civil;

use super::super::{Store, StoreError, Tx};
use crate::clock::Micros;

pub use record::{NewRun, OpenRuns, Run, RunBy, RunState, Taken};

/// A date as the database has it.
fn date(text: &str) -> Result<civil::Date, StoreError> {
    text.parse().map_err(|error: jiff::Error| StoreError::Setup(error.to_string()))
}

fn number(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Why nothing is recorded.
const STEP: &str = "how far a run is, that has an entry from when it was asked for";

impl Store {
    /// How many runs wait or go on. Nobody else can ask for one until the transaction ends.
    ///
    /// # Errors
    /// When the database does.
    pub async fn open_cohort_runs_in(
        &self,
        tx: &mut Tx,
        by: &RunBy,
    ) -> Result<OpenRuns, StoreError> {
        sqlx::query!(
            "-- cohort_runs.one_at_a_time
             select pg_advisory_xact_lock(hashtext(current_schema() || '.cohort_run')::bigint)"
        )
        .execute(&mut *tx.0)
        .await?;
        let row = sqlx::query!(
            r#"-- cohort_runs.open
             select count(*) as "all!",
                    count(*) filter (where issuer = $1 and subject = $2) as "own!"
             from cohort_run where state in ('waiting', 'running')"#,
            by.issuer,
            by.subject
        )
        .fetch_one(&mut *tx.0)
        .await?;
        Ok(OpenRuns { all: number(row.all), own: number(row.own) })
    }

    /// Asks for a run.
    ///
    /// # Errors
    /// When the database does.
    pub async fn ask_cohort_run_in(&self, tx: &mut Tx, run: &NewRun<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "-- cohort_runs.ask
             insert into cohort_run (id, asked, issuer, subject, role, client, request, purpose,
                                     reason, as_of, definition, body, least)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::date, $11, $12, $13)",
            run.id,
            run.asked as Micros,
            run.by.issuer,
            run.by.subject,
            run.by.role,
            run.by.client,
            run.request,
            run.purpose,
            run.reason,
            run.as_of.to_string(),
            run.definition,
            run.body,
            run.least.cast_signed()
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// A run of somebody's, by its id.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_run(&self, by: &RunBy, id: &str) -> Result<Option<Run>, StoreError> {
        Ok(self.runs_of(by, Some(id), 1).await?.pop())
    }

    /// Somebody's runs, newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_runs(&self, by: &RunBy, most: u16) -> Result<Vec<Run>, StoreError> {
        self.runs_of(by, None, most).await
    }

    async fn runs_of(
        &self,
        by: &RunBy,
        id: Option<&str>,
        most: u16,
    ) -> Result<Vec<Run>, StoreError> {
        let rows = sqlx::query!(
            r#"-- cohort_runs.mine
             select id, asked as "asked: Micros", purpose, reason, as_of::text as "as_of!",
                    definition, body, least, state, began as "began: Micros",
                    ended as "ended: Micros", seen, citizens, attempts, problem,
                    case when $3::text is null then null else result end as result
             from cohort_run
             where issuer = $1 and subject = $2 and ($3::text is null or id = $3)
             order by asked desc, id desc limit $4"#,
            by.issuer,
            by.subject,
            id,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Run {
                    id: row.id,
                    asked: row.asked,
                    purpose: row.purpose,
                    reason: row.reason,
                    as_of: date(&row.as_of)?,
                    definition: row.definition,
                    body: row.body,
                    least: row.least.cast_unsigned(),
                    state: RunState::read(&row.state)?,
                    began: row.began,
                    ended: row.ended,
                    seen: number(row.seen),
                    citizens: number(row.citizens),
                    attempts: row.attempts.cast_unsigned(),
                    problem: row.problem,
                    result: row.result,
                })
            })
            .collect()
    }

    /// The rows that a run of somebody's has told, as Arrow IPC file.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_run_rows(
        &self,
        by: &RunBy,
        id: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- cohort_runs.rows
             select rows from cohort_run where issuer = $1 and subject = $2 and id = $3",
            by.issuer,
            by.subject,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(rows.flatten())
    }

    /// Cancels a run of somebody's; `false` if it does not go on.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cancel_cohort_run_in(
        &self,
        tx: &mut Tx,
        by: &RunBy,
        id: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- cohort_runs.cancel
             update cohort_run set state = 'cancelled', ended = $4, token = null, lease = null
             where issuer = $1 and subject = $2 and id = $3 and state in ('waiting', 'running')",
            by.issuer,
            by.subject,
            id,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the run that has waited longest, or whose lease has run out. Those that were begun
    /// `most` times already are said to be interrupted.
    ///
    /// # Errors
    /// When the database does.
    pub async fn take_cohort_run(
        &self,
        token: &str,
        now: Micros,
        until: Micros,
        most: u32,
    ) -> Result<Option<Taken>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "-- cohort_runs.interrupted
             update cohort_run set state = 'interrupted', ended = $1, token = null, lease = null
             where state = 'running' and lease < $1 and attempts >= $2",
            now as Micros,
            most.cast_signed()
        )
        .execute(&mut *tx.0)
        .await?;
        let row = sqlx::query!(
            r#"-- cohort_runs.take
             update cohort_run r
             set state = 'running', began = $2, seen = 0, attempts = attempts + 1, token = $1,
                 lease = $3
             where r.id = (select o.id from cohort_run o
                           where o.state = 'waiting' or o.state = 'running' and o.lease < $2
                           order by o.asked, o.id limit 1 for update skip locked)
             returning id, issuer, subject, role, client, request, purpose, reason,
                       as_of::text as "as_of!", body, least"#,
            token,
            now as Micros,
            until as Micros
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        tx.commit_unrecorded(STEP).await?;
        row.map(|row| {
            Ok(Taken {
                id: row.id,
                token: token.to_owned(),
                by: RunBy {
                    issuer: row.issuer,
                    subject: row.subject,
                    role: row.role,
                    client: row.client,
                },
                request: row.request,
                purpose: row.purpose,
                reason: row.reason,
                as_of: date(&row.as_of)?,
                body: row.body,
                least: row.least.cast_unsigned(),
            })
        })
        .transpose()
    }

    /// Says how far a run is and renews its lease; `false` if it is not the worker's any more.
    ///
    /// # Errors
    /// When the database does.
    pub async fn renew_cohort_run(
        &self,
        taken: &Taken,
        (seen, citizens): (u64, u64),
        until: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- cohort_runs.renew
             update cohort_run set seen = $3, citizens = $4, lease = $5
             where id = $1 and token = $2 and state = 'running'",
            taken.id,
            taken.token,
            seen.cast_signed(),
            citizens.cast_signed(),
            until as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Puts a run back, so that the next server begins it again.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_back_cohort_run(&self, taken: &Taken) -> Result<(), StoreError> {
        sqlx::query!(
            "-- cohort_runs.put_back
             update cohort_run set state = 'waiting', token = null, lease = null, seen = 0,
                                   attempts = attempts - 1
             where id = $1 and token = $2 and state = 'running'",
            taken.id,
            taken.token
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a run with what is told; `false` if it is not the worker's any more, and then nothing may
    /// be told.
    ///
    /// # Errors
    /// When the database does.
    pub async fn finish_cohort_run_in(
        &self,
        tx: &mut Tx,
        taken: &Taken,
        result: &str,
        rows: &[u8],
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- cohort_runs.finish
             update cohort_run set state = 'done', ended = $3, token = null, lease = null,
                                   seen = citizens, result = $4, rows = $5
             where id = $1 and token = $2 and state = 'running'",
            taken.id,
            taken.token,
            now as Micros,
            result,
            rows
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a run without an answer.
    ///
    /// # Errors
    /// When the database does.
    pub async fn fail_cohort_run(
        &self,
        taken: &Taken,
        problem: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- cohort_runs.fail
             update cohort_run set state = 'failed', ended = $3, token = null, lease = null,
                                   problem = $4
             where id = $1 and token = $2 and state = 'running'",
            taken.id,
            taken.token,
            now as Micros,
            problem
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Deletes results that ended before a moment. Who asked for what stays, and so does what was
    /// told: the same definition and day give the same bytes.
    ///
    /// # Errors
    /// When the database does.
    pub async fn drop_cohort_results(&self, before: Micros) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            "-- cohort_runs.drop
             update cohort_run set result = null, rows = null
             where rows is not null and ended < $1",
            before as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
