//! `GET /api/rules`: the rule packs in force and in trial, rule by rule, what is different between
//! them, and how often each has said something. Numbers only, nothing of any citizen.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::{Evidence, Rule};
use serde::Serialize;
use utoipa::ToSchema;

use super::in_force;
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::screening::{Change, Limit};
use crate::store::screenings::Fired;

/// Days that are counted.
pub(in crate::http) const DAYS: u16 = 30;

/// The rule packs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Rules {
    /// The one in force first, then those in trial.
    pub(in crate::http) packs: Vec<PackLines>,
    /// Days that `fired` and `kept` count.
    pub(in crate::http) days: u16,
}

/// A rule pack.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PackLines {
    /// active, or shadow.
    pub(in crate::http) mode: &'static str,
    /// Its name.
    pub(in crate::http) name: String,
    /// Its version.
    pub(in crate::http) version: String,
    /// Hash of its content.
    pub(in crate::http) hash: String,
    /// What it is meant for, and what not.
    pub(in crate::http) intended_use: String,
    /// Its rules.
    pub(in crate::http) rules: Vec<RuleLine>,
    /// Of one in trial: what would change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) changes: Option<PackChange>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RuleLine {
    /// Its id.
    #[schema(example = "HF-WT-FAST")]
    pub(in crate::http) id: String,
    /// What it is called.
    pub(in crate::http) title: String,
    /// Whether it is evaluated.
    pub(in crate::http) active: bool,
    /// Whether the policy has it in trial: its findings are recorded and raise nothing.
    pub(in crate::http) on_trial: bool,
    /// S published, C computed on open data, M remembered, P proposed.
    pub(in crate::http) evidence: &'static str,
    /// Whether a clinician has still to sign it.
    pub(in crate::http) needs_sign_off: bool,
    /// Where it comes from.
    pub(in crate::http) sources: Vec<String>,
    /// New findings of the pack's rule in those days: red, yellow, blue.
    pub(in crate::http) fired: [u64; 3],
    /// Citizens whom they were about.
    pub(in crate::http) citizens: u64,
    /// Findings of the rule, of whatever pack, that were kept out of the list because it is on trial.
    pub(in crate::http) kept: u64,
}

/// What screening by a pack would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PackChange {
    /// Rules that would be evaluated and are not.
    pub(in crate::http) added: Vec<String>,
    /// Rules that would not be evaluated any more.
    pub(in crate::http) removed: Vec<String>,
    /// Rules that would fire, clear, wait or apply otherwise, thresholds apart.
    pub(in crate::http) changed: Vec<String>,
    /// Thresholds that are not the same.
    pub(in crate::http) thresholds: Vec<ThresholdLine>,
}

/// A threshold that is new, gone or another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ThresholdLine {
    /// Its name.
    pub(in crate::http) name: String,
    /// What it limits.
    pub(in crate::http) text: String,
    /// What it is in the pack in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) before: Option<LimitLine>,
    /// What it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) after: Option<LimitLine>,
}

/// What a threshold is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LimitLine {
    /// The default.
    pub(in crate::http) value: f64,
    /// UCUM code of its unit.
    pub(in crate::http) unit: String,
    /// The least and the greatest that a plan may set; left out where it is the same for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) allowed: Option<[f64; 2]>,
}

/// The rule packs, rule by rule
///
/// The one in force and those in trial beside it (`pulsvagt rules use --shadow`), what would be
/// different, and how often each rule has said something new in 30 days. Numbers only.
#[utoipa::path(
    get,
    path = "/rules",
    operation_id = "getRules",
    tag = "administration",
    security(("bearer" = ["policy:read"])),
    params(("Accept-Language" = Option<String>, Header, description = "da or en; else da")),
    responses((status = 200, description = "The packs.", body = Rules)),
)]
pub(in crate::http::api) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::PolicyRead>,
    lang: Lang,
) -> Result<Response, Problem> {
    let rules = load(&app, &caller, lang).await?;
    Ok(lang.tell(crate::http::api::json(&rules)))
}

/// The packs as they are told.
pub(in crate::http) async fn load<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    lang: Lang,
) -> Result<Rules, Problem> {
    caller.trail().nobody();
    let (store, now) = (caller.store(), app.clock().now());
    let packs = in_force(store, now).await?;
    let policy = store.policy().await?.policy;
    let since = Micros(now.0 - i64::from(DAYS) * 86_400_000_000);
    let fired = store.fired_since(since).await?;
    let kept = store.kept_for_trial_since(since).await?;
    let lines = |mode: &'static str, pack: &Pack, changes: Option<PackChange>| PackLines {
        mode,
        name: pack.name().to_owned(),
        version: pack.version().to_owned(),
        hash: pack.hash().to_owned(),
        intended_use: lang.of_pack(pack.intended_use()),
        rules: pack
            .rules()
            .iter()
            .map(|rule| {
                let counts = fired.get(&(pack.hash().to_owned(), rule.id.to_string()));
                let on_trial = policy.shadow.contains(&*rule.id);
                line(rule, lang, on_trial, counts, &kept)
            })
            .collect(),
        changes,
    };
    let mut told = vec![lines("active", &packs.active, None)];
    for shadow in &packs.shadows {
        told.push(lines("shadow", shadow, Some(change(&packs.active, shadow, lang))));
    }
    Ok(Rules { packs: told, days: DAYS })
}

fn line(
    rule: &Rule,
    lang: Lang,
    on_trial: bool,
    counts: Option<&Fired>,
    kept: &HashMap<String, u64>,
) -> RuleLine {
    RuleLine {
        id: rule.id.to_string(),
        title: lang.of_pack(&rule.title),
        active: rule.active,
        on_trial,
        evidence: match rule.evidence {
            Evidence::Published => "S",
            Evidence::Computed => "C",
            Evidence::Remembered => "M",
            Evidence::Proposal => "P",
        },
        needs_sign_off: rule.needs_sign_off,
        sources: rule.sources.clone(),
        fired: counts.map(|it| [it.red, it.yellow, it.blue]).unwrap_or_default(),
        citizens: counts.map_or(0, |it| it.citizens),
        kept: kept.get(&*rule.id).copied().unwrap_or(0),
    }
}

fn change(active: &Pack, shadow: &Pack, lang: Lang) -> PackChange {
    let change = Change::between(active, shadow);
    let limit = |Limit { value, unit, allowed }: Limit| LimitLine {
        value,
        unit,
        allowed: allowed.map(|(least, most)| [least, most]),
    };
    PackChange {
        added: change.rules_added,
        removed: change.rules_removed,
        changed: change.rules_changed,
        thresholds: change
            .thresholds
            .into_iter()
            .map(|threshold| {
                let known = shadow.threshold(&threshold.name);
                let known = known.or_else(|| active.threshold(&threshold.name));
                ThresholdLine {
                    text: known.map(|it| lang.of_pack(&it.text)).unwrap_or_default(),
                    name: threshold.name,
                    before: threshold.before.map(limit),
                    after: threshold.now.map(limit),
                }
            })
            .collect(),
    }
}
