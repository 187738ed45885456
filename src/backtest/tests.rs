//! What the parts of a back-test do, on cases worked out by hand.

mod measured;
mod warded;

use std::sync::Arc;

use jiff::tz::TimeZone;
use pulsvagt_analytics::Outcome;
use pulsvagt_analytics::screening::{Scores, Screening, Verdict};

use super::*;
use crate::clock::Micros;
use crate::simulate::{Density, Options};
use crate::triage::Policy;

/// Monday 2026-01-05, midnight in Copenhagen.
const MONDAY: i64 = 1_767_567_600_000_000;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

fn copenhagen() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").unwrap()
}

/// The screening of a moment at which one rule says something on evidence of an hour before.
fn says(rule: &str, outcome: Outcome, at: i64) -> Screening {
    let verdict = Verdict {
        rule: Arc::from(rule),
        problem: Arc::from("problem"),
        outcome,
        evidence_at: Some(at - HOUR),
        features: Vec::new(),
        thresholds: Vec::new(),
        missing: Vec::new(),
        inputs: Vec::new(),
    };
    Screening {
        as_of: at,
        engine: Arc::from("test"),
        pack: Arc::from("test"),
        plan_version: 1,
        verdicts: vec![verdict],
        scores: Scores::default(),
        deterioration: None,
    }
}

#[test]
fn moments_are_on_the_wall_clock_whatever_happens_to_it() {
    let at = |text: &str| Micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    let (from, to) = (at("2026-03-28T00:00:00+01:00"), at("2026-03-30T00:00:00+02:00"));
    let span = Span::every(6, from, to, &copenhagen());
    let shown: Vec<String> = span
        .moments
        .iter()
        .map(|moment| Micros(moment.as_of).to_jiff().to_zoned(copenhagen()).time().to_string())
        .collect();
    let day = ["00:00:00", "06:00:00", "12:00:00", "18:00:00"];
    assert_eq!(shown, [day, day].concat());
    let offsets: Vec<i32> = span.moments.iter().map(|moment| moment.offset).collect();
    assert_eq!(offsets, [3600, 3600, 3600, 3600, 3600, 7200, 7200, 7200]);
    // The day has 23 hours, and none of them twice.
    let hourly = Span::every(1, at("2026-03-29T00:00:00+01:00"), to, &copenhagen());
    assert_eq!(hourly.moments.len(), 23);
    let rising = hourly.moments.is_sorted_by(|a, b| a.as_of < b.as_of);
    assert!(rising);
}

fn simulation(citizens: u32) -> Simulated {
    Simulated::new(Options {
        seed: 3,
        citizens,
        days: 40,
        end: Micros(MONDAY).to_jiff(),
        zone: copenhagen(),
        density: Density::Demo,
    })
}

#[test]
fn simulated_citizens_do_not_depend_on_who_is_simulated_with_them() {
    let begin = Micros(MONDAY - 40 * DAY);
    let simulated = simulation(4);
    let (all, together) = simulated.people(0..4, begin).unwrap();
    let (mut some, first) = simulated.people(0..1, begin).unwrap();
    let (rest, second) = simulated.people(1..4, begin).unwrap();
    some.extend(rest);
    for (a, b) in all.iter().zip(&some) {
        assert_eq!((a.index, &a.versions, &a.plans), (b.index, &b.versions, &b.plans));
        assert_eq!((a.born, &a.truths), (b.born, &b.truths));
    }
    assert_eq!(together.received, first.received + second.received);
    assert!(together.duplicate > 0 && together.quarantined > 0, "{together:?}");
    let stored: usize = all.iter().map(|person| person.versions.len()).sum();
    // Sleep, steps and pressure have one or two numbers each, so there may be more than events.
    assert!(stored > 1_000, "{stored}");
}

#[test]
fn an_imported_history_can_be_taken_for_received_in_time() {
    let (mut people, _) = simulation(1).people(0..1, Micros(MONDAY - 40 * DAY)).unwrap();
    let person = &mut people[0];
    let all = person.versions.len();
    for version in &mut person.versions {
        version.sample.received = MONDAY;
    }
    person.versions[0].replaced = Some(Micros(MONDAY).0);
    let (readings, late) = person.received_late();
    assert_eq!(readings, all);
    assert!(late > all / 2, "{late} of {all}");
    person.receive_when_taken();
    assert_eq!(person.versions.len(), all - 1);
    for version in &person.versions {
        let sample = version.sample;
        assert_eq!(sample.received, sample.at + i64::from(sample.span) * 1_000_000);
    }
    assert_eq!(person.received_late().1, 0);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let (from, to) = (Micros(MONDAY - 20 * DAY), Micros(MONDAY));
    let span = Span::every(12, from, to, &copenhagen());
    let (pack, policy) = (pulsvagt_analytics::Pack::default_pack(), Policy::default());
    let target = Target { of: "episodes".to_owned(), days_before: 0 };
    let report = || {
        let (people, tally) = simulation(3).people(0..3, Micros(MONDAY - 40 * DAY)).unwrap();
        let watched = watch(people, &span, pack, &policy).unwrap();
        let Tally { received, duplicate, quarantined } = tally;
        let source = Source::Simulated { seed: 3, received, duplicate, quarantined };
        serde_json::to_string(&measure(&watched, pack, &span, 12, source, &target)).unwrap()
    };
    let first = report();
    assert_eq!(first, report());
    assert!(first.contains("\"citizens\":3"));
}
