//! Who answers for rule packs, and which was in force when and why.

use std::collections::HashMap;

use super::packs::{Mode, NewPack, Said, StoredPack, Used};
use crate::clock::Micros;
use crate::store::{Store, StoreError, Tx};

/// Somebody's word that a pack may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// The person who answers for it.
    pub signed_by: String,
    /// As what.
    pub signed_as: String,
    /// Who put it in.
    pub recorded_by: String,
    /// When.
    pub at: Micros,
}

/// A pack that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackUse {
    /// When.
    pub at: Micros,
    /// Its content hash.
    pub hash: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Content hash of the one that left its place for it.
    pub instead_of: Option<String>,
    /// By whom.
    pub recorded_by: String,
    /// Why; an operator need not say.
    pub reason: Option<String>,
}

/// What became of a pack that was to be put in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum InForce {
    /// It is from now on.
    Now,
    /// It was already.
    Already,
    /// There is none of that hash.
    Unknown,
    /// Nobody has signed it, and it is not the one before the one in force.
    Unsigned,
    /// Another one is in force than was thought.
    Stale,
}

impl Store {
    /// Who has signed, by the pack's content hash, oldest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn rule_pack_sign_offs(&self) -> Result<HashMap<String, Vec<SignOff>>, StoreError> {
        let rows = sqlx::query!(
            r#"-- screenings.sign_offs
             select hash, signed_by, signed_as, recorded_by, at as "at: Micros"
             from rule_pack_sign_off order by id"#
        )
        .fetch_all(&self.pool)
        .await?;
        let mut signed: HashMap<String, Vec<SignOff>> = HashMap::new();
        for row in rows {
            let (signed_by, signed_as) = (row.signed_by, row.signed_as);
            let (recorded_by, at) = (row.recorded_by, row.at);
            let one = SignOff { signed_by, signed_as, recorded_by, at };
            signed.entry(row.hash).or_default().push(one);
        }
        Ok(signed)
    }

    /// Keeps somebody's word for a stored pack; `false` where the same has been said already.
    ///
    /// # Errors
    /// When the database does, or there is no such pack.
    pub async fn sign_rule_pack_in(
        &self,
        tx: &mut Tx,
        hash: &str,
        SignOff { signed_by, signed_as, recorded_by, at }: &SignOff,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- screenings.sign_pack
             insert into rule_pack_sign_off (hash, signed_by, signed_as, recorded_by, at)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            hash,
            signed_by,
            signed_as,
            recorded_by,
            *at as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The packs that were put in force, newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn rule_pack_uses(&self, most: u16) -> Result<Vec<PackUse>, StoreError> {
        let rows = sqlx::query_as!(
            PackUse,
            r#"-- screenings.uses
             select u.at as "at: Micros", u.hash, p.name, p.version, u.instead_of, u.recorded_by,
                    u.reason
             from rule_pack_use u join rule_pack p on p.hash = u.hash
             order by u.id desc limit $1"#,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Puts a stored pack in force instead of the one that whoever decided has seen there. One that
    /// nobody has signed can only be gone back to: a way back must not wait for a signature.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_rule_pack_in_force_in(
        &self,
        tx: &mut Tx,
        (hash, instead_of): (&str, &str),
        said: Said<'_>,
        now: Micros,
    ) -> Result<InForce, StoreError> {
        self.lock_rule_packs_in(tx).await?;
        match self.active_rule_pack_in(tx).await? {
            Some(active) if active.hash == hash => return Ok(InForce::Already),
            Some(active) if active.hash == instead_of => {}
            _ => return Ok(InForce::Stale),
        }
        let Some(StoredPack { name, version, body, .. }) = self.rule_pack_in(tx, hash).await?
        else {
            return Ok(InForce::Unknown);
        };
        let may = sqlx::query_scalar!(
            r#"-- screenings.may_be_used
             select exists (select from rule_pack_sign_off where hash = $1)
                 or (select instead_of = $1 and hash = $2
                     from rule_pack_use order by id desc limit 1) as "may""#,
            hash,
            instead_of
        )
        .fetch_one(&mut *tx.0)
        .await?;
        if may != Some(true) {
            return Ok(InForce::Unsigned);
        }
        let pack = NewPack { hash, name: &name, version: &version, body: &body };
        Ok(match self.use_rule_pack_in(tx, &pack, Mode::Active, said, now).await? {
            Used::Now { .. } => InForce::Now,
            Used::Already | Used::IsActive => InForce::Already,
        })
    }
}
