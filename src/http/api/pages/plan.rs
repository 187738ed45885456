//! The limits of a citizen's plan, and changing them.

use std::collections::HashSet;

use pulsvagt_analytics::pack::Worse;
use pulsvagt_analytics::plan::{Cadence, Spo2Scale};
use pulsvagt_analytics::{Language, Pack, Plan, Signal};

use super::rows::is_red;
use super::{programmes, signal_name};
use crate::app::App;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::language::Lang;
use crate::http::api::plan::preview::compare;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::web::model::{Changed, Limit, PlanChange, PlanPage, Preview};
use crate::plans::{Agreement, Change, Wrong, agree, changes, check};
use crate::projection::words;
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
            typed: None,
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
    let nothing = Plan::default();
    plans
        .iter()
        .enumerate()
        .map(|(place, version)| {
            let before = plans.get(place + 1).map_or(&nothing, |before| &before.plan);
            let changes = changes(before, &version.plan).into_iter();
            PlanChange {
                version: version.version,
                at: version.valid_from,
                author: version.author.clone(),
                changes: changes.map(|change| changed(change, pack, lang)).collect(),
            }
        })
        .collect()
}

fn changed(change: Change, pack: &Pack, lang: Lang) -> Changed {
    let unit = |signal: Signal| signal.unit().to_owned();
    let name = |signal| signal_name(signal, lang.0);
    match change {
        Change::Programme { programme, joined } => {
            let plan = Plan { programmes: [programme].into(), ..Plan::default() };
            let named = programmes(&plan, lang.0).pop().unwrap_or_default();
            if joined { Changed::Joined(named) } else { Changed::Left(named) }
        }
        Change::Cadence { signal, before, after } => {
            let often = |it: Option<Cadence>| it.map(|it| (it.every_hours, it.safety_critical));
            Changed::Cadence(name(signal), often(before), often(after))
        }
        Change::Limit { name, before, after } => {
            let threshold = pack.threshold(&name);
            let unit = threshold.map(|it| it.unit.clone()).unwrap_or_default();
            let text = threshold.map(|it| lang.of_pack(&it.text));
            Changed::Limit(text.unwrap_or(name), before, after, unit)
        }
        Change::Baseline { signal, before, after } => {
            Changed::Baseline(name(signal), before, after, unit(signal))
        }
        Change::Spo2Scale { after: Spo2Scale::One } => Changed::Scale(1),
        Change::Spo2Scale { after: Spo2Scale::Two } => Changed::Scale(2),
        Change::Oxygen { after } => Changed::Oxygen(after),
    }
}

/// The plan with other limits.
fn with_limits(plan: Option<Plan>, limits: &[(String, Option<f64>)]) -> Plan {
    let mut plan = plan.unwrap_or_default();
    for (name, value) in limits {
        match value {
            Some(value) => drop(plan.limits.insert(name.clone(), *value)),
            None => drop(plan.limits.remove(name)),
        }
    }
    plan
}

/// What other limits would have meant.
#[derive(Debug)]
pub(in crate::http) enum Tried {
    /// This.
    Told(Preview),
    /// They contradict themselves or the rules; everything that is wrong.
    Wrong(Vec<Wrong>),
}

/// What the plan in force with other limits would have meant. Nothing is changed.
pub(in crate::http) async fn preview_plan(
    app: &App,
    caller: &ApiCaller<needs::PlanWrite>,
    id: &str,
    limits: &[(String, Option<f64>)],
    language: Language,
) -> Result<Tried, Problem> {
    let citizen = caller.citizen(id).await?;
    let store = caller.store();
    let current = store.plans(&[citizen]).await?.remove(&citizen);
    let plan = with_limits(current.map(|current| current.plan), limits);
    let wrong = check(&plan, &rules::active(store, app.clock().now()).await?);
    if !wrong.is_empty() {
        return Ok(Tried::Wrong(wrong));
    }
    let found = compare(app, caller, id, plan).await?;
    let days = (found.to.0 - found.from.0).div_euclid(86_400_000_000);
    let problem = |it: &crate::backtest::Problem| {
        let name = Lang(language).pick(words::problem(&it.problem)).to_owned();
        (name, it.proposed.all, it.present.all)
    };
    Ok(Tried::Told(Preview {
        days: u32::try_from(days).unwrap_or(0),
        proposed: (found.proposed.all, found.proposed.red),
        present: (found.present.all, found.present.red),
        problems: found.problems.iter().map(problem).collect(),
    }))
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
    let plan = with_limits(current.map(|current| current.plan), limits);
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
