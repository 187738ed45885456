//! What was measured, with everything else that lies on the same axis.

use std::collections::{BTreeMap, HashSet};

use pulsvagt_analytics::features::baseline::baselines;
use pulsvagt_analytics::frame::Day;
use pulsvagt_analytics::{Language, Pack, Plan, Screening, Signal};

use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::api::extract::{ApiCaller, needs};
use crate::http::api::language::Lang;
use crate::http::api::pages::rows::is_red;
use crate::http::api::pages::signal_name;
use crate::http::api::problem::Problem;
use crate::http::api::summary::LimitView;
use crate::http::api::view::{day_value, local_day, signal_of};
use crate::http::web::model::{Chart, ChartDay, ChartLimit};
use crate::ids::CitizenNo;
use crate::store::Store;
use crate::triage::Alert;

/// Days of charts.
pub(in crate::http::api::pages) const DAYS: i32 = 90;
/// Days before those that a baseline looks back to.
const BEFORE: i32 = 28;

/// The measures with their days; those that the plan asks for first.
pub(in crate::http::api::pages) async fn measured(
    store: &Store,
    citizen: CitizenNo,
    plan: &Plan,
    span: (i32, i32),
    language: Language,
) -> Result<Vec<Chart>, Problem> {
    let found = store.summaries(&[citizen], span.0 - BEFORE, span.1 + 1).await?;
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
    for day in days.iter().filter(|day| day.day >= span.0) {
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
        .map(|((_, signal), shown)| {
            let agreed = plan.baselines.get(&signal).copied();
            Chart {
                signal: signal.name(),
                name: signal_name(signal, language),
                unit: signal.unit().to_owned(),
                days: shown,
                limits: Vec::new(),
                baseline: baselines(signal, days, agreed, span.0..=span.1 + 1),
                agreed: agreed.is_some(),
                marks: Vec::new(),
                doubtful: Vec::new(),
                contacts: Vec::new(),
                span,
            }
        })
        .collect())
}

/// The limits that are lines in the signal's chart.
pub(super) fn drawn(
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
pub(super) fn marks<'a>(
    alerts: impl Iterator<Item = &'a Alert>,
    chart: &Chart,
    screening: Option<&Screening>,
    pack: &Pack,
    store: &Store,
    language: Language,
) -> Vec<(i32, crate::triage::Level, String)> {
    let of = |name: &str| signal_of(name).is_some_and(|signal| signal.name() == chart.signal);
    let rests_on = |id: &str| {
        let verdicts = screening.into_iter().flat_map(|screening| &screening.verdicts);
        let mut verdicts = verdicts.filter(|verdict| &*verdict.rule == id);
        let mut rules = pack.rule(id).into_iter();
        verdicts.any(|it| it.inputs.iter().any(|input| input.signal.name() == chart.signal))
            || rules.any(|rule| rule.features.iter().any(|feature| of(feature)))
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
pub(super) async fn doubtful(
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
