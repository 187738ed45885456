//! How many readings were refused, from whom and why: numbers by hour, kept for eight days.

use super::{Store, StoreError};
use crate::clock::Micros;

const HOUR: i64 = 3_600_000_000;
/// A week, and the day that is not over.
const KEPT: i64 = 8 * 24 * HOUR;

/// Readings that were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Who sent them: a system, or a role.
    pub sender: String,
    /// The stable key of what was wrong.
    pub reason: String,
    /// In the last 24 hours.
    pub day: u64,
    /// In the last seven days.
    pub week: u64,
}

/// Readings that were kept in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// The device's reference; empty = none was sent.
    pub device: String,
    /// The number of the reason; see `ingest::Quarantine`.
    pub reason: i16,
    /// In the last 24 hours.
    pub day: u64,
    /// In the last seven days.
    pub week: u64,
}

impl Store {
    /// Adds to what was refused, each with sender, reason and how many; forgets what is old.
    ///
    /// # Errors
    /// When the database does.
    pub async fn add_refusals(
        &self,
        counts: &[(String, String, u64)],
        now: Micros,
    ) -> Result<(), StoreError> {
        let senders: Vec<String> = counts.iter().map(|(sender, ..)| sender.clone()).collect();
        let reasons: Vec<String> = counts.iter().map(|(_, reason, _)| reason.clone()).collect();
        let numbers: Vec<i64> =
            counts.iter().map(|(.., count)| i64::try_from(*count).unwrap_or(i64::MAX)).collect();
        sqlx::query!(
            "-- refusals.add
             with old as (delete from refusal where hour < $5)
             insert into refusal (hour, sender, reason, count)
             select $4, * from unnest($1::text[], $2::text[], $3::int8[])
             order by 2, 3
             on conflict (hour, sender, reason) do update set count = refusal.count + excluded.count",
            &senders,
            &reasons,
            &numbers,
            Micros(now.0.div_euclid(HOUR) * HOUR) as Micros,
            Micros(now.0 - KEPT) as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What was refused in the last seven days, most of the last day first, at most so many lines.
    ///
    /// # Errors
    /// When the database does.
    pub async fn refusals(&self, now: Micros, most: u16) -> Result<Vec<Refused>, StoreError> {
        let rows = sqlx::query!(
            r#"-- refusals.read
             select sender, reason, coalesce(sum(count) filter (where hour > $1), 0)::int8 as "day!",
                    sum(count)::int8 as "week!"
             from refusal where hour > $2
             group by sender, reason order by 3 desc, 4 desc, sender, reason limit $3"#,
            Micros(now.0 - 24 * HOUR) as Micros,
            Micros(now.0 - 7 * 24 * HOUR) as Micros,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| Refused {
                sender: row.sender,
                reason: row.reason,
                day: number(row.day),
                week: number(row.week),
            })
            .collect())
    }

    /// Readings that were kept in doubt in the last seven days, by device and reason, whatever became of
    /// them since; most of the last day first, at most so many lines.
    ///
    /// # Errors
    /// When the database does.
    pub async fn doubted(&self, now: Micros, most: u16) -> Result<Vec<Doubted>, StoreError> {
        let rows = sqlx::query!(
            r#"-- refusals.doubted
             select s.reference, d.reason, count(*) filter (where d.since > $1) as "day!",
                    count(*) as "week!"
             from doubtful_reading d join source s on s.id = d.source
             where d.since > $2
             group by s.reference, d.reason order by 3 desc, 4 desc, s.reference, d.reason limit $3"#,
            Micros(now.0 - 24 * HOUR) as Micros,
            Micros(now.0 - 7 * 24 * HOUR) as Micros,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(rows
            .into_iter()
            .map(|row| Doubted {
                device: row.reference,
                reason: row.reason,
                day: number(row.day),
                week: number(row.week),
            })
            .collect())
    }
}
