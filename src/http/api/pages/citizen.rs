//! One citizen: who it is, what was measured, what the rules say of it.

use std::collections::{BTreeMap, HashSet};

use pulsvagt_analytics::frame::Day;
use pulsvagt_analytics::screening::EarlyWarning;
use pulsvagt_analytics::{Language, Outcome, Pack, Plan, Screening, Signal};
use serde::Deserialize;

use super::rows::{Ward, happened, is_red};
use super::{plan, programmes, signal_name};
use crate::access::{ApiRight, Extent, Interaction};
use crate::app::App;
use crate::audit::search::{Wanted, newest};
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::api::alerts::Evidence;
use crate::http::api::extract::{ApiCaller, Needs, needs};
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::rules;
use crate::http::api::summary::{LimitView, limits_of};
use crate::http::api::view::{CitizenView, day_value, local_day, missing};
use crate::http::api::worklist::About;
use crate::http::fhir::shown;
use crate::http::web::model::{
    Access, Chart, ChartDay, ChartLimit, CitizenPage, Finding, Happened, Identity, Number,
    PlanPage, Rule, Score, Who,
};
use crate::ids::CitizenNo;
use crate::projection::words;
use crate::store::resources::StoredResource;
use crate::store::{Store, StoreError};
use crate::triage::Alert;

/// Days of charts.
const DAYS: i32 = 90;
/// Closed alerts whose story is told.
const CLOSED: u16 = 10;
/// Things that happened that are told.
const HAPPENED: usize = 60;

/// A citizen's page, for staff. The citizen's own is [`own`].
pub(in crate::http) async fn citizen(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    id: &str,
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
    let mut charts = measured(store, no, in_force, span, language).await?;
    let limits = limits_of(&pack, &plans, span.0..=span.1, store.zone(), Lang(language));
    let used = used(screening, in_force);
    for chart in &mut charts {
        chart.limits = drawn(&limits, chart.signal, &used, &pack);
        chart.marks = marks(open.iter().chain(&closed), chart, screening, store, language);
    }
    doubtful(caller.caller(), no, &mut charts, now).await?;
    let may_change = caller.principal().extent(ApiRight::PlanWrite) != Extent::None;
    Ok(CitizenPage {
        identity,
        alerts: open.iter().map(|alert| ward.row(alert, id, in_force, now)).collect(),
        charts,
        scores: screening.map(|screening| scores(screening, language)).unwrap_or_default(),
        findings: screening
            .map(|screening| findings(screening, &pack, language))
            .unwrap_or_default(),
        screened: screening.map(|screening| Micros(screening.as_of)),
        timeline: timeline(store, open.iter().chain(&closed), language).await?,
        plan: plan::page(&plans, &pack, &used, language, may_change),
    })
}

/// What was measured of the citizen whose app or session this is.
pub(in crate::http) async fn own(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    language: Language,
) -> Result<(Identity, Vec<Chart>), Problem> {
    let id = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let no = caller.citizen(&id).await?;
    let (store, now) = (caller.store(), app.clock().now());
    let plans = store.plans(&[no]).await?;
    let nothing = Plan::default();
    let in_force = plans.get(&no).map_or(&nothing, |plan| &plan.plan);
    let today = local_day(now, store.zone());
    let charts = measured(store, no, in_force, (today - DAYS + 1, today), language).await?;
    let persons = store.persons(&[no]).await?;
    let who = CitizenView::new(&id, persons.get(&no), now).into();
    Ok((
        Identity { who, programmes: programmes(in_force, language), ..Identity::default() },
        charts,
    ))
}

impl From<CitizenView> for Who {
    fn from(view: CitizenView) -> Self {
        Self { id: view.id, name: view.name, age: view.age }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patient {
    #[serde(default)]
    identifier: Vec<Identifier>,
    #[serde(default)]
    address: Vec<Address>,
    #[serde(default)]
    telecom: Vec<Telecom>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize)]
struct Identifier {
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    text: Option<String>,
    #[serde(default)]
    line: Vec<Option<String>>,
    postal_code: Option<String>,
    city: Option<String>,
}

#[derive(Deserialize)]
struct Telecom {
    system: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(default)]
    security: Vec<Coding>,
}

