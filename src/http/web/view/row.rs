//! A row of the worklist.

use maud::{Markup, html};

use super::sparkline::sparkline;
use super::{icon, told};
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Viewer};
use crate::triage::State;

/// What can be done in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum May {
    /// Nothing.
    Look,
    /// Everything.
    Act,
    /// Everything; and what needs no more than a look can be ticked.
    Tick,
    /// Likewise, and is.
    TickedAlready,
}

/// A row. `back` is the page that it is on.
pub(in crate::http::web) fn row(
    scene: &Scene,
    viewer: &Viewer,
    row: &Row,
    back: &str,
    may: May,
) -> Markup {
    let words = scene.words;
    let name = row.who.name.as_deref().unwrap_or(&row.who.id);
    let may_act = may != May::Look;
    let is_mine = row.holder.as_ref().is_some_and(|it| it.you) && row.state == State::Claimed;
    html! {
        li class={ "row " (told::class(row.level)) @if is_mine { " mine" } } id={ "alert-" (row.id) }
            data-id=(row.id) data-version=(row.version) data-place=(row.place)
            data-level=(row.level.as_str()) {
            div class="level" {
                @if matches!(may, May::Tick | May::TickedAlready) && row.is_calm {
                    input type="checkbox" form="seen" name="alert" value={ (row.id) "." (row.version) }
                        checked[may == May::TickedAlready] aria-label=(words.with("seen-one", &[("name", name.into())]));
                }
                (icon::level(row.level))
                b { (told::level(words, row.level)) }
                @if row.overdue { span class="late" { (words.t("overdue")) } }
            }
            div class="who" {
                h2 { a href={ "/citizens/" (row.who.id) } { (name) } }
                p {
                    @if let Some(age) = row.who.age {
                        (words.with("years", &[("n", i64::from(age).into())]))
                    }
                    @for programme in &row.programmes { span class="tag" { (programme) } }
                }
            }
            div class="why" {
                p class="reason" { (row.why) }
                @if let Some(value) = &row.value {
                    p class="value" {
                        (value.what) " "
                        b { (scene.quantity(value.value, &value.unit)) } " "
                        span class="limit" {
                            (words.with(
                                if value.personal { "limit-personal" } else { "limit-standard" },
                                &[("limit", scene.quantity(value.limit, &value.unit).into())],
                            ))
                        }
                    }
                }
                @if !row.missing.is_empty() {
                    p class="missing" {
                        (words.with("missing", &[("what", row.missing.join("; ").into())]))
                    }
                }
                p class="fine" {
                    (row.problem)
                    @if let Some(rule) = &row.rule {
                        " · " (rule.id)
                        @if rule.unsigned == Some(true) { " · " (words.t("unsigned")) }
                    }
                }
            }
            div class="graph" {
                @if let Some(spark) = &row.spark { (sparkline(scene, spark)) }
            }
            (times(scene, row))
            div class="acts" {
                (hands(scene, row))
                @if may_act { (quick(scene, viewer, row, back)) }
                a class="more" href={ "/alerts/" (row.id) } data-panel {
                    (words.t(if may_act { "more" } else { "story" })) span class="unseen" { " " (name) }
                }
            }
        }
    }
}

fn times(scene: &Scene, row: &Row) -> Markup {
    let words = scene.words;
    html! {
        dl class="times" {
            div {
                dt { (words.t("waited")) }
                dd { (scene.lasting(scene.now.0 - row.opened.0)) }
            }
            div {
                dt { (words.t("target")) }
                dd class=[row.overdue.then_some("late")] {
                    @if row.overdue {
                        (words.with("late-by", &[("time", scene.lasting(scene.now.0 - row.due.0).into())]))
                    } @else { (scene.moment(row.due)) }
                }
            }
            div {
                dt { (words.t("newest")) }
                dd {
                    @match row.newest_minutes {
                        Some(minutes) => (words.with("ago", &[("time", scene.lasting(minutes * 60_000_000).into())])),
                        None => (words.t("newest-none")),
                    }
                }
            }
        }
    }
}

/// Who has it.
pub(super) fn hands(scene: &Scene, row: &Row) -> Markup {
    let words = scene.words;
    let until =
        |at: Option<crate::clock::Micros>| at.map(|at| scene.moment(at)).unwrap_or_default();
    html! {
        p class="hands" {
            @match (&row.parked, &row.holder, row.state) {
                (Some(parked), _, state) => {
                    (told::parked(scene, state, parked))
                    @if let Some(reason) = &parked.reason { span class="quote" { (reason) } }
                }
                (None, Some(holder), State::Claimed) if holder.you => {
                    b { (words.with("yours-until", &[("until", until(holder.until).into())])) }
                }
                (None, Some(holder), State::Claimed) => {
                    (words.with("held-until", &[("name", holder.name.as_str().into()), ("until", until(holder.until).into())]))
                }
                (_, _, State::New) => { (words.t("nobody-has-it")) }
                (_, _, state) => { (told::state(words, state)) }
            }
        }
    }
}

/// The one thing that is done most, as a form of one button.
fn quick(scene: &Scene, viewer: &Viewer, row: &Row, back: &str) -> Markup {
    let words = scene.words;
    let (verb, text) = match (row.state, &row.holder) {
        (State::Claimed, Some(holder)) if holder.you => ("release", "release"),
        (State::Claimed | State::Closed, _) => return html! {},
        (State::New | State::Pending, _) => ("claim", "claim"),
        _ => ("claim", "take-back"),
    };
    let name = row.who.name.as_deref().unwrap_or(&row.who.id);
    html! {
        form method="post" action={ "/alerts/" (row.id) "/" (verb) } data-inline {
            (super::forms::hidden(viewer, row, back))
            button class=[(verb == "claim").then_some("main")] data-key=[(verb == "claim").then_some("a")] {
                (words.t(text)) span class="unseen" { " " (name) }
            }
        }
    }
}
