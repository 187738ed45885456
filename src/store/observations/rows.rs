//! The statements that write readings.

use std::borrow::Cow;

use pulsvagt_fhir::shape::Packed;
use sqlx::PgConnection;

use super::NewObservation;
use super::gone::citizens_of;
use super::insert::marks;
use crate::audit::Block;
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};
use crate::store::StoreError;
use crate::store::vault::{Field, Keys};

/// The statement of the hot path. Returns the keys that were new.
///
/// `alone`: it also marks the days, all of them if all readings are new and none if none is, and
/// appends the entries; if only some are new, or a citizen was erased, it stores nothing and returns
/// `None`. `vault` is there if a reading is private.
pub(super) async fn insert_rows(
    connection: &mut PgConnection,
    rows: &[NewObservation],
    keys: &[(ObservationKey, usize)],
    received: Micros,
    alone: Option<&Block>,
    vault: Option<&Keys>,
) -> Result<Option<Vec<ObservationKey>>, StoreError> {
    if keys.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut columns = KeyColumns::with_capacity(keys.len());
    let mut value = Vec::with_capacity(keys.len());
    let mut shape = Vec::with_capacity(keys.len());
    let mut span = Vec::with_capacity(keys.len());
    let mut quarantine = Vec::with_capacity(keys.len());
    let mut holes: Vec<&[u8]> = Vec::with_capacity(keys.len());
    let mut extra: Vec<Cow<'_, [u8]>> = Vec::with_capacity(keys.len());
    for &(key, at) in keys {
        let row = &rows[at];
        columns.push(key);
        value.push(row.value);
        shape.push(row.shape.no.0);
        span.push(row.span);
        quarantine.push(row.quarantine);
        holes.push(&row.packed.holes);
        extra.push(stored_extra(&row.packed, key, 1, vault)?);
    }
    let extra: Vec<&[u8]> = extra.iter().map(|extra| &**extra).collect();
    let marks = if alone.is_some() { marks(rows.iter()) } else { Vec::new() };
    let (marked_citizens, marked_days): (Vec<i32>, Vec<i32>) = marks.into_iter().unzip();
    let citizens = if alone.is_some() { citizens_of(rows.iter()) } else { Vec::new() };
    let inserted = sqlx::query!(
        r#"-- observations.insert
        with gate as materialized (
            -- Dividing by nothing undoes the statement.
            select 1 / (count(*) = cardinality($17::int4[]))::int as open from citizen c
            where c.id = any($17) and not exists (select from erasure e where e.citizen = c.id)),
        inserted as (
            insert into observation (effective, received, value, citizen, code, source,
                                     fingerprint, shape, span, version, quarantine, holes, extra)
            select effective, $1, value, citizen, code, source, fingerprint,
                   shape, span, 1, quarantine, holes, extra
            from unnest($2::timestamptz[], $3::float8[], $4::int4[], $5::int4[], $6::int4[],
                        $7::int4[]::oid[], $8::int4[], $9::int4[], $10::int2[], $11::bytea[],
                        $12::bytea[])
                 as new (effective, value, citizen, code, source, fingerprint,
                         shape, span, quarantine, holes, extra)
            where (select open from gate) = 1
            on conflict do nothing
            returning effective, citizen, code, source, fingerprint),
        counted as materialized (select count(*) as new from inserted),
        marked as (
            insert into touched_day (citizen, day, since)
            select citizen, date '1970-01-01' + day, $1
            from unnest($13::int4[], $14::int4[]) as mark (citizen, day)
            where (select new from counted) > 0
            -- Changes nothing, but keeps a mark that is there from being taken before this commits.
            on conflict (citizen, day) do update set since = touched_day.since where false
            returning 1),
        checked as materialized (
            -- Dividing by nothing undoes the statement.
            select case when $15 and new not in (0, $16) then 1 / (new * 0) else 0 end as fine
            from counted),
        -- The chain is locked after everything else.
        chained as materialized (
            select case when $15 then audit_append($1, $18, $19, $20) end as seq
            where (select fine from checked) = 0 and (select count(*) from marked) >= 0)
        select effective as "effective?", citizen as "citizen?", code as "code?",
               source as "source?", fingerprint::int4 as "fingerprint?"
        from chained left join inserted on true"#,
        received as Micros,
        &columns.effective as &[Micros],
        &value as &[Option<f64>],
        &columns.citizen,
        &columns.code,
        &columns.source,
        &columns.fingerprint,
        &shape,
        &span,
        &quarantine,
        &holes as &[&[u8]],
        &extra as &[&[u8]],
        &marked_citizens,
        &marked_days,
        alone.is_some(),
        i64::try_from(keys.len()).unwrap_or(i64::MAX),
        &citizens,
        alone.map(|audit| audit.number),
        alone.map(|audit| &*audit.citizens),
        alone.map(|audit| &*audit.body),
    )
    .fetch_all(&mut *connection)
    .await;
    let inserted = match inserted {
        Ok(inserted) => inserted,
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("22012") => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    // Where nothing is new there is one row of nothing.
    let inserted: Vec<_> = inserted
        .iter()
        .filter_map(|row| {
            Some(ObservationKey {
                citizen: CitizenNo(row.citizen?),
                code: ConceptNo(row.code?),
                effective: row.effective?,
                source: SourceNo(row.source?),
                fingerprint: row.fingerprint?.cast_unsigned(),
            })
        })
        .collect();
    if inserted.len() == keys.len() {
        return Ok(Some(keys.iter().map(|(key, _)| *key).collect()));
    }
    Ok(Some(inserted))
}

/// The large part of a reading as its row holds it: sealed if it may say who somebody is.
pub(super) fn stored_extra<'p>(
    packed: &'p Packed,
    key: ObservationKey,
    version: u32,
    vault: Option<&Keys>,
) -> Result<Cow<'p, [u8]>, StoreError> {
    match vault {
        _ if !packed.private => Ok(Cow::Borrowed(&packed.extra)),
        Some(keys) => {
            let place = Field::of_observation(key, version);
            keys.seal_bytes(&place, &packed.extra).map(Cow::Owned)
        }
        None => Err(StoreError::damaged("observation", "a private reading without a key")),
    }
}

