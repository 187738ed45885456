//! Two weeks of a glucose sensor (international consensus on time in range, 2019).
//!
//! Only days on which a sensor measured count.

use crate::features::grammar::Share;
use crate::features::track::{Row, Track};

/// Days that are looked at.
const DAYS: u16 = 14;

const MINUTES_OF_A_DAY: f64 = 1440.0;

/// mg/dL of glucose (180.156 g/mol) in a mmol/L.
const MG_PER_DL: f64 = 18.0156;

/// Minutes below 3.0, 3.0–3.8, 3.9–10.0, 10.1–13.9 and above 13.9 mmol/L.
fn minutes(track: &Track<'_>) -> [f64; 5] {
    let mut sum = [0.0; 5];
    for ranges in track.recent(DAYS).iter().filter_map(|row| row.summary.ranges) {
        for (sum, minutes) in sum.iter_mut().zip(ranges) {
            *sum += f64::from(minutes);
        }
    }
    sum
}

/// How much of the minutes that were covered lies in a range, %.
pub(super) fn share(track: &Track<'_>, share: Share) -> Option<f64> {
    let [below_3_0, below_3_9, in_range, above_10_0, above_13_9] = minutes(track);
    let part = match share {
        Share::Below3_0 => below_3_0,
        Share::Below3_9 => below_3_0 + below_3_9,
        Share::InRange => in_range,
        Share::Above10_0 => above_10_0 + above_13_9,
        Share::Above13_9 => above_13_9,
    };
    let covered = below_3_0 + below_3_9 + in_range + above_10_0 + above_13_9;
    (covered > 0.0).then(|| 100.0 * part / covered)
}

/// How much of the two weeks is covered, %; null without a sensor.
pub(super) fn sensor_share(track: &Track<'_>) -> Option<f64> {
    let covered: f64 = minutes(track).iter().sum();
    let share = 100.0 * covered / (f64::from(DAYS) * MINUTES_OF_A_DAY);
    (covered > 0.0).then(|| share.min(100.0))
}

/// Coefficient of variation of the readings, %.
pub(super) fn variation(track: &Track<'_>) -> Option<f64> {
    let mean = mean(track)?;
    let (mut squares, mut count) = (0.0, 0.0);
    for row in sensor_days(track) {
        let (readings, difference) = (f64::from(row.count), row.summary.mean - mean);
        let within = row.summary.deviation.filter(|it| it.is_finite()).unwrap_or(0.0);
        squares += readings * difference * difference + (readings - 1.0) * within * within;
        count += readings;
    }
    (count >= 2.0 && mean > 0.0).then(|| 100.0 * (squares / (count - 1.0)).sqrt() / mean)
}

/// The glucose management indicator, %: 3.31 + 0.02392 times the mean in mg/dL.
pub(super) fn management_indicator(track: &Track<'_>) -> Option<f64> {
    Some(3.31 + 0.02392 * MG_PER_DL * mean(track)?)
}

fn mean(track: &Track<'_>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for row in sensor_days(track) {
        sum += f64::from(row.count) * row.summary.mean;
        count += f64::from(row.count);
    }
    (count > 0.0).then(|| sum / count)
}

fn sensor_days<'t, 'a>(track: &'t Track<'a>) -> impl Iterator<Item = &'t Row<'a>> {
    track
        .recent(DAYS)
        .iter()
        .filter(|row| row.count > 0 && row.summary.mean.is_finite())
        .filter(|row| row.summary.ranges.is_some_and(|ranges| ranges.iter().any(|it| *it > 0)))
}
