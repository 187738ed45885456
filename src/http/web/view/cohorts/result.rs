//! A run: how far it is, and what it has told.

use maud::{Markup, html};

use super::super::frame::{self, Kind};
use super::{curve, moment, progress, purpose};
use crate::cohorts::told::{
    STEP_CITIZENS, STEP_HERE, STEP_INDEX, STEP_OTHERS, Told, ToldCount, ToldGroup, ToldNotice,
    ToldRate,
};
use crate::http::api::pages::cohorts::RunView;
use crate::http::web::format::Scene;
use crate::http::web::model::Viewer;
use crate::http::web::words::Words;
use crate::plans::codes::PROGRAMMES;
use crate::projection::words::Text;

/// Files that the rows are told as, by the ends of their names.
const FILES: [&str; 5] = ["csv", "parquet", "arrows", "arrow", "ndjson"];

/// The page.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, run: &RunView) -> Markup {
    let words = scene.words;
    let title = words.with("cohort-title", &[("name", run.name.as_str().into())]);
    let main = html! {
        p { a href="/cohorts" { (words.t("cohort-back")) } }
        h1 { (title) }
        dl class="facts" {
            div { dt { (words.t("cohort-state")) } dd { (progress(words, viewer, run)) } }
            div { dt { (words.t("cohort-asked")) } dd { (moment(scene, &run.asked)) } }
            div { dt { (words.t("cohort-as-of-short")) } dd { (run.as_of) } }
            div { dt { (words.t("cohort-purpose")) } dd { (purpose(words, &run.purpose)) ": " (run.reason) } }
            div { dt { (words.t("cohort-hash")) } dd { code { (run.definition) } } }
        }
        p {
            @if run.is_open() { a data-open href={ "/cohorts/runs/" (run.id) } { (words.t("cohort-look")) } " · " }
            a href={ "/cohorts?run=" (run.id) } { (words.t("cohort-again")) }
        }
        @if let Some(problem) = &run.problem {
            p class="banner" role="alert" { strong { (words.t("cohort-problem")) } " " span lang="en" { (problem) } }
        }
        @match &run.result {
            Some(told) => (result(scene, run, told)),
            None if run.state == "done" => p class="notice" { (words.t("cohort-gone")) },
            None => {}
        }
    };
    frame::page(words, Some(viewer), &title, Kind::default(), &main)
}

fn result(scene: &Scene, run: &RunView, told: &Told) -> Markup {
    let words = scene.words;
    html! {
        p class="fine" {
            (words.with("cohort-told", &[
                ("last", told.last_day.as_str().into()),
                ("least", told.least.into()),
                ("engine", told.engine.as_str().into()),
            ]))
        }
        @if !told.notices.is_empty() {
            ul class="notice" { @for notice in &told.notices { li { (notice_told(words, notice)) } } }
        }
        @for group in &told.groups { (group_told(scene, group)) }
        (curve::all(scene, told))
        @if told.groups.iter().any(|group| !group.rows_left_out) {
            section aria-labelledby="files" {
                h2 id="files" { (words.t("cohort-files")) }
                p class="fine" { (words.t("cohort-files-help")) }
                ul {
                    @for end in FILES {
                        li { a href={ "/cohorts/runs/" (run.id) "/rows?format=" (end) } download {
                            (file(words, end))
                        } }
                    }
                }
            }
        }
    }
}

fn file(words: Words, end: &str) -> String {
    words.t(match end {
        "csv" => "cohort-file-csv",
        "parquet" => "cohort-file-parquet",
        "arrows" => "cohort-file-stream",
        "arrow" => "cohort-file-arrow",
        _ => "cohort-file-ndjson",
    })
}

/// What a group is called.
pub(super) fn group_name(words: Words, name: &str) -> String {
    words.t(if name == "comparison" { "cohort-comparison" } else { "cohort-cohort" })
}

fn notice_told(words: Words, notice: &ToldNotice) -> Markup {
    let group = || group_name(words, &notice.about);
    let key = match notice.code.as_str() {
        "nobody" => "cohort-nobody",
        "no-follow-up" => "cohort-no-follow-up",
        "cut-short" => "cohort-cut-short",
        "nowhere-in-data" => {
            let about = notice.about.as_str();
            return html! { (words.with("cohort-nowhere", &[("what", about.into())])) };
        }
        // In the words of its source.
        _ => return html! { span lang="en" { (notice.text) } },
    };
    html! { (words.with(key, &[("group", group().into())])) }
}

fn count(words: Words, count: Option<u64>) -> String {
    count.map_or_else(|| words.t("cohort-left-out"), |count| words.count(count))
}

