//! A file of an export, read while it is told. What the caller may see is asked anew each time.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use super::{Outcome, may_read, observation, own, resource, shown, within};
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::pieces::{self, Teller};
use crate::ids::CitizenNo;
use crate::store::StoreError;
use crate::store::bulk::{ExportFile, ExportJob, Members};
use crate::store::export::ExportError;
use crate::store::resources::{Filter, Range, Then};
use crate::store::search::ObservationQuery;

/// Readings that are read at a time.
const READINGS: usize = 5_000;
/// Resources that are read at a time.
const RESOURCES: usize = 500;

/// `GET /fhir/$export-file/{id}/{number}`.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Outcome> {
    let now = app.clock().now();
    let job = own(&caller, &id, now).await?;
    let store = caller.municipality().store.clone();
    let number: i32 = number.parse().map_err(|_| Outcome::not_found())?;
    let file = store.export_file(&id, number).await?.ok_or_else(Outcome::not_found)?;
    may_read(&caller, &file.kind)?;
    let members = store.export_members(&job, caller.base()).await?;
    caller.denials().await?;
    caller.trail().resource("Export", &format!("{id}-{number}"), 0, None);
    let tenant = store.code().to_string();
    let body = if file.kind == "Observation" {
        let citizens = store.citizens_in(&file, &members, caller.sight()).await?;
        let queries = queries(&caller, &job, now).await?;
        caller.trail().about(citizens.iter().copied());
        let whole = caller.clone();
        pieces::body(&app, tenant, move |teller| async move {
            readings(&whole, &job, citizens, queries, teller).await
        })
    } else {
        let searches = searches(&caller, &job, &file, now).await?;
        let denied = denied(&caller, &file.kind);
        let citizens =
            store.citizens_of_resources(&range(&caller, &job, &file, &members, &denied)).await?;
        caller.trail().about(citizens);
        let whole = caller.clone();
        pieces::body(&app, tenant, move |teller| async move {
            let range = range(&whole, &job, &file, &members, &denied);
            resources(&whole, &range, &searches, teller).await
        })
    };
    let mut response = Response::new(body);
    let kind = HeaderValue::from_static("application/fhir+ndjson");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// The filters of a type; one that everything fits where there is none.
fn filters<'j>(job: &'j ExportJob, kind: &str) -> Vec<&'j str> {
    let of = |filter: &'j String| {
        filter.split_once('?').filter(|(listed, _)| *listed == kind).map(|(_, query)| query)
    };
    let found: Vec<&str> = job.filters.iter().filter_map(of).collect();
    if found.is_empty() { vec![""] } else { found }
}

async fn queries(
    caller: &Caller,
    job: &ExportJob,
    now: Micros,
) -> Result<Vec<ObservationQuery>, Outcome> {
    let mut queries = Vec::new();
    for text in filters(job, "Observation") {
        queries.extend(observation::asked(caller, text, now).await?);
    }
    Ok(queries)
}

async fn readings(
    caller: &Caller,
    job: &ExportJob,
    citizens: Vec<CitizenNo>,
    queries: Vec<ObservationQuery>,
    mut teller: Teller,
) -> Result<Teller, ExportError> {
    let store = &caller.municipality().store;
    let most = i64::try_from(READINGS).unwrap_or(i64::MAX);
    for citizen in citizens {
        let mut after = None;
        loop {
            let page = store.readings_as_of(citizen, job.as_of(), &queries, after, most).await?;
            for reading in &page {
                let id = store.sealer().seal(reading.key);
                reading.push_json(teller.text(), &id)?;
                teller.text().push('\n');
                teller.step().await?;
            }
            match page.last() {
                Some(last) if page.len() == READINGS => after = Some(last.key),
                _ => break,
            }
        }
    }
    Ok(teller)
}

/// A search, and the citizens that it names.
#[derive(Default)]
pub(in crate::http::fhir) struct Search {
    filters: Vec<Filter>,
    citizens: Vec<(String, CitizenNo)>,
}

async fn searches(
    caller: &Caller,
    job: &ExportJob,
    file: &ExportFile,
    now: Micros,
) -> Result<Vec<Search>, Outcome> {
    let store = &caller.municipality().store;
    let mut searches = Vec::new();
    for text in filters(job, &file.kind) {
        let query = resource::filters(caller, &file.kind, text, now)?;
        let mut citizens = Vec::new();
        for id in query.citizens_named() {
            citizens.extend(store.citizen_no(id).await?.map(|no| (id.to_owned(), no)));
        }
        searches.push(Search { filters: query.filters, citizens });
    }
    Ok(searches)
}

/// Whose resources of the type the caller may not see, as they have denied it.
pub(in crate::http::fhir) fn denied(caller: &Caller, kind: &str) -> Vec<CitizenNo> {
    caller.known_denials().map(|denials| denials.of(kind).collect()).unwrap_or_default()
}

fn range<'a>(
    caller: &'a Caller,
    job: &ExportJob,
    file: &'a ExportFile,
    members: &'a Members,
    denied: &'a [CitizenNo],
) -> Range<'a> {
    let (level, as_of) = (job.level, job.as_of());
    Range { file, level, members, sight: caller.sight(), denied, as_of }
}

async fn resources(
    caller: &Caller,
    range: &Range<'_>,
    searches: &[Search],
    mut teller: Teller,
) -> Result<Teller, ExportError> {
    let store = &caller.municipality().store;
    let most = i64::try_from(RESOURCES).unwrap_or(i64::MAX);
    let mut after = range.file.after.clone();
    loop {
        let page = store.resources_as_of(range, &after, most).await?;
        for then in &page {
            if let Some(json) = told(caller, then, searches).await? {
                teller.text().push_str(&json);
                teller.text().push('\n');
                teller.step().await?;
            }
        }
        match page.last() {
            Some(last) if page.len() == RESOURCES => after.clone_from(&last.resource.id),
            _ => return Ok(teller),
        }
    }
}

/// A version as the caller may see it, if it fits.
pub(in crate::http::fhir) async fn told(
    caller: &Caller,
    then: &Then,
    searches: &[Search],
) -> Result<Option<String>, StoreError> {
    let (store, resource) = (&caller.municipality().store, &then.resource);
    let mut fits = false;
    for Search { filters, citizens } in searches {
        fits |= resource.fits(filters, citizens, store.zone(), caller.base())?;
    }
    let failed = |outcome: Outcome| {
        StoreError::damaged("resource", outcome.cause().unwrap_or("it cannot be told").to_owned())
    };
    if !fits || !within::covers_stored(caller, Interaction::Read, resource).map_err(failed)? {
        return Ok(None);
    }
    // Who is protected now is not shown as before.
    let mut hidden = false;
    if resource.kind == "Patient" && then.current != resource.version {
        let current = store.resource(&resource.kind, &resource.id).await?;
        hidden = match current {
            Some(current) => shown::is_hidden(caller, &current).map_err(failed)?,
            None => true,
        };
    }
    shown::json(caller, resource, hidden).map(Some).map_err(failed)
}
