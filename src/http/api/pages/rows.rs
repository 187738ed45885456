//! Rows of the worklist.

use std::collections::HashMap;

use pulsvagt_analytics::{Language, Pack, Plan, Signal, Verdict};

use super::citizen::identity;
use super::{programmes, signal_name};
use crate::app::App;
use crate::clock::Micros;
use crate::http::api::extract::{ApiCaller, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::api::summary::is_drawable;
use crate::http::api::view::{AlertView, Named, RuleView, Shown, handed_to, signal_of};
use crate::http::api::worklist::About;
use crate::http::web::model::{Happened, Holder, Parked, Row, Rule, Spark, Value, Who};
use crate::ids::{AlertId, CitizenNo};
use crate::projection::words;
use crate::triage::{Alert, Event, Order, SILENCE, State};

pub(super) fn note<N: Needs>(caller: &ApiCaller<N>, alerts: &[Alert]) {
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
            denials: &about.denials,
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
            missing: if is_silence { Vec::new() } else { self.missing(alert, view.missing) },
            newest_minutes: view.newest_age_minutes,
            opened: alert.opened,
            due: alert.due,
            overdue: view.overdue,
            is_calm: alert.level.is_calm()
                && match alert.state {
                    State::New => true,
                    State::Claimed => alert.holder.as_ref().is_some_and(|it| it.id == self.caller),
                    _ => false,
                },
            holder: alert.holder.as_ref().map(|holder| Holder {
                name: holder.called().to_owned(),
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

    /// What is missing, in short: where several features of a signal have no value, the signal, once;
    /// and nothing of a signal of which the sentence tells a value. The citizen's page has all of them.
    fn missing(&self, alert: &Alert, mut features: Vec<Named>) -> Vec<String> {
        let of = |feature: &Named| signal_of(&feature.code);
        let told: Vec<Signal> = self
            .verdicts(alert)
            .flat_map(|verdict| &verdict.features)
            .filter_map(|(name, _)| signal_of(name))
            .collect();
        features.retain(|feature| of(feature).is_none_or(|signal| !told.contains(&signal)));
        let signals: Vec<Option<Signal>> = features.iter().map(of).collect();
        let mut short: Vec<String> = Vec::new();
        for (feature, signal) in features.into_iter().zip(&signals) {
            let is_one_of_many = signals.iter().filter(|other| *other == signal).count() > 1;
            let text = match signal.filter(|_| is_one_of_many) {
                Some(signal) => lower_first(&signal_name(signal, self.language)),
                None => feature.text,
            };
            if !short.contains(&text) {
                short.push(text);
            }
        }
        short
    }

    /// What the rules of the alert say of the citizen now.
    fn verdicts<'a>(&'a self, alert: &'a Alert) -> impl Iterator<Item = &'a Verdict> {
        let screening = self.about.screenings.get(&alert.citizen);
        let verdicts = screening.map_or(&[][..], |screening| screening.verdicts.as_slice());
        verdicts
            .iter()
            .filter(move |verdict| alert.findings.iter().any(|it| *it.rule == *verdict.rule))
    }

    /// The limits of the signal that the alert's rules compared its values with.
    fn limits(&self, alert: &Alert, signal: Signal) -> Vec<(f64, bool)> {
        let mut limits: Vec<(f64, bool)> = self
            .verdicts(alert)
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

/// As within a sentence; abbreviations such as FEV1 stay as they are.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
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
        "{}{}{}{:016x}{:020}{}",
        order.level.rank(),
        u8::from(!order.overdue),
        u8::from(order.silent),
        !ascending,
        order.opened.0.max(0),
        order.id
    )
}

/// Those of the alerts that the caller may see, as rows.
pub(in crate::http) async fn rows_by_id(
    app: &App,
    caller: &ApiCaller<needs::WorklistRead>,
    ids: &[AlertId],
    language: Language,
) -> Result<Vec<Row>, Problem> {
    let alerts = caller.store().alerts_seen(caller.sight(), ids).await?;
    note(caller, &alerts);
    rows_of(app, caller, &alerts, language).await
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
    /// Telephone numbers of the citizen, where the caller may know.
    pub(in crate::http) phones: Vec<String>,
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
    let phones = identity(caller, &row.who.id).await?.phones;
    Ok(Panel { row, snooze_hours, events: happened(&alert, events, language), phones })
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
        by: event.by.map(|by| by.called().to_owned()),
        verb: event.verb,
        level: event.level,
        problem: problem.clone(),
        text: event.text,
        to: event.to_whom.as_ref().map(|to| handed_to(to).to_owned()),
        outcome: event.outcome,
    });
    told.collect()
}
