//! The law that lets the validator run once per template: if one reading of a template is valid,
//! every plain reading of that template is.

use proptest::prelude::*;

use crate::json::Document;
use crate::shape::{Detail, Splitter};
use crate::validate::{Context, validate};

const VALID: [&str; 3] = [
    r#"{"resourceType":"Observation","id":"a-1","identifier":[{"id":"x1","system":"http://s","value":"v 1"}],
    "status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
    "code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},
    "subject":{"reference":"Patient/p1","display":"Ane"},"device":{"reference":"Device/d1"},
    "effectiveDateTime":"2026-01-01T01:00:00.000+01:00","issued":"2026-01-01T00:05:00Z",
    "valueQuantity":{"value":36.5,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}}"#,
    r#"{"resourceType":"Observation","status":"final","code":{"text":"steps"},
    "subject":{"reference":"Patient/p1"},
    "effectivePeriod":{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:05:00Z"},
    "performer":[{"reference":"Practitioner/q"}],
    "extension":[{"url":"http://e","valueString":"free"},{"url":"http://f","valueDecimal":1.5}],
    "valueQuantity":{"value":129,"unit":"steps"}}"#,
    r#"{"resourceType":"Observation","status":"final","code":{"text":"mood"},
    "subject":{"reference":"Patient/p1"},"effectiveInstant":"2026-01-01T00:00:00.5Z",
    "valueCodeableConcept":{"text":"so so"},"referenceRange":[{"low":{"value":1},"high":{"value":5}}],
    "component":[{"code":{"text":"sleep"},"valueInteger":3},{"code":{"text":"why"},"valueString":"noise"}]}"#,
];

/// A value that a sender might put where another was.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "0",
            "-0.0",
            "1e999",
            "1E5",
            "12345678901234567890",
            "3.0",
            "9999999999",
            r#""""#,
            r#"" ""#,
            r#""x ""#,
            r#""a b""#,
            r#""\u00e6""#,
            r#""2026""#,
            r#""2026-01-01""#,
            r#""2026-02-30T00:00:00Z""#,
            r#""2026-01-01T00:00:00""#,
            r#""2025-01-01T00:00:00Z""#,
            r#""2026-01-01T00:00:00.123456789+14:00""#,
            r#""Patient/p2""#,
            r#""Group/g""#,
            r#""Patient/""#,
            r#""Patient/a b""#,
            r##""#c""##,
            r#""urn:uuid:1""#,
            r#""Device/d2""#,
            r#""http://h/Patient/1""#,
            "true",
            "null",
            "[]",
            "{}",
        ])
        .prop_map(str::to_owned),
        "\"[ -!#-\\[\\]-~]{0,12}\"",
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
    ]
}

/// The text with its `at`th value (string that is no name, or number) replaced.
fn mutated(text: &str, at: usize, token: &str) -> String {
    let values: Vec<(usize, usize)> = {
        let document = Document::parse(text.as_bytes()).expect("parses");
        let mut open = vec![document.root()];
        let mut found = Vec::new();
        while let Some(value) = open.pop() {
            open.extend(value.items());
            open.extend(value.members().map(|(_, member)| member));
            if value.is_string() || value.number_text().is_some() {
                found.push((value.offset(), value.raw().len()));
            }
        }
        found.sort_unstable();
        found
    };
    let (start, length) = values[at % values.len()];
    format!("{}{token}{}", &text[..start], &text[start + length..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_plain_reading_of_a_valid_template_is_valid(
        which in 0..VALID.len(), first in any::<usize>(), second in any::<usize>(),
        one in token(), other in token(),
    ) {
        let valid = VALID[which];
        let changed = mutated(valid, first, &one);
        let changed = match Document::parse(changed.as_bytes()) {
            Ok(_) => mutated(&changed, second, &other),
            Err(_) => return Ok(()),
        };
        let Ok(document) = Document::parse(changed.as_bytes()) else { return Ok(()) };
        let original = Document::parse(valid.as_bytes()).expect("parses");
        let (mut left, mut right) = (Splitter::default(), Splitter::default());
        let split = left.split(document.root(), Detail::Fine);
        if split.plain && split.template == right.split(original.root(), Detail::Fine).template {
            let mut issues = Vec::new();
            let context = Context { subject_known: true };
            validate(document.root(), "Observation", context, &mut issues);
            prop_assert!(!issues.iter().any(crate::Issue::is_error), "{changed}: {issues:?}");
        }
    }
}

#[test]
fn the_samples_are_valid() {
    for text in VALID {
        let document = Document::parse(text.as_bytes()).expect("parses");
        let mut issues = Vec::new();
        validate(document.root(), "Observation", Context { subject_known: true }, &mut issues);
        assert!(!issues.iter().any(crate::Issue::is_error), "{issues:?}");
    }
}
