//! Summaries the slow and obvious way.

use super::*;

/// Whether there were steps at some time in `from..=to` (or just at `from`).
fn walked(steps: &[Sample], from: i64, to: i64) -> bool {
    steps.iter().filter(|one| one.value > 0.0 && !one.is_day_total).any(|one| {
        let seconds = if one.span > 0 { i64::from(one.span) } else { 60 };
        let end = one.at + seconds * SECOND;
        seconds <= 4 * 3_600 && one.at < to.max(from + 1) && from < end
    })
}

fn end(one: &Sample) -> i64 {
    one.at + i64::from(one.span.max(0)) * SECOND
}

/// The most extreme level over all stretches of a run, tried one by one.
pub(super) fn held(readings: &[Sample], steps: &[Sample], high: bool) -> Option<Held> {
    let signal = readings.first()?.signal;
    let heart = signal == Signal::HeartRate;
    let sensor = |index: usize| {
        signal == Signal::Glucose
            && (0..readings.len().saturating_sub(3)).any(|first| {
                (first..first + 4).contains(&index)
                    && readings[first + 3].at - readings[first].at <= 60 * MINUTE
            })
    };
    let kind = |index| if sensor(index) { Kind::Sensor } else { Kind::Single };
    let counts: Vec<usize> = (0..readings.len())
        .filter(|index| !heart || !walked(steps, readings[*index].at, end(&readings[*index])))
        .collect();

    let mut best: Option<Held> = None;
    for (place, first) in counts.iter().enumerate() {
        let hold = Hold::of(signal, kind(*first))?;
        let mut stretch = vec![*first];
        for next in &counts[place + 1..] {
            let (before, after) = (&readings[*stretch.last()?], &readings[*next]);
            if kind(*next) != kind(*first)
                || after.at - before.at > i64::from(hold.gap) * SECOND
                || (heart && walked(steps, before.at, after.at))
            {
                break;
            }
            stretch.push(*next);
            if after.at - readings[*first].at < i64::from(hold.hold) * SECOND {
                continue;
            }
            // Readings at the moments of the first and the last belong to it.
            let from = readings[*first].at;
            let all = counts.iter().map(|index| &readings[*index]);
            let all = all.filter(|one| (from..=after.at).contains(&one.at)).map(|one| one.value);
            let level = if high {
                all.fold(f64::INFINITY, f64::min)
            } else {
                all.fold(f64::NEG_INFINITY, f64::max)
            };
            let better = best.is_none_or(|best| {
                let further = if high { level > best.level } else { level < best.level };
                further || (level == best.level && after.at > best.at)
            });
            if better {
                best = Some(Held { level, at: after.at });
            }
        }
    }
    best
}

/// For each minute of a local day on a clock that shows UTC, by readings on whole minutes: whether a
/// watch was worn, and whether it was worn at rest in the night.
pub(super) fn minutes(beats: &[Sample], steps: &[Sample]) -> (u16, u16) {
    let (mut worn, mut resting) = (0, 0);
    for minute in 0..1_440 {
        let now = at(minute);
        let standing = |(index, one): (usize, &Sample)| {
            let end = if one.span > 0 {
                end(one)
            } else {
                let longest = one.at + 60 * MINUTE;
                beats.get(index + 1).map_or(longest, |next| next.at.min(longest))
            };
            (one.at <= now && now < end).then_some(*one)
        };
        let mut all = beats.iter().enumerate().filter_map(standing);
        // Where spans overlap, the minute is that of the first.
        if let Some(of) = all.next() {
            worn += 1;
            let rests = !walked(steps, of.at, end(&of)) && !walked(steps, of.at, now + 1);
            resting += u16::from(minute < 420 && rests);
        }
    }
    (worn, resting)
}

/// Minutes of a sensor by range, by readings on whole minutes.
pub(super) fn ranges(readings: &[Sample]) -> [u16; 5] {
    let mut ranges = [0; 5];
    for minute in 0..1_440 {
        let now = at(minute);
        let Some(last) = readings.iter().rposition(|one| one.at <= now) else { continue };
        let near = readings.windows(4).enumerate().any(|(first, four)| {
            (first..first + 4).contains(&last) && four[3].at - four[0].at <= 60 * MINUTE
        });
        if near && now < readings[last].at + 15 * MINUTE {
            let range = match readings[last].value {
                value if value < 3.0 => 0,
                value if value < 3.9 => 1,
                value if value <= 10.0 => 2,
                value if value <= 13.9 => 3,
                _ => 4,
            };
            ranges[range] += 1;
        }
    }
    ranges
}
