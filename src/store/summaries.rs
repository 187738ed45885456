//! Daily summaries: each citizen-day's signals in a few numbers, packed.
//!
//! A summary is a pure function of the readings of its day. It is stored so that screening need
//! not read months of readings, and may be recomputed at any time: `pulsvagt doctor
//! --verify-summaries` does.

mod bytes;
pub mod pack;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use pulsvagt_analytics::DaySummary;
use pulsvagt_analytics::frame::Day;

use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// The summaries of a citizen's local day as they have just been computed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSummary {
    /// Whose.
    pub citizen: CitizenNo,
    /// The local day, days since 1970.
    pub day: i32,
    /// One for each signal, sorted; none if the day has no readings (any more).
    pub summaries: Vec<DaySummary>,
}

/// Stored summaries of some citizens.
#[derive(Debug, Default)]
pub struct Summaries {
    /// The days of each citizen that has any, ascending.
    pub days: HashMap<CitizenNo, Vec<Day>>,
    /// Citizens of whom a row could not be read.
    pub broken: BTreeMap<CitizenNo, StoreError>,
}

impl Store {
    /// The summaries of citizens for local days from `first` to `last`, days since 1970.
    ///
    /// # Errors
    /// When the database does; a single row that cannot be read is told by citizen instead.
    pub async fn summaries(
        &self,
        citizens: &[CitizenNo],
        first: i32,
        last: i32,
    ) -> Result<Summaries, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        // One value a citizen: a row a day takes several times as long.
        let mut rows = sqlx::query!(
            r#"-- summaries.of_citizens
             select citizen,
                    string_agg(int4send(day - date '1970-01-01') || body, ''::bytea order by day)
                        as "bodies!"
             from daily_summary
             where citizen = any($1)
               and day between date '1970-01-01' + $2::int4 and date '1970-01-01' + $3::int4
             group by citizen"#,
            &numbers,
            first,
            last
        )
        .fetch(&self.pool);
        let mut found = Summaries::default();
        while let Some(row) = rows.try_next().await? {
            let citizen = CitizenNo(row.citizen);
            let mut days = Vec::new();
            let unpacked = pack::unpack_days(&row.bodies, |day, summaries| {
                days.push(Day { day, summaries });
            });
            match unpacked {
                Ok(()) => drop(found.days.insert(citizen, days)),
                Err(error) => {
                    let error = StoreError::damaged("daily_summary", error);
                    found.broken.insert(citizen, error);
                }
            }
        }
        Ok(found)
    }

    /// The first local day, days since 1970, all of whose readings are certainly still kept.
    pub async fn first_whole_day(&self) -> Result<i32, StoreError> {
        let day = sqlx::query_scalar!(
            r#"-- summaries.first_whole_day
             select readings_before::date - date '1970-01-01' + 2 as "day!" from retention_horizon"#
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(day.unwrap_or(i32::MIN))
    }

    /// Stores what has been computed, but for days whose readings may be gone: see
    /// [`Self::first_whole_day`]. A day that came out as before is left as it is; a day
    /// without readings that was never summarised gets no row. Returns how many rows were written.
    pub async fn put_summaries_in(
        &self,
        tx: &mut Tx,
        new: &[NewSummary],
        computed: Micros,
    ) -> Result<u64, StoreError> {
        let (mut citizens, mut days, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        let mut empty = Vec::new();
        for NewSummary { citizen, day, summaries } in new {
            citizens.push(citizen.0);
            days.push(*day);
            bodies.push(pack::pack(*day, summaries));
            empty.push(summaries.is_empty());
        }
        let written = sqlx::query!(
            "-- summaries.put
             insert into daily_summary as s (citizen, day, version, computed, body)
             select citizen, date '1970-01-01' + day, 1, $5, body
             from unnest($1::int4[], $2::int4[], $3::bytea[], $4::bool[])
                  as new (citizen, day, body, is_empty)
             where (not is_empty or exists (
                 select from daily_summary old
                 where old.citizen = new.citizen and old.day = date '1970-01-01' + new.day))
               -- What the readings of before came to stays, now that they are gone.
               and day >= coalesce(
                   (select readings_before::date - date '1970-01-01' + 2 from retention_horizon),
                   day)
             order by citizen, day
             on conflict (citizen, day) do update
             set version = s.version + 1, computed = excluded.computed, body = excluded.body
             where s.body <> excluded.body",
            &citizens,
            &days,
            &bodies,
            &empty,
            computed as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(written.rows_affected())
    }
}
