//! Doing something to an alert: what is legal, and what is told where it is not.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use serde_json::json;

use super::{actor, detail};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, needs, version};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::http::api::rules;
use crate::ids::{AlertId, new_alert_id};
use crate::projection::{PackFacts, ProjectionError, tell};
use crate::store::Tx;
use crate::store::alerts::{Acting, Conflict};
use crate::telemetry::chain;
use crate::triage::state::{TABLE, Who};
use crate::triage::{Action, Actor, Alert, Level, Refusal, State, Verb};

/// Who does what to which version of an alert.
pub(super) struct Request<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a ApiCaller<needs::WorklistAct>,
    pub(super) lang: Lang,
    pub(super) id: AlertId,
    pub(super) headers: &'a HeaderMap,
    /// The version in the body.
    pub(super) version: Option<u32>,
}

/// Does it, and tells other systems in the same transaction.
pub(super) async fn perform(request: Request<'_>, action: &Action) -> Result<Response, Problem> {
    let Request { app, caller, lang, id, .. } = request;
    let expected = expected(request.headers, request.version)?;
    let store = caller.store();
    let now = app.clock().now();
    let actor = actor(caller);
    let pack = rules::active(store, now).await?;
    let mut tx = store.begin().await?;
    let mut mint = || new_alert_id(now);
    let acting =
        store.act_in(&mut tx, caller.sight(), id, expected, action, &actor, now, &mut mint).await?;
    match acting {
        Acting::Missing => Err(Problem::not_found()),
        Acting::Conflict(conflict) => Err(conflicting(&conflict)),
        Acting::Refused(refusal) => {
            drop(tx);
            let alert = store.alert(id).await?.ok_or_else(Problem::not_found)?;
            Err(refused(&refusal, &alert, &actor, now))
        }
        Acting::Done(change) => {
            finish(caller, tx, &change.alert, &pack, now).await?;
            detail(app, caller, lang, &change.alert).await
        }
    }
}

/// Tells other systems of what was done to the alert, and commits it with the entry that says so.
pub(super) async fn finish(
    caller: &ApiCaller<needs::WorklistAct>,
    mut tx: Tx,
    alert: &Alert,
    pack: &Pack,
    now: Micros,
) -> Result<(), Problem> {
    let facts = PackFacts::from(pack);
    let told = tell(caller.store(), &mut tx, alert.id, None, &facts, now).await;
    told.map_err(|error| match error {
        ProjectionError::Store(error) => error.into(),
        error @ ProjectionError::Invalid { .. } => Problem::internal(chain(&error)),
    })?;
    let (id, citizen) = (alert.id.to_string(), Some(alert.citizen));
    caller.trail().resource("Alert", &id, alert.version, citizen);
    caller.commit(tx, now).await?;
    Ok(())
}

/// The version that the client has read: in `If-Match`, or in the body.
fn expected(headers: &HeaderMap, body: Option<u32>) -> Result<u32, Problem> {
    let header = match headers.get(IF_MATCH) {
        None => None,
        Some(value) => {
            let tag = value.to_str().ok().and_then(version::parse).ok_or_else(|| {
                let text = "expected one version as in an ETag: \"3\"";
                let fault = Fault::of_parameter("If-Match", "bad-etag", text);
                Problem::with(Code::BadHeader, vec![fault])
            })?;
            Some(tag)
        }
    };
    match (header, body) {
        (Some(header), Some(body)) if header != body => {
            let text = "the version is not the one in If-Match";
            Err(Problem::with(Code::Invalid, vec![Fault::at("/version", "versions-differ", text)]))
        }
        (Some(version), _) | (None, Some(version)) => Ok(version),
        (None, None) => {
            Err(Problem::new(Code::VersionRequired, "the ETag of what you have read, or `version`"))
        }
    }
}

/// 409: somebody was faster, and who.
fn conflicting(conflict: &Conflict) -> Problem {
    let Conflict { alert, by } = conflict;
    let detail = match by {
        Some(actor) => {
            format!("{} ({}) has changed it meanwhile: read it again", actor.id, actor.role)
        }
        None => "newer readings or the time have changed it meanwhile: read it again".to_owned(),
    };
    Problem::new(Code::Conflict, detail)
        .member("by", json!(by))
        .member("version", json!(alert.version))
        .member("state", json!(alert.state))
}

fn refused(refusal: &Refusal, alert: &Alert, actor: &Actor, now: Micros) -> Problem {
    let legal = legal(alert, actor, now);
    match refusal {
        Refusal::HeldBy { holder, until } => {
            Problem::new(Code::Conflict, format!("{} ({}) has it", holder.id, holder.role))
                .member("by", json!(holder))
                .member("until", json!(until.to_string()))
                .member("version", json!(alert.version))
                .member("state", json!(alert.state))
        }
        Refusal::AlreadyOpen(open) => Problem::new(Code::Conflict, refusal.to_string())
            .member("alert", json!(open.to_string())),
        Refusal::NotInState { .. } | Refusal::ClaimFirst(_) => {
            Problem::new(Code::IllegalStep, refusal.to_string())
                .member("state", json!(alert.state))
                .member("legal", json!(legal))
        }
        Refusal::NoSnooze(_) => Problem::new(Code::IllegalStep, refusal.to_string())
            .member("state", json!(alert.state))
            .member(
                "legal",
                json!(legal.iter().filter(|verb| **verb != "snooze").collect::<Vec<_>>()),
            ),
        Refusal::Text { field, .. } | Refusal::Time { field, .. } => {
            let pointer = format!("/{}", field.replace('.', "/"));
            Problem::with(
                Code::Invalid,
                vec![Fault::at(pointer, "unacceptable", refusal.to_string())],
            )
        }
    }
}

/// What somebody can do with an alert now, as the last part of the operation's address.
pub(super) fn legal(alert: &Alert, actor: &Actor, now: Micros) -> Vec<&'static str> {
    if alert.state == State::Closed {
        return vec![word(Verb::Reopen)];
    }
    let holds = alert.claimed_by(now).is_some_and(|holder| holder.id == actor.id);
    let can = |who: Who| match who {
        Who::Machine => false,
        Who::Nurse => true,
        Who::Holder => holds,
        Who::NurseIfGreen => alert.level == Level::Green,
    };
    TABLE
        .iter()
        .filter(|step| step.from == Some(alert.state) && can(step.who))
        .map(|step| word(step.verb))
        .collect()
}

/// The last part of the address.
fn word(verb: Verb) -> &'static str {
    match verb {
        Verb::RequestRemeasure => "remeasure",
        other => other.as_str(),
    }
}
