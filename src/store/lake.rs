//! What a lake is made from, and what has changed since it was.

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_analytics::Signal;
use sqlx::{Connection as _, PgConnection};

use super::{Store, StoreError};
use crate::clock::Micros;
use crate::consent::of_reading;
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

    /// What readings of each signal are, by the templates they have come by.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_categories(
        &self,
    ) -> Result<BTreeMap<Signal, BTreeSet<&'static str>>, StoreError> {
        self.load_shapes().await?;
        let mut categories: BTreeMap<Signal, BTreeSet<&'static str>> = BTreeMap::new();
        for shape in self.shapes_where(|shape| !shape.series.is_empty()) {
            for series in &shape.series {
                categories.entry(series.signal).or_default().extend(of_reading(&shape.facts));
            }
        }
        Ok(categories)
    }

    /// What makes all of a lake out of date when it changes, but for what citizens deny: who was erased
    /// or restricted, and how much was deleted for its age.
    ///
    /// # Errors
    /// When the database does.
    pub async fn lake_standing(&self) -> Result<String, StoreError> {
        // Rows are counted in the transactions that delete them. Of the tables that are written each
        // time it does not matter what was deleted.
        let row = sqlx::query!(
            r#"-- lake.standing
             select (select count(*) from erasure) as "erasures!",
                    (select string_agg(x.citizen::text, ',' order by x.citizen)
                     from citizen_restriction x) as restricted,
                    (select sum(coalesce((r.counts ->> 'observation')::bigint, 0)
                                + coalesce((r.counts ->> 'daily_summary')::bigint, 0))::bigint
                     from retention_run r where r.category in ('readings', 'summaries')) as deleted"#
        )
        .fetch_one(&self.pool)
        .await?;
        let restricted = row.restricted.unwrap_or_default();
        Ok(format!("{} {} {restricted}", row.erasures, row.deleted.unwrap_or(0)))
    }
}
