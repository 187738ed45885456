//! `/admin`: what is decided about the municipality, and what needs somebody's eye. One page, one
//! file; who may see which, the policy says.

mod break_glass;
mod ingestion;
mod quarantine;
mod rules;
mod settings;
mod teams;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::page::{Page, html};
use super::view;
use crate::app::App;
use crate::http::api::needs;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/admin", get(index))
        .route("/admin/quarantine", get(quarantine::get))
        .route("/admin/quarantine/all", post(quarantine::all))
        .route("/admin/quarantine/{id}/{verb}", post(quarantine::post))
        .route("/admin/settings", get(settings::get).post(settings::post))
        .route("/admin/teams", get(teams::get).post(teams::post))
        .route("/admin/teams/{code}/hours", post(teams::hours))
        .route("/admin/teams/{code}/members", post(teams::join))
        .route("/admin/teams/{code}/members/{member}/leave", post(teams::leave))
        .route("/admin/rules", get(rules::get).post(rules::post))
        .route("/admin/rules/{hash}", get(rules::pack))
        .route("/admin/rules/{hash}/text", get(rules::text))
        .route("/admin/rules/{hash}/end", post(rules::end))
        .route("/admin/rules/{hash}/sign", post(rules::sign))
        .route("/admin/rules/{hash}/use", post(rules::put_in_force))
        .route("/admin/ingestion", get(ingestion::get))
        .route("/admin/break-glass", get(break_glass::get))
}

/// What a page's request is called in the audit trail: what the API calls the same.
pub(super) fn operation(method: &str, route: &str, path: &str) -> Option<&'static str> {
    let verb = path.rsplit('/').next().unwrap_or("");
    Some(match (method, route) {
        ("GET" | "HEAD", "/admin") => "getAdministration",
        ("GET" | "HEAD", "/admin/quarantine") => "getQuarantine",
        ("POST", "/admin/quarantine/all") => "decideReadings",
        ("POST", "/admin/quarantine/{id}/{verb}") => quarantine::operation(verb),
        ("GET" | "HEAD", "/admin/settings") => "getTriagePolicy",
        ("POST", "/admin/settings") => "putTriagePolicy",
        ("GET" | "HEAD", "/admin/teams") => "getTeams",
        ("POST", "/admin/teams") => "putTeam",
        ("POST", "/admin/teams/{code}/hours") => "putTeamHours",
        ("POST", "/admin/teams/{code}/members") => "joinTeam",
        ("POST", "/admin/teams/{code}/members/{member}/leave") => "leaveTeam",
        ("GET" | "HEAD", "/admin/rules") => "getRules",
        ("POST", "/admin/rules") => "tryRules",
        ("GET" | "HEAD", "/admin/rules/{hash}" | "/admin/rules/{hash}/text") => "getRulePack",
        ("POST", "/admin/rules/{hash}/end") => "endTrialOfRules",
        ("POST", "/admin/rules/{hash}/sign") => "signRules",
        ("POST", "/admin/rules/{hash}/use") => "useRules",
        ("GET" | "HEAD", "/admin/ingestion") => "getIngestion",
        ("GET" | "HEAD", "/admin/break-glass") => "getBreakGlass",
        _ => return None,
    })
}

/// `GET /admin`: what there is.
async fn index(State(app): State<App>, page: Page<needs::PolicyRead>) -> Response {
    page.caller.trail().nobody();
    let markup = view::admin::index(&page.scene(&app), &page.viewer(&app));
    html(StatusCode::OK, page.words, markup)
}
