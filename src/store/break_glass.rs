//! Access to one citizen beyond the caller's teams, for some minutes and with a reason.

use crate::clock::Micros;
use crate::ids::{AccessId, CitizenNo};

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
    /// Until when.
    pub expires: Micros,
}

impl Store {
    /// Opens an access.
    pub async fn break_glass_in(&self, tx: &mut Tx, new: &BreakGlass) -> Result<(), StoreError> {
        sqlx::query!(
            "-- break_glass.open
             insert into break_glass (id, citizen, issuer, subject, role, reason, begun, expires)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.id.0,
            new.citizen.0,
            new.issuer,
            new.subject,
            new.role,
            new.reason,
            new.begun as Micros,
            new.expires as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Accesses that were opened, newest first, with the logical id of the citizen; from behind the
    /// one with this id.
    pub async fn break_glasses(
        &self,
        after: Option<&AccessId>,
        limit: u16,
    ) -> Result<Vec<(BreakGlass, String)>, StoreError> {
        let rows = sqlx::query!(
            "-- break_glass.list
             select b.id, b.citizen, c.logical_id, b.issuer, b.subject, b.role, b.reason, b.begun,
                    b.expires
             from break_glass b join citizen c on c.id = b.citizen
             where ($1::text is null or (b.begun, b.id)
                    < (select a.begun, a.id from break_glass a where a.id = $1))
             order by b.begun desc, b.id desc limit $2",
            after.map(|after| after.0.as_str()),
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let opened = BreakGlass {
                    id: AccessId(row.id),
                    citizen: CitizenNo(row.citizen),
                    issuer: row.issuer,
                    subject: row.subject,
                    role: row.role,
                    reason: row.reason,
                    begun: row.begun,
                    expires: row.expires,
                };
                (opened, row.logical_id)
            })
            .collect())
    }
}
