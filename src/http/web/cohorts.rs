//! `/cohorts`: analysts put cohorts together, have them made, and read what may be told.

mod build;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use pulsvagt_analytics::cohort::Definition;
use serde::Deserialize;

use super::page::{Form, Page, html, to};
use super::view::cohorts as view;
use crate::app::App;
use crate::http::api::pages::cohorts as api;
use crate::http::api::{Code, Problem, needs};
use view::{Builder, Wrong};

/// How long a page waits for a run that may be over in a moment.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/cohorts", get(index).post(asked))
        .route("/cohorts/runs/{id}", get(one))
        .route("/cohorts/runs/{id}/cancel", post(cancel))
        .route("/cohorts/runs/{id}/rows", get(rows))
        .route("/cohorts/comparisons/{id}", get(beside))
}

/// What a page's request is called in the audit trail: what the API calls the same.
pub(super) fn operation(method: &str, route: &str) -> Option<&'static str> {
    Some(match (method, route) {
        ("GET" | "HEAD", "/cohorts") => "getCohortRuns",
        ("POST", "/cohorts") => "runCohort",
        ("GET" | "HEAD", "/cohorts/runs/{id}") => "getCohortRun",
        ("POST", "/cohorts/runs/{id}/cancel") => "cancelCohortRun",
        ("GET" | "HEAD", "/cohorts/runs/{id}/rows") => "getCohortRows",
        ("GET" | "HEAD", "/cohorts/comparisons/{id}") => "getComparison",
        _ => return None,
    })
}

/// With what the page begins.
#[derive(Debug, Default, Deserialize)]
struct Begun {
    /// The name of a definition that is saved.
    #[serde(default)]
    definition: String,
    /// The id of a run whose definition is taken.
    #[serde(default)]
    run: String,
}

async fn index(
    State(app): State<App>,
    page: Page<needs::CohortRun>,
    Query(begun): Query<Begun>,
) -> Response {
    page.answer(begin(&app, &page, &begun).await)
}

async fn begin(
    app: &App,
    page: &Page<needs::CohortRun>,
    begun: &Begun,
) -> Result<Response, Problem> {
    let (mut body, mut revision) = (None, 0);
    if !begun.definition.is_empty() {
        let saved = page.caller.store().cohort_definition(&begun.definition, None).await?;
        let saved = saved.ok_or_else(Problem::not_found)?;
        (body, revision) = (Some(saved.body), saved.revision);
    } else if !begun.run.is_empty() {
        body = Some(api::one(&page.caller, &begun.run).await?.body);
    }
    let mut builder = builder(app, page).await?;
    builder.opened.clone_from(&begun.definition);
    builder.revision = revision;
    builder.text = body.map(|body| build::text(&body)).transpose()?.unwrap_or_default();
    let markup = view::index(&page.scene(app), &page.viewer(app), &builder);
    Ok(html(StatusCode::OK, page.words, markup))
}

/// What is there already.
async fn builder(app: &App, page: &Page<needs::CohortRun>) -> Result<Builder, Problem> {
    let (caller, scene) = (&page.caller, page.scene(app));
    let runs = api::list(caller).await?;
    let saved = caller.store().cohort_definitions().await?;
    let given = api::given(caller).await?;
    let today = scene.now.to_jiff().to_zoned(scene.zone).date();
    let tomorrow = today.tomorrow().unwrap_or(today).to_string();
    let today = today.to_string();
    let saved = saved.into_iter().map(|it| (it.name, it.revision)).collect();
    Ok(Builder { saved, runs, given, today, tomorrow, ..Builder::default() })
}

async fn asked(
    State(app): State<App>,
    page: Page<needs::CohortRun>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(done(&app, &page, &headers, body).await)
}

async fn done(
    app: &App,
    page: &Page<needs::CohortRun>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let verb = form.get("do");
    let made = if verb == "build" || form.get("text").is_empty() {
        build::of_fields(&form, page.words)
    } else {
        build::of_text(form.get("text"))
    };
    let definition =
        made.and_then(|made| api::checked(&made, "").map_err(|problem| build::wrong_of(&problem)));
    let wrong = match definition {
        Err(wrong) => wrong,
        Ok(definition) => match act(app, page, &form, verb, &definition).await? {
            Acted::Gone(place) => return Ok(to(&place)),
            Acted::Text => Vec::new(),
            Acted::Wrong(wrong) => wrong,
        },
    };
    page.caller.trail().nobody();
    let mut builder = builder(app, page).await?;
    builder.text = match (verb, build::of_fields(&form, page.words)) {
        ("build", Ok(made)) => made.to_toml().unwrap_or_default(),
        _ => form.get("text").to_owned(),
    };
    builder.typed =
        form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    form.get("opened").clone_into(&mut builder.opened);
    builder.revision = form.get("revision").parse().unwrap_or(0);
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    builder.wrong = wrong;
    Ok(html(status, page.words, view::index(&page.scene(app), &page.viewer(app), &builder)))
}

