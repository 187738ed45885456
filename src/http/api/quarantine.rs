//! `/api/quarantine`: readings that cannot be right, and what somebody decides about them.
//!
//! A decision is a new version of the reading, made as any correction is, with a Provenance that
//! says who and why; screening looks again at the day from the same transaction on.

mod all;
mod decide;
mod view;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ApiCaller, ApiJson, ApiPath, ApiQuery, IfMatch, etag, needs};
use super::language::Lang;
use super::problem::{Code, Fault, Problem};
use super::worklist::wrong;
use crate::app::App;
use crate::ingest::Quarantine;
use crate::store::observations::DoubtFilter;

pub(in crate::http) use all::decide_all;
pub(in crate::http) use decide::{Ask, Came, Refused, decide};
#[cfg(test)]
pub(in crate::http) use view::{Count, UsualView, Whose};
pub(in crate::http) use view::{Doubted, DoubtedValue, Waiting, list, one};

/// The operations on readings that cannot be right.
pub(super) fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(accept))
        .routes(routes!(reject))
        .routes(routes!(fix))
        .routes(routes!(undo))
        .routes(routes!(all::post))
}

const PAGE: u16 = 50;
const LARGEST: u16 = 200;

/// Which readings are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// waiting (else), or decided.
    state: Option<String>,
    /// Of this citizen only.
    citizen: Option<String>,
    /// For this reason only: implausible, clock-ahead, clock-behind, unit-unknown,
    /// end-before-start.
    reason: Option<String>,
    /// From this device only, as its reference was sent; empty = from readings without one.
    device: Option<String>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<i64>,
    /// Most rows, 1–200; else 50.
    limit: Option<u16>,
}

/// Readings that cannot be right
///
/// They are kept and never scored until somebody decides. Newest first; with how many wait, by reason
/// and device. What a sender has given another status itself is not here.
#[utoipa::path(
    get,
    path = "/quarantine",
    operation_id = "getQuarantine",
    tag = "worklist",
    security(("bearer" = ["quarantine:read"])),
    params(
        Asked,
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "A page of them.", body = Waiting)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineRead>,
    lang: Lang,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(wrong("limit", "expected 1 to 200"));
    }
    let decided = match asked.state.as_deref() {
        None | Some("waiting") => false,
        Some("decided") => true,
        Some(_) => return Err(wrong("state", "expected waiting or decided")),
    };
    let mut filter = DoubtFilter { decided, device: asked.device, ..DoubtFilter::default() };
    if let Some(code) = asked.reason.as_deref() {
        let reason = Quarantine::from_code(code);
        let reason = reason.ok_or_else(|| wrong("reason", "expected a known reason"))?;
        filter.reason = Some(reason.number());
    }
    if let Some(id) = asked.citizen.as_deref() {
        filter.citizen = Some(caller.citizen(id).await?);
    }
    let waiting = list(&app, &caller, lang, &filter, asked.cursor, limit).await?;
    Ok(lang.tell(super::json(&waiting)))
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// In 3 to 1,000 characters and without a CPR number. Stands in the reading's Provenance.
    why: String,
}

/// What a reading should have said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FixBody {
    /// In 3 to 1,000 characters and without a CPR number. Stands in the reading's Provenance.
    why: String,
    /// What is to be written anew.
    values: Vec<FixedValue>,
}

/// Another number or unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FixedValue {
    /// Of what, as `values` of the reading tells it.
    place: usize,
    /// The number as text, so that no digit is lost; left out = as it was sent.
    #[schema(example = "80.0")]
    value: Option<String>,
    /// The unit, a UCUM code; left out = as it was sent.
    #[schema(example = "[lb_av]")]
    unit: Option<String>,
}

