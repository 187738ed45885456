//! Readings that cannot be right and wait for a human, and what was decided about them. A trigger
//! of the database notes them, whoever writes the reading.

use std::collections::HashMap;
use std::sync::Arc;

use super::StoredObservation;
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, ShapeNo, SourceNo};
use crate::store::{Sight, Store, StoreError, Tx};

/// What was decided about a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It counts as it is.
    Accepted,
    /// It was entered in error.
    Rejected,
    /// It counts with another value or unit.
    Fixed,
    /// Nobody decided: its sender has corrected it.
    Changed,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Rejected, Self::Fixed, Self::Changed];

    /// The word in tables and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Fixed => "fixed",
            Self::Changed => "changed",
        }
    }
}

/// A decision, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// When.
    pub at: Micros,
    /// Who, as tokens call them; nobody where the sender has corrected it.
    pub by: Option<String>,
    /// Why, in that person's words.
    pub why: Option<String>,
}

/// A reading that cannot be right.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// Pages go by it: the newest has the greatest.
    pub id: i64,
    /// The reading as it is now.
    pub reading: StoredObservation,
    /// Why it was doubted, as a number of `ingest::Quarantine`.
    pub reason: i16,
    /// Since when.
    pub since: Micros,
    /// What was decided; `None` while it waits.
    pub decided: Option<Decided>,
}

/// Which of them are asked for.
#[derive(Debug, Clone, Default)]
pub struct DoubtFilter {
    /// Those that are decided, not those that wait.
    pub decided: bool,
    /// Of this citizen only.
    pub citizen: Option<CitizenNo>,
    /// For this reason only.
    pub reason: Option<i16>,
    /// From this device only, as its reference was sent; empty = from none.
    pub device: Option<String>,
    /// Doubted at this moment or before.
    pub until: Option<Micros>,
}

/// Some of them, newest first.
#[derive(Debug, Clone, Default)]
pub struct DoubtPage {
    /// They.
    pub doubts: Vec<Doubt>,
    /// After which one the next page begins, if there is more.
    pub next: Option<i64>,
}

/// How many wait for one reason from one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtCount {
    /// Why.
    pub reason: i16,
    /// The device's reference; empty = none was sent.
    pub device: String,
    /// How many.
    pub count: u64,
    /// Since when the first of them.
    pub oldest: Micros,
}

/// The newest reading of the same kind that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// When it was taken.
    pub at: Micros,
    /// In the canonical unit.
    pub value: f64,
}

struct Found {
    id: i64,
    citizen: i32,
    code: i32,
    effective: Micros,
    source: i32,
    fingerprint: i32,
    shape: i32,
    reason: i16,
    since: Micros,
    decision: Option<String>,
    decided: Option<Micros>,
    decided_by: Option<String>,
    why: Option<String>,
}

impl Found {
    fn key(&self) -> ObservationKey {
        ObservationKey {
            citizen: CitizenNo(self.citizen),
            code: ConceptNo(self.code),
            effective: self.effective,
            source: SourceNo(self.source),
            fingerprint: self.fingerprint.cast_unsigned(),
        }
    }

    fn decided(self) -> Result<Option<Decided>, StoreError> {
        let (Some(word), Some(at)) = (self.decision, self.decided) else { return Ok(None) };
        let known = Decision::ALL.into_iter().find(|decision| decision.as_str() == word);
        let decision =
            known.ok_or_else(|| StoreError::damaged("doubtful_reading", "an unknown decision"))?;
        Ok(Some(Decided { decision, at, by: self.decided_by, why: self.why }))
    }
}

impl Store {
    /// Readings of citizens in sight that cannot be right, newest first, from after the one with
    /// this number; without restricted citizens', and without what is denied. A page may be shorter
    /// than `limit` and not be the last.
    ///
    /// # Errors
    /// When the database does.
    pub async fn doubts(
        &self,
        sight: &Sight,
        denials: &Denials,
        filter: &DoubtFilter,
        after: Option<i64>,
        limit: u16,
    ) -> Result<DoubtPage, StoreError> {
        let mut rows = sqlx::query_as!(
            Found,
            r#"-- inbox.list
            select d.id, d.citizen, d.code, d.effective as "effective: Micros", d.source,
                   d.fingerprint::int4 as "fingerprint!", d.shape, d.reason,
                   d.since as "since: Micros", d.decision, d.decided as "decided: Micros",
                   d.decided_by, d.why
            from doubtful_reading d
            join citizen c on c.id = d.citizen
            join source s on s.id = d.source
            where (d.decision is not null) = $1
              and d.citizen not in (select citizen from citizen_restriction)
              and ($2::int4 is null or d.citizen = $2)
              and ($3::int2 is null or d.reason = $3)
              and ($4::text is null or s.reference = $4)
              and ($5::bigint is null or d.id < $5)
              and ($6::int4[] is null or c.team = any($6) or c.id = any($7))
              and ($9::timestamptz is null or d.since <= $9)
            order by d.id desc limit $8"#,
            filter.decided,
            filter.citizen.map(|citizen| citizen.0),
            filter.reason,
            filter.device.as_deref(),
            after,
            sight.teams(),
            &sight.also(),
            i64::from(limit) + 1,
            filter.until as Option<Micros>
        )
        .fetch_all(&self.pool)
        .await?;
        let more = rows.len() > usize::from(limit);
        rows.truncate(usize::from(limit));
        let next = rows.last().filter(|_| more).map(|last| last.id);
        if rows.is_empty() {
            return Ok(DoubtPage::default());
        }
        self.load_shapes().await?;
        rows.retain(|row| self.may_be_shown(denials, row.shape, row.citizen));
        Ok(DoubtPage { doubts: self.with_readings(rows).await?, next })
    }

