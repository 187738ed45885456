//! Finding readings: search, the newest per code, statistics.
//!
//! Whatever a template says (status, category, codes) is decided in memory, once per template and
//! not once per reading; SQL sees numbers only. A search for citizens and codes walks the primary
//! key from its newest end, one branch per citizen and code, and stops as soon as the page is
//! full, so its price does not grow with what is stored.

mod bulk;
mod conditions;
mod groups;
mod select;
mod statement;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use pulsvagt_fhir::facts::Coding;
use sqlx::Row as _;
use sqlx::postgres::types::Oid;

pub use groups::{Statistic, Statistics};

use super::observations::{Identifier, Row, StoredObservation};
use super::{Sight, Store, StoreError};
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};
use select::Selection;

/// A token of a search: system and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The system; `None` = any, empty = none.
    pub system: Option<String>,
    /// The code; `None` = any of the system.
    pub code: Option<String>,
}

impl Token {
    /// Whether a coding is meant.
    pub fn is(&self, coding: &Coding) -> bool {
        self.system.as_ref().is_none_or(|system| *system == coding.system)
            && self.code.as_ref().is_none_or(|code| *code == coding.code)
    }
}

/// What a [`Test`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// `Observation.code`.
    Code,
    /// `Observation.code` or the code of a component.
    ComboCode,
    /// `Observation.category`.
    Category,
    /// `Observation.status`.
    Status,
}

/// A question that the template of a reading answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Which element.
    pub about: About,
    /// One of these.
    pub tokens: Vec<Token>,
    /// None of these.
    pub negate: bool,
}

/// How a value is compared with a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// The range of the search contains that of the reading.
    Eq,
    /// It does not.
    Ne,
    /// The reading reaches beyond the end of the search's range.
    Gt,
    /// The reading begins before the search's range.
    Lt,
    /// [`Self::Gt`] or [`Self::Eq`].
    Ge,
    /// [`Self::Lt`] or [`Self::Eq`].
    Le,
    /// The reading begins after the search's range.
    Sa,
    /// The reading ends before the search's range.
    Eb,
    /// The ranges overlap; the tolerance is already part of the search's range.
    Ap,
}

/// A comparison of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateFilter {
    /// How.
    pub prefix: Prefix,
    /// First microsecond.
    pub lower: i64,
    /// One past the last microsecond.
    pub upper: i64,
}

/// A unit of measurement in a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitOf {
    /// `Quantity.system`; `None` = any.
    pub system: Option<String>,
    /// `Quantity.code` or, without a system, perhaps `Quantity.unit`.
    pub code: String,
}

/// A comparison of the main value.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantityFilter {
    /// How.
    pub prefix: Prefix,
    /// The number.
    pub number: f64,
    /// Where the range begins that the number stands for by its digits.
    pub lower: f64,
    /// Where it ends.
    pub upper: f64,
    /// In which unit; `None` compares with the canonical unit of the measure.
    pub unit: Option<UnitOf>,
}

/// The order of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Newest effective time first.
    #[default]
    DateDesc,
    /// Oldest effective time first; readings without time come before all others.
    DateAsc,
    /// Last received first.
    UpdatedDesc,
    /// First received first.
    UpdatedAsc,
}

/// The last reading of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// When that version was received; only looked at where the order is by that.
    pub received: Micros,
    /// Which one.
    pub key: ObservationKey,
}

/// What is searched for. Everything has to hold; in a list of lists, one of each inner list.
#[derive(Debug, Clone, Default)]
pub struct ObservationQuery {
    /// Of one of these; `None` = of anybody.
    pub citizens: Option<Vec<CitizenNo>>,
    /// Of none of these: whose data must not be processed.
    pub except: Vec<CitizenNo>,
    /// Of citizens in sight only; unless it is set, of nobody.
    pub sight: Sight,
    /// Nothing of what citizens have denied.
    pub denied: Denials,
    /// What the template has to say.
    pub tests: Vec<Test>,
    /// All of at least one of these lists, unless there is none: what the caller's scopes cover.
    pub within: Vec<Vec<Test>>,
    /// By one of these devices.
    pub sources: Option<Vec<SourceNo>>,
    /// The effective time.
    pub dates: Vec<Vec<DateFilter>>,
    /// When the current version was received.
    pub updated: Vec<Vec<DateFilter>>,
    /// The main value.
    pub values: Vec<Vec<QuantityFilter>>,
    /// One of these readings.
    pub ids: Option<Vec<ObservationKey>>,
    /// With an identifier.
    pub identifiers: Vec<Vec<Identifier>>,
    /// Only what may be scored.
    pub scored_only: bool,
    /// The order.
    pub sort: Sort,
    /// At most so many.
    pub count: u32,
    /// Those that come after this one.
    pub after: Option<Position>,
}

