//! The list that is asked for.

use std::collections::BTreeSet;

use pulsvagt_analytics::Language;
use pulsvagt_analytics::plan::Programme;

use super::rows::{note, rows_of};
use super::standing;
use crate::access::SignedIn;
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::problem::Problem;
use crate::http::web::model::{Row, Standing, Tally};
use crate::ids::{AlertId, CitizenNo, TeamNo};
use crate::store::teams::TeamName;
use crate::store::{Sight, Store};
use crate::triage::{Alert, Cursor, Filter, Level};

/// Rows of a page, unless another number is asked for.
const PAGE: u16 = 40;

/// What is asked of the list.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four boxes that are ticked or not, each by itself"
)]
#[derive(Debug, Clone)]
pub(in crate::http) struct Asked {
    /// Rows of a page.
    pub(in crate::http) most: u16,
    /// Of these levels only; empty = all.
    pub(in crate::http) levels: Vec<Level>,
    /// Of this problem only.
    pub(in crate::http) problem: Option<String>,
    /// Of citizens in this programme only.
    pub(in crate::http) programme: Option<Programme>,
    /// Of the citizens of this team only, by its code.
    pub(in crate::http) team: Option<String>,
    /// Of the citizens of this district's teams only.
    pub(in crate::http) district: Option<String>,
    /// Only those that the caller has claimed.
    pub(in crate::http) mine: bool,
    /// Only those past their target.
    pub(in crate::http) overdue: bool,
    /// Also those that are put off.
    pub(in crate::http) snoozed: bool,
    /// With all rows ticked that need no more than a look.
    pub(in crate::http) ticked: bool,
    /// Where the page begins.
    pub(in crate::http) cursor: Option<Cursor>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            most: PAGE,
            levels: Vec::new(),
            problem: None,
            programme: None,
            team: None,
            district: None,
            mine: false,
            overdue: false,
            snoozed: false,
            ticked: false,
            cursor: None,
        }
    }
}

impl Asked {
    fn filter(&self, subject: &str) -> Filter {
        Filter {
            levels: self.levels.clone(),
            problem: self.problem.clone(),
            claimed_by: self.mine.then(|| subject.to_owned()),
            pending: false,
            snoozed: self.snoozed,
            programme: self.programme,
            overdue: self.overdue,
        }
    }
}

/// A page of the list.
#[derive(Debug, Default)]
pub(in crate::http) struct List {
    /// Alerts that were asked for by their ids and are not on the list.
    pub(in crate::http) gone: Vec<String>,
    /// Its rows, in order.
    pub(in crate::http) rows: Vec<Row>,
    /// Where the next page begins.
    pub(in crate::http) next: Option<String>,
    /// How many alerts there are of what is asked for, whatever their level.
    pub(in crate::http) tally: Tally,
    /// What holds for the whole list.
    pub(in crate::http) standing: Standing,
    /// The teams whose citizens the caller may see.
    pub(in crate::http) teams: Vec<TeamName>,
    /// Alerts, in that version, that the request's entry names.
    pub(in crate::http) noted: Vec<(AlertId, u32)>,
}

/// A page of the list.
pub(in crate::http) async fn list(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    asked: &Asked,
    language: Language,
) -> Result<List, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let filter = asked.filter(caller.principal().subject());
    let teams = teams(store, caller.sight()).await?;
    let sight = narrowed(caller.sight(), asked, &teams);
    let page = store.worklist(&sight, &filter, asked.cursor.as_ref(), asked.most, now).await?;
    let alerts: Vec<Alert> = page.rows.into_iter().map(|row| row.alert).collect();
    note(caller, &alerts);
    Ok(List {
        noted: alerts.iter().map(|alert| (alert.id, alert.version)).collect(),
        gone: Vec::new(),
        rows: rows_of(app, caller, &alerts, language).await?,
        next: page.next.map(|next| next.to_string()),
        tally: tally(store, &sight, &filter, now).await?,
        standing: standing(app, store, language, now).await?,
        teams,
    })
}

/// Those of these alerts that are on the list that is asked for, and which are not. An open list asks
/// for the same again and again: what is recorded to have been shown to the session within the hour is
/// not recorded again.
pub(in crate::http) async fn some(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    ids: &[AlertId],
    asked: &Asked,
    language: Language,
) -> Result<List, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let filter = asked.filter(caller.principal().subject());
    let teams = teams(store, caller.sight()).await?;
    let sight = narrowed(caller.sight(), asked, &teams);
    let mut alerts = store.alerts_seen(&sight, ids).await?;
    let citizens: Vec<CitizenNo> = alerts.iter().map(|alert| alert.citizen).collect();
    let plans = match asked.programme {
        Some(_) => store.plans(&citizens).await?,
        None => std::collections::HashMap::default(),
    };
    let none = BTreeSet::new();
    alerts.retain(|alert| {
        let programmes = plans.get(&alert.citizen).map_or(&none, |plan| &plan.plan.programmes);
        filter.fits(alert, programmes, now)
    });
    let there: BTreeSet<AlertId> = alerts.iter().map(|alert| alert.id).collect();
    let session = caller.caller().session().map(SignedIn::id);
    let is_recorded = |alert: &Alert| {
        session.is_some_and(|it| app.shown().is_recorded(it, alert.id, alert.version, now))
    };
    let new: Vec<Alert> = alerts.iter().filter(|alert| !is_recorded(alert)).cloned().collect();
    note(caller, &new);
    Ok(List {
        noted: new.iter().map(|alert| (alert.id, alert.version)).collect(),
        gone: ids.iter().filter(|id| !there.contains(id)).map(ToString::to_string).collect(),
        rows: rows_of(app, caller, &alerts, language).await?,
        next: None,
        tally: tally(store, &sight, &filter, now).await?,
        standing: standing(app, store, language, now).await?,
        teams,
    })
}

/// The teams whose citizens are in sight.
pub(in crate::http::api) async fn teams(
    store: &Store,
    sight: &Sight,
) -> Result<Vec<TeamName>, Problem> {
    let mut teams = store.team_names().await?;
    teams.retain(|team| sight.includes(team.no));
    Ok(teams)
}

/// Whom the list is about. A team or district of which nobody is in sight asks for nothing, so that
/// an old bookmark still shows a list.
fn narrowed(sight: &Sight, asked: &Asked, teams: &[TeamName]) -> Sight {
    let within = |part: &dyn Fn(&TeamName) -> bool| -> Option<Sight> {
        let chosen: Vec<TeamNo> =
            teams.iter().filter(|team| part(team)).map(|team| team.no).collect();
        (!chosen.is_empty()).then(|| sight.only(&chosen))
    };
    let team = asked.team.as_ref().and_then(|code| within(&|team| team.code == *code));
    let district = || {
        let wanted = asked.district.as_ref()?;
        within(&|team| team.district == *wanted)
    };
    team.or_else(district).unwrap_or_else(|| sight.clone())
}

async fn tally(
    store: &Store,
    sight: &Sight,
    filter: &Filter,
    now: Micros,
) -> Result<Tally, Problem> {
    let counts = store.worklist_counts(sight, filter, now).await?;
    Ok(Tally {
        levels: [counts.red, counts.yellow, counts.blue, counts.green],
        overdue: counts.overdue,
        pending: counts.pending,
        snoozed: counts.snoozed,
        restricted: counts.restricted,
    })
}
