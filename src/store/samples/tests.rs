use jiff::tz::TimeZone;
use pulsvagt_analytics::Signal;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::datetime::parse_datetime;
use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::shape::{Detail, Splitter};

use super::series::{Reading, Series, glucose_word};
use super::{Wall, day_of, ranges};

fn copenhagen() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").expect("a zone")
}

fn wall(text: &str) -> Wall {
    Wall::of(&parse_datetime(text).expect("a date"), &copenhagen())
}

#[test]
fn the_wall_clock_is_the_senders_or_else_the_municipalitys() {
    let zone = copenhagen();
    for (text, offset, day) in [
        ("2026-07-01T23:30:00Z", 7_200, 20_636),
        ("2026-01-01T23:30:00Z", 3_600, 20_455),
        ("2026-07-01T23:30:00+00:00", 0, 20_635),
        ("2026-07-01T23:30:00-08:00", -28_800, 20_635),
        ("2026-07-01", 7_200, 20_635),
        // The hour that there is twice.
        ("2026-10-25T00:30:00Z", 7_200, 20_751),
        ("2026-10-25T01:30:00Z", 3_600, 20_751),
    ] {
        let wall = wall(text);
        assert_eq!((wall.offset_in(&zone), wall.day_in(&zone)), (offset, day), "{text}");
    }
}

#[test]
fn only_sleep_goes_by_its_end() {
    let zone = copenhagen();
    let (start, end) = (wall("2026-07-01T23:00:00+02:00"), wall("2026-07-02T07:00:00+02:00"));
    assert_eq!(day_of(start, Some(end), true, &zone), 20_636);
    assert_eq!(day_of(start, Some(end), false, &zone), 20_635);
    assert_eq!(day_of(start, None, true, &zone), 20_635);
    assert_eq!(day_of(end, Some(start), true, &zone), 20_636, "reversed");
}

#[test]
fn near_days_are_read_in_one_go() {
    assert_eq!(ranges(&[]), []);
    assert_eq!(ranges(&[1, 2, 5, 9, 10]), [(1, 5), (9, 10)]);
}

fn series(text: &str) -> Vec<(Signal, bool, bool)> {
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    let facts = Facts::of_template(split.template).expect("a template");
    Series::of(&facts)
        .iter()
        .map(|series| (series.signal, series.is_day_total, matches!(series.reading, Reading::Main)))
        .collect()
}

#[test]
fn the_numbers_of_a_template_become_signals_by_name() {
    let reading = |code: &str, value: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final",
                "code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},{value}}}"#
        )
    };
    let quantity = r#""valueQuantity":{"value":1,"unit":"x"}"#;
    assert_eq!(series(&reading("29463-7", quantity)), [], "the unit is not known");
    let kilos = r#""valueQuantity":{"value":1,"unit":"kg"}"#;
    assert_eq!(series(&reading("29463-7", kilos)), [(Signal::BodyWeight, false, true)]);
    assert_eq!(series(&reading("29463-7", kilos).replace("final", "entered-in-error")), []);
    let steps = r#""valueQuantity":{"value":1}"#;
    assert_eq!(series(&reading("55423-8", steps)), [(Signal::Steps, false, true)]);
    let steps = r#""valueQuantity":{"value":1,"unit":"steps"}"#;
    assert_eq!(series(&reading("41950-7", steps)), [(Signal::Steps, true, true)]);
    let word = r#""valueString":"LO""#;
    assert_eq!(series(&reading("41653-7", word)), [(Signal::Glucose, false, false)]);
    assert_eq!(series(&reading("8867-4", word)), []);
}

#[test]
fn a_meter_says_lo_and_hi_beyond_its_range() {
    for (word, value) in [("LO", 0.6), (" low ", 0.6), ("HI", 33.3), ("High", 33.3)] {
        assert_eq!(glucose_word(word), Some(value), "{word}");
    }
    for word in ["", "NaN", "inf", "5.5", "LOL"] {
        assert_eq!(glucose_word(word), None, "{word}");
    }
}
