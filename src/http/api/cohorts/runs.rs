//! `/api/cohort-runs`: cohorts as jobs, with progress, an end and what they have told.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::civil;
use pulsvagt_analytics::cohort::Definition;
use pulsvagt_analytics::cohort::disclosure::LEAST;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::faults::checked;
use crate::app::App;
use crate::audit::Purpose;
use crate::cohorts::told::Told;
use crate::cohorts::{PURPOSES, is_reason};
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, Needs, needs};
use crate::http::api::problem::{Code, Fault, Problem};
use crate::http::caller::actor;
use crate::ids::new_resource_id;
use crate::store::StoreError;
use crate::store::cohorts::{NewRun, Run, RunBy, RunState};

/// Runs of one person that may wait or go on at a time.
const MOST_OWN: u64 = 5;
/// Runs of a municipality that may wait or go on at a time.
const MOST: u64 = 20;
/// Runs that are listed at most.
const MOST_TOLD: u16 = 100;
/// The most citizens that a count may be asked to be about at least.
const MOST_LEAST: u32 = 1_000;

/// What for, and as of when.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortWish)]
pub(in crate::http) struct Wish {
    /// What was known at the beginning of this local day is looked at; the day before is the last
    /// that counts. Tomorrow asks for all that is known by now, which gives the same again only once
    /// today is over.
    #[schema(format = Date, example = "2026-01-01")]
    pub(in crate::http) as_of: String,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations. May
    /// be said in the header X-Purpose-Of-Use instead; one of the two has to say it.
    #[serde(default)]
    pub(in crate::http) purpose: Option<String>,
    /// What for, in 3 to 1,000 characters and without a CPR number. It is kept with the answer.
    pub(in crate::http) reason: String,
    /// No count is about fewer citizens, 5 (else) to 1,000.
    #[serde(default)]
    pub(in crate::http) least: Option<u32>,
}

/// A run of a definition that is not saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortRunBody)]
pub(in crate::http::api) struct RunBody {
    /// The definition.
    #[schema(value_type = Object)]
    definition: Definition,
    /// What for, and as of when.
    ask: Wish,
}

/// A run of a definition that is saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CohortRunOfSaved)]
pub(in crate::http::api) struct SavedRunBody {
    /// Which version, from 1; else the newest.
    #[serde(default)]
    revision: Option<u32>,
    /// What for, and as of when.
    ask: Wish,
}

/// A run.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CohortRun)]
pub(in crate::http) struct RunView {
    /// Its id.
    pub(in crate::http) id: String,
    /// waiting, running, done, failed, cancelled, or interrupted: the servers that worked on it were
    /// gone before it was done, several times. Only a run that is done has told anything.
    pub(in crate::http) state: &'static str,
    /// The name of the definition.
    pub(in crate::http) name: String,
    /// Hash of the definition.
    pub(in crate::http) definition: String,
    /// What was known at the beginning of this local day is looked at.
    #[schema(format = Date)]
    pub(in crate::http) as_of: String,
    /// What for: a code of HL7 v3 `PurposeOfUse`.
    pub(in crate::http) purpose: String,
    /// What for, in words.
    pub(in crate::http) reason: String,
    /// No count is about fewer citizens.
    pub(in crate::http) least: u32,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub(in crate::http) asked: String,
    /// When it was begun last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub(in crate::http) began: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    pub(in crate::http) ended: Option<String>,
    /// Citizens of the municipality that were read.
    pub(in crate::http) seen: u64,
    /// Of so many; 0 before it is begun.
    pub(in crate::http) citizens: u64,
    /// How often it was begun; more than once where a server was gone.
    pub(in crate::http) attempts: u32,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) problem: Option<String>,
    /// What it has told. Left out in lists, and of a run that ended more than 90 days ago: the same
    /// definition and day give the same numbers again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(in crate::http) result: Option<Told>,
    /// The definition as it was asked for; for the page.
    #[serde(skip)]
    pub(in crate::http) body: String,
}

impl RunView {
    fn of(run: Run) -> Result<Self, Problem> {
        let damaged = |error| StoreError::damaged("cohort_run", error);
        let definition: Definition = serde_json::from_str(&run.body).map_err(damaged)?;
        let result = run.result.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: run.id,
            state: run.state.as_str(),
            name: definition.name,
            definition: run.definition,
            as_of: run.as_of.to_string(),
            purpose: run.purpose,
            reason: run.reason,
            least: run.least,
            asked: run.asked.to_string(),
            began: run.began.map(|at| at.to_string()),
            ended: run.ended.map(|at| at.to_string()),
            seen: run.seen,
            citizens: run.citizens,
            attempts: run.attempts,
            problem: run.problem,
            result: result.map_err(damaged)?,
            body: run.body,
        })
    }

    /// Whether it goes on.
    pub(in crate::http) fn is_open(&self) -> bool {
        self.state == RunState::Waiting.as_str() || self.state == RunState::Running.as_str()
    }
}

