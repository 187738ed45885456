//! Accounts and sessions. There are few: as many as people.

use super::{Store, StoreError};
use crate::store::vault::{Field, Keys};

struct Row {
    id: String,
    body: String,
}

impl Row {
    /// The same under the current key.
    fn anew(&self, table: &'static str, keys: &Keys) -> Result<String, StoreError> {
        let place = Field::of_person(table, &self.id);
        keys.seal_text(&place, &keys.open_text(&place, self.body.clone())?)
    }
}

impl Store {
    /// Seals what says who people are who sign in.
    pub(super) async fn seal_people(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mark = keys.text_mark();
        let accounts = sqlx::query_as!(
            Row,
            r#"-- rekey.accounts
             select id::text as "id!", body from account where not starts_with(body, $1)"#,
            mark
        )
        .fetch_all(&self.pool)
        .await?;
        for row in &accounts {
            sqlx::query!(
                "-- rekey.account
                 update account set body = $3 where id = $1::text::uuid and body = $2",
                row.id,
                row.body,
                row.anew("account", keys)?
            )
            .execute(&self.pool)
            .await?;
        }
        let sessions = sqlx::query_as!(
            Row,
            r#"-- rekey.sessions
             select id::text as "id!", body from session where not starts_with(body, $1)"#,
            mark
        )
        .fetch_all(&self.pool)
        .await?;
        for row in &sessions {
            sqlx::query!(
                "-- rekey.session
                 update session set body = $3 where id = $1::text::uuid and body = $2",
                row.id,
                row.body,
                row.anew("session", keys)?
            )
            .execute(&self.pool)
            .await?;
        }
        count((accounts.len() + sessions.len()) as u64);
        Ok(())
    }
}
