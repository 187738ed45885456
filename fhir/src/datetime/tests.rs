use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{is_time, parse_date, parse_datetime, parse_instant, push_datetime};

#[test]
fn only_what_the_specification_allows() {
    for good in [
        "2026",
        "2026-02",
        "2024-02-29",
        "2026-01-31T23:59:60Z",
        "2026-01-31T12:00:00.123456789+14:00",
        "1885-11-11T00:00:00-08:00",
    ] {
        assert!(parse_datetime(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "26",
        "2026-13",
        "2020-13-45",
        "2023-02-29",
        "2026-1-1",
        "2026-01-31T12:00",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+14:01",
        "2026-01-31T24:00:00Z",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00z",
        "２０２６",
    ] {
        assert!(parse_datetime(bad).is_none(), "{bad}");
    }
    assert!(parse_instant("2026-01-31").is_none());
    assert!(parse_date("2026-01-31T12:00:00Z").is_none());
    assert!(is_time("23:59:59.5") && !is_time("23:59") && !is_time("23:59:59Z"));
}

#[test]
fn a_day_in_denmark_has_23_24_or_25_hours() {
    let zone = TimeZone::get("Europe/Copenhagen").expect("zone");
    let hours = |day: &str| {
        let (start, end) = parse_date(day).expect(day).range_us(&zone);
        (end - start) / 3_600_000_000
    };
    assert_eq!(hours("2026-03-29"), 23);
    assert_eq!(hours("2026-06-01"), 24);
    assert_eq!(hours("2026-10-25"), 25);
    assert_eq!(hours("2026-02"), 28 * 24);
}

#[test]
fn ranges_follow_the_precision() {
    let width = |text: &str| {
        let (start, end) = parse_datetime(text).expect(text).range_utc();
        end - start
    };
    assert_eq!(width("2026-01-31T12:00:00Z"), 1_000_000);
    assert_eq!(width("2026-01-31T12:00:00.5Z"), 100_000);
    assert_eq!(width("2026-01-31T12:00:00.123456789Z"), 1);
    assert_eq!(width("2024"), 366 * 86_400_000_000);
}

proptest! {
    #[test]
    fn agrees_with_jiff(seconds in -60_000_000_000_i64..200_000_000_000, offset in -56_i16..=56) {
        let stamp = jiff::Timestamp::from_second(seconds).expect("in range");
        let mut text = String::new();
        push_datetime(&mut text, stamp.as_microsecond(), offset * 15, false, 0);
        let parsed = parse_instant(&text).expect("parses");
        prop_assert_eq!(parsed.start_us(&TimeZone::UTC), stamp.as_microsecond());
        prop_assert_eq!(text.parse::<jiff::Timestamp>().expect("jiff parses"), stamp);
    }
}
