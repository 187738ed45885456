//! What nurses do with an alert, as the web pages ask for it.

use pulsvagt_analytics::Pack;

use super::actor;
use super::perform::finish;
use crate::app::App;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::ids::{AlertId, new_alert_id};
use crate::store::alerts::{Acting, Conflict};
use crate::triage::{Action, Alert, Event, Refusal};

/// What came of it.
#[derive(Debug)]
pub(in crate::http) enum Acted {
    /// It is done; the alert as it is now.
    Done(Box<Alert>),
    /// Somebody, or something, was faster. With what happened since, oldest first.
    Conflict(Box<Conflict>, Vec<Event>),
    /// It is not possible. The alert as it is now.
    Refused(Refusal, Box<Alert>),
}

/// Does it to the alert that was read in version `expected`. What needs a claim takes the alert on
/// first, if nobody has it, in the same transaction: whoever closes an alert from the list has it
/// in hand.
pub(in crate::http) async fn act(
    app: &App,
    caller: &ApiCaller<needs::WorklistAct>,
    id: AlertId,
    expected: u32,
    action: &Action,
) -> Result<Acted, Problem> {
    let store = caller.store();
    let alert = store.alert(id).await?.ok_or_else(Problem::not_found)?;
    caller.trail().about([alert.citizen]);
    caller.may_see(alert.citizen).await?;
    let pack = rules::active(store, app.clock().now()).await?;
    let acted = step(app, caller, id, expected, action, &pack, |_| true).await?;
    acted.ok_or_else(Problem::not_found)
}

/// As [`act`], once it is known that the caller may see the alert. `fits` looks at the alert as it
/// would be; `None` where it says no, and nothing is done.
pub(super) async fn step(
    app: &App,
    caller: &ApiCaller<needs::WorklistAct>,
    id: AlertId,
    expected: u32,
    action: &Action,
    pack: &Pack,
    fits: impl Fn(&Alert) -> bool + Send,
) -> Result<Option<Acted>, Problem> {
    let store = caller.store();
    let now = app.clock().now();
    let actor = actor(caller);
    let sight = caller.sight();
    let mut tx = store.begin().await?;
    let mut mint = || new_alert_id(now);
    let mut acting =
        store.act_in(&mut tx, sight, id, expected, action, &actor, now, &mut mint).await?;
    if matches!(acting, Acting::Refused(Refusal::ClaimFirst(_))) {
        let claim = Action::Claim;
        let claimed =
            store.act_in(&mut tx, sight, id, expected, &claim, &actor, now, &mut mint).await?;
        acting = match claimed {
            Acting::Done(change) => {
                let version = change.alert.version;
                store.act_in(&mut tx, sight, id, version, action, &actor, now, &mut mint).await?
            }
            other => other,
        };
    }
    match acting {
        Acting::Missing => Err(Problem::not_found()),
        Acting::Conflict(conflict) => {
            drop(tx);
            let events = store.alert_events(id).await?;
            let since = events.into_iter().filter(|event| event.version > expected).collect();
            Ok(Some(Acted::Conflict(conflict, since)))
        }
        Acting::Refused(refusal) => {
            drop(tx);
            let alert = store.alert(id).await?.ok_or_else(Problem::not_found)?;
            Ok(Some(Acted::Refused(refusal, Box::new(alert))))
        }
        Acting::Done(change) if !fits(&change.alert) => Ok(None),
        Acting::Done(change) => {
            finish(caller, tx, &change.alert, pack, now).await?;
            Ok(Some(Acted::Done(Box::new(change.alert))))
        }
    }
}
