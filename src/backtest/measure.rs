//! From what happened to numbers.

use std::collections::BTreeSet;
use std::sync::Arc;

use pulsvagt_analytics::Pack;
use pulsvagt_analytics::evaluation::{
    Alerted, Episode, Overlap, Proportion, Quantiles, Rate, by_chance, match_episodes,
};
use pulsvagt_analytics::plan::Programme;
use pulsvagt_analytics::summary::local_day;

use super::Span;
use super::report::{
    BUDGET, Comparison, Detection, Group, Kind, Level, PackName, Report, Rule, Source, Suppressed,
};
use super::ward::Case;
use super::watch::{RuleDays, Watched};
use crate::clock::Micros;
use crate::triage::{self, Reason};

const WEEK: i64 = 7 * 86_400_000_000;
const DAY: i64 = 86_400_000_000;

/// What episodes are called, and from how many days before them an alert counts.
#[derive(Debug, Clone)]
pub struct Target {
    /// Such as "simulated episodes".
    pub of: String,
    /// Days.
    pub days_before: u32,
}

/// Sums up what happened to everybody.
pub fn measure(
    everybody: &[Watched],
    pack: &Pack,
    span: &Span,
    every_hours: u8,
    source: Source,
    target: &Target,
) -> Report {
    let watched: Vec<&Watched> = everybody.iter().filter(|one| weeks(one) > 0.0).collect();
    let manual = rate(&watched, manual_cases);
    let spread = Quantiles::of(watched.iter().map(|one| real(manual_cases(one)) / weeks(one)));
    let levels = triage::Level::ALL.map(|level| Level {
        level: level.as_str(),
        alerts: rate(&watched, |one| count(&one.cases, |case| case.worst == level)),
    });
    Report {
        pack: PackName {
            name: pack.name().to_owned(),
            version: pack.version().to_owned(),
            hash: pack.hash().to_owned(),
        },
        source,
        from: span.from.to_string(),
        to: span.to.to_string(),
        every_hours,
        citizens: watched.len(),
        citizen_weeks: watched.iter().map(|one| weeks(one)).sum(),
        within_budget: manual.rate.is_none_or(|rate| rate <= BUDGET),
        manual,
        levels: levels.into(),
        automatic: watched.iter().map(|one| count(&one.cases, |it| it.manual.is_none())).sum(),
        rules: rules(&watched, pack),
        problems: problems(&watched),
        programmes: programmes(&watched),
        suppressed: suppressed(&watched),
        weeks: by_week(&watched, span),
        spread,
        detection: detection(&watched, span, target),
    }
}

/// Two packs on the same people.
pub fn compare(a: (Report, &[Watched]), b: (Report, &[Watched]), span: &Span) -> Comparison {
    let findings = |of: &[Watched]| -> BTreeSet<(u32, Arc<str>, i32)> {
        let each = of.iter().flat_map(|one| {
            one.findings.iter().map(|(problem, day)| (one.index, Arc::clone(problem), *day))
        });
        each.collect()
    };
    let alerts = |of: &[Watched]| -> BTreeSet<(u32, Arc<str>, i32)> {
        let each = of.iter().flat_map(|one| {
            one.cases.iter().filter_map(|case| {
                let at = case.manual.as_ref()?.at;
                let offset = span.zone.to_offset(at.to_jiff()).seconds();
                Some((one.index, Arc::clone(&case.problem), local_day(at.0, offset)))
            })
        });
        each.collect()
    };
    Comparison {
        findings: Overlap::of(&findings(a.1), &findings(b.1)),
        alerts: Overlap::of(&alerts(a.1), &alerts(b.1)),
        a: a.0,
        b: b.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a length of time within a few years")]
fn weeks(one: &Watched) -> f64 {
    (one.watched.1.0 - one.watched.0.0).max(0) as f64 / WEEK as f64
}

#[expect(clippy::cast_precision_loss, reason = "a count of alerts")]
fn real(count: u64) -> f64 {
    count as f64
}

fn count(cases: &[Case], is: impl Fn(&Case) -> bool) -> u64 {
    cases.iter().map(|case| u64::from(is(case))).sum()
}

fn manual_cases(one: &Watched) -> u64 {
    count(&one.cases, |case| case.manual.is_some())
}

fn rate(of: &[&Watched], events: impl Fn(&Watched) -> u64) -> Rate {
    let each: Vec<(u64, f64)> = of.iter().map(|one| (events(one), weeks(one))).collect();
    Rate::clustered(&each)
}

fn rules(watched: &[&Watched], pack: &Pack) -> Vec<Rule> {
    let active = pack.rules().iter().filter(|rule| rule.active);
    let mut rules: Vec<Rule> = active
        .map(|rule| {
            let days = |of: fn(&RuleDays) -> u32| -> u64 {
                let each = watched.iter().filter_map(|one| one.rules.get(&rule.id));
                each.map(|days| u64::from(of(days))).sum()
            };
            let applicable = days(|it| it.applicable);
            let led = |one: &Watched, red_only: bool| {
                count(&one.cases, |case| {
                    case.manual.as_ref().is_some_and(|manual| {
                        manual.rule == *rule.id && (!red_only || manual.level == triage::Level::Red)
                    })
                })
            };
            let concerned: Vec<&Watched> = watched
                .iter()
                .filter(|one| one.rules.get(&rule.id).is_some_and(|days| days.applicable > 0))
                .copied()
                .collect();
            Rule {
                rule: rule.id.as_ref().to_owned(),
                manual: rate(&concerned, |one| led(one, false)),
                red: concerned.iter().map(|one| led(one, true)).sum(),
                firing_days: Proportion::new(days(|it| it.red + it.yellow + it.blue), applicable),
                not_evaluable: Proportion::new(days(|it| it.applicable - it.evaluable), applicable),
            }
        })
        .collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.manual.events));
    rules
}