pub(super) async fn insert_identifiers(
    connection: &mut PgConnection,
    rows: &[NewObservation],
    keys: &[(ObservationKey, usize)],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut columns = KeyColumns::with_capacity(keys.len());
    let mut identifier = Vec::with_capacity(keys.len());
    for &(key, at) in keys {
        for &hash in &rows[at].identifiers {
            identifier.push(hash);
            columns.push(key);
        }
    }
    sqlx::query!(
        "-- observations.insert_identifiers
         insert into observation_identifier (identifier, effective, citizen, code, source, fingerprint)
         select * from unnest($1::int8[], $2::timestamptz[], $3::int4[], $4::int4[], $5::int4[], $6::int4[])",
        &identifier,
        &columns.effective as &[Micros],
        &columns.citizen,
        &columns.code,
        &columns.source,
        &columns.fingerprint,
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Keys as the arrays of an `unnest`.
#[derive(Debug, Default)]
pub(super) struct KeyColumns {
    pub(super) effective: Vec<Micros>,
    pub(super) citizen: Vec<i32>,
    pub(super) code: Vec<i32>,
    pub(super) source: Vec<i32>,
    pub(super) fingerprint: Vec<i32>,
}

impl KeyColumns {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self {
            effective: Vec::with_capacity(rows),
            citizen: Vec::with_capacity(rows),
            code: Vec::with_capacity(rows),
            source: Vec::with_capacity(rows),
            fingerprint: Vec::with_capacity(rows),
        }
    }

    fn push(&mut self, key: ObservationKey) {
        self.effective.push(key.effective);
        self.citizen.push(key.citizen.0);
        self.code.push(key.code.0);
        self.source.push(key.source.0);
        self.fingerprint.push(key.fingerprint.cast_signed());
    }
}

impl FromIterator<ObservationKey> for KeyColumns {
    fn from_iter<I: IntoIterator<Item = ObservationKey>>(keys: I) -> Self {
        let mut columns = Self::default();
        for key in keys {
            columns.push(key);
        }
        columns
    }
}
