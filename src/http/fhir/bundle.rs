//! `POST /fhir`: batch and transaction Bundles.
//!
//! Entries are answered in the order they came, whatever the order of work: resources first, then
//! readings (which refer to them), then what refers to readings, then reads. The readings of a
//! Bundle go to the store together.

mod answer;
mod entry;
mod order;
mod references;
mod work;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pulsvagt_fhir::validate::{Context, duplicate_properties, validate_envelope};
use pulsvagt_fhir::{Document, Issue, IssueCode};

use super::negotiate::{BodyKind, body_kind, unsupported};
use super::{Outcome, body, reply};
use crate::app::App;
use crate::http::Caller;
use crate::http::limits::Share;

use answer::Answered;
use entry::Entry;

/// What kind of Bundle it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Entries stand alone.
    Batch,
    /// All or nothing.
    Transaction,
}

/// Takes in a Bundle.
pub(super) async fn post(
    State(app): State<App>,
    caller: Caller,
    share: Share,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    if body_kind(&headers) != Some(BodyKind::Json) {
        return Err(unsupported());
    }
    let held = body::read(&app, &headers, body).await?;
    let large = held.bytes.len() > 64 << 10;
    let parse = || Document::parse(&held.bytes);
    let document = if large { tokio::task::block_in_place(parse) } else { parse() };
    let document = document.map_err(|error| {
        Outcome::new(
            StatusCode::BAD_REQUEST,
            vec![Issue::error(IssueCode::Structure, "not-json", "", error.to_string())],
        )
    })?;
    let mode = mode(&document)?;
    let entries = envelope(&document, app.limits().entries)?;
    let operation = if mode == Mode::Batch { "batch" } else { "transaction" };
    caller.trail().operation(operation);
    // Its entries say whose data they touch; a Bundle may have none.
    caller.trail().nobody();
    share.take(app.limits().costs.entries(entries.len()))?;
    let answers = match mode {
        Mode::Batch => work::batch(&app, &caller, entries).await,
        Mode::Transaction => work::transaction(&app, &caller, entries).await?,
    };
    Ok(reply::ok(answer::bundle(mode, &answers)))
}

fn mode(document: &Document<'_>) -> Result<Mode, Outcome> {
    let root = document.root();
    if root.str_at("resourceType").as_deref() != Some("Bundle") {
        return Err(Outcome::bad_request(
            "wrong-resource-type",
            "a Bundle is expected here; other resources are sent to the address of their type",
        ));
    }
    match root.str_at("type").as_deref() {
        Some("batch") => Ok(Mode::Batch),
        Some("transaction") => Ok(Mode::Transaction),
        _ => Err(Outcome::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            vec![Issue::error(
                IssueCode::NotSupported,
                "bundle-type",
                "Bundle.type",
                "only batch and transaction Bundles are taken in here",
            )],
        )),
    }
}

/// Checks what holds the entries together, and takes them out.
fn envelope<'d>(document: &'d Document<'d>, most: usize) -> Result<Vec<Entry<'d>>, Outcome> {
    let root = document.root();
    let count = root.each("entry").count();
    if count > most {
        return Err(Outcome::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            vec![Issue::error(
                IssueCode::TooCostly,
                "too-many-entries",
                "Bundle.entry",
                format!("at most {most} entries in one Bundle; send several, or a stream"),
            )],
        ));
    }
    let mut issues = duplicate_properties(document, "Bundle");
    validate_envelope(root, "Bundle", Context::default(), &mut issues);
    let mut entries = Vec::with_capacity(count);
    for (position, value) in root.each("entry").enumerate() {
        match Entry::read(value, position) {
            Ok(entry) => entries.push(entry),
            Err(issue) => issues.push(issue),
        }
    }
    if let Some(issue) = same_full_url(&entries) {
        issues.push(issue);
    }
    if issues.iter().any(Issue::is_error) {
        return Err(Outcome::new(StatusCode::BAD_REQUEST, issues));
    }
    Ok(entries)
}

/// bdl-7: a full URL stands once.
fn same_full_url(entries: &[Entry<'_>]) -> Option<Issue> {
    let mut seen = std::collections::HashSet::new();
    let twice = entries
        .iter()
        .find(|entry| entry.full_url.as_deref().is_some_and(|url| !seen.insert(url)))?;
    Some(Issue::error(
        IssueCode::Invariant,
        "bdl-7",
        format!("Bundle.entry[{}].fullUrl", twice.position),
        "the fullUrl of another entry too",
    ))
}

/// The answers of a Bundle, before they are put in order.
type Answers = Vec<Option<Answered>>;
