use proptest::prelude::*;
use pulsvagt_fhir::facts::{Coding, Effective, Facts};

use super::conditions::{Span, Window, needs_exact};
use super::{About, DateFilter, Position, Prefix, QuantityFilter, Test, Token};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};

const PREFIXES: [Prefix; 9] = [
    Prefix::Eq,
    Prefix::Ne,
    Prefix::Gt,
    Prefix::Lt,
    Prefix::Ge,
    Prefix::Le,
    Prefix::Sa,
    Prefix::Eb,
    Prefix::Ap,
];

fn within(window: Window, start: i64) -> bool {
    window.lower.is_none_or(|lower| start >= lower)
        && window.upper.is_none_or(|upper| start < upper)
}

fn filter() -> impl Strategy<Value = DateFilter> {
    (0..PREFIXES.len(), 0..100_i64, 1..50_i64).prop_map(|(at, lower, length)| DateFilter {
        prefix: PREFIXES[at],
        lower: lower * 1_000_000,
        upper: (lower + length) * 1_000_000,
    })
}

proptest! {
    #[test]
    fn the_window_is_exact_for_moments(filter in filter(), start in 0..150_000_000_i64) {
        let filters = vec![vec![filter]];
        if !needs_exact(&filters, Span::Moment) {
            let window = Window::of(&filters, Span::Moment);
            prop_assert_eq!(within(window, start), filter.matches(start, start + 1));
        }
    }

    #[test]
    fn the_window_loses_no_period(
        filter in filter(),
        start in 0..150_i64,
        length in 0..=40_i64,
    ) {
        let (start, length) = (start * 1_000_000, length * 1_000_000);
        let end = if length == 0 { start + 1 } else { start + length };
        if filter.matches(start, end) {
            prop_assert!(within(Window::of(&[vec![filter]], Span::of(40)), start));
        }
    }

    #[test]
    fn an_open_end_is_never_lost(filter in filter(), start in 0..150_000_000_i64) {
        if filter.matches(start, i64::MAX) {
            prop_assert!(within(Window::of(&[vec![filter]], Span::of(i32::MAX)), start));
        }
    }

    #[test]
    fn a_position_comes_back(
        received: i64, effective: i64, citizen: i32, code: i32, source: i32, fingerprint: u32,
    ) {
        let position = Position {
            received: Micros(received),
            key: ObservationKey {
                citizen: CitizenNo(citizen),
                code: ConceptNo(code),
                effective: Micros(effective),
                source: SourceNo(source),
                fingerprint,
            },
        };
        prop_assert_eq!(Position::from_bytes(&position.to_bytes()), Some(position));
    }
}

#[test]
fn the_prefixes_compare_a_night_with_a_day() {
    // The search is for the day [100, 200); the periods lie around its ends.
    let of = |prefix| DateFilter { prefix, lower: 100, upper: 200 };
    let cases = [
        // start, end: eq ne gt lt ge le sa eb ap
        ((50, 90), "ne lt le eb"),
        ((50, 100), "ne lt le eb"),
        ((50, 150), "ne lt le ap"),
        ((100, 200), "eq ge le ap"),
        ((120, 180), "eq ge le ap"),
        ((150, 250), "ne gt ge ap"),
        ((200, 250), "ne gt ge sa"),
        ((50, 250), "ne gt lt ge le ap"),
    ];
    let names = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];
    for ((start, end), expected) in cases {
        let found: Vec<&str> = PREFIXES
            .into_iter()
            .zip(names)
            .filter(|(prefix, _)| of(*prefix).matches(start, end))
            .map(|(_, name)| name)
            .collect();
        assert_eq!(found.join(" "), expected, "{start}..{end}");
    }
}

