//! One municipality's handle.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use jiff::tz::TimeZone;
use sqlx::postgres::PgPool;

use super::StoreError;
use super::intern::Interned;
use super::vault::Vault;
use crate::audit::Block;
use crate::ids::{CitizenNo, Sealer, TenantCode};

/// The secrets of one municipality.
pub(super) struct Keys {
    pub(super) observation_ids: [u8; 32],
    pub(super) identifier_hashes: [u8; 32],
    pub(super) fingerprints: [u8; 32],
    pub(super) pseudonyms: [u8; 32],
}

/// A municipality's data: the only way to it, and to no other's. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: PgPool,
    pub(super) interned: Arc<Interned>,
    inner: Arc<Inner>,
}

struct Inner {
    code: TenantCode,
    name: String,
    zone: TimeZone,
    sealer: Sealer,
    identifiers: hmac::Key,
    fingerprints: hmac::Key,
    pseudonyms: hmac::Key,
    vault: Vault,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner.code)
    }
}

impl Store {
    pub(super) fn new(
        code: TenantCode,
        name: String,
        zone: TimeZone,
        pool: PgPool,
        keys: &Keys,
        vault: Vault,
    ) -> Result<Self, StoreError> {
        let sealer = Sealer::new(&keys.observation_ids)
            .ok_or_else(|| StoreError::Setup("the key for ids cannot be used".to_owned()))?;
        let identifiers = hmac::Key::new(hmac::HMAC_SHA256, &keys.identifier_hashes);
        let fingerprints = hmac::Key::new(hmac::HMAC_SHA256, &keys.fingerprints);
        let pseudonyms = hmac::Key::new(hmac::HMAC_SHA256, &keys.pseudonyms);
        let inner =
            Inner { code, name, zone, sealer, identifiers, fingerprints, pseudonyms, vault };
        let inner = Arc::new(inner);
        Ok(Self { pool, interned: Arc::default(), inner })
    }

    /// The municipality's code.
    pub fn code(&self) -> &TenantCode {
        &self.inner.code
    }

    /// The municipality's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The municipality's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.inner.zone
    }

    /// Seals and opens the ids of the municipality's observations.
    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    /// Keyed hash by which readings with an identifier are found.
    pub fn identifier_hash(&self, system: &str, value: &str) -> i64 {
        let mut context = hmac::Context::with_key(&self.inner.identifiers);
        context.update(system.as_bytes());
        context.update(b"|");
        context.update(value.as_bytes());
        let tag = context.sign();
        let mut first = [0; 8];
        first.copy_from_slice(&tag.as_ref()[..8]);
        i64::from_be_bytes(first)
    }

    /// What encrypts and finds what names somebody.
    pub(super) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// Fingerprint of the content of a reading that names somebody. With a plain hash, whoever has
    /// the database could try all personal numbers until the hash fits.
    pub fn private_fingerprint(&self, content: &str, attempt: u8) -> u32 {
        let mut context = hmac::Context::with_key(&self.inner.fingerprints);
        context.update(&[attempt]);
        context.update(content.as_bytes());
        let tag = context.sign();
        let mut first = [0; 4];
        first.copy_from_slice(&tag.as_ref()[..4]);
        u32::from_be_bytes(first)
    }

    /// What stands for a citizen where nobody is to know who it is. The same each time, another in each
    /// municipality, and another for somebody who was erased and comes again.
    pub fn pseudonym(&self, citizen: CitizenNo) -> i64 {
        let tag = hmac::sign(&self.inner.pseudonyms, &citizen.0.to_be_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&tag.as_ref()[..8]);
        i64::from_be_bytes(first)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query!("-- municipality.ping\nselect 1 as one").fetch_one(&self.pool).await?;
        Ok(())
    }

    /// Opens all connections, so that the first crowd need not wait for them.
    pub async fn warm(&self) -> Result<(), StoreError> {
        let connections = self.pool.options().get_max_connections();
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(self.pool.acquire().await?);
        }
        Ok(())
    }

    /// Begins a transaction.
    ///
    /// In a task of its own: were its future dropped while it waits for the answer to `BEGIN`, sqlx
    /// 0.9 would put the connection back into the pool with the transaction open, and what others do
    /// there would never be committed.
    #[expect(clippy::disallowed_methods, reason = "it ends with the answer to BEGIN")]
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin().await }).await;
        Ok(Tx(begun.map_err(|error| StoreError::Unavailable(sqlx::Error::Io(error.into())))??))
    }

    /// Closes the connections once they are idle.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction on a municipality's data. Rolled back unless committed.
#[derive(Debug)]
pub struct Tx(pub(super) sqlx::Transaction<'static, sqlx::Postgres>);

impl Tx {
    /// Makes it durable, together with the entries of who did it. Those come last, since nobody else
    /// can commit entries between here and the commit.
    pub async fn commit(mut self, audit: &Block) -> Result<(), StoreError> {
        super::audit::append(&mut self.0, audit).await?;
        Ok(self.0.commit().await?)
    }

    /// Makes it durable, without an entry: what is changed is of the machine and nobody's data.
    /// `because` says so for the reader. A test knows all places that do this.
    pub async fn commit_unrecorded(self, because: &'static str) -> Result<(), StoreError> {
        tracing::trace!(because, "committed without an entry");
        Ok(self.0.commit().await?)
    }
}
