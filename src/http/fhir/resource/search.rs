//! `GET /fhir/{type}?…` and `POST /fhir/{type}/_search`.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use pulsvagt_fhir::json::push_string;

use super::query::{Setting, Understood, understand};
use super::{Kind, assessment, note, reach};
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::negotiate::{BodyKind, body_kind, unsupported};
use crate::http::fhir::params::{encode, pairs, prefer_strict};
use crate::http::fhir::{Outcome, body, reply, shown, within};
use crate::ids::Sealer;
use crate::store::resources::{Found, Place, Reach};

/// Searches by the parameters in the address.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    search(&app, &caller, kind, pairs(query.as_deref().unwrap_or("")), &headers).await
}

/// Searches by the parameters in the body, and in the address.
pub(super) async fn post(
    State(app): State<App>,
    caller: Caller,
    Kind(kind): Kind,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    // A search without parameters needs no body, and then no type of it.
    if body_kind(&headers).is_some_and(|kind| kind != BodyKind::Form) {
        return Err(unsupported());
    }
    let held = body::read(&app, &headers, body).await?;
    let mut parameters = pairs(query.as_deref().unwrap_or(""));
    parameters.extend(pairs(&String::from_utf8_lossy(&held.bytes)));
    search(&app, &caller, kind, parameters, &headers).await
}

async fn search(
    app: &App,
    caller: &Caller,
    kind: &'static str,
    parameters: Vec<(String, String)>,
    headers: &HeaderMap,
) -> Result<Response, Outcome> {
    let (understood, mut found) =
        find(app, caller, kind, parameters, prefer_strict(headers)).await?;
    if kind == assessment::KIND {
        assessment::add(caller, &understood, app.clock().now(), &mut found).await?;
    }
    Ok(reply::ok(bundle(caller, kind, understood, &found)?))
}

/// What the caller may find, by our own pages too.
pub(in crate::http) async fn find(
    app: &App,
    caller: &Caller,
    kind: &'static str,
    parameters: Vec<(String, String)>,
    strict: bool,
) -> Result<(Understood, Found), Outcome> {
    caller.require(Interaction::Search, kind)?;
    let store = &caller.municipality().store;
    let reach = reach(caller, kind).await?;
    let page = parameters.iter().find(|(name, _)| name == "_page").map(|(_, token)| token);
    let (parameters, after) = match page {
        None => (parameters, None),
        Some(token) => {
            let page = Page::open(store.sealer(), kind, token).ok_or_else(|| {
                Outcome::bad_request("bad-page", "this is not a page of a search that began here")
            })?;
            (page.parameters, page.after)
        }
    };
    let setting =
        Setting { base: caller.base(), zone: store.zone(), now: app.clock().now(), strict };
    let own = match &reach {
        Reach::Citizen(own) | Reach::CitizenOrNobody(own) => Some(Some(*own)),
        Reach::Nothing => Some(None),
        Reach::Seen(_) => None,
    };
    let mut understood = understand(kind, parameters, reach, after, setting)?;
    understood.query.within = within::filters(caller, kind);
    // Who has a protected name is not found by it.
    let masked = !caller.is_citizen() && !caller.says_why();
    understood.query.unprotected = kind == "Patient" && masked;
    understood.query.denied = caller.denials().await?.of(kind).collect();
    let mut citizens = Vec::new();
    for id in understood.query.citizens_named() {
        citizens.extend(store.citizen_no(id).await?);
    }
    // Who is out of sight is found as little as who is not there.
    let citizens = store.seen(caller.sight(), &citizens).await?;
    caller.trail().about(citizens.iter().copied());
    // Whom the caller cannot reach is not found, and that is all that is told.
    for citizen in
        citizens.into_iter().map(Some).filter(|citizen| own.is_none_or(|own| own == *citizen))
    {
        caller.may_see(citizen).await?;
    }
    let found = store.search_resources(&understood.query).await?;
    for stored in &found.resources {
        note(caller, stored);
    }
    Ok((understood, found))
}

/// Where a page begins, with the search it belongs to: sealed, so that an address that is followed
/// and logged holds nothing of anybody.
#[derive(Debug)]
struct Page {
    parameters: Vec<(String, String)>,
    after: Option<Place>,
}

const PAGE: &[u8] = b"resource-page";

impl Page {
    fn seal(&self, sealer: &Sealer, kind: &str) -> String {
        let place = match &self.after {
            None => String::new(),
            Some(place) => format!("{} {}", place.updated.0, place.id),
        };
        let text = format!("{kind}\n{place}\n{}", address(&self.parameters));
        sealer.seal_bytes(PAGE, text.into_bytes())
    }

    fn open(sealer: &Sealer, kind: &str, token: &str) -> Option<Self> {
        let text = String::from_utf8(sealer.open_bytes(PAGE, token)?).ok()?;
        let (place, query) = text.strip_prefix(kind)?.strip_prefix('\n')?.split_once('\n')?;
        let after = match place.split_once(' ') {
            None => None,
            Some((updated, id)) => {
                Some(Place { updated: Micros(updated.parse().ok()?), id: id.to_owned() })
            }
        };
        Some(Self { parameters: pairs(query), after })
    }
}

fn address(parameters: &[(String, String)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn bundle(
    caller: &Caller,
    kind: &str,
    understood: Understood,
    found: &Found,
) -> Result<String, Outcome> {
    let (sealer, base) = (caller.municipality().store.sealer(), caller.base());
    let Understood { query, used, personal, .. } = understood;
    let mut page = Page { parameters: used, after: query.after };
    let own = if personal || page.after.is_some() {
        format!("?_page={}", page.seal(sealer, kind))
    } else if page.parameters.is_empty() {
        String::new()
    } else {
        format!("?{}", address(&page.parameters))
    };
    let mut out = String::with_capacity(512 + found.resources.len() * 1024);
    out.push_str("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
    if let Some(total) = found.total {
        let _ = write!(out, ",\"total\":{total}");
    }
    out.push_str(",\"link\":[{\"relation\":\"self\",\"url\":");
    push_string(&mut out, &format!("{base}/{kind}{own}"));
    out.push('}');
    if let Some(next) = &found.next {
        page.after = Some(next.clone());
        out.push_str(",{\"relation\":\"next\",\"url\":");
        push_string(&mut out, &format!("{base}/{kind}?_page={}", page.seal(sealer, kind)));
        out.push('}');
    }
    out.push(']');
    for (position, stored) in found.resources.iter().enumerate() {
        out.push_str(if position == 0 { ",\"entry\":[" } else { "," });
        let _ = write!(out, "{{\"fullUrl\":\"{base}/{kind}/{}\",\"resource\":", stored.id);
        shown::push(caller, stored, &mut out)?;
        out.push_str(",\"search\":{\"mode\":\"match\"}}");
    }
    if !found.resources.is_empty() {
        out.push(']');
    }
    out.push('}');
    Ok(out)
}
