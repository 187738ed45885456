//! The rule packs of a municipality.

use crate::clock::Micros;
use crate::store::{Store, StoreError, Tx};

/// What a rule pack is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Its findings become alerts; there is one.
    Active,
    /// Its findings are kept for comparison and shown to nobody who triages.
    Shadow,
    /// It was active, and stands behind old findings.
    Retired,
}

impl Mode {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Shadow => "shadow",
            Self::Retired => "retired",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Shadow, Self::Retired].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A stored rule pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPack {
    /// Its content hash.
    pub hash: String,
    /// What it is used for.
    pub mode: Mode,
    /// Its text.
    pub body: String,
}

impl Store {
    /// The active pack and those in its shadow, in a fixed order.
    pub async fn rule_packs(&self) -> Result<Vec<StoredPack>, StoreError> {
        let rows = sqlx::query!(
            "-- screenings.packs
             select hash, mode, body from rule_pack where mode <> 'retired' order by mode, hash"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let mode = Mode::parse(&row.mode)
                    .ok_or_else(|| StoreError::damaged("rule_pack", "its mode is unknown"))?;
                Ok(StoredPack { hash: row.hash, mode, body: row.body })
            })
            .collect()
    }

    /// The active pack, as a transaction sees it; `None` until the first screening.
    pub async fn active_rule_pack_in(&self, tx: &mut Tx) -> Result<Option<StoredPack>, StoreError> {
        let row = sqlx::query!(
            "-- screenings.active_pack
             select hash, body from rule_pack where mode = 'active'"
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        Ok(row.map(|row| StoredPack { hash: row.hash, mode: Mode::Active, body: row.body }))
    }

    /// A rule pack by its hash, whatever it is used for.
    pub async fn rule_pack(&self, hash: &str) -> Result<Option<StoredPack>, StoreError> {
        let row = sqlx::query!(
            "-- screenings.pack
             select hash, mode, body from rule_pack where hash = $1",
            hash
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let mode = Mode::parse(&row.mode)
                .ok_or_else(|| StoreError::damaged("rule_pack", "its mode is unknown"))?;
            Ok(StoredPack { hash: row.hash, mode, body: row.body })
        })
        .transpose()
    }

    /// Makes a pack the active one if there is none yet.
    pub async fn ensure_rule_pack(
        &self,
        hash: &str,
        name: &str,
        version: &str,
        body: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- screenings.ensure_pack
             insert into rule_pack (hash, name, version, mode, body, loaded)
             select $1, $2, $3, 'active', $4, $5
             where not exists (select from rule_pack where mode = 'active')
             on conflict do nothing",
            hash,
            name,
            version,
            body,
            now as Micros
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Uses a pack from now on as said. One that becomes active retires the one before, and makes
    /// everybody due.
    pub async fn use_rule_pack(
        &self,
        hash: &str,
        name: &str,
        version: &str,
        body: &str,
        mode: Mode,
        now: Micros,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if mode == Mode::Active {
            sqlx::query!(
                "-- screenings.retire_pack
                 update rule_pack set mode = 'retired' where mode = 'active' and hash <> $1",
                hash
            )
            .execute(&mut *tx.0)
            .await?;
        }
        sqlx::query!(
            "-- screenings.use_pack
             insert into rule_pack (hash, name, version, mode, body, loaded)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (hash) do update set mode = excluded.mode, loaded = excluded.loaded",
            hash,
            name,
            version,
            mode.as_str(),
            body,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        if mode != Mode::Retired {
            self.make_everybody_due_in(&mut tx, now).await?;
        }
        tx.commit().await
    }
}
