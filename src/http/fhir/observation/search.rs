//! `GET /fhir/Observation` and `POST /fhir/Observation/_search`.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use pulsvagt_fhir::json::push_string;

use super::query::{self, Asked, Context, Include, Total};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::params::{pairs, prefer_strict};
use crate::http::fhir::{Outcome, body, reply, shown, within};
use crate::store::Store;
use crate::store::observations::StoredObservation;
use crate::store::resources::Reach;
use crate::store::search::{Found, ObservationQuery};

/// The search parameters: name, type, what has to be known about them.
pub(in crate::http::fhir) const SEARCH_PARAMS: &[(&str, &str, &str)] = &[
    ("_id", "token", "Logical id; comma = or"),
    ("_lastUpdated", "date", "When the current version was received; all prefixes"),
    ("patient", "reference", "Patient/id, id, or chained patient.identifier"),
    ("subject", "reference", "As patient; also subject:Patient"),
    ("code", "token", "Observation.code; comma = or; modifier not"),
    ("combo-code", "token", "Observation.code or the code of a component; modifier not"),
    ("category", "token", "Observation.category; modifier not"),
    ("status", "token", "Observation.status; modifier not"),
    (
        "date",
        "date",
        "Effective time; all prefixes, repeated = and; a date without an offset is local to the \
         municipality; ap allows a tenth of the time between the date and now",
    ),
    ("device", "reference", "Device/id or id"),
    ("identifier", "token", "system|value or value"),
    (
        "value-quantity",
        "quantity",
        "Main value, converted to the measure's unit; without a unit in the measure's own",
    ),
];

/// `GET`.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    search(&app, &caller, &headers, pairs(address.as_deref().unwrap_or(""))).await
}

/// `POST …/_search`.
pub(super) async fn post(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    let mut parameters = pairs(address.as_deref().unwrap_or(""));
    parameters.extend(form(&app, &headers, body).await?);
    search(&app, &caller, &headers, parameters).await
}

/// The parameters of a form; none in an empty body.
pub(in crate::http::fhir) async fn form(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<(String, String)>, Outcome> {
    let kind = body_kind(headers);
    let held = body::read(app, headers, body).await?;
    match kind {
        Some(BodyKind::Form) => match std::str::from_utf8(&held.bytes) {
            Ok(text) => Ok(pairs(text.trim())),
            Err(_) => Err(Outcome::bad_request("not-utf8", "the form is not UTF-8")),
        },
        _ if held.bytes.is_empty() => Ok(Vec::new()),
        _ => Err(unsupported()),
    }
}

async fn search(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    mut parameters: Vec<(String, String)>,
) -> Result<Response, Outcome> {
    let store = &caller.municipality().store;
    let page = parameters.iter().position(|(name, _)| name == "_page");
    let mut strict = prefer_strict(headers);
    let mut after = None;
    if let Some(at) = page {
        let (_, token) = parameters.swap_remove(at);
        let Some((sealed, position)) = query::open_page(store, &token) else {
            return Err(Outcome::bad_request(
                "bad-parameter",
                "parameter _page: follow the next link of a result as it is",
            ));
        };
        // What was asked for is in the token; what else is in the address does not change it.
        parameters = sealed;
        after = Some(position);
        strict = false;
    }
    let context = Context {
        base: caller.base(),
        zone: store.zone(),
        now: app.clock().now(),
        strict,
        also: &[],
    };
    let mut asked = query::parse(&parameters, context)?;
    let resolved = asked.resolve(store, caller).await?;
    let resolved = resolved.map(|query| ObservationQuery { after, ..query });
    note(caller, resolved.as_ref());
    let result = run(store, &asked, resolved.as_ref()).await.map_err(Outcome::failed)?;
    caller.trail().readings(result.found.rows.iter().map(|row| row.key));
    let used = asked.used();
    let page =
        |position| format!("Observation?_page={}", query::page_token(store, &used, position));
    let mut set = Searchset::new(caller.base(), result.total);
    set.link("self", &after.map_or_else(|| format!("Observation?{used}"), page));
    if let Some(next) = result.found.next {
        set.link("next", &page(next));
    }
    set.matches(store, &result.found.rows)?;
    set.includes(store, caller, &asked.includes, &result.found.rows).await?;
    Ok(reply::ok(set.finish()))
}

/// Leaves on the trail whom is asked about.
pub(super) fn note(caller: &Caller, query: Option<&ObservationQuery>) {
    caller.trail().about(query.and_then(|query| query.citizens.clone()).unwrap_or_default());
}

struct Answer {
    found: Found,
    total: Option<u64>,
}

async fn run(
    store: &Store,
    asked: &Asked,
    query: Option<&ObservationQuery>,
) -> Result<Answer, crate::store::StoreError> {
    let Some(query) = query else {
        return Ok(Answer { found: Found::default(), total: Some(0) });
    };
    if asked.count_only {
        let total = store.count_observations(query).await?;
        return Ok(Answer { found: Found::default(), total: Some(total) });
    }
    let found = store.search_observations(query).await?;
    let whole = query.after.is_none() && found.next.is_none();
    let total = if whole {
        u64::try_from(found.rows.len()).ok()
    } else if asked.total == Total::Accurate {
        Some(store.count_observations(query).await?)
    } else {
        None
    };
    Ok(Answer { found, total })
}

/// A Bundle of the type `searchset` that is being written.
#[derive(Debug)]
pub(super) struct Searchset<'a> {
    base: &'a str,
    out: String,
    links: usize,
    entries: usize,
}

