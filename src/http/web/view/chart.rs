//! A measure over ninety days: drawn here for paper and for those without scripts, with the numbers
//! for those with, and as a table for everybody.

mod table;

use std::fmt::Write;

use maud::{Markup, html};
use serde_json::json;

use super::told;
use crate::clock::Micros;
use crate::http::web::format::Scene;
use crate::http::web::model::{Chart, ChartLimit, Contact, ContactKind};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 22.0;
/// Days between dates on the axis.
const DATES: usize = 15;
const DAY_MICROS: i64 = 86_400_000_000;
/// A week without readings is a gap.
const GAP: i32 = 7;

pub(super) use table::contact;

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
                    (table::table(scene, chart))
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
    let contact = |contact: &Contact| {
        let (from, to) = across(chart, contact);
        json!([from, to, class(contact.kind), table::contact(scene, contact)])
    };
    let contacts: Vec<_> = chart.contacts.iter().map(contact).collect();
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
        "baseline": chart.baseline.iter().map(|it| (it.day, it.centre, it.reach)).collect::<Vec<_>>(),
        "contacts": contacts,
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
        let baseline = chart.baseline.iter().flat_map(|it| {
            let reach = it.reach.unwrap_or(0.0);
            [it.centre - reach, it.centre + reach]
        });
        // What is not scored may be anything: it must not press the rest flat.
        let all = limits.chain(days).chain(baseline);
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
        let pen = if day.day.saturating_sub(before) > GAP { 'M' } else { 'L' };
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
            @for contact in &chart.contacts {
                @let (from, to) = across(chart, contact);
                @let (left, right) = (frame.x(from), frame.x(to));
                rect class={ "contact " (class(contact.kind)) } x=(place(left)) y=(TOP)
                    width=(place((right - left).max(2.0))) height=(HEIGHT - TOP - BOTTOM) { title { (table::contact(scene, contact)) } }
            }
            (baseline(&frame, chart))
            @for limit in &chart.limits {
                path class=(if limit.red { "limit-red" } else { "limit-yellow" }) d=(steps(&frame, limit)) {}
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
                @let (x, y) = (frame.x(days(*at)), frame.y(value.clamp(frame.low, frame.high)));
                path class="doubtful" d=(format!("M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0)) { title { (scene.quantity(*value, &chart.unit)) ". " (words.t("not-scored")) } }
            }
            @for (day, level, why) in &chart.marks {
                @let x = frame.x(f64::from(*day));
                path class={ "mark " (told::class(*level)) } d=(format!("M{x:.1} {TOP:.1}l-5 -9h10z")) { title { (why) } }
            }
        }
    }
}

/// What each day was compared with: the band, and the line in the middle of it.
fn baseline(frame: &Frame, chart: &Chart) -> Markup {
    let mut runs: Vec<Vec<(f64, f64, f64)>> = Vec::new();
    let mut before = i32::MIN;
    for it in &chart.baseline {
        if it.day.saturating_sub(before) > GAP {
            runs.push(Vec::new());
        }
        before = it.day;
        if let Some(run) = runs.last_mut() {
            run.push((frame.x(f64::from(it.day)), it.centre, it.reach.unwrap_or(0.0)));
        }
    }
    html! {
        @for run in runs {
            @let (mut band, mut line) = (String::new(), String::new());
            @for (place, (x, centre, reach)) in run.iter().enumerate() {
                @let pen = if place == 0 { 'M' } else { 'L' };
                @let _ = write!(band, "{pen}{x:.1} {:.1}", frame.y(centre + reach));
                @let _ = write!(line, "{pen}{x:.1} {:.1}", frame.y(*centre));
            }
            @for (x, centre, reach) in run.iter().rev() {
                @let _ = write!(band, "L{x:.1} {:.1}", frame.y(centre - reach));
            }
            path class="band" d=(band + "Z") {}
            path class="baseline" d=(line) {}
        }
    }
}

/// A moment as days since 1970.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn days(at: Micros) -> f64 {
    at.0 as f64 / DAY_MICROS as f64
}

/// From where to where a contact lies in the chart, days since 1970.
fn across(chart: &Chart, contact: &Contact) -> (f64, f64) {
    let (first, last) = (f64::from(chart.span.0), f64::from(chart.span.1));
    let from = days(contact.from).clamp(first, last);
    // Who is in hospital still is there until today; a visit without an end is a moment.
    let open = if contact.kind == ContactKind::Inpatient { last } else { from };
    (from, contact.to.map_or(open, days).clamp(from, last))
}

/// The class of a contact.
fn class(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Inpatient => "inpatient",
        ContactKind::Emergency => "emergency",
        ContactKind::Other => "other",
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
            @if let Some(newest) = chart.baseline.last() {
                li class="baseline" {
                    (words.t(if chart.agreed { "baseline-agreed" } else { "baseline" })) " "
                    b { (scene.quantity(newest.centre, &chart.unit)) }
                    @if let Some(reach) = newest.reach {
                        " " (words.with("baseline-band", &[
                            ("low", scene.number(newest.centre - reach).into()),
                            ("high", scene.number(newest.centre + reach).into()),
                        ]))
                    }
                }
            }
            @if !chart.doubtful.is_empty() {
                li class="doubtful" {
                    (words.with("doubtful", &[("n", u32::try_from(chart.doubtful.len()).unwrap_or(0).into())]))
                }
            }
            @if !chart.marks.is_empty() { li class="mark" { (words.t("chart-marks")) } }
            @for (kind, key) in table::CONTACTS {
                @if chart.contacts.iter().any(|contact| contact.kind == kind) { li class={ "contact " (class(kind)) } { (words.t(key)) } }
            }
        }
    }
}
