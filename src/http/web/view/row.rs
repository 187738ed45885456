//! A row of the worklist.

use maud::{Markup, html};

use super::sparkline::sparkline;
use super::{icon, told};
use crate::http::web::format::Scene;
use crate::http::web::model::{Row, Value, Viewer};
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
                @if let Some(value) = row.value.as_ref().filter(|value| adds(value, &row.why)) {
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

/// Whether a value says more than the sentence above it: it, its limit, or that this is the citizen's own.
fn adds(value: &Value, sentence: &str) -> bool {
    value.personal || !(says(sentence, value.value) && says(sentence, value.limit))
}

/// Whether the number stands in the sentence, rounded as it may be.
fn says(sentence: &str, number: f64) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || matches!(letter, ',' | '.');
    sentence.split(|letter: char| !is_part(letter)).any(|told| {
        let told = told.trim_matches([',', '.']).replace(',', ".");
        let decimals = told.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let half = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
        told.parse::<f64>().is_ok_and(|told| (told - number.abs()).abs() <= half + 1e-9)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_told_twice() {
        let value = |value, limit, personal| Value {
            what: "fald".to_owned(),
            value,
            unit: "%".to_owned(),
            limit,
            personal,
        };
        let drop = "Iltmætning ned 8 fra det vanlige (93 → 85 %); grænsen er 4";
        assert!(!adds(&value(8.0, 4.0, false), drop));
        assert!(adds(&value(8.0, 4.0, true), drop), "that the limit is the citizen's own");
        assert!(adds(&value(8.0, 3.0, false), drop) && adds(&value(9.0, 4.0, false), drop));
        let drift = "Vægt 3,9 kg over det vanlige (81,7 → 85,5 kg); grænsen er 2 kg.";
        assert!(!adds(&value(3.85, 2.0, false), drift));
        let less = "Skridt ændret -50 % på 2 uger; grænsen er -40 %";
        assert!(!adds(&value(-50.0, -40.0, false), less));
        assert!(adds(&value(1.0, 2.0, false), "Flere signaler er dårligere"));
    }
}
