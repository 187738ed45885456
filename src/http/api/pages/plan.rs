//! The limits of a citizen's plan, and changing them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use pulsvagt_analytics::pack::Worse;
use pulsvagt_analytics::{Language, Pack, Plan};

use super::rows::is_red;
use super::signal_name;
use crate::app::App;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::web::model::{Limit, PlanChange, PlanPage};
use crate::plans::{Agreement, Wrong, agree, check};
use crate::store::plans::{PlanVersion, PutPlan};

/// The plan as a page shows it. `plans` are all versions, newest first; `used` are the limits that
/// matter for the citizen.
pub(super) fn page(
    plans: &[PlanVersion],
    pack: &Pack,
    used: &HashSet<String>,
    language: Language,
    may_change: bool,
) -> PlanPage {
    let lang = Lang(language);
    let nothing = Plan::default();
    let plan = plans.first().map_or(&nothing, |version| &version.plan);
    let limits = pack
        .thresholds()
        .iter()
        .filter(|threshold| threshold.personal && used.contains(&*threshold.name))
        .map(|threshold| Limit {
            name: threshold.name.to_string(),
            text: lang.of_pack(&threshold.text),
            unit: threshold.unit.clone(),
            red: is_red(pack, &threshold.name),
            low: threshold.worse == Worse::Low,
            first: plan.limits.contains_key(&*threshold.name)
                || is_of_programmes(pack, plan, &threshold.name),
            standard: threshold.value,
            own: plan.limits.get(&*threshold.name).copied(),
            allowed: threshold.allowed,
            refused: None,
        });
    let cadence = plan.cadence.iter();
    PlanPage {
        version: plans.first().map_or(0, |version| version.version),
        limits: limits.collect(),
        cadence: cadence.map(|it| (signal_name(it.signal, language), it.every_hours)).collect(),
        history: history(plans, pack, lang),
        may_change,
    }
}

/// Whether a rule for one of the citizen's programmes uses the limit; rules for everybody use many.
fn is_of_programmes(pack: &Pack, plan: &Plan, name: &str) -> bool {
    let rules = pack.rules().iter().filter(|rule| rule.active);
    let mut own =
        rules.filter(|rule| rule.programmes.iter().any(|it| plan.programmes.contains(it)));
    own.any(|rule| rule.thresholds.iter().any(|used| &**used == name))
}

fn history(plans: &[PlanVersion], pack: &Pack, lang: Lang) -> Vec<PlanChange> {
    let nothing = BTreeMap::new();
    plans
        .iter()
        .enumerate()
        .map(|(place, version)| {
            let (after, before) = (
                &version.plan.limits,
                plans.get(place + 1).map_or(&nothing, |before| &before.plan.limits),
            );
            let names: BTreeSet<&String> = after.keys().chain(before.keys()).collect();
            let changed = names.into_iter().filter_map(|name| {
                let (old, new) = (before.get(name).copied(), after.get(name).copied());
                if old == new {
                    return None;
                }
                let threshold = pack.threshold(name);
                let text = threshold.map_or_else(|| name.clone(), |it| lang.of_pack(&it.text));
                Some((text, old, new, threshold.map(|it| it.unit.clone()).unwrap_or_default()))
            });
            PlanChange {
                version: version.version,
                at: version.valid_from,
                author: version.author.clone(),
                limits: changed.collect(),
            }
        })
        .collect()
}

/// What became of a change of limits.
#[derive(Debug)]
pub(in crate::http) enum Put {
    /// They are in force.
    Done,
    /// Somebody else has changed the plan since it was read.
    Stale,
    /// They contradict themselves or the rules; everything that is wrong.
    Wrong(Vec<Wrong>),
}

/// Changes limits of the plan that was read in version `expected`; the rest of it stays. A limit
/// without a value is the rule pack's again.
pub(in crate::http) async fn put_plan(
    app: &App,
    caller: &ApiCaller<needs::PlanWrite>,
    id: &str,
    expected: u32,
    limits: &[(String, Option<f64>)],
) -> Result<Put, Problem> {
    let citizen = caller.citizen(id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let current = store.plans(&[citizen]).await?.remove(&citizen);
    if current.as_ref().map_or(0, |current| current.version) != expected {
        return Ok(Put::Stale);
    }
    let mut plan = current.map(|current| current.plan).unwrap_or_default();
    for (name, value) in limits {
        match value {
            Some(value) => drop(plan.limits.insert(name.clone(), *value)),
            None => drop(plan.limits.remove(name)),
        }
    }
    let pack = rules::active(store, now).await?;
    let wrong = check(&plan, &pack);
    if !wrong.is_empty() {
        return Ok(Put::Wrong(wrong));
    }
    let agreement = Agreement {
        citizen,
        citizen_id: id,
        expected,
        plan: &plan,
        author: caller.principal().subject(),
        at: now,
    };
    let mut tx = store.begin().await?;
    match agree(store, &mut tx, &agreement, &pack, caller.fhir_base()).await? {
        PutPlan::Stale(_) => Ok(Put::Stale),
        PutPlan::Unchanged(..) => Ok(Put::Done),
        PutPlan::Written(version, _) => {
            caller.trail().resource("Plan", id, version, Some(citizen));
            caller.commit(tx, now).await?;
            Ok(Put::Done)
        }
    }
}
