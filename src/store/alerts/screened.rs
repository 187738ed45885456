//! From a screening to alerts.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulsvagt_analytics::Screening;
use sqlx::PgConnection;

use super::AlertChange;
use super::read::lock_citizen;
use super::suppressed::{Kept, keep};
use super::write::{insert, run_out, update};
use crate::clock::Micros;
use crate::ids::{AlertId, CitizenNo};
use crate::store::vault::Keys;
use crate::store::{Store, StoreError, Tx};
use crate::triage::{
    Alert, Change, Context, Ended, Fate, Policy, RuleBook, Streak, by_problem, observe,
};

/// What a screening came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Triaged {
    /// The alerts that were written.
    pub changes: Vec<AlertChange>,
    /// How each finding ended, by problem: exactly one for each verdict that fired.
    pub fates: Vec<(Arc<str>, Fate)>,
}

impl Store {
    /// Makes alerts of a citizen's screening, in the transaction that stores it. Serialises with
    /// everything else that opens alerts of the citizen. The caller commits.
    pub async fn triage(
        &self,
        tx: &mut Tx,
        citizen: CitizenNo,
        screening: &Screening,
        book: &dyn RuleBook,
        policy: &Policy,
        now: Micros,
        mint: &mut (impl FnMut() -> AlertId + Send),
    ) -> Result<Triaged, StoreError> {
        let mut triaged = Triaged::default();
        let problems = by_problem(screening, book);
        if problems.is_empty() {
            return Ok(triaged);
        }
        lock_citizen(&mut tx.0, citizen).await?;
        let keys = self.keys_on(&mut tx.0).await?;
        let mut open = open_alerts(&mut tx.0, &keys, citizen).await?;
        let closed = last_closed(&mut tx.0, &keys, citizen).await?;
        let mut streaks = streaks(&mut tx.0, citizen).await?;
        let mut kept = Vec::new();
        for (problem, observed) in problems {
            let mut alert = open.remove(problem.as_ref());
            let mut events = match &mut alert {
                Some(alert) => run_out(&mut tx.0, &keys, alert, now, policy).await?,
                None => Vec::new(),
            };
            let context = Context {
                citizen,
                problem: &problem,
                as_of: Micros(screening.as_of),
                pack: &screening.pack,
                trend: screening.deterioration.unwrap_or_default(),
                policy,
                now,
            };
            let closed = closed.get(problem.as_ref());
            let effects = observe(alert.as_ref(), closed, &streaks, &observed, &context);
            match effects.change {
                Some(Change::Raise(draft, event)) => {
                    let new = draft.with_id(mint());
                    insert(&mut tx.0, &keys, &new, &event).await?;
                    events.push(event);
                    alert = Some(new);
                }
                Some(Change::Update(next, event)) => {
                    update(&mut tx.0, &keys, &next, &event).await?;
                    events.push(event);
                    alert = Some(*next);
                }
                None => {}
            }
            let against = alert.as_ref().or(closed).map(|alert| alert.id);
            for fate in &effects.fates {
                if let Ended::Suppressed { reason, until } = fate.ended {
                    let problem = Arc::clone(&problem);
                    kept.push(Kept { problem, fate: fate.clone(), reason, until, alert: against });
                }
            }
            if let Some(alert) = alert.filter(|_| !events.is_empty()) {
                triaged.changes.push(AlertChange::new(alert, events));
            }
            let fates = effects.fates.into_iter().map(|fate| (Arc::clone(&problem), fate));
            triaged.fates.extend(fates);
            for streak in effects.streaks {
                keep_streak(&mut tx.0, citizen, &streak).await?;
                streaks.retain(|known| known.rule != streak.rule);
                streaks.push(streak);
            }
        }
        keep(&mut tx.0, citizen, &kept, now).await?;
        Ok(triaged)
    }
}

/// By problem; locked.
async fn open_alerts(
    connection: &mut PgConnection,
    keys: &Keys,
    citizen: CitizenNo,
) -> Result<BTreeMap<String, Alert>, StoreError> {
    let rows = sqlx::query_scalar!(
        "-- alerts.lock_open
         select body from alert where citizen = $1 and closed is null
         order by id for update",
        citizen.0
    )
    .fetch_all(connection)
    .await?;
    by_their_problem(keys, &rows)
}

/// By problem, the one that was closed last.
async fn last_closed(
    connection: &mut PgConnection,
    keys: &Keys,
    citizen: CitizenNo,
) -> Result<BTreeMap<String, Alert>, StoreError> {
    let rows = sqlx::query_scalar!(
        "-- alerts.last_closed
         select distinct on (problem) body from alert
         where citizen = $1 and closed is not null
         order by problem, closed desc",
        citizen.0
    )
    .fetch_all(connection)
    .await?;
    by_their_problem(keys, &rows)
}

fn by_their_problem(keys: &Keys, bodies: &[String]) -> Result<BTreeMap<String, Alert>, StoreError> {
    bodies
        .iter()
        .map(|body| keys.open_alert(body).map(|alert| (alert.problem.clone(), alert)))
        .collect()
}

async fn streaks(
    connection: &mut PgConnection,
    citizen: CitizenNo,
) -> Result<Vec<Streak>, StoreError> {
    let rows = sqlx::query!(
        "-- alerts.streaks
         select rule, days, last_at from triage_streak where citizen = $1",
        citizen.0
    )
    .fetch_all(connection)
    .await?;
    let streak = |(rule, days, last_at): (String, Vec<i32>, Micros)| Streak {
        rule,
        days: days.into_iter().collect(),
        last_at,
    };
    Ok(rows.into_iter().map(|row| streak((row.rule, row.days, row.last_at))).collect())
}

async fn keep_streak(
    connection: &mut PgConnection,
    citizen: CitizenNo,
    streak: &Streak,
) -> Result<(), StoreError> {
    let days: Vec<i32> = streak.days.iter().copied().collect();
    sqlx::query!(
        "-- alerts.keep_streak
         insert into triage_streak (citizen, rule, days, last_at) values ($1, $2, $3, $4)
         on conflict (citizen, rule) do update
         set days = excluded.days, last_at = excluded.last_at",
        citizen.0,
        streak.rule,
        &days,
        streak.last_at as Micros
    )
    .execute(connection)
    .await?;
    Ok(())
}
