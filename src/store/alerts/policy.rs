//! The municipality's policy of triage.

use super::write::{json, number};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::store::{Store, StoreError, Tx};
use crate::triage::{Actor, Policy};

/// A policy and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPolicy {
    /// Which version this is, from 1; 0 = the defaults, as nobody has set any.
    pub version: u32,
    /// The policy.
    pub policy: Policy,
    /// When it was set.
    pub set_at: Option<Micros>,
    /// By which principal.
    pub set_by: Option<String>,
}

/// What became of a new policy.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyChange {
    /// It is in force, as this version.
    Set(StoredPolicy),
    /// The version that was to be replaced is not the current one, which is this. Nothing was
    /// written.
    Stale(StoredPolicy),
}

impl Store {
    /// The policy in force; the defaults in the municipality's time zone where none was set.
    pub async fn policy(&self) -> Result<StoredPolicy, StoreError> {
        let mut tx = self.begin().await?;
        self.policy_in(&mut tx).await
    }

    /// As [`Self::policy`], in a transaction.
    pub async fn policy_in(&self, tx: &mut Tx) -> Result<StoredPolicy, StoreError> {
        let row = sqlx::query!(
            "-- alerts.policy
             select version, body, set_at, set_by from triage_policy
             order by version desc limit 1"
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(row) = row else {
            let zone = self.zone().clone().into();
            let policy = Policy { zone, ..Policy::default() };
            return Ok(StoredPolicy { version: 0, policy, set_at: None, set_by: None });
        };
        let damaged = |error| StoreError::damaged("triage_policy", error);
        Ok(StoredPolicy {
            version: row.version.cast_unsigned(),
            policy: serde_json::from_str(&row.body).map_err(damaged)?,
            set_at: Some(row.set_at),
            set_by: Some(row.set_by),
        })
    }

    /// The versions of the policy, newest first, at most `most` of them.
    ///
    /// # Errors
    /// When the database does, or one cannot be read.
    pub async fn policy_history(&self, most: u16) -> Result<Vec<StoredPolicy>, StoreError> {
        let rows = sqlx::query!(
            r#"-- alerts.policy_history
             select version, body, set_at as "set_at: Micros", set_by from triage_policy
             order by version desc limit $1"#,
            i64::from(most)
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let damaged = |error| StoreError::damaged("triage_policy", error);
                Ok(StoredPolicy {
                    version: row.version.cast_unsigned(),
                    policy: serde_json::from_str(&row.body).map_err(damaged)?,
                    set_at: Some(row.set_at),
                    set_by: Some(row.set_by),
                })
            })
            .collect()
    }

    /// Replaces the policy that was read in version `expected`, with an entry that says so. The
    /// caller has checked it with [`Policy::check`].
    pub async fn set_policy(
        &self,
        expected: u32,
        policy: &Policy,
        actor: &Actor,
        now: Micros,
    ) -> Result<PolicyChange, StoreError> {
        let mut tx = self.begin().await?;
        let change = self.set_policy_in(&mut tx, expected, policy, actor, now).await?;
        if let PolicyChange::Set(set) = &change {
            let entry = Entry::of_actor(&actor.id, &actor.role, "set-policy", now).with(
                "TriagePolicy",
                "policy",
                set.version,
            );
            tx.commit(&Block::of(entry)).await?;
        }
        Ok(change)
    }

    /// As [`Self::set_policy`], in a transaction that the caller commits if it is set.
    pub async fn set_policy_in(
        &self,
        tx: &mut Tx,
        expected: u32,
        policy: &Policy,
        actor: &Actor,
        now: Micros,
    ) -> Result<PolicyChange, StoreError> {
        let version = number(expected)?.saturating_add(1);
        let inserted = sqlx::query!(
            "-- alerts.set_policy
             insert into triage_policy (version, body, set_at, set_by)
             select $1, $2, $3, $4
             where $1 = coalesce((select max(version) from triage_policy), 0) + 1
             on conflict do nothing",
            version,
            json(policy)?,
            now as Micros,
            actor.called()
        )
        .execute(&mut *tx.0)
        .await?;
        let current = self.policy_in(tx).await?;
        Ok(if inserted.rows_affected() == 1 {
            PolicyChange::Set(current)
        } else {
            PolicyChange::Stale(current)
        })
    }
}
