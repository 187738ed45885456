use proptest::prelude::*;

use super::{Document, SyntaxErrorKind, push_minified, push_string};

fn kind_of(text: &[u8]) -> SyntaxErrorKind {
    Document::parse(text).expect_err("should be refused").kind
}

#[test]
fn digits_order_and_escapes_are_kept() {
    let text = br#" {"b" : 36.50, "a":[1e-3, -0.0,"\u00e6\n"],"c":{"d":true}} "#;
    let document = Document::parse(text).expect("parses");
    let mut out = String::new();
    push_minified(&mut out, document.root());
    assert_eq!(out, r#"{"b":36.50,"a":[1e-3,-0.0,"\u00e6\n"],"c":{"d":true}}"#);
    let strings: Vec<_> = document.root().each("a").filter_map(super::Value::as_str).collect();
    assert_eq!(strings, ["æ\n"]);
    assert_eq!(document.root().at(&["c", "d"]).and_then(super::Value::as_bool), Some(true));
}

#[test]
fn what_fhir_strings_may_not_hold_is_refused() {
    use SyntaxErrorKind as K;
    assert_eq!(kind_of(br#"{"a":"\ud800"}"#), K::LoneSurrogate);
    assert_eq!(kind_of(br#"{"a":"\udc00x"}"#), K::LoneSurrogate);
    assert_eq!(kind_of(br#"{"a":"\ud800\u0041"}"#), K::LoneSurrogate);
    assert_eq!(kind_of(br#"{"a":"\u0000"}"#), K::ControlCharacter);
    assert_eq!(kind_of(b"{\"a\":\"\0\"}"), K::ControlCharacter);
    assert_eq!(kind_of(br#"{"\u0061":1}"#), K::EscapedName);
    assert_eq!(kind_of(b"{\"a\":\"\xff\"}"), K::NotUtf8);
    assert_eq!(kind_of(br#"{"a":01}"#), K::BadNumber);
    assert_eq!(kind_of(br#"{"a":1.}"#), K::BadNumber);
    assert_eq!(kind_of(br#"{"a":.5}"#), K::Expected("a value"));
    assert_eq!(kind_of(br#"{"a":NaN}"#), K::Expected("a value"));
    assert_eq!(kind_of(br#"{"a":1}}"#), K::TrailingContent);
    assert_eq!(kind_of(br#"{"a":1"#), K::UnexpectedEnd);
    assert_eq!(kind_of("[".repeat(100_000).as_bytes()), K::TooDeep);
    assert_eq!(kind_of(b""), K::UnexpectedEnd);
}

#[test]
fn the_place_of_an_error_is_told() {
    let error = Document::parse(b"{\n \"a\": 1,\n \"b\" 2}").expect_err("no colon");
    assert_eq!((error.line, error.column), (3, 6));
}

#[test]
fn repeated_names_are_found_at_any_depth() {
    let text = br#"{"a":1,"b":{"c":1,"d":2,"c":3},"a":2}"#;
    let document = Document::parse(text).expect("parses");
    let values: Vec<_> = document.duplicates().map(super::Value::raw).collect();
    assert_eq!(values, ["3", "2"]);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[^\\x00-\\x1f]{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-zA-Z_]{1,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_serde_json(value in json()) {
        let text = serde_json::to_string_pretty(&value).expect("writes");
        let document = Document::parse(text.as_bytes()).expect("parses");
        let mut out = String::new();
        push_minified(&mut out, document.root());
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&out).expect("reads"), value);
    }

    #[test]
    fn never_panics_and_accepts_no_more_than_serde_json(bytes in prop::collection::vec(
        prop::sample::select(b"{}[]\",:\\u0eE+-.19 tfn\nDd8".to_vec()), 0..40)) {
        if Document::parse(&bytes).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }

    #[test]
    fn strings_round_trip(text in "\\PC*") {
        let mut out = String::new();
        push_string(&mut out, &text);
        let document = Document::parse(out.as_bytes()).expect("parses");
        prop_assert_eq!(document.root().as_str().expect("a string"), text);
    }
}
