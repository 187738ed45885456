//! What nurses do with an alert: one operation each.
//!
//! All of them need the version that was read, in `If-Match` or as `version` in the body, and answer
//! with the alert as it is then. A claim keeps two nurses from working on the same citizen.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::perform::{Request, perform};
use super::{AlertDetail, moment};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::ids::AlertId;
use crate::triage::{Action, CloseOutcome, EscalateTo};

/// Nothing but the version.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlyVersion {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
}

/// A call back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBack {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
    /// When the citizen is called back.
    #[schema(format = DateTime)]
    at: String,
}

/// Handing on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Escalate {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
    /// To whom: `gp`, `112`, or the name of a role or team of the municipality.
    to: String,
}

/// Putting off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snooze {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
    /// Until when.
    #[schema(format = DateTime)]
    until: String,
    /// Why.
    reason: String,
}

/// A note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
    /// What.
    text: String,
}

/// Closing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    /// The version that was read, where it is not in `If-Match`.
    version: Option<u32>,
    /// What came of it: no-action, advice, re-measure-normal, visit, gp, ed, admission, technical,
    /// false-alarm.
    #[schema(value_type = String, example = "advice")]
    outcome: CloseOutcome,
    /// Why.
    note: String,
}

fn at(pointer: &'static str, text: &str) -> Result<crate::clock::Micros, Problem> {
    moment(text).ok_or_else(|| {
        let text = "expected a moment such as 2026-01-31T12:00:00Z";
        Problem::with(Code::BadBody, vec![Fault::at(pointer, "unexpected", text)])
    })
}

/// Take an alert on
///
/// Nobody else can work on it until the claim runs out or is given back. Claiming what one has already
/// makes the claim longer. What was put aside comes back by being claimed.
#[utoipa::path(
    post,
    path = "/alerts/{id}/claim",
    operation_id = "claimAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = OnlyVersion,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn claim(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OnlyVersion>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Claim).await
}

/// Give an alert back
///
/// It is on the list again, for everybody.
#[utoipa::path(
    post,
    path = "/alerts/{id}/release",
    operation_id = "releaseAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = OnlyVersion,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn release(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OnlyVersion>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Release).await
}

/// Ask for another measurement
///
/// The alert waits for it, for as long as the policy says.
#[utoipa::path(
    post,
    path = "/alerts/{id}/remeasure",
    operation_id = "requestRemeasure",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = OnlyVersion,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn remeasure(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OnlyVersion>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::RequestRemeasure).await
}

/// Agree to call back
///
/// The alert waits until then.
#[utoipa::path(
    post,
    path = "/alerts/{id}/call-back",
    operation_id = "agreeCallBack",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = CallBack,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn call_back(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<CallBack>,
) -> Result<Response, Problem> {
    let at = at("/at", &body.at)?;
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::CallBack { at }).await
}

/// Hand an alert on
///
/// To the general practitioner, the emergency services, or a role or team of the municipality.
#[utoipa::path(
    post,
    path = "/alerts/{id}/escalate",
    operation_id = "escalateAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Escalate,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn escalate(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Escalate>,
) -> Result<Response, Problem> {
    let to = match body.to.as_str() {
        "gp" => EscalateTo::Gp,
        "112" => EscalateTo::Emergency,
        role => EscalateTo::Role(role.to_owned()),
    };
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Escalate { to }).await
}

/// Put an alert off
///
/// With a reason, for at most as long as the policy says. Anything worse brings it back at once.
#[utoipa::path(
    post,
    path = "/alerts/{id}/snooze",
    operation_id = "snoozeAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Snooze,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn snooze(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Snooze>,
) -> Result<Response, Problem> {
    let until = at("/until", &body.until)?;
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Snooze { until, reason: body.reason }).await
}

/// Write a note
///
/// It stands in the alert's history and in the Task.
#[utoipa::path(
    post,
    path = "/alerts/{id}/note",
    operation_id = "noteAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Note,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn note(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Note>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Note { text: body.text }).await
}

/// Close an alert
///
/// With what came of it, and a note. What fires afterwards on the same evidence raises nothing; what is
/// worse does.
#[utoipa::path(
    post,
    path = "/alerts/{id}/close",
    operation_id = "closeAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Close,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn close(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Close>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Close { outcome: body.outcome, note: body.note }).await
}

/// Open a closed alert again
///
/// As a new alert, linked to this one, which stays closed. The answer is the new one.
#[utoipa::path(
    post,
    path = "/alerts/{id}/reopen",
    operation_id = "reopenAlert",
    tag = "worklist",
    security(("bearer" = ["worklist:act"])),
    params(
        ("id" = String, Path, description = "Id of the alert"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = OnlyVersion,
    responses((
        status = 200,
        description = "The alert as it is now.",
        body = AlertDetail,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn reopen(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistAct>,
    lang: Lang,
    ApiPath(id): ApiPath<AlertId>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OnlyVersion>,
) -> Result<Response, Problem> {
    let (headers, version) = (&headers, body.version);
    let request = Request { app: &app, caller: &caller, lang, id, headers, version };
    perform(request, &Action::Reopen).await
}
