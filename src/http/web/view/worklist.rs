//! The worklist.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::frame::{self, Kind, standing};
use super::news::told_news;
use super::row::{May, row};
use super::{icon, told};
use crate::http::api::pages::{Asked, List};
use crate::http::web::filters::{address, is_silent, next, programme_code, ticked};
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Tally, Viewer};
use crate::http::web::words::Words;
use crate::plans::codes::PROGRAMMES;
use crate::store::teams::TeamName;
use crate::triage::Level;

/// What was just done.
#[derive(Debug)]
pub(in crate::http::web) enum News {
    /// To one alert.
    One {
        /// What.
        verb: &'static str,
        /// To what, as it is now.
        row: Box<Row>,
    },
    /// These were to be closed with a look; as they are now.
    Seen(Vec<Row>),
    /// And these were opened again.
    Unseen(Vec<Row>),
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    asked: &Asked,
    list: &List,
    news: Option<&News>,
    may_act: bool,
) -> Markup {
    let words = scene.words;
    let here = address(asked);
    let red = list.tally.levels[0];
    let title = if red > 0 {
        words.with("worklist-title-red", &[("n", red.into())])
    } else {
        words.t("worklist")
    };
    let kind = Kind { live: true, ..Kind::default() };
    frame::page(
        words,
        Some(viewer),
        &title,
        kind,
        &html! {
            h1 class="unseen" { (words.t("worklist")) }
            (standing(words, &list.standing))
            p id="stale" class="banner" role="status" hidden { }
            div id="news" role="status" aria-live="polite" {
                @if let Some(news) = news { (told_news(scene, viewer, news, &here)) }
            }
            p id="spoken" class="unseen" aria-live="assertive" {}
            (counts(words, asked, &list.tally))
            (filters(words, asked, &list.teams))
            ol id="rows" class="rows" data-rows=(rows_address(asked)) {
                @for each in &list.rows { (row(scene, viewer, each, &here, tick(may_act, asked))) }
            }
            p id="empty" class="empty" hidden[!list.rows.is_empty()] {
                strong { (words.t("empty")) } " " (words.t("empty-means"))
            }
            @if may_act { (seen(words, viewer, asked, &list.rows)) }
            @if let Some(cursor) = &list.next {
                p class="pager" { a href=(next(asked, cursor)) { (words.t("next-page")) } }
            }
            (help(words))
        },
    )
}

/// What changes of an open list.
pub(in crate::http::web) fn parts(
    scene: &Scene,
    viewer: &Viewer,
    asked: &Asked,
    list: &List,
    may_act: bool,
) -> Markup {
    let here = address(asked);
    html! {
        (standing(scene.words, &list.standing))
        (counts(scene.words, asked, &list.tally))
        ol id="rows" { @for each in &list.rows { (row(scene, viewer, each, &here, tick(may_act, asked))) } }
        ul id="gone" { @for id in &list.gone { li data-id=(id) {} } }
    }
}

fn tick(may_act: bool, asked: &Asked) -> May {
    match (may_act, asked.ticked) {
        (false, _) => May::Look,
        (true, false) => May::Tick,
        (true, true) => May::TickedAlready,
    }
}

/// Closes with a look what is ticked in the list above, which one has then gone through. It is there for a script, too, when nothing
/// can be ticked yet.
fn seen(words: Words, viewer: &Viewer, asked: &Asked, rows: &[Row]) -> Markup {
    html! {
        form id="seen" class="seen-all" method="post" action="/alerts/seen" data-inline
            hidden[!rows.iter().any(|row| row.is_calm)] {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="back" value=(address(asked));
            p class="fine" { (words.t("seen-help")) }
            a href=(ticked(asked)) data-tick { (words.t("seen-tick")) }
            button { (words.t("seen-do")) }
        }
    }
}

fn rows_address(asked: &Asked) -> String {
    let address = address(asked);
    format!("/rows?{}", address.split_once('?').map_or("", |(_, query)| query))
}

