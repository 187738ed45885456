//! A series of readings without a place among the signals of screening, in a few numbers.

use crate::evaluation::length;

/// What is told of a series, in this order.
pub const STATISTICS: [&str; 7] = ["first", "last", "min", "max", "mean", "trend", "count"];

const DAY: f64 = 86_400_000_000.0;

/// The earliest, the latest, the least, the greatest, the mean, the slope by least squares (per
/// day; from two moments on) and how many, of readings as (microseconds, value) in any order. The
/// count of none is 0, everything else `None`.
pub fn statistics(readings: &[(i64, f64)]) -> [Option<f64>; 7] {
    let mut sorted: Vec<(i64, f64)> =
        readings.iter().filter(|(_, value)| value.is_finite()).copied().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let count = length(sorted.len());
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return [None, None, None, None, None, None, Some(0.0)];
    };
    let values = || sorted.iter().map(|(_, value)| *value);
    let mean = values().sum::<f64>() / count;
    let days = |at: i64| micros(at - first.0) / DAY;
    let middle = sorted.iter().map(|(at, _)| days(*at)).sum::<f64>() / count;
    let (mut both, mut time) = (0.0, 0.0);
    for (at, value) in &sorted {
        let off = days(*at) - middle;
        both += off * (value - mean);
        time += off * off;
    }
    [
        Some(first.1),
        Some(last.1),
        values().reduce(f64::min),
        values().reduce(f64::max),
        Some(mean),
        (time > 0.0).then(|| both / time),
        Some(count),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 microseconds, 285 years")]
fn micros(micros: i64) -> f64 {
    micros as f64
}
