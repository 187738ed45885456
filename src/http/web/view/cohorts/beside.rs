//! Municipalities beside each other, as a region has given them: tables, and dots with intervals.

use maud::{Markup, html};
use pulsvagt_analytics::cohort::compare::{
    ComparedGroup, ComparedOutcome, Comparison, Estimate, NOBODY_ALIKE, OTHERS_LEFT_OUT,
    OWN_LEFT_OUT, OutcomeLine,
};

use super::super::frame::{self, Kind};
use super::result::{group_name, outcome_name};
use super::{moment, purpose};
use crate::http::api::pages::cohorts::{ComparisonLine, ComparisonView};
use crate::http::web::format::Scene;
use crate::http::web::model::Viewer;
use crate::http::web::words::Words;

const WIDTH: f64 = 640.0;
/// Room for names on the left.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 60.0;
const ROW: f64 = 26.0;
const BOTTOM: f64 = 24.0;

/// The list, on the page of cohorts.
pub(super) fn list(scene: &Scene, given: &[ComparisonLine]) -> Markup {
    let words = scene.words;
    html! {
        @if !given.is_empty() {
            section aria-labelledby="beside" {
                h2 id="beside" { (words.t("beside")) }
                ul {
                    @for it in given {
                        li {
                            a href={ "/cohorts/comparisons/" (it.id) } { (it.name) }
                            " " (words.with("beside-given", &[
                                ("region", it.region.as_str().into()),
                                ("at", moment(scene, &it.given).into()),
                            ]))
                        }
                    }
                }
            }
        }
    }
}

/// The page.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, told: &ComparisonView) -> Markup {
    let (words, line, compared) = (scene.words, &told.line, &told.comparison);
    let title = words.with("beside-title", &[("name", line.name.as_str().into())]);
    let main = html! {
        p { a href="/cohorts" { (words.t("cohort-back")) } }
        h1 { (title) }
        dl class="facts" {
            div { dt { (words.t("beside-by")) } dd { (line.region) ", " (line.given_by) ", " (moment(scene, &line.given)) } }
            div { dt { (words.t("cohort-purpose")) } dd { (purpose(words, &line.purpose)) ": " (line.reason) } }
            div { dt { (words.t("cohort-hash")) } dd { (compared.version) " " code { (compared.definition) } } }
        }
        p class="fine" {
            (words.with("beside-told", &[
                ("last", compared.last_day.to_string().into()),
                ("engine", compared.engine.as_str().into()),
            ]))
        }
        @if !compared.notices.is_empty() {
            ul class="notice" lang="en" { @for notice in &compared.notices { li { (notice) } } }
        }
        @for group in &compared.groups { (of_group(scene, compared, group)) }
    };
    frame::page(words, Some(viewer), &title, Kind::default(), &main)
}

fn of_group(scene: &Scene, compared: &Comparison, group: &ComparedGroup) -> Markup {
    let words = scene.words;
    html! {
        section {
            h2 id=(group.name) { (group_name(words, &group.name)) }
            div class="scroll" tabindex="0" role="region" aria-labelledby=(group.name) {
                table {
                    thead { tr {
                        th scope="col" { (words.t("beside-municipality")) }
                        th scope="col" { (words.t("beside-members")) }
                        th scope="col" { (words.t("beside-followed")) }
                        th scope="col" { (words.t("beside-least")) }
                    } }
                    tbody { @for line in &group.members {
                        tr {
                            th scope="row" { (name(words, compared, &line.of)) }
                            td { (count(words, line.members)) }
                            td { (count(words, line.at_risk)) }
                            td { (least(compared, &line.of)) }
                        }
                    } }
                }
            }
            div class="charts wide" {
                @for outcome in &group.outcomes { (figure(scene, compared, group, outcome)) }
            }
        }
    }
}

