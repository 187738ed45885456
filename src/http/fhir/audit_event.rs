//! `GET /fhir/AuditEvent`: who did what, out of the chain of audit blocks. Reading it is recorded as
//! everything else is.

use std::collections::HashMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::Outcome;
use super::observation::{date, form};
use super::params::{encode, pairs, prefer_strict};
use super::reply::{self, Version};
use crate::access::{Interaction, Role, Within};
use crate::app::App;
use crate::audit::event::{MOST, Told, audit_event};
use crate::audit::search::{Page, Place, Wanted, newest, one};
use crate::audit::{Entry, Outcome as Ended};
use crate::clock::Micros;
use crate::http::Caller;
use crate::ids::CitizenNo;
use crate::store::Store;
use crate::store::resources::Documented;
use crate::store::search::Prefix;

/// Events on a page, unless said otherwise, and at most.
const PAGE: usize = 50;
const LARGEST: usize = 500;
/// What a place in a search is sealed for.
const SEALED: &[u8] = b"audit-page";

/// The search parameters: name, type, what has to be known about them.
pub(super) const SEARCH_PARAMS: &[Documented] = &[
    ("_id", "token", "Logical id"),
    ("_lastUpdated", "date", "As date"),
    ("patient", "reference", "Patient/id or id; only that citizen is named in what is found"),
    ("date", "date", "When it was recorded; prefixes eq, ge, gt, le, lt; repeated = and"),
    ("agent", "token", "Who did it: the subject of the token, or issuer|subject"),
    ("entity", "reference", "Observation/id: a reading that was read or written"),
    ("outcome", "token", "0 = done, 4 = refused, 8 = failed"),
];

const KIND: &str = "AuditEvent";

/// The routes. Nobody writes events.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/AuditEvent", get(search))
        .route("/AuditEvent/_search", axum::routing::post(post))
        .route("/AuditEvent/{id}", get(read))
}

/// Refuses who may not read all of the trail: an event is about whoever it is about, and has no
/// category and no code by which it could be within a limit.
fn require(caller: &Caller, interaction: Interaction) -> Result<(), Outcome> {
    caller.require(interaction, KIND)?;
    let all = caller.principal().within(interaction, KIND) == Within::Everything;
    if all && caller.citizen().is_none() { Ok(()) } else { Err(Outcome::forbidden()) }
}

/// One event.
async fn read(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    require(&caller, Interaction::Read)?;
    let place: Place = id.parse().map_err(|_| Outcome::not_found())?;
    let store = &caller.municipality().store;
    let entry = one(&store.chain(), place).await?.ok_or_else(Outcome::not_found)?;
    caller.trail().about(entry.citizens.iter().map(|no| CitizenNo(*no)).take(MOST));
    caller.trail().resource(KIND, &id, 0, None);
    let citizens = ids(store, &[&entry], None).await?;
    let version = Version { kind: KIND, id: &id, version: 1, updated: entry.at };
    let json = audit_event(place, &entry, &told(&caller, &citizens)).to_string();
    Ok(reply::read(&version, &headers, json))
}

/// Those that are asked for, the newest first. Pages do not shift: nothing is ever put in between.
async fn search(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    require(&caller, Interaction::Search)?;
    found(&app, &caller, pairs(query.as_deref().unwrap_or("")), &headers).await
}

/// The same, with the parameters in the body.
async fn post(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    require(&caller, Interaction::Search)?;
    let mut parameters = pairs(query.as_deref().unwrap_or(""));
    parameters.extend(form(&app, &headers, body).await?);
    found(&app, &caller, parameters, &headers).await
}

async fn found(
    app: &App,
    caller: &Caller,
    mut parameters: Vec<(String, String)>,
    headers: &HeaderMap,
) -> Result<Response, Outcome> {
    let store = &caller.municipality().store;
    let mut before = None;
    if let Some((_, token)) = parameters.iter().find(|(name, _)| name == "_page") {
        let (place, sealed) = open(store, token).ok_or_else(|| {
            Outcome::bad_request("bad-page", "this is not a page of a search that began here")
        })?;
        (before, parameters) = (Some(place), sealed);
    }
    let mut asked = parse(store, &parameters, app.clock().now(), prefer_strict(headers)).await?;
    // Who is not told of readings does not find events by them either.
    asked.nothing |= asked.wanted.reading.is_some() && caller.principal().role() != Role::Lead;
    let mut page = match asked.id {
        Some(place) => only(store, place).await?,
        None if asked.nothing => Page::default(),
        None => newest(&store.chain(), &asked.wanted, before, asked.count).await?,
    };
    page.entries.retain(|(_, entry)| asked.fits(entry));
    caller.trail().about(asked.wanted.citizen);
    let entries: Vec<&Entry> = page.entries.iter().map(|(_, entry)| entry).collect();
    let citizens = ids(store, &entries, asked.wanted.citizen).await?;
    caller.trail().about(citizens.keys().map(|no| CitizenNo(*no)));
    let told = told(caller, &citizens);
    let base = caller.base();
    let mut links = vec![json!({"relation": "self", "url": format!("{base}/{KIND}{}", asked.own)})];
    if let Some(next) = page.next {
        let url = format!("{base}/{KIND}?_page={}", seal(store, next, &parameters));
        links.push(json!({"relation": "next", "url": url}));
    }
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "link": links});
    let found: Vec<Value> = page
        .entries
        .iter()
        .map(|(place, entry)| {
            json!({"fullUrl": format!("{base}/{KIND}/{place}"),
                   "resource": audit_event(*place, entry, &told),
                   "search": {"mode": "match"}})
        })
        .collect();
    if !found.is_empty() {
        bundle["entry"] = found.into();
    }
    Ok(reply::ok(bundle.to_string()))
}

