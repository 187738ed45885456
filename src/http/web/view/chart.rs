//! A measure over ninety days: drawn here for paper and for those without scripts, with the numbers
//! for those with, and as a table for everybody.

use std::fmt::Write;

use maud::{Markup, html};
use serde_json::json;

use super::told;
use crate::http::web::format::Scene;
use crate::http::web::model::{Chart, ChartLimit};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 22.0;
/// Days between dates on the axis.
const DATES: usize = 15;
const DAY_MICROS: i64 = 86_400_000_000;

/// The measure. `readings` is where a script gets single readings.
pub(super) fn chart(scene: &Scene, chart: &Chart, readings: Option<&str>) -> Markup {
    let words = scene.words;
    html! {
        figure class="chart" id={ "chart-" (chart.signal) } {
            figcaption {
                h3 { (chart.name) }
                p { (newest(scene, chart)) }
            }
            @if chart.days.is_empty() {
                p class="empty" { (words.with("chart-none", &[("what", chart.name.as_str().into())])) }
            } @else {
                div class="plot" data-chart=(data(scene, chart, readings)) { (drawn(scene, chart)) }
                (legend(scene, chart))
                details {
                    summary { (words.with("as-table", &[("what", chart.name.as_str().into())])) }
                    (table(scene, chart))
                }
            }
        }
    }
}

/// The newest number, and between what it was.
fn newest(scene: &Scene, chart: &Chart) -> String {
    let Some(last) = chart.days.last() else { return String::new() };
    let low = chart.days.iter().map(|day| day.range.0).fold(f64::INFINITY, f64::min);
    let high = chart.days.iter().map(|day| day.range.1).fold(f64::NEG_INFINITY, f64::max);
    scene.words.with(
        "chart-newest",
        &[
            ("value", scene.quantity(last.value, &chart.unit).into()),
            ("day", scene.day(last.day).into()),
            ("low", scene.number(low).into()),
            ("high", scene.number(high).into()),
        ],
    )
}

/// The numbers for the script.
fn data(scene: &Scene, chart: &Chart, readings: Option<&str>) -> String {
    let words = scene.words;
    let limits: Vec<_> = chart
        .limits
        .iter()
        .map(|limit| {
            let spans: Vec<_> = limit.spans.iter().map(|(day, value, _)| (day, value)).collect();
            json!({"text": limit.text, "red": limit.red, "spans": spans})
        })
        .collect();
    let marks: Vec<_> =
        chart.marks.iter().map(|(day, level, why)| json!([day, level.as_str(), why])).collect();
    json!({
        "signal": chart.signal,
        "name": chart.name,
        "unit": scene.unit(&chart.unit),
        "locale": words.code(),
        "span": chart.span,
        "days": chart.days.iter().map(|day| (day.day, day.value, day.range.0, day.range.1)).collect::<Vec<_>>(),
        "limits": limits,
        "baseline": chart.baseline,
        "marks": marks,
        "doubtful": chart.doubtful.iter().map(|(at, value)| (at.as_second(), value)).collect::<Vec<_>>(),
        "readings": readings,
        "zone": scene.zone.iana_name(),
        "words": {
            "whole": words.t("chart-whole"),
            "help": words.t("chart-help"),
            "reading": words.t("chart-reading"),
        },
    })
    .to_string()
}

/// From days and numbers to places.
struct Frame {
    span: (i32, i32),
    low: f64,
    high: f64,
}

impl Frame {
    fn of(chart: &Chart) -> Self {
        let limits = chart.limits.iter().flat_map(|limit| limit.spans.iter().map(|span| span.1));
        let days = chart.days.iter().flat_map(|day| [day.range.0, day.range.1, day.value]);
        let all =
            limits.chain(days).chain(chart.baseline).chain(chart.doubtful.iter().map(|it| it.1));
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| {
            (low.min(it), high.max(it))
        });
        let room = ((high - low) * 0.08).max(0.5);
        Self { span: chart.span, low: low - room, high: high + room }
    }

    fn x(&self, day: f64) -> f64 {
        let width = f64::from(self.span.1 - self.span.0).max(1.0);
        LEFT + (day - f64::from(self.span.0)) / width * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)
    }
}

