//! `GET /api/events`: what changes, as it changes (server-sent events).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

use super::extract::{ApiCaller, needs};
use super::problem::Problem;
use crate::access::Principal;
use crate::app::App;
use crate::http::Caller;
use crate::http::auth::cookies::session_token;
use crate::ids::AlertId;
use crate::live::{Changed, Changes, Told};
use crate::store::Sight;

/// How often something is sent where nothing changes, so that nobody on the way gives up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After how long a client is to come back once the stream has ended.
const COME_BACK: Duration = Duration::from_secs(2);

/// The data of an event of kind `alert`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertChanged {
    /// The alert's id.
    alert: String,
    /// Its version now.
    version: u32,
}

/// Follow the alerts
///
/// Server-sent events. `alert` says that an alert is another version; what has changed is for the
/// client to ask. The first change is told at once, those that follow within a quarter of a second
/// together, each alert once. Alerts of citizens of other teams are not told of. `resync` says that something may have been missed: ask for everything anew. It is
/// the first event for a client that comes back (with `Last-Event-ID`), for nothing is kept for
/// those who are away; for others that is `ready`. The stream ends when the token expires or the
/// server stops.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "followAlerts",
    tag = "worklist",
    security(("bearer" = ["worklist:read"])),
    params(("Last-Event-ID" = Option<String>, Header, description = "Sent by clients that come back")),
    responses((
        status = 200,
        description = "Events, until somebody hangs up.",
        body = AlertChanged,
        content_type = "text/event-stream",
    )),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistRead>,
    parts: Parts,
) -> Result<Response, Problem> {
    // Only the ids of alerts are told.
    caller.trail().nobody();
    let municipality = caller.municipality();
    let changes = municipality
        .live
        .watch(&municipality.store, app.clock(), app.tasks(), app.stopping())
        .await?;
    let hello = if parts.headers.contains_key("last-event-id") { "resync" } else { "ready" };
    let hello = Event::default().event(hello).data("{}").retry(COME_BACK);
    let left = caller.principal().expires() - app.clock().now().as_second();
    let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
    let stopping = app.stopping().clone();
    let (machines, store) = (app.machines().clone(), municipality.store.clone());
    let principal = caller.principal().clone();
    let watcher = Watcher::new(caller.caller());
    let session = session_token(&parts, &app);
    let end = async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(left) => {}
            () = machines.until_over(&store, &principal) => {}
            () = app.people().until_over(&store, session.as_ref(), app.clock()) => {}
        }
    };
    let events = stream::once(async { hello })
        .chain(Box::pin(events(changes, watcher)))
        .take_until(Box::pin(end));
    let events = events.map(Ok::<_, Infallible>);
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that collect answers before they pass them on must not.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

/// Who is told. Holds no municipality, whose writer would then not end when the server stops.
struct Watcher {
    everybody: bool,
    principal: Principal,
}

impl Watcher {
    fn new(caller: &Caller) -> Self {
        let everybody = caller.sight().is_everybody();
        Self { everybody, principal: caller.principal().clone() }
    }

    /// What of the changes the watcher may know of now: an access to a citizen may have begun or
    /// ended, and the citizen may have come to another team, since the stream began.
    fn may_know(&self, changes: &Changes) -> VecDeque<Event> {
        let sight = if self.everybody {
            Sight::everybody()
        } else {
            let (issuer, subject) = (self.principal.issuer(), self.principal.subject());
            let named = Some(self.principal.teams()).filter(|named| !named.is_empty());
            changes.sights.of(issuer, subject, named)
        };
        let known = |changed: &&Changed| match changed.whose {
            Some((citizen, team)) => sight.has(citizen, team),
            None => self.everybody,
        };
        let known = changes.alerts.iter().filter(known);
        known.map(|known| changed(known.alert, known.version)).collect()
    }
}

/// Events that were heard together follow one another without a wait, so that they leave together.
fn events(changes: Receiver<Told>, watcher: Watcher) -> impl Stream<Item = Event> {
    let state = (changes, watcher, VecDeque::new());
    stream::unfold(state, |(mut changes, watcher, mut ready)| async move {
        let event = loop {
            if let Some(event) = ready.pop_front() {
                break event;
            }
            match changes.recv().await {
                Ok(Told::Changed(changes)) => ready = watcher.may_know(&changes),
                Ok(Told::Gap) | Err(RecvError::Lagged(_)) => break resync(),
                Err(RecvError::Closed) => return None,
            }
        };
        Some((event, (changes, watcher, ready)))
    })
}

fn changed(alert: AlertId, version: u32) -> Event {
    let alert = alert.to_string();
    let id = format!("{alert}.{version}");
    let data = serde_json::to_string(&AlertChanged { alert, version });
    Event::default().event("alert").id(id).data(data.unwrap_or_default())
}

fn resync() -> Event {
    Event::default().event("resync").data("{}")
}