impl<'a> Searchset<'a> {
    pub(super) fn new(base: &'a str, total: Option<u64>) -> Self {
        let mut out = String::with_capacity(8 << 10);
        out.push_str("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
        if let Some(total) = total {
            out.push_str(",\"total\":");
            out.push_str(&total.to_string());
        }
        Self { base, out, links: 0, entries: 0 }
    }

    /// A link to below the base. All links come before all entries.
    pub(super) fn link(&mut self, relation: &str, path: &str) {
        self.out.push_str(if self.links == 0 { ",\"link\":[" } else { "," });
        self.links += 1;
        self.out.push_str("{\"relation\":\"");
        self.out.push_str(relation);
        self.out.push_str("\",\"url\":");
        push_string(&mut self.out, &format!("{}/{path}", self.base));
        self.out.push('}');
    }

    /// One entry.
    pub(super) fn entry<E>(
        &mut self,
        kind: &str,
        id: &str,
        mode: &str,
        resource: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.entries == 0 {
            self.close_links();
            self.out.push_str(",\"entry\":[");
        } else {
            self.out.push(',');
        }
        self.entries += 1;
        self.out.push_str("{\"fullUrl\":");
        push_string(&mut self.out, &format!("{}/{kind}/{id}", self.base));
        self.out.push_str(",\"resource\":");
        resource(&mut self.out)?;
        self.out.push_str(",\"search\":{\"mode\":\"");
        self.out.push_str(mode);
        self.out.push_str("\"}}");
        Ok(())
    }

    /// The readings that were found.
    pub(super) fn matches(
        &mut self,
        store: &Store,
        rows: &[StoredObservation],
    ) -> Result<(), Outcome> {
        for row in rows {
            let id = store.sealer().seal(row.key);
            self.entry("Observation", &id, "match", |out| row.push_json(out, &id))
                .map_err(Outcome::failed)?;
        }
        Ok(())
    }

    /// What the readings refer to, as far as the caller may see it.
    pub(super) async fn includes(
        &mut self,
        store: &Store,
        caller: &Caller,
        includes: &[Include],
        rows: &[StoredObservation],
    ) -> Result<(), Outcome> {
        let mut wanted: BTreeSet<(&str, String)> = BTreeSet::new();
        if includes.contains(&Include::Patient) {
            wanted.extend(rows.iter().map(|row| ("Patient", row.citizen().to_owned())));
        }
        if includes.contains(&Include::Device) {
            wanted.extend(rows.iter().filter_map(|row| {
                let reference = store.device_of(row)?;
                let path = reference
                    .strip_prefix(self.base)
                    .map_or(&*reference, |path| path.trim_start_matches('/'));
                Some(("Device", path.strip_prefix("Device/")?.to_owned()))
            }));
        }
        let restricted = if wanted.is_empty() || caller.is_citizen() {
            Vec::new()
        } else {
            store.restricted().await.map_err(Outcome::failed)?
        };
        let own = caller.citizen().map(|id| store.citizen(id).map(|(no, _)| no));
        for (kind, id) in wanted {
            if caller.require(Interaction::Read, kind).is_err() {
                continue;
            }
            let Some(resource) = store.resource(kind, &id).await.map_err(Outcome::failed)? else {
                continue;
            };
            if !within::covers_stored(caller, Interaction::Read, &resource)? {
                continue;
            }
            let reach = Reach::Seen(caller.sight().clone());
            let reached = store.reaches(&reach, kind, resource.citizen).await;
            let allowed = caller.allows(kind, resource.citizen).await?;
            // A reading may have been taken with somebody else's device.
            let closed = resource.citizen.is_some_and(|citizen| restricted.contains(&citizen));
            if closed || !allowed || !reached.map_err(Outcome::failed)? {
                continue;
            }
            // A device in nobody's compartment may be anybody's.
            if own.is_some_and(|own| own.is_none() || resource.citizen != own) {
                continue;
            }
            caller.trail().resource(kind, &id, resource.version, resource.citizen);
            self.entry(kind, &id, "include", |out| shown::push(caller, &resource, out))?;
        }
        Ok(())
    }

    fn close_links(&mut self) {
        if self.links > 0 {
            self.out.push(']');
        }
    }

    /// The JSON.
    pub(super) fn finish(mut self) -> String {
        if self.entries == 0 {
            self.close_links();
            self.out.push('}');
        } else {
            self.out.push_str("]}");
        }
        self.out
    }
}
