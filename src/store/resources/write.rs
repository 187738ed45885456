//! Creating resources and replacing them with a new version, the old one kept.

use super::{NewResource, StoredResource};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::vault::{Field, Keys, resource_row};
use crate::store::{Store, StoreError, Tx};

/// What became of an update.
#[derive(Debug, Clone)]
pub enum Updated {
    /// There was none; it was created.
    Created(StoredResource),
    /// This is the new version.
    Version(StoredResource),
    /// It said what the current version says; nothing was written.
    Unchanged(StoredResource),
    /// The version that was to be replaced is not the current one, which is this; 0 = there is none.
    Stale(u32),
}

/// How often another may create the resource between our looking and our writing.
const ATTEMPTS: usize = 3;

impl Store {
    /// Creates a resource. A Patient becomes a citizen of the municipality.
    ///
    /// # Errors
    /// As the database gives them; also when the id, which the server mints, is taken.
    pub async fn create_resource_in(
        &self,
        tx: &mut Tx,
        new: NewResource,
        now: Micros,
    ) -> Result<StoredResource, StoreError> {
        self.insert_resource(tx, &new, now)
            .await?
            .ok_or_else(|| StoreError::damaged("resource", "a new id is taken"))
    }

    /// Replaces the current version of a resource, or creates it under the id it brings.
    /// `expected` is the version that is to be replaced, if the client insists on one.
    pub async fn update_resource_in(
        &self,
        tx: &mut Tx,
        new: NewResource,
        expected: Option<u32>,
        now: Micros,
    ) -> Result<Updated, StoreError> {
        for _ in 0..ATTEMPTS {
            if let Some(current) = self.locked_resource_in(tx, new.kind, &new.id).await? {
                if expected.is_some_and(|version| version != current.version) {
                    return Ok(Updated::Stale(current.version));
                }
                let citizen = if new.kind == "Patient" { current.citizen } else { new.citizen };
                if current.body == new.body && current.citizen == citizen {
                    return Ok(Updated::Unchanged(current));
                }
                return self.replace_resource(tx, &new, citizen, &current, now).await;
            }
            if expected.is_some() {
                return Ok(Updated::Stale(0));
            }
            if let Some(created) = self.insert_resource(tx, &new, now).await? {
                return Ok(Updated::Created(created));
            }
        }
        Err(StoreError::damaged("resource", "it is neither there nor to be created"))
    }

