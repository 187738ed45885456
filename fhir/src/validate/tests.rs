mod broken;
mod invariants;
mod structure;
mod vital_signs;

use crate::json::Document;

use super::table::{Content, Table};
use super::{
    Context, MAX_ISSUES, duplicate_properties, path_of, rules, validate, validate_envelope,
};

/// Every issue as `key expression`, with `~` before a warning, in the order found.
fn issues_of(text: &str, context: Context) -> Vec<String> {
    let document =
        Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let kind = document.root().str_at("resourceType").unwrap_or_default();
    let mut issues = duplicate_properties(&document, &kind);
    validate(document.root(), &kind, context, &mut issues);
    issues
        .iter()
        .map(|issue| {
            let mark = if issue.is_error() { "" } else { "~" };
            format!("{mark}{} {}", issue.key, issue.expression)
        })
        .collect()
}

/// Asserts the issues of each text; the subject is known.
fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(issues_of(text, Context { subject_known: true }), *expected, "{text}");
    }
}

/// An Observation that is no vital sign, with `extra` among its members.
fn observation(extra: &str) -> String {
    let comma = if extra.is_empty() { "" } else { "," };
    format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"Steps"}}{comma}{extra}}}"#
    )
}

/// Asserts the issues of Observations that are no vital signs.
fn check_observations(cases: &[(&str, &[&str])]) {
    for (extra, expected) in cases {
        check(&[(&observation(extra), expected)]);
    }
}

#[test]
fn the_table_is_whole() {
    let table = Table::get();
    assert!(table.types().len() > 200);
    for of in table.types() {
        assert!(of.elements.len() < 128, "{} has more elements than bits", of.name);
        assert!(of.name == "Resource" || of.elements.first() == Some(&"id"), "{}", of.name);
        for property in of.properties() {
            for target in &property.targets {
                assert!(
                    table.is_resource_type(target),
                    "{}.{} to {target}",
                    of.name,
                    property.name
                );
            }
            if let Content::Primitive(super::primitive::Primitive::String) = property.content {
                assert!(!property.name.ends_with("Reference"), "{}.{}", of.name, property.name);
            }
        }
    }
    for (of, elements) in rules::names() {
        let of =
            table.types().iter().find(|one| one.name == of).expect("a rule's type is in the table");
        for element in elements {
            assert_ne!(of.mask(element), 0, "{}.{element}", of.name);
        }
    }
    let observation = table.resource("Observation").expect("there");
    assert!(observation.property("valueQuantity").is_some_and(|property| property.choice));
    assert!(observation.property("valueAttachment").is_none(), "that is R5");
    assert!(table.has_code("observation-status", "corrected"));
    assert!(table.resource("Quantity").is_none());
}

#[test]
fn paths_are_found_from_the_root() {
    let text = r#"{"resourceType":"Bundle","entry":[{"a":1},{"resource":{"code":{"coding":[{"code":"x"}]}}}]}"#;
    let document = Document::parse(text.as_bytes()).expect("parses");
    let entry = document.root().each("entry").nth(1).expect("two entries");
    let coding = entry.at(&["resource", "code"]).and_then(|code| code.each("coding").next());
    let code = coding.and_then(|coding| coding.get("code")).expect("a code");
    assert_eq!(path_of(&document, code), "Bundle.entry[1].resource.code.coding[0].code");
    assert_eq!(path_of(&document, document.root()), "Bundle");
}

#[test]
fn a_property_given_twice_is_told_once_and_where() {
    check_observations(&[
        (r#""valueString":"a","valueString":"b""#, &["duplicate-property Observation.valueString"]),
        (
            r#""note":[{"text":"a"},{"text":"b","text":"c"}]"#,
            &["duplicate-property Observation.note[1].text"],
        ),
    ]);
}

#[test]
fn an_envelope_leaves_the_resources_alone() {
    let text = r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Observation"},"request":{"method":"SEND","url":"Observation"}}]}"#;
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut issues = Vec::new();
    validate_envelope(document.root(), "Bundle", Context::default(), &mut issues);
    let keys: Vec<_> = issues.iter().map(|issue| (issue.key, issue.expression.as_str())).collect();
    assert_eq!(keys, [("code-invalid", "Bundle.entry[0].request.method")]);
}

#[test]
fn a_flood_of_issues_is_cut_off() {
    let notes = vec!["{}"; 5000].join(",");
    let issues = issues_of(&observation(&format!(r#""note":[{notes}]"#)), Context::default());
    assert_eq!(issues.len(), MAX_ISSUES + 1);
    assert_eq!(issues.last().map(String::as_str), Some("~more-issues Observation"));

    let repeated = vec![r#""valueString":"a","valueInteger":1"#; 5000].join(",");
    let text = observation(&repeated);
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut issues = Vec::new();
    validate(document.root(), "Observation", Context::default(), &mut issues);
    assert!(issues.iter().any(|issue| issue.key == "too-many-properties"));
}
