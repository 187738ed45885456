//! Levels that a second reading confirmed.

use super::*;

/// Low and high level with the minute that confirmed it.
fn held(signal: Signal, readings: &[(i64, f64)]) -> [Option<(f64, i64)>; 2] {
    let summary = only(&series(signal, readings));
    [summary.held_low, summary.held_high]
        .map(|held| held.map(|held| (held.level, (held.at - MIDNIGHT) / MINUTE)))
}

#[test]
fn a_second_saturation_five_minutes_later_confirms() {
    assert_eq!(held(Signal::OxygenSaturation, &[(600, 85.0)]), [None; 2]);
    assert_eq!(held(Signal::OxygenSaturation, &[(600, 85.0), (604, 86.0)]), [None; 2]);
    let confirmed = [Some((86.0, 605)), Some((85.0, 605))];
    assert_eq!(held(Signal::OxygenSaturation, &[(600, 85.0), (605, 86.0)]), confirmed);
    let later = [Some((86.0, 660)), Some((85.0, 660))];
    assert_eq!(held(Signal::OxygenSaturation, &[(600, 85.0), (660, 86.0)]), later);
    assert_eq!(held(Signal::OxygenSaturation, &[(600, 85.0), (661, 86.0)]), [None; 2]);
}

#[test]
fn a_reading_in_between_takes_part() {
    // The cuff slipped in the middle: nothing above 150 was held for 5 minutes.
    let readings = [(600, 185.0), (603, 150.0), (606, 186.0)];
    let [low, high] = held(Signal::SystolicBloodPressure, &readings);
    assert_eq!((low, high), (Some((186.0, 606)), Some((150.0, 606))));
}

#[test]
fn the_best_of_all_stretches() {
    let readings =
        [(600, 140.0), (606, 182.0), (612, 181.0), (613, 190.0), (618, 183.0), (700, 200.0)];
    let [low, high] = held(Signal::SystolicBloodPressure, &readings);
    // 12:13–18: 190 and 183.
    assert_eq!(high, Some((183.0, 618)));
    // 10:00–10:06: 140 and 182; then 182 and 181.
    assert_eq!(low, Some((182.0, 612)));
}

#[test]
fn of_equal_levels_the_last_time() {
    let readings =
        [(600, 88.0), (606, 88.0), (900, 88.0), (910, 87.0), (1_000, 90.0), (1_010, 91.0)];
    assert_eq!(held(Signal::OxygenSaturation, &readings)[0], Some((88.0, 910)));
    let held_all_along: Vec<_> = (0..30).map(|index| (600 + index, 84.0)).collect();
    assert_eq!(held(Signal::OxygenSaturation, &held_all_along), [Some((84.0, 629)); 2]);
}

#[test]
fn readings_at_one_moment_count_together() {
    let mut readings = series(Signal::OxygenSaturation, &[(600, 85.0), (605, 86.0)]);
    let [first, _] = [readings[0], readings[1]];
    for identity in [0, u64::MAX] {
        readings.truncate(2);
        readings.push(Sample { value: 95.0, identity, ..first });
        assert_eq!(only(&readings).held_low.unwrap().level, 95.0);
        assert_eq!(only(&readings).held_high.unwrap().level, 85.0);
    }
}

#[test]
fn a_sensor_needs_a_quarter_of_an_hour() {
    let every_five = |minutes: i64| -> Vec<(i64, f64)> {
        (0..24)
            .map(|index| 5 * index)
            .map(|minute| (minute, if (30..=30 + minutes).contains(&minute) { 2.8 } else { 5.0 }))
            .collect()
    };
    assert_eq!(held(Signal::Glucose, &every_five(10))[0], Some((5.0, 115)));
    assert_eq!(held(Signal::Glucose, &every_five(15))[0], Some((2.8, 45)));

    // Every 15 minutes, with a clock that is a little off.
    let mut slow = series(Signal::Glucose, &[(0, 5.0), (15, 2.8), (30, 2.7), (45, 5.0), (60, 5.0)]);
    slow[2].at -= 20 * SECOND;
    assert_eq!(only(&slow).held_low.unwrap().level, 2.8);
    slow[2].at -= 11 * SECOND;
    assert_eq!(only(&slow).held_low.unwrap().level, 5.0);
}

#[test]
fn a_sensor_that_was_off_for_long_begins_anew() {
    // Four within the hour on both sides, and 31 minutes between them.
    let readings =
        [(0, 5.0), (5, 5.0), (10, 5.0), (15, 2.5), (46, 2.5), (51, 5.0), (56, 5.0), (61, 5.0)];
    assert_eq!(held(Signal::Glucose, &readings)[0], Some((5.0, 61)));
}

#[test]
fn a_second_prick_five_minutes_later_confirms() {
    let low = held(Signal::Glucose, &[(480, 3.4), (486, 3.6), (900, 9.0)])[0];
    assert_eq!(low, Some((3.6, 486)));
    assert_eq!(held(Signal::Glucose, &[(480, 3.4), (900, 3.0)]), [None; 2]);
}

#[test]
fn a_fast_heart_at_rest_for_ten_minutes() {
    let fast = [(600, 120.0), (605, 122.0), (610, 121.0)];
    assert_eq!(held(Signal::HeartRate, &fast)[1], Some((120.0, 610)));
    assert_eq!(held(Signal::HeartRate, &fast[..2])[1], None);

    // Walking while the second was taken, and between the second and the third.
    for steps in [over(Signal::Steps, 604, 2, 50.0), over(Signal::Steps, 606, 2, 50.0)] {
        let mut samples = series(Signal::HeartRate, &fast);
        samples.push(steps);
        assert_eq!(of(Signal::HeartRate, &samples).held_high, None);
    }
    let mut standing = series(Signal::HeartRate, &fast);
    standing.push(over(Signal::Steps, 600, 15, 0.0));
    assert_eq!(of(Signal::HeartRate, &standing).held_high.unwrap().level, 120.0);
}

#[test]
fn temperature_is_repeated_within_hours() {
    let [_, high] = held(Signal::BodyTemperature, &[(600, 38.6), (840, 38.9)]);
    assert_eq!(high, Some((38.6, 840)));
    assert_eq!(held(Signal::BodyTemperature, &[(600, 38.6), (841, 38.9)]), [None; 2]);
}

#[test]
fn others_are_confirmed_by_any_second_reading_of_the_day() {
    let [low, high] = held(Signal::BodyWeight, &[(0, 80.0), (1_439, 82.5)]);
    assert_eq!((low, high), (Some((82.5, 1_439)), Some((80.0, 1_439))));
    assert_eq!(held(Signal::BodyWeight, &[(420, 80.0), (421, 82.5)]), [None; 2]);
}

#[test]
fn what_is_counted_has_no_level() {
    for signal in [Signal::Steps, Signal::SleepDuration] {
        assert_eq!(held(signal, &[(0, 80.0), (60, 82.0)]), [None; 2]);
        assert_eq!(Hold::of(signal, Kind::Single), None);
    }
}

#[test]
fn only_glucose_has_sensors() {
    for signal in Signal::ALL.iter().filter(|signal| **signal != Signal::Glucose) {
        assert_eq!(Hold::of(*signal, Kind::Single), Hold::of(*signal, Kind::Sensor));
    }
}
