//! A model card, and an evaluation, as one HTML file that needs nothing else and prints on two
//! pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pulsvagt_analytics::evaluation::Proportion;
use pulsvagt_analytics::risk::{Assessment, Card, Evaluation};

use super::text::{estimate, measures};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#222;background:#fff}table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{padding:.2rem .7rem;\
border-bottom:1px solid #ddd;text-align:right}th:first-child,td:first-child{text-align:left}\
.caveat{border-left:4px solid #b03030;padding:.5rem 1rem;background:#faf3f3}@media print{body{margin:0;font-size:11px}}";

pub(crate) fn page(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    }
    .into_string()
}

/// The card of a model.
pub fn card(card: &Card) -> String {
    let body = html! {
        p { "The probability of " (card.outcome) ". Model " code { (card.model) } "." }
        @for caveat in &card.caveats { p class="caveat" { (caveat) } }
        p {
            (card.fitted.rows) " rows, " (card.fitted.cases) " with the outcome, " (card.features)
            " features; penalty " (card.penalty.lambda) ", of which lasso " (card.penalty.alpha)
            ". Data " code { (card.fitted.data) } ", engine " (card.fitted.engine) ". Validated in "
            (card.parts.len()) " parts; in each the model had not seen the rows that it was tried on."
        }
        (assessment(&card.assessment))
        h2 { "Greatest weights" }
        table {
            tr { th { "feature" } th { "odds for one standard deviation" } }
            @for (feature, weight) in &card.strongest {
                tr { td { (feature) } td { (format!("× {:.2}", weight.exp())) } }
            }
        }
    };
    page(&format!("Model card: {}", card.name), &body)
}

/// The evaluation of a model on other rows.
pub fn evaluation(evaluation: &Evaluation) -> String {
    let body = html! {
        p {
            "Model " code { (evaluation.model) } " on rows of " (evaluation.municipality)
            " that it was not fitted on; data " code { (evaluation.data) } ", evaluation "
            code { (evaluation.hash) } "."
        }
        (assessment(&evaluation.assessment))
    };
    page("Evaluation of a risk model", &body)
}

fn share(of: &Proportion) -> String {
    of.share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

fn assessment(of: &Assessment) -> Markup {
    html! {
        h2 { "How good it is" }
        p {
            (of.rows) " rows of " (of.citizens) " citizens, " (of.cases)
            " with the outcome. Intervals are 95 %, by drawing citizens anew " (of.settings.draws)
            " times."
        }
        table {
            @for (name, value) in measures(&of.measures) {
                tr { td { (name) } td { (estimate(value)) } }
            }
        }
        @for (name, reason) in &of.measures.refused { p class="caveat" { "No " (name) ": " (reason) "." } }
        h2 { "Beside the baselines" }
        table {
            tr { th { "baseline" } th { "AUROC" } th { "AUROC that the model has more" } }
            @for baseline in &of.baselines {
                tr {
                    td { (baseline.name) }
                    td { (estimate(baseline.measures.auroc.as_ref())) }
                    td { (estimate(baseline.gain.as_ref())) }
                }
            }
            @for (name, reason) in &of.no_baseline { tr { td { (name) } td { "–" } td { (reason) } } }
        }
        h2 { "Predicted and observed" }
        table {
            tr { th { "predicted" } th { "observed" } th { "rows" } }
            @for bin in &of.calibration {
                tr {
                    td { (format!("{:.1} %", bin.predicted * 100.0)) }
                    td { (share(&bin.observed)) }
                    td { (bin.observed.whole) }
                }
            }
        }
        h2 { "What a team would see" }
        table {
            tr { th { "flagged" } th { "PPV" } th { "looked at for each found" } th { "sensitivity" } th { "per citizen-week" } th { "lead, days (median)" } }
            @for alerts in &of.alerts {
                tr {
                    td { (share(&alerts.at.flagged)) }
                    td { (estimate(alerts.ppv.as_ref())) }
                    td { (estimate(alerts.nne.as_ref())) }
                    td { (estimate(alerts.sensitivity.as_ref())) }
                    td { (estimate(alerts.per_citizen_week.as_ref())) }
                    td { (estimate(alerts.lead_median.as_ref())) }
                }
            }
        }
        h2 { "Net benefit" }
        table {
            tr { th { "acting from" } th { "model" } th { "everybody" } th { "best" } }
            @for benefit in &of.benefit {
                tr {
                    td { (format!("{:.0} %", benefit.at.threshold * 100.0)) }
                    td { (format!("{:.4}", benefit.at.model)) }
                    td { (format!("{:.4}", benefit.at.everybody)) }
                    td { (benefit.best) }
                }
            }
        }
        h2 { "By group" }
        table {
            tr { th { "group" } th { "rows" } th { "AUROC" } th { "observed / expected" } th { "flagged" } th { "sensitivity" } th { "PPV" } }
            @for group in &of.groups {
                @let own = group.measures.as_ref();
                tr {
                    td { (group.of) ": " (group.is) }
                    td { (group.rows.map_or_else(|| "too few".to_owned(), |rows| rows.to_string())) }
                    td { (estimate(own.and_then(|it| it.auroc.as_ref()))) }
                    td { (estimate(own.and_then(|it| it.observed_over_expected.as_ref()))) }
                    td { (group.flagged.as_ref().map_or_else(|| "–".to_owned(), share)) }
                    td { (group.sensitivity.as_ref().map_or_else(|| "–".to_owned(), share)) }
                    td { (group.ppv.as_ref().map_or_else(|| "–".to_owned(), share)) }
                }
            }
        }
    }
}