async fn only(store: &Store, place: Place) -> Result<Page, Outcome> {
    let entry = one(&store.chain(), place).await?;
    Ok(Page { entries: entry.map(|entry| (place, entry)).into_iter().collect(), next: None })
}

/// Who is told what: an administrator looks after access and is told nothing clinical.
fn told<'a>(caller: &'a Caller, citizens: &'a HashMap<i32, String>) -> Told<'a> {
    let store = &caller.municipality().store;
    let clinical = caller.principal().role() == Role::Lead;
    Told { citizens, source: (store.code().as_str(), store.name()), clinical }
}

/// Logical ids of the citizens that are named: all, or the one that was asked for.
async fn ids(
    store: &Store,
    entries: &[&Entry],
    only: Option<CitizenNo>,
) -> Result<HashMap<i32, String>, Outcome> {
    let mut ids = HashMap::new();
    for entry in entries {
        for no in entry.citizens.iter().take(if only.is_some() { usize::MAX } else { MOST }) {
            if only.is_none_or(|only| only.0 == *no) && !ids.contains_key(no) {
                ids.insert(*no, store.citizen_id(CitizenNo(*no)).await?);
            }
        }
    }
    Ok(ids)
}

/// What is asked for.
#[derive(Debug, Default)]
struct Asked {
    wanted: Wanted,
    issuer: Option<String>,
    id: Option<Place>,
    /// There can be nothing: what is asked about is not there.
    nothing: bool,
    count: usize,
    /// The query as it was understood, without what may be somebody's.
    own: String,
}

impl Asked {
    fn fits(&self, entry: &Entry) -> bool {
        self.issuer.as_ref().is_none_or(|issuer| entry.actor.issuer == *issuer)
    }

    fn date(&mut self, text: &str, store: &Store, now: Micros) -> Option<()> {
        let filter = date(text, store.zone(), now)?;
        let (from, to) = match filter.prefix {
            Prefix::Eq => (Some(filter.lower), Some(filter.upper)),
            Prefix::Ge => (Some(filter.lower), None),
            Prefix::Gt | Prefix::Sa => (Some(filter.upper), None),
            Prefix::Lt | Prefix::Eb => (None, Some(filter.lower)),
            Prefix::Le => (None, Some(filter.upper)),
            Prefix::Ne | Prefix::Ap => return None,
        };
        let wanted = &mut self.wanted;
        wanted.from = wanted.from.max(from.map(Micros));
        wanted.to = match (wanted.to, to.map(Micros)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Some(())
    }
}

async fn parse(
    store: &Store,
    parameters: &[(String, String)],
    now: Micros,
    strict: bool,
) -> Result<Asked, Outcome> {
    let mut asked = Asked { count: PAGE, ..Asked::default() };
    let mut used = Vec::new();
    for (name, value) in parameters {
        let bad = || {
            // Even the name may be something that was pasted into the address.
            let known = SEARCH_PARAMS.iter().any(|(known, ..)| *known == name) || name == "_count";
            let name = if known { name.as_str() } else { "(unknown)" };
            Outcome::bad_request("bad-parameter", format!("parameter {name}"))
        };
        let value = value.trim();
        match name.as_str() {
            "_id" => {
                asked.id = value.parse().ok();
                asked.nothing |= asked.id.is_none();
            }
            "_lastUpdated" | "date" => asked.date(value, store, now).ok_or_else(bad)?,
            "patient" => {
                let id = value.strip_prefix("Patient/").unwrap_or(value);
                let citizen = store.citizen_no(id).await?;
                asked.nothing |= citizen.is_none();
                asked.wanted.citizen = citizen;
            }
            "agent" => {
                let (issuer, subject) = match value.split_once('|') {
                    Some((issuer, subject)) => (Some(issuer.to_owned()), subject),
                    None => (None, value),
                };
                asked.issuer = issuer.filter(|issuer| !issuer.is_empty());
                asked.wanted.actor = Some(subject.to_owned());
            }
            "entity" => {
                let id = value.strip_prefix("Observation/").unwrap_or(value);
                asked.wanted.reading = store.sealer().open(id);
                asked.nothing |= asked.wanted.reading.is_none();
            }
            "outcome" => {
                asked.wanted.outcome = match value {
                    "0" => Some(Ended::Success),
                    "4" => Some(Ended::Refused),
                    "8" | "12" => Some(Ended::Failed),
                    _ => None,
                };
                asked.nothing |= asked.wanted.outcome.is_none();
            }
            "_count" => {
                let count: usize = value.parse().map_err(|_| bad())?;
                asked.count = count.clamp(1, LARGEST);
            }
            "_format" | "_pretty" => continue,
            _ if strict => return Err(bad()),
            _ => continue,
        }
        // Who is asked about stands in the address that was sent and in no other.
        if !matches!(name.as_str(), "patient" | "agent") {
            used.push(format!("{name}={}", encode(value)));
        }
    }
    if !used.is_empty() {
        asked.own = format!("?{}", used.join("&"));
    }
    Ok(asked)
}

fn seal(store: &Store, place: Place, parameters: &[(String, String)]) -> String {
    let query: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    store.sealer().seal_bytes(SEALED, format!("{place}\n{}", query.join("&")).into_bytes())
}

fn open(store: &Store, token: &str) -> Option<(Place, Vec<(String, String)>)> {
    let text = String::from_utf8(store.sealer().open_bytes(SEALED, token)?).ok()?;
    let (place, query) = text.split_once('\n')?;
    Some((place.parse().ok()?, pairs(query)))
}
