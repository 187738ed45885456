//! What approved risk models say, and why.

use maud::{Markup, html};

use crate::http::web::format::Scene;
use crate::http::web::model::Risk;

/// Most terms that are shown before the rest is folded away.
const FIRST: usize = 5;

/// One panel for each model; nothing at all where no model is in use.
pub(super) fn risks(scene: &Scene, risks: &[Risk]) -> Markup {
    html! { @for risk in risks { (panel(scene, risk)) } }
}

fn panel(scene: &Scene, risk: &Risk) -> Markup {
    let words = scene.words;
    let (first, rest) = risk.terms.split_at(risk.terms.len().min(FIRST));
    html! {
        article class="risk" {
            h3 { (words.with("risk-of", &[("outcome", risk.outcome.as_str().into())])) }
            p class="big" { (scene.exact(round(risk.percent))) " %" }
            p class="notice" { (words.t("risk-means")) }
            p class="fine" { (words.with("risk-as-of", &[("day", scene.day(risk.day).into())])) }
            dl class="facts" { (terms(scene, first)) }
            @if !rest.is_empty() {
                details {
                    summary { (words.t("risk-more")) }
                    dl class="facts" { (terms(scene, rest)) }
                }
            }
            p class="fine" {
                (words.with("risk-approved", &[("who", risk.approved_by.as_str().into()), ("until", scene.date_of(risk.until).into())]))
                " " (risk.name) ", " code { (risk.hash) } ", " (risk.version)
            }
        }
    }
}

fn terms(scene: &Scene, terms: &[crate::http::web::model::RiskTerm]) -> Markup {
    let words = scene.words;
    html! {
        @for term in terms {
            div {
                dt { (term.text) }
                dd {
                    @match term.value {
                        Some(value) => (scene.number(round(value))),
                        None => (words.t("risk-missing")),
                    }
                    " (" (words.with("risk-usual", &[("value", scene.number(round(term.usual)).into())])) ") "
                    b { (words.with(if term.odds >= 1.0 { "risk-raises" } else { "risk-lowers" }, &[("times", scene.number(times(term.odds)).into())])) }
                }
            }
        }
    }
}

/// To one decimal.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// By how much odds are multiplied or divided, to two decimals.
fn times(odds: f64) -> f64 {
    let factor = if odds >= 1.0 { odds } else { 1.0 / odds };
    (factor * 100.0).round() / 100.0
}