#[derive(Deserialize)]
struct Coding {
    code: Option<String>,
}

impl Address {
    fn line(&self) -> Option<String> {
        let street = self.line.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let place = [self.postal_code.as_deref(), self.city.as_deref()];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let parts: Vec<String> = [street, place].into_iter().filter(|it| !it.is_empty()).collect();
        if parts.is_empty() { self.text.clone() } else { Some(parts.join(", ")) }
    }
}

/// Who a citizen is, where the caller may know. Where name and address are protected (code R of
/// HL7's confidentiality), neither address nor telephone number is told: they are not needed to see
/// that it is the right person.
async fn identity<N: Needs>(caller: &ApiCaller<N>, id: &str) -> Result<Identity, Problem> {
    if !caller.principal().may(Interaction::Read, "Patient") {
        return Ok(Identity::default());
    }
    let Some(stored) = caller.store().resource("Patient", id).await? else {
        return Ok(Identity::default());
    };
    caller.trail().resource("Patient", id, stored.version, stored.citizen);
    identity_in(caller, &stored)
}

fn identity_in<N: Needs>(
    caller: &ApiCaller<N>,
    stored: &StoredResource,
) -> Result<Identity, Problem> {
    // Errors of serde quote what they could not read, which is somebody's.
    let patient: Patient = serde_json::from_str(&shown::json(caller.caller(), stored, false)?)
        .map_err(|_| Problem::from(StoreError::damaged("resource", "a Patient cannot be read")))?;
    let protected = patient.meta.security.iter().any(|coding| coding.code.as_deref() == Some("R"));
    let cpr = patient.identifier.into_iter().find_map(|identifier| {
        let system = identifier.system?;
        pulsvagt_fhir::cpr::Register::of_system(&system).and(identifier.value)
    });
    let phones = patient.telecom.into_iter().filter(|it| it.system.as_deref() == Some("phone"));
    Ok(Identity {
        cpr,
        address: patient.address.iter().find_map(Address::line).filter(|_| !protected),
        phones: phones.filter_map(|phone| phone.value).filter(|_| !protected).collect(),
        protected,
        ..Identity::default()
    })
}

/// Who the citizens are whose Patients were found; whoever found them has noted them.
pub(in crate::http) async fn people<N: Needs>(
    caller: &ApiCaller<N>,
    found: &[StoredResource],
    now: Micros,
) -> Result<Vec<Identity>, Problem> {
    let citizens: Vec<CitizenNo> = found.iter().filter_map(|stored| stored.citizen).collect();
    let whole = |citizen| caller.caller().unmasks(Some(citizen));
    let persons = caller.store().persons_for(&citizens, whole).await?;
    let mut people = Vec::new();
    for stored in found {
        let Some(no) = stored.citizen else { continue };
        let who = CitizenView::new(&stored.id, persons.get(&no), now).into();
        people.push(Identity { who, ..identity_in(caller, stored)? });
    }
    people.sort_by(|one, other| one.who.name.cmp(&other.who.name));
    Ok(people)
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

/// Single readings of some local days: seconds since 1970, and the number.
pub(in crate::http) async fn readings(
    app: &App,
    caller: &ApiCaller<needs::SummaryRead>,
    id: &str,
    signal: Signal,
    days: Vec<i32>,
) -> Result<Vec<(i64, f64)>, Problem> {
    let no = caller.citizen(id).await?;
    let found = caller.store().samples(&[(no, days)], app.clock().now()).await?;
    let placed = found.placed.iter().filter(|placed| placed.sample.signal == signal);
    let mut readings: Vec<(i64, f64)> =
        placed.map(|it| (it.sample.at.div_euclid(1_000_000), it.sample.value)).collect();
    readings.sort_by_key(|(at, _)| *at);
    Ok(readings)
}

/// Entries of the access log on a page.
const ACCESSES: usize = 30;

/// Who has seen the data of the citizen whose app or session this is, newest first.
pub(in crate::http) async fn seen_by(
    caller: &ApiCaller<needs::SummaryRead>,
    language: Language,
) -> Result<Vec<Access>, Problem> {
    if caller.principal().extent(ApiRight::AccessLogRead) != Extent::Own {
        return Ok(Vec::new());
    }
    let own = caller.principal().citizen().ok_or_else(Problem::not_found)?.to_owned();
    let citizen = Some(caller.citizen(&own).await?);
    let store = caller.store();
    let wanted = Wanted { citizen, ..Wanted::default() };
    let page = newest(store, &wanted, None, ACCESSES).await?;
    let pick = |text: words::Text<'static>| match language {
        Language::Danish => text.da,
        Language::English => text.en,
    };
    Ok(page
        .entries
        .iter()
        .map(|(_, entry)| Access {
            at: entry.at,
            who: pick(crate::audit::words::who(entry)),
            what: pick(crate::audit::words::what(entry)),
            why: pick(crate::audit::words::why(entry)),
            refused: entry.outcome != crate::audit::Outcome::Success,
        })
        .collect())
}

