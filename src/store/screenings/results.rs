//! The newest screening of each citizen.

use std::collections::{BTreeSet, HashMap};

use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError, Tx};

/// A screening that is to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScreened {
    /// Whose.
    pub citizen: CitizenNo,
    /// As of when.
    pub as_of: Micros,
    /// When the passing of time alone may change the result.
    pub next: Option<Micros>,
    /// The pack's hash.
    pub pack: String,
    /// The plan's version; 0 without one.
    pub plan_version: u32,
    /// Which code made it.
    pub engine: String,
    /// The screening as JSON.
    pub body: String,
}

/// A stored screening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screened {
    /// As of when.
    pub as_of: Micros,
    /// When the passing of time alone may change the result.
    pub next: Option<Micros>,
    /// The screening as JSON: a [`Screening`](pulsvagt_analytics::Screening).
    pub body: String,
}

impl Store {
    /// Replaces the newest screenings of citizens. One that is newer already stays.
    pub async fn put_screened_in(
        &self,
        tx: &mut Tx,
        new: &[NewScreened],
    ) -> Result<(), StoreError> {
        let citizens: Vec<i32> = new.iter().map(|new| new.citizen.0).collect();
        let as_of: Vec<Micros> = new.iter().map(|new| new.as_of).collect();
        let next: Vec<Option<Micros>> = new.iter().map(|new| new.next).collect();
        let packs: Vec<&str> = new.iter().map(|new| new.pack.as_str()).collect();
        let plans: Vec<i32> =
            new.iter().map(|new| i32::try_from(new.plan_version).unwrap_or(i32::MAX)).collect();
        let engines: Vec<&str> = new.iter().map(|new| new.engine.as_str()).collect();
        let bodies: Vec<&str> = new.iter().map(|new| new.body.as_str()).collect();
        sqlx::query!(
            "-- screenings.put
             insert into screened as s (citizen, as_of, next, pack, plan_version, engine, body)
             select * from unnest($1::int4[], $2::timestamptz[], $3::timestamptz[], $4::text[],
                                  $5::int4[], $6::text[], $7::text[])
                           as new (citizen, as_of, next, pack, plan_version, engine, body)
             order by citizen
             on conflict (citizen) do update
             set as_of = excluded.as_of, next = excluded.next, pack = excluded.pack,
                 plan_version = excluded.plan_version, engine = excluded.engine,
                 body = excluded.body
             where s.as_of <= excluded.as_of",
            &citizens,
            &as_of as &[Micros],
            &next as &[Option<Micros>],
            &packs as &[&str],
            &plans,
            &engines as &[&str],
            &bodies as &[&str]
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// The newest screenings of citizens.
    pub async fn screened(
        &self,
        citizens: &[CitizenNo],
    ) -> Result<HashMap<CitizenNo, Screened>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- screenings.of_citizens
             select citizen, as_of as "as_of: Micros", next as "next: Micros", body
             from screened where citizen = any($1)"#,
            &citizens
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let screened = Screened { as_of: row.as_of, next: row.next, body: row.body };
                (CitizenNo(row.citizen), screened)
            })
            .collect())
    }

    /// Which of the citizens have an open alert, or a rule that is on its way to one.
    pub async fn under_triage_in(
        &self,
        tx: &mut Tx,
        citizens: &[CitizenNo],
    ) -> Result<BTreeSet<CitizenNo>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query_scalar!(
            r#"-- screenings.under_triage
             select citizen as "citizen!" from alert
             where citizen = any($1) and closed is null
             union select citizen from triage_streak where citizen = any($1)"#,
            &citizens
        )
        .fetch_all(&mut *tx.0)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }

    /// When citizens were born, as far as their Patients say so.
    pub async fn births(
        &self,
        citizens: &[CitizenNo],
    ) -> Result<HashMap<CitizenNo, Micros>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- screenings.births
             select r.citizen as "citizen!", min(d.lower) as "lower!: Micros"
             from resource r
             join resource_date d on d.type = r.type and d.param = 'birthdate' and d.id = r.id
             where r.citizen = any($1) and r.type = 'Patient'
             group by r.citizen"#,
            &citizens
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (CitizenNo(row.citizen), row.lower)).collect())
    }

    /// How many citizens there are.
    pub async fn count_citizens(&self) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(
            r#"-- screenings.count_citizens
             select count(*) as "count!" from citizen"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The citizens after one, by number, at most so many: for going through all of them but those
    /// whose data must not be processed.
    pub async fn citizens_after(
        &self,
        after: CitizenNo,
        most: u32,
    ) -> Result<Vec<CitizenNo>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- screenings.citizens
             select id from citizen
             where id > $1 and id not in (select citizen from citizen_restriction)
             order by id limit $2",
            after.0,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }
}
