use jiff::tz::TimeZone;

use super::*;
use crate::store::search::{Prefix, Sort, Token};

const NOW: Micros = Micros(1_767_225_600_000_000);

fn try_read(query: &str, strict: bool) -> Result<Asked, Outcome> {
    let zone = TimeZone::get("Europe/Copenhagen").expect("the zone");
    let context = Context { base: "http://h/fhir", zone: &zone, now: NOW, strict, also: &["max"] };
    parse(&pairs(query), context)
}

fn read(query: &str) -> Asked {
    try_read(query, true).unwrap_or_else(|outcome| panic!("{query}: {}", outcome.json()))
}

fn range_of(text: &str) -> Option<(Prefix, String, String)> {
    let zone = TimeZone::get("Europe/Copenhagen").expect("the zone");
    let filter = date(text, &zone, NOW)?;
    Some((filter.prefix, Micros(filter.lower).to_string(), Micros(filter.upper).to_string()))
}

fn ids(asked: &Asked) -> Vec<Vec<Who>> {
    asked.whose.clone()
}

#[test]
fn dates_stand_for_ranges_in_the_municipality() {
    let cases = [
        ("2026-01-01", "2025-12-31T23:00:00.000000Z", "2026-01-01T23:00:00.000000Z"),
        ("2026-07", "2026-06-30T22:00:00.000000Z", "2026-07-31T22:00:00.000000Z"),
        ("2026", "2025-12-31T23:00:00.000000Z", "2026-12-31T23:00:00.000000Z"),
        // The spring night has 23 hours.
        ("2026-03-29", "2026-03-28T23:00:00.000000Z", "2026-03-29T22:00:00.000000Z"),
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000000Z", "2026-01-01T12:00:01.000000Z"),
        ("2026-01-01T12:00Z", "2026-01-01T12:00:00.000000Z", "2026-01-01T12:01:00.000000Z"),
        ("2026-01-01T12:00:00.5Z", "2026-01-01T12:00:00.500000Z", "2026-01-01T12:00:00.600000Z"),
        ("2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00.000000Z", "2026-01-01T10:00:01.000000Z"),
        ("2026-01-01T12:00:00 02:00", "2026-01-01T10:00:00.000000Z", "2026-01-01T10:00:01.000000Z"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00.000000Z", "2026-07-01T10:00:01.000000Z"),
        ("2026-07-01T12:00", "2026-07-01T10:00:00.000000Z", "2026-07-01T10:01:00.000000Z"),
    ];
    for (text, lower, upper) in cases {
        assert_eq!(
            range_of(text),
            Some((Prefix::Eq, lower.to_owned(), upper.to_owned())),
            "{text}"
        );
    }
    for text in ["", "x", "2026-13", "2026-02-30", "gt", "2026-01-01T", "2026-01-01T25:00Z", "æ"] {
        assert_eq!(range_of(text), None, "{text}");
    }
}

#[test]
fn every_prefix_is_known() {
    for (text, prefix) in [
        ("eq", Prefix::Eq),
        ("ne", Prefix::Ne),
        ("gt", Prefix::Gt),
        ("lt", Prefix::Lt),
        ("ge", Prefix::Ge),
        ("le", Prefix::Le),
        ("sa", Prefix::Sa),
        ("eb", Prefix::Eb),
        ("ap", Prefix::Ap),
    ] {
        assert_eq!(range_of(&format!("{text}2026-01-01")).map(|(prefix, ..)| prefix), Some(prefix));
    }
}

#[test]
fn about_a_date_allows_a_tenth_of_the_time_until_now() {
    // Ten days before now.
    let (_, lower, upper) = range_of("ap2025-12-22T00:00:00Z").expect("a date");
    assert!(lower.starts_with("2025-12-21T00:00:00"), "{lower}");
    assert!(upper.starts_with("2025-12-23T00:00:0"), "{upper}");
}

#[test]
fn numbers_stand_for_what_their_digits_allow() {
    let close = |text: &str, lower: f64, upper: f64| {
        let (_, low, high) = decimal(text).expect(text);
        assert!((low - lower).abs() < 1e-9 && (high - upper).abs() < 1e-9, "{text}: {low} {high}");
    };
    close("5.4", 5.35, 5.45);
    close("100", 99.5, 100.5);
    close("100.00", 99.995, 100.005);
    close("1e2", 95.0, 105.0);
    close("1.0e2", 95.0, 105.0);
    close("-3", -3.5, -2.5);
    close("0", -0.5, 0.5);
    for text in ["", "-", "x", "1e", "1e999", "0x10", "inf", "NaN", "1,5", "1_0"] {
        assert!(decimal(text).is_none(), "{text}");
    }
}

#[test]
fn quantities_have_a_prefix_and_a_unit() {
    let full = quantity("ge5.4|http://unitsofmeasure.org|mmol/L").expect("a quantity");
    assert_eq!(full.prefix, Prefix::Ge);
    let unit = full.unit.expect("a unit");
    assert_eq!(unit.system.as_deref(), Some("http://unitsofmeasure.org"));
    assert_eq!(unit.code, "mmol/L");
    let unit = quantity("5.4||mg").and_then(|quantity| quantity.unit).expect("a unit");
    assert_eq!((unit.system, unit.code.as_str()), (None, "mg"));
    assert!(quantity("5.4").expect("a quantity").unit.is_none());
    for text in ["", "|x|y", "gt", "5|a|", "5|a|b|c"] {
        assert!(quantity(text).is_none(), "{text}");
    }
}

#[test]
fn tokens_have_a_system_or_not() {
    let told = |text| token(text).map(|token: Token| (token.system, token.code));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(told("c"), Some((None, some("c"))));
    assert_eq!(told("s|c"), Some((some("s"), some("c"))));
    assert_eq!(told("|c"), Some((some(""), some("c"))));
    assert_eq!(told("s|"), Some((some("s"), None)));
    assert_eq!(told("a\\,b"), Some((None, some("a,b"))));
    assert_eq!(told("s|a|b"), Some((some("s"), some("a|b"))));
    assert_eq!(told("|"), None);
    assert_eq!(told(""), None);
    assert_eq!(split("a\\,b,c", ','), ["a\\,b", "c"]);
}

#[test]
fn a_reference_names_a_citizen_in_many_ways() {
    let a = || vec![vec![Who::Id("a".to_owned())]];
    for query in [
        "patient=a",
        "patient=Patient/a",
        "subject=Patient%2Fa",
        "subject:Patient=a",
        "subject=http://h/fhir/Patient/a",
    ] {
        assert_eq!(ids(&read(query)), a(), "{query}");
    }
    assert_eq!(ids(&read("subject=Group/a")), vec![vec![Who::Nobody]]);
    assert_eq!(ids(&read("subject=http://elsewhere/Patient/a")), vec![vec![Who::Nobody]]);
    let who = Who::Identifier(Identifier {
        system: Some("urn:oid:1.2.208.176.1.2".to_owned()),
        value: "v".to_owned(),
    });
    for name in ["patient.identifier", "subject:identifier", "subject:Patient.identifier"] {
        let asked = read(&format!("{name}=urn:oid:1.2.208.176.1.2|v"));
        assert_eq!(ids(&asked), vec![vec![who.clone()]], "{name}");
        assert!(!asked.used().contains("1.2.208"), "what names a person stands in no address");
    }
}

#[test]
fn repeated_is_and_comma_is_or() {
    let asked = read("code=a,b&code=c&date=ge2026-01-01&date=lt2026-02-01&status:not=cancelled");
    assert_eq!(
        asked.query.tests.iter().map(|test| test.tokens.len()).collect::<Vec<_>>(),
        [2, 1, 1]
    );
    assert!(asked.query.tests[2].negate);
    assert_eq!(asked.query.dates.len(), 2);
}

#[test]
fn results_are_ordered_and_cut() {
    let asked = read("code=a&_sort=date&_count=5000&_elements=id&_format=json&max=3");
    assert_eq!(asked.query.sort, Sort::DateAsc);
    assert_eq!(asked.query.count, LARGEST_PAGE);
    assert_eq!(asked.used(), "code=a&_sort=date&_count=1000");
    assert!(read("_count=0&_totalMethod=count").count_only);
    assert!(read("_summary=count").count_only);
    assert_eq!(read("_total=estimate").total, Total::Accurate);
    assert_eq!(read("").used(), "_sort=-date&_count=50");
    assert_eq!(
        read("_include=Observation:patient&_include=Observation:device").includes,
        [Include::Patient, Include::Device]
    );
}

#[test]
fn what_is_wrong_is_told_all_at_once_and_never_repeated() {
    let outcome = try_read("date=3001749995&_count=3001749995x&value-quantity=3001749995y", false)
        .expect_err("three faults");
    assert_eq!(outcome.issues().len(), 3);
    let json = outcome.json();
    assert!(json.contains("parameter date") && json.contains("parameter _count"));
    assert!(!json.contains("3001749995"));
}

#[test]
fn modifiers_that_are_not_offered_are_always_refused() {
    for query in ["code:text=a", "date:missing=true", "patient.name=a", "code:in=x", "_id:not=a"] {
        assert!(try_read(query, false).is_err(), "{query}");
    }
}

#[test]
fn unknown_parameters_are_refused_only_on_demand() {
    let asked = try_read("foo=1&code=a&_revinclude=Provenance:target", false).expect("lenient");
    assert_eq!(asked.used(), "code=a&_sort=-date&_count=50");
    let outcome = try_read("foo=1&code=a", true).expect_err("strict");
    assert!(outcome.json().contains("parameter foo"));
}

#[test]
fn a_callers_own_citizen_is_the_limit() {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<HashSet<_>>();
    assert_eq!(allowed(None, None), None);
    assert_eq!(allowed(None, Some("a")), Some(set(&["a"])));
    assert_eq!(allowed(Some(set(&["a", "b"])), Some("a")), Some(set(&["a"])));
    assert_eq!(allowed(Some(set(&["b"])), Some("a")), Some(set(&[])));
    assert_eq!(allowed(Some(set(&["b"])), None), Some(set(&["b"])));
}
