//! `GET /api/screening`: whether screening keeps up, and by which rules. Nothing of any citizen.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{ApiCaller, needs};
use super::language::Lang;
use super::problem::Problem;
use super::rules;
use super::worklist::{Banner, banner, patience};
use crate::app::App;

/// How screening is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScreeningStatus {
    /// What nurses are told of it, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    banner: Option<Banner>,
    /// How long the citizen who has waited longest has been due, seconds.
    lag_seconds: u64,
    /// From how many seconds on that is an alarm.
    alarm_seconds: u64,
    /// Since when that citizen has been due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    oldest: Option<String>,
    /// Citizens that are due or being screened.
    backlog: u64,
    /// Citizens that could not be screened and were put aside until the next day.
    parked: u64,
    /// The rules whose findings become alerts.
    pack: PackView,
    /// Rules on trial.
    shadows: Vec<PackView>,
}

/// A rule pack.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PackView {
    name: String,
    version: String,
    /// Hash of its content.
    hash: String,
    /// What it is meant for, and what not.
    intended_use: String,
    /// Rules that are evaluated.
    rules: usize,
    /// Those of them that a clinician has still to sign.
    unsigned: usize,
}

impl PackView {
    fn new(pack: &Pack, lang: Lang) -> Self {
        let active = pack.rules().iter().filter(|rule| rule.active);
        Self {
            name: pack.name().to_owned(),
            version: pack.version().to_owned(),
            hash: pack.hash().to_owned(),
            intended_use: lang.of_pack(pack.intended_use()),
            rules: active.clone().count(),
            unsigned: active.filter(|rule| rule.needs_sign_off).count(),
        }
    }
}

/// Whether screening keeps up
///
/// How far it is behind, whom it cannot screen, and by which rules it goes. Numbers only.
#[utoipa::path(
    get,
    path = "/screening",
    operation_id = "getScreening",
    tag = "administration",
    security(("bearer" = ["screening:status"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    responses((status = 200, description = "How it is doing.", body = ScreeningStatus)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::ScreeningStatus>,
    lang: Lang,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    let store = caller.store();
    let now = app.clock().now();
    let lag = store.screening_lag(now).await?;
    let packs = rules::in_force(store, now).await?;
    let status = ScreeningStatus {
        banner: banner(&app, store, lang, now).await?,
        lag_seconds: lag.seconds,
        alarm_seconds: patience(&app),
        oldest: lag.oldest.map(|oldest| oldest.to_string()),
        backlog: lag.backlog,
        parked: lag.parked,
        pack: PackView::new(&packs.active, lang),
        shadows: packs.shadows.iter().map(|pack| PackView::new(pack, lang)).collect(),
    };
    Ok(lang.tell(super::json(&status)))
}
