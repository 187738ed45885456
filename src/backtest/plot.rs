//! Three kinds of chart as inline SVG: no script, no style sheet, no font from elsewhere.

use std::fmt::Write as _;

use pulsvagt_analytics::evaluation::Interval;

/// A bar with its interval.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
}

/// A value with its interval, or nothing where none is told.
#[derive(Debug, Clone)]
pub(crate) struct Dot {
    pub(crate) label: String,
    pub(crate) value: Option<(f64, Interval)>,
}

const WIDTH: f64 = 720.0;
/// Room for labels on the left.
const LEFT: f64 = 190.0;
/// Room for numbers on the right.
const RIGHT: f64 = 70.0;
const ROW: f64 = 22.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;

/// Horizontal bars from 0 with whiskers, and a dashed line at `mark`.
pub(super) fn bars(title: &str, bars: &[Bar], mark: Option<f64>) -> String {
    let ends = bars.iter().map(|bar| bar.interval.map_or(bar.value, |it| it.high).max(bar.value));
    let top = nice(ends.chain(mark).fold(0.0, f64::max));
    let x = |value: f64| LEFT + value.clamp(0.0, top) / top * (WIDTH - LEFT - RIGHT);
    let rows = rows(bars.len());
    let height = TOP + rows * ROW + BOTTOM;
    let mut svg = open(title, height);
    ticks(&mut svg, top, &x, height);
    let mut y = TOP;
    for bar in bars {
        let middle = y + ROW / 2.0;
        let _ = write!(
            svg,
            r##"<text x="{:.1}" y="{:.1}" text-anchor="end" class="l">{}</text><rect x="{LEFT:.1}" y="{:.1}" width="{:.1}" height="12" fill="#4a7fb5"/>"##,
            LEFT - 6.0,
            middle + 4.0,
            escape(&bar.label),
            middle - 6.0,
            x(bar.value) - LEFT
        );
        let mut end = x(bar.value);
        if let Some(Interval { low, high }) = bar.interval {
            end = end.max(x(high));
            let _ = write!(
                svg,
                r##"<path d="M{:.1} {middle:.1}H{:.1}M{0:.1} {2:.1}v6M{1:.1} {2:.1}v6" stroke="#222" fill="none"/>"##,
                x(low),
                x(high),
                middle - 3.0
            );
        }
        let _ = write!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" class="n">{}</text>"#,
            end + 6.0,
            middle + 4.0,
            short(bar.value)
        );
        y += ROW;
    }
    if let Some(mark) = mark {
        let at = x(mark);
        let _ = write!(
            svg,
            r##"<path d="M{at:.1} {TOP}V{y:.1}" stroke="#b03030" stroke-dasharray="4 3"/>"##
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Dots with their intervals on one scale from 0, and a dashed line at `mark`. Nothing but what is
/// written here styles it.
pub(crate) fn dots(title: &str, dots: &[Dot], mark: Option<f64>) -> String {
    let ends = dots.iter().filter_map(|dot| dot.value.as_ref().map(|(_, interval)| interval.high));
    let top = nice(ends.chain(mark).fold(0.0, f64::max));
    let x = |value: f64| LEFT + value.clamp(0.0, top) / top * (WIDTH - LEFT - RIGHT);
    let height = TOP + rows(dots.len()) * ROW + BOTTOM;
    let mut svg = open(title, height);
    svg.push_str(r##"<g font-family="system-ui,sans-serif" font-size="12" fill="#222">"##);
    ticks(&mut svg, top, &x, height);
    let mut middle = TOP + ROW / 2.0;
    for dot in dots {
        let (label, text) = (escape(&dot.label), middle + 4.0);
        let at = LEFT - 6.0;
        let _ = write!(svg, r#"<text x="{at:.1}" y="{text:.1}" text-anchor="end">{label}</text>"#);
        let end = match &dot.value {
            Some((value, Interval { low, high })) => {
                let _ = write!(
                    svg,
                    r##"<path d="M{:.1} {middle:.1}H{:.1}" stroke="#222"/><circle cx="{:.1}" cy="{middle:.1}" r="4" fill="#4a7fb5"/>"##,
                    x(*low),
                    x(*high),
                    x(*value)
                );
                (x(*high), short(*value))
            }
            None => (LEFT, "left out".to_owned()),
        };
        let _ = write!(svg, r#"<text x="{:.1}" y="{text:.1}">{}</text>"#, end.0 + 6.0, end.1);
        middle += ROW;
    }
    if let Some(mark) = mark {
        let (at, end) = (x(mark), height - BOTTOM);
        let _ = write!(
            svg,
            r##"<path d="M{at:.1} {TOP}V{end:.1}" stroke="#b03030" stroke-dasharray="4 3"/>"##
        );
    }
    svg.push_str("</g></svg>");
    svg
}

/// A line over equal steps, and a dashed line at `mark`.
pub(super) fn line(title: &str, values: &[f64], mark: Option<f64>) -> String {
    const HEIGHT: f64 = 180.0;
    const FROM: f64 = 44.0;
    let top = nice(values.iter().copied().chain(mark).fold(0.0, f64::max));
    let floor = HEIGHT - BOTTOM;
    let y = |value: f64| floor - value.clamp(0.0, top) / top * (floor - TOP);
    let step = (WIDTH - FROM - 12.0) / (rows(values.len()) - 1.0).max(1.0);
    let mut svg = open(title, HEIGHT);
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        let _ = write!(
            svg,
            r##"<path d="M{FROM} {0:.1}H{WIDTH}" stroke="#ddd"/><text x="{1:.1}" y="{2:.1}" text-anchor="end" class="n">{3}</text>"##,
            y(value),
            FROM - 6.0,
            y(value) + 4.0,
            short(value)
        );
    }
    let mut at = FROM;
    let mut path = String::new();
    for value in values {
        let verb = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{verb}{at:.1} {:.1}", y(*value));
        at += step;
    }
    let _ = write!(svg, r##"<path d="{path}" stroke="#4a7fb5" stroke-width="2" fill="none"/>"##);
    if let Some(mark) = mark {
        let _ = write!(
            svg,
            r##"<path d="M{FROM} {:.1}H{WIDTH}" stroke="#b03030" stroke-dasharray="4 3"/>"##,
            y(mark)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Text in HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn open(title: &str, height: f64) -> String {
    let title = escape(title);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}"><title>{title}</title>"#
    )
}

fn ticks(svg: &mut String, top: f64, x: &impl Fn(f64) -> f64, height: f64) {
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        let _ = write!(
            svg,
            r##"<path d="M{0:.1} {TOP}V{1:.1}" stroke="#ddd"/><text x="{0:.1}" y="{2:.1}" text-anchor="middle" class="n">{3}</text>"##,
            x(value),
            height - BOTTOM,
            height - 8.0,
            short(value)
        );
    }
}

fn rows(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The next of 1, 2, 4 or 8 times a power of ten; 1 for nothing.
fn nice(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|end| *end >= value).unwrap_or(power * 10.0)
}

/// Few digits.
fn short(value: f64) -> String {
    if value >= 100.0 || value <= 0.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
