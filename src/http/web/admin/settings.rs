//! `/admin/settings`: what the municipality has decided about its alerts, and deciding otherwise:
//! first what would change is told in words, then it is done.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::http::api::pages::{self, PolicyDecided};
use crate::http::api::{ApiCaller, Needs, Problem, needs};
use crate::http::web::page::{Form, Page, html, to};
use crate::http::web::view::admin::settings::{self as view, Settings, Told};
use crate::triage::Policy;

const HERE: &str = "/admin/settings";
/// Before the name of a number in the form.
const NUMBER: &str = "n.";

async fn settings<N: Needs>(app: &App, caller: &ApiCaller<N>) -> Result<Settings, Problem> {
    let store = caller.store();
    let stored = store.policy().await?;
    Ok(Settings {
        version: stored.version,
        policy: stored.policy,
        history: pages::policy_versions(store).await?,
        may_change: caller.principal().extent(ApiRight::PolicyWrite) != Extent::None,
        is_recent: caller.recent(app.clock().now()).is_ok(),
    })
}

pub(super) async fn get(
    State(app): State<App>,
    page: Page<needs::PolicyRead>,
    RawQuery(query): RawQuery,
) -> Response {
    page.answer(shown(&app, &page, query.as_deref().unwrap_or("")).await)
}

async fn shown(
    app: &App,
    page: &Page<needs::PolicyRead>,
    query: &str,
) -> Result<Response, Problem> {
    page.caller.trail().nobody();
    let settings = settings(app, &page.caller).await?;
    let told = query.split('&').any(|part| part == "done=settings").then_some(Told::Done);
    let markup = view::page(&page.scene(app), &page.viewer(app), &settings, told.as_ref());
    Ok(html(StatusCode::OK, page.words, markup))
}

pub(super) async fn post(
    State(app): State<App>,
    page: Page<needs::PolicyWrite>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    page.answer(changed(&app, &page, &headers, body).await)
}

async fn changed(
    app: &App,
    page: &Page<needs::PolicyWrite>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = Form::read(app, headers, body).await?;
    page.caller.trail().nobody();
    let expected = form.get("version").parse().map_err(|_| Problem::not_found())?;
    let now = settings(app, &page.caller).await?;
    let (scene, viewer) = (page.scene(app), page.viewer(app));
    let answer = |status: StatusCode, settings: &Settings, told: Told| {
        html(status, page.words, view::page(&scene, &viewer, settings, Some(&told)))
    };
    let policy: Policy = match policy_of(&form, &now.policy) {
        Ok(policy) => policy,
        Err(why) => return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, &now, Told::Unread(why))),
    };
    let typed = |policy: Policy, now: Settings| Settings { policy, ..now };
    if let Err(error) = policy.check() {
        let told = Told::Wrong(error);
        return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, &typed(policy, now), told));
    }
    let changes = now.policy.differences(&policy);
    if expected != now.version {
        let told = Told::Stale(changes);
        return Ok(answer(StatusCode::CONFLICT, &now, told));
    }
    if form.get("step") != "save" {
        let markup = view::preview(&scene, &viewer, expected, &policy, &changes);
        return Ok(html(StatusCode::OK, page.words, markup));
    }
    // Said with what was typed; the page tells where to sign in again.
    if !now.is_recent {
        let markup = view::page(&scene, &viewer, &typed(policy, now), None);
        return Ok(html(StatusCode::UNAUTHORIZED, page.words, markup));
    }
    match pages::decide_policy(app, &page.caller, expected, &policy).await? {
        PolicyDecided::Set(_) => Ok(to(&format!("{HERE}?done=settings"))),
        PolicyDecided::Stale(stored) => {
            let (version, policy) = (stored.version, stored.policy);
            let settings = Settings { version, policy, ..now };
            Ok(answer(StatusCode::CONFLICT, &settings, Told::Stale(changes)))
        }
        PolicyDecided::Wrong(error) => {
            let told = Told::Wrong(error);
            Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, &typed(policy, now), told))
        }
    }
}

/// The policy that a form asks for; what the form does not name stays.
///
/// # Errors
/// What cannot be read, in the form's words.
fn policy_of(form: &Form, now: &Policy) -> Result<Policy, String> {
    let mut policy = serde_json::to_value(now).map_err(|error| error.to_string())?;
    for (name, text) in form.fields() {
        if let Some(field) = name.strip_prefix(NUMBER) {
            let number: u32 = text.parse().map_err(|_| text.to_owned())?;
            let pointer = format!("/{}", field.replace('.', "/"));
            if let Some(value) = policy.pointer_mut(&pointer).filter(|value| value.is_number()) {
                *value = json!(number);
            }
        }
    }
    let words = |name: &str| -> Vec<String> {
        let text = form.get(name);
        text.split([' ', ',', '\n', '\r', '\t'])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    policy["staffed"] = json!(shifts_of(form));
    policy["staffedOnHolidays"] = json!(form.get("staffedOnHolidays") == "1");
    policy["zone"] = json!(form.get("zone"));
    policy["closedDays"] = json!(words("closedDays"));
    policy["shadow"] = json!(words("shadow"));
    serde_json::from_value(policy).map_err(|error| error.to_string())
}

/// The shifts of a form, as in the policy. One without days is one that is taken away, or was never
/// filled in.
pub(super) fn shifts_of(form: &Form) -> Vec<Value> {
    let mut shifts: BTreeMap<u32, Map<String, Value>> = BTreeMap::new();
    for (name, text) in form.fields() {
        let parts = name.strip_prefix("shift.").and_then(|rest| rest.split_once('.'));
        let parts = parts.and_then(|(place, part)| Some((place.parse().ok()?, part)));
        let Some((place, part)) = parts else { continue };
        let shift = shifts.entry(place).or_default();
        if part == "days" {
            let days = shift.entry("days").or_insert_with(|| json!([]));
            if let Some(days) = days.as_array_mut() {
                days.push(json!(text));
            }
        } else if matches!(part, "from" | "to") {
            // A browser may add seconds.
            shift.insert(part.to_owned(), json!(text.get(..5).unwrap_or(text)));
        }
    }
    shifts.into_values().filter(|it| it.contains_key("days")).map(Value::Object).collect()
}