/// What came of it.
enum Acted {
    /// Another page shows it.
    Gone(String),
    /// The text is shown, and nothing more.
    Text,
    /// It is not acceptable.
    Wrong(Vec<Wrong>),
}

async fn act(
    app: &App,
    page: &Page<needs::CohortRun>,
    form: &Form,
    verb: &str,
    definition: &Definition,
) -> Result<Acted, Problem> {
    let counted;
    let definition = match verb {
        "build" => return Ok(Acted::Text),
        "save" => {
            page.caller.trail().operation("putCohort");
            // Under another name it is a new one, whatever it began as.
            let is_same = form.get("opened") == definition.name;
            let expected = form.get("revision").parse().ok().filter(|_| is_same).unwrap_or(0);
            return match api::save(app, &page.caller, definition, expected).await {
                Ok(saved) => Ok(Acted::Gone(format!("/cohorts?definition={}", saved.name))),
                Err(problem) => acceptable(problem),
            };
        }
        "count" => {
            counted = build::without_outcomes(definition);
            &counted
        }
        _ => definition,
    };
    let wish = api::Wish {
        as_of: form.get("as_of").to_owned(),
        purpose: Some(form.get("purpose").to_owned()),
        reason: form.get("reason").to_owned(),
        least: None,
    };
    let run = match api::ask(app, &page.caller, definition, &wish, "").await {
        Ok(run) => run,
        Err(problem) => return acceptable(problem),
    };
    // A small municipality's is over in a moment.
    let looked = tokio::time::timeout(PATIENCE, async {
        while api::one(&page.caller, &run.id).await.is_ok_and(|run| run.is_open()) {
            tokio::time::sleep(LOOK).await;
        }
    });
    // Else the page says how far it is.
    let _ = looked.await;
    Ok(Acted::Gone(format!("/cohorts/runs/{}", run.id)))
}

/// What somebody can mend is told beside what they wrote.
fn acceptable(problem: Problem) -> Result<Acted, Problem> {
    match problem.code() {
        Code::Invalid | Code::VersionConflict | Code::TooManyRuns => {
            Ok(Acted::Wrong(build::wrong_of(&problem)))
        }
        _ => Err(problem),
    }
}

async fn one(
    State(app): State<App>,
    page: Page<needs::CohortRun>,
    Path(id): Path<String>,
) -> Response {
    let told = api::one(&page.caller, &id).await.map(|run| {
        let markup = view::result::page(&page.scene(&app), &page.viewer(&app), &run);
        html(StatusCode::OK, page.words, markup)
    });
    page.answer(told)
}

async fn beside(
    State(app): State<App>,
    page: Page<needs::CohortRun>,
    Path(id): Path<String>,
) -> Response {
    let told = api::comparison(&page.caller, &id).await.map(|told| {
        let markup = view::beside::page(&page.scene(&app), &page.viewer(&app), &told);
        html(StatusCode::OK, page.words, markup)
    });
    page.answer(told)
}

async fn cancel(
    State(app): State<App>,
    page: Page<needs::CohortRun>,
    Path(id): Path<String>,
) -> Response {
    let done = match api::cancel_run(&app, &page.caller, &id).await {
        Ok(()) => Ok(to(&format!("/cohorts/runs/{id}"))),
        // It has ended meanwhile: its page says how.
        Err(problem) if problem.code() == Code::Conflict => {
            page.caller.trail().nobody();
            Ok(to(&format!("/cohorts/runs/{id}")))
        }
        Err(problem) => Err(problem),
    };
    page.answer(done)
}

/// As which file.
#[derive(Debug, Default, Deserialize)]
struct AsFile {
    #[serde(default)]
    format: String,
}

async fn rows(
    page: Page<needs::CohortRun>,
    Path(id): Path<String>,
    Query(asked): Query<AsFile>,
) -> Response {
    let told = match api::kind_of(&asked.format) {
        Some(kind) => api::rows_of(&page.caller, &id, kind).await,
        None => Err(Problem::not_found()),
    };
    page.answer(told)
}
