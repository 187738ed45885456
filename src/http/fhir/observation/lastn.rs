//! `$lastn`: the newest readings of every code
//! (<http://hl7.org/fhir/R4/observation-operation-lastn.html>).

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use pulsvagt_fhir::{Document, IssueCode, Value};

use super::query::{self, Context};
use super::search::{Searchset, form, note};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind};
use crate::http::fhir::params::{pairs, prefer_strict};
use crate::http::fhir::{Outcome, body, reply};
use crate::store::search::About;

/// Most readings per code.
const MOST: u32 = 1_000;

/// `GET`.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    lastn(&app, &caller, &headers, &pairs(address.as_deref().unwrap_or(""))).await
}

/// `POST`, with a form or a Parameters resource.
pub(super) async fn post(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    let mut parameters = pairs(address.as_deref().unwrap_or(""));
    parameters.extend(posted(&app, &headers, body).await?);
    lastn(&app, &caller, &headers, &parameters).await
}

async fn lastn(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    parameters: &[(String, String)],
) -> Result<Response, Outcome> {
    let store = &caller.municipality().store;
    let context = Context {
        base: caller.base(),
        zone: store.zone(),
        now: app.clock().now(),
        strict: prefer_strict(headers),
        also: &["max", "_count", "_sort", "_total", "_summary", "_page"],
    };
    let mut asked = query::parse(parameters, context)?;
    let max = match parameters.iter().rfind(|(name, _)| name == "max") {
        None => 1,
        Some((_, text)) => match text.trim().parse::<u32>() {
            Ok(max) if max > 0 => max.min(MOST),
            _ => return Err(wrong("max", "has to be a whole number from 1")),
        },
    };
    if asked.whose.is_empty() && caller.citizen().is_none() {
        return Err(missing("patient or subject"));
    }
    let has = |about| asked.query.tests.iter().any(|test| test.about == about && !test.negate);
    if !has(About::Category) && !has(About::Code) && !has(About::ComboCode) {
        return Err(missing("category or code"));
    }
    asked.only_what_stands();
    let query = asked.resolve(store, caller).await?;
    note(caller, query.as_ref());
    let rows = match query {
        Some(query) => store.lastn(&query, max).await.map_err(Outcome::failed)?,
        None => Vec::new(),
    };
    caller.trail().readings(rows.iter().map(|row| row.key));
    query::push_used(&mut asked.used, "max", &max.to_string());
    let mut set = Searchset::new(caller.base(), u64::try_from(rows.len()).ok());
    set.link("self", &format!("Observation/$lastn?{}", asked.used));
    set.matches(store, &rows)?;
    set.includes(store, caller, &asked.includes, &rows).await?;
    Ok(reply::ok(set.finish()))
}

/// 400: a parameter of an operation that cannot be left out.
pub(super) fn missing(name: &str) -> Outcome {
    Outcome::one(
        axum::http::StatusCode::BAD_REQUEST,
        IssueCode::Required,
        "parameter-required",
        format!("parameter {name}: is required"),
    )
}

/// 400: a parameter of an operation that cannot be read.
pub(super) fn wrong(name: &str, what: &str) -> Outcome {
    Outcome::bad_request("bad-parameter", format!("parameter {name}: {what}"))
}

/// The parameters of an operation's body: a form or a Parameters resource.
pub(in crate::http::fhir) async fn posted(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<(String, String)>, Outcome> {
    if body_kind(headers) != Some(BodyKind::Json) {
        return form(app, headers, body).await;
    }
    let held = body::read(app, headers, body).await?;
    if held.bytes.is_empty() {
        return Ok(Vec::new());
    }
    let document = Document::parse(&held.bytes).map_err(|error| {
        Outcome::one(
            axum::http::StatusCode::BAD_REQUEST,
            IssueCode::Structure,
            "not-json",
            error.to_string(),
        )
    })?;
    if document.root().str_at("resourceType").as_deref() != Some("Parameters") {
        return Err(Outcome::bad_request(
            "parameters-expected",
            "the body of an operation has to be a Parameters resource or a form",
        ));
    }
    Ok(named_values(document.root()))
}

/// The named values of a Parameters resource, as they would stand in an address.
pub(super) fn named_values(parameters: Value<'_>) -> Vec<(String, String)> {
    parameters
        .each("parameter")
        .filter_map(|parameter| {
            let name = parameter.str_at("name")?.into_owned();
            let (_, value) = parameter.members().find(|(name, _)| name.starts_with("value"))?;
            let text = |name| value.str_at(name).unwrap_or_default();
            let text = if !value.is_object() {
                value.as_str().map_or_else(|| value.raw().to_owned(), std::borrow::Cow::into_owned)
            } else if value.get("reference").is_some() {
                text("reference").into_owned()
            } else if value.get("start").is_some() || value.get("end").is_some() {
                format!("{}/{}", text("start"), text("end"))
            } else {
                format!("{}|{}", text("system"), text("code"))
            };
            Some((name, text))
        })
        .collect()
}
