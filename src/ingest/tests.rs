use jiff::tz::TimeZone;
use pulsvagt_fhir::Document;

use super::Quarantine;
use super::moment::moment;
use crate::clock::Micros;

const NOW: Micros = Micros(1_767_225_600_000_000);

fn at(text: &str) -> super::moment::Moment {
    let zone = TimeZone::get("Europe/Copenhagen").expect("zone");
    let document = Document::parse(text.as_bytes()).expect("parses");
    moment(document.root(), &zone, NOW, false)
}

#[test]
fn a_clock_that_is_wrong_is_noticed() {
    let cases = [
        ("2025-12-31T23:59:59Z", None),
        ("2026-01-01T00:05:00Z", None),
        ("2026-01-01T00:05:01Z", Some(Quarantine::ClockAhead)),
        ("2031-01-01T00:00:00Z", Some(Quarantine::ClockAhead)),
        ("1969-12-31T23:59:59Z", Some(Quarantine::ClockBehind)),
        ("1970-01-01T00:00:00Z", None),
    ];
    for (time, reason) in cases {
        let moment = at(&format!(r#"{{"effectiveDateTime":"{time}"}}"#));
        assert_eq!(moment.quarantine, reason, "{time}");
    }
}

#[test]
fn a_time_that_only_a_broken_clock_shows_gets_no_place_of_its_own() {
    for time in ["0999-01-01T00:00:00Z", "1969-12-31", "2026-01-02T00:00:01Z", "9999-12-31"] {
        let moment = at(&format!(r#"{{"effectiveDateTime":"{time}"}}"#));
        assert!(moment.displaced && moment.effective == Micros::NO_TIME, "{time}");
        assert_eq!(moment.day, None, "{time}");
    }
}

#[test]
fn the_day_is_the_senders_own_or_else_the_municipalitys() {
    let day = |text: &str| at(text).day;
    let new_years_eve = Some(20_453);
    assert_eq!(day(r#"{"effectiveDateTime":"2025-12-31T23:30:00-08:00"}"#), new_years_eve);
    assert_eq!(day(r#"{"effectiveDateTime":"2025-12-31T23:30:00+00:00"}"#), new_years_eve);
    // Z says when it was, not what the clock on the wall showed.
    assert_eq!(day(r#"{"effectiveDateTime":"2025-12-30T23:30:00Z"}"#), new_years_eve);
    assert_eq!(day(r#"{"effectiveDateTime":"2025-12-31T22:59:59Z"}"#), new_years_eve);
    assert_eq!(day(r#"{"effectiveDateTime":"2025-12-31"}"#), new_years_eve);
    assert_eq!(day(r#"{"issued":"2025-12-31T00:00:00Z"}"#), None);
}

#[test]
fn sleep_belongs_to_the_day_of_waking() {
    let zone = TimeZone::get("Europe/Copenhagen").expect("zone");
    let day = |period: &str| {
        let text = format!(r#"{{"effectivePeriod":{period}}}"#);
        let document = Document::parse(text.as_bytes()).expect("parses");
        moment(document.root(), &zone, NOW, true).day.expect("a day") - 20_453
    };
    let start = r#""start":"2025-12-30T22:30:00+01:00""#;
    assert_eq!(day(&format!(r#"{{{start},"end":"2025-12-31T06:30:00+01:00"}}"#)), 0);
    assert_eq!(day(&format!(r#"{{{start},"end":"2025-12-30T23:30:00Z"}}"#)), 0);
    assert_eq!(day(&format!(r#"{{{start},"end":"2025-12-30T23:59:00+01:00"}}"#)), -1);
    assert_eq!(day(&format!("{{{start}}}")), -1);
    // Three days are not a night.
    let start = r#""start":"2025-12-28T22:30:00+01:00""#;
    assert_eq!(day(&format!(r#"{{{start},"end":"2025-12-31T22:31:00+01:00"}}"#)), -3);
    assert_eq!(
        at(&format!(r#"{{"effectivePeriod":{{{start},"end":"2025-12-29T06:00:00Z"}}}}"#)).day,
        Some(20_450)
    );
}

#[test]
fn periods_are_open_long_short_or_reversed() {
    let span = |text: &str| {
        let moment = at(&format!(r#"{{"effectivePeriod":{text}}}"#));
        (moment.span, moment.quarantine)
    };
    let start = r#""start":"2025-12-01T00:00:00Z""#;
    assert_eq!(span(&format!(r#"{{{start},"end":"2025-12-01T08:00:00Z"}}"#)), (28_800, None));
    assert_eq!(span(&format!("{{{start}}}")), (-1, None));
    let reversed = span(&format!(r#"{{{start},"end":"2025-11-01T08:00:00Z"}}"#));
    assert_eq!(reversed, (0, Some(Quarantine::EndBeforeStart)));
    assert_eq!(at(r#"{"effectiveDateTime":"2025-12-01"}"#).span, 86_400);
    assert_eq!(at(r#"{"effectiveDateTime":"2025-12-01T08:00:00Z"}"#).span, 0);
}