/// Say that a reading counts as it is
///
/// From then on it is scored like any other. Possible where the value or a clock that was ahead is
/// what is doubted; a reading without a usable unit or time has nothing that could count.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/accept",
    operation_id = "acceptReading",
    tag = "worklist",
    security(("bearer" = ["quarantine:decide"])),
    params(
        ("id" = String, Path, description = "Id of the Observation"),
        ("If-Match" = String, Header, description = "The version that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Why,
    responses((
        status = 200,
        description = "The reading as it is now.",
        body = Doubted,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn accept(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineDecide>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(body): ApiJson<Why>,
) -> Result<Response, Problem> {
    let ask = Ask::Accept;
    answer(lang, decide(&app, &caller, lang, &id, expected, &ask, &body.why).await?)
}

/// Say that a reading was entered in error
///
/// It stays in the history with that status, and is never scored.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/reject",
    operation_id = "rejectReading",
    tag = "worklist",
    security(("bearer" = ["quarantine:decide"])),
    params(
        ("id" = String, Path, description = "Id of the Observation"),
        ("If-Match" = String, Header, description = "The version that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Why,
    responses((
        status = 200,
        description = "The reading as it is now.",
        body = Doubted,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn reject(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineDecide>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(body): ApiJson<Why>,
) -> Result<Response, Problem> {
    let ask = Ask::Reject;
    answer(lang, decide(&app, &caller, lang, &id, expected, &ask, &body.why).await?)
}

/// Say what a reading should have said
///
/// A new version with another number or unit, which is scored; what was sent stays in the history.
/// Refused where it would still not be possible.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/fix",
    operation_id = "fixReading",
    tag = "worklist",
    security(("bearer" = ["quarantine:decide"])),
    params(
        ("id" = String, Path, description = "Id of the Observation"),
        ("If-Match" = String, Header, description = "The version that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = FixBody,
    responses((
        status = 200,
        description = "The reading as it is now.",
        body = Doubted,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn fix(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineDecide>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(body): ApiJson<FixBody>,
) -> Result<Response, Problem> {
    let fixes = body
        .values
        .into_iter()
        .map(|FixedValue { place, value, unit }| crate::http::fhir::Fix { place, value, unit });
    let ask = Ask::Fix(fixes.collect());
    answer(lang, decide(&app, &caller, lang, &id, expected, &ask, &body.why).await?)
}

/// Take back that a reading counts
///
/// It waits again, for the same reason as before.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/undo",
    operation_id = "doubtReading",
    tag = "worklist",
    security(("bearer" = ["quarantine:decide"])),
    params(
        ("id" = String, Path, description = "Id of the Observation"),
        ("If-Match" = String, Header, description = "The version that was read"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = Why,
    responses((
        status = 200,
        description = "The reading as it is now.",
        body = Doubted,
        headers(("ETag" = String, description = "The version, for If-Match")),
    )),
)]
pub(super) async fn undo(
    State(app): State<App>,
    caller: ApiCaller<needs::QuarantineDecide>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    IfMatch(expected): IfMatch,
    ApiJson(body): ApiJson<Why>,
) -> Result<Response, Problem> {
    let ask = Ask::Undo;
    answer(lang, decide(&app, &caller, lang, &id, expected, &ask, &body.why).await?)
}

/// Who was faster, as a member of the problem.
#[derive(Debug, Serialize)]
struct Faster<'a> {
    by: Option<&'a str>,
    decision: Option<&'a str>,
    version: u32,
}

fn answer(lang: Lang, came: Came) -> Result<Response, Problem> {
    let (refused, now) = match came {
        Came::Done(reading) => {
            let mut response = super::json(&reading);
            if let Ok(tag) = HeaderValue::from_str(&etag(reading.version)) {
                response.headers_mut().insert(ETAG, tag);
            }
            return Ok(lang.tell(response));
        }
        Came::Conflict(now) => {
            let decided = now.decided.as_ref();
            let faster = Faster {
                by: decided.and_then(|it| it.by.as_deref()),
                decision: decided.map(|it| it.decision),
                version: now.version,
            };
            let detail = "somebody else has changed the reading meanwhile: read it again";
            let problem = Problem::new(Code::Conflict, detail);
            let faster = serde_json::to_value(&faster).unwrap_or_default();
            return Err(problem.member("now", faster));
        }
        Came::Refused(refused, now) => (refused, now),
    };
    Err(match refused {
        Refused::NotNow => {
            Problem::new(Code::IllegalStep, "").member("legal", serde_json::json!(now.legal))
        }
        Refused::Why => {
            Problem::with(Code::Invalid, vec![Fault::at("/why", "unacceptable", decide::WHY)])
        }
        Refused::Value(place) => fault(place, "unacceptable", "expected a decimal number"),
        Refused::Unit(place) => fault(place, "unknown-unit", "expected a UCUM code"),
        Refused::NoNumber(place) => fault(place, "no-number", "the reading has no number there"),
        Refused::Invalid => Problem::with(
            Code::Invalid,
            vec![Fault::at("", "invalid", "the reading would not be valid then")],
        ),
        Refused::Same => Problem::with(
            Code::Invalid,
            vec![Fault::at("/values", "unchanged", "this is what the reading says already")],
        ),
        Refused::Still(reason) => Problem::with(
            Code::Invalid,
            vec![Fault::at("/values", reason.as_str(), reason.explanation())],
        ),
    })
}

fn fault(place: usize, code: &str, detail: &str) -> Problem {
    Problem::with(Code::Invalid, vec![Fault::at(format!("/values/{place}"), code, detail)])
}
