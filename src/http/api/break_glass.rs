//! `POST /api/citizens/{id}/break-glass`, its end, and the list of what was opened so.

mod end;
mod list;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::cpr::names_somebody;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiCaller, ApiJson, ApiPath, needs};
use super::problem::{Code, Fault, Problem};
use crate::app::App;
use crate::clock::Micros;
use crate::ids::{is_fhir_id, new_access_id};
use crate::store::break_glass::BreakGlass;

pub(in crate::http) use end::end as close;
pub(super) use end::{__path_post as __path_end, post as end};
pub(super) use list::{__path_get as __path_list, get as list};

/// The longest that an access lasts, minutes.
const LONGEST: u16 = 60;
/// Characters that a reason has at least and at most.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Wanted {
    /// Why, in 10 to 500 characters and without a CPR number; team leaders read it.
    pub(in crate::http) reason: String,
    /// How long, 1–60 minutes.
    #[schema(minimum = 1, maximum = 60)]
    pub(in crate::http) minutes: u16,
}

/// An access that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Opened {
    /// Its id, which stands in every audit entry of what is done with it.
    id: String,
    /// Until when.
    #[schema(format = DateTime)]
    expires: String,
}

/// Open one citizen's data beyond your teams
///
/// For care that cannot wait (break-glass). It is recorded, team leaders are shown it, and the citizen
/// sees it in the access log. It opens everything that the role may do with a citizen of its own
/// teams, and ends by itself or by `endBreakGlass`. Data that is restricted (GDPR article 18) stays closed.
#[utoipa::path(
    post,
    path = "/citizens/{id}/break-glass",
    operation_id = "breakGlass",
    tag = "citizens",
    security(("bearer" = ["break-glass:open"])),
    params(("id" = String, Path, description = "Logical id of the citizen")),
    request_body = Wanted,
    responses((status = 201, description = "It is open.", body = Opened)),
)]
pub(super) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::BreakGlass>,
    ApiPath(id): ApiPath<String>,
    ApiJson(wanted): ApiJson<Wanted>,
) -> Result<Response, Problem> {
    let opened = open(&app, &caller, &id, &wanted).await?;
    let answer = Opened { id: opened.id.0, expires: opened.expires.to_string() };
    Ok((StatusCode::CREATED, super::json(&answer)).into_response())
}

/// Opens a citizen's data, if that is asked for as it has to be.
///
/// # Errors
/// 422 with what is wrong, 404 where there is no such citizen, 401 where nobody has signed in just now.
pub(in crate::http) async fn open(
    app: &App,
    caller: &ApiCaller<needs::BreakGlass>,
    id: &str,
    wanted: &Wanted,
) -> Result<BreakGlass, Problem> {
    let reason = wanted.reason.trim();
    let mut faults = Vec::new();
    if !REASON.contains(&reason.chars().count()) {
        faults.push(Fault::at("/reason", "unacceptable", "expected 10 to 500 characters"));
    }
    if names_somebody(reason) {
        let text = "the reason must not hold a CPR number";
        faults.push(Fault::at("/reason", "personal-number-misplaced", text));
    }
    if !(1..=LONGEST).contains(&wanted.minutes) {
        faults.push(Fault::at("/minutes", "unacceptable", "expected 1 to 60"));
    }
    if !faults.is_empty() {
        return Err(Problem::with(Code::Invalid, faults));
    }
    if !is_fhir_id(id) {
        return Err(Problem::not_found());
    }
    let principal = caller.principal();
    // A token that is confined to one citizen opens no other.
    if principal.citizen().is_some_and(|own| own != id) {
        return Err(Problem::not_found());
    }
    let now = app.clock().now();
    caller.recent(now)?;
    let store = caller.store();
    let citizen = store.citizen_no(id).await?.ok_or_else(Problem::not_found)?;
    caller.trail().about([citizen]);
    store.open_to_staff(Some(citizen)).await?;
    let opened = BreakGlass {
        id: new_access_id(now),
        citizen,
        issuer: principal.issuer().to_owned(),
        subject: principal.subject().to_owned(),
        role: principal.role().as_str().to_owned(),
        reason: reason.to_owned(),
        begun: now,
        expires: Micros(now.0 + i64::from(wanted.minutes) * 60_000_000),
        ended: None,
        ended_by: None,
    };
    let mut tx = store.begin().await?;
    store.break_glass_in(&mut tx, &opened).await?;
    caller.trail().resource("BreakGlass", &opened.id.0, 0, Some(citizen));
    caller.commit(tx, now).await?;
    let tenant = store.code().to_string();
    metrics::counter!("pulsvagt_break_glass_total", "tenant" => tenant.clone()).increment(1);
    tracing::warn!(tenant, access = %opened.id, "break-glass: a citizen's data was opened");
    Ok(opened)
}
