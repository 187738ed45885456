use super::preventable::{Stay, set, sets};
use super::*;

fn stay(code: &str) -> Stay<'_> {
    Stay { code, others: &[], age: Some(70), acute: Some(true) }
}

#[test]
fn every_set_has_codes_or_says_why_not() {
    for set in sets() {
        assert_eq!(set.source.is_none(), !set.of.is_empty(), "{}", set.id);
        assert!(set.incomplete.is_some() || !set.sources().is_empty(), "{}", set.id);
        for member in &set.of {
            let member = preventable::set(member).unwrap_or_else(|| panic!("{member}"));
            // What is made of unverified codes is unverified.
            assert!(member.is_verified() || !set.is_verified(), "{}", set.id);
        }
    }
    let mut ids: Vec<&str> = sets().iter().map(|set| set.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), sets().len());
}

#[test]
fn admissions_are_classified() {
    let contains = |id: &str, stay: &Stay<'_>| set(id).unwrap().contains(stay);
    assert_eq!(contains("pqi-08", &stay("I501")), Some(true));
    assert_eq!(contains("pqi-08", &stay("DI501")), Some(false), "ICD-10-CM is not SKS");
    assert_eq!(contains("pqi-08-sks", &stay("DI501")), Some(true));
    assert_eq!(contains("pqi-01", &stay("E1010")), Some(true));
    assert_eq!(contains("pqi-01", &stay("E101")), Some(false), "codes are equal or not");
    assert_eq!(contains("pqi-90-without-16", &stay("E1010")), Some(true));
    assert_eq!(contains("pqi-91", &stay("E1010")), Some(false));
    // Ages.
    assert_eq!(contains("pqi-08", &Stay { age: Some(17), ..stay("I501") }), Some(false));
    assert_eq!(contains("pqi-08", &Stay { age: None, ..stay("I501") }), None);
    assert_eq!(contains("pqi-15", &Stay { age: Some(39), ..stay("J45901") }), Some(true));
    assert_eq!(contains("pqi-15", &Stay { age: Some(40), ..stay("J45901") }), Some(false));
    // Exclusions: cystic fibrosis.
    assert_eq!(contains("pqi-05", &stay("J440")), Some(true));
    assert_eq!(contains("pqi-05", &Stay { others: &["E840"], ..stay("J440") }), Some(false));
    // The nine, and those that telemonitoring can change.
    assert_eq!(contains("danish-nine", &stay("DJ189")), Some(true));
    assert_eq!(contains("danish-nine-rpm", &stay("DJ189")), Some(true));
    assert_eq!(contains("danish-nine", &stay("DS720")), Some(true));
    assert_eq!(contains("danish-nine-rpm", &stay("DS720")), Some(false));
    assert_eq!(contains("danish-nine", &Stay { acute: Some(false), ..stay("DJ189") }), Some(false));
    assert_eq!(contains("danish-nine", &Stay { acute: None, ..stay("DJ189") }), None);
    assert_eq!(contains("danish-nine", &Stay { age: Some(64), ..stay("DJ189") }), Some(false));
    assert!(!set("danish-nine").unwrap().is_verified());
    assert!(set("pqi-91").unwrap().is_verified());
}

#[test]
fn the_tables_hold_what_their_source_holds() {
    // Rows of principal diagnoses by indicator, counted in the specification's file.
    let table = include_str!("../../../tables/pqi-icd10cm-v2021.csv");
    let count =
        |id: &str| table.lines().filter(|row| row.starts_with(&format!("{id},principal,"))).count();
    let counts: Vec<usize> =
        ["pqi-01", "pqi-03", "pqi-05", "pqi-07", "pqi-08", "pqi-11", "pqi-12", "pqi-14", "pqi-15"]
            .map(count)
            .to_vec();
    assert_eq!(counts, [8, 172, 28, 7, 27, 14, 13, 4, 13]);
}
