//! What was just done, with the way back where that is safe.

use maud::{Markup, html};

use super::told;
use super::worklist::News;
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Viewer};
use crate::triage::State;

/// What was done, with the way back where that is safe.
pub(super) fn told_news(scene: &Scene, viewer: &Viewer, news: &News, back: &str) -> Markup {
    match news {
        News::One { verb, row } => one(scene, viewer, verb, row, back),
        News::Seen(rows) => seen(scene, viewer, rows, back),
        News::Unseen(rows) => unseen(scene, rows),
    }
}

fn name(row: &Row) -> &str {
    row.who.name.as_deref().unwrap_or(&row.who.id)
}

fn one(scene: &Scene, viewer: &Viewer, verb: &str, row: &Row, back: &str) -> Markup {
    let words = scene.words;
    let (key, undo) = match (verb, row.state) {
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
            p { (words.with(key, &[("name", name(row).into())])) }
            @if let Some((verb, text)) = undo {
                form method="post" action={ "/alerts/" (row.id) "/" (verb) } data-inline {
                    (super::forms::hidden(viewer, row, back))
                    button { (words.t(text)) }
                }
            }
        }
    }
}

/// What came of each: closed, or why not.
fn seen(scene: &Scene, viewer: &Viewer, rows: &[Row], back: &str) -> Markup {
    let words = scene.words;
    let (closed, open): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.state == State::Closed);
    let number = u32::try_from(closed.len()).unwrap_or(0);
    html! {
        div class="done" {
            p { (words.with("done-seen", &[("n", number.into())])) }
            @if !closed.is_empty() {
                form method="post" action="/alerts/unseen" data-inline {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    input type="hidden" name="back" value=(back);
                    @for row in &closed {
                        input type="hidden" name="alert" value={ (row.id) "." (row.version) };
                    }
                    button { (words.t("undo")) }
                }
            }
        }
        @if !open.is_empty() {
            div class="notice" {
                p { (words.t("not-seen")) }
                ul { @for row in open { li { (name(row)) ": " (still_open(scene, row)) } } }
            }
        }
    }
}

/// Why it is open still.
fn still_open(scene: &Scene, row: &Row) -> String {
    let words = scene.words;
    if !row.level.is_calm() {
        return words.with("not-seen-urgent", &[("level", told::level(words, row.level).into())]);
    }
    match (&row.holder, row.state) {
        (Some(holder), State::Claimed) if !holder.you => {
            words.with("not-seen-held", &[("name", holder.name.as_str().into())])
        }
        (_, State::Waiting | State::Escalated | State::Snoozed) => {
            words.with("not-seen-aside", &[("state", told::state(words, row.state).into())])
        }
        _ => words.t("not-seen-changed"),
    }
}

fn unseen(scene: &Scene, rows: &[Row]) -> Markup {
    let number = u32::try_from(rows.len()).unwrap_or(0);
    html! {
        div class="done" { p { (scene.words.with("done-unseen", &[("n", number.into())])) } }
    }
}
