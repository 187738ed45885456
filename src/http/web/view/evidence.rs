//! Why: what each rule says, and on what that rests.

use maud::{Markup, html};
use pulsvagt_analytics::Outcome;

use super::told;
use crate::http::web::format::Scene;
use crate::http::web::model::{CitizenPage, Finding, Number, Score};

/// The scores.
pub(super) fn scores(scene: &Scene, scores: &[Score]) -> Markup {
    let words = scene.words;
    html! {
        div class="scores" {
            @for score in scores {
                @let all = usize::from(score.parameters) + score.missing.len();
                @let partial = !score.missing.is_empty();
                div class="score" {
                    h3 { (score.name) @if partial { " " small { (words.t("partial")) } } }
                    p class="big" { (score.score) }
                    p {
                        (words.with("score-of", &[("n", score.parameters.into()), ("all", u32::try_from(all).unwrap_or(0).into())]))
                        @if score.single_three { " " strong { (words.t("score-three")) } }
                    }
                    @if partial {
                        p { (words.with("score-missing", &[("what", score.missing.join(", ").into())])) }
                        p class="fine" { (words.t("score-partial-means")) }
                    }
                    @if score.parameters > 0 {
                        p class="fine" {
                            @let age = scene.lasting(micros(score.hours));
                            (words.with("score-oldest", &[("time", age.into())]))
                        }
                    }
                }
            }
            @if scores.is_empty() { p class="empty" { (words.t("score-none")) } }
        }
    }
}

fn micros(hours: f64) -> i64 {
    // Ages of readings: far within the range.
    #[expect(clippy::cast_possible_truncation, reason = "hours of a few weeks")]
    let minutes = (hours * 60.0) as i64;
    minutes.saturating_mul(60_000_000)
}

/// What the rules say; those that say something first, the rest folded away.
pub(super) fn findings(scene: &Scene, page: &CitizenPage) -> Markup {
    let words = scene.words;
    let says = |it: &&Finding| it.outcome > Outcome::Clear;
    let loud: Vec<&Finding> = page.findings.iter().filter(says).collect();
    let quiet: Vec<&Finding> = page.findings.iter().filter(|it| !says(it)).collect();
    html! {
        @match page.screened {
            Some(at) => p class="fine" { (words.with("screened-at", &[("at", scene.moment(at).into())])) },
            None => p class="notice" { (words.t("never-screened")) },
        }
        @if loud.is_empty() && page.screened.is_some() { p class="empty" { (words.t("no-findings")) } }
        @for each in loud { (finding(scene, each)) }
        @if !quiet.is_empty() {
            details {
                summary { (words.with("quiet-rules", &[("n", u32::try_from(quiet.len()).unwrap_or(0).into())])) }
                @for each in quiet { (finding(scene, each)) }
            }
        }
    }
}

fn finding(scene: &Scene, finding: &Finding) -> Markup {
    let words = scene.words;
    html! {
        article class={ "finding " (class(finding.outcome)) } {
            h3 { b { (told::verdict(words, finding.outcome)) } " " (finding.rule.title) }
            @if !finding.why.is_empty() { p { (finding.why) } }
            @if !finding.missing.is_empty() {
                p class="missing" { (words.with("missing", &[("what", finding.missing.join("; ").into())])) }
            }
            details {
                summary { (words.t("why-do-i-see")) }
                dl class="facts" {
                    (numbers(scene, "looked-at", &finding.numbers))
                    (numbers(scene, "limits", &finding.limits))
                    @if let Some(at) = finding.at { div { dt { (words.t("newest-reading")) } dd { (scene.moment(at)) } } }
                    div { dt { (words.t("problem")) } dd { (finding.problem) } }
                    div {
                        dt { (words.t("rule")) }
                        dd { code { (finding.rule.id) } @if let Some(pack) = &finding.rule.pack { " " (pack) } }
                    }
                    div {
                        dt { (words.t("sign-off")) }
                        dd {
                            @match finding.rule.unsigned {
                                Some(true) => strong { (words.t("unsigned-long")) },
                                Some(false) => (words.t("sign-off-not-needed")),
                                None => (words.t("sign-off-unknown")),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn numbers(scene: &Scene, key: &str, numbers: &[Number]) -> Markup {
    html! {
        @if !numbers.is_empty() {
            div {
                dt { (scene.words.t(key)) }
                dd {
                    @for number in numbers {
                        span class="number" { (number.text) " " b { (scene.quantity(number.value, &number.unit)) } }
                    }
                }
            }
        }
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Red => "red",
        Outcome::Yellow => "yellow",
        Outcome::Blue => "blue",
        Outcome::Holding => "green",
        Outcome::NotApplicable | Outcome::NotEvaluable => "unknown",
        Outcome::Clear => "clear",
    }
}