/// One page of a search.
#[derive(Debug, Default)]
pub struct Found {
    /// The readings.
    pub rows: Vec<StoredObservation>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// Most readings that a search by identifier looks at.
const MOST_BY_IDENTIFIER: usize = 10_000;

impl Position {
    /// As bytes, to be sealed.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend_from_slice(&self.received.0.to_be_bytes());
        bytes.extend_from_slice(&self.key.effective.0.to_be_bytes());
        bytes.extend_from_slice(&self.key.citizen.0.to_be_bytes());
        bytes.extend_from_slice(&self.key.code.0.to_be_bytes());
        bytes.extend_from_slice(&self.key.source.0.to_be_bytes());
        bytes.extend_from_slice(&self.key.fingerprint.to_be_bytes());
        bytes
    }

    /// How many bytes that is.
    pub const BYTES: usize = 32;

    /// Back from [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let long = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(i64::from_be_bytes);
        let short = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(i32::from_be_bytes);
        (bytes.len() == Self::BYTES).then_some(())?;
        Some(Self {
            received: Micros(long(0)?),
            key: ObservationKey {
                effective: Micros(long(8)?),
                citizen: CitizenNo(short(16)?),
                code: ConceptNo(short(20)?),
                source: SourceNo(short(24)?),
                fingerprint: short(28)?.cast_unsigned(),
            },
        })
    }
}

impl From<&StoredObservation> for Position {
    fn from(reading: &StoredObservation) -> Self {
        Self { received: reading.received, key: reading.key }
    }
}

impl Store {
    /// A page of the readings that match.
    pub async fn search_observations(&self, query: &ObservationQuery) -> Result<Found, StoreError> {
        self.refresh_shapes().await?;
        let Some(selection) = self.select(query).await? else { return Ok(Found::default()) };
        let page = usize::try_from(query.count).unwrap_or(usize::MAX);
        let limit = i64::from(query.count) + 1;
        let mut rows = self.fetch(statement::page(query, &selection, limit)).await?;
        let next = if rows.len() > page {
            rows.truncate(page);
            rows.last().map(Position::from)
        } else {
            None
        };
        // The hash found them, the reading decides. One that no longer carries the identifier
        // makes its page shorter and does not end the search.
        for one_of in &query.identifiers {
            let mut carrying = Vec::with_capacity(rows.len());
            for row in rows {
                if row.carries(one_of)? {
                    carrying.push(row);
                }
            }
            rows = carrying;
        }
        Ok(Found { rows, next })
    }

