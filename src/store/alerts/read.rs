//! Reading alerts and their log.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo, TeamNo};
use crate::store::vault::Keys;
use crate::store::{Sight, Store, StoreError};
use crate::triage::{Alert, Event};

/// The alert, which stays as it is until the end of the transaction.
pub(super) async fn locked(
    connection: &mut PgConnection,
    keys: &Keys,
    id: AlertId,
) -> Result<Option<Alert>, StoreError> {
    let body = sqlx::query_scalar!(
        "-- alerts.lock
         select body from alert where id = $1 for update",
        id as AlertId
    )
    .fetch_optional(connection)
    .await?;
    body.map(|body| keys.open_alert(&body)).transpose()
}

/// Keeps everybody else from opening alerts of the citizen until the end of the transaction.
/// Comes before locks of the citizen's alerts.
pub(super) async fn lock_citizen(
    connection: &mut PgConnection,
    citizen: CitizenNo,
) -> Result<(), StoreError> {
    sqlx::query!(
        "-- alerts.lock_citizen
         select id from citizen where id = $1 for no key update",
        citizen.0
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| StoreError::damaged("citizen", "there is no citizen of this number"))?;
    Ok(())
}

impl Store {
    /// An alert, open or closed.
    pub async fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let body = sqlx::query_scalar!(
            "-- alerts.read
             select body from alert where id = $1",
            id as AlertId
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(body) = body else { return Ok(None) };
        Ok(Some(self.keys().await?.open_alert(&body)?))
    }

    /// Those of the alerts whose citizens are in sight and not restricted.
    pub async fn alerts_seen(
        &self,
        sight: &Sight,
        ids: &[AlertId],
    ) -> Result<Vec<Alert>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- alerts.seen
             select a.body from alert a join citizen c on c.id = a.citizen
             where a.id = any($1) and ($2::int4[] is null or c.team = any($2) or c.id = any($3))
               and a.citizen not in (select citizen from citizen_restriction)
             order by a.id",
            ids as &[AlertId],
            sight.teams(),
            &sight.also()
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.iter().map(|body| keys.open_alert(body)).collect()
    }

    /// Whose the alerts are, and who looks after those citizens.
    pub async fn whose_alerts(
        &self,
        ids: &[AlertId],
    ) -> Result<HashMap<AlertId, (CitizenNo, TeamNo)>, StoreError> {
        let rows = sqlx::query!(
            r#"-- alerts.whose
             select a.id as "id: AlertId", c.id as citizen, c.team
             from alert a join citizen c on c.id = a.citizen where a.id = any($1)"#,
            ids as &[AlertId]
        )
        .fetch_all(&self.pool)
        .await?;
        let whose =
            rows.into_iter().map(|row| (row.id, (CitizenNo(row.citizen), TeamNo(row.team))));
        Ok(whose.collect())
    }

    /// What happened to an alert, from its beginning. Empty when there is no such alert.
    pub async fn alert_events(&self, id: AlertId) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- alerts.events
             select body from alert_event where alert = $1 order by version",
            id as AlertId
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.iter().map(|body| keys.open_event(id, body)).collect()
    }

    /// A citizen's open alerts, most urgent first.
    pub async fn open_alerts(&self, citizen: CitizenNo) -> Result<Vec<Alert>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- alerts.of_citizen
             select body from alert where citizen = $1 and closed is null
             order by severity, opened, id",
            citizen.0
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.iter().map(|body| keys.open_alert(body)).collect()
    }

    /// A citizen's closed alerts that were closed before this moment, newest first.
    pub async fn closed_alerts(
        &self,
        citizen: CitizenNo,
        before: Micros,
        limit: u16,
    ) -> Result<Vec<Alert>, StoreError> {
        let rows = sqlx::query_scalar!(
            "-- alerts.closed_of_citizen
             select body from alert where citizen = $1 and closed < $2
             order by closed desc, id limit $3",
            citizen.0,
            before as Micros,
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        let keys = self.keys().await?;
        rows.iter().map(|body| keys.open_alert(body)).collect()
    }
}