fn figure(
    scene: &Scene,
    compared: &Comparison,
    group: &ComparedGroup,
    outcome: &ComparedOutcome,
) -> Markup {
    let words = scene.words;
    let title = outcome_name(words, &outcome.outcome);
    let about = format!("{title}, {}", group_name(words, &group.name));
    let is_standardised = outcome.lines.iter().any(|line| line.standardised.is_some());
    html! {
        figure class="chart" {
            figcaption { h3 { (title) } p { (words.t("beside-first")) } }
            div class="plot" { (dots(scene, compared, outcome, &about, |line| line.first)) }
            @if is_standardised {
                p class="fine" { (words.t("beside-standardised")) }
                div class="plot" { (dots(scene, compared, outcome, &format!("{about}, {}", words.t("beside-standardised")), |line| line.standardised)) }
            }
            details {
                summary { (words.with("as-table", &[("what", title.as_str().into())])) }
                div class="scroll" tabindex="0" role="region" aria-label=(about) {
                    table {
                        thead { tr {
                            th scope="col" { (words.t("beside-municipality")) }
                            th scope="col" { (words.t("cohort-citizens")) }
                            th scope="col" { (words.t("cohort-events")) }
                            th scope="col" { (words.t("cohort-years")) }
                            th scope="col" { (words.t("cohort-rate")) }
                            th scope="col" { (words.t("cohort-first")) }
                            th scope="col" { (words.t("beside-standardised-short")) }
                        } }
                        tbody { @for line in &outcome.lines {
                            tr {
                                th scope="row" { (name(words, compared, &line.of)) }
                                td { (count(words, line.citizens)) }
                                td { (count(words, line.events)) }
                                td { (line.person_years.map_or_else(|| words.t("cohort-left-out"), |it| scene.number(it))) }
                                td { (rate(scene, line.rate)) }
                                td { (rate(scene, line.first)) }
                                td { (standardised(scene, line)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// The rate with the sexes and ages of all together, or why there is none. All together are the standard.
fn standardised(scene: &Scene, line: &OutcomeLine) -> Markup {
    let words = scene.words;
    let Some(crude) = &line.crude else {
        return html! { @if line.of.len() == 1 { (rate(scene, line.standardised)) } };
    };
    let key = match crude.as_str() {
        OWN_LEFT_OUT => "beside-crude-own",
        OTHERS_LEFT_OUT => "beside-crude-others",
        NOBODY_ALIKE => "beside-crude-nobody",
        // In the words of its source.
        _ => return html! { span lang="en" { (crude) } },
    };
    html! { (words.t(key)) }
}

/// What a line is about.
fn name(words: Words, compared: &Comparison, of: &[String]) -> String {
    match of {
        [code] => {
            let known = compared.municipalities.iter().find(|it| it.code == *code);
            known.map_or_else(|| code.clone(), |it| it.name.clone())
        }
        _ => words.t("beside-together"),
    }
}

fn least(compared: &Comparison, of: &[String]) -> String {
    let [code] = of else { return String::new() };
    let known = compared.municipalities.iter().find(|it| it.code == *code);
    known.and_then(|it| it.least).map(|it| it.to_string()).unwrap_or_default()
}

fn count(words: Words, count: Option<u64>) -> String {
    count.map_or_else(|| words.t("cohort-left-out"), |count| words.count(count))
}

fn rate(scene: &Scene, of: Option<Estimate>) -> String {
    let told = |it: Estimate| {
        let [value, low, high] = [it.value, it.low, it.high].map(|it| scene.number(it));
        let told = [("value", value.into()), ("low", low.into()), ("high", high.into())];
        scene.words.with("cohort-interval", &told)
    };
    of.map_or_else(|| scene.words.t("cohort-left-out"), told)
}

/// A row for each municipality, and a dashed line where those that told are together.
fn dots(
    scene: &Scene,
    compared: &Comparison,
    outcome: &ComparedOutcome,
    about: &str,
    of: fn(&OutcomeLine) -> Option<Estimate>,
) -> Markup {
    let words = scene.words;
    let (together, single): (Vec<_>, Vec<_>) =
        outcome.lines.iter().partition(|line| line.of.len() > 1);
    let together = together.first().and_then(|line| line.first).map(|it| it.value);
    let most = single.iter().filter_map(|line| of(line)).map(|it| it.high);
    let most = most.chain(together).fold(1.0, f64::max);
    let x = |value: f64| format!("{:.1}", LEFT + value / most * (WIDTH - LEFT - RIGHT));
    let rows = single.iter().map(|_| ROW).sum::<f64>();
    let middles = std::iter::successors(Some(ROW / 2.0), |it| Some(it + ROW));
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (rows + BOTTOM) } role="img" aria-label=(about) {
            @for part in [0.0, 0.5, 1.0] {
                line class="grid" x1=(x(part * most)) x2=(x(part * most)) y1="0" y2=(rows) {}
                text class="axis" x=(x(part * most)) y=(rows + BOTTOM - 6.0) text-anchor="middle" {
                    (scene.number(part * most))
                }
            }
            @if let Some(together) = together {
                line class="baseline" x1=(x(together)) x2=(x(together)) y1="0" y2=(rows) {}
            }
            @for (line, middle) in single.iter().zip(middles) {
                text class="axis" x=(LEFT - 8.0) y=(middle + 4.0) text-anchor="end" { (name(words, compared, &line.of)) }
                @match of(line) {
                    Some(it) => {
                        line class="range" x1=(x(it.low)) x2=(x(it.high)) y1=(middle) y2=(middle) {}
                        circle class="point" cx=(x(it.value)) cy=(middle) r="4.5" {}
                        text class="axis" x=(x(it.high)) y=(middle + 4.0) dx="6" { (scene.number(it.value)) }
                    }
                    None => { text class="axis" x=(LEFT) y=(middle + 4.0) dx="6" { (words.t("cohort-left-out")) } }
                }
            }
        }
    }
}