    /// How many readings match.
    pub async fn count_observations(&self, query: &ObservationQuery) -> Result<u64, StoreError> {
        if !query.identifiers.is_empty() {
            let all = ObservationQuery {
                count: u32::try_from(MOST_BY_IDENTIFIER).unwrap_or(u32::MAX),
                after: None,
                ..query.clone()
            };
            let found = Box::pin(self.search_observations(&all)).await?;
            return Ok(u64::try_from(found.rows.len()).unwrap_or(u64::MAX));
        }
        self.refresh_shapes().await?;
        let Some(selection) = self.select(query).await? else { return Ok(0) };
        let count: i64 =
            statement::count(query, &selection).build_query_scalar().fetch_one(&self.pool).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The newest `max` readings of every code, newest code first. Concepts that share a coding
    /// are one code.
    pub async fn lastn(
        &self,
        query: &ObservationQuery,
        max: u32,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        self.refresh_shapes().await?;
        let Some(selection) = self.select(query).await? else { return Ok(Vec::new()) };
        let rows = self.fetch(statement::newest(query, &selection, i64::from(max))).await?;
        Ok(groups::newest(rows, &selection.shapes, max))
    }

    /// Statistics of the main values, one per code and unit.
    pub async fn stats(&self, query: &ObservationQuery) -> Result<Vec<Statistics>, StoreError> {
        self.refresh_shapes().await?;
        let Some(selection) = self.select(query).await? else { return Ok(Vec::new()) };
        let mut buckets = groups::buckets(&selection.shapes);
        if buckets.is_empty() {
            return Ok(buckets);
        }
        let rows =
            statement::stats(query, &selection, &buckets).build().fetch_all(&self.pool).await?;
        for row in rows {
            let bucket = usize::try_from(row.try_get::<i32, _>(0)?).unwrap_or(usize::MAX);
            let Some(bucket) = buckets.get_mut(bucket) else { continue };
            bucket.count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
            bucket.average = row.try_get(2)?;
            bucket.minimum = row.try_get(3)?;
            bucket.maximum = row.try_get(4)?;
            bucket.deviation = row.try_get(5)?;
            bucket.sum = row.try_get(6)?;
            bucket.median = row.try_get(7)?;
            bucket.first = row.try_get(8)?;
            bucket.last = row.try_get(9)?;
        }
        buckets.retain(|bucket| bucket.count > 0);
        Ok(buckets)
    }

    /// The numbers of device references, those that are known.
    pub async fn sources(&self, references: &[String]) -> Result<Vec<SourceNo>, StoreError> {
        let known: Vec<Option<SourceNo>> =
            references.iter().map(|text| self.source(text).map(|(no, _)| no)).collect();
        if known.iter().all(Option::is_some) {
            return Ok(known.into_iter().flatten().collect());
        }
        let rows = sqlx::query_scalar!(
            "-- search.sources
             select id from source where reference = any($1) and id <> 0",
            references
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(SourceNo).collect())
    }

    /// The device reference of a reading; `None` where none was sent.
    pub fn device_of(&self, reading: &StoredObservation) -> Option<Arc<str>> {
        self.source_by_no(reading.key.source).filter(|reference| !reference.is_empty())
    }

    async fn fetch(
        &self,
        mut statement: sqlx::QueryBuilder<sqlx::Postgres>,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        let rows = statement.build().fetch_all(&self.pool).await?;
        let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        self.stored(rows).await
    }

    /// The keys of readings that were once stored with one of the identifiers.
    async fn keys_of(&self, identifiers: &[Identifier]) -> Result<Vec<ObservationKey>, StoreError> {
        let hashes: Vec<i64> = identifiers
            .iter()
            .map(|identifier| {
                let system = identifier.system.as_deref().unwrap_or("*");
                self.identifier_hash(system, &identifier.value)
            })
            .collect();
        let rows = sqlx::query!(
            "-- search.by_identifier
             select effective, citizen, code, source, fingerprint
             from observation_identifier where identifier = any($1) limit $2",
            &hashes,
            i64::try_from(MOST_BY_IDENTIFIER).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ObservationKey {
                citizen: CitizenNo(row.citizen),
                code: ConceptNo(row.code),
                effective: row.effective,
                source: SourceNo(row.source),
                fingerprint: row.fingerprint.cast_unsigned(),
            })
            .collect())
    }

    async fn select(&self, query: &ObservationQuery) -> Result<Option<Selection>, StoreError> {
        let Some(mut selection) = Selection::new(self, query) else { return Ok(None) };
        for one_of in &query.identifiers {
            let found = self.keys_of(one_of).await?;
            selection.keep(found);
        }
        Ok((!selection.keys.as_ref().is_some_and(Vec::is_empty)).then_some(selection))
    }
}

/// In the order of [`statement::COLUMNS`].
fn row(row: &sqlx::postgres::PgRow) -> Result<Row, sqlx::Error> {
    Ok(Row {
        effective: row.try_get(0)?,
        received: row.try_get(1)?,
        value: row.try_get(2)?,
        citizen: row.try_get(3)?,
        code: row.try_get(4)?,
        source: row.try_get(5)?,
        fingerprint: row.try_get::<Oid, _>(6)?.0.cast_signed(),
        shape: row.try_get(7)?,
        version: row.try_get(8)?,
        quarantine: row.try_get(9)?,
        holes: row.try_get(10)?,
        extra: row.try_get(11)?,
    })
}
