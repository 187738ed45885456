//! `GET /api/suppressions`: what raised no alert, and why. Alarm fatigue is fought here, in the open.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::Suppressed;
use super::extract::{ApiCaller, ApiQuery, needs};
use super::language::Lang;
use super::problem::Problem;
use super::worklist::wrong;
use crate::clock::Micros;
use crate::store::alerts::SuppressionFilter;
use crate::triage::Reason;

const PAGE: u16 = 100;
const LARGEST: u16 = 500;

/// Which suppressions are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this citizen only.
    citizen: Option<String>,
    /// For this reason only: quiet-after-closing, snoozed, not-yet-persistent, awaiting-re-measure,
    /// shadow, same-evidence.
    reason: Option<String>,
    /// Kept out at this moment or later.
    #[param(format = DateTime)]
    since: Option<String>,
    /// First kept out before this moment.
    #[param(format = DateTime)]
    before: Option<String>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<i64>,
    /// Most rows, 1–500; else 100.
    limit: Option<u16>,
}

/// A page of suppressions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Suppressions {
    /// They, newest first.
    suppressions: Vec<Suppressed>,
    /// Where the next page begins; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// What raised no alert, and why
///
/// Every finding ends in an alert or here. Newest first; the same finding on the same evidence is
/// one row that counts.
#[utoipa::path(
    get,
    path = "/suppressions",
    operation_id = "getSuppressions",
    tag = "worklist",
    security(("bearer" = ["suppressions:read"])),
    params(
        Asked,
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "A page of them.", body = Suppressions)),
)]
pub(super) async fn get(
    caller: ApiCaller<needs::SuppressionsRead>,
    lang: Lang,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(wrong("limit", "expected 1 to 500"));
    }
    let mut filter = SuppressionFilter {
        since: moment("since", asked.since.as_deref())?,
        before: moment("before", asked.before.as_deref())?,
        ..SuppressionFilter::default()
    };
    if let Some(code) = asked.reason.as_deref() {
        let reason = Reason::from_code(code);
        filter.reason = Some(reason.ok_or_else(|| wrong("reason", "expected a known reason"))?);
    }
    if let Some(id) = asked.citizen.as_deref() {
        filter.citizen = Some(caller.citizen(id).await?);
    }
    let page = caller.store().suppressions(caller.sight(), &filter, asked.cursor, limit).await?;
    caller.trail().about(page.suppressions.iter().map(|kept| kept.citizen));
    let suppressions = page.suppressions.iter().map(|kept| Suppressed::new(kept, lang)).collect();
    Ok(lang.tell(super::json(&Suppressions { suppressions, next: page.next })))
}

fn moment(name: &'static str, text: Option<&str>) -> Result<Option<Micros>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let at = text.parse::<jiff::Timestamp>();
    let at = at.map_err(|_| wrong(name, "expected a moment such as 2026-01-31T12:00:00Z"))?;
    Ok(Some(Micros(at.as_microsecond())))
}