    /// The current version of a resource, which stays so until the end of the transaction.
    pub async fn locked_resource_in(
        &self,
        tx: &mut Tx,
        kind: &str,
        id: &str,
    ) -> Result<Option<StoredResource>, StoreError> {
        let row = sqlx::query_as!(
            super::Row,
            "-- resources.lock
             select type as kind, id, version, updated, citizen, body
             from resource where type = $1 and id = $2
             for update",
            kind,
            id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        match row {
            Some(row) => row.stored(&*self.keys_on(&mut tx.0).await?).map(Some),
            None => Ok(None),
        }
    }

    /// The current version of a resource, as the transaction sees it.
    pub async fn resource_in(
        &self,
        tx: &mut Tx,
        kind: &str,
        id: &str,
    ) -> Result<Option<StoredResource>, StoreError> {
        let row = sqlx::query_as!(
            super::Row,
            "-- resources.read_in
             select type as kind, id, version, updated, citizen, body
             from resource where type = $1 and id = $2",
            kind,
            id
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        match row {
            Some(row) => row.stored(&*self.keys_on(&mut tx.0).await?).map(Some),
            None => Ok(None),
        }
    }

    /// `None` when there is one already.
    async fn insert_resource(
        &self,
        tx: &mut Tx,
        new: &NewResource,
        now: Micros,
    ) -> Result<Option<StoredResource>, StoreError> {
        let citizen = match new.kind {
            "Patient" => Some(citizen_for(tx, &new.id).await?),
            _ => new.citizen,
        };
        let keys = self.keys_on(&mut tx.0).await?;
        let body = sealed(&keys, new, 1)?;
        let inserted = sqlx::query!(
            "-- resources.insert
             insert into resource (type, id, version, updated, citizen, body)
             values ($1, $2, 1, $3, $4, $5)
             on conflict do nothing",
            new.kind,
            new.id,
            now as Micros,
            citizen.map(|no| no.0),
            body
        )
        .execute(&mut *tx.0)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(None);
        }
        write_values(tx, &keys, new).await?;
        Ok(Some(stored(new, 1, now, citizen)))
    }

    async fn replace_resource(
        &self,
        tx: &mut Tx,
        new: &NewResource,
        citizen: Option<CitizenNo>,
        current: &StoredResource,
        now: Micros,
    ) -> Result<Updated, StoreError> {
        let version = current.version + 1;
        // A clock that was put back must not make a new version look older.
        let updated = now.max(current.updated);
        let number = i32::try_from(version).unwrap_or(i32::MAX);
        let keys = self.keys_on(&mut tx.0).await?;
        let body = sealed(&keys, new, number)?;
        // What a version was sealed with goes with it into the history.
        sqlx::query!(
            "-- resources.keep
             insert into resource_history (type, id, version, updated, body)
             select type, id, version, updated, body from resource where type = $1 and id = $2",
            new.kind,
            new.id
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- resources.replace
             update resource set version = $3, updated = $4, citizen = $5, body = $6
             where type = $1 and id = $2",
            new.kind,
            new.id,
            number,
            updated as Micros,
            citizen.map(|no| no.0),
            body
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- resources.forget_tokens
             delete from resource_token where type = $1 and id = $2",
            new.kind,
            new.id
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- resources.forget_dates
             delete from resource_date where type = $1 and id = $2",
            new.kind,
            new.id
        )
        .execute(&mut *tx.0)
        .await?;
        write_values(tx, &keys, new).await?;
        Ok(Updated::Version(stored(new, version, updated, citizen)))
    }
}

/// The body as a version's row holds it.
fn sealed(keys: &Keys, new: &NewResource, version: i32) -> Result<String, StoreError> {
    let row = resource_row(new.kind, &new.id, version);
    keys.seal_text(&Field::of_resource(&row), &new.body)
}

fn stored(
    new: &NewResource,
    version: u32,
    updated: Micros,
    citizen: Option<CitizenNo>,
) -> StoredResource {
    StoredResource {
        kind: new.kind.to_owned(),
        id: new.id.clone(),
        version,
        updated,
        citizen,
        body: new.body.clone(),
    }
}

/// The number of the citizen with this logical id, who may be new.
async fn citizen_for(tx: &mut Tx, logical_id: &str) -> Result<CitizenNo, StoreError> {
    sqlx::query!(
        "-- resources.add_citizen
         insert into citizen (logical_id) values ($1) on conflict do nothing",
        logical_id
    )
    .execute(&mut *tx.0)
    .await?;
    let row = sqlx::query!(
        "-- resources.added_citizen
         select id from citizen where logical_id = $1",
        logical_id
    )
    .fetch_one(&mut *tx.0)
    .await?;
    Ok(CitizenNo(row.id))
}

async fn write_values(tx: &mut Tx, keys: &Keys, new: &NewResource) -> Result<(), StoreError> {
    let tokens = new.values.stored_tokens(new.kind, keys);
    if !tokens.is_empty() {
        add_tokens(tx, new.kind, &new.id, tokens).await?;
    }
    write_dates(tx, new).await
}

/// Parameter, code, system.
pub(in crate::store) type Token = (&'static str, String, String);

pub(super) async fn add_tokens(
    tx: &mut Tx,
    kind: &str,
    id: &str,
    tokens: Vec<Token>,
) -> Result<(), StoreError> {
    let params: Vec<String> = tokens.iter().map(|(param, ..)| (*param).to_owned()).collect();
    let (codes, systems): (Vec<String>, Vec<String>) =
        tokens.into_iter().map(|(_, code, system)| (code, system)).unzip();
    sqlx::query!(
        "-- resources.add_tokens
             insert into resource_token (type, param, code, system, id)
             select $1, param, code, system, $2
             from unnest($3::text[], $4::text[], $5::text[]) as new (param, code, system)
             on conflict do nothing",
        kind,
        id,
        &params,
        &codes,
        &systems
    )
    .execute(&mut *tx.0)
    .await?;
    Ok(())
}

async fn write_dates(tx: &mut Tx, new: &NewResource) -> Result<(), StoreError> {
    let dates = &new.values.dates;
    if !dates.is_empty() {
        let params: Vec<String> = dates.iter().map(|(param, ..)| (*param).to_owned()).collect();
        let lower: Vec<Micros> = dates.iter().map(|(_, lower, _)| *lower).collect();
        let upper: Vec<Micros> = dates.iter().map(|(.., upper)| *upper).collect();
        sqlx::query!(
            "-- resources.add_dates
             insert into resource_date (type, param, id, lower, upper)
             select $1, param, $2, lower, upper
             from unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) as new (param, lower, upper)
             on conflict do nothing",
            new.kind,
            new.id,
            &params,
            &lower as &[Micros],
            &upper as &[Micros]
        )
        .execute(&mut *tx.0)
        .await?;
    }
    Ok(())
}
