mod plain;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Anchor, Detail, Server, Splitter, numbered, numbers, pack, push_resource};
use crate::json::Document;

const EFFECTIVE: i64 = 1_767_225_600_000_000;

fn anchor() -> Anchor<'static> {
    Anchor { effective_us: EFFECTIVE, citizen: "c1", device: "watch" }
}

fn there_and_back(text: &str, detail: Detail) -> (String, String, bool, usize) {
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), detail);
    let packed = pack(&split.holes, anchor());
    let mut out = String::new();
    let server = Server { id: "server-id", version: 3, updated_us: EFFECTIVE };
    push_resource(&mut out, split.template, &packed.holes, &packed.extra, anchor(), server)
        .expect("splices");
    (out, split.template.to_owned(), split.plain, packed.holes.len())
}

/// What should come back: the same, but for id, version and time of receipt.
fn expected(text: &str) -> Json {
    let mut value: Json = serde_json::from_str(text).expect("json");
    let object = value.as_object_mut().expect("object");
    object.insert("id".into(), json!("server-id"));
    let meta = object.entry("meta").or_insert_with(|| json!({})).as_object_mut().expect("meta");
    meta.insert("versionId".into(), json!("3"));
    meta.insert("lastUpdated".into(), json!("2026-01-01T00:00:00.000000Z"));
    value
}

const READING: &str = r#"{"resourceType":"Observation","id":"X","meta":{"versionId":"9","profile":["http://p"]},
 "identifier":[{"id":"8BA093D9-B99B-4A3C-8C9E-98C86F49F5D8"}],"status":"final",
 "code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},
 "subject":{"reference":"Patient/c1","display":"Ane \u00e6"},"device":{"reference":"Device/watch"},
 "effectiveDateTime":"2026-01-01T01:00:00.000+01:00","issued":"2026-01-01T00:05:00Z",
 "valueQuantity":{"value":36.50,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}}"#;

