//! The report of a pilot as one HTML file: the decision first, and two pages when printed.

use maud::{Markup, html};
use pulsvagt_analytics::pilot::report::{Better, Line};
use pulsvagt_analytics::pilot::{Indicator, Report, Verdict};
use pulsvagt_analytics::statistics::rates::Ratio;
use serde_json::{Value, json};

use super::html::page;

/// Counts from 1 to this are not told: they could name somebody.
const FEWEST: u64 = 5;

/// The report as JSON. What the HTML does not tell because a count behind it is small, this does not
/// tell either.
///
/// # Errors
/// Never: all its parts are JSON.
pub fn json(report: &Report) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(report)?;
    suppress(&mut value);
    Ok(value)
}

/// Takes out every ratio that rests on a small count, whatever it is called.
fn suppress(value: &mut Value) {
    let small = |value: &Value, name: &str| {
        value.get(name).and_then(|it| it.get(0)).and_then(Value::as_u64).is_some_and(is_small)
    };
    if small(value, "first") || small(value, "other") {
        *value = json!({ "leftOut": format!("fewer than {FEWEST} events") });
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(suppress),
        Value::Array(items) => items.iter_mut().for_each(suppress),
        _ => {}
    }
}

const fn is_small(count: u64) -> bool {
    0 < count && count < FEWEST
}

const fn verdict(of: Verdict) -> &'static str {
    match of {
        Verdict::Continue => "Continue",
        Verdict::Change => "Change",
        Verdict::Stop => "Stop",
    }
}

const fn line(of: Line) -> &'static str {
    match of {
        Line::Citizen => "Citizen",
        Line::Employee => "Employee",
        Line::Resources => "Resources",
        Line::Growth => "Growth",
        Line::Sustainability => "Sustainability",
    }
}

fn count(of: u64) -> String {
    if is_small(of) { format!("fewer than {FEWEST}") } else { of.to_string() }
}

/// A ratio with its interval; nothing of it where a count behind it is not told.
fn ratio(of: Option<&Ratio>) -> String {
    let Some(of) = of else { return "–".to_owned() };
    if is_small(of.first.0) || is_small(of.other.0) {
        return "too few events to be told".to_owned();
    }
    let number = |it: Option<f64>| it.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}"));
    format!("{} ({:.2} to {})", number(of.value), of.low, number(of.high))
}

/// The report.
pub fn pilot(report: &Report) -> String {
    let decision = &report.decision;
    let body = html! {
        p { (report.outcome) ", " (report.period) "." }
        h2 { "Decision: " (verdict(decision.verdict)) }
        ul { @for reason in &decision.reasons { li { (reason) } } }
        @for warning in &report.warnings { p class="caveat" { (warning) } }
        h2 { "The effect" }
        p {
            "Design: " (report.design) ". Compared: " (report.compared.0) " with it, "
            (report.compared.1) " without. Rate ratios below 1 mean fewer; intervals are 95 % and "
            "reckon with some citizens having many more events than others."
        }
        (effects(report))
        @if let Some(power) = &report.power {
            p {
                "A pilot of this size finds a ratio of " (format!("{:.2}", power.ratio)) " with a chance of "
                (format!("{:.0} %", power.power * 100.0))
                @if let Some(least) = power.detectable {
                    "; four times in five it finds " (format!("{least:.2}")) " or lower"
                }
                ". A trial of 6–9 months seldom has more."
            }
        }
        @if !report.balance.is_empty() { (balance(report)) }
        @if let Some(series) = &report.series {
            h2 { "Month by month" }
            p {
                (series.points.0) " months before, " (series.points.1) " from the start. The step at the start: "
                (format!("{:.2} ({:.2} to {:.2})", series.step.value, series.step.interval.low, series.step.interval.high))
                "; the change of the slope per month: "
                (format!("{:.2} ({:.2} to {:.2})", series.slope.value, series.slope.interval.low, series.slope.interval.high))
                "; autocorrelation " (format!("{:.2}", series.autocorrelation)) "."
            }
        }
        h2 { "The five bottom lines" }
        (indicators(&report.indicators))
        p { "Agreed beforehand: a rate ratio of " (report.rule.worthwhile) " or lower is worth the effort. " (report.engine) "." }
    };
    page(&format!("Pilot: {}", report.title), &body)
}

fn effects(report: &Report) -> Markup {
    let (did, before) = (report.did.as_ref(), report.before_after.as_ref());
    html! {
        table {
            tr { th { "" } th { "rate ratio" } }
            tr { td { b { "effect" } } td { b { (ratio(report.effect.as_ref())) } } }
            tr { td { "change of those with it" } td { (ratio(did.map(|it| &it.treated))) } }
            tr { td { "change of those without" } td { (ratio(did.map(|it| &it.controls))) } }
            tr {
                td { "the same comparison before the start (1 is fair)" }
                td { (ratio(did.and_then(|it| it.before_the_start.as_ref()))) }
            }
            tr {
                td { "not the answer: after over just before" }
                td { (ratio(before.map(|it| &it.naive))) }
            }
            tr {
                td { "of which a return to the usual: long before over just before" }
                td { (ratio(before.and_then(|it| it.regression_to_the_mean.as_ref()))) }
            }
        }
        @if let Some(effect) = &report.effect {
            p {
                "Events after the start: " (count(effect.first.0)) " with it, " (count(effect.other.0)) " without."
            }
        }
    }
}

fn balance(report: &Report) -> Markup {
    html! {
        h2 { "Whether controls are like the treated" }
        table {
            tr { th { "before the start" } th { "difference of all" } th { "of those matched (0.1 at most is alike)" } }
            @for it in &report.balance {
                tr { td { (it.covariate) } td { (format!("{:.2}", it.before)) } td { (format!("{:.2}", it.after)) } }
            }
        }
        @if report.unmatched > 0 {
            p { "For " (report.unmatched) " there was nobody alike; the effect is not theirs." }
        }
    }
}

fn indicators(of: &[Indicator]) -> Markup {
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |it| format!("{it}"));
    html! {
        table {
            tr { th { "line" } th { "indicator" } th { "value" } th { "95 %" } th { "target" } th { "met" } th { "source" } }
            @for it in of {
                tr {
                    td { (line(it.line)) }
                    td { (it.name) }
                    td { (shown(it.value)) " " (it.unit) }
                    td { @if let (Some(low), Some(high)) = (it.low, it.high) { (low) " to " (high) } }
                    td {
                        @if let Some(target) = it.target {
                            (match it.better { Better::Higher => "at least ", Better::Lower => "at most " }) (target)
                        }
                    }
                    td { (match it.met() { Some(true) => "yes", Some(false) => "no", None => "–" }) }
                    td { (it.source.as_deref().unwrap_or("–")) }
                }
            }
        }
    }
}
