//! The rule packs of a municipality.

use sqlx::PgConnection;

use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::store::{Store, StoreError, Tx};

/// Who uses packs from the command line.
const OPERATOR: &str = "operator";

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
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is used for.
    pub mode: Mode,
    /// Since when.
    pub since: Micros,
    /// Its text.
    pub body: String,
}

/// A pack that is to be used.
#[derive(Debug, Clone, Copy)]
pub struct NewPack<'a> {
    /// Its content hash.
    pub hash: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Its text.
    pub body: &'a str,
}

/// Who uses a pack as said, and why.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who.
    pub by: &'a str,
    /// Why; an operator need not say.
    pub reason: Option<&'a str>,
}

/// What became of a pack that was to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Used {
    /// It is used as said from now on, and so many citizens are due who were not.
    Now {
        /// Citizens.
        due: u64,
    },
    /// It was used so already.
    Already,
    /// It is the active one and stays it: only a successor takes its place.
    IsActive,
}

struct Row {
    hash: String,
    name: String,
    version: String,
    mode: String,
    loaded: Micros,
    body: String,
}

impl Row {
    fn pack(self) -> Result<StoredPack, StoreError> {
        let Self { hash, name, version, mode, loaded: since, body } = self;
        let mode = mode_of(&mode)?;
        Ok(StoredPack { hash, name, version, mode, since, body })
    }
}

fn mode_of(word: &str) -> Result<Mode, StoreError> {
    Mode::parse(word).ok_or_else(|| StoreError::damaged("rule_pack", "its mode is unknown"))
}

async fn pack_of(
    connection: &mut PgConnection,
    hash: &str,
) -> Result<Option<StoredPack>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"-- screenings.pack
             select hash, name, version, mode, loaded as "loaded: Micros", body
             from rule_pack where hash = $1"#,
        hash
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::pack).transpose()
}

impl Store {
    /// The active pack and those in its shadow, in a fixed order.
    pub async fn rule_packs(&self) -> Result<Vec<StoredPack>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- screenings.packs
             select hash, name, version, mode, loaded as "loaded: Micros", body
             from rule_pack where mode <> 'retired' order by mode, hash"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::pack).collect()
    }

    /// Every pack that is stored: the active one, those in its shadow, then those that were
    /// retired, newest first.
    pub async fn all_rule_packs(&self) -> Result<Vec<StoredPack>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- screenings.all_packs
             select hash, name, version, mode, loaded as "loaded: Micros", body
             from rule_pack
             order by array_position(array['active', 'shadow', 'retired'], mode), loaded desc, hash"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::pack).collect()
    }

    /// The active pack, as a transaction sees it; `None` until the first screening.
    pub async fn active_rule_pack_in(&self, tx: &mut Tx) -> Result<Option<StoredPack>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- screenings.active_pack
             select hash, name, version, mode, loaded as "loaded: Micros", body
             from rule_pack where mode = 'active'"#
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        row.map(Row::pack).transpose()
    }

    /// A rule pack by its hash, whatever it is used for.
    pub async fn rule_pack(&self, hash: &str) -> Result<Option<StoredPack>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        pack_of(&mut connection, hash).await
    }

    /// The same, as a transaction sees it.
    pub(super) async fn rule_pack_in(
        &self,
        tx: &mut Tx,
        hash: &str,
    ) -> Result<Option<StoredPack>, StoreError> {
        pack_of(&mut tx.0, hash).await
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

    /// Uses a pack from now on as said. One that becomes active retires the one before. Unless it
    /// is retired, everybody is due; whoever has new readings is screened before them. This is the
    /// operator's way, who needs no sign-off and leaves no reason but the audit entry.
    pub async fn use_rule_pack(
        &self,
        hash: &str,
        name: &str,
        version: &str,
        body: &str,
        mode: Mode,
        now: Micros,
    ) -> Result<Used, StoreError> {
        let mut tx = self.begin().await?;
        let pack = NewPack { hash, name, version, body };
        let said = Said { by: OPERATOR, reason: None };
        let used = self.use_rule_pack_in(&mut tx, &pack, mode, said, now).await?;
        if let Used::Now { .. } = used {
            let entry = Entry::of_system(OPERATOR, "use-rule-pack", now).with("RulePack", hash, 0);
            tx.commit(&Block::of(entry)).await?;
        }
        Ok(used)
    }

    /// [`Self::use_rule_pack`], as part of a transaction, whose entry is the caller's.
    ///
    /// # Errors
    /// When the database does.
    pub async fn use_rule_pack_in(
        &self,
        tx: &mut Tx,
        &NewPack { hash, name, version, body }: &NewPack<'_>,
        mode: Mode,
        said: Said<'_>,
        now: Micros,
    ) -> Result<Used, StoreError> {
        self.lock_rule_packs_in(tx).await?;
        let known = sqlx::query_scalar!(
            "-- screenings.pack_mode
             select mode from rule_pack where hash = $1",
            hash
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        match known.as_deref().map(mode_of).transpose()? {
            Some(known) if known == mode => return Ok(Used::Already),
            Some(Mode::Active) => return Ok(Used::IsActive),
            _ => {}
        }
        let mut instead_of = None;
        if mode == Mode::Active {
            instead_of = sqlx::query_scalar!(
                "-- screenings.retire_pack
                 update rule_pack set mode = 'retired', loaded = $1 where mode = 'active'
                 returning hash",
                now as Micros
            )
            .fetch_optional(&mut *tx.0)
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
        if mode == Mode::Active {
            sqlx::query!(
                "-- screenings.record_use
                 insert into rule_pack_use (at, hash, instead_of, recorded_by, reason)
                 values ($1, $2, $3, $4, $5)",
                now as Micros,
                hash,
                instead_of,
                said.by,
                said.reason
            )
            .execute(&mut *tx.0)
            .await?;
        }
        let due = match mode {
            Mode::Retired => 0,
            Mode::Active | Mode::Shadow => self.make_everybody_due_in(tx, now).await?,
        };
        Ok(Used::Now { due })
    }

    /// Two changes at a time would each retire what they see. Reading goes on.
    pub(super) async fn lock_rule_packs_in(&self, tx: &mut Tx) -> Result<(), StoreError> {
        sqlx::query!(
            "-- screenings.lock_packs
             lock table rule_pack in share row exclusive mode"
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }
}
