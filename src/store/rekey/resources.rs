//! Resources, their history, and what they are found by.

use pulsvagt_fhir::Document;

use super::{BATCH, Store, StoreError};
use crate::store::resources::rekeyed_tokens;
use crate::store::vault::{Field, Keys, resource_row};

struct Row {
    kind: String,
    id: String,
    version: i32,
    body: String,
}

impl Row {
    fn plain(&self, keys: &Keys) -> Result<String, StoreError> {
        let row = resource_row(&self.kind, &self.id, self.version);
        keys.open_text(&Field::of_resource(&row), self.body.clone())
    }

    fn sealed(&self, keys: &Keys, plain: &str) -> Result<String, StoreError> {
        let row = resource_row(&self.kind, &self.id, self.version);
        keys.seal_text(&Field::of_resource(&row), plain)
    }
}

impl Store {
    /// The current versions, each with its search values in one transaction. A version that has
    /// been replaced meanwhile was sealed by whoever replaced it.
    pub(super) async fn seal_resources(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let (mut kind, mut id) = (String::new(), String::new());
        let hashed = crate::store::resources::hashed_parameters();
        loop {
            let rows = sqlx::query_as!(
                Row,
                "-- rekey.resources
                 select r.type as kind, r.id, r.version, r.body from resource r
                 where (r.type, r.id) > ($1, $2)
                   and ($3 or not starts_with(r.body, $4) or exists (
                       select from resource_token t
                       where t.type = r.type and t.id = r.id
                         and (t.param = any($5) or starts_with(t.code, '~'))
                         and not starts_with(t.code, $6)))
                 order by r.type, r.id limit $7",
                kind,
                id,
                keys.clear,
                keys.text_mark(),
                &hashed,
                keys.blind_mark(),
                BATCH
            )
            .fetch_all(&self.pool)
            .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            (kind, id) = (last.kind.clone(), last.id.clone());
            for row in &rows {
                self.seal_resource(keys, row, &hashed).await?;
            }
            count(rows.len() as u64);
        }
    }

    async fn seal_resource(
        &self,
        keys: &Keys,
        row: &Row,
        hashed: &[String],
    ) -> Result<(), StoreError> {
        let plain = row.plain(keys)?;
        let mut tx = self.begin().await?;
        let replaced = sqlx::query!(
            "-- rekey.resource
             update resource set body = $5
             where type = $1 and id = $2 and version = $3 and body = $4",
            row.kind,
            row.id,
            row.version,
            row.body,
            row.sealed(keys, &plain)?
        )
        .execute(&mut *tx.0)
        .await?;
        if replaced.rows_affected() == 0 {
            return Ok(());
        }
        let document = Document::parse(plain.as_bytes())
            .map_err(|error| StoreError::damaged("resource", error))?;
        let (named, tokens) = rekeyed_tokens(&row.kind, document.root(), self.zone(), keys);
        sqlx::query!(
            "-- rekey.forget_tokens
             delete from resource_token
             where type = $1 and id = $2
               and (param = any($3) or starts_with(code, '~') or starts_with(system, '~')
                    or code = any($4) or system = any($4))",
            row.kind,
            row.id,
            hashed,
            &named
        )
        .execute(&mut *tx.0)
        .await?;
        self.add_rekeyed_tokens(&mut tx, &row.kind, &row.id, tokens).await?;
        tx.commit_unrecorded("encrypted anew, and says what it said").await
    }

    /// The earlier versions, which nobody changes.
    pub(super) async fn seal_resource_history(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let (mut kind, mut id, mut version) = (String::new(), String::new(), 0);
        loop {
            let rows = sqlx::query_as!(
                Row,
                "-- rekey.resource_history
                 select type as kind, id, version, body from resource_history
                 where (type, id, version) > ($1, $2, $3) and not starts_with(body, $4)
                 order by type, id, version limit $5",
                kind,
                id,
                version,
                keys.text_mark(),
                BATCH
            )
            .fetch_all(&self.pool)
            .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            (kind, id, version) = (last.kind.clone(), last.id.clone(), last.version);
            let (mut kinds, mut ids) = (Vec::new(), Vec::new());
            let (mut versions, mut bodies) = (Vec::new(), Vec::new());
            for row in &rows {
                let plain = row.plain(keys)?;
                bodies.push(row.sealed(keys, &plain)?);
                kinds.push(row.kind.clone());
                ids.push(row.id.clone());
                versions.push(row.version);
            }
            sqlx::query!(
                "-- rekey.resource_versions
                 update resource_history h set body = n.body
                 from unnest($1::text[], $2::text[], $3::int4[], $4::text[])
                      as n (type, id, version, body)
                 where h.type = n.type and h.id = n.id and h.version = n.version",
                &kinds,
                &ids,
                &versions,
                &bodies
            )
            .execute(&self.pool)
            .await?;
            count(rows.len() as u64);
        }
    }
}
