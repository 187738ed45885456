//! `POST /api/citizens/{id}/plan/preview`: what another plan would have meant.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Plan;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PlanBody, acceptable};
use crate::app::App;
use crate::backtest::{Alerts, Span, WhatIf, stored, what_if};
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::api::view::Named;
use crate::projection::words;
use crate::telemetry::chain;

/// Days that are looked back on.
const DAYS: i64 = 30;
const DAY: i64 = 86_400_000_000;

/// What a plan would have meant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct PlanPreview {
    /// From when on: 30 days ago, or when the citizen's first plan came into force.
    #[schema(format = DateTime)]
    from: String,
    /// Until when: now.
    #[schema(format = DateTime)]
    to: String,
    /// Alerts with the plan that was sent.
    proposed: AlertCount,
    /// Alerts with the plan that is in force, as if it had been all the time.
    present: AlertCount,
    /// The same by kind of problem.
    problems: Vec<ProblemCount>,
}

/// Alerts that a nurse would have had to deal with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct AlertCount {
    /// Yellow and red ones.
    alerts: u32,
    /// Those that were red at some time.
    red: u32,
}

/// Alerts of one kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct ProblemCount {
    problem: Named,
    proposed: AlertCount,
    present: AlertCount,
}

impl From<Alerts> for AlertCount {
    fn from(alerts: Alerts) -> Self {
        Self { alerts: alerts.all, red: alerts.red }
    }
}

/// What another plan would have meant
///
/// Replays the last 30 days with the plan that is sent and with the one in force, each as if it had
/// been in force all the time, by the same engine as a back-test: once at the end of each day, from
/// the daily summaries that are kept, with a model nurse who closes each alert when it falls due.
/// Screening looks after each reading and may see more, so take the difference and not the number.
/// Nothing is changed.
#[utoipa::path(
    post,
    path = "/citizens/{id}/plan/preview",
    operation_id = "previewPlan",
    tag = "plans",
    security(("bearer" = ["plan:write"])),
    params(
        ("id" = String, Path, description = "Logical id of the citizen"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = PlanBody,
    responses((status = 200, description = "What it would have meant.", body = PlanPreview)),
)]
pub(in crate::http::api) async fn preview(
    State(app): State<App>,
    caller: ApiCaller<needs::PlanWrite>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    ApiJson(PlanBody(plan)): ApiJson<PlanBody>,
) -> Result<Response, Problem> {
    caller.citizen(&id).await?;
    acceptable(&plan, &rules::active(caller.store(), app.clock().now()).await?)?;
    let found = compare(&app, &caller, &id, plan).await?;
    let problems = found.problems.into_iter().map(|it| ProblemCount {
        problem: Named::new(&*it.problem, lang.pick(words::problem(&it.problem))),
        proposed: it.proposed.into(),
        present: it.present.into(),
    });
    let told = PlanPreview {
        from: found.from.to_string(),
        to: found.to.to_string(),
        proposed: found.proposed.into(),
        present: found.present.into(),
        problems: problems.collect(),
    };
    Ok(lang.tell(crate::http::api::json(&told)))
}

/// The last days of a citizen with a plan that the rules allow, and with the present one.
///
/// # Errors
/// 404 for a citizen whom the caller may not know of.
pub(in crate::http::api) async fn compare(
    app: &App,
    caller: &ApiCaller<needs::PlanWrite>,
    id: &str,
    proposed: Plan,
) -> Result<WhatIf, Problem> {
    let citizen = caller.citizen(id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let from = Micros(now.0 - DAYS * DAY);
    let pack = rules::active(store, now).await?;
    let policy = store.policy().await?.policy;
    let plans = store.plan_history(citizen).await?;
    let person = stored::kept(store, citizen, from, now).await?;
    let since = plans.last().map(|first| first.valid_from);
    let present = plans.into_iter().next().map(|newest| newest.plan).unwrap_or_default();
    let span = Span::days(from, now, store.zone());
    let replayed = tokio::task::spawn_blocking(move || {
        what_if(&person, (proposed, present), since, &span, &pack, &policy)
    });
    let replayed = replayed.await.map_err(|_| Problem::internal("the replay panicked"))?;
    replayed.map_err(|error| Problem::internal(chain(&error)))
}
