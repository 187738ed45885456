//! `/admin/quarantine`: readings that cannot be right, and forms to decide about them.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::app::App;
use crate::clock::Micros;
use crate::http::api::pages::{self, Ask, Came};
use crate::http::api::{Lang, Problem, needs};
use crate::http::fhir::{Fix, encode, pairs};
use crate::http::web::page::{Form, Page, html, to};
use crate::http::web::view::admin::quarantine::{self as view, Asked, News};
use crate::ingest::Quarantine;
use crate::store::observations::DoubtFilter;

const HERE: &str = "/admin/quarantine";
/// Readings on a page.
const PAGE: u16 = 30;
/// Before the place of a number in the form.
const VALUE: &str = "value.";
const UNIT: &str = "unit.";

/// What the API calls a decision.
pub(super) fn operation(verb: &str) -> &'static str {
    match verb {
        "accept" => "acceptReading",
        "reject" => "rejectReading",
        "fix" => "fixReading",
        "undo" => "doubtReading",
        _ => "decideReading",
    }
}

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::QuarantineRead>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, query.as_deref().unwrap_or("")).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::QuarantineRead>,
    query: &str,
) -> Result<Response, Problem> {
    let pairs = pairs(query);
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| &**value);
    let asked = Asked {
        decided: get("state") == Some("decided"),
        // What is not understood asks for nothing.
        reason: get("reason").and_then(Quarantine::from_code),
        device: get("device").map(str::to_owned),
    };
    let filter = DoubtFilter {
        decided: asked.decided,
        reason: asked.reason.map(Quarantine::number),
        device: asked.device.clone(),
        ..DoubtFilter::default()
    };
    let cursor = get("cursor").and_then(|text| text.parse().ok());
    let lang = Lang(page.words.0);
    let list = pages::doubts(app, &page.caller, lang, &filter, cursor, PAGE).await?;
    let news = match (get("done"), get("reading")) {
        (Some("all"), _) => Some(News::All {
            done: get("reading").and_then(|text| text.parse().ok()).unwrap_or(0),
            left: get("left").and_then(|text| text.parse().ok()).unwrap_or(0),
        }),
        (Some(_), Some(id)) => told(app, page, id).await,
        _ => None,
    };
    let markup = view::page(&page.scene(app), &page.viewer(app), &asked, &list, news.as_ref());
    Ok(html(StatusCode::OK, page.words, markup))
}

/// What has just become of a reading. It may be anything that somebody put into an address.
async fn told(app: &App, page: &Page<needs::QuarantineRead>, id: &str) -> Option<News> {
    let caller = &page.caller;
    let key = caller.store().sealer().open(id)?;
    caller.may_see(key.citizen).await.ok()?;
    let reading = pages::doubted(app, caller, Lang(page.words.0), key).await.ok()?;
    caller.trail().readings([key]);
    Some(News::One(Box::new(reading)))
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::QuarantineDecide>,
    Path((id, verb)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(decided(&app, &page, &id, &verb, &headers, body).await)
}

async fn decided(
    app: &App,
    page: &Page<needs::QuarantineDecide>,
    id: &str,
    verb: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let version = form.get("version").parse().map_err(|_| Problem::not_found())?;
    let lang = Lang(page.words.0);
    let ask = ask(verb, &form).ok_or_else(Problem::not_found)?;
    let typed = form.get("why");
    // One who takes it back has said enough by that.
    let why = if typed.is_empty() && ask == Ask::Undo { "undo" } else { typed };
    let came = pages::decide(app, &page.caller, lang, id, version, &ask, why).await?;
    let (scene, viewer) = (page.scene(app), page.viewer(app));
    let (status, told, now) = match came {
        Came::Done(now) => {
            let back = form.back();
            let back = if back.starts_with(HERE) { &back } else { HERE };
            let separator = if back.contains('?') { '&' } else { '?' };
            return Ok(to(&format!("{back}{separator}done={verb}&reading={}", encode(&now.id))));
        }
        Came::Conflict(now) => (StatusCode::CONFLICT, None, now),
        Came::Refused(refused, now) => (StatusCode::UNPROCESSABLE_ENTITY, Some(refused), now),
    };
    let fields: Vec<(&str, &str)> = form.fields().collect();
    let markup = view::not_done(&scene, &viewer, &now, told, &fields);
    Ok(html(status, page.words, markup))
}

fn ask(verb: &str, form: &Form) -> Option<Ask> {
    match verb {
        "accept" => Some(Ask::Accept),
        "reject" => Some(Ask::Reject),
        "undo" => Some(Ask::Undo),
        "fix" => {
            let mut fixes: Vec<Fix> = Vec::new();
            for (name, text) in form.fields().filter(|(_, text)| !text.is_empty()) {
                let (field, place) = match (name.strip_prefix(VALUE), name.strip_prefix(UNIT)) {
                    (Some(place), _) => (VALUE, place),
                    (_, Some(place)) => (UNIT, place),
                    _ => continue,
                };
                let place: usize = place.parse().ok()?;
                let at = match fixes.iter().position(|fix| fix.place == place) {
                    Some(at) => at,
                    None => {
                        fixes.push(Fix { place, value: None, unit: None });
                        fixes.len() - 1
                    }
                };
                let fix = fixes.get_mut(at)?;
                // Both decimal marks are understood.
                if field == VALUE {
                    fix.value = Some(text.replace(',', "."));
                } else {
                    fix.unit = Some(text.to_owned());
                }
            }
            Some(Ask::Fix(fixes))
        }
        _ => None,
    }
}

pub(super) async fn all(
    State(app): State<App>,
    page: Page<needs::QuarantineDecide>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(all_decided(&app, &page, &headers, body).await)
}

async fn all_decided(
    app: &App,
    page: &Page<needs::QuarantineDecide>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    let device = form.get("device");
    let reason = Quarantine::from_code(form.get("reason")).ok_or_else(Problem::not_found)?;
    let until: jiff::Timestamp = form.get("until").parse().map_err(|_| Problem::not_found())?;
    let until = Micros(until.as_microsecond());
    let ask = match form.get("decision") {
        "accept" => Ask::Accept,
        "reject" => Ask::Reject,
        "fix" => {
            let unit = Some(form.get("unit").to_owned());
            Ask::Fix(vec![Fix { place: 0, value: None, unit }])
        }
        _ => return Err(Problem::not_found()),
    };
    let why = form.get("why");
    match pages::decide_all(app, &page.caller, device, reason, until, &ask, why).await? {
        Ok(all) => {
            page.caller.trail().about([]);
            let left = if all.more { all.left + 1 } else { all.left };
            Ok(to(&format!("{HERE}?done=all&reading={}&left={left}", all.done)))
        }
        Err(refused) => {
            let (scene, viewer) = (page.scene(app), page.viewer(app));
            let markup = view::none_done(&scene, &viewer, device, reason, refused);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, page.words, markup))
        }
    }
}
