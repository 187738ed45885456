//! Hand examples; [`property`] checks against [`naive`].

#![expect(clippy::float_cmp, reason = "summaries promise exact numbers, to the bit")]

mod clock;
mod held;
mod naive;
mod property;

use super::*;

/// Midnight UTC of 2026-03-02, a Monday.
const MIDNIGHT: i64 = 1_772_409_600 * SECOND;

/// A momentary reading `minute` minutes after midnight on a wall clock that shows UTC.
fn sample(signal: Signal, minute: i64, value: f64) -> Sample {
    Sample {
        signal,
        at: MIDNIGHT + minute * MINUTE,
        offset: 0,
        span: 0,
        value,
        is_day_total: false,
        received: MIDNIGHT + minute * MINUTE + 7,
        identity: u64::try_from(minute).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15),
    }
}

/// One that covers some minutes.
fn over(signal: Signal, minute: i64, minutes: i32, value: f64) -> Sample {
    Sample { span: minutes * 60, ..sample(signal, minute, value) }
}

/// Readings of a signal by minute and value.
fn series(signal: Signal, readings: &[(i64, f64)]) -> Vec<Sample> {
    readings.iter().map(|(minute, value)| sample(signal, *minute, *value)).collect()
}

/// The only summary of samples of one signal.
fn only(samples: &[Sample]) -> DaySummary {
    let [summary] = <[_; 1]>::try_from(summarise(samples)).unwrap();
    summary
}

/// The summary of one signal among others.
fn of(signal: Signal, samples: &[Sample]) -> DaySummary {
    summarise(samples).into_iter().find(|summary| summary.signal == signal).unwrap()
}

fn at(minute: i64) -> i64 {
    MIDNIGHT + minute * MINUTE
}

#[test]
fn a_day_by_hand() {
    let weights = series(Signal::BodyWeight, &[(480, 80.5), (420, 81.0), (1200, 82.0)]);
    let summary = only(&weights);
    assert_eq!((summary.signal, summary.count), (Signal::BodyWeight, 3));
    assert!((summary.mean - 243.5 / 3.0).abs() < 1e-12);
    assert_eq!((summary.min, summary.max, summary.total), (80.5, 82.0, 243.5));
    assert_eq!((summary.first, summary.last), (81.0, 82.0));
    assert_eq!((summary.first_at, summary.last_at), (at(420), at(1200)));
    // Differences from the mean 81 1/6: -2/3, -1/6, 5/6; squares 21/18; over 2.
    assert!((summary.deviation.unwrap() - (21.0_f64 / 36.0).sqrt()).abs() < 1e-12);
    assert_eq!(summary.received, at(1200) + 7);
    assert_eq!((summary.night, summary.wear_minutes, summary.ranges), (None, 0, None));
}

#[test]
fn nothing_of_nothing() {
    assert_eq!(summarise(&[]), []);
}

#[test]
fn one_reading() {
    let summary = only(&[sample(Signal::OxygenSaturation, 600, 93.0)]);
    assert_eq!((summary.count, summary.deviation), (1, None));
    assert_eq!([summary.mean, summary.min, summary.max, summary.total], [93.0; 4]);
    assert_eq!([summary.first, summary.last], [93.0; 2]);
    assert_eq!((summary.held_low, summary.held_high), (None, None));
}

#[test]
fn equal_values_do_not_deviate() {
    // Ten times 0.1 is not 1 in binary, and the mean of the sum would not be 0.1.
    for value in [0.1, 36.6, 97.3, 1e-9, -4.7] {
        let readings: Vec<_> =
            (0..1_440).map(|minute| sample(Signal::BodyTemperature, minute, value)).collect();
        let summary = only(&readings);
        assert_eq!((summary.deviation, summary.mean), (Some(0.0), value));
    }
}