fn counts(words: Words, asked: &Asked, tally: &Tally) -> Markup {
    let all = asked.levels.is_empty();
    let to = |levels: Vec<Level>| address(&Asked { levels, cursor: None, ..asked.clone() });
    let sum: u32 = tally.levels.iter().sum();
    html! {
        nav id="counts" aria-label=(words.t("counts")) {
            ul class="counts" {
                li {
                    a href=(to(Vec::new())) aria-current=[all.then_some("true")] {
                        span { (words.t("all")) } b { (sum) }
                    }
                }
                @for (level, count) in Level::ALL.into_iter().zip(tally.levels) {
                    li class=(told::class(level)) {
                        a href=(to(vec![level])) aria-current=[(asked.levels == [level]).then_some("true")] {
                            (icon::level(level)) span { (told::level(words, level)) } b { (count) }
                        }
                    }
                }
            }
            p class="fine" {
                @if tally.overdue > 0 { span { (words.with("count-overdue", &[("n", tally.overdue.into())])) } " " }
                @if tally.snoozed > 0 { span { (words.with("count-snoozed", &[("n", tally.snoozed.into())])) } " " }
                @if tally.pending > 0 { span { (words.with("count-pending", &[("n", tally.pending.into())])) } " " }
                @if tally.restricted > 0 { span { (words.with("count-restricted", &[("n", tally.restricted.into())])) } }
            }
        }
    }
}

fn filters(words: Words, asked: &Asked, teams: &[TeamName]) -> Markup {
    let chosen = programme_code(asked);
    let levels: Vec<&str> = asked.levels.iter().map(|level| level.as_str()).collect();
    let districts: BTreeSet<&str> = teams.iter().map(|team| team.district.as_str()).collect();
    let districts: Vec<(&str, &str)> =
        districts.into_iter().filter(|name| !name.is_empty()).map(|name| (name, name)).collect();
    let teams: Vec<(&str, &str)> =
        teams.iter().map(|team| (team.code.as_str(), team.name.as_str())).collect();
    html! {
        form class="filters" method="get" action="/" aria-label=(words.t("filters")) {
            @if !levels.is_empty() { input type="hidden" name="level" value=(levels.join(",")); }
            // On a narrow screen it is folded away; see the style.
            details class="fold" open[is_narrowed(asked)] {
                summary { (words.t("filters")) }
                div class="fields" {
                    label {
                        span { (words.t("programme")) }
                        select name="programme" {
                            option value="" { (words.t("all")) }
                            @for (_, code, en, da) in PROGRAMMES {
                                option value=(code) selected[chosen == Some(code)] {
                                    (words.pick(crate::projection::words::Text { da, en }))
                                }
                            }
                        }
                    }
                    @for (name, chosen, options) in [
                        ("district", &asked.district, &districts),
                        ("team", &asked.team, &teams),
                    ] {
                        // One is no choice.
                        @if options.len() > 1 {
                            label {
                                span { (words.t(name)) }
                                select name=(name) {
                                    option value="" { (words.t("all")) }
                                    @for (code, told) in options {
                                        option value=(code) selected[chosen.as_deref() == Some(code)] { (told) }
                                    }
                                }
                            }
                        }
                    }
                    @for (name, on, key) in [
                        ("mine", asked.mine, "only-mine"),
                        ("overdue", asked.overdue, "only-overdue"),
                        ("silent", is_silent(asked), "only-silent"),
                        ("snoozed", asked.snoozed, "also-snoozed"),
                    ] {
                        label class="check" {
                            input type="checkbox" name=(name) value="1" checked[on];
                            span { (words.t(key)) }
                        }
                    }
                    button { (words.t("show")) }
                    button class="quiet" type="button" data-help { (words.t("keys")) }
                }
            }
        }
    }
}

/// Whether something but the level is asked for.
fn is_narrowed(asked: &Asked) -> bool {
    let Asked { programme, district, team, mine, overdue, snoozed, .. } = asked;
    programme.is_some()
        || district.is_some()
        || team.is_some()
        || *mine
        || *overdue
        || *snoozed
        || is_silent(asked)
}

/// The keys, in a dialog.
fn help(words: Words) -> Markup {
    const KEYS: [(&str, &str); 9] = [
        ("j", "key-next"),
        ("k", "key-previous"),
        ("Enter", "key-open"),
        ("a", "key-claim"),
        ("s", "key-snooze"),
        ("e", "key-escalate"),
        ("c", "key-close"),
        ("/", "key-search"),
        ("?", "key-help"),
    ];
    html! {
        dialog id="help" aria-labelledby="help-title" {
            h2 id="help-title" { (words.t("keys")) }
            dl class="keys" {
                @for (key, text) in KEYS { div { dt { kbd { (key) } } dd { (words.t(text)) } } }
            }
            form method="dialog" { button class="main" { (words.t("close-dialog")) } }
        }
    }
}