    /// The doubt about one reading, whatever became of it.
    ///
    /// # Errors
    /// When the database does.
    pub async fn doubt(&self, key: ObservationKey) -> Result<Option<Doubt>, StoreError> {
        let row = sqlx::query_as!(
            Found,
            r#"-- inbox.one
            select id, citizen, code, effective as "effective: Micros", source,
                   fingerprint::int4 as "fingerprint!", shape, reason, since as "since: Micros",
                   decision, decided as "decided: Micros", decided_by, why
            from doubtful_reading
            where citizen = $1 and code = $2 and effective = $3 and source = $4
              and fingerprint = $5::int4::oid"#,
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(self.with_readings(row.into_iter().collect()).await?.pop())
    }

    /// How many wait, by reason and device: what [`Self::doubts`] would show.
    ///
    /// # Errors
    /// When the database does.
    pub async fn doubt_counts(
        &self,
        sight: &Sight,
        denials: &Denials,
    ) -> Result<Vec<DoubtCount>, StoreError> {
        let rows = sqlx::query!(
            r#"-- inbox.counts
            select d.reason, s.reference, d.shape, d.citizen, count(*) as "count!",
                   min(d.since) as "oldest!: Micros"
            from doubtful_reading d
            join citizen c on c.id = d.citizen
            join source s on s.id = d.source
            where d.decision is null
              and d.citizen not in (select citizen from citizen_restriction)
              and ($1::int4[] is null or c.team = any($1) or c.id = any($2))
            group by d.reason, s.reference, d.shape, d.citizen"#,
            sight.teams(),
            &sight.also()
        )
        .fetch_all(&self.pool)
        .await?;
        if !denials.is_empty() {
            self.load_shapes().await?;
        }
        let mut counts: HashMap<(i16, String), (u64, Micros)> = HashMap::new();
        for row in rows {
            if !denials.is_empty() && !self.may_be_shown(denials, row.shape, row.citizen) {
                continue;
            }
            let (count, oldest) =
                counts.entry((row.reason, row.reference)).or_insert((0, row.oldest));
            *count += u64::try_from(row.count).unwrap_or(0);
            *oldest = (*oldest).min(row.oldest);
        }
        let mut counts: Vec<DoubtCount> = counts
            .into_iter()
            .map(|((reason, device), (count, oldest))| DoubtCount { reason, device, count, oldest })
            .collect();
        counts.sort_by(|one, other| {
            other
                .count
                .cmp(&one.count)
                .then_with(|| (one.reason, &one.device).cmp(&(other.reason, &other.device)))
        });
        Ok(counts)
    }

    /// The newest reading that counts of each citizen and kind of these readings, before any of
    /// them was doubted or after.
    ///
    /// # Errors
    /// When the database does.
    pub async fn usual(
        &self,
        keys: &[ObservationKey],
    ) -> Result<HashMap<(CitizenNo, ConceptNo), Usual>, StoreError> {
        let mut pairs: Vec<(i32, i32)> =
            keys.iter().map(|key| (key.citizen.0, key.code.0)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let (citizens, codes): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
        let rows = sqlx::query!(
            r#"-- inbox.usual
            select k.citizen as "citizen!", k.code as "code!", o.effective as "at!: Micros",
                   o.value as "value!"
            from unnest($1::int4[], $2::int4[]) as k (citizen, code)
            cross join lateral (
                select effective, value from observation
                where citizen = k.citizen and code = k.code and quarantine = 0
                  and value is not null
                order by effective desc limit 1) o"#,
            &citizens,
            &codes
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let usual = Usual { at: row.at, value: row.value };
                ((CitizenNo(row.citizen), ConceptNo(row.code)), usual)
            })
            .collect())
    }

    /// Writes down what was decided, in the transaction that carries it out; the reading has been
    /// written in it, so that nobody else decides at the same time. `None` = it waits again, which
    /// the reading's new version has seen to.
    ///
    /// # Errors
    /// When the database does, or nobody ever doubted the reading.
    pub async fn decide_in(
        &self,
        tx: &mut Tx,
        key: ObservationKey,
        decided: &Decided,
    ) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "-- inbox.decide
             update doubtful_reading
             set decision = $6, decided = $7, decided_by = $8, why = $9
             where citizen = $1 and code = $2 and effective = $3 and source = $4
               and fingerprint = $5::int4::oid",
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed(),
            decided.decision.as_str(),
            decided.at as Micros,
            decided.by.as_deref(),
            decided.why.as_deref()
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::damaged("doubtful_reading", "a decision about nothing"))
        }
    }

    fn may_be_shown(&self, denials: &Denials, shape: i32, citizen: i32) -> bool {
        let allows = |shape: Arc<crate::store::Shape>| {
            denials.allows_reading(&shape.facts, CitizenNo(citizen))
        };
        self.shape_by_no(ShapeNo(shape)).is_some_and(allows)
    }

    /// Those of which the reading is still there.
    async fn with_readings(&self, rows: Vec<Found>) -> Result<Vec<Doubt>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<ObservationKey> = rows.iter().map(Found::key).collect();
        let mut connection = self.pool.acquire().await?;
        let mut readings = self.by_keys(&mut connection, &keys).await?;
        drop(connection);
        rows.into_iter()
            .filter_map(|row| Some((readings.remove(&row.key())?, row)))
            .map(|(reading, row)| {
                let (id, reason, since) = (row.id, row.reason, row.since);
                Ok(Doubt { id, reading, reason, since, decided: row.decided()? })
            })
            .collect()
    }
}