#[test]
fn digits_far_from_zero_are_kept() {
    let base = 1e9;
    let readings = series(
        Signal::BodyWeight,
        &[(1, base + 4.0), (2, base + 7.0), (3, base + 13.0), (4, base + 16.0)],
    );
    let summary = only(&readings);
    assert_eq!(summary.mean, base + 10.0);
    assert!((summary.deviation.unwrap() - 30.0_f64.sqrt()).abs() < 1e-9);

    // From 2^53 on only even numbers exist, and the mean, 1 1/3 above, is none of them.
    let base = 9_007_199_254_740_992.0;
    let readings = series(Signal::BodyWeight, &[(1, base), (2, base + 2.0), (3, base + 2.0)]);
    assert!((only(&readings).deviation.unwrap() - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
}

#[test]
fn what_is_no_number_is_passed_over() {
    let mut readings = series(Signal::HeartRate, &[(600, 70.0), (610, 80.0)]);
    let without = summarise(&readings);
    for (minute, value) in
        [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX].into_iter().enumerate()
    {
        readings.push(sample(Signal::HeartRate, 601 + i64::try_from(minute).unwrap(), value));
        readings.push(sample(Signal::Glucose, 601 + i64::try_from(minute).unwrap(), value));
    }
    assert_eq!(summarise(&readings), without);
}

#[test]
fn negative_zero_is_zero() {
    let summary = only(&[sample(Signal::Fall, 10, -0.0)]);
    assert_eq!(summary.last.to_bits(), 0.0_f64.to_bits());
    assert_eq!(summary.min.to_bits(), 0.0_f64.to_bits());
}

#[test]
fn of_readings_at_one_moment_the_greatest_identity_is_last() {
    let one = Sample { identity: 5, ..sample(Signal::BodyWeight, 420, 80.0) };
    let other = Sample { identity: 4, ..sample(Signal::BodyWeight, 420, 81.0) };
    for readings in [[one, other], [other, one]] {
        let summary = only(&readings);
        assert_eq!((summary.first, summary.last), (81.0, 80.0));
    }
}

#[test]
fn sorted_by_signal() {
    let samples = [
        sample(Signal::AlarmSymptom, 1, 0.0),
        sample(Signal::Steps, 2, 30.0),
        sample(Signal::HeartRate, 3, 61.0),
        sample(Signal::AlarmSymptom, 4, 1.0),
    ];
    let signals: Vec<_> = summarise(&samples).iter().map(|summary| summary.signal).collect();
    assert_eq!(signals, [Signal::HeartRate, Signal::Steps, Signal::AlarmSymptom]);
}

#[test]
fn steps_are_added_up_unless_the_device_did() {
    let parts = [over(Signal::Steps, 480, 15, 900.0), over(Signal::Steps, 600, 15, 1_100.0)];
    assert_eq!(only(&parts).total, 2_000.0);

    let day = |value| Sample { is_day_total: true, ..over(Signal::Steps, 0, 1_440, value) };
    let with_totals = [parts[0], day(3_050.0), parts[1], day(2_500.0)];
    let summary = only(&with_totals);
    assert_eq!((summary.total, summary.count, summary.mean), (3_050.0, 2, 1_000.0));
    assert_eq!((summary.first_at, summary.last_at), (at(480), at(600)));

    let alone = only(&[day(3_050.0)]);
    assert_eq!((alone.total, alone.count, alone.mean), (3_050.0, 1, 3_050.0));
    assert_eq!(only(&[sample(Signal::Steps, 5, 0.0)]).total, 0.0);
}

#[test]
fn sleep_is_added_up_and_keeps_the_day_it_was_given() {
    // From 23:00 the day before; the caller put it on the day of waking.
    let asleep = Sample { at: MIDNIGHT - 60 * MINUTE, ..over(Signal::SleepDuration, 0, 420, 7.0) };
    let nap = over(Signal::SleepDuration, 840, 30, 0.5);
    let summary = only(&[nap, asleep]);
    assert_eq!((summary.total, summary.first, summary.last), (7.5, 7.0, 0.5));
}

#[test]
fn the_night_is_at_rest_before_seven() {
    let samples = [
        sample(Signal::HeartRate, 0, 50.0),
        sample(Signal::HeartRate, 30, 54.0),
        // Walking from 2:00 to 2:10: the reading in it is not at rest, nor is the minute 2:10.
        sample(Signal::HeartRate, 125, 90.0),
        over(Signal::Steps, 120, 10, 40.0),
        sample(Signal::HeartRate, 130, 58.0),
        sample(Signal::HeartRate, 419, 62.0),
        sample(Signal::HeartRate, 420, 100.0),
        over(Signal::Steps, 300, 60, 0.0),
    ];
    let night = of(Signal::HeartRate, &samples).night.unwrap();
    assert_eq!((night.count, night.mean, night.min), (4, 56.0, 50.0));
    // 0:00–0:30, 0:30–1:30 (an hour at most), 2:10–3:10, 6:59–7:00.
    assert_eq!(night.minutes, 30 + 60 + 60 + 1);
}

#[test]
fn a_reading_is_at_rest_until_the_first_step() {
    let samples = [sample(Signal::HeartRate, 60, 55.0), over(Signal::Steps, 80, 10, 12.0)];
    let night = of(Signal::HeartRate, &samples).night.unwrap();
    assert_eq!((night.count, night.minutes), (1, 20));
}

#[test]
fn no_night_without_a_reading_at_rest() {
    let day = [sample(Signal::HeartRate, 420, 60.0)];
    assert_eq!(only(&day).night, None);
    let walking = [over(Signal::Steps, 60, 60, 10.0), sample(Signal::HeartRate, 90, 80.0)];
    assert_eq!(of(Signal::HeartRate, &walking).night, None);
}

#[test]
fn steps_of_a_moment_are_those_of_a_minute_and_long_counts_tell_nothing() {
    let beat = over(Signal::HeartRate, 100, 0, 70.0);
    let rests = |steps| of(Signal::HeartRate, &[beat, steps]).night.is_some();
    assert!(!rests(sample(Signal::Steps, 100, 20.0)));
    assert!(!rests(Sample { at: at(100) - MINUTE + 1, ..sample(Signal::Steps, 0, 20.0) }));
    assert!(rests(sample(Signal::Steps, 99, 20.0)));
    assert!(rests(sample(Signal::Steps, 101, 20.0)));
    assert!(!rests(over(Signal::Steps, 0, 240, 20.0)));
    assert!(rests(over(Signal::Steps, 0, 241, 20.0)));
    assert!(rests(Sample { is_day_total: true, ..over(Signal::Steps, 0, 200, 20.0) }));
}

#[test]
fn a_heart_rate_over_a_span_is_at_rest_if_all_of_it_is() {
    let samples = [over(Signal::HeartRate, 100, 5, 70.0), over(Signal::Steps, 104, 3, 9.0)];
    assert_eq!(of(Signal::HeartRate, &samples).night, None);
    let samples = [over(Signal::HeartRate, 100, 5, 70.0), over(Signal::Steps, 105, 3, 9.0)];
    assert_eq!(of(Signal::HeartRate, &samples).night.unwrap().minutes, 5);
}

#[test]
fn wear_by_gaps_and_spans() {
    let hourly: Vec<_> = (0..24).map(|hour| sample(Signal::HeartRate, hour * 60, 60.0)).collect();
    assert_eq!(only(&hourly).wear_minutes, 1_440);
    // 10 minutes until the next, an hour after the last.
    let two = series(Signal::HeartRate, &[(600, 60.0), (610, 61.0)]);
    assert_eq!(only(&two).wear_minutes, 70);
    // Spans that overlap count once, and one that goes over midnight ends there.
    let spans = [
        over(Signal::HeartRate, 600, 30, 60.0),
        over(Signal::HeartRate, 610, 10, 60.0),
        over(Signal::HeartRate, 625, 10, 60.0),
        over(Signal::HeartRate, 1_420, 90, 60.0),
    ];
    assert_eq!(only(&spans).wear_minutes, 35 + 20);
    // A span that was left open is a moment.
    let open = Sample { span: -1, ..sample(Signal::HeartRate, 600, 60.0) };
    assert_eq!(only(&[open]).wear_minutes, 60);
}

#[test]
fn ranges_of_a_sensor() {
    // Every 5 minutes, two in each range; the last stands for 15 minutes.
    let values = [2.9, 2.94, 3.0, 3.84, 3.9, 10.0, 10.1, 13.9, 14.0, 20.0];
    let readings: Vec<_> = values
        .iter()
        .zip((600..).step_by(5))
        .map(|(value, minute)| sample(Signal::Glucose, minute, *value))
        .collect();
    assert_eq!(only(&readings).ranges, Some([10, 10, 10, 10, 20]));
}

#[test]
fn ranges_by_milligrams() {
    // 53, 54, 69, 70, 180, 250, 252 mg/dL lie as in the consensus.
    for (mg, range) in
        [(53.0, 0), (54.0, 1), (69.0, 1), (70.0, 2), (180.0, 2), (250.0, 3), (252.0, 4)]
    {
        let readings: Vec<_> = (0..4_i64)
            .map(|index| sample(Signal::Glucose, 600 + 15 * index, mg / 18.0182))
            .collect();
        let mut ranges = [0; 5];
        ranges[range] = 60;
        assert_eq!(only(&readings).ranges, Some(ranges), "{mg} mg/dL");
    }
}

#[test]
fn finger_pricks_are_no_sensor() {
    let fingers = series(Signal::Glucose, &[(420, 7.0), (720, 8.0), (730, 8.1), (1_080, 9.0)]);
    assert_eq!(only(&fingers).ranges, None);
    // A prick long after the sensor stands for nothing.
    let mut both: Vec<_> =
        (0..4).map(|index| sample(Signal::Glucose, 60 + 15 * index, 6.0)).collect();
    both.push(sample(Signal::Glucose, 600, 15.0));
    assert_eq!(only(&both).ranges, Some([0, 0, 60, 0, 0]));
}

#[test]
fn the_digest_tells_versions_and_the_steps_behind_rest() {
    let mut beats = series(Signal::HeartRate, &[(60, 55.0), (70, 56.0)]);
    (beats[0].identity, beats[1].identity) = (7, 3);
    let digest = only(&beats).digest;
    let bytes = [3_u64.to_le_bytes(), 7_u64.to_le_bytes()].concat();
    assert_eq!(digest, xxhash_rust::xxh3::xxh3_64(&bytes));

    let corrected = [beats[0], Sample { identity: beats[1].identity + 1, ..beats[1] }];
    assert_ne!(only(&corrected).digest, digest);
    assert_ne!(only(&beats[..1]).digest, digest);

    let with = |steps| of(Signal::HeartRate, &[beats[0], beats[1], steps]).digest;
    assert_ne!(with(over(Signal::Steps, 50, 15, 4.0)), digest);
    assert_eq!(with(over(Signal::Steps, 50, 15, 0.0)), digest);
}

#[test]
fn a_reading_every_second() {
    let beats: Vec<_> = (0..86_400_i64)
        .map(|second| Sample {
            at: MIDNIGHT + second * SECOND,
            identity: second.unsigned_abs(),
            ..sample(Signal::HeartRate, 0, f64::from(i32::try_from(second % 60).unwrap()) + 40.0)
        })
        .collect();
    let summary = only(&beats);
    assert_eq!((summary.count, summary.mean), (86_400, 69.5));
    assert_eq!((summary.min, summary.max, summary.total), (40.0, 99.0, 69.5 * 86_400.0));
    // Each minute the numbers 0 to 59: variance (60² - 1)/12, of a sample n/(n - 1) of that.
    let variance: f64 = 3_599.0 / 12.0 * 86_400.0 / 86_399.0;
    assert!((summary.deviation.unwrap() - variance.sqrt()).abs() < 1e-9);
    assert_eq!(summary.wear_minutes, 1_440);
    let night = summary.night.unwrap();
    assert_eq!((night.count, night.mean, night.min, night.minutes), (25_200, 69.5, 40.0, 420));
    // Any 10 minutes have a 40 and a 99 in them.
    assert_eq!(summary.held_low.unwrap().level, 99.0);
    assert_eq!(summary.held_high.unwrap().level, 40.0);
    assert_eq!(summary.held_high.unwrap().at, MIDNIGHT + 86_399 * SECOND);
}

#[test]
fn times_at_the_ends_of_the_world() {
    for at in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let extreme = |signal, value| Sample {
            at,
            span: i32::MAX,
            offset: i32::MIN,
            ..sample(signal, 0, value)
        };
        for signal in Signal::ALL {
            let both =
                [extreme(*signal, 1.0), sample(*signal, 1, 2.0), extreme(Signal::Steps, 3.0)];
            assert!(!summarise(&both).is_empty());
        }
    }
}
