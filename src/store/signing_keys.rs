//! Which keys the installation signs access tokens with.

use std::fmt;

use aws_lc_rs::rand;

use super::{Catalog, StoreError};
use crate::audit::{Block, Entry};
use crate::clock::Micros;

/// Random bytes of a key: 32, or none of one from before there were any.
const SALT: usize = 32;

/// A key by its number; the key itself is derived from the installation's secret and its salt.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its number, from 1.
    pub generation: i32,
    /// Since when it is used.
    pub created: Micros,
    salt: Vec<u8>,
}

impl fmt::Debug for SigningKey {
    /// Without the salt, which is half of a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.generation)
    }
}

impl Catalog {
    /// The current key and the one before it, newest first.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        let rows = sqlx::query_as!(
            SigningKey,
            r#"-- signing_keys.list
             select generation, created as "created: Micros", salt
             from signing_key order by generation desc limit 2"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Makes a new key the current one, and says so in the site's chain. Tells its number.
    pub async fn rotate_signing_key(&self, now: Micros) -> Result<i32, StoreError> {
        let mut salt = [0; SALT];
        rand::fill(&mut salt)
            .map_err(|_| StoreError::Setup("the system gave no random bytes".to_owned()))?;
        let mut tx = self.pool.begin().await?;
        let generation = sqlx::query_scalar!(
            r#"-- signing_keys.rotate
             insert into signing_key (generation, created, salt)
             select coalesce(max(generation), 0) + 1, $1, $2 from signing_key
             returning generation"#,
            now as Micros,
            salt.as_slice()
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
    pub fn signing_secret(&self, key: &SigningKey, attempt: u32) -> [u8; 32] {
        self.keys.root().token_signing(key.generation, &key.salt, attempt)
    }
}