fn problems(watched: &[&Watched]) -> Vec<Group> {
    let names: BTreeSet<&Arc<str>> =
        watched.iter().flat_map(|one| one.cases.iter().map(|case| &case.problem)).collect();
    let of = |one: &Watched, name: &str, red_only: bool| {
        count(&one.cases, |case| {
            *case.problem == *name && case.manual.is_some() && (!red_only || case.red.is_some())
        })
    };
    names
        .into_iter()
        .map(|name| Group {
            name: name.as_ref().to_owned(),
            citizens: watched.iter().filter(|one| of(one, name, false) > 0).count(),
            manual: rate(watched, |one| of(one, name, false)),
            red: rate(watched, |one| of(one, name, true)),
        })
        .collect()
}

fn programmes(watched: &[&Watched]) -> Vec<Group> {
    let names: BTreeSet<Programme> =
        watched.iter().flat_map(|one| one.programmes.iter().copied()).collect();
    names
        .into_iter()
        .map(|programme| {
            let members: Vec<&Watched> =
                watched.iter().filter(|one| one.programmes.contains(&programme)).copied().collect();
            let name = serde_json::to_value(programme).ok();
            Group {
                name: name.and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default(),
                citizens: members.len(),
                manual: rate(&members, manual_cases),
                red: rate(&members, |one| count(&one.cases, |case| case.red.is_some())),
            }
        })
        .collect()
}

fn suppressed(watched: &[&Watched]) -> Vec<Suppressed> {
    let of = |reason: Reason| {
        let each = watched.iter().filter_map(|one| one.suppressed.get(&reason));
        Suppressed { reason: reason.as_str(), findings: each.sum() }
    };
    Reason::ALL.map(of).into_iter().filter(|it| it.findings > 0).collect()
}

/// Whole weeks only, so that none looks calm because it is short.
fn by_week(watched: &[&Watched], span: &Span) -> Vec<f64> {
    let mut weeks = Vec::new();
    let mut from = span.from.0;
    while from + WEEK <= span.to.0 {
        let until = from + WEEK;
        let (mut alerts, mut time) = (0, 0.0);
        for one in watched {
            let part = (one.watched.1.0.min(until) - one.watched.0.0.max(from)).max(0);
            time += f64::from(i32::try_from(part / 1_000_000).unwrap_or(0)) / 604_800.0;
            alerts += count(&one.cases, |case| {
                case.manual.as_ref().is_some_and(|manual| (from..until).contains(&manual.at.0))
            });
        }
        weeks.push(if time > 0.0 { real(alerts) / time } else { 0.0 });
        from = until;
    }
    weeks
}

fn detection(watched: &[&Watched], span: &Span, target: &Target) -> Detection {
    let before = i64::from(target.days_before) * DAY;
    let truths = watched.iter().flat_map(|one| one.truths.iter().map(|it| (one.index, it)));
    let (kinds, episodes): (Vec<&str>, Vec<Episode>) = truths
        .map(|(citizen, truth)| {
            let [onset, reference, end] =
                [truth.onset, truth.reference, truth.end].map(|at: Micros| at.0);
            (truth.kind.as_str(), Episode { citizen, onset, reference, end })
        })
        .unzip();
    // An alert that a nurse has to see, and one that turns red later once more.
    let raised = |one: &Watched, case: &Case| {
        Some(Alerted { citizen: one.index, at: case.manual.as_ref()?.at.0 })
    };
    let each = |of: fn(&Watched, &Case) -> Option<Alerted>| -> Vec<Alerted> {
        let each = watched.iter().map(|one| one.cases.iter().filter_map(|case| of(one, case)));
        each.flatten().collect()
    };
    let alerts = each(raised);
    let mut told = each(|one, case| Some(Alerted { citizen: one.index, at: case.red?.0 }));
    told.extend(&alerts);
    let found = match_episodes(&episodes, &told, before);
    let is_true = match_episodes(&episodes, &alerts, before).is_true;
    let of_kind = |wanted: Option<&str>| {
        let is = |kind: &str| wanted.is_none_or(|wanted| wanted == kind);
        let chosen: Vec<usize> = (0..kinds.len()).filter(|place| is(kinds[*place])).collect();
        let detected = chosen.iter().filter(|place| found.first[**place].is_some()).count();
        let lead = found.lead_days(&episodes);
        let lead_days = Quantiles::of(chosen.iter().filter_map(|place| lead[*place]));
        (proportion(detected, chosen.len()), lead_days)
    };
    let (sensitivity, lead_days) = of_kind(None);
    let names: BTreeSet<&str> = kinds.iter().copied().collect();
    Detection {
        of: target.of.clone(),
        days_before: target.days_before,
        sensitivity,
        by_chance: by_chance(&episodes, &told, before, (span.from.0, span.to.0)),
        lead_days,
        ppv: proportion(is_true.iter().filter(|it| **it).count(), is_true.len()),
        kinds: names
            .into_iter()
            .map(|kind| {
                let (sensitivity, lead_days) = of_kind(Some(kind));
                Kind { kind: kind.to_owned(), sensitivity, lead_days }
            })
            .collect(),
    }
}

fn proportion(part: usize, whole: usize) -> Proportion {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Proportion::new(number(part), number(whole))
}
