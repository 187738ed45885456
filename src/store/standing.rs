//! Citizens who are restricted (GDPR article 18) or under legal hold.
//!
//! A restricted citizen's data is stored and not processed. Two things say so everywhere: a lease
//! that never ends and that nobody holds keeps screening away, and the row in `citizen_restriction`
//! keeps the citizen out of lists, searches and walks over all citizens, and makes the door refuse
//! everybody but the citizen ([`Store::open_to_staff`]).

use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::ids::CitizenNo;

use super::{Store, StoreError, Tx};

/// Restricted, or under legal hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Micros,
    /// Who said so.
    pub set_by: String,
}

/// The reason of a restriction while the citizen is being erased.
pub(super) const ERASURE: &str = "erasure";

impl Store {
    /// Refuses to show staff what is a restricted citizen's.
    ///
    /// # Errors
    /// [`StoreError::Restricted`], and as the database gives them.
    pub async fn open_to_staff(&self, citizen: Option<CitizenNo>) -> Result<(), StoreError> {
        let Some(citizen) = citizen else { return Ok(()) };
        if self.restriction(citizen).await?.is_some() {
            return Err(StoreError::Restricted);
        }
        Ok(())
    }

    /// [`Self::open_to_staff`], as a transaction sees it.
    ///
    /// # Errors
    /// As there.
    pub async fn open_to_staff_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
    ) -> Result<(), StoreError> {
        let row = sqlx::query_scalar!(
            "-- standing.restricted_in
             select citizen from citizen_restriction where citizen = $1",
            citizen.0
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        row.map_or(Ok(()), |_| Err(StoreError::Restricted))
    }

    /// Whether a citizen is restricted, and why.
    pub async fn restriction(&self, citizen: CitizenNo) -> Result<Option<Standing>, StoreError> {
        let row = sqlx::query_as!(
            Standing,
            "-- standing.restriction
             select reason, since, set_by from citizen_restriction where citizen = $1",
            citizen.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row)
    }

    /// The restricted citizens; few.
    pub async fn restricted(&self) -> Result<Vec<CitizenNo>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- standing.restricted
             select citizen from citizen_restriction order by citizen"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(CitizenNo).collect())
    }

    /// Restricts a citizen from now on. Whoever screens the citizen just now cannot store it, and
    /// whoever watches the worklist is told to look again. Says whether that is new.
    pub async fn restrict(
        &self,
        citizen: CitizenNo,
        reason: &str,
        set_by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let new = self.restrict_in(&mut tx, citizen, reason, set_by, now).await?;
        tx.commit(&block("restrict-citizen", citizen, set_by, now)).await?;
        Ok(new)
    }

    pub(super) async fn restrict_in(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        reason: &str,
        set_by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        // Before anything else is locked, as whoever screens does it. Days that were to be
        // summarised stay in the lease until it ends.
        sqlx::query!(
            "-- standing.keep_from_screening
             insert into screening_lease as l (citizen, days, since, token, expires, attempts)
             values ($1, '{}', $2, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'infinity', 32767)
             on conflict (citizen) do update
             set token = excluded.token, expires = excluded.expires, attempts = excluded.attempts",
            citizen.0,
            now as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        let done = sqlx::query!(
            "-- standing.restrict
             insert into citizen_restriction (citizen, reason, since, set_by)
             values ($1, $2, $3, $4) on conflict do nothing",
            citizen.0,
            reason,
            now as Micros,
            set_by
        )
        .execute(&mut *tx.0)
        .await?;
        announce(tx, citizen).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lifts a restriction; the citizen is due for screening at once. Says whether there was one.
    pub async fn unrestrict(
        &self,
        citizen: CitizenNo,
        lifted_by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- standing.unrestrict
             delete from citizen_restriction where citizen = $1 and reason <> $2",
            citizen.0,
            ERASURE
        )
        .execute(&mut *tx.0)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "-- standing.back_to_screening
             update screening_lease
             set token = '00000000-0000-0000-0000-000000000000', expires = '-infinity', attempts = 0
             where citizen = $1 and expires = 'infinity'",
            citizen.0
        )
        .execute(&mut *tx.0)
        .await?;
        announce(&mut tx, citizen).await?;
        tx.commit(&block("unrestrict-citizen", citizen, lifted_by, now)).await?;
        Ok(true)
    }

    /// Whether a citizen is under legal hold, and why.
    pub async fn hold(&self, citizen: CitizenNo) -> Result<Option<Standing>, StoreError> {
        let row = sqlx::query_as!(
            Standing,
            "-- standing.held
             select reason, since, set_by from legal_hold where citizen = $1",
            citizen.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row)
    }

    /// Puts a citizen under legal hold. Says whether that is new.
    pub async fn put_hold(
        &self,
        citizen: CitizenNo,
        reason: &str,
        set_by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- standing.hold
             insert into legal_hold (citizen, reason, since, set_by)
             values ($1, $2, $3, $4) on conflict do nothing",
            citizen.0,
            reason,
            now as Micros,
            set_by
        )
        .execute(&mut *tx.0)
        .await?;
        tx.commit(&block("hold-citizen", citizen, set_by, now)).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a legal hold. Says whether there was one.
    pub async fn release_hold(
        &self,
        citizen: CitizenNo,
        released_by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "-- standing.release
             delete from legal_hold where citizen = $1",
            citizen.0
        )
        .execute(&mut *tx.0)
        .await?;
        tx.commit(&block("release-citizen", citizen, released_by, now)).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// The entry of who has done that to a citizen's data.
fn block(operation: &str, citizen: CitizenNo, by: &str, now: Micros) -> Block {
    Block::of(Entry::of_actor(by, "operator", operation, now).about([citizen]))
}

/// Tells whoever watches that the citizen's open alerts are to be looked at again.
pub(super) async fn announce(tx: &mut Tx, citizen: CitizenNo) -> Result<(), StoreError> {
    sqlx::query!(
        r#"-- standing.announce
        select pg_notify('pulsvagt_' || current_schema(),
                         json_build_object('alert', id, 'version', version)::text) as "sent!: ()"
        from alert where citizen = $1 and closed is null"#,
        citizen.0
    )
    .fetch_all(&mut *tx.0)
    .await?;
    Ok(())
}
