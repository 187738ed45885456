//! `GET /api/citizens/{id}/summary`: what was measured and computed about one citizen.

mod limits;
mod series;
mod verdicts;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Screening;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiCaller, ApiPath, ApiQuery, needs};
use super::language::Lang;
use super::plan::PlanBody;
use super::problem::Problem;
use super::rules;
use super::view::{AlertView, CitizenView, Shown};
use super::worklist::{About, Banner, Coverage, banner, wrong};
use crate::app::App;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::Store;

pub(super) use limits::{LimitView, is_drawable, of as limits_of};
use series::Series;
use verdicts::{ScoreView, VerdictView};

/// Days of charts, unless the client asks for another number.
const DAYS: u16 = 90;
/// Most days of charts.
const MOST: u16 = 366;

/// What is asked of the summary.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Local days up to today, 1–366; else 90.
    days: Option<u16>,
}

/// What is known of one citizen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    citizen: CitizenView,
    /// What the list cannot be relied on for, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    banner: Option<Banner>,
    /// When somebody looks.
    coverage: Coverage,
    /// The plan in force.
    plan: PlanInForce,
    /// The limits of charts, with the days on which each held.
    limits: Vec<LimitView>,
    /// Each signal, day by day.
    series: Vec<Series>,
    /// What only the staff is shown.
    #[serde(flatten)]
    staff: Staff,
}

/// The plan in force.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanInForce {
    /// Which version, from 1; 0 = nothing was agreed.
    version: u32,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    since: Option<String>,
    plan: PlanBody,
}

/// What a citizen's own app is not shown, so that all of it is left out there: an alert that is not
/// there must not be taken for a clean bill of health.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Staff {
    /// Open alerts, the most urgent first.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<AlertView>>,
    /// Ids of the alerts that were closed last, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Vec<String>>,
    /// What each rule says, those included that cannot tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<VerdictView>>,
    /// As of when; left out where the citizen has never been screened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    screened_at: Option<String>,
    /// Early warning scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<Vec<ScoreView>>,
    /// How many signals move the wrong way together, weighted; left out with too little data.
    #[serde(skip_serializing_if = "Option::is_none")]
    deterioration: Option<f64>,
}

/// One citizen
///
/// The plan and its limits, each signal day by day, and for staff the open alerts, what each rule
/// says (also that it cannot tell, and what is missing) and the scores. A citizen's own app is told
/// the plan and the days only.
#[utoipa::path(
    get,
    path = "/citizens/{id}/summary",
    operation_id = "getSummary",
    tag = "citizens",
    security(("bearer" = ["summary:read"])),
    params(
        ("id" = String, Path, description = "Logical id of the citizen"),
        Asked,
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "What is known.", body = Summary)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::SummaryRead>,
    lang: Lang,
    ApiPath(id): ApiPath<String>,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST).contains(&days) {
        return Err(wrong("days", "expected 1 to 366"));
    }
    let citizen = caller.citizen(&id).await?;
    let store = caller.store();
    let now = app.clock().now();
    let is_staff = caller.principal().citizen().is_none();
    let about = About::load(caller.caller(), &[citizen], now).await?;
    let pack = rules::active(store, now).await?;
    let first = about.today - i32::from(days) + 1;
    let found = store.summaries(&[citizen], first, about.today + 1).await?;
    let shown_days = found.days.get(&citizen).map_or(&[][..], Vec::as_slice);
    let plans = store.plan_history(citizen).await?;
    let in_force = plans.first();
    let policy = store.policy().await?.policy;
    let staff = if is_staff {
        let shown = Context {
            about: &about,
            citizen,
            id: &id,
            pack: &pack,
            lang,
            caller: caller.principal().subject(),
            now,
        };
        shown.staff(store).await?
    } else {
        Staff::default()
    };
    let summary = Summary {
        citizen: CitizenView::new(&id, about.persons.get(&citizen), now),
        banner: banner(&app, store, lang, now).await?,
        coverage: Coverage::new(&policy, lang, now),
        plan: PlanInForce {
            version: in_force.map_or(0, |plan| plan.version),
            since: in_force.map(|plan| plan.valid_from.to_string()),
            plan: PlanBody(in_force.map(|plan| plan.plan.clone()).unwrap_or_default()),
        },
        limits: limits::of(&pack, &plans, first..=about.today, store.zone(), lang),
        series: series::of(shown_days),
        staff,
    };
    Ok(lang.tell(super::json(&summary)))
}

/// What the parts of the summary have in common.
struct Context<'a> {
    about: &'a About,
    citizen: CitizenNo,
    id: &'a str,
    pack: &'a pulsvagt_analytics::Pack,
    lang: Lang,
    caller: &'a str,
    now: Micros,
}

/// Closed alerts that are named.
const CLOSED: u16 = 20;

impl Context<'_> {
    async fn staff(&self, store: &Store) -> Result<Staff, Problem> {
        let screening: Option<&Screening> = self.about.screenings.get(&self.citizen);
        let open = store.open_alerts(self.citizen).await?;
        let alerts = open.iter().map(|alert| {
            AlertView::new(&Shown {
                alert,
                citizen_id: self.id,
                person: self.about.persons.get(&self.citizen),
                screening,
                days: self.about.days(self.citizen),
                denials: &self.about.denials,
                pack: self.pack,
                lang: self.lang,
                caller: self.caller,
                today: self.about.today,
                now: self.now,
            })
        });
        let closed = store.closed_alerts(self.citizen, Micros(i64::MAX >> 10), CLOSED).await?;
        let verdicts = screening.map(|screening| verdicts::of(screening, self.pack, self.lang));
        let scores = screening.map(|screening| verdicts::scores(screening, self.lang));
        Ok(Staff {
            alerts: Some(alerts.collect()),
            closed: Some(closed.iter().map(|alert| alert.id.to_string()).collect()),
            verdicts: Some(verdicts.unwrap_or_default()),
            scores: Some(scores.unwrap_or_default()),
            screened_at: screening.map(|screening| Micros(screening.as_of).to_string()),
            deterioration: screening.and_then(|screening| screening.deterioration),
        })
    }
}
