//! One citizen: who it is, what was measured, what the rules say of it.

mod charts;
mod findings;
mod identity;
mod resources;
mod risk;
mod story;

use std::collections::HashSet;

use pulsvagt_analytics::{Language, Outcome, Plan, Screening};

use super::rows::Ward;
use super::{plan, programmes};
use crate::access::{ApiRight, Extent};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::api::summary::limits_of;
use crate::http::api::view::CitizenView;
use crate::http::api::worklist::About;
use crate::http::web::model::{CitizenPage, PlanPage, Row, StoryKind};

pub(in crate::http) use charts::readings;
pub(super) use charts::{DAYS, measured};
pub(super) use identity::identity;
pub(in crate::http) use identity::people;

/// Closed alerts whose story is told.
const CLOSED: u16 = 20;

/// A citizen's page, for staff. The citizen's own is [`own`](super::own). `only` is the one kind of
/// events that is asked for.
pub(in crate::http) async fn citizen(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    id: &str,
    only: Option<StoryKind>,
    language: Language,
) -> Result<CitizenPage, Problem> {
    if caller.principal().citizen().is_some() {
        return Err(Problem::not_found());
    }
    let no = caller.citizen(id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let about = About::load(caller.caller(), &[no], now).await?;
    let pack = rules::active(store, now).await?;
    let plans = store.plan_history(no).await?;
    let nothing = Plan::default();
    let in_force = plans.first().map_or(&nothing, |version| &version.plan);
    let screening = about.screenings.get(&no);
    let open = store.open_alerts(no).await?;
    let closed = store.closed_alerts(no, Micros(i64::MAX >> 10), CLOSED).await?;
    let ward = Ward { about: &about, pack: &pack, language, caller: caller.principal().subject() };
    let mut identity = identity(caller, id).await?;
    identity.programmes = programmes(in_force, language);
    identity.who = CitizenView::new(id, about.persons.get(&no), now).into();
    let span = (about.today - DAYS + 1, about.today);
    let asked = resources::Asked { app, caller: caller.caller(), citizen: no, id, now };
    let contacts = asked.contacts(span.0).await?;
    let mut charts = measured(store, no, in_force, span, language).await?;
    let limits = limits_of(&pack, &plans, span.0..=span.1, store.zone(), Lang(language));
    let used = used(screening, in_force);
    for chart in &mut charts {
        chart.limits = charts::drawn(&limits, chart.signal, &used, &pack);
        let alerts = open.iter().chain(&closed);
        chart.marks = charts::marks(alerts, chart, screening, &pack, store, language);
        chart.contacts.clone_from(&contacts);
    }
    charts::doubtful(caller.caller(), no, &mut charts, now).await?;
    let may_change = caller.principal().extent(ApiRight::PlanWrite) != Extent::None;
    let messages = asked.messages(span.0).await?;
    let rows: Vec<Row> = open.iter().map(|alert| ward.row(alert, id, in_force, now)).collect();
    let mut tasks = asked.tasks().await?;
    for task in &mut tasks {
        // A Task is written in Danish; the alert knows why in both languages.
        if let Some(row) = rows.iter().find(|row| row.id == task.id) {
            task.what.clone_from(&row.why);
        }
    }
    let may_know = caller.principal().extent(ApiRight::RiskRead) != Extent::None;
    let risks = if may_know {
        let denials = caller.caller().denials().await?;
        risk::risks(store, no, about.today, now, &denials, language).await?
    } else {
        Vec::new()
    };
    let alerts = open.iter().chain(&closed);
    Ok(CitizenPage {
        identity,
        alerts: rows,
        charts,
        scores: screening.map(|it| findings::scores(it, language)).unwrap_or_default(),
        findings: screening.map(|it| findings::findings(it, &pack, language)).unwrap_or_default(),
        risks,
        screened: screening.map(|screening| Micros(screening.as_of)),
        story: story::story(store, alerts, contacts, messages, only, language).await?,
        plan: plan::page(&plans, &pack, &used, language, may_change),
        devices: asked.devices(in_force).await?,
        tasks,
    })
}

/// The plan of a citizen, to be changed.
pub(in crate::http) async fn plan_of(
    app: &App,
    caller: &ApiCaller<needs::PlanWrite>,
    id: &str,
    language: Language,
) -> Result<PlanPage, Problem> {
    let no = caller.citizen(id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let about = About::load(caller.caller(), &[no], now).await?;
    let plans = store.plan_history(no).await?;
    let nothing = Plan::default();
    let in_force = plans.first().map_or(&nothing, |version| &version.plan);
    let used = used(about.screenings.get(&no), in_force);
    Ok(plan::page(&plans, &rules::active(store, now).await?, &used, language, true))
}

/// Names of the limits that the rules for the citizen used, and of those that the plan sets.
fn used(screening: Option<&Screening>, plan: &Plan) -> HashSet<String> {
    let verdicts = screening.into_iter().flat_map(|screening| &screening.verdicts);
    verdicts
        .filter(|verdict| verdict.outcome != Outcome::NotApplicable)
        .flat_map(|verdict| verdict.thresholds.iter().map(|(name, _)| name.to_string()))
        .chain(plan.limits.keys().cloned())
        .collect()
}
