//! The worklist.

use maud::{Markup, html};

use super::frame::{self, Kind, standing};
use super::row::row;
use super::{icon, told};
use crate::http::api::pages::{Asked, List};
use crate::http::web::filters::{address, is_silent, next, programme_code};
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Tally, Viewer};
use crate::http::web::words::Words;
use crate::plans::codes::PROGRAMMES;
use crate::triage::{Level, State};

/// What was just done.
#[derive(Debug)]
pub(in crate::http::web) struct News {
    /// What.
    pub(in crate::http::web) verb: &'static str,
    /// To what, as it is now.
    pub(in crate::http::web) row: Row,
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
            (filters(words, asked))
            ol id="rows" class="rows" data-rows=(rows_address(asked)) {
                @for each in &list.rows { (row(scene, viewer, each, &here, may_act)) }
            }
            p id="empty" class="empty" hidden[!list.rows.is_empty()] {
                strong { (words.t("empty")) } " " (words.t("empty-means"))
            }
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
        ol id="rows" { @for each in &list.rows { (row(scene, viewer, each, &here, may_act)) } }
        ul id="gone" { @for id in &list.gone { li data-id=(id) {} } }
    }
}

fn rows_address(asked: &Asked) -> String {
    let address = address(asked);
    format!("/rows?{}", address.split_once('?').map_or("", |(_, query)| query))
}

/// What was done, with the way back where that is safe.
pub(super) fn told_news(scene: &Scene, viewer: &Viewer, news: &News, back: &str) -> Markup {
    let words = scene.words;
    let name = news.row.who.name.as_deref().unwrap_or(&news.row.who.id);
    let (key, undo) = match (news.verb, news.row.state) {
        ("claim", State::Claimed) => ("done-claim", Some(("release", "undo"))),
        ("release", State::New) => ("done-release", Some(("claim", "undo"))),
        ("remeasure", State::Waiting) => ("done-remeasure", Some(("claim", "take-back"))),
        ("call-back", State::Waiting) => ("done-call-back", Some(("claim", "take-back"))),
        ("escalate", State::Escalated) => ("done-escalate", Some(("claim", "take-back"))),
        ("snooze", State::Snoozed) => ("done-snooze", Some(("claim", "undo"))),
        ("close", State::Closed) => ("done-close", Some(("reopen", "reopen"))),
        ("note", _) => ("done-note", None),
        ("reopen", _) => ("done-reopen", None),
        // It has been changed again since.
        _ => return html! {},
    };
    html! {
        div class="done" {
            p { (words.with(key, &[("name", name.into())])) }
            @if let Some((verb, text)) = undo {
                form method="post" action={ "/alerts/" (news.row.id) "/" (verb) } data-inline {
                    (super::forms::hidden(viewer, &news.row, back))
                    button { (words.t(text)) }
                }
            }
        }
    }
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

fn filters(words: Words, asked: &Asked) -> Markup {
    let chosen = programme_code(asked);
    let levels: Vec<&str> = asked.levels.iter().map(|level| level.as_str()).collect();
    html! {
        form class="filters" method="get" action="/" aria-label=(words.t("filters")) {
            @if !levels.is_empty() { input type="hidden" name="level" value=(levels.join(",")); }
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
