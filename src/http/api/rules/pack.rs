//! `GET /api/rules/packs/{hash}`: what somebody has to know of a pack before it is signed or put in
//! force: what it changes, what it would have said, whose limits it has no use for.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use serde::Serialize;
use utoipa::ToSchema;

use super::in_force;
use super::packs::{DAYS, Known, PackLines, change};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, ApiPath, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::{Code, Problem};
use crate::screening::Misfits;
use crate::store::screenings::{Compared, Mode};

/// A rule pack and what is to be known of it before it is used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RulePack {
    /// The pack, rule by rule.
    pub(in crate::http) pack: PackLines,
    /// Hash of the one in force.
    pub(in crate::http) in_force: String,
    /// Of one on trial: what both have said of the days that both have seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) compared: Option<PacksCompared>,
    /// Limits of plans that the pack has no use for.
    pub(in crate::http) limits: LimitMisfits,
    /// Whether it may be put in force: somebody has signed it, or it is the one before.
    pub(in crate::http) may_be_used: bool,
    /// Its text.
    pub(in crate::http) text: String,
}

/// What two packs have said of the same days: citizens, by the most urgent that each pack has said of
/// them. What stood already when the trial began may be counted for the one on trial only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PacksCompared {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::http) since: String,
    /// The same for the page.
    #[serde(skip)]
    pub(in crate::http) since_moment: Micros,
    /// Whatever the rule.
    pub(in crate::http) all: CompareLine,
    /// Rule by rule.
    pub(in crate::http) rules: Vec<CompareLine>,
}

/// Citizens of whom two packs have said something.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct CompareLine {
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) rule: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) title: Option<String>,
    /// Only the one on trial.
    pub(in crate::http) only_trial: u64,
    /// Only the one in force.
    pub(in crate::http) only_in_force: u64,
    /// Both, the one on trial more urgently.
    pub(in crate::http) higher: u64,
    /// Both, the one on trial less urgently.
    pub(in crate::http) lower: u64,
    /// Both alike.
    pub(in crate::http) same: u64,
}

/// Limits of citizens' plans that a pack passes over until the plan is changed: how many, by name.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct LimitMisfits {
    /// Citizens with one or more.
    pub(in crate::http) citizens: u64,
    /// Of a name that the pack does not have, or does not let plans set.
    pub(in crate::http) unknown: BTreeMap<String, u64>,
    /// Outside what the pack allows: the pack's own count.
    pub(in crate::http) out_of_range: BTreeMap<String, u64>,
    /// Red less far out than yellow. These count as they are.
    pub(in crate::http) contradictions: BTreeMap<String, u64>,
}

/// A rule pack before it is used
///
/// What it would change, what it would have said since its trial began (at most 30 days), which limits of
/// plans it has no use for, who has signed it. Numbers only.
#[utoipa::path(
    get,
    path = "/rules/packs/{hash}",
    operation_id = "getRulePack",
    tag = "administration",
    security(("bearer" = ["policy:read"])),
    params(
        ("hash" = String, Path, description = "Hash of the pack's content"),
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "The pack.", body = RulePack)),
)]
pub(in crate::http::api) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyRead>,
    lang: Lang,
    ApiPath(hash): ApiPath<String>,
) -> Result<Response, Problem> {
    caller.trail().nobody();
    Ok(lang.tell(crate::http::api::json(&load(&app, &caller, lang, &hash).await?)))
}

/// The pack of that hash, for somebody who decides about it.
///
/// # Errors
/// 404 where there is none, 409 where it can no longer be used.
pub(in crate::http) async fn load<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
    hash: &str,
) -> Result<RulePack, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let active = in_force(store, now).await?.active;
    let known = Known::of(store, now).await?;
    let stored = known.stored(hash).ok_or_else(Problem::not_found)?;
    let pack = readable(&stored.body)?;
    let is_active = stored.mode == Mode::Active;
    let compared = match stored.mode {
        Mode::Shadow => {
            let both = known.stored(active.hash()).map_or(stored.since, |it| it.since);
            let since = both.max(stored.since).max(Micros(now.0 - i64::from(DAYS) * DAY));
            let rows = store.packs_compared_since((active.hash(), hash), since).await?;
            Some(compared(rows, since, (&active, &pack), lang))
        }
        Mode::Active | Mode::Retired => None,
    };
    let Misfits { citizens, unknown, out_of_range, contradictions } =
        Misfits::of(store, &pack).await?;
    let changes = (!is_active).then(|| change(&active, &pack, lang));
    let lines = known.lines(stored.mode, &pack, lang, changes);
    Ok(RulePack {
        in_force: active.hash().to_owned(),
        compared,
        limits: LimitMisfits { citizens, unknown, out_of_range, contradictions },
        may_be_used: !is_active
            && (!lines.sign_offs.is_empty() || known.back().is_some_and(|back| back == hash)),
        text: stored.body.clone(),
        pack: lines,
    })
}

const DAY: i64 = 86_400_000_000;

/// A stored pack, read.
///
/// # Errors
/// 409 where this version of the server cannot.
pub(super) fn readable(body: &str) -> Result<Pack, Problem> {
    let old = "this pack was stored by an earlier version and can no longer be used";
    Pack::parse(body).map_err(|_| Problem::new(Code::Conflict, old))
}

fn compared(
    rows: Vec<Compared>,
    since: Micros,
    (active, trial): (&Pack, &Pack),
    lang: Lang,
) -> PacksCompared {
    let (mut all, mut rules) = (CompareLine::default(), Vec::with_capacity(rows.len()));
    for Compared { rule, only_other, only_one, higher, lower, same } in rows {
        let known = rule.as_deref().and_then(|id| trial.rule(id).or_else(|| active.rule(id)));
        let line = CompareLine {
            title: known.map(|known| lang.of_pack(&known.title)),
            rule,
            only_trial: only_other,
            only_in_force: only_one,
            higher,
            lower,
            same,
        };
        if line.rule.is_some() { rules.push(line) } else { all = line }
    }
    PacksCompared { since: since.to_string(), since_moment: since, all, rules }
}
