//! What has come in of late, by hour and device; and who has not measured as agreed. Numbers and
//! times, no values.

use std::collections::HashMap;

use pulsvagt_analytics::Signal;

use super::{Sight, Store, StoreError};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ShapeNo};

/// Readings are looked for no further back than this before the window, so that old chunks, which
/// have no index of receipt, stay closed. What a device sends later than that is not counted.
const LATE: i64 = 60 * 86_400 * 1_000_000;

/// What came in within an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// Its beginning.
    pub at: Micros,
    /// Readings that were received.
    pub received: u64,
    /// Those of them that cannot be right.
    pub doubtful: u64,
}

/// What came in from a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromDevice {
    /// The device's reference; empty = none was sent.
    pub device: String,
    /// The hours in which something came.
    pub hours: Vec<(Micros, u64)>,
    /// All of it.
    pub received: u64,
}

/// How long readings took from being taken to being received, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Delay {
    /// Half were faster.
    pub median: f64,
    /// 95 of 100 were faster.
    pub p95: f64,
    /// The slowest.
    pub most: f64,
}

/// When a citizen's device last sent a reading of some signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSent {
    /// Whose.
    pub citizen: CitizenNo,
    /// The device's reference; empty = none was sent.
    pub device: String,
    /// What was measured.
    pub signals: Vec<Signal>,
    /// When the newest one was taken.
    pub at: Micros,
}

/// Somebody with an open alert because nothing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// Who.
    pub citizen: CitizenNo,
    /// Logical id.
    pub citizen_id: String,
    /// Since when it has been an alert.
    pub since: Micros,
}

impl Store {
    /// What was received since a moment, by hour; hours without anything are left out.
    ///
    /// # Errors
    /// When the database does.
    pub async fn received_by_hour(&self, since: Micros) -> Result<Vec<Hour>, StoreError> {
        let rows = sqlx::query!(
            r#"-- intake.hours
            select date_trunc('hour', received, 'UTC') as "at!: Micros", count(*) as "received!",
                   count(*) filter (where quarantine not in (0, 5)) as "doubtful!"
            from observation
            where received >= $1 and effective >= $2
            group by 1 order by 1"#,
            since as Micros,
            Micros(since.0 - LATE) as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| Hour {
                at: row.at,
                received: number(row.received),
                doubtful: number(row.doubtful),
            })
            .collect())
    }

    /// The devices that sent most since a moment, at most so many, most first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn received_by_device(
        &self,
        since: Micros,
        most: u16,
    ) -> Result<Vec<FromDevice>, StoreError> {
        let rows = sqlx::query!(
            r#"-- intake.devices
            with counted as materialized (
                select source, date_trunc('hour', received, 'UTC') as at, count(*) as received
                from observation
                where received >= $1 and effective >= $2
                group by 1, 2),
            most as (
                select source, sum(received) as received from counted
                group by source order by 2 desc, 1 limit $3)
            select s.reference, c.at as "at!: Micros", c.received as "received!"
            from most m join counted c on c.source = m.source join source s on s.id = m.source
            order by m.received desc, m.source, c.at"#,
            since as Micros,
            Micros(since.0 - LATE) as Micros,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        let mut devices: Vec<FromDevice> = Vec::new();
        for row in rows {
            let count = u64::try_from(row.received).unwrap_or(0);
            match devices.last_mut().filter(|last| last.device == row.reference) {
                Some(last) => {
                    last.hours.push((row.at, count));
                    last.received += count;
                }
                None => devices.push(FromDevice {
                    device: row.reference,
                    hours: vec![(row.at, count)],
                    received: count,
                }),
            }
        }
        Ok(devices)
    }

    /// How long readings that were received since a moment were on their way; `None` where there were
    /// none with a time.
    ///
    /// # Errors
    /// When the database does.
    pub async fn delay(&self, since: Micros) -> Result<Option<Delay>, StoreError> {
        let row = sqlx::query!(
            r#"-- intake.delay
            select percentile_cont(0.5) within group (order by late) as median,
                   percentile_cont(0.95) within group (order by late) as p95, max(late) as most
            from (select greatest(extract(epoch from received - effective), 0)::float8 as late
                  from observation
                  where received >= $1 and effective >= $2) as taken"#,
            since as Micros,
            Micros(since.0 - LATE) as Micros
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(match (row.median, row.p95, row.most) {
            (Some(median), Some(p95), Some(most)) => Some(Delay { median, p95, most }),
            _ => None,
        })
    }

    /// Citizens in sight with an open alert of that problem, which have waited longest first; without
    /// restricted ones.
    ///
    /// # Errors
    /// When the database does.
    pub async fn silent(
        &self,
        sight: &Sight,
        problem: &str,
        most: u16,
    ) -> Result<Vec<Silent>, StoreError> {
        let rows = sqlx::query!(
            r#"-- intake.silent
            select a.citizen, c.logical_id, a.opened as "since: Micros"
            from alert a join citizen c on c.id = a.citizen
            where a.problem = $1 and a.closed is null
              and a.citizen not in (select citizen from citizen_restriction)
              and ($2::int4[] is null or c.team = any($2) or c.id = any($3))
            order by a.opened, a.citizen limit $4"#,
            problem,
            sight.teams(),
            &sight.also(),
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Silent {
                citizen: CitizenNo(row.citizen),
                citizen_id: row.logical_id,
                since: row.since,
            })
            .collect())
    }

    /// When devices of citizens last sent readings that may count, taken at this moment or later.
    ///
    /// # Errors
    /// When the database does.
    pub async fn last_sent(
        &self,
        citizens: &[CitizenNo],
        since: Micros,
    ) -> Result<Vec<LastSent>, StoreError> {
        let numbers: Vec<i32> = citizens.iter().map(|citizen| citizen.0).collect();
        let rows = sqlx::query!(
            r#"-- intake.last_sent
            select o.citizen, s.reference, o.shape, max(o.effective) as "at!: Micros"
            from observation o join source s on s.id = o.source
            where o.citizen = any($1) and o.effective >= $2 and o.quarantine = 0
            group by o.citizen, s.reference, o.shape"#,
            &numbers,
            since as Micros
        )
        .fetch_all(&self.pool)
        .await?;
        self.load_shapes().await?;
        let mut sent: HashMap<(i32, String, Vec<Signal>), Micros> = HashMap::new();
        for row in rows {
            let Some(shape) = self.shape_by_no(ShapeNo(row.shape)) else { continue };
            let mut signals: Vec<Signal> =
                shape.series.iter().map(|series| series.signal).collect();
            signals.sort_unstable();
            signals.dedup();
            let at = sent.entry((row.citizen, row.reference, signals)).or_insert(row.at);
            *at = (*at).max(row.at);
        }
        let sent = sent.into_iter().map(|((citizen, device, signals), at)| {
            let citizen = CitizenNo(citizen);
            LastSent { citizen, device, signals, at }
        });
        Ok(sent.collect())
    }
}
