//! What a lake is made from, and what has changed since it was.

use std::collections::BTreeSet;

use sqlx::{Connection as _, PgConnection};

use super::{Store, StoreError};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// Class of the locks that writing to a bucket takes.
const LOCK: i32 = 0x7075_6c6c;

/// The right to write this municipality's part of a lake in a bucket.
#[derive(Debug)]
pub struct Alone {
    connection: PgConnection,
    address: String,
}

impl Alone {
    /// Whether it is still there: it ends with its connection, which a restart of the database ends.
    pub async fn holds(&mut self) -> bool {
        let held = sqlx::query_scalar!(
            r#"-- lake.holds
             select exists (
                 select from pg_locks l
                 where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.granted
                   and l.classid = $1::int4::oid and l.objsubid = 2
                   and l.objid = hashtext(current_schema() || ' ' || $2::text)::oid) as "held!""#,
            LOCK,
            self.address
        )
        .fetch_one(&mut self.connection)
        .await;
        held.unwrap_or(false)
    }

    /// Gives it up. A connection that is dropped does so too, but a moment later.
    pub async fn release(self) {
        let _ = self.connection.close().await;
    }
}

impl Store {
    /// The right to write this municipality's part of a lake in a bucket, unless another process has
    /// it: a bucket has no locks that end with whoever holds them.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_alone(&self, address: &str) -> Result<Option<Alone>, StoreError> {
        let mut connection = self.pool.acquire().await?.detach();
        let alone = sqlx::query_scalar!(
            r#"-- lake.alone
             select pg_try_advisory_lock($1, hashtext(current_schema() || ' ' || $2::text))
                 as "alone!""#,
            LOCK,
            address
        )
        .fetch_one(&mut connection)
        .await?;
        let address = address.to_owned();
        Ok(alone.then_some(Alone { connection, address }))
    }

    /// The citizens whose data may be processed.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_citizens(&self) -> Result<Vec<CitizenNo>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- lake.citizens
             select c.id from citizen c
             where not exists (select from citizen_restriction x where x.citizen = c.id)
             order by c.id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }

    /// The months (`2026-01`) that readings received after a moment may belong to. A local day may be
    /// that before or after, and a sleep belongs to the day of waking.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_months_of_readings(
        &self,
        after: Micros,
    ) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"-- lake.months_of_readings
             select distinct to_char(edge.at at time zone 'UTC', 'YYYY-MM') as "month!"
             from (select distinct date_trunc('day', effective) as day from observation
                   where received > $1 and effective > '1900-01-01' and isfinite(effective)) d
             cross join lateral (values (d.day - interval '2 days'), (d.day + interval '3 days'))
                  as edge (at)"#,
            after as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The months of which days were summarised after a moment.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_months_of_summaries(
        &self,
        after: Micros,
    ) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"-- lake.months_of_summaries
             select distinct to_char(day, 'YYYY-MM') as "month!" from daily_summary
             where computed > $1"#,
            after as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// What makes all of a lake out of date when it changes: who was erased or restricted, what was
    /// deleted for its age, and what citizens deny.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_standing(&self, now: Micros) -> Result<String, StoreError> {
        let row = sqlx::query!(
            r#"-- lake.standing
             select (select count(*) from erasure) as "erasures!",
                    (select string_agg(x.citizen::text, ',' order by x.citizen)
                     from citizen_restriction x) as restricted,
                    (select max(h.readings_before) from retention_horizon h) as "horizon: Micros""#
        )
        .fetch_one(&self.pool)
        .await?;
        let denials = self.denials("TREAT", now).await?;
        let denied: Vec<String> =
            denials.iter().map(|(category, citizens)| format!("{category}:{citizens:?}")).collect();
        let horizon = row.horizon.map_or(0, |at| at.0);
        let restricted = row.restricted.unwrap_or_default();
        Ok(format!("{} {horizon} {restricted} {}", row.erasures, denied.join(" ")))
    }
}
