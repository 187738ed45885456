//! Curves of a cohort, drawn here, with a table of the same numbers.

use std::fmt::Write;

use maud::{Markup, html};

use super::result::{group_name, outcome_name};
use crate::cohorts::told::{Told, ToldCurve};
use crate::http::web::format::Scene;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;
/// The length of the longest bar.
const BAR: f64 = 120.0;

/// A bar beside a number that is told.
pub(super) fn bar(count: u64, most: u64) -> Markup {
    // Counts of citizens are far below where a float is not exact.
    let of = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let length = format!("{:.1}", of(count) / of(most.max(1)) * BAR);
    html! {
        svg class="bars" width=(BAR) height="12" viewBox={ "0 0 " (BAR) " 12" } aria-hidden="true" {
            path d=(format!("M0 1H{length}V11H0Z")) {}
        }
    }
}

/// All curves: for each outcome the groups together, once as shares and once as a trend.
pub(super) fn all(scene: &Scene, told: &Told) -> Markup {
    let words = scene.words;
    let mut outcomes: Vec<&str> = told.curves.iter().map(|curve| curve.outcome.as_str()).collect();
    outcomes.dedup();
    outcomes.sort_unstable();
    outcomes.dedup();
    html! {
        @if !outcomes.is_empty() {
            section aria-labelledby="curves" {
                h2 id="curves" { (words.t("cohort-curves")) }
                p class="fine" { (words.t("cohort-curves-help")) }
                div class="charts" {
                    @for outcome in outcomes {
                        @let curves: Vec<&ToldCurve> =
                            told.curves.iter().filter(|curve| curve.outcome == outcome).collect();
                        (figure(scene, outcome, &curves))
                    }
                }
            }
        }
    }
}

fn figure(scene: &Scene, outcome: &str, curves: &[&ToldCurve]) -> Markup {
    let words = scene.words;
    let name = outcome_name(words, outcome);
    let days = curves.iter().filter_map(|curve| curve.points.last()).map(|it| it.day).max();
    let days = days.unwrap_or(30).max(30);
    html! {
        figure class="chart" {
            figcaption { h3 { (name) } p { (words.t("cohort-without")) } }
            div class="plot" { (drawn(scene, &words.with("cohort-drawn-without", &[("what", name.as_str().into())]), days, 1.0, curves, &steps)) }
            p class="fine" { (words.t("cohort-trend")) }
            @let most = curves.iter().flat_map(|it| hazards(it)).map(|it| it.1).fold(0.01, f64::max);
            div class="plot" { (drawn(scene, &words.with("cohort-drawn-trend", &[("what", name.as_str().into())]), days, most, curves, &trend)) }
            ul class="legend" {
                @for curve in curves { li class=(class(curve)) { (group_name(words, &curve.group)) } }
            }
            details {
                summary { (words.with("as-table", &[("what", name.as_str().into())])) }
                @for curve in curves { (table(scene, curve)) }
            }
        }
    }
}

fn class(curve: &ToldCurve) -> &'static str {
    if curve.group == "comparison" { "other" } else { "cohort" }
}

/// From days and shares of the highest to places.
#[derive(Debug, Clone, Copy)]
struct Frame {
    days: u32,
    most: f64,
}

impl Frame {
    fn x(self, day: u32) -> f64 {
        LEFT + f64::from(day) / f64::from(self.days) * (WIDTH - LEFT - RIGHT)
    }

    fn y(self, share: f64) -> f64 {
        HEIGHT - BOTTOM - share / self.most * (HEIGHT - TOP - BOTTOM)
    }
}

/// The share without the outcome: it falls at the end of a period.
fn steps(frame: Frame, curve: &ToldCurve) -> String {
    let mut path = String::new();
    for point in &curve.points {
        let (x, y) = (frame.x(point.day), frame.y(point.without));
        // Writing to a string does not fail.
        let _ = if path.is_empty() {
            write!(path, "M{x:.1} {y:.1}")
        } else {
            write!(path, "H{x:.1}V{y:.1}")
        };
    }
    path
}

/// By the end of each period, the share of those at risk in it to whom it happened.
fn hazards(curve: &ToldCurve) -> Vec<(u32, f64)> {
    let of = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let at_risk = curve.points.iter().skip(1).filter(|point| point.at_risk > 0);
    at_risk.map(|point| (point.day, of(point.events) / of(point.at_risk))).collect()
}

fn trend(frame: Frame, curve: &ToldCurve) -> String {
    let mut path = String::new();
    for (day, share) in hazards(curve) {
        let pen = if path.is_empty() { 'M' } else { 'L' };
        // As above.
        let _ = write!(path, "{pen}{:.1} {:.1}", frame.x(day), frame.y(share));
    }
    path
}

fn drawn(
    scene: &Scene,
    told: &str,
    days: u32,
    most: f64,
    curves: &[&ToldCurve],
    path: &dyn Fn(Frame, &ToldCurve) -> String,
) -> Markup {
    let frame = Frame { days, most };
    let percent = |part: f64| scene.quantity(part * most * 100.0, "%");
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(told) {
            @for part in [0.0, 0.5, 1.0] {
                @let y = format!("{:.1}", frame.y(part * most));
                line class="grid" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
                text class="axis" x="2" y=(y) { (percent(part)) }
            }
            @for day in ticks(days) {
                text class="axis" x=(format!("{:.1}", frame.x(day))) y=(HEIGHT - 6.0) text-anchor="middle" { (day) }
            }
            @for curve in curves { path class={ "curve " (class(curve)) } d=(path(frame, curve)) {} }
        }
    }
}

/// Days at the axis: some six, whole periods each.
fn ticks(days: u32) -> impl Iterator<Item = u32> {
    let step = (days / 30).div_ceil(6).max(1) * 30;
    (0..=days).step_by(usize::try_from(step).unwrap_or(30))
}

fn table(scene: &Scene, curve: &ToldCurve) -> Markup {
    let words = scene.words;
    let group = group_name(words, &curve.group);
    let percent = |share: f64| scene.quantity(share * 100.0, "%");
    html! {
        div class="scroll" tabindex="0" role="region"
            aria-label={ (outcome_name(words, &curve.outcome)) ", " (group) } {
            table {
                caption { (group) }
                thead { tr {
                    th scope="col" { (words.t("cohort-day")) }
                    th scope="col" { (words.t("cohort-at-risk")) }
                    th scope="col" { (words.t("cohort-first-events")) }
                    th scope="col" { (words.t("cohort-without")) }
                } }
                tbody { @for point in &curve.points {
                    tr {
                        th scope="row" { (point.day) }
                        td { (point.at_risk) }
                        td { (point.events) }
                        td { (words.with("cohort-interval", &[
                            ("value", percent(point.without).into()),
                            ("low", percent(point.low).into()),
                            ("high", percent(point.high).into()),
                        ])) }
                    }
                } }
            }
        }
    }
}
