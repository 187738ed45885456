//! Reading readings back, by key and by identifier.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::rows::KeyColumns;
use super::{Identifier, Row, StoredObservation};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};
use crate::store::{Store, StoreError};

struct Hit {
    identifier: i64,
    effective: Micros,
    citizen: i32,
    code: i32,
    source: i32,
    fingerprint: i32,
}

impl Store {
    /// The current version of a reading.
    pub async fn observation(
        &self,
        key: ObservationKey,
    ) -> Result<Option<StoredObservation>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- observations.read
             select effective, received, value, citizen, code, source,
                    fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
             from observation
             where citizen = $1 and code = $2 and effective = $3 and source = $4 and fingerprint = $5::int4::oid"#,
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(self.stored(row.into_iter().collect()).await?.pop())
    }

    /// All versions of a reading, newest first.
    pub async fn observation_history(
        &self,
        key: ObservationKey,
    ) -> Result<Vec<StoredObservation>, StoreError> {
        let mut versions: Vec<_> = self.observation(key).await?.into_iter().collect();
        let rows = sqlx::query_as!(
            Row,
            r#"-- observations.history
             select effective, received, value, citizen, code, source,
                    fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
             from observation_history
             where citizen = $1 and code = $2 and effective = $3 and source = $4 and fingerprint = $5::int4::oid
             order by version desc"#,
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed()
        )
        .fetch_all(&self.pool)
        .await?;
        // A correction between the two statements would show a version twice.
        let current = versions.first().map_or(0, |row| row.version);
        let rows =
            rows.into_iter().filter(|row| u32::try_from(row.version).is_ok_and(|v| v < current));
        versions.extend(self.stored(rows.collect()).await?);
        Ok(versions)
    }

    /// Readings by key; keys that do not exist are missing from the result.
    pub(super) async fn by_keys(
        &self,
        connection: &mut PgConnection,
        keys: &[ObservationKey],
    ) -> Result<HashMap<ObservationKey, StoredObservation>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let columns: KeyColumns = keys.iter().copied().collect();
        let rows = sqlx::query_as!(
            Row,
            r#"-- observations.by_keys
             select o.effective as "effective!", o.received as "received!", o.value,
                    o.citizen as "citizen!", o.code as "code!", o.source as "source!",
                    o.fingerprint::int4 as "fingerprint!", o.shape as "shape!", o.version as "version!",
                    o.quarantine as "quarantine!", o.holes as "holes!", o.extra as "extra!"
             from unnest($1::timestamptz[], $2::int4[], $3::int4[], $4::int4[], $5::int4[]::oid[])
                  as k (effective, citizen, code, source, fingerprint)
             cross join lateral (
                 select * from observation o
                 where o.citizen = k.citizen and o.code = k.code and o.effective = k.effective
                   and o.source = k.source and o.fingerprint = k.fingerprint
                 limit 1) o"#,
            &columns.effective as &[Micros],
            &columns.citizen,
            &columns.code,
            &columns.source,
            &columns.fingerprint
        )
        .fetch_all(&mut *connection)
        .await?;
        Ok(self.stored(rows).await?.into_iter().map(|row| (row.key, row)).collect())
    }

    /// The first versions of readings that have been corrected.
    pub(super) async fn first_versions(
        &self,
        connection: &mut PgConnection,
        keys: &[ObservationKey],
    ) -> Result<HashMap<ObservationKey, StoredObservation>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let columns: KeyColumns = keys.iter().copied().collect();
        let rows = sqlx::query_as!(
            Row,
            r#"-- observations.first_versions
             select h.effective, h.received, h.value, h.citizen, h.code, h.source,
                    h.fingerprint::int4 as "fingerprint!",
                    h.shape, h.version, h.quarantine, h.holes, h.extra
             from unnest($1::timestamptz[], $2::int4[], $3::int4[], $4::int4[], $5::int4[]::oid[])
                  as k (effective, citizen, code, source, fingerprint)
             join observation_history h using (effective, citizen, code, source, fingerprint)
             where h.version = 1"#,
            &columns.effective as &[Micros],
            &columns.citizen,
            &columns.code,
            &columns.source,
            &columns.fingerprint
        )
        .fetch_all(&mut *connection)
        .await?;
        Ok(self.stored(rows).await?.into_iter().map(|row| (row.key, row)).collect())
    }

    /// Readings that carry one of the identifiers; the hash finds them, the reading decides.
    pub(super) async fn by_identifiers(
        &self,
        connection: &mut PgConnection,
        identifiers: &[&Identifier],
    ) -> Result<HashMap<Identifier, Vec<StoredObservation>>, StoreError> {
        let mut of_hash: HashMap<i64, Vec<&Identifier>> = HashMap::new();
        for identifier in identifiers {
            of_hash.entry(self.look_up_hash(identifier)).or_default().push(identifier);
        }
        let hashes: Vec<i64> = of_hash.keys().copied().collect();
        let found = sqlx::query_as!(
            Hit,
            "-- observations.by_identifier
             select identifier, effective, citizen, code, source, fingerprint
             from observation_identifier where identifier = any($1)",
            &hashes
        )
        .fetch_all(&mut *connection)
        .await?;
        let key = |row: &Hit| ObservationKey {
            citizen: CitizenNo(row.citizen),
            code: ConceptNo(row.code),
            effective: row.effective,
            source: SourceNo(row.source),
            fingerprint: row.fingerprint.cast_unsigned(),
        };
        let keys: Vec<ObservationKey> = found.iter().map(key).collect();
        let readings = self.by_keys(connection, &keys).await?;
        let mut answer: HashMap<Identifier, Vec<StoredObservation>> = HashMap::new();
        for hit in &found {
            let Some(reading) = readings.get(&key(hit)) else { continue };
            for identifier in of_hash.get(&hit.identifier).into_iter().flatten() {
                let readings = answer.entry((*identifier).clone()).or_default();
                let listed = readings.iter().any(|listed| listed.key == reading.key);
                if !listed && reading.carries(std::slice::from_ref(*identifier))? {
                    readings.push(reading.clone());
                }
            }
        }
        Ok(answer)
    }

    /// An identifier is stored under two hashes, so that it is found with and without its system.
    fn look_up_hash(&self, identifier: &Identifier) -> i64 {
        match &identifier.system {
            None => self.identifier_hash("*", &identifier.value),
            Some(system) => self.identifier_hash(system, &identifier.value),
        }
    }
}
