//! FHIR R4 REST (<http://hl7.org/fhir/R4/http.html>).

mod audit_event;
pub(super) mod body;
mod bulk;
mod bundle;
mod metadata;
mod negotiate;
mod observation;
mod outcome;
mod params;
mod reply;
mod resource;
pub(super) mod shown;
mod view;
mod within;

pub(super) use observation::{Fix, Ruled, Ruling, is_decimal, quantity, rule_in};
pub(super) use outcome::{Failure, Outcome, RETRY_SECONDS, panicked};
pub(super) use params::{encode, pairs};
pub(super) use reply::http_date;
pub(super) use resource::{find, write};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use pulsvagt_fhir::IssueCode;

use crate::access::policy::resource_types;
use crate::app::App;

/// The routes under `/fhir`. `metadata.rs` describes the same interactions; a test compares.
pub(super) fn router(app: App) -> Router<App> {
    Router::new()
        .route("/", post(bundle::post))
        .route("/metadata", get(metadata::get))
        .merge(bulk::router())
        .merge(observation::router())
        .merge(audit_event::router())
        .merge(resource::router())
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::middleware::from_fn_with_state(app, negotiate::negotiate))
        // Its answers are tables.
        .merge(view::router())
}

/// `POST /fhir/`, as some clients write the base; nesting serves it without the slash only.
pub(super) fn base_with_slash(app: App) -> Router<App> {
    Router::new()
        .route("/fhir/", post(bundle::post))
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::middleware::from_fn_with_state(app, negotiate::negotiate))
}

/// The type in a path, if it is one that is served here.
pub(super) fn kind_of_path(segment: &str) -> Option<&'static str> {
    resource_types().find(|kind| *kind == segment)
}

async fn unknown() -> Outcome {
    Outcome::one(
        StatusCode::NOT_FOUND,
        IssueCode::NotFound,
        "unknown-path",
        "nothing is served at this path; GET metadata lists what is",
    )
}

/// Names of parameters of searches and operations, for all types.
pub(super) fn parameter_names() -> impl Iterator<Item = &'static str> {
    const RESULT: [&str; 13] = [
        "_id",
        "_lastUpdated",
        "_count",
        "_sort",
        "_total",
        "_summary",
        "_elements",
        "_include",
        "_revinclude",
        "_format",
        "_pretty",
        "_page",
        "_since",
    ];
    const OPERATIONS: [&str; 5] = ["max", "system", "duration", "period", "statistic"];
    let searched = resource::SEARCH_PARAMS.iter().flat_map(|(_, parameters)| parameters.iter());
    let exported = bulk::PARAMETERS.into_iter().chain(view::PARAMETERS);
    let searched = searched.chain(observation::SEARCH_PARAMS).chain(audit_event::SEARCH_PARAMS);
    RESULT.into_iter().chain(OPERATIONS).chain(exported).chain(searched.map(|(name, _, _)| *name))
}

async fn not_allowed() -> Outcome {
    Outcome::one(
        StatusCode::METHOD_NOT_ALLOWED,
        IssueCode::NotSupported,
        "method-not-allowed",
        "this interaction is not offered here; GET metadata lists those that are",
    )
}
