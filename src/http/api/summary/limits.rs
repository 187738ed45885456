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
    pub(in crate::http::api) name: String,
    /// What it limits.
    pub(in crate::http::api) text: String,
    /// The feature that is compared with it.
    pub(in crate::http::api) feature: String,
    /// The signal that the feature is of, where it is of one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http::api) signal: Option<&'static str>,
    /// Whether the feature is a value as measured, so that the limit is a line in the signal's chart.
    pub(in crate::http::api) drawable: bool,
    /// UCUM code of its unit.
    pub(in crate::http::api) unit: String,
    /// Which way is worse.
    #[schema(example = "high")]
    pub(in crate::http::api) worse: &'static str,
    /// From which day on it had which value, oldest first.
    pub(in crate::http::api) spans: Vec<Span>,
}

/// Days on which a limit had one value.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Span {
    /// The first of the days; until the next span's.
    #[schema(format = Date)]
    pub(in crate::http::api) from: String,
    pub(in crate::http::api) value: f64,
    /// Whether it was the citizen's own.
    pub(in crate::http::api) personal: bool,
    /// The version of the plan that said so; 0 = none.
    pub(in crate::http::api) plan_version: u32,
}

/// What features end in that are readings as they were taken.
const AS_MEASURED: &[&str] =
    &["_last", "_value", "_last_24h", "_last_72h", "_held_low_24h", "_held_high_24h"];

/// The personal limits and those of values as measured. `plans` are all versions, newest first.
/// What holds on a day is what held at its end.
pub(in crate::http::api) fn of(
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

pub(in crate::http::api) fn is_drawable(threshold: &Threshold) -> bool {
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

#[cfg(test)]
mod tests {
    use pulsvagt_analytics::Plan;

    use super::*;
    use crate::clock::Micros;
    use crate::store::plans::PlanSource;

    const DAY: i64 = 86_400_000_000;

    fn plan(version: u32, day: i64, limit: Option<f64>) -> PlanVersion {
        let limits = limit.map(|limit| ("weight_gain_3d_red".to_owned(), limit));
        PlanVersion {
            plan: Plan { limits: limits.into_iter().collect(), ..Plan::default() },
            version,
            valid_from: Micros(day * DAY + DAY / 2),
            author: "nurse".to_owned(),
            source: PlanSource::Api,
            care_plan: None,
        }
    }

    fn told(plans: &[PlanVersion]) -> Vec<(String, f64, bool, u32)> {
        let lang = Lang(pulsvagt_analytics::Language::English);
        let limits = of(Pack::default_pack(), plans, 100..=110, &TimeZone::UTC, lang);
        let limit = limits.into_iter().find(|limit| limit.name == "weight_gain_3d_red");
        let limit = limit.expect("the limit");
        assert!(!limit.drawable, "it limits a rise, not a weight");
        assert_eq!(limit.signal, Some("body_weight"));
        let spans = limit.spans.into_iter();
        spans.map(|span| (span.from, span.value, span.personal, span.plan_version)).collect()
    }

    #[test]
    fn each_day_has_the_limit_that_held_at_its_end() {
        let span = |day: i32, value, personal, version| (iso_day(day), value, personal, version);
        assert_eq!(told(&[]), [span(100, 2.0, false, 0)]);
        // Newest first, as the store gives them.
        let plans = [
            plan(5, 120, Some(4.0)),
            plan(4, 107, None),
            plan(3, 105, Some(1.5)),
            plan(2, 103, Some(1.5)),
            plan(1, 90, Some(3.0)),
        ];
        assert_eq!(
            told(&plans),
            [span(100, 3.0, true, 1), span(103, 1.5, true, 2), span(107, 2.0, false, 4)]
        );
        // Twice on a day: the later one.
        let plans = [plan(2, 104, Some(1.0)), plan(1, 104, Some(3.0))];
        assert_eq!(told(&plans), [span(100, 2.0, false, 0), span(104, 1.0, true, 2)]);
        // What the pack does not allow does not hold.
        assert_eq!(told(&[plan(1, 90, Some(50.0))]), [span(100, 2.0, false, 1)]);
    }
}
