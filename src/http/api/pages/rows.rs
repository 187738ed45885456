//! Rows of the worklist.

use std::collections::HashMap;

use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::{Language, Pack, Plan, Signal};

use super::{programmes, signal_name, standing};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::api::summary::is_drawable;
use crate::http::api::view::{AlertView, RuleView, Shown, handed_to, signal_of};
use crate::http::api::worklist::About;
use crate::http::web::model::{
    Happened, Holder, Parked, Row, Rule, Spark, Standing, Tally, Value, Who,
};
use crate::ids::{AlertId, CitizenNo};
use crate::projection::words;
use crate::store::{Sight, Store};
use crate::triage::{Alert, Cursor, Event, Filter, Level, Order, State};

/// Rows of a page, unless another number is asked for.
const PAGE: usize = 60;
/// The problem of those who have not measured.
pub(in crate::http) const SILENCE: &str = "silence";
/// Alerts that are read at a time.
const CHUNK: u16 = 200;
/// How often that is done for one page, so that a filter that nothing fits ends: 4,000 open alerts.
const CHUNKS: usize = 20;

/// What is asked of the list.
#[derive(Debug, Clone)]
pub(in crate::http) struct Asked {
    /// Rows of a page.
    pub(in crate::http) most: usize,
    /// Of these levels only; empty = all.
    pub(in crate::http) levels: Vec<Level>,
    /// Of this problem only.
    pub(in crate::http) problem: Option<String>,
    /// Of citizens in this programme only.
    pub(in crate::http) programme: Option<Programme>,
    /// Only those that the caller has claimed.
    pub(in crate::http) mine: bool,
    /// Only those past their target.
    pub(in crate::http) overdue: bool,
    /// Also those that are put off.
    pub(in crate::http) snoozed: bool,
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
            mine: false,
            overdue: false,
            snoozed: false,
            cursor: None,
        }
    }
}

/// A page of the list.
#[derive(Debug)]
pub(in crate::http) struct List {
    /// Alerts that were asked for by their ids and are not on the list.
    pub(in crate::http) gone: Vec<String>,
    /// Its rows, in order.
    pub(in crate::http) rows: Vec<Row>,
    /// Where the next page begins.
    pub(in crate::http) next: Option<String>,
    /// How many alerts there are, whatever is asked for.
    pub(in crate::http) tally: Tally,
    /// What holds for the whole list.
    pub(in crate::http) standing: Standing,
}

/// A page of the list.
pub(in crate::http) async fn list(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    asked: &Asked,
    language: Language,
) -> Result<List, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let mine = caller.principal().subject().to_owned();
    let filter = Filter {
        levels: asked.levels.clone(),
        problem: asked.problem.clone(),
        claimed_by: asked.mine.then_some(mine),
        pending: false,
        snoozed: asked.snoozed,
    };
    let (mut found, mut cursor) = (Vec::new(), asked.cursor);
    for _ in 0..CHUNKS {
        let mut page = store.worklist(caller.sight(), &filter, cursor.as_ref(), CHUNK, now).await?;
        cursor = page.next;
        if let Some(programme) = asked.programme {
            let citizens: Vec<CitizenNo> = page.rows.iter().map(|row| row.alert.citizen).collect();
            let plans = store.plans(&citizens).await?;
            page.rows.retain(|row| {
                let plan = plans.get(&row.alert.citizen);
                plan.is_some_and(|plan| plan.plan.programmes.contains(&programme))
            });
        }
        page.rows.retain(|row| !asked.overdue || row.order.overdue);
        let as_of = page.as_of;
        found.extend(page.rows.into_iter().map(|row| (row, as_of)));
        if cursor.is_none() || found.len() > asked.most {
            break;
        }
    }
    let next = if found.len() > asked.most {
        found.truncate(asked.most);
        found.last().map(|(row, as_of)| Cursor { as_of: *as_of, last: row.order })
    } else {
        cursor
    };
    let alerts: Vec<Alert> = found.into_iter().map(|(row, _)| row.alert).collect();
    note(caller, &alerts);
    Ok(List {
        gone: Vec::new(),
        rows: rows_of(app, caller, &alerts, language).await?,
        next: next.map(|next| next.to_string()),
        tally: tally(store, caller.sight(), now).await?,
        standing: standing(app, store, language, now).await?,
    })
}

