//! Taking citizens to be screened. Every statement is a transaction by itself, so that nobody can
//! die or linger between taking a mark and keeping it, and ingest never waits for more than one
//! statement.

use std::collections::BTreeSet;

use super::NO_DAY;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError, Tx};

/// Tells one holder of leases from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// From a UUID in its usual form.
    pub fn new(uuid: String) -> Self {
        Self(uuid)
    }
}

/// A citizen that is ours to screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// Who.
    pub citizen: CitizenNo,
    /// Local days whose summaries are out of date, sorted, days since 1970.
    pub days: Vec<i32>,
    /// Since when the citizen has been due.
    pub since: Micros,
    /// How often somebody has begun, this time included.
    pub attempts: u16,
}

/// Marks that are looked at to find citizens, for each citizen that is wanted. Old marks are often
/// of one citizen.
const MARKS: i64 = 10;

impl Store {
    /// Takes at most so many citizens that are due and that nobody else holds: those whose readings
    /// have waited longest, then those that time alone has made due. Nobody else takes them before
    /// `expires`.
    pub async fn lease(
        &self,
        token: &Token,
        most: u32,
        now: Micros,
        expires: Micros,
    ) -> Result<Vec<Leased>, StoreError> {
        let claimed = sqlx::query_scalar!(
            "-- screenings.claim
             with due as (
                 (select citizen, since, 0 as turn from touched_day
                  where day > date '0001-01-01'
                    and not exists (
                        select from screening_lease l where l.citizen = touched_day.citizen)
                  order by since limit $3)
                 union all
                 (select citizen, since, case when days <@ array[date '0001-01-01'] then 1 else 0 end
                  from screening_lease where expires <= $4
                  order by expires limit $2)
                 union all
                 (select citizen, next, 1 from screened
                  where next <= $4
                    and not exists (
                        select from screening_lease l where l.citizen = screened.citizen)
                  order by next limit $2)
                 union all
                 (select citizen, since, 1 from touched_day
                  where day = date '0001-01-01'
                    and not exists (
                        select from screening_lease l where l.citizen = touched_day.citizen)
                  order by since limit $2)),
             chosen as (
                 select citizen, min(since) as since from due
                 group by citizen order by min(turn), min(since) limit $2)
             insert into screening_lease as l (citizen, days, since, token, expires, attempts)
             select citizen, '{}', since, $1::text::uuid, $5, 1 from chosen
             order by citizen
             on conflict (citizen) do update
             set token = excluded.token, expires = excluded.expires,
                 attempts = least(l.attempts + 1, 32767)
             where l.expires <= $4
             returning citizen",
            token.0,
            i64::from(most),
            i64::from(most) * MARKS,
            now as Micros,
            expires as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        if claimed.is_empty() { Ok(Vec::new()) } else { self.take_marks(token, &claimed).await }
    }

    /// Takes exactly these citizens, whether they are due, put aside or neither, but for those that
    /// somebody else holds.
    pub async fn lease_these(
        &self,
        token: &Token,
        citizens: &[CitizenNo],
        now: Micros,
        expires: Micros,
    ) -> Result<Vec<Leased>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let claimed = sqlx::query_scalar!(
            "-- screenings.claim_these
             insert into screening_lease as l (citizen, days, since, token, expires, attempts)
             select distinct citizen, '{}'::date[], $3::timestamptz, $1::text::uuid,
                    $4::timestamptz, 1
             from unnest($2::int4[]) as these (citizen)
             order by citizen
             on conflict (citizen) do update
             set token = excluded.token, expires = excluded.expires,
                 attempts = least(l.attempts + 1, 32767)
             where l.expires <= $3 or l.token = '00000000-0000-0000-0000-000000000000'
             returning citizen",
            token.0,
            &citizens,
            now as Micros,
            expires as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        if claimed.is_empty() { Ok(Vec::new()) } else { self.take_marks(token, &claimed).await }
    }

    /// Moves the marks of citizens into their leases. A mark that a transaction of ingest has just
    /// found in place is left to the next time: its readings cannot be seen yet.
    async fn take_marks(&self, token: &Token, claimed: &[i32]) -> Result<Vec<Leased>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.take_marks
             with mine as materialized (
                 select citizen from screening_lease
                 where token = $1::text::uuid and citizen = any($2)
                 order by citizen for update),
             marks as materialized (
                 select citizen, day, since from touched_day
                 where citizen in (select citizen from mine)
                 for update skip locked),
             taken as (
                 delete from touched_day t using marks m
                 where t.citizen = m.citizen and t.day = m.day
                 returning t.citizen, t.day, t.since),
             gathered as (
                 select mine.citizen, array_agg(taken.day) filter (where day is not null) as days,
                        min(taken.since) as since
                 from mine left join taken using (citizen) group by mine.citizen)
             update screening_lease l
             set days = array(
                     select distinct day from unnest(l.days || g.days) as both_ (day)
                     where day is not null order by day),
                 since = least(l.since, g.since)
             from gathered g
             where l.citizen = g.citizen
             returning l.citizen, l.since as "since: Micros", l.attempts,
                       array(select day - date '1970-01-01' from unnest(l.days) as held (day)
                             order by day) as "days!""#,
            token.0,
            claimed
        )
        .fetch_all(&self.pool)
        .await?;
        let mut leased: Vec<Leased> = rows
            .into_iter()
            .map(|row| Leased {
                citizen: CitizenNo(row.citizen),
                days: row.days.into_iter().filter(|day| *day != NO_DAY).collect(),
                since: row.since,
                attempts: u16::try_from(row.attempts).unwrap_or(0),
            })
            .collect();
        leased.sort_unstable_by_key(|leased| leased.citizen);
        Ok(leased)
    }

    /// Puts off when these leases expire.
    pub async fn extend_leases(
        &self,
        token: &Token,
        citizens: &[CitizenNo],
        expires: Micros,
    ) -> Result<(), StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        sqlx::query!(
            "-- screenings.extend
             update screening_lease set expires = $3
             where token = $1::text::uuid and citizen = any($2)",
            token.0,
            &citizens,
            expires as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Which of the leases are still ours. They stay so until the transaction ends.
    pub async fn lock_leases_in(
        &self,
        tx: &mut Tx,
        token: &Token,
        citizens: &[CitizenNo],
    ) -> Result<BTreeSet<CitizenNo>, StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query_scalar!(
            "-- screenings.lock
             select citizen from screening_lease
             where token = $1::text::uuid and citizen = any($2)
             order by citizen for update",
            token.0,
            &citizens
        )
        .fetch_all(&mut *tx.0)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }

    /// Ends leases whose result is stored in the same transaction.
    pub async fn end_leases_in(
        &self,
        tx: &mut Tx,
        token: &Token,
        citizens: &[CitizenNo],
    ) -> Result<(), StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        sqlx::query!(
            "-- screenings.end
             delete from screening_lease where token = $1::text::uuid and citizen = any($2)",
            token.0,
            &citizens
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Gives up a citizen that could not be screened, until somebody tries again. Their marks stay
    /// in the lease, which nobody holds any more.
    pub async fn put_back(
        &self,
        token: &Token,
        citizen: CitizenNo,
        again: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- screenings.put_back
             update screening_lease
             set expires = $3, token = '00000000-0000-0000-0000-000000000000'
             where token = $1::text::uuid and citizen = $2",
            token.0,
            citizen.0,
            again as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives citizens back that were taken and not worked on, as if they had not been.
    pub async fn release(&self, token: &Token, citizens: &[CitizenNo]) -> Result<(), StoreError> {
        let citizens: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        sqlx::query!(
            "-- screenings.release
             update screening_lease
             set expires = '-infinity', attempts = greatest(attempts - 1, 0)
             where token = $1::text::uuid and citizen = any($2)",
            token.0,
            &citizens
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
