//! `$viewdefinition-run` of SQL on FHIR v2: resources as a table
//! (<https://build.fhir.org/ig/FHIR/sql-on-fhir-v2/OperationDefinition-ViewDefinitionRun.html>).

mod request;
mod table;

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::post;
use pulsvagt_fhir::{Document, IssueCode};

use super::negotiate::{BodyKind, body_kind, unsupported};
use super::{Outcome, body, bulk, not_allowed, observation, resource};
use crate::app::App;
use crate::http::Caller;
use crate::http::pieces;

pub(super) use request::PARAMETERS;
use table::Table;

/// A table that is at its end by so many bytes, or so soon, is answered as a whole; of a longer one the
/// rest is told while it is made, and an error there ends the connection.
const WHOLE: usize = 1 << 20;
const SOON: Duration = Duration::from_secs(2);

/// Outside of what negotiates FHIR's own media types.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/$viewdefinition-run", post(run))
        .route("/ViewDefinition/$viewdefinition-run", post(run))
        .route("/ViewDefinition/$run", post(run))
        .method_not_allowed_fallback(not_allowed)
}

/// `POST /fhir/$viewdefinition-run`.
async fn run(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    bulk::may(&caller)?;
    if body_kind(&headers) != Some(BodyKind::Json) {
        return Err(unsupported());
    }
    let now = app.clock().now();
    let held = body::read(&app, &headers, body).await?;
    let asked = {
        let document = Document::parse(&held.bytes).map_err(|error| {
            let status = axum::http::StatusCode::BAD_REQUEST;
            Outcome::one(status, IssueCode::Structure, "not-json", error.to_string())
        })?;
        request::parse(&headers, query.as_deref().unwrap_or(""), document.root())?
    };
    drop(held);
    bulk::may_read(&caller, asked.view.resource())?;
    let members = request::members(&caller, &asked).await?;
    caller.denials().await?;
    let (format, header) = (asked.format, asked.header);
    let mut table = Table::new(caller.clone(), asked, members, now).await?;
    caller.trail().about(table.citizens().await?);

    let mut text = String::new();
    let began = Instant::now();
    let mut ended = false;
    while !ended && text.len() < WHOLE && began.elapsed() < SOON {
        ended = !table.step(&mut text).await.map_err(table::refused)?;
    }
    let body = if ended {
        Body::from(text)
    } else {
        let tenant = caller.municipality().store.code().to_string();
        pieces::body(&app, tenant, move |mut teller| async move {
            teller.text().push_str(&text);
            while table.step(teller.text()).await? {
                teller.step().await?;
            }
            Ok(teller)
        })
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format.kind(header)));
    Ok(response)
}
