//! Access to one citizen beyond the caller's teams, for some minutes and with a reason.

use crate::clock::Micros;
use crate::ids::{AccessId, CitizenNo};

use super::vault::{Field, Keys};
use super::{Store, StoreError, Tx};

/// An access that somebody opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// Which.
    pub id: AccessId,
    /// To whom.
    pub citizen: CitizenNo,
    /// Who says who opened it.
    pub issuer: String,
    /// Who opened it, in the issuer's words.
    pub subject: String,
    /// In which role.
    pub role: String,
    /// Why, in their words.
    pub reason: String,
    /// From when.
    pub begun: Micros,
    /// Until when, if nobody ends it.
    pub expires: Micros,
    /// When somebody ended it before its time.
    pub ended: Option<Micros>,
    /// Who did, in the issuer's words.
    pub ended_by: Option<String>,
}

impl BreakGlass {
    /// Whether it is open.
    pub fn is_open(&self, now: Micros) -> bool {
        now < self.expires && self.ended.is_none()
    }
}

impl Store {
    /// Opens an access.
    pub async fn break_glass_in(&self, tx: &mut Tx, new: &BreakGlass) -> Result<(), StoreError> {
        let keys = self.keys_on(&mut tx.0).await?;
        let reason = keys.seal_text(&Field::of_break_glass(&new.id.0), &new.reason)?;
        sqlx::query!(
            "-- break_glass.open
             insert into break_glass (id, citizen, issuer, subject, role, reason, begun, expires)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.id.0,
            new.citizen.0,
            new.issuer,
            new.subject,
            new.role,
            reason,
            new.begun as Micros,
            new.expires as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// An access, with the logical id of the citizen. It is not changed by others until the
    /// transaction ends.
    pub async fn locked_break_glass_in(
        &self,
        tx: &mut Tx,
        id: &AccessId,
    ) -> Result<Option<(BreakGlass, String)>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "-- break_glass.one
             select b.id, b.citizen, c.logical_id, b.issuer, b.subject, b.role, b.reason, b.begun,
                    b.expires, b.ended, b.ended_by
             from break_glass b join citizen c on c.id = b.citizen
             where b.id = $1 for update of b",
            id.0
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(row.into_access(&*self.keys_on(&mut tx.0).await?)?))
    }

    /// Ends an access before its time.
    pub async fn end_break_glass_in(
        &self,
        tx: &mut Tx,
        id: &AccessId,
        by: &str,
        now: Micros,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- break_glass.end
             update break_glass set ended = $2, ended_by = $3 where id = $1 and ended is null",
            id.0,
            now as Micros,
            by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Accesses to a citizen, oldest first.
    pub(super) async fn break_glasses_of(
        &self,
        citizen: CitizenNo,
    ) -> Result<Vec<BreakGlass>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "-- break_glass.of_citizen
             select b.id, b.citizen, c.logical_id, b.issuer, b.subject, b.role, b.reason, b.begun,
                    b.expires, b.ended, b.ended_by
             from break_glass b join citizen c on c.id = b.citizen
             where b.citizen = $1 order by b.begun, b.id",
            citizen.0
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.into_iter().map(|row| Ok(row.into_access(&keys)?.0)).collect()
    }

    /// Accesses that were opened, newest first, with the logical id of the citizen; from behind the
    /// one with this id.
    pub async fn break_glasses(
        &self,
        after: Option<&AccessId>,
        limit: u16,
    ) -> Result<Vec<(BreakGlass, String)>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "-- break_glass.list
             select b.id, b.citizen, c.logical_id, b.issuer, b.subject, b.role, b.reason, b.begun,
                    b.expires, b.ended, b.ended_by
             from break_glass b join citizen c on c.id = b.citizen
             where ($1::text is null or (b.begun, b.id)
                    < (select a.begun, a.id from break_glass a where a.id = $1))
             order by b.begun desc, b.id desc limit $2",
            after.map(|after| after.0.as_str()),
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.into_iter().map(|row| row.into_access(&keys)).collect()
    }
}

struct Row {
    id: String,
    citizen: i32,
    logical_id: String,
    issuer: String,
    subject: String,
    role: String,
    reason: String,
    begun: Micros,
    expires: Micros,
    ended: Option<Micros>,
    ended_by: Option<String>,
}

impl Row {
    fn into_access(self, keys: &Keys) -> Result<(BreakGlass, String), StoreError> {
        let reason = keys.open_words(&Field::of_break_glass(&self.id), self.reason)?;
        let access = BreakGlass {
            id: AccessId(self.id),
            citizen: CitizenNo(self.citizen),
            issuer: self.issuer,
            subject: self.subject,
            role: self.role,
            reason,
            begun: self.begun,
            expires: self.expires,
            ended: self.ended,
            ended_by: self.ended_by,
        };
        Ok((access, self.logical_id))
    }
}
