//! `POST /api/alerts/seen`: what is over, and what is only technical, looked through in one go.
//!
//! Each alert is a transaction of its own with an entry of its own, so that one that somebody else
//! has taken keeps nothing else from being done, and no two lists lock each other.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::{Language, Pack};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::pages::{Acted, step};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::http::api::rules;
use crate::ids::AlertId;
use crate::projection::words::Text;
use crate::triage::{Action, Alert, CloseOutcome, Refusal, State as AlertState};

/// Most alerts of one request.
const MOST: usize = 200;

/// Alerts that somebody has looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenBody {
    /// Which, 1–200.
    alerts: Vec<SeenOne>,
}

/// An alert as it was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenOne {
    /// Its id.
    #[schema(value_type = String)]
    id: AlertId,
    /// The version that was read.
    version: u32,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeenView {
    /// How many were closed.
    seen: usize,
    /// What came of each, in the order asked, each once.
    results: Vec<SeenResult>,
}

/// What came of one alert.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeenResult {
    /// Its id.
    id: String,
    /// `seen`: it is closed. `urgent`: it is red or yellow, and each of those is looked at by
    /// itself. `changed`: it is not as it was read. `held`: somebody else has it. `put-aside`:
    /// something has been agreed about it. `missing`: there is none that the caller may see.
    result: &'static str,
    /// Its version now.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    /// Its level now.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// Its state now.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

/// Say that green and technical alerts have been seen
///
/// Each is closed with the outcome `no-action` and a note that says how; whoever sends it has it in
/// hand for that moment. Red and yellow ones are not: those are looked at one by one. What does not
/// fit is left as it is, and the others are done. An alert can be opened again.
#[utoipa::path(
    post,
    path = "/alerts/seen",
    operation_id = "seeAlerts",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en, for the note; else da")),
    request_body = SeenBody,
    responses((status = 200, description = "What came of each.", body = SeenView)),
)]
pub(super) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiJson(body): ApiJson<SeenBody>,
) -> Result<Response, Problem> {
    if !(1..=MOST).contains(&body.alerts.len()) {
        let fault = Fault::at("/alerts", "unacceptable", "1 to 200 alerts");
        return Err(Problem::with(Code::Invalid, vec![fault]));
    }
    let wanted: Vec<(AlertId, u32)> =
        body.alerts.iter().map(|alert| (alert.id, alert.version)).collect();
    let looked = see(&app, &caller, &wanted, lang.0).await?;
    let seen = looked.iter().filter(|(_, looked)| matches!(looked, Looked::Seen(_))).count();
    let results = looked.iter().map(|(id, looked)| SeenResult::new(*id, looked)).collect();
    Ok(lang.tell(crate::http::api::json(&SeenView { seen, results })))
}

impl SeenResult {
    fn new(id: AlertId, looked: &Looked) -> Self {
        let alert = looked.alert();
        Self {
            id: id.to_string(),
            result: match looked {
                Looked::Seen(_) => "seen",
                Looked::Urgent(_) => "urgent",
                Looked::Changed(_) => "changed",
                Looked::Held(_) => "held",
                Looked::PutAside(_) => "put-aside",
                Looked::Missing => "missing",
            },
            version: alert.map(|alert| alert.version),
            level: alert.map(|alert| alert.level.as_str()),
            state: alert.map(|alert| alert.state.as_str()),
        }
    }
}

/// What came of an alert that was to be seen; with the alert as it is now.
#[derive(Debug)]
pub(in crate::http) enum Looked {
    /// It is closed.
    Seen(Box<Alert>),
    /// It is red or yellow.
    Urgent(Box<Alert>),
    /// It is not as it was read.
    Changed(Box<Alert>),
    /// Somebody else has it.
    Held(Box<Alert>),
    /// Something has been agreed about it.
    PutAside(Box<Alert>),
    /// There is none that the caller may see.
    Missing,
}

impl Looked {
    fn alert(&self) -> Option<&Alert> {
        match self {
            Self::Seen(alert)
            | Self::Urgent(alert)
            | Self::Changed(alert)
            | Self::Held(alert)
            | Self::PutAside(alert) => Some(alert),
            Self::Missing => None,
        }
    }
}

/// Closes those of the alerts, each with the version that was read, that need no more than a look.
pub(in crate::http) async fn see(
    app: &App,
    caller: &ApiCaller<needs::WorklistAct>,
    wanted: &[(AlertId, u32)],
    language: Language,
) -> Result<Vec<(AlertId, Looked)>, Problem> {
    caller.trail().about([]);
    let pack = rules::active(caller.store(), app.clock().now()).await?;
    let note = Lang(language).pick(Text { da: "Set i samlet gennemgang.", en: "Seen in one go." });
    let close = Action::Close { outcome: CloseOutcome::NoAction, note: note.to_owned() };
    let (mut done, mut results) = (BTreeSet::new(), Vec::new());
    for (id, version) in wanted {
        if done.insert(*id) {
            results.push((*id, one(app, caller, *id, *version, &close, &pack).await?));
        }
    }
    Ok(results)
}

async fn one(
    app: &App,
    caller: &ApiCaller<needs::WorklistAct>,
    id: AlertId,
    version: u32,
    close: &Action,
    pack: &Pack,
) -> Result<Looked, Problem> {
    let seen = caller.store().alerts_seen(caller.sight(), &[id]).await?;
    let Some(alert) = seen.into_iter().next() else { return Ok(Looked::Missing) };
    let (now, subject) = (app.clock().now(), caller.principal().subject());
    let alert = Box::new(alert);
    if !alert.is_open() || version < alert.material_version || version > alert.version {
        return Ok(Looked::Changed(alert));
    }
    if !alert.level.is_calm() {
        return Ok(Looked::Urgent(alert));
    }
    match alert.state {
        AlertState::New => {}
        AlertState::Claimed => match alert.claimed_by(now) {
            Some(holder) if holder.id != subject => return Ok(Looked::Held(alert)),
            _ => {}
        },
        _ => return Ok(Looked::PutAside(alert)),
    }
    // What has changed since is told of by the version, or shows in the level.
    let calm = |alert: &Alert| alert.level.is_calm();
    Ok(match step(app, caller, id, version, close, pack, calm).await? {
        Some(Acted::Done(alert)) => Looked::Seen(alert),
        Some(Acted::Conflict(conflict, _)) => Looked::Changed(Box::new(conflict.alert)),
        Some(Acted::Refused(Refusal::HeldBy { .. }, alert)) => Looked::Held(alert),
        Some(Acted::Refused(_, alert)) => Looked::Changed(alert),
        None => Looked::Urgent(alert),
    })
}
