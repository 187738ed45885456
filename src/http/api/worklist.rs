//! `GET /api/worklist`: whom to look at first.

mod banner;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use pulsvagt_analytics::Screening;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiCaller, ApiQuery, needs};
use super::language::Lang;
use super::problem::{Code, Fault, Problem};
use super::rules;
use super::view::{AlertView, Shown, local_day};
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::consent::Denials;
use crate::http::Caller;
use crate::ids::{CitizenNo, TeamNo};
use crate::plans::codes::programme;
use crate::store::alerts::Counts;
use crate::store::persons::Person;
use crate::store::screenings::Screened;
use crate::store::{Sight, Store};
use crate::triage::{Filter, Level, State as AlertState};

pub(super) use banner::{Banner, Coverage, banner, patience};

/// Rows of a page, unless the client asks for fewer.
const PAGE: u16 = 50;
/// Most rows of a page.
const LARGEST: u16 = 200;
/// Days before today that a row shows.
pub(super) const DAYS_BACK: i32 = 13;

/// What is asked of the worklist.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of these levels only, with commas between them: red, yellow, blue, green.
    level: Option<String>,
    /// Of this problem only.
    problem: Option<String>,
    /// Only those that the caller has claimed.
    mine: Option<bool>,
    /// Also those in these states, which are not on the list: pending, snoozed.
    state: Option<String>,
    /// Only citizens of this team, by its code: one of the caller's teams, and for leaders any.
    team: Option<String>,
    /// Only citizens of this district's teams: those of the caller's teams, and for leaders any.
    district: Option<String>,
    /// Only citizens who are in this programme now: copd, heart-failure, diabetes, hypertension,
    /// elderly-infection, psychiatry, frailty.
    programme: Option<String>,
    /// Only those whose response target has passed.
    overdue: Option<bool>,
    /// Where the page begins: `next` of the page before.
    cursor: Option<String>,
    /// Most rows, 1–200; else 50.
    limit: Option<u16>,
}

/// How many open alerts there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountsView {
    red: u32,
    yellow: u32,
    blue: u32,
    green: u32,
    /// On the list and past their response target.
    overdue: u32,
    /// Not on the list: a second measurement may settle them.
    pending: u32,
    /// Not on the list: put off.
    snoozed: u32,
    /// Not on the list: the citizen's data is restricted (GDPR article 18).
    restricted: u32,
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        let Counts { red, yellow, blue, green, overdue, pending, snoozed, restricted } = counts;
        Self { red, yellow, blue, green, overdue, pending, snoozed, restricted }
    }
}

/// A page of the worklist.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Worklist {
    /// As of when the list is; the same for all its pages.
    #[schema(format = DateTime)]
    as_of: String,
    /// What the whole list cannot be relied on for, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    banner: Option<Banner>,
    /// When somebody looks at the list.
    coverage: Coverage,
    /// Of what was asked for, whatever the levels and the page; the levels together are as many as
    /// the whole list is long. `restricted` is of all that the caller may see.
    counts: CountsView,
    /// The alerts, whom to look at first first.
    alerts: Vec<AlertView>,
    /// Where the next page begins; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whom to look at first
///
/// Ordered by severity, whether the response target has passed, how the citizen moves, and age. All
/// pages show the list as of the first one, so that no alert is passed over or met twice while
/// others work; what a row says of its alert is as of now. An empty list means that there is no
/// alert, which is not that all are well: see `banner`, and who is not evaluable in the citizens'
/// summaries.
#[utoipa::path(
    get,
    path = "/worklist",
    operation_id = "getWorklist",
    tag = "worklist",
    security(("bearer" = ["worklist:read"])),
    params(
        Asked,
        ("Accept-Language" = Option<String>, Header, description = "da or en; else da"),
    ),
    responses((status = 200, description = "A page of the list.", body = Worklist)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: ApiCaller<needs::WorklistRead>,
    lang: Lang,
    ApiQuery(asked): ApiQuery<Asked>,
) -> Result<Response, Problem> {
    let store = caller.store();
    let now = app.clock().now();
    let subject = caller.principal().subject();
    let cursor = match asked.cursor.as_deref().map(str::parse) {
        None => None,
        Some(Ok(cursor)) => Some(cursor),
        Some(Err(_)) => return Err(wrong("cursor", "expected `next` of the page before")),
    };
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LARGEST).contains(&limit) {
        return Err(wrong("limit", "expected 1 to 200"));
    }
    let filter = filter(&asked, subject)?;
    let sight = narrowed(store, caller.sight(), &asked).await?;
    let page = store.worklist(&sight, &filter, cursor.as_ref(), limit, now).await?;
    let citizens: Vec<CitizenNo> = page.rows.iter().map(|row| row.alert.citizen).collect();
    caller.trail().about([]);
    for row in &page.rows {
        let alert = &row.alert;
        let (id, citizen) = (alert.id.to_string(), Some(alert.citizen));
        caller.trail().resource("Alert", &id, alert.version, citizen);
    }
    let about = About::load(caller.caller(), &citizens, now).await?;
    let pack = rules::active(store, now).await?;
    let alerts = page
        .rows
        .iter()
        .map(|row| {
            AlertView::new(&Shown {
                alert: &row.alert,
                citizen_id: &row.citizen_id,
                person: about.persons.get(&row.alert.citizen),
                screening: about.screenings.get(&row.alert.citizen),
                days: about.days(row.alert.citizen),
                denials: &about.denials,
                pack: &pack,
                lang,
                caller: subject,
                today: about.today,
                now,
            })
        })
        .collect();
    let policy = store.policy().await?.policy;
    let list = Worklist {
        as_of: page.as_of.to_string(),
        banner: banner(&app, store, lang, now).await?,
        coverage: Coverage::new(&policy, lang, now),
        counts: store.worklist_counts(&sight, &filter, now).await?.into(),
        alerts,
        next: page.next.map(|next| next.to_string()),
    };
    Ok(lang.tell(super::json(&list)))
}