/// Who asks; runs are theirs and nobody else's.
pub(super) fn by<N: Needs>(caller: &ApiCaller<N>) -> RunBy {
    let actor = actor(caller.principal(), caller.store());
    RunBy { issuer: actor.issuer, subject: actor.subject, role: actor.role, client: actor.client }
}

/// Runs
///
/// The caller's own, newest first, at most 100 and without what they have told.
#[utoipa::path(
    get,
    path = "/cohort-runs",
    operation_id = "getCohortRuns",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    responses((status = 200, description = "The runs.", body = Vec<RunView>)),
)]
pub(in crate::http::api) async fn mine(
    caller: ApiCaller<needs::CohortRun>,
) -> Result<Response, Problem> {
    Ok(crate::http::api::json(&list(&caller).await?))
}

/// The caller's own, newest first.
pub(in crate::http) async fn list(
    caller: &ApiCaller<needs::CohortRun>,
) -> Result<Vec<RunView>, Problem> {
    caller.trail().nobody();
    let runs = caller.store().cohort_runs(&by(caller), MOST_TOLD).await?;
    runs.into_iter().map(RunView::of).collect()
}

/// Run a definition
///
/// As a job: the answer says where it can be followed. What it will tell has passed the control of
/// disclosure against everything that was ever told of the municipality; who asks, and why, is
/// recorded now and once more with what is told.
#[utoipa::path(
    post,
    path = "/cohort-runs",
    operation_id = "runCohort",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(("X-Purpose-Of-Use" = Option<String>, Header, description = "What for, unless the body says")),
    request_body = RunBody,
    responses((
        status = 202,
        description = "It is taken in.",
        body = RunView,
        headers(("Location" = String, description = "Where it can be followed")),
    )),
)]
pub(in crate::http::api) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::CohortRun>,
    ApiJson(body): ApiJson<RunBody>,
) -> Result<Response, Problem> {
    let definition = checked(&body.definition, "/definition")?;
    taken_in(&ask(&app, &caller, &definition, &body.ask, "/ask").await?)
}

/// Run a definition that is saved
#[utoipa::path(
    post,
    path = "/cohorts/{name}/runs",
    operation_id = "runSavedCohort",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(
        ("name" = String, Path, description = "Its name"),
        ("X-Purpose-Of-Use" = Option<String>, Header, description = "What for, unless the body says"),
    ),
    request_body = SavedRunBody,
    responses((
        status = 202,
        description = "It is taken in.",
        body = RunView,
        headers(("Location" = String, description = "Where it can be followed")),
    )),
)]
pub(in crate::http::api) async fn of_saved(
    State(app): State<App>,
    caller: ApiCaller<needs::CohortRun>,
    ApiPath(name): ApiPath<String>,
    ApiJson(body): ApiJson<SavedRunBody>,
) -> Result<Response, Problem> {
    let saved = caller.store().cohort_definition(&name, body.revision).await?;
    let saved = saved.ok_or_else(Problem::not_found)?;
    let definition: Definition = serde_json::from_str(&saved.body)
        .map_err(|error| StoreError::damaged("cohort_definition", error))?;
    // What was in order when it was saved may not be by now.
    let definition = checked(&definition, "")?;
    taken_in(&ask(&app, &caller, &definition, &body.ask, "/ask").await?)
}

fn taken_in(view: &RunView) -> Result<Response, Problem> {
    let mut response = crate::http::api::json(view);
    *response.status_mut() = StatusCode::ACCEPTED;
    let place = HeaderValue::from_str(&format!("/api/cohort-runs/{}", view.id));
    let place = place.map_err(|error| Problem::internal(error.to_string()))?;
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}

/// What of a wish can be done, or everything that is wrong with it.
fn wished(
    caller: &ApiCaller<needs::CohortRun>,
    wish: &Wish,
    at: &str,
    today: civil::Date,
) -> Result<(civil::Date, Purpose), Problem> {
    let mut faults = Vec::new();
    let mut wrong = |name: &str, code: &str, text: &str| {
        faults.push(Fault::at(format!("{at}/{name}"), code, text));
    };
    let as_of: Option<civil::Date> = wish.as_of.parse().ok().filter(|_| wish.as_of.len() == 10);
    match as_of {
        None => wrong("asOf", "bad-date", "expected a date such as 2026-01-31"),
        Some(day) if today.tomorrow().is_ok_and(|tomorrow| day > tomorrow) => {
            wrong("asOf", "in-the-future", "expected tomorrow or a day before");
        }
        Some(_) => {}
    }
    let said = wish.purpose.as_deref().map(Purpose::from_code);
    let header = caller.trail().purpose().ok().flatten();
    let purpose = match (said, header) {
        (Some(Some(said)), Some(header)) if said != header => {
            wrong("purpose", "contradiction", "the header X-Purpose-Of-Use says another");
            None
        }
        (Some(said), header) => said.or(header.filter(|_| said.is_none())),
        (None, header) => header,
    };
    let allowed = purpose.filter(|it| PURPOSES.contains(&it.as_str()));
    if allowed.is_none() {
        wrong("purpose", "purpose-required", "expected HQUALIMP, HRESCH, PUBHLTH or HOPERAT");
    }
    if !is_reason(&wish.reason) {
        wrong("reason", "bad-reason", "expected 3 to 1,000 characters without a CPR number");
    }
    if wish.least.is_some_and(|least| !(LEAST..=MOST_LEAST).contains(&least)) {
        wrong("least", "out-of-range", "expected 5 to 1,000");
    }
    match (as_of, allowed) {
        (Some(as_of), Some(purpose)) if faults.is_empty() => Ok((as_of, purpose)),
        _ => Err(Problem::with(Code::Invalid, faults)),
    }
}

