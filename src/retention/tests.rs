use jiff::tz::TimeZone;

use super::{Category, Keep, Policy};
use crate::clock::Micros;

fn at(text: &str) -> Micros {
    Micros(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
}

#[test]
fn times_are_of_the_calendar() {
    let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
    for (keep, now, cutoff) in [
        ("90d", "2026-06-30T10:00:00Z", "2026-04-01T10:00:00Z"),
        // An hour is lost on the way.
        ("90d", "2026-04-30T10:00:00Z", "2026-01-30T11:00:00Z"),
        ("12m", "2026-02-28T10:00:00Z", "2025-02-28T10:00:00Z"),
        ("1y", "2024-02-29T10:00:00Z", "2023-02-28T10:00:00Z"),
    ] {
        let keep: Keep = keep.parse().expect("a time to keep");
        assert_eq!(keep.cutoff(at(now), &zone), at(cutoff), "{keep} before {now}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in ["", "d", "0d", "-1d", "1", "1w", "1.5y", "101y", "æ", "99999999d"] {
        assert!(text.parse::<Keep>().is_err(), "{text}");
    }
}

#[test]
fn a_policy_is_read_from_toml_and_json_alike() {
    let toml = Policy::parse("readings = \"2y\"\nquarantined = \"90d\"").expect("a policy");
    let json = Policy::parse(r#"{"readings":"2y","quarantined":"90d"}"#).expect("a policy");
    assert_eq!(toml, json);
    assert_eq!(toml.keep(Category::Readings).map(|keep| keep.to_string()).as_deref(), Some("2y"));
    assert_eq!(toml.keep(Category::Alerts), None);
    assert!(Policy::parse("").expect("nothing").is_empty());
}

#[test]
fn a_policy_that_would_blind_screening_is_refused() {
    for (text, word) in [
        ("summaries = \"100d\"", "120 days"),
        ("readings = \"30d\"", "readings"),
        ("readings = \"1y\"\nquarantined = \"2y\"", "not longer"),
        ("reading = \"2y\"", "reading"),
        ("readings = 2", "readings"),
    ] {
        let faults = Policy::parse(text).expect_err(text).join("; ");
        assert!(faults.contains(word), "{text}: {faults}");
    }
}

#[test]
fn what_we_propose_is_a_policy() {
    let proposed = Policy::proposed();
    for category in Category::ALL {
        assert!(proposed.keep(category).is_some(), "{category}");
    }
    let json = serde_json::to_string(&proposed).expect("json");
    assert_eq!(Policy::parse(&json), Ok(proposed));
}
