//! Readings that may say who somebody is.

use pulsvagt_fhir::Document;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::shape::{Detail, Packed, Splitter, pack};

use super::{BATCH, Store, StoreError};
use crate::clock::Micros;
use crate::ids::ShapeNo;
use crate::store::Wanted;
use crate::store::observations::{Row, StoredObservation, anchor_for};
use crate::store::vault::{Field, Keys, is_sealed};

/// New contents of rows, as the arrays of an `unnest`.
#[derive(Default)]
struct Columns {
    effective: Vec<Micros>,
    citizen: Vec<i32>,
    code: Vec<i32>,
    source: Vec<i32>,
    fingerprint: Vec<i32>,
    version: Vec<i16>,
    before: Vec<Vec<u8>>,
    shape: Vec<i32>,
    holes: Vec<Vec<u8>>,
    extra: Vec<Vec<u8>>,
}

impl Columns {
    fn push(&mut self, row: &Row, shape: ShapeNo, packed: Packed, extra: Vec<u8>) {
        self.effective.push(row.effective);
        self.citizen.push(row.citizen);
        self.code.push(row.code);
        self.source.push(row.source);
        self.fingerprint.push(row.fingerprint);
        self.version.push(row.version);
        self.before.push(row.extra.clone());
        self.shape.push(shape.0);
        self.holes.push(packed.holes);
        self.extra.push(extra);
    }
}

impl Store {
    /// The current versions. A row that was corrected meanwhile is left alone: it was sealed by
    /// whoever corrected it.
    pub(super) async fn seal_observations(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mut last: Option<Row> = None;
        loop {
            let (citizen, code, effective, source, fingerprint, _) = place(last.as_ref());
            let rows = sqlx::query_as!(
                Row,
                r#"-- rekey.observations
                 select effective, received, value, citizen, code, source,
                        fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
                 from observation
                 where (citizen, code, effective, source, fingerprint)
                       > ($1, $2, $3, $4, $5::int4::oid)
                   and ($6 or substring(extra from 1 for 1) = '\x00'
                              and substring(extra from 1 for 5) <> $7)
                 order by citizen, code, effective, source, fingerprint limit $8"#,
                citizen,
                code,
                effective as Micros,
                source,
                fingerprint,
                keys.clear,
                keys.bytes_mark(),
                BATCH
            )
            .fetch_all(&self.pool)
            .await?;
            let Some(end) = rows.last().cloned() else { return Ok(()) };
            last = Some(end);
            let new = self.sealed_anew(keys, rows).await?;
            sqlx::query!(
                "-- rekey.observation
                 update observation o set shape = n.shape, holes = n.holes, extra = n.extra
                 from unnest($1::timestamptz[], $2::int4[], $3::int4[], $4::int4[], $5::int4[],
                             $6::int2[], $7::bytea[], $8::int4[], $9::bytea[], $10::bytea[])
                      as n (effective, citizen, code, source, fingerprint, version, before, shape,
                            holes, extra)
                 where o.effective = n.effective and o.citizen = n.citizen and o.code = n.code
                   and o.source = n.source and o.fingerprint = n.fingerprint::oid
                   and o.version = n.version and o.extra = n.before",
                &new.effective as &[Micros],
                &new.citizen,
                &new.code,
                &new.source,
                &new.fingerprint,
                &new.version,
                &new.before,
                &new.shape,
                &new.holes,
                &new.extra
            )
            .execute(&self.pool)
            .await?;
            count(new.shape.len() as u64);
        }
    }