fn rate(scene: &Scene, rate: Option<ToldRate>) -> String {
    let words = scene.words;
    let number = |value: f64| scene.number(value);
    rate.map_or_else(
        || words.t("cohort-left-out"),
        |rate| {
            let (value, low, high) = (number(rate.value), number(rate.low), number(rate.high));
            words.with(
                "cohort-interval",
                &[("value", value.into()), ("low", low.into()), ("high", high.into())],
            )
        },
    )
}

fn group_told(scene: &Scene, group: &ToldGroup) -> Markup {
    let words = scene.words;
    let name = group_name(words, &group.name);
    html! {
        section aria-labelledby=(group.name) {
            h2 id=(group.name) { (name) }
            p data-members=(name) { strong { (words.with("cohort-members", &[("n", count(words, group.members).into())])) } }
            @if group.refused.is_some() {
                p class="notice" { (words.t("cohort-refused")) }
            } @else {
                (table(words, "cohort-attrition", &name, &group.attrition, |name| step(words, name)))
                (outcomes(scene, group, &name))
                (table(words, "cohort-by-programme", &name, &group.programme, |code| programme(words, code)))
                (table(words, "cohort-by-sex", &name, &group.sex, |code| sex(words, code)))
                (table(words, "cohort-by-age", &name, &group.age, |code| unknown(words, code)))
                (table(words, "cohort-by-municipality", &name, &group.municipality, |code| unknown(words, code)))
                (table(words, "cohort-by-quarter", &name, &group.quarter, |code| unknown(words, code)))
            }
        }
    }
}

/// What the first steps of every cohort are called.
fn step(words: Words, name: &str) -> String {
    match name {
        STEP_CITIZENS => words.t("cohort-step-citizens"),
        STEP_INDEX => words.t("cohort-step-index"),
        STEP_HERE => words.t("cohort-step-here"),
        STEP_OTHERS => words.t("cohort-step-others"),
        other => other.to_owned(),
    }
}

fn programme(words: Words, code: &str) -> String {
    let known = PROGRAMMES.iter().find(|(_, known, ..)| *known == code);
    match known {
        Some((_, _, en, da)) => words.pick(Text { da, en }).to_owned(),
        None => words.t("cohort-no-programme"),
    }
}

fn sex(words: Words, code: &str) -> String {
    match code {
        "female" => words.t("cohort-female"),
        "male" => words.t("cohort-male"),
        "other" => words.t("cohort-other"),
        _ => words.t("cohort-unknown"),
    }
}

fn unknown(words: Words, code: &str) -> String {
    if code == "unknown" { words.t("cohort-unknown") } else { code.to_owned() }
}

fn table(
    words: Words,
    key: &str,
    group: &str,
    counts: &[ToldCount],
    name: impl Fn(&str) -> String,
) -> Markup {
    let most = counts.iter().filter_map(|it| it.count).max().unwrap_or(0).max(1);
    html! {
        @if !counts.is_empty() {
            table class="tally" {
                caption { (words.t(key)) span class="unseen" { ", " (group) } }
                thead { tr {
                    th scope="col" { (words.t("cohort-whom")) }
                    th scope="col" { (words.t("cohort-number")) }
                    td {}
                } }
                tbody { @for it in counts {
                    tr {
                        th scope="row" { (name(&it.name)) }
                        td { (count(words, it.count)) }
                        td { @if let Some(count) = it.count { (curve::bar(count, most)) } }
                    }
                } }
            }
        }
    }
}

fn outcomes(scene: &Scene, group: &ToldGroup, name: &str) -> Markup {
    let words = scene.words;
    html! {
        @if !group.outcomes.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label={ (words.t("cohort-outcomes")) ", " (name) } {
                table {
                    caption { (words.t("cohort-outcomes")) span class="unseen" { ", " (name) } }
                    thead { tr {
                        th scope="col" { (words.t("cohort-outcome")) }
                        th scope="col" { (words.t("cohort-citizens")) }
                        th scope="col" { (words.t("cohort-events")) }
                        th scope="col" { (words.t("cohort-years")) }
                        th scope="col" { (words.t("cohort-rate")) }
                        th scope="col" { (words.t("cohort-first")) }
                    } }
                    tbody { @for outcome in &group.outcomes {
                        tr {
                            th scope="row" { (outcome_name(words, &outcome.outcome)) }
                            td { (count(words, outcome.citizens)) }
                            td { (count(words, outcome.events)) }
                            td { (outcome.person_years.map_or_else(|| words.t("cohort-left-out"), |it| scene.number(it))) }
                            td { (rate(scene, outcome.rate)) }
                            td { (rate(scene, outcome.first)) }
                        }
                    } }
                }
            }
        }
    }
}

/// What an outcome is called: those of the form by their names, others as whoever wrote them has.
pub(super) fn outcome_name(words: Words, name: &str) -> String {
    match name {
        "acute_admission" => words.t("cohort-acute-admission"),
        "red_alert" => words.t("cohort-red-alert"),
        "death" => words.t("cohort-death"),
        other => other.to_owned(),
    }
}
