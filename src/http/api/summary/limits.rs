//! The limits of charts: which value held on which days.

use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::{Threshold, Worse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::language::Lang;
use crate::http::api::view::{iso_day, local_day, signal_of};
use crate::store::plans::PlanVersion;

/// A limit.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct LimitView {
    /// Its name in plans and in the rule pack.
    name: String,
    /// What it limits.
    text: String,
    /// The feature that is compared with it.
    feature: String,
    /// The signal that the feature is of, where it is of one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
    /// Whether the feature is a value as measured, so that the limit is a line in the signal's chart.
    drawable: bool,
    /// UCUM code of its unit.
    unit: String,
    /// Which way is worse.
    #[schema(example = "high")]
    worse: &'static str,
    /// From which day on it had which value, oldest first.
    spans: Vec<Span>,
}

/// Days on which a limit had one value.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Span {
    /// The first of the days; until the next span's.
    #[schema(format = Date)]
    from: String,
    value: f64,
    /// Whether it was the citizen's own.
    personal: bool,
    /// The version of the plan that said so; 0 = none.
    plan_version: u32,
}

/// What features end in that are readings as they were taken.
const AS_MEASURED: &[&str] =
    &["_last", "_value", "_last_24h", "_last_72h", "_held_low_24h", "_held_high_24h"];

/// The personal limits and those of values as measured. `plans` are all versions, newest first.
/// What holds on a day is what held at its end.
pub(super) fn of(
    pack: &Pack,
    plans: &[PlanVersion],
    days: RangeInclusive<i32>,
    zone: &TimeZone,
    lang: Lang,
) -> Vec<LimitView> {
    // Oldest first: from which local day on.
    let versions: Vec<(i32, &PlanVersion)> =
        plans.iter().rev().map(|plan| (local_day(plan.valid_from, zone), plan)).collect();
    pack.thresholds()
        .iter()
        .filter(|threshold| threshold.personal || is_drawable(threshold))
        .map(|threshold| LimitView {
            name: threshold.name.to_string(),
            text: lang.of_pack(&threshold.text),
            feature: threshold.feature.clone(),
            signal: signal_of(&threshold.feature).map(pulsvagt_analytics::Signal::name),
            drawable: is_drawable(threshold),
            unit: threshold.unit.clone(),
            worse: match threshold.worse {
                Worse::High => "high",
                Worse::Low => "low",
            },
            spans: spans(threshold, &versions, days.clone()),
        })
        .collect()
}

fn is_drawable(threshold: &Threshold) -> bool {
    let feature = threshold.feature.as_str();
    let Some(signal) = signal_of(feature) else { return false };
    feature.strip_prefix(signal.name()).is_some_and(|rest| AS_MEASURED.contains(&rest))
}

fn spans(
    threshold: &Threshold,
    versions: &[(i32, &PlanVersion)],
    days: RangeInclusive<i32>,
) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let first = *days.start();
    // The days on which another version began, and the first of all.
    let mut begin: Vec<i32> = versions.iter().map(|(from, _)| *from).collect();
    begin.retain(|day| days.contains(day) && *day > first);
    begin.dedup();
    for day in std::iter::once(first).chain(begin) {
        let plan = versions.iter().rev().find(|(from, _)| *from <= day).map(|(_, plan)| *plan);
        let own = plan.and_then(|plan| plan.plan.limits.get(&*threshold.name)).copied();
        let own = own.filter(|own| {
            threshold.personal && (threshold.allowed.0..=threshold.allowed.1).contains(own)
        });
        let span = Span {
            from: iso_day(day),
            value: own.unwrap_or(threshold.value),
            personal: own.is_some(),
            plan_version: plan.map_or(0, |plan| plan.version),
        };
        let same = spans.last().is_some_and(|last| {
            last.value.total_cmp(&span.value).is_eq() && last.personal == span.personal
        });
        if !same {
            spans.push(span);
        }
    }
    spans
}