/// Those of these alerts that are on the list that is asked for, and which are not.
pub(in crate::http) async fn some(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    ids: &[AlertId],
    asked: &Asked,
    language: Language,
) -> Result<List, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let subject = caller.principal().subject();
    let (mut alerts, mut gone) = (Vec::new(), Vec::new());
    for id in ids {
        match store.alert(*id).await? {
            Some(alert) if is_asked(&alert, asked, subject, now) => alerts.push(alert),
            _ => gone.push(id.to_string()),
        }
    }
    // Who may not be seen is not on the list.
    let mut seen = Vec::new();
    for alert in alerts {
        match caller.may_see(alert.citizen).await {
            Ok(()) => seen.push(alert),
            Err(_) => gone.push(alert.id.to_string()),
        }
    }
    let mut alerts = seen;
    if let Some(programme) = asked.programme {
        let citizens: Vec<CitizenNo> = alerts.iter().map(|alert| alert.citizen).collect();
        let plans = store.plans(&citizens).await?;
        alerts.retain(|alert| {
            let plan = plans.get(&alert.citizen);
            let fits = plan.is_some_and(|plan| plan.plan.programmes.contains(&programme));
            if !fits {
                gone.push(alert.id.to_string());
            }
            fits
        });
    }
    note(caller, &alerts);
    Ok(List {
        gone,
        rows: rows_of(app, caller, &alerts, language).await?,
        next: None,
        tally: tally(store, caller.sight(), now).await?,
        standing: standing(app, store, language, now).await?,
    })
}

/// Whether an alert is on the list that is asked for, programmes aside.
fn is_asked(alert: &Alert, asked: &Asked, subject: &str, now: Micros) -> bool {
    let listed = match alert.state {
        State::New | State::Claimed | State::Waiting | State::Escalated => true,
        State::Snoozed => asked.snoozed,
        State::Pending | State::Closed => false,
    };
    listed
        && (asked.levels.is_empty() || asked.levels.contains(&alert.level))
        && asked.problem.as_ref().is_none_or(|problem| *problem == alert.problem)
        && (!asked.overdue || alert.is_overdue(now))
        && (!asked.mine || alert.claimed_by(now).is_some_and(|holder| holder.id == subject))
}

async fn tally(store: &Store, sight: &Sight, now: Micros) -> Result<Tally, Problem> {
    let counts = store.worklist_counts(sight, now).await?;
    Ok(Tally {
        levels: [counts.red, counts.yellow, counts.blue, counts.green],
        overdue: counts.overdue,
        pending: counts.pending,
        snoozed: counts.snoozed,
        restricted: counts.restricted,
    })
}

fn note<N: Needs>(caller: &ApiCaller<N>, alerts: &[Alert]) {
    caller.trail().about([]);
    for alert in alerts {
        let id = alert.id.to_string();
        caller.trail().resource("Alert", &id, alert.version, Some(alert.citizen));
    }
}

/// Alerts as rows. The caller has been found to be allowed to see them.
pub(in crate::http) async fn rows_of<N: Needs>(
    app: &App,
    caller: &ApiCaller<N>,
    alerts: &[Alert],
    language: Language,
) -> Result<Vec<Row>, Problem> {
    let (store, now) = (caller.store(), app.clock().now());
    let citizens: Vec<CitizenNo> = alerts.iter().map(|alert| alert.citizen).collect();
    let about = About::load(caller.caller(), &citizens, now).await?;
    let pack = rules::active(store, now).await?;
    let plans = store.plans(&citizens).await?;
    let mut ids: HashMap<CitizenNo, String> = HashMap::new();
    for citizen in citizens {
        if let std::collections::hash_map::Entry::Vacant(place) = ids.entry(citizen) {
            place.insert(store.citizen_id(citizen).await?);
        }
    }
    let nothing = Plan::default();
    let ward = Ward { about: &about, pack: &pack, language, caller: caller.principal().subject() };
    Ok(alerts
        .iter()
        .map(|alert| {
            let plan = plans.get(&alert.citizen).map_or(&nothing, |plan| &plan.plan);
            let id = ids.get(&alert.citizen).map_or("", String::as_str);
            ward.row(alert, id, plan, now)
        })
        .collect())
}

/// What rows have in common.
pub(super) struct Ward<'a> {
    pub(super) about: &'a About,
    pub(super) pack: &'a Pack,
    pub(super) language: Language,
    pub(super) caller: &'a str,
}

