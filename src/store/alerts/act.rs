//! What people do to alerts.

use super::AlertChange;
use super::read::{lock_citizen, locked};
use super::write::{insert, number, run_out, update};
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};
use crate::store::{Sight, Store, StoreError, Tx};
use crate::triage::{Acted, Action, Actor, Alert, Refusal, act};

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Acting {
    /// It is done. For `Action::Reopen` this is the new alert.
    Done(Box<AlertChange>),
    /// The alert has changed since it was read. Nothing was written.
    Conflict(Box<Conflict>),
    /// It is not possible. Nothing was written.
    Refused(Refusal),
    /// There is no such alert.
    Missing,
}

/// What somebody else made of the alert in the meantime.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The alert as it is now.
    pub alert: Alert,
    /// Who has it, or who changed it last; `None` = the machine, because of new evidence or because
    /// time ran out.
    pub by: Option<Actor>,
}

impl Store {
    /// Does something to an alert that the actor has read in version `expected`, with an entry that
    /// says so. Newer evidence of what was known then is no conflict: see
    /// `Alert::material_version`.
    pub async fn act(
        &self,
        id: AlertId,
        expected: u32,
        action: &Action,
        actor: &Actor,
        now: Micros,
        mint: &mut (impl FnMut() -> AlertId + Send),
    ) -> Result<Acting, StoreError> {
        let mut tx = self.begin().await?;
        let all = Sight::everybody();
        let acting = self.act_in(&mut tx, &all, id, expected, action, actor, now, mint).await?;
        if let Acting::Done(change) = &acting {
            let alert = &change.alert;
            let entry = Entry::of_actor(&actor.id, &actor.role, "act-on-alert", now)
                .about([alert.citizen])
                .with("Alert", &alert.id, alert.version);
            tx.commit(&Block::of(entry)).await?;
        }
        Ok(acting)
    }

    /// As [`Self::act`], in a transaction that the caller commits if, and only if, it is done. An
    /// alert of a citizen who is out of sight is not there.
    pub async fn act_in(
        &self,
        tx: &mut Tx,
        sight: &Sight,
        id: AlertId,
        expected: u32,
        action: &Action,
        actor: &Actor,
        now: Micros,
        mint: &mut (impl FnMut() -> AlertId + Send),
    ) -> Result<Acting, StoreError> {
        let policy = self.policy_in(tx).await?.policy;
        if *action == Action::Reopen {
            let citizen = sqlx::query_scalar!(
                "-- alerts.citizen
                 select citizen from alert where id = $1",
                id as AlertId
            )
            .fetch_optional(&mut *tx.0)
            .await?;
            let Some(citizen) = citizen else { return Ok(Acting::Missing) };
            if !self.sees_in(tx, sight, CitizenNo(citizen)).await? {
                return Ok(Acting::Missing);
            }
            lock_citizen(&mut tx.0, CitizenNo(citizen)).await?;
        }
        let keys = self.keys_on(&mut tx.0).await?;
        let Some(mut alert) = locked(&mut tx.0, &keys, id).await? else {
            return Ok(Acting::Missing);
        };
        if !self.sees_in(tx, sight, alert.citizen).await? {
            return Ok(Acting::Missing);
        }
        self.open_to_staff_in(tx, alert.citizen).await?;
        if expected < alert.material_version || expected > alert.version {
            let by = match (&alert.closing, &alert.holder) {
                (Some(closing), _) => Some(closing.by.clone()),
                (None, Some(holder)) => Some(holder.clone()),
                (None, None) => self.changed_by(tx, &alert, expected).await?,
            };
            return Ok(Acting::Conflict(Box::new(Conflict { alert, by })));
        }
        let mut events = run_out(&mut tx.0, &keys, &mut alert, now, &policy).await?;
        let change = match act(&alert, action, actor, now, &policy) {
            Err(refusal) => return Ok(Acting::Refused(refusal)),
            Ok(Acted::Changed(next, event)) => {
                update(&mut tx.0, &keys, &next, &event).await?;
                events.push(event);
                AlertChange::new(*next, events)
            }
            Ok(Acted::Reopened(draft, event)) => {
                if let Some(open) = self.open_of_problem(tx, &alert).await? {
                    return Ok(Acting::Refused(Refusal::AlreadyOpen(open)));
                }
                let next = draft.with_id(mint());
                insert(&mut tx.0, &keys, &next, &event).await?;
                AlertChange::new(next, vec![event])
            }
        };
        Ok(Acting::Done(Box::new(change)))
    }

    /// Who last did something to it since that version.
    async fn changed_by(
        &self,
        tx: &mut Tx,
        alert: &Alert,
        since: u32,
    ) -> Result<Option<Actor>, StoreError> {
        let body = sqlx::query_scalar!(
            "-- alerts.changed_by
             select body from alert_event
             where alert = $1 and version > $2 and actor is not null
             order by version desc limit 1",
            alert.id as AlertId,
            // A version that there never was is a conflict with whatever there is.
            number(since.min(alert.version))?
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(body) = body else { return Ok(None) };
        Ok(self.keys_on(&mut tx.0).await?.open_event(alert.id, &body)?.by)
    }

    async fn open_of_problem(
        &self,
        tx: &mut Tx,
        alert: &Alert,
    ) -> Result<Option<AlertId>, StoreError> {
        let id = sqlx::query_scalar!(
            r#"-- alerts.open_of_problem
            select id as "id: AlertId" from alert
            where citizen = $1 and problem = $2 and closed is null"#,
            alert.citizen.0,
            alert.problem
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        Ok(id)
    }
}
