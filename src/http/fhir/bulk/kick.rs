//! Asking for an export.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::{Document, IssueCode};

use super::super::observation::posted;
use super::super::pairs;
use super::{Outcome, may, may_read, observation, request, resource};
use crate::app::App;
use crate::http::Caller;
use crate::ids::new_token_id;
use crate::store::StoreError;
use crate::store::bulk::{ExportJob, Level};
use crate::store::resources::StoredResource;

/// How long an export can be fetched, microseconds.
const KEPT: i64 = 7 * 86_400 * 1_000_000;
/// Most exports of one caller at a time.
const MOST: i64 = 20;

type Answer = Result<Response, Outcome>;

/// `GET /fhir/$export`.
pub(super) async fn system(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    kick(&app, &caller, Level::System, None, &headers, query, None).await
}

/// `POST /fhir/$export`.
pub(super) async fn post_system(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    kick(&app, &caller, Level::System, None, &headers, query, Some(body)).await
}

/// `GET /fhir/Patient/$export`.
pub(super) async fn patients(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    kick(&app, &caller, Level::Patient, None, &headers, query, None).await
}

/// `POST /fhir/Patient/$export`.
pub(super) async fn post_patients(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    kick(&app, &caller, Level::Patient, None, &headers, query, Some(body)).await
}

/// `GET /fhir/Group/{id}/$export`.
pub(super) async fn group(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    kick(&app, &caller, Level::Group, Some(&id), &headers, query, None).await
}

/// `POST /fhir/Group/{id}/$export`.
pub(super) async fn post_group(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    kick(&app, &caller, Level::Group, Some(&id), &headers, query, Some(body)).await
}

async fn kick(
    app: &App,
    caller: &Caller,
    level: Level,
    group: Option<&str>,
    headers: &HeaderMap,
    query: Option<String>,
    body: Option<Body>,
) -> Answer {
    may(caller)?;
    let store = &caller.municipality().store;
    let now = app.clock().now();
    let group = match group {
        Some(id) => {
            may_read(caller, "Group")?;
            Some(people(resource::group(caller, id).await?)?)
        }
        None => None,
    };
    request::is_asynchronous(headers)?;
    let mut parameters = pairs(query.as_deref().unwrap_or(""));
    if let Some(body) = body {
        parameters.extend(posted(app, headers, body).await?);
    }
    let asked = request::parse(caller, headers, &parameters, level)?;
    // What cannot be understood is told now and not by a file.
    for filter in &asked.filters {
        let (kind, text) = filter.split_once('?').unwrap_or((filter, ""));
        if kind == "Observation" {
            observation::asked(caller, text, now).await?;
        } else {
            resource::filters(caller, kind, text, now)?;
        }
    }
    let principal = caller.principal();
    let open = store.exports_of(principal.issuer(), principal.subject(), now).await?;
    if open >= MOST {
        return Err(Outcome::one(
            StatusCode::TOO_MANY_REQUESTS,
            IssueCode::Throttled,
            "too-many-exports",
            "so many exports are kept for you already; delete those that you have fetched",
        ));
    }
    let place = match (level, &group) {
        (Level::System, _) => "$export".to_owned(),
        (Level::Group, Some(group)) => format!("Group/{}/$export", group.id),
        _ => "Patient/$export".to_owned(),
    };
    let job = ExportJob {
        id: new_token_id(),
        issuer: principal.issuer().to_owned(),
        subject: principal.subject().to_owned(),
        role: principal.role().as_str().to_owned(),
        at: now,
        expires: crate::clock::Micros(now.0 + KEPT),
        request: format!("{}/{place}?{}", caller.base(), asked.query),
        level,
        group: group.map(|group| (group.id, group.version)),
        since: asked.since,
        types: asked.types,
        filters: asked.filters,
        ready: false,
    };
    let mut tx = store.begin().await?;
    store.add_export_in(&mut tx, &job).await?;
    caller.trail().resource("Export", &job.id, 0, None);
    caller.commit(tx, now).await?;
    let mut response = StatusCode::ACCEPTED.into_response();
    let place = format!("{}/$export-status/{}", caller.base(), job.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(CONTENT_LOCATION, place);
    }
    Ok(response)
}

/// Refuses a Group that does not list people.
pub(in crate::http::fhir) fn people(group: StoredResource) -> Result<StoredResource, Outcome> {
    let json = group.json();
    let document = Document::parse(json.as_bytes())
        .map_err(|error| Outcome::failed(StoreError::damaged("resource", error)))?;
    let root = document.root();
    let lists = root.get("actual").is_some_and(|it| it.raw() == "true");
    if lists && root.str_at("type").as_deref() == Some("person") {
        return Ok(group);
    }
    Err(Outcome::one(
        StatusCode::UNPROCESSABLE_ENTITY,
        IssueCode::BusinessRule,
        "not-a-list-of-people",
        "exported are Groups of the type person that are actual",
    ))
}