impl Ward<'_> {
    pub(super) fn row(&self, alert: &Alert, citizen: &str, plan: &Plan, now: Micros) -> Row {
        let about = self.about;
        let view = AlertView::new(&Shown {
            alert,
            citizen_id: citizen,
            person: about.persons.get(&alert.citizen),
            screening: about.screenings.get(&alert.citizen),
            days: about.days(alert.citizen),
            pack: self.pack,
            lang: Lang(self.language),
            caller: self.caller,
            today: about.today,
            now,
        });
        // Of readings that did not come there is nothing to draw, and the sentence says how long.
        let is_silence = alert.problem == SILENCE;
        let spark = view.sparkline.filter(|_| !is_silence).map(|line| {
            let signal = Signal::from_name(line.signal);
            Spark {
                what: signal.map_or_else(String::new, |it| signal_name(it, self.language)),
                unit: line.unit.to_owned(),
                days: line.days.iter().map(|day| day.value).collect(),
                limits: signal.map(|signal| self.limits(alert, signal)).unwrap_or_default(),
            }
        });
        Row {
            id: view.id,
            version: view.version,
            place: place(alert, now),
            level: alert.level,
            state: alert.state,
            who: Who { id: view.citizen.id, name: view.citizen.name, age: view.citizen.age },
            programmes: programmes(plan, self.language),
            problem: view.problem.text,
            why: view.why,
            rule: view.rule.map(rule),
            value: view.value.filter(|_| !is_silence).map(|value| Value {
                what: value.feature.text,
                value: value.value,
                unit: value.unit,
                limit: value.limit,
                personal: value.personal,
            }),
            missing: view
                .missing
                .into_iter()
                .filter(|_| !is_silence)
                .map(|missing| missing.text)
                .collect(),
            newest_minutes: view.newest_age_minutes,
            opened: alert.opened,
            due: alert.due,
            overdue: view.overdue,
            holder: alert.holder.as_ref().map(|holder| Holder {
                name: holder.id.clone(),
                you: holder.id == self.caller,
                until: alert.claim_until,
            }),
            parked: alert.parked.as_ref().map(|parked| Parked {
                until: parked.until,
                reason: parked.reason.clone(),
                to: parked.to.as_ref().map(|to| handed_to(to).to_owned()),
                remeasure: parked.remeasure,
            }),
            spark,
        }
    }

    /// The limits of the signal that the alert's rules compared its values with.
    fn limits(&self, alert: &Alert, signal: Signal) -> Vec<(f64, bool)> {
        let Some(screening) = self.about.screenings.get(&alert.citizen) else { return Vec::new() };
        let rules = alert.findings.iter().map(|finding| finding.rule.as_str());
        let verdicts = rules
            .filter_map(|rule| screening.verdicts.iter().find(|verdict| &*verdict.rule == rule));
        let mut limits: Vec<(f64, bool)> = verdicts
            .flat_map(|verdict| &verdict.thresholds)
            .filter_map(|(name, value)| {
                let threshold = self.pack.threshold(name)?;
                let fits = is_drawable(threshold) && signal_of(&threshold.feature) == Some(signal);
                fits.then_some((*value, is_red(self.pack, name)))
            })
            .collect();
        limits.sort_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
        limits.dedup_by(|one, other| one.0.total_cmp(&other.0).is_eq());
        limits
    }
}

/// Whether what is beyond a limit is red: it is not the yellow partner of another one.
pub(super) fn is_red(pack: &Pack, name: &str) -> bool {
    !pack.thresholds().iter().any(|other| other.pair.as_deref() == Some(name))
}

pub(super) fn rule(view: RuleView) -> Rule {
    Rule { id: view.id, title: view.title, pack: view.pack_version, unsigned: view.needs_sign_off }
}

/// A text that orders rows as [`Order`] does.
fn place(alert: &Alert, now: Micros) -> String {
    let order = Order::of(alert, now);
    let bits = order.trend.to_bits();
    // IEEE 754 numbers in the order of their values, the greatest first.
    let ascending = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    format!(
        "{}{}{:016x}{:020}{}",
        order.level.rank(),
        u8::from(!order.overdue),
        !ascending,
        order.opened.0.max(0),
        order.id
    )
}

/// One alert with what can be done about it.
#[derive(Debug)]
pub(in crate::http) struct Panel {
    /// Its row.
    pub(in crate::http) row: Row,
    /// The longest that it can be put off, hours; 0 = it cannot.
    pub(in crate::http) snooze_hours: u32,
    /// What happened to it, newest first.
    pub(in crate::http) events: Vec<Happened>,
}

/// One alert with what can be done about it.
pub(in crate::http) async fn panel(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    id: AlertId,
    language: Language,
) -> Result<Panel, Problem> {
    let store = caller.store();
    let alert = store.alert(id).await?.ok_or_else(Problem::not_found)?;
    note(caller, std::slice::from_ref(&alert));
    caller.may_see(alert.citizen).await?;
    let policy = store.policy().await?.policy;
    let events = store.alert_events(id).await?;
    let snooze_hours = policy.snooze_hours.of(alert.level);
    let rows = rows_of(app, caller, std::slice::from_ref(&alert), language).await?;
    let row = rows.into_iter().next().ok_or_else(Problem::not_found)?;
    Ok(Panel { row, snooze_hours, events: happened(&alert, events, language) })
}

/// What happened to an alert, newest first, as a page tells it.
pub(in crate::http) fn happened(
    alert: &Alert,
    events: Vec<Event>,
    language: Language,
) -> Vec<Happened> {
    let problem = Lang(language).pick(words::problem(&alert.problem)).to_owned();
    let told = events.into_iter().rev().map(|event| Happened {
        at: event.at,
        by: event.by.map(|by| by.id),
        verb: event.verb,
        level: event.level,
        problem: problem.clone(),
        text: event.text,
        to: event.to_whom.as_ref().map(|to| handed_to(to).to_owned()),
        outcome: event.outcome,
    });
    told.collect()
}
