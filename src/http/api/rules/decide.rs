//! `POST /api/rules/packs/{hash}/sign-off` and `…/use`: somebody answers for a pack, and it is put in
//! force. Both are for a person who has just proved who they are; the operator's way is
//! `pulsvagt rules use`.

use axum::extract::State;
use axum::response::Response;
use pulsvagt_fhir::cpr::names_somebody;
use serde::Deserialize;
use utoipa::ToSchema;

use super::pack::{RulePack, load, readable};
use crate::app::App;
use crate::http::api::alerts::actor;
use crate::http::api::extract::{ApiCaller, ApiJson, ApiPath, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Fault, Problem};
use crate::store::screenings::{InForce, Said, SignOff};

/// Longest name of a person or of what they are, characters.
const NAME: usize = 100;
/// Length of a reason, characters.
const REASON: std::ops::RangeInclusive<usize> = 3..=1_000;

/// Somebody's word for a pack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::http::api) struct NewSignOff {
    /// The person who answers for it, who need not be the one who puts it in.
    signed_by: String,
    /// As what, such as consultant in charge.
    signed_as: String,
}

/// Sign a rule pack
///
/// Keeps who answers for the pack clinically. It is its text that is signed: another text is another pack.
/// A person has to have signed in within the last minutes.
#[utoipa::path(
    post,
    path = "/rules/packs/{hash}/sign-off",
    operation_id = "signRules",
    tag = "administration",
    security(("bearer" = ["policy:write"])),
    params(
        ("hash" = String, Path, description = "Hash of the pack's content"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = NewSignOff,
    responses((status = 200, description = "The pack now.", body = RulePack)),
)]
pub(in crate::http::api) async fn post_sign_off(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyWrite>,
    lang: Lang,
    ApiPath(hash): ApiPath<String>,
    ApiJson(NewSignOff { signed_by, signed_as }): ApiJson<NewSignOff>,
) -> Result<Response, Problem> {
    sign(&app, &caller, &hash, &signed_by, &signed_as).await?;
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang, &hash).await?)))
}

/// Keeps who answers for the pack of that hash.
///
/// # Errors
/// 404 where there is none, 422 with what is wrong, 401 `sign-in-again` for somebody who signed in a
/// while ago.
pub(in crate::http) async fn sign(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    hash: &str,
    signed_by: &str,
    signed_as: &str,
) -> Result<(), Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    caller.recent(now)?;
    let (signed_by, signed_as) = (signed_by.trim(), signed_as.trim());
    let fields = [("/signedBy", signed_by), ("/signedAs", signed_as)];
    let faults: Vec<Fault> =
        fields.into_iter().filter_map(|(at, text)| of_name(at, text)).collect();
    if !faults.is_empty() {
        return Err(Problem::with(Code::Invalid, faults));
    }
    let stored = store.rule_pack(hash).await?.ok_or_else(Problem::not_found)?;
    readable(&stored.body)?;
    let sign_off = SignOff {
        signed_by: signed_by.to_owned(),
        signed_as: signed_as.to_owned(),
        recorded_by: actor(caller).called().to_owned(),
        at: now,
    };
    let mut tx = store.begin().await?;
    if store.sign_rule_pack_in(&mut tx, hash, &sign_off).await? {
        caller.trail().resource("RulePack", hash, 0, None);
        caller.commit(tx, now).await?;
    } else {
        caller.trail().nobody();
    }
    Ok(())
}

fn of_name(pointer: &str, text: &str) -> Option<Fault> {
    if text.is_empty() || text.chars().count() > NAME || text.chars().any(char::is_control) {
        let detail = format!("expected 1 to {NAME} characters on one line");
        return Some(Fault::at(pointer, "unacceptable", detail));
    }
    let detail = "it must not hold a CPR number";
    names_somebody(text).then(|| Fault::at(pointer, "personal-number-misplaced", detail))
}

/// What is put in force, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::http::api) struct NewUse {
    /// Hash of the pack that is in force as far as the caller knows.
    instead_of: String,
    /// Why, 3 to 1,000 characters, without a CPR number.
    reason: String,
}

/// Put a rule pack in force
///
/// Only one that somebody has signed, or the one that was in force before this one: the way back is always
/// open. 409 where another one has been put in force meanwhile. All citizens are due. A person has to have
/// signed in within the last minutes.
#[utoipa::path(
    post,
    path = "/rules/packs/{hash}/use",
    operation_id = "useRules",
    tag = "administration",
    security(("bearer" = ["policy:write"])),
    params(
        ("hash" = String, Path, description = "Hash of the pack's content"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    request_body = NewUse,
    responses((status = 200, description = "The pack now.", body = RulePack)),
)]
pub(in crate::http::api) async fn post_use(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyWrite>,
    lang: Lang,
    ApiPath(hash): ApiPath<String>,
    ApiJson(NewUse { instead_of, reason }): ApiJson<NewUse>,
) -> Result<Response, Problem> {
    match put_in_force(&app, &caller, &hash, &instead_of, &reason).await? {
        InForce::Now | InForce::Already => {}
        InForce::Unknown => return Err(Problem::not_found()),
        InForce::Unsigned => {
            let detail = "nobody has signed this pack";
            return Err(Problem::new(Code::Conflict, detail));
        }
        InForce::Stale => {
            let detail = "another pack is in force; look at what would change now";
            return Err(Problem::new(Code::Conflict, detail));
        }
    }
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang, &hash).await?)))
}

/// Puts the pack of that hash in force.
///
/// # Errors
/// 422 with what is wrong with the reason, 409 where the pack can no longer be used, 401 `sign-in-again`
/// for somebody who signed in a while ago.
pub(in crate::http) async fn put_in_force(
    app: &App,
    caller: &ApiCaller<needs::PolicyWrite>,
    hash: &str,
    instead_of: &str,
    reason: &str,
) -> Result<InForce, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    caller.recent(now)?;
    let reason = reason.trim();
    if !REASON.contains(&reason.chars().count()) || names_somebody(reason) {
        let detail = "expected 3 to 1,000 characters without a CPR number";
        return Err(Problem::with(
            Code::Invalid,
            vec![Fault::at("/reason", "unacceptable", detail)],
        ));
    }
    let Some(stored) = store.rule_pack(hash).await? else {
        caller.trail().nobody();
        return Ok(InForce::Unknown);
    };
    readable(&stored.body)?;
    let actor = actor(caller);
    let said = Said { by: actor.called(), reason: Some(reason) };
    let mut tx = store.begin().await?;
    let came = store.put_rule_pack_in_force_in(&mut tx, (hash, instead_of), said, now).await?;
    if came == InForce::Now {
        caller.trail().resource("RulePack", hash, 0, None);
        caller.commit(tx, now).await?;
    } else {
        caller.trail().nobody();
    }
    Ok(came)
}