#[test]
fn a_reading_comes_back_and_is_small() {
    let (back, template, plain, holes) = there_and_back(READING, Detail::Fine);
    assert_eq!(serde_json::from_str::<Json>(&back).expect("json"), expected(READING));
    assert!(back.contains(r#""value":36.50,"#) && back.contains(r"Ane \u00e6"), "{back}");
    assert!(holes <= 48, "{holes} bytes of holes");
    assert!(!template.contains("36.5") && !template.contains("c1"), "{template}");
    assert!(!plain, "an escaped string is for the validator");
}

#[test]
fn readings_of_one_app_share_a_template() {
    let other = READING
        .replace("36.50", "-1200.0")
        .replace("8BA093D9", "00000000")
        .replace("Patient/c1", "Patient/somebody-else")
        .replace(" \\u00e6", "")
        .replace("01:00:00.000+01:00", "05:30:00.123-03:00");
    let (_, one, _, _) = there_and_back(READING, Detail::Fine);
    let (back, two, plain, _) = there_and_back(&other, Detail::Fine);
    assert_eq!(one, two);
    assert!(plain);
    assert!(back.contains("-1200.0") && back.contains("2026-01-01T05:30:00.123-03:00"));
}

#[test]
fn dates_that_do_not_pack_are_kept_to_the_letter() {
    for date in [
        "2026",
        "2026-02-03",
        "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00-00:00",
        "2026-01-01T00:00:00.123456789+01:00",
        "2026-01-01T00:00:00+01:07",
        "1885-11-11T00:00:00.5-08:00",
        "not a date at all",
    ] {
        let text = format!(r#"{{"resourceType":"Observation","effectiveDateTime":"{date}"}}"#);
        let (back, ..) = there_and_back(&text, Detail::Fine);
        assert!(back.contains(date), "{date}: {back}");
    }
}

#[test]
fn a_template_can_be_looked_at() {
    let text = r#"{"resourceType":"Observation","issued":"2026-01-01T00:00:00Z",
      "component":[{"valueQuantity":{"value":120}},{"valueQuantity":{"value":80.0}}]}"#;
    let document = Document::parse(text.as_bytes()).expect("parses");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    assert_eq!(
        serde_json::from_str::<Json>(&numbered(split.template).expect("numbered")).expect("json"),
        json!({"meta":{}, "issued":"0",
               "component":[{"valueQuantity":{"value":1}},{"valueQuantity":{"value":2}}]})
    );
    let packed = pack(&split.holes, anchor());
    assert_eq!(
        numbers(split.template, &packed.holes, &packed.extra, anchor()).expect("numbers"),
        [(1, "120".to_owned()), (2, "80.0".to_owned())]
    );
}

#[test]
fn damaged_rows_are_named_not_guessed() {
    let document = Document::parse(READING.as_bytes()).expect("parses");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    let packed = pack(&split.holes, anchor());
    let server = Server { id: "i", version: 1, updated_us: 0 };
    for cut in 0..packed.holes.len() {
        let mut out = String::new();
        assert!(
            push_resource(&mut out, split.template, &packed.holes[..cut], b"", anchor(), server)
                .is_err(),
            "{cut} bytes of holes should not do"
        );
    }
}

#[test]
fn content_ignores_what_apps_change_between_resends() {
    let content = |text: &str| {
        let document = Document::parse(text.as_bytes()).expect("parses");
        Splitter::default().split(document.root(), Detail::Fine).content.to_owned()
    };
    let resent = READING
        .replace(r#""id":"X""#, r#""id":"Y""#)
        .replace("00:05:00Z", "09:00:00Z")
        .replace(r#""status""#, r#""text":{"status":"empty","div":"<div/>"},"status""#);
    assert_eq!(content(READING), content(&resent));
    assert_ne!(content(READING), content(&READING.replace("36.50", "36.5")));
    assert_ne!(content(READING), content(&READING.replace("8BA093D9", "8BA093D8")));
}

/// Any JSON object made of names that mean something here and of every kind of value.
fn resource() -> impl Strategy<Value = Json> {
    let name = prop::sample::select(vec![
        "status",
        "code",
        "coding",
        "text",
        "subject",
        "reference",
        "value",
        "valueQuantity",
        "valueString",
        "effectiveDateTime",
        "issued",
        "note",
        "identifier",
        "id",
        "data",
        "display",
        "extension",
        "component",
        "start",
        "end",
        "time",
        "contained",
        "other",
    ]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        "-?[1-9][0-9]{0,8}(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?"
            .prop_map(|text| serde_json::from_str(&text).expect("number")),
        "[ -~æøå]{0,90}".prop_map(Json::from),
        prop::sample::select(vec![
            "Patient/c1",
            "Device/watch",
            "c1",
            "watch",
            "urn:uuid:x",
            "2026-03-29T02:30:00+02:00",
            "8ba093d9-b99b-4a3c-8c9e-98c86f49f5d8",
            "8Ba093d9-b99b-4a3c-8c9e-98c86f49f5d8",
        ])
        .prop_map(Json::from),
    ];
    let inner = leaf.prop_recursive(4, 40, 6, {
        let name = name.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|map| {
                    Json::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
                }),
            ]
        }
    });
    prop::collection::btree_map(name, inner, 0..8).prop_map(|map| {
        let mut object: serde_json::Map<_, _> =
            map.into_iter().filter(|(k, _)| *k != "id").map(|(k, v)| (k.to_owned(), v)).collect();
        object.insert("resourceType".into(), json!("Observation"));
        Json::Object(object)
    })
}

proptest! {
    #[test]
    fn nothing_that_was_sent_is_lost(value in resource(), coarse in any::<bool>()) {
        let text = value.to_string();
        let detail = if coarse { Detail::Coarse } else { Detail::Fine };
        let (back, ..) = there_and_back(&text, detail);
        prop_assert_eq!(serde_json::from_str::<Json>(&back).expect("json"), expected(&text));
    }
}
