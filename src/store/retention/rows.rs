//! What is old enough and not a reading that may be scored.

use sqlx::{AssertSqlSafe, Row as _};

use super::{KEPT, bump};
use crate::clock::Micros;
use crate::retention::Category;
use crate::store::erasure::delete_resources;
use crate::store::holdings::Counts;
use crate::store::{Store, StoreError};

/// Alerts or resources in one transaction.
const TOGETHER: i64 = 200;

/// What tells of alerts; it goes with them.
const OF_ALERTS: &str = "('Flag', 'Task', 'ClinicalImpression', 'RiskAssessment', 'DetectedIssue')";

/// Whether a reading in quarantine is old enough by $2. One without a time counts from its receipt:
/// a device whose clock is wrong says nothing of when.
const QUARANTINED: &str = "t.quarantine <> 0
     and case when t.effective = $1 then t.received else t.effective end < $2";

/// Citizens `c` whose enrolment ended before $2 and of whom nothing has come since.
const ENDED: &str = "exists (
         select from resource e where e.citizen = c.id and e.type = 'EpisodeOfCare')
     and not exists (
         select from resource e
         left join resource_token s on s.type = e.type and s.id = e.id and s.param = 'status'
         left join resource_date d on d.type = e.type and d.id = e.id and d.param = 'date'
         where e.citizen = c.id and e.type = 'EpisodeOfCare'
           and (coalesce(s.code, '') not in ('finished', 'cancelled', 'entered-in-error')
                or e.updated >= $2 or coalesce(d.upper, 'infinity') >= $2))
     and not exists (select from alert a where a.citizen = c.id and a.closed is null)
     and not exists (
         select from plan p where p.citizen = c.id
           and (p.valid_from >= $2
                or (p.care_plan is not null
                    and p.version = (select max(q.version) from plan q where q.citizen = c.id))))";

/// Tables and which of their rows `t` are old enough by $2.
fn rules(category: Category) -> Vec<(&'static str, String)> {
    let not_kept = format!("t.citizen <> all(array({KEPT}))");
    let ended = format!("t.citizen in (select c.id from citizen c where {ENDED})");
    match category {
        Category::Readings => Vec::new(),
        Category::Quarantined => {
            vec![("observation", format!("{QUARANTINED} and {not_kept}"))]
        }
        Category::Summaries => {
            vec![("daily_summary", format!("t.day < ($2 at time zone 'UTC')::date and {not_kept}"))]
        }
        Category::Findings => vec![
            ("suppression", format!("t.last_at < $2 and {not_kept}")),
            ("finding", format!("t.as_of < $2 and {not_kept}")),
            ("risk_score", format!("t.at < $2 and {not_kept}")),
        ],
        Category::Alerts => vec![("alert", format!("t.closed < $2 and {not_kept}"))],
        Category::Resources => vec![
            (
                "resource",
                format!(
                    "t.type <> 'Patient' and t.type not in {OF_ALERTS} and {not_kept} and {ended}"
                ),
            ),
            ("plan", format!("{not_kept} and {ended}")),
        ],
    }
}