/// The measures with their days; those that the plan asks for first.
async fn measured(
    store: &Store,
    citizen: CitizenNo,
    plan: &Plan,
    span: (i32, i32),
    language: Language,
) -> Result<Vec<Chart>, Problem> {
    let found = store.summaries(&[citizen], span.0, span.1 + 1).await?;
    if let Some(error) = found.broken.get(&citizen) {
        tracing::error!(
            tenant = %store.code(),
            error = crate::telemetry::chain(error),
            "the summaries of a citizen cannot be shown"
        );
    }
    let days: &[Day] = found.days.get(&citizen).map_or(&[], Vec::as_slice);
    let mut by_signal: BTreeMap<(bool, Signal), Vec<ChartDay>> = BTreeMap::new();
    let planned: HashSet<Signal> = plan.cadence.iter().map(|cadence| cadence.signal).collect();
    for signal in &planned {
        by_signal.entry((false, *signal)).or_default();
    }
    for day in days {
        for summary in &day.summaries {
            let key = (!planned.contains(&summary.signal), summary.signal);
            by_signal.entry(key).or_default().push(ChartDay {
                day: day.day,
                value: day_value(summary),
                range: (summary.min, summary.max),
                count: summary.count,
            });
        }
    }
    Ok(by_signal
        .into_iter()
        .map(|((_, signal), days)| Chart {
            signal: signal.name(),
            name: signal_name(signal, language),
            unit: signal.unit().to_owned(),
            days,
            limits: Vec::new(),
            baseline: plan.baselines.get(&signal).copied(),
            marks: Vec::new(),
            doubtful: Vec::new(),
            span,
        })
        .collect())
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

fn drawn(
    limits: &[LimitView],
    signal: &str,
    used: &HashSet<String>,
    pack: &Pack,
) -> Vec<ChartLimit> {
    limits
        .iter()
        .filter(|limit| limit.drawable && limit.signal == Some(signal))
        .filter(|limit| used.contains(&limit.name))
        .map(|limit| ChartLimit {
            text: limit.text.clone(),
            red: is_red(pack, &limit.name),
            spans: limit
                .spans
                .iter()
                .map(|span| (day_of(&span.from), span.value, span.personal))
                .collect(),
        })
        .collect()
}

/// Days since 1970 of `2026-01-31`.
fn day_of(iso: &str) -> i32 {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    let date: Option<jiff::civil::Date> = iso.parse().ok();
    date.and_then(|date| date.since(epoch).ok()).map_or(0, |span| span.get_days())
}

/// Alerts that rest on the measure, on the day they were raised.
fn marks<'a>(
    alerts: impl Iterator<Item = &'a Alert>,
    chart: &Chart,
    screening: Option<&Screening>,
    store: &Store,
    language: Language,
) -> Vec<(i32, crate::triage::Level, String)> {
    let rests_on = |rule: &str| {
        let verdicts = screening.into_iter().flat_map(|screening| &screening.verdicts);
        verdicts
            .filter(|verdict| &*verdict.rule == rule)
            .any(|verdict| verdict.inputs.iter().any(|input| input.signal.name() == chart.signal))
    };
    alerts
        .filter(|alert| alert.findings.iter().any(|finding| rests_on(&finding.rule)))
        .map(|alert| {
            let why = alert.findings.iter().find(|finding| rests_on(&finding.rule));
            let why = why.map(|finding| Lang(language).text(&finding.text)).unwrap_or_default();
            (local_day(alert.opened, store.zone()), alert.worst, why)
        })
        .filter(|(day, ..)| (chart.span.0..=chart.span.1).contains(day))
        .collect()
}