    /// The earlier versions, which nobody changes.
    pub(super) async fn seal_observation_history(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mut last: Option<Row> = None;
        loop {
            let (citizen, code, effective, source, fingerprint, version) = place(last.as_ref());
            let rows = sqlx::query_as!(
                Row,
                r#"-- rekey.observation_history
                 select effective, received, value, citizen, code, source,
                        fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
                 from observation_history
                 where (citizen, code, effective, source, fingerprint, version)
                       > ($1, $2, $3, $4, $5::int4::oid, $9)
                   and ($6 or substring(extra from 1 for 1) = '\x00'
                              and substring(extra from 1 for 5) <> $7)
                 order by citizen, code, effective, source, fingerprint, version limit $8"#,
                citizen,
                code,
                effective as Micros,
                source,
                fingerprint,
                keys.clear,
                keys.bytes_mark(),
                BATCH,
                version
            )
            .fetch_all(&self.pool)
            .await?;
            let Some(end) = rows.last().cloned() else { return Ok(()) };
            last = Some(end);
            let new = self.sealed_anew(keys, rows).await?;
            sqlx::query!(
                "-- rekey.observation_versions
                 update observation_history o set shape = n.shape, holes = n.holes, extra = n.extra
                 from unnest($1::timestamptz[], $2::int4[], $3::int4[], $4::int4[], $5::int4[],
                             $6::int2[], $7::int4[], $8::bytea[], $9::bytea[])
                      as n (effective, citizen, code, source, fingerprint, version, shape, holes,
                            extra)
                 where o.effective = n.effective and o.citizen = n.citizen and o.code = n.code
                   and o.source = n.source and o.fingerprint = n.fingerprint::oid
                   and o.version = n.version",
                &new.effective as &[Micros],
                &new.citizen,
                &new.code,
                &new.source,
                &new.fingerprint,
                &new.version,
                &new.shape,
                &new.holes,
                &new.extra
            )
            .execute(&self.pool)
            .await?;
            count(new.shape.len() as u64);
        }
    }

    /// What rows are to hold that are not sealed with the current key, though they are private.
    async fn sealed_anew(&self, keys: &Keys, rows: Vec<Row>) -> Result<Columns, StoreError> {
        let mark = keys.bytes_mark();
        let readings = self.stored(rows.clone()).await?;
        let mut columns = Columns::default();
        for (row, reading) in rows.iter().zip(&readings) {
            if row.extra.starts_with(&mark) {
                continue;
            }
            let field = Field::of_observation(reading.key, reading.version);
            if is_sealed(&row.extra) {
                let extra = keys.seal_bytes(&field, &reading.packed.extra)?;
                columns.push(row, reading.shape.no, reading.packed.clone(), extra);
            } else if let Some((shape, packed)) = self.cut_anew(reading).await? {
                let extra = keys.seal_bytes(&field, &packed.extra)?;
                columns.push(row, shape, packed, extra);
            }
        }
        Ok(columns)
    }

    /// A reading from before there was sealing, cut so that what is private is apart; `None` if
    /// nothing of it is.
    async fn cut_anew(
        &self,
        reading: &StoredObservation,
    ) -> Result<Option<(ShapeNo, Packed)>, StoreError> {
        let damaged = |error| StoreError::damaged("observation", error);
        let json = reading.json("x")?;
        let document = Document::parse(json.as_bytes())
            .map_err(|error| StoreError::damaged("observation", error))?;
        let mut splitter = Splitter::default();
        let mut split = splitter.split(document.root(), Detail::Fine);
        if !split.is_private() {
            return Ok(None);
        }
        if self.shape(split.template).is_none() {
            let facts = Facts::of_template(split.template).map_err(damaged)?;
            if self.shapes_are_many(&facts.concept) {
                split = splitter.split(document.root(), Detail::Coarse);
            }
            let facts = Facts::of_template(split.template).map_err(damaged)?;
            let mut wanted = Wanted::default();
            wanted.shapes.insert(split.template.into(), facts);
            self.resolve(&wanted).await?;
        }
        let shape = self
            .shape(split.template)
            .ok_or_else(|| StoreError::damaged("shape", "a new shape is not known"))?;
        let anchor = anchor_for(reading.key.effective, reading.citizen(), reading.source());
        Ok(Some((shape.no, pack(&split.holes, anchor))))
    }
}

/// Behind which row the next ones are.
fn place(last: Option<&Row>) -> (i32, i32, Micros, i32, i32, i16) {
    last.map_or((i32::MIN, 0, Micros(0), 0, 0, 0), |row| {
        (row.citizen, row.code, row.effective, row.source, row.fingerprint, row.version)
    })
}
