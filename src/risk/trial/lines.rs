//! The five bottom lines, of those who had the pilot, from their start on.

use std::collections::BTreeMap;

use pulsvagt_analytics::evaluation::Quantiles;
use pulsvagt_analytics::pilot::Indicator;
use pulsvagt_analytics::pilot::report::{Better, Line};
use pulsvagt_analytics::pilot::stays::{Member, burden};

use super::{Said, Setup, TOGETHER, TrialError};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::Store;
use crate::triage::{CloseOutcome, Level, Verb};

const DAY: i64 = 86_400 * 1_000_000;
/// Alerts of a citizen that are looked at.
const ALERTS: u16 = 2_000;

/// A count as a number.
fn length(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What happened to the treated after their start.
#[derive(Debug, Default)]
struct Sums {
    /// Days followed, and those with a reading.
    days: f64,
    measured: f64,
    /// Alerts that were opened.
    alerts: usize,
    /// Hours until somebody took them on, of those that somebody has.
    hours: Vec<f64>,
    /// Alerts that were settled without a visit within a day.
    by_phone: usize,
}

/// The indicators, in the order of the bottom lines. Each says where it is from.
pub(super) async fn indicators(
    store: &Store,
    setup: &Setup,
    members: &BTreeMap<CitizenNo, Member>,
) -> Result<Vec<Indicator>, TrialError> {
    let sums = sums(store, setup, members).await?;
    let all: Vec<Member> = members.values().cloned().collect();
    let own = burden(&all, true, setup.lengths);
    let others = burden(&all, false, setup.lengths);
    let weeks = sums.days / 7.0;
    let hours_until = Quantiles::of(sums.hours.iter().copied()).map(|it| it.median);
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let per_cent = |part: f64, whole: f64| share(part, whole).map(|share| share * 100.0);
    let known = &setup.known;
    let said = |said: Option<&Said>| said.map(|it| it.value);
    let from = |said: Option<&Said>, ask: &str| {
        said.map_or_else(|| format!("not said: {ask}"), |it| it.source.clone())
    };
    let (minutes, kilometres, co2) = (
        known.minutes_per_alert.as_ref(),
        known.kilometres_per_visit.as_ref(),
        known.co2_per_kilometre.as_ref(),
    );
    let visits = length(sums.by_phone);
    let driven = said(kilometres).map(|each| each * visits);
    let hours = said(minutes).map(|each| each * length(sums.alerts) / 60.0);
    let (lower, higher) = (Better::Lower, Better::Higher);
    let stays = "Encounters, unplanned";
    let alerts = "alerts and what nurses did with them";
    let of =
        |key: &str, line, name: &str, unit: &str, value: Option<f64>, better, source: String| {
            let value = value.map(|value| (value * 1_000.0).round() / 1_000.0);
            Indicator {
                line,
                name: name.to_owned(),
                unit: unit.to_owned(),
                value,
                low: None,
                high: None,
                target: setup.targets.get(key).copied(),
                better,
                source: Some(source),
            }
        };
    let text = str::to_owned;
    Ok(vec![
        of(
            "adherence",
            Line::Citizen,
            "Days with a measurement",
            "%",
            per_cent(sums.measured, sums.days),
            higher,
            text("readings received"),
        ),
        of(
            "admissions",
            Line::Citizen,
            "Unplanned admissions per 1,000 days, with it",
            "1",
            own.map(|it| it.0),
            lower,
            text(stays),
        ),
        of(
            "admissions-without",
            Line::Citizen,
            "Unplanned admissions per 1,000 days, without",
            "1",
            others.map(|it| it.0),
            lower,
            text(stays),
        ),
        of(
            "satisfaction",
            Line::Citizen,
            "Satisfied citizens",
            "%",
            said(known.satisfaction.as_ref()),
            higher,
            from(known.satisfaction.as_ref(), "known.satisfaction"),
        ),
        of(
            "alerts",
            Line::Employee,
            "Alerts per citizen-week",
            "1",
            share(length(sums.alerts), weeks),
            lower,
            text(alerts),
        ),
        of(
            "minutes",
            Line::Employee,
            "Minutes per citizen-week",
            "min",
            said(minutes).and_then(|each| share(each * length(sums.alerts), weeks)),
            lower,
            from(minutes, "known.minutes-per-alert"),
        ),
        of(
            "response",
            Line::Citizen,
            "Hours until somebody took an alert on, median",
            "h",
            hours_until,
            lower,
            text(alerts),
        ),
        of(
            "staff-survey",
            Line::Employee,
            "Employees who would go on",
            "%",
            said(known.staff_survey.as_ref()),
            higher,
            from(known.staff_survey.as_ref(), "known.staff-survey"),
        ),
        of(
            "bed-days",
            Line::Resources,
            "Nights in hospital per 1,000 days, with it",
            "1",
            own.map(|it| it.1),
            lower,
            text("Encounters"),
        ),
        of(
            "bed-days-without",
            Line::Resources,
            "Nights in hospital per 1,000 days, without",
            "1",
            others.map(|it| it.1),
            lower,
            text("Encounters"),
        ),
        of(
            "visits",
            Line::Resources,
            "Alerts settled without a visit within 24 h",
            "1",
            Some(visits),
            higher,
            text(alerts),
        ),
        of(
            "hours",
            Line::Resources,
            "Nurses' hours on alerts",
            "h",
            hours,
            lower,
            from(minutes, "known.minutes-per-alert"),
        ),
        of(
            "net-cost",
            Line::Resources,
            "Net cost",
            "DKK",
            said(known.net_cost.as_ref()),
            lower,
            from(known.net_cost.as_ref(), "known.net-cost"),
        ),
        of(
            "municipalities",
            Line::Growth,
            "Municipalities that use it",
            "1",
            said(known.municipalities.as_ref()),
            higher,
            from(known.municipalities.as_ref(), "known.municipalities"),
        ),
        of(
            "integrations",
            Line::Growth,
            "Systems that it is connected to",
            "1",
            said(known.integrations.as_ref()),
            higher,
            from(known.integrations.as_ref(), "known.integrations"),
        ),
        of(
            "kilometres",
            Line::Sustainability,
            "Kilometres not driven, if each such alert had been a visit",
            "km",
            driven,
            higher,
            from(kilometres, "known.kilometres-per-visit"),
        ),
        of(
            "co2",
            Line::Sustainability,
            "CO2 not emitted, likewise",
            "kg",
            driven.and_then(|km| Some(km * said(co2)? / 1_000.0)),
            higher,
            from(co2, "known.co2-per-kilometre"),
        ),
    ])
}

async fn sums(
    store: &Store,
    setup: &Setup,
    members: &BTreeMap<CitizenNo, Member>,
) -> Result<Sums, TrialError> {
    let mut sums = Sums::default();
    let treated: Vec<CitizenNo> =
        members.iter().filter(|(_, it)| it.treated).map(|(citizen, _)| *citizen).collect();
    for some in treated.chunks(TOGETHER) {
        let spans = some.iter().filter_map(|citizen| {
            let member = members.get(citizen)?;
            let (from, to) = member.after(setup.lengths);
            let end = member.died.map_or(member.last, |died| died.min(member.last)).min(to - 1);
            (end >= from).then_some((*citizen, (from, end)))
        });
        let spans: BTreeMap<CitizenNo, (i32, i32)> = spans.collect();
        let first = spans.values().map(|(from, _)| *from).min().unwrap_or(0);
        let last = spans.values().map(|(_, end)| *end).max().unwrap_or(-1);
        let summaries = store.summaries(some, first, last).await?;
        for (citizen, (from, end)) in &spans {
            sums.days += f64::from(end - from + 1);
            let days = summaries.days.get(citizen).map_or(&[][..], Vec::as_slice);
            let own = days.iter().filter(|day| (*from..=*end).contains(&day.day));
            sums.measured += length(own.filter(|day| !day.summaries.is_empty()).count());
            alerts(store, *citizen, (*from, *end), &mut sums).await?;
        }
    }
    Ok(sums)
}

/// Adds what became of the alerts that were opened in a span of days.
async fn alerts(
    store: &Store,
    citizen: CitizenNo,
    (from, end): (i32, i32),
    sums: &mut Sums,
) -> Result<(), TrialError> {
    let local = |at: Micros| {
        let offset = store.zone().to_offset(at.to_jiff()).seconds();
        pulsvagt_analytics::summary::local_day(at.0, offset)
    };
    let mut all = store.open_alerts(citizen).await?;
    all.extend(store.closed_alerts(citizen, Micros(i64::MAX >> 10), ALERTS).await?);
    let (mut visits, mut settled) = (Vec::new(), Vec::new());
    for alert in all.iter().filter(|alert| (from..=end).contains(&local(alert.opened))) {
        if alert.worst == Level::Green {
            continue;
        }
        sums.alerts += 1;
        let events = store.alert_events(alert.id).await?;
        if let Some(event) = events.iter().find(|event| event.by.is_some()) {
            let minutes = (event.at.0 - alert.opened.0) / 60_000_000;
            sums.hours.push(f64::from(i32::try_from(minutes).unwrap_or(i32::MAX)) / 60.0);
        }
        for event in events.iter().filter(|event| event.verb == Verb::Close) {
            match event.outcome {
                Some(CloseOutcome::Visit) => visits.push(event.at),
                Some(CloseOutcome::Advice | CloseOutcome::RemeasureNormal) => {
                    settled.push(event.at);
                }
                _ => {}
            }
        }
    }
    let visited = |at: &&Micros| visits.iter().any(|visit| (0..=DAY).contains(&(visit.0 - at.0)));
    sums.by_phone += settled.iter().filter(|at| !visited(at)).count();
    Ok(())
}
