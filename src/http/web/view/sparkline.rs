//! Fourteen days at a glance.

use std::fmt::Write;

use maud::{Markup, html};

use crate::http::web::format::Scene;
use crate::http::web::model::Spark;

const WIDTH: f64 = 132.0;
const HEIGHT: f64 = 36.0;
/// Room for the last point's dot.
const EDGE: f64 = 4.0;

/// The line with its limits; the newest number and the limits in words for those who do not see it.
pub(super) fn sparkline(scene: &Scene, spark: &Spark) -> Markup {
    let words = scene.words;
    let measured: Vec<f64> = spark.days.iter().flatten().copied().collect();
    let (Some(first), Some(last)) = (measured.first(), measured.last()) else {
        return html! { p class="spark-none" { (words.with("spark-none", &[("what", spark.what.as_str().into())])) } };
    };
    let scale = Scale::of(measured.iter().copied().chain(spark.limits.iter().map(|it| it.0)));
    let step =
        (WIDTH - 2.0 * EDGE) / f64::from(u32::try_from(spark.days.len()).unwrap_or(2).max(2) - 1);
    let (mut path, mut pen, mut x, mut dot) = (String::new(), 'M', EDGE, (EDGE, 0.0));
    let mut alone = Vec::new();
    for (place, day) in spark.days.iter().enumerate() {
        if let Some(value) = day {
            let y = scale.y(*value);
            let _ = write!(path, "{pen}{x:.1} {y:.1}");
            let before = place.checked_sub(1).and_then(|it| spark.days.get(it)).copied().flatten();
            let after = spark.days.get(place + 1).copied().flatten();
            if before.is_none() && after.is_none() {
                alone.push((x, y));
            }
            (pen, dot) = ('L', (x, y));
        } else {
            // A day without a reading is a gap, not a line.
            pen = 'M';
        }
        x += step;
    }
    let told = words.with(
        "spark-told",
        &[
            ("what", spark.what.as_str().into()),
            ("first", scene.number(*first).into()),
            ("last", scene.quantity(*last, &spark.unit).into()),
            ("days", u32::try_from(measured.len()).unwrap_or(0).into()),
        ],
    );
    html! {
        figure class="spark" {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) role="img"
                aria-label=(told) {
                @for (limit, red) in &spark.limits {
                    @let y = format!("{:.1}", scale.y(*limit));
                    line class=(if *red { "limit-red" } else { "limit-yellow" }) x1="0" x2=(WIDTH)
                        y1=(y) y2=(y) {}
                }
                path class="line" d=(path) {}
                @for (x, y) in alone {
                    circle class="point" cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="1.5" {}
                }
                circle class="dot" cx=(format!("{:.1}", dot.0)) cy=(format!("{:.1}", dot.1)) r="3" {}
            }
            figcaption { (spark.what) " " b { (scene.quantity(*last, &spark.unit)) } }
        }
    }
}

/// From numbers to places.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| {
            (low.min(it), high.max(it))
        });
        // What never changes is a line in the middle.
        if high - low < 1e-9 {
            Self { low: low - 1.0, high: high + 1.0 }
        } else {
            Self { low, high }
        }
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - EDGE - (value - self.low) / (self.high - self.low) * (HEIGHT - 2.0 * EDGE)
    }
}