/// Puts what is not scored into the charts.
async fn doubtful(
    caller: &Caller,
    citizen: CitizenNo,
    charts: &mut [Chart],
    now: Micros,
) -> Result<(), Problem> {
    let from = Micros(now.0 - i64::from(DAYS) * 86_400_000_000);
    let denials = caller.denials().await?;
    let store = &caller.municipality().store;
    for reading in store.quarantined(citizen, from, now, &denials).await? {
        if let Some(chart) = charts.iter_mut().find(|it| it.signal == reading.signal.name()) {
            chart.doubtful.push((reading.at, reading.value));
        }
    }
    Ok(())
}

fn scores(screening: &Screening, language: Language) -> Vec<Score> {
    let score = |name, warning: &EarlyWarning| Score {
        name,
        score: warning.score,
        parameters: warning.parameters,
        single_three: warning.single_three,
        missing: warning.missing.iter().map(|name| parameter(name, language)).collect(),
        hours: warning.max_age_hours,
    };
    let scores = [("NEWS2", &screening.scores.news2), ("TOBS", &screening.scores.tobs)];
    scores.into_iter().filter_map(|(name, of)| Some(score(name, of.as_ref()?))).collect()
}

/// What a parameter of a score is called.
fn parameter(name: &str, language: Language) -> String {
    Signal::from_name(name).map_or_else(|| name.to_owned(), |it| signal_name(it, language))
}

/// Every rule but those that are not for the citizen, the most serious first.
fn findings(screening: &Screening, pack: &Pack, language: Language) -> Vec<Finding> {
    let lang = Lang(language);
    let mut findings: Vec<Finding> = screening
        .verdicts
        .iter()
        .filter(|verdict| verdict.outcome != Outcome::NotApplicable)
        .map(|verdict| {
            let evidence = Evidence::new(verdict, pack, lang);
            let known = pack.rule(&verdict.rule);
            let number = |number: crate::http::api::alerts::EvidenceNumber| Number {
                text: number.text,
                value: number.value,
                unit: number.unit.unwrap_or_default(),
            };
            Finding {
                rule: Rule {
                    id: verdict.rule.to_string(),
                    title: pack.title(&verdict.rule, language),
                    pack: Some(format!("{} {}", pack.name(), pack.version())),
                    unsigned: known.map(|rule| rule.needs_sign_off),
                },
                problem: lang.pick(words::problem(&verdict.problem)).to_owned(),
                outcome: verdict.outcome,
                why: pack.explain(verdict, language),
                at: verdict.evidence_at.map(Micros),
                numbers: evidence.features.into_iter().map(number).collect(),
                limits: evidence.limits.into_iter().map(number).collect(),
                missing: missing(pack, &verdict.missing, lang)
                    .into_iter()
                    .map(|named| named.text)
                    .collect(),
            }
        })
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.outcome));
    findings
}

async fn timeline<'a>(
    store: &Store,
    alerts: impl Iterator<Item = &'a Alert>,
    language: Language,
) -> Result<Vec<Happened>, Problem> {
    let mut timeline = Vec::new();
    for alert in alerts {
        timeline.extend(happened(alert, store.alert_events(alert.id).await?, language));
    }
    timeline.sort_by_key(|event| std::cmp::Reverse(event.at));
    timeline.truncate(HAPPENED);
    Ok(timeline)
}
