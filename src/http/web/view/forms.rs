//! What can be done with an alert, as forms that need no script.

use maud::{Markup, html};

use super::told;
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Viewer};
use crate::triage::action::MAX_TEXT;
use crate::triage::{CloseOutcome, Level, State};

/// Hours that one can choose to put an alert off for.
const SNOOZES: [(u32, &str); 6] = [
    (4, "snooze-4h"),
    (24, "snooze-1d"),
    (48, "snooze-2d"),
    (72, "snooze-3d"),
    (168, "snooze-1w"),
    (720, "snooze-30d"),
];

/// What every form about an alert sends.
pub(super) fn hidden(viewer: &Viewer, row: &Row, back: &str) -> Markup {
    html! {
        input type="hidden" name="csrf" value=(viewer.csrf);
        input type="hidden" name="version" value=(row.version);
        input type="hidden" name="back" value=(back);
    }
}

/// What was written before it could not be done, and with what.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written<'a> {
    /// What was tried.
    pub(super) verb: &'a str,
    /// What was written.
    pub(super) text: &'a str,
}

/// All forms that are of use now.
pub(super) fn all(
    scene: &Scene,
    viewer: &Viewer,
    row: &Row,
    back: &str,
    snooze_hours: u32,
    written: Written<'_>,
) -> Markup {
    let words = scene.words;
    let is_others = row.state == State::Claimed && row.holder.as_ref().is_some_and(|it| !it.you);
    let is_mine = row.state == State::Claimed && !is_others;
    if row.state == State::Closed {
        return html! { (one(viewer, row, back, "reopen", &html! { (submit(&words.t("reopen"), true)) })) };
    }
    html! {
        @if is_others { p class="notice" { (words.t("somebody-has-it")) } }
        @if !is_others {
            @if !is_mine && row.state == State::New { p class="fine" { (words.t("acts-claim-first")) } }
            div class="forms" {
                @if row.state == State::New || is_mine || row.state == State::Waiting || row.state == State::Escalated {
                    (close(scene, viewer, row, back, written))
                }
                @if row.state == State::New || is_mine {
                    (escalate(scene, viewer, row, back))
                    @if snooze_hours > 0 && row.level != Level::Red {
                        (snooze(scene, viewer, row, back, snooze_hours, written))
                    }
                    (call_back(scene, viewer, row, back))
                    (one(viewer, row, back, "remeasure", &html! {
                        h3 { (words.t("remeasure")) }
                        p class="fine" { (words.t("remeasure-help")) }
                        (submit(&words.t("remeasure-do"), false))
                    }))
                } @else if row.state != State::Claimed {
                    (one(viewer, row, back, "claim", &html! { h3 { (words.t("take-back")) } (submit(&words.t("take-back"), true)) }))
                }
                @if is_mine {
                    (one(viewer, row, back, "release", &html! {
                        h3 { (words.t("release")) }
                        p class="fine" { (words.t("release-help")) }
                        (submit(&words.t("release"), false))
                    }))
                }
            }
        }
        (note(scene, viewer, row, back, written))
    }
}

/// A form of one verb.
fn one(viewer: &Viewer, row: &Row, back: &str, verb: &str, inside: &Markup) -> Markup {
    html! {
        form class="act" method="post" action={ "/alerts/" (row.id) "/" (verb) } data-inline data-verb=(verb) {
            (hidden(viewer, row, back))
            (inside)
        }
    }
}

fn submit(text: &str, main: bool) -> Markup {
    html! { button class=[main.then_some("main")] { (text) } }
}

fn id(row: &Row, field: &str) -> String {
    format!("{field}-{}", row.id)
}

fn close(scene: &Scene, viewer: &Viewer, row: &Row, back: &str, written: Written<'_>) -> Markup {
    let words = scene.words;
    one(
        viewer,
        row,
        back,
        "close",
        &html! {
            h3 { (words.t("close")) }
            label for=(id(row, "outcome")) { (words.t("close-outcome")) }
            select id=(id(row, "outcome")) name="outcome" required {
                option value="" { (words.t("choose")) }
                @for outcome in CloseOutcome::ALL {
                    option value=(outcome.as_str()) { (told::outcome(words, outcome)) }
                }
            }
            label for=(id(row, "close-note")) { (words.t("close-note")) }
            textarea id=(id(row, "close-note")) name="note" rows="2" required maxlength=(MAX_TEXT) {
                @if written.verb == "close" { (written.text) }
            }
            (submit(&words.t("close-do"), true))
        },
    )
}

fn escalate(scene: &Scene, viewer: &Viewer, row: &Row, back: &str) -> Markup {
    let words = scene.words;
    one(
        viewer,
        row,
        back,
        "escalate",
        &html! {
            h3 { (words.t("escalate")) }
            label for=(id(row, "to")) { (words.t("escalate-to")) }
            select id=(id(row, "to")) name="to" required {
                option value="" { (words.t("choose")) }
                option value="gp" { (words.t("to-gp")) }
                option value="112" { (words.t("to-emergency")) }
                option value="lead" { (words.t("to-lead")) }
            }
            p class="fine" { (words.t("escalate-help")) }
            (submit(&words.t("escalate-do"), false))
        },
    )
}

fn snooze(
    scene: &Scene,
    viewer: &Viewer,
    row: &Row,
    back: &str,
    most: u32,
    written: Written<'_>,
) -> Markup {
    let words = scene.words;
    one(
        viewer,
        row,
        back,
        "snooze",
        &html! {
            h3 { (words.t("snooze")) }
            label for=(id(row, "hours")) { (words.t("snooze-for")) }
            select id=(id(row, "hours")) name="hours" {
                @for (hours, key) in SNOOZES { @if hours <= most { option value=(hours) { (words.t(key)) } } }
            }
            label for=(id(row, "reason")) { (words.t("snooze-reason")) }
            textarea id=(id(row, "reason")) name="reason" rows="2" required maxlength=(MAX_TEXT) {
                @if written.verb == "snooze" { (written.text) }
            }
            (submit(&words.t("snooze-do"), false))
        },
    )
}

fn call_back(scene: &Scene, viewer: &Viewer, row: &Row, back: &str) -> Markup {
    let words = scene.words;
    let soon = crate::clock::Micros(scene.now.0 + 2 * 3_600_000_000);
    one(
        viewer,
        row,
        back,
        "call-back",
        &html! {
            h3 { (words.t("call-back")) }
            label for=(id(row, "at")) { (words.t("call-back-at")) }
            input id=(id(row, "at")) type="datetime-local" name="at" required value=(scene.local_input(soon));
            (submit(&words.t("call-back-do"), false))
        },
    )
}

fn note(scene: &Scene, viewer: &Viewer, row: &Row, back: &str, written: Written<'_>) -> Markup {
    let words = scene.words;
    one(
        viewer,
        row,
        back,
        "note",
        &html! {
            label for=(id(row, "note")) { (words.t("note")) }
            textarea id=(id(row, "note")) name="note" rows="2" required maxlength=(MAX_TEXT) {
                @if written.verb == "note" { (written.text) }
            }
            (submit(&words.t("note-do"), false))
        },
    )
}
