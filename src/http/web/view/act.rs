//! Why something was not done, and what to do now. What was written is there still.

use maud::{Markup, html};

use super::alert::story;
use super::forms::{self, Written};
use super::frame::{self, Kind};
use super::row::{May, row};
use super::told;
use crate::http::web::format::Scene;
use crate::http::web::model::{Meanwhile, Row, Viewer};
use crate::triage::Refusal;

/// Why.
#[derive(Debug)]
pub(in crate::http::web) enum Told {
    /// Somebody was faster.
    Meanwhile(Meanwhile),
    /// It is not possible.
    Refused(Refusal),
}

/// What was tried.
#[derive(Debug)]
pub(in crate::http::web) struct Attempt {
    /// What.
    pub(in crate::http::web) verb: &'static str,
    /// Why it was not done.
    pub(in crate::http::web) told: Told,
    /// The alert as it is now.
    pub(in crate::http::web) row: Row,
    /// What was written.
    pub(in crate::http::web) written: String,
    /// The page that it was tried on.
    pub(in crate::http::web) back: String,
    /// The longest that it can be put off, hours.
    pub(in crate::http::web) snooze_hours: u32,
}

/// The page.
pub(in crate::http::web) fn page(scene: &Scene, viewer: &Viewer, attempt: &Attempt) -> Markup {
    let words = scene.words;
    let title = words.t("not-done");
    let written = Written { verb: attempt.verb, text: &attempt.written };
    frame::page(
        words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            section data-refused {
                h1 { (title) }
                p class="banner" role="alert" { (why(scene, &attempt.told)) }
                @if let Told::Meanwhile(meanwhile) = &attempt.told {
                    @if !meanwhile.events.is_empty() {
                        h2 { (words.t("meanwhile")) }
                        (story(scene, &meanwhile.events))
                    }
                }
                @if !attempt.written.is_empty() {
                    h2 { (words.t("you-wrote")) }
                    p class="quote" { (attempt.written) }
                }
            }
            h2 { (words.t("as-it-is-now")) }
            ol class="rows alone" { (row(scene, viewer, &attempt.row, &attempt.back, May::Look)) }
            section class="panel" {
                (forms::all(scene, viewer, &attempt.row, &attempt.back, attempt.snooze_hours, written))
            }
            p { a href=(attempt.back) { (words.t("to-worklist")) } }
        },
    )
}

fn why(scene: &Scene, told: &Told) -> String {
    let words = scene.words;
    match told {
        Told::Meanwhile(Meanwhile { by: Some(by), .. }) => {
            words.with("was-faster", &[("name", by.as_str().into())])
        }
        Told::Meanwhile(Meanwhile { by: None, .. }) => words.t("readings-were-faster"),
        Told::Refused(refusal) => refused(scene, refusal),
    }
}

fn refused(scene: &Scene, refusal: &Refusal) -> String {
    let words = scene.words;
    match refusal {
        Refusal::HeldBy { holder, until } => words.with(
            "refused-held",
            &[("name", holder.called().into()), ("until", scene.moment(*until).into())],
        ),
        Refusal::ClaimFirst(_) => words.t("refused-claim-first"),
        Refusal::NotInState { state, .. } => {
            words.with("refused-state", &[("state", told::state(words, *state).into())])
        }
        Refusal::AlreadyOpen(_) => words.t("refused-already-open"),
        Refusal::Text { most, .. } => {
            words.with("refused-text", &[("most", u32::try_from(*most).unwrap_or(0).into())])
        }
        Refusal::Time { latest, .. } => {
            words.with("refused-time", &[("latest", scene.moment(*latest).into())])
        }
        Refusal::NoSnooze(_) => words.t("refused-snooze"),
    }
}
