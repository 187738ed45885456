//! A comparison as one HTML file that needs nothing else: tables, and dots with their intervals.

use maud::{Markup, PreEscaped, html};
use pulsvagt_analytics::cohort::compare::{
    ComparedGroup, ComparedOutcome, Comparison, Estimate, OutcomeLine,
};
use pulsvagt_analytics::evaluation::Interval;

use super::table::name;
use crate::backtest::plot::{Dot, dots};
use crate::risk::page;

/// The report.
pub fn html(comparison: &Comparison) -> String {
    let Comparison { version, definition, engine, last_day, .. } = comparison;
    let body = html! {
        p {
            "Version " (version) ", definition " code { (definition) } ", " (engine)
            "; data until " (last_day.to_string()) "."
        }
        p {
            "Each municipality has told what its agreement with the region allows, by its own rules. "
            "What one has left out is in no sum, and a line for several names those that are in it. "
            "Who has moved between two of them may be counted in both."
        }
        @for notice in &comparison.notices { p class="caveat" { (notice) } }
        table {
            tr { th { "municipality" } th { "no count is about fewer than" } th { "takes part" } }
            @for it in &comparison.municipalities {
                tr {
                    td { (it.code) " " (it.name) }
                    td { (it.least.map_or_else(|| "–".to_owned(), |least| least.to_string())) }
                    td {
                        @match &it.absent { Some(reason) => { "no: " (reason) } None => { "yes" } }
                    }
                }
            }
        }
        @for group in &comparison.groups { (of_group(comparison, group)) }
    };
    page(&format!("Municipalities beside each other: {}", comparison.name), &body)
}

fn of_group(comparison: &Comparison, group: &ComparedGroup) -> Markup {
    html! {
        h2 { (group.name) }
        table {
            tr { th { "municipality" } th { "members" } th { "followed" } th { "" } }
            @for line in &group.members {
                tr {
                    td { (label(comparison, &line.of)) }
                    td { (count(line.members)) }
                    td { (count(line.at_risk)) }
                    td { (line.refused.as_deref().unwrap_or_default()) }
                }
            }
        }
        @for outcome in &group.outcomes { (of_outcome(comparison, outcome)) }
    }
}

fn of_outcome(comparison: &Comparison, outcome: &ComparedOutcome) -> Markup {
    let is_standardised = outcome.lines.iter().any(|it| it.standardised.is_some());
    html! {
        h3 { (outcome.outcome) }
        p {
            "First events per 1,000 person-years, with intervals of 95 %. The dashed line is all "
            "that told, together."
        }
        (plot(comparison, outcome, "first events per 1,000 person-years", |it| it.first))
        @if is_standardised {
            p { "The same, if members were of the sexes and ages of all that are compared:" }
            (plot(comparison, outcome, "standardised by sex and age", |it| it.standardised))
        }
        table {
            tr {
                th { "municipality" } th { "citizens" } th { "person-years" } th { "events" }
                th { "events per 1,000" } th { "first events per 1,000" } th { "standardised" }
            }
            @for line in &outcome.lines {
                tr {
                    td { (label(comparison, &line.of)) }
                    td { (count(line.citizens)) }
                    td { (line.person_years.map_or_else(|| "–".to_owned(), |it| format!("{it:.1}"))) }
                    td { (count(line.events)) }
                    td { (rate(line.rate)) }
                    td { (rate(line.first)) }
                    td {
                        @match &line.crude {
                            Some(crude) => { "no: " (crude) }
                            None => { (rate(line.standardised)) }
                        }
                    }
                }
            }
        }
    }
}

/// A row for each municipality, and a line where those that told are together.
fn plot(
    comparison: &Comparison,
    outcome: &ComparedOutcome,
    title: &str,
    of: fn(&OutcomeLine) -> Option<Estimate>,
) -> Markup {
    let (together, single): (Vec<_>, Vec<_>) =
        outcome.lines.iter().partition(|line| line.of.len() > 1);
    let dot = |line: &&OutcomeLine| Dot {
        label: label(comparison, &line.of),
        value: of(line).map(|it| (it.value, Interval { low: it.low, high: it.high })),
    };
    let rows: Vec<Dot> = single.iter().map(dot).collect();
    let mark = together.first().and_then(|line| line.first).map(|it| it.value);
    let title = format!("{}: {title}", outcome.outcome);
    html! { (PreEscaped(dots(&title, &rows, mark))) }
}

fn label(comparison: &Comparison, of: &[String]) -> String {
    match of {
        [code] => format!("{code} {}", name(comparison, of)),
        _ => format!("together: {}", of.join(", ")),
    }
}

fn count(count: Option<u64>) -> String {
    count.map_or_else(|| "left out".to_owned(), |it| it.to_string())
}

fn rate(of: Option<Estimate>) -> String {
    let told = |it: Estimate| format!("{:.1} ({:.1} to {:.1})", it.value, it.low, it.high);
    of.map_or_else(|| "–".to_owned(), told)
}
