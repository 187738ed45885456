//! Which keys the installation signs access tokens with.

use super::{Catalog, StoreError};
use crate::audit::{Block, Entry};
use crate::clock::Micros;

/// A key by its number; the key itself is derived from the installation's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningKey {
    /// Its number, from 1.
    pub generation: i32,
    /// Since when it is used.
    pub created: Micros,
}

impl Catalog {
    /// The current key and the one before it, newest first.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        let rows = sqlx::query_as!(
            SigningKey,
            r#"-- signing_keys.list
             select generation, created as "created: Micros"
             from signing_key order by generation desc limit 2"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Makes a new key the current one, and says so in the site's chain. Tells its number.
    pub async fn rotate_signing_key(&self, now: Micros) -> Result<i32, StoreError> {
        let mut tx = self.pool.begin().await?;
        let generation = sqlx::query_scalar!(
            r#"-- signing_keys.rotate
             insert into signing_key (generation, created)
             select coalesce(max(generation), 0) + 1, $1 from signing_key
             returning generation"#,
            now as Micros
        )
        .fetch_one(&mut *tx)
        .await?;
        let entry = Entry::of_system("operator", "rotate-signing-key", now);
        let block = Block::of(entry.with("SigningKey", &generation, 0));
        super::audit::append(&mut tx, &block).await?;
        tx.commit().await?;
        Ok(generation)
    }

    /// The secret of a signing key.
    pub fn signing_secret(&self, generation: i32, attempt: u32) -> [u8; 32] {
        self.keys.root().token_signing(generation, attempt)
    }
}