/// Whom the list is about.
async fn narrowed(store: &Store, sight: &Sight, asked: &Asked) -> Result<Sight, Problem> {
    if asked.team.is_none() && asked.district.is_none() {
        return Ok(sight.clone());
    }
    let mut teams = super::pages::teams(store, sight).await?;
    if let Some(district) = &asked.district {
        teams.retain(|team| team.district == *district);
        if district.is_empty() || teams.is_empty() {
            return Err(wrong("district", "expected a district with a team that you may see"));
        }
    }
    if let Some(code) = &asked.team {
        teams.retain(|team| team.code == *code);
        if teams.is_empty() {
            return Err(wrong("team", "expected the code of a team that you may see"));
        }
    }
    let teams: Vec<TeamNo> = teams.iter().map(|team| team.no).collect();
    Ok(sight.only(&teams))
}

fn filter(asked: &Asked, subject: &str) -> Result<Filter, Problem> {
    let mut filter = Filter { problem: asked.problem.clone(), ..Filter::default() };
    for word in words(asked.level.as_deref()) {
        let level = Level::ALL.into_iter().find(|level| level.as_str() == word);
        let text = "expected red, yellow, blue or green";
        filter.levels.push(level.ok_or_else(|| wrong("level", text))?);
    }
    for word in words(asked.state.as_deref()) {
        match AlertState::from_name(word) {
            Some(AlertState::Pending) => filter.pending = true,
            Some(AlertState::Snoozed) => filter.snoozed = true,
            _ => return Err(wrong("state", "expected pending or snoozed")),
        }
    }
    filter.overdue = asked.overdue == Some(true);
    if let Some(code) = asked.programme.as_deref() {
        let text = "expected the code of a programme";
        filter.programme = Some(programme(code).ok_or_else(|| wrong("programme", text))?);
    }
    if asked.mine == Some(true) {
        filter.claimed_by = Some(subject.to_owned());
    }
    // PostgreSQL has no way to hold it, so nothing has it.
    if filter.problem.as_deref().is_some_and(|problem| problem.contains('\0')) {
        return Err(wrong("problem", "expected the code of a problem"));
    }
    Ok(filter)
}

fn words(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.into_iter().flat_map(|list| list.split(',')).map(str::trim)
}

pub(super) fn wrong(parameter: &'static str, text: &'static str) -> Problem {
    let fault = Fault::of_parameter(parameter, "bad-parameter", text);
    Problem::with(Code::BadParameter, vec![fault])
}

/// What is shown of citizens beside their alerts.
#[derive(Debug, Default)]
pub(super) struct About {
    /// Who they are, where the caller may know.
    pub(super) persons: HashMap<CitizenNo, Person>,
    /// Their newest screenings.
    pub(super) screenings: HashMap<CitizenNo, Screening>,
    days: HashMap<CitizenNo, Vec<pulsvagt_analytics::frame::Day>>,
    /// The municipality's local day, days since 1970.
    pub(super) today: i32,
    /// What citizens deny the caller.
    pub(super) denials: Arc<Denials>,
}

impl About {
    /// Loads what is shown of these citizens.
    pub(super) async fn load(
        caller: &Caller,
        citizens: &[CitizenNo],
        now: Micros,
    ) -> Result<Self, Problem> {
        let store = &caller.municipality().store;
        let may_know = caller.principal().may(Interaction::Read, "Patient");
        let mut citizens = citizens.to_vec();
        citizens.sort_unstable();
        citizens.dedup();
        let today = local_day(now, store.zone());
        let persons = if may_know {
            store.persons_for(&citizens, |citizen| caller.unmasks(Some(citizen))).await?
        } else {
            HashMap::default()
        };
        let screenings = store
            .screened(&citizens)
            .await?
            .into_iter()
            .map(|(citizen, screened)| Ok((citizen, parsed(&screened)?)))
            .collect::<Result<_, Problem>>()?;
        // Somebody may be a day ahead of the municipality.
        let summaries = store.summaries(&citizens, today - DAYS_BACK, today + 1).await?;
        for error in summaries.broken.values() {
            tracing::error!(
                tenant = %store.code(),
                error = crate::telemetry::chain(error),
                "the summaries of a citizen cannot be shown"
            );
        }
        let denials = caller.denials().await?;
        Ok(Self { persons, screenings, days: summaries.days, today, denials })
    }

    /// The days of a citizen.
    pub(super) fn days(&self, citizen: CitizenNo) -> &[pulsvagt_analytics::frame::Day] {
        self.days.get(&citizen).map_or(&[], Vec::as_slice)
    }
}

fn parsed(screened: &Screened) -> Result<Screening, Problem> {
    serde_json::from_str(&screened.body)
        .map_err(|error| Problem::internal(format!("a stored screening cannot be read: {error}")))
}
