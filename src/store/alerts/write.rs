//! Writing alerts and their log.

use sqlx::PgConnection;

use super::AlertChange;
use crate::clock::Micros;
use crate::ids::AlertId;
use crate::store::StoreError;
use crate::store::vault::Keys;
use crate::triage::{Alert, Event, Policy, expire};

/// Parts of an alert that are columns.
struct Columns {
    version: i32,
    claimed_by: Option<String>,
    closed: Option<Micros>,
    body: String,
}

fn columns(keys: &Keys, alert: &Alert) -> Result<Columns, StoreError> {
    Ok(Columns {
        version: number(alert.version)?,
        // Whoever holds a claim; whether it still holds is a matter of time.
        claimed_by: alert.claim_until.and(alert.holder.as_ref()).map(|holder| holder.id.clone()),
        closed: alert.closing.as_ref().map(|closing| closing.at),
        body: keys.seal_alert(alert)?,
    })
}

pub(super) fn number(version: u32) -> Result<i32, StoreError> {
    i32::try_from(version).map_err(|error| StoreError::damaged("alert", error))
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged("alert", error))
}

/// Writes a new alert and how it came about.
pub(super) async fn insert(
    connection: &mut PgConnection,
    keys: &Keys,
    alert: &Alert,
    event: &Event,
) -> Result<(), StoreError> {
    let columns = columns(keys, alert)?;
    sqlx::query!(
        "-- alerts.insert
         insert into alert (id, citizen, problem, severity, state, version, opened, updated, due,
                            trend, claimed_by, expires, closed, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        alert.id as AlertId,
        alert.citizen.0,
        alert.problem,
        alert.level.rank(),
        alert.state.as_str(),
        columns.version,
        alert.opened as Micros,
        alert.updated as Micros,
        alert.due as Micros,
        alert.trend,
        columns.claimed_by,
        alert.expires_at() as Option<Micros>,
        columns.closed as Option<Micros>,
        columns.body
    )
    .execute(&mut *connection)
    .await?;
    log(connection, keys, alert, event).await
}

/// Writes another version of a locked alert, and how it came about.
pub(super) async fn update(
    connection: &mut PgConnection,
    keys: &Keys,
    alert: &Alert,
    event: &Event,
) -> Result<(), StoreError> {
    let columns = columns(keys, alert)?;
    let done = sqlx::query!(
        "-- alerts.update
         update alert
         set severity = $3, state = $4, version = $2, updated = $5, due = $6, trend = $7,
             claimed_by = $8, expires = $9, closed = $10, body = $11
         where id = $1 and version = $2 - 1 and closed is null",
        alert.id as AlertId,
        columns.version,
        alert.level.rank(),
        alert.state.as_str(),
        alert.updated as Micros,
        alert.due as Micros,
        alert.trend,
        columns.claimed_by,
        alert.expires_at() as Option<Micros>,
        columns.closed as Option<Micros>,
        columns.body
    )
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::damaged("alert", "a locked alert is another version"));
    }
    log(connection, keys, alert, event).await
}

/// Adds to the log and announces the version to whoever listens, once the transaction commits.
async fn log(
    connection: &mut PgConnection,
    keys: &Keys,
    alert: &Alert,
    event: &Event,
) -> Result<(), StoreError> {
    let columns = columns(keys, alert)?;
    sqlx::query!(
        "-- alerts.log
         insert into alert_event (alert, version, at, actor, verb, severity, state, due, trend,
                                  claimed_by, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        alert.id as AlertId,
        columns.version,
        event.at as Micros,
        event.by.as_ref().map(|actor| actor.id.as_str()),
        event.verb.as_str(),
        alert.level.rank(),
        alert.state.as_str(),
        alert.due as Micros,
        alert.trend,
        columns.claimed_by,
        keys.seal_event(alert.id, event)?
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        r#"-- alerts.notify
        select pg_notify('pulsvagt_' || current_schema(),
                         json_build_object('alert', $1::uuid, 'version', $2::integer)::text)
               as "sent!: ()""#,
        alert.id as AlertId,
        columns.version
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok(())
}

/// Ends whatever of a locked alert has run out, and writes it.
pub(super) async fn run_out(
    connection: &mut PgConnection,
    keys: &Keys,
    alert: &mut Alert,
    now: Micros,
    policy: &Policy,
) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    while let Some((next, event)) = expire(alert, now, policy) {
        update(connection, keys, &next, &event).await?;
        *alert = next;
        events.push(event);
    }
    Ok(events)
}

impl AlertChange {
    pub(super) fn new(alert: Alert, events: Vec<Event>) -> Self {
        Self { alert, events }
    }
}
