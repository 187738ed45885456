//! What people write about alerts, and why they open accesses.

use super::{BATCH, Store, StoreError};
use crate::ids::AlertId;
use crate::store::vault::{Field, Keys};

impl Store {
    /// Seals what people have written; also what is there in clear from before it was sealed.
    pub(super) async fn seal_words(
        &self,
        keys: &Keys,
        count: &mut impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mark = keys.text_mark();
        loop {
            let rows = sqlx::query!(
                r#"-- rekey.alerts
                 select id as "id: AlertId", body from alert
                 where (body like '%"note":"%' and body not like '%"note":"' || $1 || '%')
                    or (body like '%"reason":"%' and body not like '%"reason":"' || $1 || '%')
                 limit $2"#,
                mark,
                BATCH
            )
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                let body = keys.seal_alert(&keys.open_alert(&row.body)?)?;
                sqlx::query!(
                    "-- rekey.alert
                     update alert set body = $3 where id = $1 and body = $2",
                    row.id as AlertId,
                    row.body,
                    body
                )
                .execute(&self.pool)
                .await?;
            }
            count(rows.len() as u64);
            if rows.is_empty() {
                break;
            }
        }
        loop {
            let rows = sqlx::query!(
                r#"-- rekey.alert_events
                 select alert as "alert: AlertId", version, body from alert_event
                 where body like '%"text":"%' and body not like '%"text":"' || $1 || '%'
                 limit $2"#,
                mark,
                BATCH
            )
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                let body = keys.seal_event(row.alert, &keys.open_event(row.alert, &row.body)?)?;
                sqlx::query!(
                    "-- rekey.alert_event
                     update alert_event set body = $4
                     where alert = $1 and version = $2 and body = $3",
                    row.alert as AlertId,
                    row.version,
                    row.body,
                    body
                )
                .execute(&self.pool)
                .await?;
            }
            count(rows.len() as u64);
            if rows.is_empty() {
                break;
            }
        }
        let rows = sqlx::query!(
            "-- rekey.break_glasses
             select id, reason from break_glass where not starts_with(reason, $1)",
            mark
        )
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let place = Field::of_break_glass(&row.id);
            let reason = keys.seal_text(&place, &keys.open_words(&place, row.reason.clone())?)?;
            sqlx::query!(
                "-- rekey.break_glass
                 update break_glass set reason = $3 where id = $1 and reason = $2",
                row.id,
                row.reason,
                reason
            )
            .execute(&self.pool)
            .await?;
        }
        count(rows.len() as u64);
        Ok(())
    }
}