/// Asks for a run of a definition that is in order; `at` is where in the body the wish stands.
///
/// # Errors
/// 422 with what is wrong with the wish, 429 where too many wait already.
pub(in crate::http) async fn ask(
    app: &App,
    caller: &ApiCaller<needs::CohortRun>,
    definition: &Definition,
    wish: &Wish,
    at: &str,
) -> Result<RunView, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let today = now.to_jiff().to_zoned(store.zone().clone()).date();
    let (as_of, purpose) = wished(caller, wish, at, today)?;
    caller.trail().because(purpose);
    let (by, id) = (by(caller), new_resource_id(now));
    let body = definition.to_json().map_err(|error| Problem::internal(error.to_string()))?;
    let request = caller.trail().entry(now).map(|entry| entry.request).unwrap_or_default();
    let run = NewRun {
        id: &id,
        asked: now,
        by: by.clone(),
        request: &request,
        purpose: purpose.as_str(),
        reason: wish.reason.trim(),
        as_of,
        definition: &definition.hash(),
        body: &body,
        least: wish.least.unwrap_or(LEAST),
    };
    let mut tx = store.begin().await?;
    let open = store.open_cohort_runs_in(&mut tx, &by).await?;
    if open.own >= MOST_OWN || open.all >= MOST {
        return Err(Problem::new(Code::TooManyRuns, "wait until one has ended, or cancel one"));
    }
    store.ask_cohort_run_in(&mut tx, &run).await?;
    caller.trail().resource("CohortRun", &id, 0, None);
    caller.commit(tx, now).await?;
    caller.municipality().cohorts.notify_one();
    read(caller, &id).await
}

/// A run
///
/// With its progress, and, once it is done, with what it has told.
#[utoipa::path(
    get,
    path = "/cohort-runs/{id}",
    operation_id = "getCohortRun",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(("id" = String, Path, description = "Id of the run")),
    responses((status = 200, description = "The run.", body = RunView)),
)]
pub(in crate::http::api) async fn get(
    caller: ApiCaller<needs::CohortRun>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    Ok(crate::http::api::json(&one(&caller, &id).await?))
}

/// A run of the caller's.
///
/// # Errors
/// 404, for those of others too.
pub(in crate::http) async fn one(
    caller: &ApiCaller<needs::CohortRun>,
    id: &str,
) -> Result<RunView, Problem> {
    let view = read(caller, id).await?;
    caller.trail().resource("CohortRun", &view.id, 0, None);
    Ok(view)
}

async fn read(caller: &ApiCaller<needs::CohortRun>, id: &str) -> Result<RunView, Problem> {
    let run = caller.store().cohort_run(&by(caller), id).await?;
    RunView::of(run.ok_or_else(Problem::not_found)?)
}

/// Cancel a run
///
/// One that waits or goes on; it tells nothing then. What was told cannot be taken back.
#[utoipa::path(
    delete,
    path = "/cohort-runs/{id}",
    operation_id = "cancelCohortRun",
    tag = "analysis",
    security(("bearer" = ["cohorts:run"])),
    params(("id" = String, Path, description = "Id of the run")),
    responses((status = 200, description = "It is cancelled.", body = RunView)),
)]
pub(in crate::http::api) async fn cancel(
    State(app): State<App>,
    caller: ApiCaller<needs::CohortRun>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, Problem> {
    cancel_run(&app, &caller, &id).await?;
    Ok(crate::http::api::json(&one(&caller, &id).await?))
}

/// Cancels a run of the caller's.
///
/// # Errors
/// 404, for those of others too; 409 if it has ended.
pub(in crate::http) async fn cancel_run(
    app: &App,
    caller: &ApiCaller<needs::CohortRun>,
    id: &str,
) -> Result<(), Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let view = one(caller, id).await?;
    let mut tx = store.begin().await?;
    if !store.cancel_cohort_run_in(&mut tx, &by(caller), &view.id, now).await? {
        return Err(Problem::new(Code::Conflict, "the run has ended"));
    }
    Ok(caller.commit(tx, now).await?)
}