impl Store {
    pub(super) async fn expired_by_rule(
        &self,
        category: Category,
        cutoff: Micros,
    ) -> Result<Counts, StoreError> {
        let mut counts = Counts::new();
        for (table, rows) in rules(category) {
            let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "-- retention.count\nselect count(*) from {table} t where {rows}"
            )))
            .bind(Micros::NO_TIME)
            .bind(cutoff)
            .fetch_one(&self.pool)
            .await?;
            counts.insert(table.to_owned(), u64::try_from(count).unwrap_or(0));
        }
        Ok(counts)
    }

    pub(super) async fn delete_by_rule(
        &self,
        run: i64,
        category: Category,
        cutoff: Micros,
    ) -> Result<(), StoreError> {
        // Whether an enrolment has ended is read from the resources that go: plans first.
        for (table, rows) in rules(category).into_iter().rev() {
            match table {
                "observation" => self.delete_quarantined(run, &rows, cutoff).await?,
                "alert" => while self.delete_alerts(run, &rows, cutoff).await? {},
                "resource" => self.delete_ended(run, &rows, cutoff).await?,
                table => self.delete_in_batches(run, table, &rows, Micros::NO_TIME, cutoff).await?,
            }
        }
        Ok(())
    }

    /// Chunk by chunk, with everything that belongs to the reading.
    async fn delete_quarantined(
        &self,
        run: i64,
        rows: &str,
        cutoff: Micros,
    ) -> Result<(), StoreError> {
        for (start, end) in self.chunks().await? {
            if start > cutoff {
                continue;
            }
            let mut tx = self.begin().await?;
            let row = sqlx::query(AssertSqlSafe(format!(
                "-- retention.quarantined\nwith gone as (
                     delete from observation t
                     where t.effective >= $3 and t.effective < $4 and {rows}
                     returning t.citizen, t.code, t.effective, t.source, t.fingerprint),
                 beside as (
                     delete from observation_identifier i using gone g
                     where i.citizen = g.citizen and i.effective = g.effective
                       and i.code = g.code and i.source = g.source
                       and i.fingerprint = g.fingerprint::int4
                     returning 1),
                 earlier as (
                     delete from observation_history h using gone g
                     where h.citizen = g.citizen and h.code = g.code
                       and h.effective = g.effective and h.source = g.source
                       and h.fingerprint = g.fingerprint
                     returning 1)
                 select (select count(*) from gone), (select count(*) from beside),
                        (select count(*) from earlier)"
            )))
            .bind(Micros::NO_TIME)
            .bind(cutoff)
            .bind(start)
            .bind(end)
            .fetch_one(&mut *tx.0)
            .await?;
            let tables = ["observation", "observation_identifier", "observation_history"];
            for (place, table) in tables.into_iter().enumerate() {
                let count: i64 = row.try_get(place)?;
                bump(&mut tx, run, table, u64::try_from(count).unwrap_or(0)).await?;
            }
            tx.commit_unrecorded(super::STEP).await?;
        }
        Ok(())
    }

    /// Some alerts with their log and what tells of them; `false` when there are none left.
    async fn delete_alerts(
        &self,
        run: i64,
        rows: &str,
        cutoff: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let found = sqlx::query(AssertSqlSafe(format!(
            "-- retention.alerts\nselect t.id::text, t.citizen from alert t
             where {rows} limit {TOGETHER} for update skip locked"
        )))
        .bind(Micros::NO_TIME)
        .bind(cutoff)
        .fetch_all(&mut *tx.0)
        .await?;
        let (mut ids, mut citizens) = (Vec::new(), Vec::new());
        for row in &found {
            ids.push(row.try_get::<String, _>(0)?);
            citizens.push(row.try_get::<i32, _>(1)?);
        }
        if ids.is_empty() {
            return Ok(false);
        }
        let told = sqlx::query(AssertSqlSafe(format!(
            "-- retention.told\nselect type, id from resource
             where citizen = any($1) and type in {OF_ALERTS} and left(id, 36) = any($2)"
        )))
        .bind(&citizens)
        .bind(&ids)
        .fetch_all(&mut *tx.0)
        .await?;
        let told = told
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<Vec<(String, String)>, sqlx::Error>>()?;
        for (table, rows) in delete_resources(&mut tx, &told).await? {
            bump(&mut tx, run, table, rows).await?;
        }
        sqlx::query!(
            "-- retention.of_alert
             update suppression set alert = null where alert = any($1::text[]::uuid[])",
            &ids
        )
        .execute(&mut *tx.0)
        .await?;
        for (table, key) in
            [("alert_projection", "alert"), ("alert_event", "alert"), ("alert", "id")]
        {
            let done = sqlx::query(AssertSqlSafe(format!(
                "-- retention.alert\ndelete from {table} where {key} = any($1::text[]::uuid[])"
            )))
            .bind(&ids)
            .execute(&mut *tx.0)
            .await?;
            bump(&mut tx, run, table, done.rows_affected()).await?;
        }
        tx.commit_unrecorded(super::STEP).await?;
        Ok(true)
    }

    /// The resources of ended enrolments; the enrolments themselves last, since they say who.
    async fn delete_ended(&self, run: i64, rows: &str, cutoff: Micros) -> Result<(), StoreError> {
        loop {
            let mut tx = self.begin().await?;
            let found = sqlx::query(AssertSqlSafe(format!(
                "-- retention.ended\nselect t.type, t.id from resource t where {rows}
                 order by t.type = 'EpisodeOfCare', t.type, t.id limit {TOGETHER}"
            )))
            .bind(Micros::NO_TIME)
            .bind(cutoff)
            .fetch_all(&mut *tx.0)
            .await?;
            let these = found
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect::<Result<Vec<(String, String)>, sqlx::Error>>()?;
            if these.is_empty() {
                return Ok(());
            }
            for (table, rows) in delete_resources(&mut tx, &these).await? {
                bump(&mut tx, run, table, rows).await?;
            }
            tx.commit_unrecorded(super::STEP).await?;
        }
    }
}
