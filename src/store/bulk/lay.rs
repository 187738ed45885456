//! Laying out the files of an export, a step at a time: whoever asks how far it is does some of the
//! work, so that there is no job that could be lost.

use super::{AsOf, ExportJob, Level, Members};
use crate::clock::Micros;
use crate::store::{Store, StoreError};

/// Citizens whose readings are in a file.
const CITIZENS: i64 = 50;
/// Resources in a file.
const RESOURCES: i64 = 5_000;

/// How far the files of an export have been laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Laid {
    /// Types that are done.
    pub types: usize,
    /// Whether all is done.
    pub ready: bool,
}

/// What a step found.
struct Step {
    /// The last key of it; `None` where there is none left of the type.
    until: Option<String>,
    /// Whether there may be anything to export in it.
    holds: bool,
}

impl Store {
    /// Whether everything has ended that was being written when this was asked first, or a moment
    /// before: what is missing now from what was received by then will stay missing.
    ///
    /// # Errors
    /// When the database does.
    pub async fn export_settled(&self, id: &str) -> Result<bool, StoreError> {
        sqlx::query!(
            "-- bulk.horizon
             update export_job set horizon = pg_current_xact_id()::text::bigint
             where id = $1 and horizon is null",
            id
        )
        .execute(&self.pool)
        .await?;
        let settled = sqlx::query_scalar!(
            r#"-- bulk.settled
             select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > horizon as "settled!"
             from export_job where id = $1 and horizon is not null"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(settled.unwrap_or(false))
    }

    /// Lays out one more file, unless somebody else is doing so.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lay_export(&self, job: &ExportJob, members: &Members) -> Result<Laid, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "-- bulk.lock
             select laid_type, laid_key, ready from export_job where id = $1
             for update skip locked",
            job.id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(row) = row else { return Ok(Laid { types: 0, ready: false }) };
        let place = usize::try_from(row.laid_type).unwrap_or(usize::MAX);
        let Some(kind) = job.types.get(place).filter(|_| !row.ready) else {
            return Ok(Laid { types: job.types.len(), ready: row.ready });
        };
        let step = match kind.as_str() {
            "Observation" => self.next_citizens(job.as_of(), &row.laid_key, members).await?,
            kind => self.next_resources(kind, job, &row.laid_key, members).await?,
        };
        let (next_type, next_key) = match &step.until {
            Some(until) => (row.laid_type, until.as_str()),
            None => (row.laid_type + 1, ""),
        };
        let types = usize::try_from(next_type).unwrap_or(usize::MAX);
        let ready = types >= job.types.len();
        if let Some(until) = step.until.as_ref().filter(|_| step.holds) {
            sqlx::query!(
                "-- bulk.add_file
                 insert into export_file (job, number, type, after, until)
                 select $1, 1 + count(*), $2, $3, $4 from export_file where job = $1",
                job.id,
                kind,
                row.laid_key,
                until
            )
            .execute(&mut *tx.0)
            .await?;
        }
        sqlx::query!(
            "-- bulk.laid
             update export_job set laid_type = $2, laid_key = $3, ready = $4 where id = $1",
            job.id,
            next_type,
            next_key,
            ready
        )
        .execute(&mut *tx.0)
        .await?;
        tx.commit_unrecorded("lays out ranges of keys, which are nobody's").await?;
        Ok(Laid { types, ready })
    }

    /// The next citizens, and whether they have readings that are to be exported.
    async fn next_citizens(
        &self,
        as_of: AsOf,
        after: &str,
        members: &Members,
    ) -> Result<Step, StoreError> {
        let after: i32 = after.parse().unwrap_or(0);
        let row = sqlx::query!(
            r#"-- bulk.next_citizens
             with step as materialized (
                 select id from citizen
                 where id > $1 and ($4::int4[] is null or id = any($4))
                 order by id limit $5)
             select max(s.id) as until,
                    coalesce(bool_or(
                        exists (select from observation o where o.citizen = s.id
                                and o.received <= $2 and o.received > $3)
                        or exists (select from observation_history h where h.citizen = s.id
                                   and h.received <= $2 and h.replaced > $2
                                   and h.received > $3)), false) as "holds!"
             from step s"#,
            after,
            as_of.at as Micros,
            as_of.after() as Micros,
            members.numbers(),
            CITIZENS
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Step { until: row.until.map(|until| until.to_string()), holds: row.holds })
    }

    /// The next resources of a type, and whether there is a version among them to be exported.
    async fn next_resources(
        &self,
        kind: &str,
        job: &ExportJob,
        after: &str,
        members: &Members,
    ) -> Result<Step, StoreError> {
        let as_of = job.as_of();
        let row = sqlx::query!(
            r#"-- bulk.next_resources
             with step as materialized (
                 select id, version, updated from resource
                 where type = $1 and id > $2 and ($5 or citizen is not null)
                   and ($6::int4[] is null or citizen = any($6))
                 order by id limit $7)
             select max(s.id) as until,
                    coalesce(bool_or(
                        (s.updated <= $3 and s.updated > $4)
                        or exists (select from resource_history h
                                   where h.type = $1 and h.id = s.id
                                     and h.updated <= $3 and h.updated > $4)), false) as "holds!"
             from step s"#,
            kind,
            after,
            as_of.at as Micros,
            as_of.after() as Micros,
            job.level == Level::System,
            members.numbers(),
            RESOURCES
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Step { until: row.until, holds: row.holds })
    }
}
