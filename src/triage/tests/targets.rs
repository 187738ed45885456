use jiff::civil::date;

use super::at;
use crate::triage::Level;
use crate::triage::policy::Policy;
use crate::triage::targets::{due, easter, is_public_holiday, is_staffed};

/// Easter Sundays from almanacs, with the earliest and the latest there can be.
#[test]
fn easter_is_where_the_almanac_has_it() {
    for (year, month, day) in [
        (1818, 3, 22),
        (1943, 4, 25),
        (2000, 4, 23),
        (2008, 3, 23),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2028, 4, 16),
        (2038, 4, 25),
    ] {
        assert_eq!(easter(year), Some(date(year, month, day)), "{year}");
    }
}

#[test]
fn danish_public_holidays() {
    let holidays = |year: i16| {
        let mut day = date(year, 1, 1);
        let mut found = Vec::new();
        while day.year() == year {
            if is_public_holiday(day) {
                found.push(day.to_string());
            }
            day = day.tomorrow().expect("a day");
        }
        found
    };
    assert_eq!(
        holidays(2026),
        [
            "2026-01-01",
            "2026-04-02",
            "2026-04-03",
            "2026-04-05",
            "2026-04-06",
            "2026-05-14",
            "2026-05-24",
            "2026-05-25",
            "2026-12-25",
            "2026-12-26",
        ]
    );
    // Great Prayer Day, for the last time on 5 May 2023.
    assert!(holidays(2023).contains(&"2023-05-05".to_owned()));
    assert!(!holidays(2024).contains(&"2024-04-26".to_owned()));
}

#[test]
fn what_is_due_when() {
    let policy = Policy::default();
    let cases = [
        // Monday morning.
        (Level::Red, "2026-01-12T10:00+01:00", "2026-01-12T12:00+01:00"),
        (Level::Yellow, "2026-01-12T10:00+01:00", "2026-01-13T10:00+01:00"),
        (Level::Blue, "2026-01-12T10:00+01:00", "2026-01-14T10:00+01:00"),
        (Level::Green, "2026-01-12T10:00+01:00", "2026-01-19T10:00+01:00"),
        // Friday afternoon: half an hour is left, the rest is on Monday.
        (Level::Red, "2026-01-16T15:30+01:00", "2026-01-19T09:30+01:00"),
        (Level::Yellow, "2026-01-16T15:30+01:00", "2026-01-19T15:30+01:00"),
        // At night and at the weekend the clock begins in the morning.
        (Level::Red, "2026-01-13T03:00+01:00", "2026-01-13T10:00+01:00"),
        (Level::Red, "2026-01-17T12:00+01:00", "2026-01-19T10:00+01:00"),
        (Level::Yellow, "2026-01-17T12:00+01:00", "2026-01-20T08:00+01:00"),
        // Exactly at the end and at the beginning of a shift.
        (Level::Red, "2026-01-13T16:00+01:00", "2026-01-14T10:00+01:00"),
        (Level::Red, "2026-01-13T08:00+01:00", "2026-01-13T10:00+01:00"),
        // Over Easter: Wednesday evening to Tuesday.
        (Level::Red, "2026-04-01T17:00+02:00", "2026-04-07T10:00+02:00"),
        (Level::Yellow, "2026-04-01T10:00+02:00", "2026-04-07T10:00+02:00"),
        // Over the nights in which clocks change: the wall clock counts.
        (Level::Yellow, "2026-03-27T10:00+01:00", "2026-03-30T10:00+02:00"),
        (Level::Yellow, "2026-10-23T10:00+02:00", "2026-10-26T10:00+01:00"),
    ];
    for (level, since, expected) in cases {
        assert_eq!(due(level, at(since), &policy), at(expected), "{level} since {since}");
    }
}

#[test]
fn staffed_hours_may_be_any() {
    let night: Policy = serde_json::from_str(
        r#"{"staffed":[
            {"days":["saturday","sunday"],"from":"00:00","to":"06:00"},
            {"days":["saturday"],"from":"05:00","to":"07:30"}],
           "closedDays":["12-24"],"redMinutes":300}"#,
    )
    .expect("a policy");
    night.check().expect("usable");
    // 29 March 2026 loses the hour from 2 to 3: five staffed hours from midnight end at six.
    assert_eq!(due(Level::Red, at("2026-03-29T00:00+01:00"), &night), at("2026-03-29T06:00+02:00"));
    // 25 October 2026 has that hour twice.
    assert_eq!(due(Level::Red, at("2026-10-25T00:00+02:00"), &night), at("2026-10-25T04:00+01:00"));
    // Shifts that overlap count once.
    assert_eq!(due(Level::Red, at("2026-01-17T04:00+01:00"), &night), at("2026-01-18T01:30+01:00"));
    // A day has other hours than the one before: nothing is due when nobody is there.
    assert_eq!(
        due(Level::Yellow, at("2026-01-17T07:00+01:00"), &night),
        at("2026-01-18T06:00+01:00")
    );
    assert!(is_staffed(at("2026-01-17T07:29+01:00"), &night));
    assert!(!is_staffed(at("2026-01-17T07:30+01:00"), &night));
    assert!(!is_staffed(at("2026-01-16T05:00+01:00"), &night));
    let christmas_eve = at("2023-12-24T01:00+01:00");
    assert!(!is_staffed(christmas_eve, &night), "a Sunday, but closed");
}
