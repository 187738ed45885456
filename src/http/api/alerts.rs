//! `/api/alerts/{id}`: one alert, and what nurses do with it.

mod act;
mod history;
mod pages;
mod perform;
mod seen;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ApiCaller, ApiPath, Needs, etag, needs};
use super::language::Lang;
use super::problem::Problem;
use super::rules;
use super::view::{AlertView, Shown};
use super::worklist::About;
use crate::app::App;
use crate::clock::Micros;
use crate::ids::AlertId;
use crate::triage::{Actor, Alert};

use history::{EventView, FindingView, SuppressionView};
pub(super) use history::{Evidence, Number as EvidenceNumber, SuppressionView as Suppressed};
pub(in crate::http) use pages::{Acted, act};
pub(in crate::http) use seen::see;

/// Suppressions and findings of the citizen that are looked through for those of the alert.
const MOST: u16 = 500;

/// The operations on one alert.
pub(super) fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(act::claim))
        .routes(routes!(act::release))
        .routes(routes!(act::remeasure))
        .routes(routes!(act::call_back))
        .routes(routes!(act::escalate))
        .routes(routes!(act::snooze))
        .routes(routes!(act::note))
        .routes(routes!(act::close))
        .routes(routes!(act::reopen))
        .routes(routes!(seen::post))
}

/// Everything about an alert.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertDetail {
    /// What the worklist shows of it.
    #[serde(flatten)]
    alert: AlertView,
    /// What the caller can do with it now, as the last part of the address of the operation.
    legal: Vec<&'static str>,
    /// The rules' parts, in the order they came.
    findings: Vec<FindingView>,
    /// Everything that happened to it, oldest first.
    events: Vec<EventView>,
    /// Findings that were kept out of it, newest first.
    suppressions: Vec<SuppressionView>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    closing: Option<ClosingView>,
}

/// How an alert ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClosingView {
    #[schema(format = DateTime)]
    at: String,
    by: String,
    /// What came of it.
    outcome: &'static str,
    note: String,
}

/// One alert
///
/// With everything that happened to it, what each rule rests on, and what was kept out.
#[utoipa::path(
    get,
    path = "/alerts/{id}",
    operation_id = "getAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:read"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((
        status = 200,
        description = "The alert.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistRead>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
) -> Result<Response, Problem> {
    let alert = caller.store().alert(id).await?.ok_or_else(Problem::not_found)?;
    let citizen = Some(alert.citizen);
    caller.trail().resource("Alert", &id.to_string(), alert.version, citizen);
    caller.may_see(alert.citizen).await?;
    detail(&app, &caller, lang, &alert).await
}

/// An alert as an answer. What it shows is read after the alert, so it is at least as new.
async fn detail<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
    alert: &Alert,
) -> Result<Response, Problem> {
    let store = caller.store();
    let now = app.clock().now();
    let about = About::load(caller.caller(), &[alert.citizen], now).await?;
    let citizen_id = store.citizen_id(alert.citizen).await?;
    let pack = rules::active(store, now).await?;
    let shown = Shown {
        alert,
        citizen_id: &citizen_id,
        person: about.persons.get(&alert.citizen),
        screening: about.screenings.get(&alert.citizen),
        days: about.days(alert.citizen),
        denials: &about.denials,
        pack: &pack,
        lang,
        caller: caller.principal().subject(),
        today: about.today,
        now,
    };
    let events = store.alert_events(alert.id).await?;
    let evidence = store.findings(alert.citizen, u32::from(MOST)).await?;
    let kept = history::suppressions(store, alert).await?;
    let answer = AlertDetail {
        alert: AlertView::new(&shown),
        legal: perform::legal(alert, &actor(caller), now),
        findings: history::findings(&shown, &evidence)?,
        // An event of a later version than the alert that was read would contradict it.
        events: events
            .iter()
            .filter(|event| event.version <= alert.version)
            .map(EventView::new)
            .collect(),
        suppressions: kept.iter().map(|kept| SuppressionView::new(kept, lang)).collect(),
        closing: alert.closing.as_ref().map(|closing| ClosingView {
            at: closing.at.to_string(),
            by: closing.by.id.clone(),
            outcome: closing.outcome.as_str(),
            note: closing.note.clone(),
        }),
    };
    let mut response = super::json(&answer);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&etag(alert.version)) {
        headers.insert(ETAG, tag);
    }
    Ok(lang.tell(response))
}

/// The caller as triage knows people.
pub(in crate::http::api) fn actor<N: Needs>(caller: &ApiCaller<N>) -> Actor {
    let principal = caller.principal();
    let name = caller.caller().session().map(|session| session.person().name.clone());
    Actor { name, ..Actor::new(principal.subject(), principal.role().as_str()) }
}

/// A moment in a body: RFC 3339, as everywhere in this API.
fn moment(text: &str) -> Option<Micros> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Micros(at.as_microsecond()))
}
