//! Web pages: the nurses' worklist, a citizen's page for staff, the citizen's own, administration. Rendered here,
//! from the same functions as the API's answers; scripts only make them quicker. See
//! docs/adr/0019-pages-from-the-server.md.
//!
//! One page, one file: read what is asked, get a [`model`] from [`super::api::pages`], hand it to a
//! [`view`]. Views are pure, and take all their words from `messages/`.

mod accessibility;
mod act;
mod admin;
mod alert;
mod assets;
mod break_glass;
mod citizen;
mod cohorts;
mod consents;
mod export;
mod filters;
mod format;
mod handover;
mod kept;
mod me;
pub(super) mod model;
mod page;
mod plan;
mod preview;
mod readings;
mod rows;
mod search;
mod seen;
mod view;
mod words;
mod worklist;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;

pub(super) use assets::PLACE as ASSETS;
pub(super) use page::ErrorPage;
pub(super) use words::Words;

/// The routes of the pages.
pub(super) fn router(app: App) -> Router<App> {
    Router::new()
        .route("/", get(worklist::get))
        .route("/rows", get(rows::get))
        .route("/alerts/seen", post(seen::post))
        .route("/alerts/unseen", post(seen::undo))
        .route("/alerts/{id}", get(alert::get))
        .route("/alerts/{id}/{verb}", post(act::post))
        .route("/search", get(search::get).post(search::post))
        .route("/break-glass", get(break_glass::get).post(break_glass::post))
        .route("/break-glass/{id}/end", post(break_glass::end))
        .route("/handover", get(handover::get))
        .route("/citizens/{id}", get(citizen::get))
        .route("/citizens/{id}/plan", post(plan::post))
        .route("/citizens/{id}/plan/preview", post(preview::post))
        .route("/citizens/{id}/readings", get(readings::get))
        .route("/me", get(me::get))
        .merge(admin::router())
        .merge(cohorts::router())
        .route("/me/export", post(export::post))
        .route("/me/consents", post(consents::give))
        .route("/me/consents/{id}/withdraw", post(consents::withdraw))
        .route("/signed-in", get(kept::get))
        .route("/accessibility", get(accessibility::get))
        .route("/was", get(accessibility::official))
        .route("/assets/{file}", get(assets::get))
        .layer(axum::middleware::from_fn_with_state(app, kept::keep))
        .layer(axum::middleware::from_fn(remember_language))
}

/// What a page's request is called in the audit trail: what the API calls the same.
pub(super) fn operation(method: &Method, route: &str, path: &str) -> Option<&'static str> {
    Some(match (method.as_str(), route) {
        ("GET" | "HEAD", "/" | "/rows" | "/handover") => "getWorklist",
        ("GET" | "HEAD", "/alerts/{id}") => "getAlert",
        ("POST", "/alerts/seen") => "seeAlerts",
        ("POST", "/alerts/unseen") => "reopenAlert",
        ("POST", "/alerts/{id}/{verb}") => act::operation(path.rsplit('/').next().unwrap_or("")),
        ("POST", "/search") => "Patient/search-type",
        ("GET" | "HEAD", "/search") => "getSearchForm",
        ("GET" | "HEAD", "/citizens/{id}" | "/citizens/{id}/readings" | "/me") => "getSummary",
        ("POST", "/citizens/{id}/plan") => "putPlan",
        ("POST", "/citizens/{id}/plan/preview") => "previewPlan",
        ("GET" | "HEAD", "/break-glass") => "getBreakGlassForm",
        ("POST", "/break-glass") => "breakGlass",
        ("POST", "/break-glass/{id}/end") => "endBreakGlass",
        ("POST", "/me/export") => "exportOwn",
        ("POST", "/me/consents") => "Consent/create",
        ("POST", "/me/consents/{id}/withdraw") => "Consent/update",
        ("GET" | "HEAD", "/signed-in") => "getSignedIn",
        ("GET" | "HEAD", "/accessibility" | "/was") => "getAccessibility",
        ("GET" | "HEAD", "/assets/{file}") => "getAsset",
        (method, route) if route.starts_with("/admin") => {
            return admin::operation(method, route, path);
        }
        (method, route) if route.starts_with("/cohorts") => {
            return cohorts::operation(method, route);
        }
        _ => return None,
    })
}

/// Whether a page is served at that path, to people.
pub(super) fn is_page(path: &str) -> bool {
    const PAGES: [&str; 7] =
        ["/admin", "/alerts/", "/break-glass", "/citizens/", "/cohorts", "/handover", "/search"];
    path == "/" || path == "/me" || PAGES.iter().any(|page| path.starts_with(page))
}

/// The language that a request asks for.
pub(super) fn language(query: Option<&str>, headers: &HeaderMap) -> Words {
    Words::of(query, headers)
}

/// What went wrong, as a page that tells the request's id.
pub(super) fn error(status: StatusCode, words: Words, request_id: Option<&str>) -> Response {
    let mut response =
        page::html(status, words, view::error::page(words, status.as_u16(), request_id));
    response.extensions_mut().insert(ErrorPage);
    response
}

/// Names of parameters of the pages' addresses.
pub(super) const PARAMETERS: [&str; 26] = [
    "level",
    "problem",
    "programme",
    "district",
    "team",
    "mine",
    "overdue",
    "silent",
    "snoozed",
    "cursor",
    "ids",
    "lang",
    "done",
    "ticked",
    "alert",
    "signal",
    "from",
    "reading",
    "left",
    "state",
    "device",
    "reason",
    "show",
    "consent",
    "definition",
    "run",
];

/// Keeps the language that an address asks for.
async fn remember_language(request: Request, next: Next) -> Response {
    let asked = words::asked(request.uri().query());
    let mut response = next.run(request).await;
    if let Some(language) = asked {
        let (name, code) = (words::NAME, words::Words(language).code());
        let cookie = format!("{name}={code}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}
