//! `/api/rules/trial`: rule packs that are evaluated beside the one in force, and raise nothing. To put
//! one in force is the operator's, with `pulsvagt rules use`, which looks at everybody's limits first.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use serde::Deserialize;
use utoipa::ToSchema;

use super::packs::{Rules, load};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::store::screenings::{Mode, NewPack, Used};

/// Most packs on trial at a time: each costs as much as the one in force.
const MOST: usize = 3;
/// Faults of a pack that are told.
const FAULTS: usize = 50;

/// A rule pack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NewTrial {
    /// Its text (TOML), as `pulsvagt rules check` reads it.
    pack: String,
}

/// Put a rule pack on trial
///
/// From now on it is evaluated beside the one in force: what it says is kept to be compared and raises
/// no alert. All citizens are due. At most three are on trial at a time. A person has to have signed in
/// within the last minutes.
#[utoipa::path(
    post,
    path = "/rules/trial",
    operation_id = "tryRules",
    tag = "administration",
    security(("bearer" = ["policy:write"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    request_body = NewTrial,
    responses((status = 200, description = "The packs now.", body = Rules)),
)]
pub(in crate::http::api) async fn post(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyWrite>,
    lang: Lang,
    ApiJson(NewTrial { pack: text }): ApiJson<NewTrial>,
) -> Result<Response, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    caller.recent(now)?;
    let pack = Pack::parse(&text).map_err(|errors| {
        let faults = errors.0.iter().take(FAULTS);
        let faults = faults.map(|error| Fault::at("/pack", "bad-pack", error.to_string()));
        Problem::with(Code::Invalid, faults.collect())
    })?;
    let stored = store.rule_packs().await?;
    let on_trial = stored.iter().filter(|known| known.mode == Mode::Shadow);
    if on_trial.filter(|known| known.hash != pack.hash()).count() >= MOST {
        let detail = "three packs are on trial already; end one of the trials first";
        return Err(Problem::new(Code::Conflict, detail));
    }
    let (hash, name, version) = (pack.hash(), pack.name(), pack.version());
    let new = NewPack { hash, name, version, body: &text };
    used(&app, &caller, &new, Mode::Shadow).await?;
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang).await?)))
}

/// End the trial of a rule pack
///
/// What it has said stays to be compared.
#[utoipa::path(
    delete,
    path = "/rules/trial/{hash}",
    operation_id = "endTrialOfRules",
    tag = "administration",
    security(("bearer" = ["policy:write"])),
    params(
        ("hash" = String, Path, description = "Hash of the pack's content"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "The packs now.", body = Rules)),
)]
pub(in crate::http::api) async fn delete(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyWrite>,
    lang: Lang,
    ApiPath(hash): ApiPath<String>,
) -> Result<Response, Problem> {
    end(&app, &caller, &hash).await?;
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang).await?)))
}

/// Ends the trial of the pack of that hash.
///
/// # Errors
/// 404 where none of that hash is on trial; 401 `sign-in-again` for somebody who signed in a while ago.
pub(in crate::http) async fn end(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    hash: &str,
) -> Result<(), Problem> {
    caller.recent(app.clock().now())?;
    let stored = caller.store().rule_packs().await?;
    let found = stored.iter().find(|pack| pack.hash == hash && pack.mode == Mode::Shadow);
    let found = found.ok_or_else(Problem::not_found)?;
    let (name, version, body) = (&*found.name, &*found.version, &*found.body);
    used(app, caller, &NewPack { hash, name, version, body }, Mode::Retired).await
}

async fn used(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    pack: &NewPack<'_>,
    mode: Mode,
) -> Result<(), Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let mut tx = store.begin().await?;
    match store.use_rule_pack_in(&mut tx, pack, mode, now).await? {
        Used::Now { .. } => {
            caller.trail().resource("RulePack", pack.hash, 0, None);
            Ok(caller.commit(tx, now).await?)
        }
        Used::Already => {
            caller.trail().nobody();
            Ok(())
        }
        Used::IsActive => {
            Err(Problem::new(Code::Conflict, "this is the pack in force; it cannot be on trial"))
        }
    }
}
