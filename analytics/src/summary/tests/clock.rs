//! Local days, and those on which the clock changes.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;

fn copenhagen() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").unwrap()
}

/// A heart rate every minute of a local day, with the offset that the wall clock has then.
fn every_minute(date: jiff::civil::Date) -> Vec<Sample> {
    let zone = copenhagen();
    let start = date.to_zoned(zone.clone()).unwrap().timestamp().as_microsecond();
    let end = date.tomorrow().unwrap().to_zoned(zone.clone()).unwrap();
    let end = end.timestamp().as_microsecond();
    (0..(end - start) / MINUTE)
        .map(|minute| start + minute * MINUTE)
        .zip(0_u64..)
        .map(|(at, identity)| {
            let moment = Timestamp::from_microsecond(at).unwrap();
            let offset = zone.to_offset(moment).seconds();
            Sample { at, offset, identity, ..sample(Signal::HeartRate, 0, 60.0) }
        })
        .collect()
}

fn day_number(date: jiff::civil::Date) -> i32 {
    date.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days()
}

#[test]
fn days_with_23_24_and_25_hours() {
    for (date, day, night) in [
        (jiff::civil::date(2026, 3, 28), 1_440, 420),
        (jiff::civil::date(2026, 3, 29), 1_380, 360),
        (jiff::civil::date(2026, 10, 25), 1_500, 480),
    ] {
        let beats = every_minute(date);
        for beat in &beats {
            assert_eq!(local_day(beat.at, beat.offset), day_number(date));
        }
        let summary = only(&beats);
        let found = summary.night.unwrap();
        assert_eq!(
            (summary.count, summary.wear_minutes),
            (day, u16::try_from(day).unwrap()),
            "{date}"
        );
        assert_eq!((found.count, found.minutes), (night, u16::try_from(night).unwrap()), "{date}");

        // Hourly readings cover the same time.
        let hourly: Vec<_> = beats.iter().step_by(60).copied().collect();
        let summary = only(&hourly);
        assert_eq!(summary.wear_minutes, u16::try_from(day).unwrap(), "{date}");
        assert_eq!(summary.night.unwrap().minutes, u16::try_from(night).unwrap(), "{date}");
    }
}

#[test]
fn the_night_is_that_of_the_wall_clock() {
    // 04:30 UTC is 05:30 in the winter, 06:30 in the summer and 07:30 two zones further.
    for (offset, is_night) in
        [(3_600, true), (7_200, true), (10_800, false), (-16_200, true), (-16_201, false)]
    {
        let beat = Sample { offset, ..sample(Signal::HeartRate, 270, 60.0) };
        assert_eq!(only(&[beat]).night.is_some(), is_night, "{offset}");
    }
}

#[test]
fn a_local_day_begins_at_midnight_of_the_wall_clock() {
    let midnight = 20_514;
    assert_eq!(i64::from(midnight) * DAY, MIDNIGHT);
    assert_eq!(local_day(MIDNIGHT, 0), midnight);
    assert_eq!(local_day(MIDNIGHT - 1, 0), midnight - 1);
    assert_eq!(local_day(MIDNIGHT - 3_600 * SECOND, 3_600), midnight);
    assert_eq!(local_day(MIDNIGHT - 3_600 * SECOND - 1, 3_600), midnight - 1);
    assert_eq!(local_day(MIDNIGHT, -1), midnight - 1);
    assert_eq!((local_day(0, 0), local_day(-1, 0), local_day(-1, 1)), (0, -1, 0));
    assert_eq!(local_day(i64::MAX, i32::MAX), 106_751_991);
    assert_eq!(local_day(i64::MIN, i32::MIN), -106_751_992);
}
