//! A citizen's own page: large, plain, and without a judgement, which is the nurses'.

use maud::{Markup, html};

use super::chart::chart;
use super::consents;
use super::frame::{self, Kind};
use crate::http::web::format::Scene;
use crate::http::web::me::Shown;
use crate::http::web::model::{Access, Chart, ChartDay, NewConsent, Viewer};

/// Days that are compared with as many before.
const WEEK: i32 = 7;
/// A change of less than this share is none.
const ALIKE: f64 = 0.02;

/// The page. `wrong` is a consent that could not be given; `done` what was just done with one.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    shown: &Shown,
    wrong: Option<&NewConsent>,
    done: Option<&str>,
) -> Markup {
    let words = scene.words;
    let title = words.t("me-title");
    let kind = Kind { large: true, charts: true, ..Kind::default() };
    let hello = match &shown.identity.who.name {
        Some(name) => words.with("me-hello", &[("name", name.as_str().into())]),
        None => title.clone(),
    };
    let standing = &shown.standing;
    frame::page(
        words,
        Some(viewer),
        &title,
        kind,
        &html! {
            h1 { (hello) }
            section class="emergency" aria-labelledby="emergency" {
                h2 id="emergency" { (words.t("me-emergency-title")) }
                p { a class="call" href="tel:112" { (words.t("me-call-112")) } }
                p { (standing.hours) }
                p { strong { (words.t(if standing.staffed { "me-staffed" } else { "me-unstaffed" })) } }
            }
            section aria-labelledby="mine" {
                h2 id="mine" { (words.t("me-measured")) }
                @if shown.charts.iter().all(|it| it.days.is_empty()) { p { (words.t("nothing-measured")) } }
                @for each in &shown.charts { (measure(scene, each)) }
            }
            section id="consents" aria-labelledby="consents-title" {
                h2 id="consents-title" { (words.t("consents")) }
                (consents::section(scene, viewer, &shown.consents, wrong, done))
            }
            (seen(scene, &shown.seen))
            section id="mine-all" aria-labelledby="mine-all-title" {
                h2 id="mine-all-title" { (words.t("me-export")) }
                p { (words.t("me-export-help")) }
                form method="post" action="/me/export" {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    button { (words.t("me-export-do")) }
                }
            }
        },
    )
}

/// Who has seen what is kept.
fn seen(scene: &Scene, seen: &[Access]) -> Markup {
    let words = scene.words;
    html! {
        section aria-labelledby="seen" {
            h2 id="seen" { (words.t("me-seen")) }
            p { (words.t("me-seen-help")) }
            @if seen.is_empty() { p { (words.t("me-seen-none")) } }
            ul class="seen" {
                @for access in seen {
                    li {
                        time { (scene.moment(access.at)) }
                        @if access.times > 1 { span class="fine" { (words.with("me-times", &[("n", access.times.into())])) } }
                        span { b { (access.who) } ": " (access.what) @if access.refused { " – " (words.t("me-refused")) } }
                        span class="fine" { (access.why) }
                    }
                }
            }
        }
    }
}

fn measure(scene: &Scene, of: &Chart) -> Markup {
    let words = scene.words;
    let Some(last) = of.days.last() else {
        return html! {
            article class="measure" { h3 { (of.name) } p { (words.t("me-not-measured")) } }
        };
    };
    // What is usual, and what was alerted, is for the nurses to judge.
    let own = Chart { limits: Vec::new(), marks: Vec::new(), baseline: Vec::new(), ..of.clone() };
    html! {
        article class="measure" {
            p class="big" { (scene.quantity(last.value, &of.unit)) }
            p {
                @if last.day == of.span.1 { (words.t("me-today")) }
                @else { (words.with("me-on", &[("day", scene.day(last.day).into())])) }
                @if let Some(key) = trend(&of.days, of.span.1) { " " (words.t(key)) }
            }
            (chart(scene, &own, None))
        }
    }
}

/// This week and the one before, in a word.
fn trend(days: &[ChartDay], today: i32) -> Option<&'static str> {
    let mean = |from: i32, to: i32| {
        let values: Vec<f64> =
            days.iter().filter(|it| (from..to).contains(&it.day)).map(|it| it.value).collect();
        let count = u32::try_from(values.len()).ok().filter(|count| *count >= 2)?;
        Some(values.iter().sum::<f64>() / f64::from(count))
    };
    let now = mean(today - WEEK + 1, today + 1)?;
    let before = mean(today - 2 * WEEK + 1, today - WEEK + 1)?;
    Some(match now - before {
        change if change.abs() <= before.abs() * ALIKE => "me-alike",
        change if change > 0.0 => "me-higher",
        _ => "me-lower",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(values: &[(i32, f64)]) -> Vec<ChartDay> {
        let day = |(day, value): &(i32, f64)| ChartDay {
            day: *day,
            value: *value,
            range: (*value, *value),
            count: 1,
        };
        values.iter().map(day).collect()
    }

    #[test]
    fn a_week_is_compared_with_the_one_before() {
        let before = [(87, 80.0), (90, 80.0)];
        for (now, told) in [(80.5, "me-alike"), (82.0, "me-higher"), (78.0, "me-lower")] {
            let mut all = before.to_vec();
            all.extend([(95, now), (100, now)]);
            assert_eq!(trend(&days(&all), 100), Some(told), "{now}");
        }
        assert_eq!(trend(&days(&[(95, 80.0), (100, 81.0)]), 100), None, "no week before");
        assert_eq!(trend(&days(&[(90, 80.0), (100, 81.0)]), 100), None, "one reading is no week");
    }
}
