//! A citizen beyond the own teams.

use maud::{Markup, html};

use super::frame::{self, Kind};
use crate::http::web::format::Scene;
use crate::http::web::model::{Opened, Viewer};
use crate::http::web::words::Words;

const HERE: &str = "/break-glass";
/// How long one may be opened, minutes.
const MINUTES: [&str; 3] = ["15", "30", "60"];

/// What was typed.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::http::web) struct Typed<'t> {
    pub(in crate::http::web) cpr: &'t str,
    pub(in crate::http::web) reason: &'t str,
    pub(in crate::http::web) minutes: &'t str,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum Wrong {
    /// It is no CPR number.
    Number,
    /// There is nobody with it.
    Nobody,
    /// It is not said why, or by naming somebody.
    Reason,
}

/// The form, and what is open.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    own: &[Opened],
    typed: &Typed<'_>,
    wrong: Option<Wrong>,
) -> Markup {
    let words = scene.words;
    let title = words.t("break-glass");
    let chosen = if typed.minutes.is_empty() { MINUTES[1] } else { typed.minutes };
    let main = html! {
        h1 { (title) }
        p class="notice" { (words.t("break-glass-help")) }
        @if let Some(wrong) = wrong {
            p class="banner" role="alert" { strong { (words.t("not-done")) } " " (told(words, wrong)) }
        }
        form class="settings" method="post" action=(HERE) {
            input type="hidden" name="csrf" value=(viewer.csrf);
            div class="number" {
                label for="cpr" { (words.t("cpr")) }
                input id="cpr" name="cpr" type="text" inputmode="text" autocomplete="off" spellcheck="false" required
                    maxlength="11" value=(typed.cpr);
            }
            label for="reason" { (words.t("break-glass-reason")) }
            textarea id="reason" name="reason" rows="3" cols="60" required minlength="10" maxlength="500"
                aria-describedby="reason-help" { (typed.reason) }
            p id="reason-help" class="fine" { (words.t("break-glass-reason-help")) }
            label for="minutes" { (words.t("break-glass-minutes")) }
            select id="minutes" name="minutes" {
                @for minutes in MINUTES { option selected[minutes == chosen] { (minutes) } }
            }
            button class="main" { (words.t("break-glass-open")) }
        }
        @if !own.is_empty() {
            section {
                h2 { (words.t("break-glass-own")) }
                ul { @for opened in own {
                    li {
                        a href={ "/citizens/" (opened.who.id) } { (who(opened)) }
                        " " (words.with("break-glass-until", &[("at", scene.time(opened.until).into())])) " "
                        (end(words, viewer, opened, HERE))
                    }
                } }
            }
        }
    };
    frame::page(words, Some(viewer), &title, Kind::default(), &main)
}

/// What a citizen is called.
pub(super) fn who(opened: &Opened) -> &str {
    opened.who.name.as_deref().unwrap_or(&opened.who.id)
}

/// Ends an access.
pub(super) fn end(words: Words, viewer: &Viewer, opened: &Opened, back: &str) -> Markup {
    html! {
        form method="post" action={ "/break-glass/" (opened.id) "/end" } {
            input type="hidden" name="csrf" value=(viewer.csrf);
            input type="hidden" name="back" value=(back);
            button { (words.t("break-glass-end")) span class="unseen" { ": " (who(opened)) } }
        }
    }
}

fn told(words: Words, wrong: Wrong) -> String {
    words.t(match wrong {
        Wrong::Number => "break-glass-wrong-number",
        Wrong::Nobody => "break-glass-wrong-nobody",
        Wrong::Reason => "break-glass-wrong-reason",
    })
}