fn drawn(scene: &Scene, chart: &Chart) -> Markup {
    let words = scene.words;
    let frame = Frame::of(chart);
    let (mut path, mut before) = (String::new(), i32::MIN);
    for day in &chart.days {
        // A week without readings is a gap.
        let pen = if day.day.saturating_sub(before) > 7 { 'M' } else { 'L' };
        let _ = write!(path, "{pen}{:.1} {:.1}", frame.x(f64::from(day.day)), frame.y(day.value));
        before = day.day;
    }
    let place = |value: f64| format!("{value:.1}");
    let ticks: Vec<f64> =
        (0..=3).map(|it| frame.low + (frame.high - frame.low) * f64::from(it) / 3.0).collect();
    let label = words.with(
        "chart-label",
        &[("what", chart.name.as_str().into()), ("newest", newest(scene, chart).into())],
    );
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
            @for tick in ticks {
                @let y = place(frame.y(tick));
                line class="grid" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
                text class="axis" x=(LEFT - 6.0) y=(y) text-anchor="end" dominant-baseline="middle" { (scene.number((tick * 10.0).round() / 10.0)) }
            }
            @for day in (chart.span.0..=chart.span.1).step_by(DATES) {
                text class="axis" x=(place(frame.x(f64::from(day)))) y=(HEIGHT - 6.0) { (scene.day(day)) }
            }
            @for limit in &chart.limits {
                path class=(if limit.red { "limit-red" } else { "limit-yellow" }) d=(steps(&frame, limit)) {}
            }
            @if let Some(baseline) = chart.baseline {
                @let y = place(frame.y(baseline));
                line class="baseline" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
            }
            @for day in &chart.days {
                @let x = place(frame.x(f64::from(day.day)));
                @if day.count > 1 {
                    line class="range" x1=(x) x2=(x) y1=(place(frame.y(day.range.0))) y2=(place(frame.y(day.range.1))) {}
                }
            }
            path class="line" d=(path) {}
            @for day in &chart.days {
                circle class="point" cx=(place(frame.x(f64::from(day.day)))) cy=(place(frame.y(day.value))) r="2" {}
            }
            @for (at, value) in &chart.doubtful {
                @let day = f64::from(i32::try_from(at.0.div_euclid(DAY_MICROS)).unwrap_or(0));
                @let (x, y) = (frame.x(day), frame.y(*value));
                path class="doubtful" d=(format!("M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0)) {}
            }
            @for (day, level, why) in &chart.marks {
                @let x = frame.x(f64::from(*day));
                path class={ "mark " (told::class(*level)) } d=(format!("M{x:.1} {TOP:.1}l-5 -9h10z")) { title { (why) } }
            }
        }
    }
}

/// A limit as it held from day to day.
fn steps(frame: &Frame, limit: &ChartLimit) -> String {
    let mut path = String::new();
    for (place, (from, value, _)) in limit.spans.iter().enumerate() {
        let to = limit.spans.get(place + 1).map_or(frame.span.1, |next| next.0);
        let (pen, y) = (if place == 0 { 'M' } else { 'L' }, frame.y(*value));
        let _ = write!(
            path,
            "{pen}{:.1} {y:.1}L{:.1} {y:.1}",
            frame.x(f64::from((*from).max(frame.span.0))),
            frame.x(f64::from(to))
        );
    }
    path
}

/// What the lines are.
fn legend(scene: &Scene, chart: &Chart) -> Markup {
    let words = scene.words;
    html! {
        ul class="legend" {
            @for limit in &chart.limits {
                @if let Some((_, value, personal)) = limit.spans.last() {
                    li class=(if limit.red { "limit-red" } else { "limit-yellow" }) {
                        (words.t(if limit.red { "limit-red" } else { "limit-yellow" })) " "
                        b { (scene.quantity(*value, &chart.unit)) } " " (limit.text)
                        @if *personal { " " (words.t("own-limit")) }
                    }
                }
            }
            @if let Some(baseline) = chart.baseline {
                li class="baseline" { (words.t("baseline")) " " b { (scene.quantity(baseline, &chart.unit)) } }
            }
            @if !chart.doubtful.is_empty() {
                li class="doubtful" {
                    (words.with("doubtful", &[("n", u32::try_from(chart.doubtful.len()).unwrap_or(0).into())]))
                }
            }
            @if !chart.marks.is_empty() { li class="mark" { (words.t("chart-marks")) } }
        }
    }
}

fn table(scene: &Scene, chart: &Chart) -> Markup {
    let words = scene.words;
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(words.with("as-table", &[("what", chart.name.as_str().into())])) {
            table {
                thead {
                    tr {
                        th scope="col" { (words.t("day")) }
                        th scope="col" { (chart.name) @if !scene.unit(&chart.unit).is_empty() { " (" (scene.unit(&chart.unit)) ")" } }
                        th scope="col" { (words.t("least-greatest")) }
                        th scope="col" { (words.t("readings")) }
                    }
                }
                tbody {
                    @for day in chart.days.iter().rev() {
                        tr {
                            th scope="row" { (scene.day(day.day)) }
                            td { (scene.number(day.value)) }
                            td { (scene.number(day.range.0)) "–" (scene.number(day.range.1)) }
                            td { (day.count) }
                        }
                    }
                    @for (at, value) in &chart.doubtful {
                        tr class="doubtful" {
                            th scope="row" { (scene.moment(*at)) }
                            td { (scene.number(*value)) }
                            td colspan="2" { (words.t("not-scored")) }
                        }
                    }
                }
            }
        }
    }
}
