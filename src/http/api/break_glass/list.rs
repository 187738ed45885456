//! `GET /api/break-glass`: what was opened beyond teams, by whom and why.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, ApiQuery, needs};
use crate::http::api::problem::Problem;
use crate::http::api::worklist::wrong;
use crate::ids::{AccessId, is_fhir_id};
use crate::store::break_glass::BreakGlass;

const PAGE: u16 = 50;
const LARGEST: u16 = 200;

/// What is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct Asked {
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
    /// Most rows, 1–200; else 50.
    limit: Option<u16>,
}

/// A page of what was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct BreakGlasses {
    /// The newest first.
    entries: Vec<BreakGlassView>,
    /// Where the next page begins; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// An access beyond teams.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct BreakGlassView {
    /// Its id, as in audit entries and in `endBreakGlass`.
    id: String,
    /// Logical id of the citizen.
    citizen: String,
    /// Who opened it, as the issuer of the token calls them.
    by: String,
    /// In which role.
    role: String,
    /// Why, in their words.
    reason: String,
    #[schema(format = DateTime)]
    begun: String,
    #[schema(format = DateTime)]
    expires: String,
    /// When somebody ended it before its time; left out where nobody did.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    /// Who did, as the issuer of the token calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    /// Whether it is open now.
    open: bool,
}

impl BreakGlassView {
    /// As of a moment; `citizen` is the logical id.
    pub(super) fn new(opened: BreakGlass, citizen: String, now: Micros) -> Self {
        Self {
            open: opened.is_open(now),
            id: opened.id.0,
            citizen,
            by: opened.subject,
            role: opened.role,
            reason: opened.reason,
            begun: opened.begun.to_string(),
            expires: opened.expires.to_string(),
            ended: opened.ended.map(|ended| ended.to_string()),
            ended_by: opened.ended_by,
        }
    }
}

/// What was opened beyond teams
///
/// Newest first, for team leaders to look at: every break-glass access, also those that are over.
#[utoipa::path(
    get,
    path = "/break-glass",
    operation_id = "getBreakGlass",
    tag = "administration",
    security(("bearer" = ["break-glass:read"])),
    params(Asked),
    responses((status = 200, description = "A page of it.", body = BreakGlasses)),
)]
pub(in crate::http::api) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::BreakGlassRead>,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(wrong("limit", "expected 1 to 200"));
    }
    let after = asked.cursor.map(AccessId);
    if after.as_ref().is_some_and(|after| !is_fhir_id(&after.0)) {
        return Err(wrong("cursor", "expected `next` of the page before"));
    }
    let now = app.clock().now();
    let mut found = caller.store().break_glasses(after.as_ref(), limit + 1).await?;
    let more = found.len() > usize::from(limit);
    found.truncate(usize::from(limit));
    caller.trail().about(found.iter().map(|(opened, _)| opened.citizen));
    let next = found.last().filter(|_| more).map(|(last, _)| last.id.to_string());
    let view = |(opened, citizen)| BreakGlassView::new(opened, citizen, now);
    let entries = found.into_iter().map(view);
    Ok(crate::http::api::json(&BreakGlasses { entries: entries.collect(), next }))
}
