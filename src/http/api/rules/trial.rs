//! `/api/rules/trial`: rule packs that are evaluated beside the one in force, and raise nothing.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::PackErrors;
use serde::Deserialize;
use utoipa::ToSchema;

use super::packs::{Rules, load};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::store::screenings::{Mode, NewPack, Said, Used};

/// Most packs on trial at a time: each costs as much as the one in force.
const MOST: usize = 3;
/// Faults of a pack that are told.
pub(in crate::http) const FAULTS: usize = 50;
const IN_FORCE: &str = "this is the pack in force; it cannot be on trial";

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
    match put_on_trial(&app, &caller, &text).await? {
        Tried::OnTrial(_) => {}
        Tried::Faulty(errors) => {
            let faults = errors.0.iter().take(FAULTS);
            let faults = faults.map(|error| Fault::at("/pack", "bad-pack", error.to_string()));
            return Err(Problem::with(Code::Invalid, faults.collect()));
        }
        Tried::Full => {
            let detail = "three packs are on trial already; end one of the trials first";
            return Err(Problem::new(Code::Conflict, detail));
        }
        Tried::InForce => return Err(Problem::new(Code::Conflict, IN_FORCE)),
    }
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang).await?)))
}

/// What became of a pack that was to be put on trial.
#[derive(Debug)]
pub(in crate::http) enum Tried {
    /// It is on trial; its content hash.
    OnTrial(String),
    /// It cannot be used. Nothing of it is kept.
    Faulty(PackErrors),
    /// There are as many on trial as there may be.
    Full,
    /// It is the one in force.
    InForce,
}

/// Puts a pack on trial.
///
/// # Errors
/// 401 `sign-in-again` for somebody who signed in a while ago.
pub(in crate::http) async fn put_on_trial(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    text: &str,
) -> Result<Tried, Problem> {
    let store = caller.store();
    caller.recent(app.clock().now())?;
    caller.trail().nobody();
    let pack = match Pack::parse(text) {
        Ok(pack) => pack,
        Err(errors) => return Ok(Tried::Faulty(errors)),
    };
    let stored = store.rule_packs().await?;
    let on_trial = stored.iter().filter(|known| known.mode == Mode::Shadow);
    if on_trial.filter(|known| known.hash != pack.hash()).count() >= MOST {
        return Ok(Tried::Full);
    }
    let (hash, name, version) = (pack.hash(), pack.name(), pack.version());
    let new = NewPack { hash, name, version, body: text };
    Ok(match used(app, caller, &new, Mode::Shadow).await? {
        Used::Now { .. } | Used::Already => Tried::OnTrial(hash.to_owned()),
        Used::IsActive => Tried::InForce,
    })
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
    let pack = NewPack { hash, name, version, body };
    match used(app, caller, &pack, Mode::Retired).await? {
        Used::Now { .. } | Used::Already => Ok(()),
        Used::IsActive => Err(Problem::new(Code::Conflict, IN_FORCE)),
    }
}

async fn used(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    pack: &NewPack<'_>,
    mode: Mode,
) -> Result<Used, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let said = Said { by: caller.principal().subject(), reason: None };
    let mut tx = store.begin().await?;
    let used = store.use_rule_pack_in(&mut tx, pack, mode, said, now).await?;
    if let Used::Now { .. } = used {
        caller.trail().resource("RulePack", pack.hash, 0, None);
        caller.commit(tx, now).await?;
    } else {
        caller.trail().nobody();
    }
    Ok(used)
}
