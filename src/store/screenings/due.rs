//! Making citizens due, and how far screening is behind.

use std::collections::BTreeSet;

use super::NO_DAY;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError, Tx};

/// After so many failed attempts a citizen is put aside until the next day.
pub const PARKED_AFTER: u16 = 5;

/// How far screening is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// Since when the citizen has been due who has waited longest, but for those put aside.
    pub oldest: Option<Micros>,
    /// Citizens that are due or being screened; of a long backlog only the first 200,000 marks are
    /// looked at.
    pub backlog: u64,
    /// Citizens put aside because they could not be screened.
    pub parked: u64,
    /// How long the oldest has waited, seconds.
    pub seconds: u64,
}

/// Marks that are counted at most.
const COUNTED: i64 = 200_000;

/// Whole seconds that somebody has waited.
pub fn waited(oldest: Option<Micros>, now: Micros) -> u64 {
    let seconds = oldest.map_or(0, |oldest| now.as_second() - oldest.as_second());
    u64::try_from(seconds).unwrap_or(0)
}

impl Store {
    /// Since when the citizen has been due who has waited longest, but for those put aside. Fast
    /// however long the backlog is.
    pub async fn oldest_due(&self, now: Micros) -> Result<Option<Micros>, StoreError> {
        let oldest = sqlx::query_scalar!(
            r#"-- screenings.oldest
             with parked as materialized (
                 select citizen from screening_lease where attempts >= $2)
             select least(
                 (select since from touched_day
                  where day > date '0001-01-01' and citizen not in (select citizen from parked)
                  order by since limit 1),
                 (select since from touched_day
                  where day = date '0001-01-01' and citizen not in (select citizen from parked)
                  order by since limit 1),
                 (select min(since) from screening_lease where attempts < $2),
                 (select next from screened
                  where next <= $1 and citizen not in (select citizen from parked)
                  order by next limit 1)) as "oldest: Micros""#,
            now as Micros,
            i16::try_from(PARKED_AFTER).unwrap_or(i16::MAX)
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(oldest)
    }

    /// How far screening is behind at a moment.
    pub async fn screening_lag(&self, now: Micros) -> Result<Lag, StoreError> {
        let oldest = self.oldest_due(now).await?;
        let row = sqlx::query!(
            r#"-- screenings.lag
             select
                 (select count(*) from (
                     (select citizen from touched_day limit $3)
                     union (select citizen from screening_lease limit $3)
                     union (select citizen from screened where next <= $1 limit $3)
                     except select citizen from citizen_restriction) as due)
                     as "backlog!",
                 (select count(*) from screening_lease
                  where attempts >= $2 and expires < 'infinity') as "parked!""#,
            now as Micros,
            i16::try_from(PARKED_AFTER).unwrap_or(i16::MAX),
            COUNTED
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Lag {
            oldest,
            backlog: u64::try_from(row.backlog).unwrap_or(0),
            parked: u64::try_from(row.parked).unwrap_or(0),
            seconds: waited(oldest, now),
        })
    }

    /// The local days of a citizen whose summaries are due to be computed anew, days since 1970.
    pub async fn days_due(&self, citizen: CitizenNo) -> Result<BTreeSet<i32>, StoreError> {
        let days = sqlx::query_scalar!(
            r#"-- screenings.days_due
             select day - date '1970-01-01' as "day!" from touched_day where citizen = $1
             union
             select unnest(days) - date '1970-01-01' from screening_lease where citizen = $1"#,
            citizen.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(days.into_iter().collect())
    }

    /// Makes citizens due for screening when the transaction commits.
    pub async fn make_due_in(
        &self,
        tx: &mut Tx,
        citizens: &[CitizenNo],
        now: Micros,
    ) -> Result<(), StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        sqlx::query!(
            "-- screenings.make_due
             insert into touched_day (citizen, day, since)
             select distinct citizen, date '1970-01-01' + $2::int4, $3::timestamptz
             from unnest($1::int4[]) as these (citizen)
             where exists (select from citizen c where c.id = these.citizen)
             order by citizen
             on conflict (citizen, day) do update set since = touched_day.since where false",
            &citizens,
            NO_DAY,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Makes every citizen due who has summaries or a plan. Returns how many were not due already.
    pub async fn make_everybody_due(&self, now: Micros) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let made = self.make_everybody_due_in(&mut tx, now).await?;
        tx.commit_unrecorded("says who is due").await?;
        Ok(made)
    }

    /// [`Self::make_everybody_due`], as part of a transaction.
    pub async fn make_everybody_due_in(&self, tx: &mut Tx, now: Micros) -> Result<u64, StoreError> {
        let made = sqlx::query!(
            "-- screenings.make_everybody_due
             insert into touched_day (citizen, day, since)
             select id, date '1970-01-01' + $1::int4, $2 from citizen
             where exists (select from daily_summary s where s.citizen = citizen.id)
                or exists (select from plan p where p.citizen = citizen.id)
             order by id
             on conflict (citizen, day) do update set since = touched_day.since where false",
            NO_DAY,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(made.rows_affected())
    }

    /// Begins the round of a day, given as days since 1970, and makes everybody due; `None` if
    /// somebody has begun it already.
    pub async fn begin_round(&self, day: i32, now: Micros) -> Result<Option<u64>, StoreError> {
        let mut tx = self.begin().await?;
        let begun = sqlx::query!(
            "-- screenings.begin_round
             insert into screening_round (day, begun) values (date '1970-01-01' + $1::int4, $2)
             on conflict do nothing",
            day,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if begun.rows_affected() == 0 {
            return Ok(None);
        }
        let made = self.make_everybody_due_in(&mut tx, now).await?;
        tx.commit_unrecorded("says who is due").await?;
        Ok(Some(made))
    }
}
