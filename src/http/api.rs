//! Our own JSON: worklist, plans and administration. Described at `/api/openapi.json`, readable at
//! `/api/docs`; errors are problem details (RFC 9457).
//!
//! To add an endpoint: a handler with `#[utoipa::path]` whose `security` names the right it needs,
//! which takes an [`extract::ApiCaller`] of that right, and a line in [`operations`].

mod access_log;
mod alerts;
mod break_glass;
mod cohorts;
mod docs;
mod events;
mod export;
mod extract;
mod ingestion;
mod language;
mod openapi;
pub(super) mod pages;
mod plan;
mod policy;
mod problem;
mod quarantine;
pub(super) mod risk;
mod rules;
mod screening_health;
mod summary;
mod suppressions;
mod teams;
mod view;
mod worklist;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::log::RequestId;
pub(super) use export::own_export;
pub(super) use extract::{ApiCaller, Needs, needs};
pub(super) use language::Lang;
pub(super) use problem::{Code, Problem};

/// Everything that is documented, with its documentation.
fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .routes(routes!(worklist::get))
        .merge(alerts::operations())
        .routes(routes!(events::get))
        .routes(routes!(suppressions::get))
        .routes(routes!(summary::get))
        .routes(routes!(risk::get))
        .routes(routes!(policy::get, policy::put))
        .routes(routes!(policy::history))
        .routes(routes!(screening_health::get))
        .routes(routes!(plan::get, plan::put))
        .routes(routes!(plan::history::history))
        .routes(routes!(plan::preview::preview))
        .routes(routes!(access_log::get))
        .routes(routes!(export::get))
        .routes(routes!(teams::get))
        .routes(routes!(teams::put))
        .routes(routes!(teams::assign))
        .routes(routes!(teams::set_hours))
        .routes(routes!(break_glass::post))
        .routes(routes!(teams::members, teams::join))
        .routes(routes!(teams::leave))
        .routes(routes!(break_glass::list))
        .merge(quarantine::operations())
        .merge(cohorts::operations())
        .routes(routes!(rules::packs::get))
        .routes(routes!(rules::trial::post))
        .routes(routes!(rules::trial::delete))
        .routes(routes!(rules::pack::get))
        .routes(routes!(rules::decide::post_sign_off))
        .routes(routes!(rules::decide::post_use))
        .routes(routes!(ingestion::get))
        .routes(routes!(break_glass::end))
}

/// By method and path, the ids of all operations.
pub(super) fn operation_names() -> HashMap<(String, String), String> {
    let (_, api) = operations().split_for_parts();
    let mut names = HashMap::new();
    for (path, item) in api.paths.paths {
        let operations = [
            ("GET", item.get),
            ("PUT", item.put),
            ("POST", item.post),
            ("DELETE", item.delete),
            ("PATCH", item.patch),
        ];
        for (method, operation) in operations {
            let id = operation.and_then(|operation| operation.operation_id);
            names.extend(id.map(|id| ((method.to_owned(), path.clone()), id)));
        }
    }
    names
}

/// The names of all parameters in addresses.
pub(super) fn query_names() -> HashSet<String> {
    let (_, api) = operations().split_for_parts();
    let operations = api.paths.paths.into_values().flat_map(|item| {
        [item.get, item.put, item.post, item.delete, item.patch].into_iter().flatten()
    });
    operations
        .flat_map(|operation| operation.parameters.unwrap_or_default())
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .filter(|parameter| parameter.parameter_in == ParameterIn::Query)
        .map(|parameter| parameter.name)
        .collect()
}

/// What is said instead of an answer that could not be recorded.
pub(super) fn unrecorded(cause: String, away: bool) -> Response {
    let problem = if away {
        Problem::new(Code::DatabaseAway, "who asked cannot be recorded now; try again")
            .because(cause)
    } else {
        Problem::internal(cause)
    };
    problem.into_response()
}

/// `/api/`, which nesting does not serve.
pub(super) fn base_with_slash() -> Router<App> {
    layered(Router::new().route("/api/", any(unknown)))
}

/// The routes under `/api`.
pub(super) fn router() -> Router<App> {
    let (router, api) = operations().split_for_parts();
    let api = openapi::finish(api);
    let page = docs::page(&api);
    let description = openapi::Description::new(&api);
    let router = router
        .route("/openapi.json", get(move || async move { description }))
        .route("/docs", get(move || async move { page }))
        .route("/docs.css", get(docs::style))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed);
    layered(router)
}

/// What everything under `/api` has around it.
pub(super) fn layered<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(axum::middleware::from_fn(name_request))
}

async fn unknown() -> Problem {
    Problem::new(Code::UnknownPath, "GET /api/openapi.json describes what is served")
}

async fn not_allowed() -> Problem {
    Problem::new(Code::MethodNotAllowed, "GET /api/openapi.json describes what is offered here")
}

/// What is refused before it comes here, in the words of this side.
pub(super) fn refused(code: Code, detail: &str, request_id: Option<&str>) -> Response {
    Problem::new(code, detail).render(request_id)
}

/// Problems tell the request's id, by which the operator finds the reason in the log.
async fn name_request(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    match (response.extensions_mut().remove::<Problem>(), id) {
        (Some(problem), Some(RequestId(id))) => problem.render(Some(&id)),
        (_, _) => response,
    }
}

/// An answer in JSON.
fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(json) => {
            let kind = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, kind)], json).into_response()
        }
        Err(error) => Problem::internal(format!("our own JSON: {error}")).into_response(),
    }
}