#[test]
fn readings_without_time_fulfil_no_date() {
    for prefix in PREFIXES {
        let filter = DateFilter { prefix, lower: 0, upper: 1 };
        for span in [Span::Moment, Span::of(60), Span::of(i32::MAX)] {
            assert!(!within(Window::of(&[vec![filter]], span), Micros::NO_TIME.0));
        }
    }
    assert!(within(Window::of(&[], Span::Moment), Micros::NO_TIME.0));
}

#[test]
fn values_are_compared_by_the_digits_that_were_given() {
    let filter =
        |prefix| QuantityFilter { prefix, number: 5.4, lower: 5.35, upper: 5.45, unit: None };
    let matches = |prefix, value: f64| {
        let bounds = filter(prefix).bounds(|value| value);
        (value >= bounds.lower && value < bounds.upper) != bounds.outside
    };
    for (prefix, inside, outside) in [
        (Prefix::Eq, vec![5.35, 5.4, 5.449], vec![5.349, 5.45]),
        (Prefix::Ne, vec![5.349, 5.45], vec![5.35, 5.4]),
        (Prefix::Gt, vec![5.41, 6.0], vec![5.4, 5.3]),
        (Prefix::Ge, vec![5.4, 6.0], vec![5.39]),
        (Prefix::Lt, vec![5.39], vec![5.4, 5.5]),
        (Prefix::Le, vec![5.4, 5.3], vec![5.41]),
        (Prefix::Ap, vec![4.86, 5.94], vec![4.85, 5.95]),
    ] {
        for value in inside {
            assert!(matches(prefix, value), "{prefix:?} {value}");
        }
        for value in outside {
            assert!(!matches(prefix, value), "{prefix:?} {value}");
        }
    }
}

#[test]
fn a_conversion_does_not_lose_the_number_itself() {
    let filter =
        QuantityFilter { prefix: Prefix::Ge, number: 98.6, lower: 98.55, upper: 98.65, unit: None };
    let celsius = |fahrenheit: f64| (fahrenheit - 32.0) * 5.0 / 9.0;
    assert!(37.0 >= filter.bounds(celsius).lower);
    let filter = QuantityFilter { prefix: Prefix::Gt, ..filter };
    assert!(37.0 < filter.bounds(celsius).lower);
}

fn coding(system: &str, code: &str) -> Coding {
    Coding { system: system.to_owned(), code: code.to_owned() }
}

#[test]
fn templates_answer_for_their_codes() {
    let facts = Facts {
        status: "final".to_owned(),
        categories: vec![coding("c", "vital-signs")],
        codings: vec![coding("http://loinc.org", "85354-9"), coding("", "bp")],
        component_codings: vec![coding("http://loinc.org", "8480-6")],
        concept: String::new(),
        numbers: Vec::new(),
        unit: None,
        has_period: false,
        effective: Effective::Nowhere,
        word: None,
        holes: Vec::new(),
    };
    let holds = |about, system: Option<&str>, code: Option<&str>, negate| {
        let token = Token { system: system.map(str::to_owned), code: code.map(str::to_owned) };
        Test { about, tokens: vec![token], negate }.holds(&facts)
    };
    let loinc = Some("http://loinc.org");
    assert!(holds(About::Code, loinc, Some("85354-9"), false));
    assert!(holds(About::Code, None, Some("85354-9"), false));
    assert!(holds(About::Code, loinc, None, false));
    assert!(!holds(About::Code, Some(""), Some("85354-9"), false));
    assert!(holds(About::Code, Some(""), Some("bp"), false));
    assert!(!holds(About::Code, loinc, Some("8480-6"), false));
    assert!(holds(About::Code, loinc, Some("8480-6"), true));
    assert!(holds(About::ComboCode, loinc, Some("8480-6"), false));
    assert!(holds(About::Category, None, Some("vital-signs"), false));
    assert!(holds(About::Status, None, Some("final"), false));
    let statuses = Some("http://hl7.org/fhir/observation-status");
    assert!(holds(About::Status, statuses, Some("final"), false));
    assert!(!holds(About::Status, None, Some("entered-in-error"), false));
}
