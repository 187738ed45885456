use super::{check, check_observations};

#[test]
fn the_resource_type_must_be_known() {
    check(&[
        (r#"{"status":"final"}"#, &["missing-resource-type .resourceType"]),
        (
            r#"{"resourceType":"Observations"}"#,
            &["unknown-resource-type Observations.resourceType"],
        ),
        (r#"{"resourceType":"Claim"}"#, &["unsupported-resource-type Claim.resourceType"]),
        (r#"{"resourceType":"Quantity"}"#, &["unknown-resource-type Quantity.resourceType"]),
        (r#"{"resourceType":"Patient"}"#, &[]),
        (
            r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":[]},{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"code":1}}}]}"#,
            &[
                "wrong-json-type Bundle.entry[0].resource",
                "wrong-json-type Bundle.entry[1].resource.valueQuantity.code",
                "qty-3 Bundle.entry[1].resource.valueQuantity",
            ],
        ),
    ]);
}

#[test]
fn names_that_could_be_personal_are_not_repeated() {
    check_observations(&[
        (r#""Karen Jensen":1"#, &["unknown-element Observation"]),
        (r#""_issue":{}"#, &["unknown-element Observation._issue"]),
        (r#""_subject":{"id":"a"}"#, &["unknown-element Observation._subject"]),
        (
            r#""valueAttachment":{"url":"http://example.org"}"#,
            &["unknown-element Observation.valueAttachment"],
        ),
    ]);
}

#[test]
fn nothing_is_empty_or_null() {
    check_observations(&[
        (r#""subject":{}"#, &["empty-object Observation.subject"]),
        (r#""note":[{}]"#, &["empty-object Observation.note[0]"]),
        (r#""note":[null]"#, &["null-element Observation.note[0]"]),
        (r#""valueString":"""#, &["empty-string Observation.valueString"]),
        (r#""valueString":" ""#, &["~blank-string Observation.valueString"]),
        (r#""subject":{"reference":""}"#, &["empty-string Observation.subject.reference"]),
        (r#""identifier":[{"id":"a"}]"#, &["~ele-1 Observation.identifier[0]"]),
        (r#""component":[[]]"#, &["wrong-json-type Observation.component[0]"]),
    ]);
}

#[test]
fn primitives_have_extensions_beside_them() {
    let patient = |name: &str| format!(r#"{{"resourceType":"Patient","name":[{{{name}}}]}}"#);
    let extension = r#"{"extension":[{"url":"http://example.org/x","valueBoolean":true}]}"#;
    let cases: &[(&str, &[&str])] = &[
        (r#""given":["A","B"],"_given":[null,E]"#, &[]),
        (r#""given":["A",null],"_given":[null,E]"#, &[]),
        (r#""_given":[E]"#, &[]),
        (r#""family":"A","_family":E"#, &[]),
        (r#""family":"A","_family":{"id":"f"}"#, &[]),
        (r#""_family":{"id":"f"}"#, &["~ele-1 Patient.name[0]._family"]),
        (r#""given":["A",null]"#, &["null-element Patient.name[0].given[1]"]),
        (r#""given":[null],"_given":[null]"#, &["null-element Patient.name[0].given[0]"]),
        (r#""_given":[E,null]"#, &["null-element Patient.name[0]._given[1]"]),
        (r#""given":["A"],"_given":[null,E]"#, &["misaligned-extension Patient.name[0]._given"]),
        (r#""given":["A"],"_given":E"#, &["wrong-json-type Patient.name[0]._given"]),
        (r#""given":["A"],"_given":["x"]"#, &["wrong-json-type Patient.name[0]._given[0]"]),
        (r#""_given":[]"#, &["empty-array Patient.name[0]._given"]),
        (r#""family":"A","_family":[E]"#, &["wrong-json-type Patient.name[0]._family"]),
        (r#""family":"A","_family":null"#, &["null-element Patient.name[0]._family"]),
        (r#""_family":{"value":"x"}"#, &["unknown-element Patient.name[0]._family.value"]),
    ];
    for (name, expected) in cases {
        check(&[(&patient(&name.replace('E', extension)), expected)]);
    }
}

#[test]
fn a_choice_is_made_once() {
    check_observations(&[
        (
            r#""effectiveDateTime":"2026","effectivePeriod":{"start":"2026"}"#,
            &["choice-twice Observation.effectivePeriod"],
        ),
        (
            r#""valueString":"a","_valueInteger":{"id":"b"}"#,
            &["choice-twice Observation._valueInteger", "~ele-1 Observation._valueInteger"],
        ),
        (r#""valueString":"a","_valueString":{"id":"b"}"#, &[]),
        (
            r#""component":[{"code":{"text":"x"},"valueBoolean":true,"valueInteger":1,"valueTime":"10:00:00"}]"#,
            &[
                "choice-twice Observation.component[0].valueInteger",
                "choice-twice Observation.component[0].valueTime",
            ],
        ),
    ]);
}

#[test]
fn required_codes_are_of_their_set() {
    check(&[
        (r#"{"resourceType":"Patient","gender":"Female"}"#, &["code-invalid Patient.gender"]),
        (r#"{"resourceType":"Patient","gender":"female"}"#, &[]),
        (
            r#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://example.org","code":"active"}]}}"#,
            &["code-invalid Condition.clinicalStatus"],
        ),
        (
            r#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}}"#,
            &[],
        ),
    ]);
    for status in [
        "registered",
        "preliminary",
        "final",
        "amended",
        "corrected",
        "cancelled",
        "entered-in-error",
        "unknown",
    ] {
        check(&[(&super::observation("").replace("final", status), &[])]);
    }
}

/// A Parameters with one value of each primitive type.
#[test]
fn every_primitive_has_its_rule() {
    let long = "x".repeat(64);
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("Boolean", &["true"], &["\"true\"", "1"]),
        ("Integer", &["0", "-7", "2147483647"], &["1.0", "1e3", "2147483648", "\"1\"", "-0.5"]),
        ("PositiveInt", &["1"], &["0", "-1", "2147483648"]),
        ("UnsignedInt", &["0", "9"], &["-1", "0.0"]),
        ("Decimal", &["36.50", "-1e-3", "0"], &["\"36.5\"", "1e999", "true"]),
        ("String", &["\" a\\n\""], &["\"\"", "1"]),
        ("Markdown", &["\"**a**\""], &["\"\""]),
        ("Code", &["\"a b\""], &["\"a  b\"", "\" a\"", "\"a \""]),
        ("Id", &["\"A-1.b\""], &["\"a_b\"", "\"æ\"", "\"a/b\""]),
        ("Uri", &["\"urn:oid:1.2\"", "\"a{b}\""], &["\"a b\"", "\"a\u{a0}b\""]),
        ("Url", &["\"https://example.org\""], &["\"a\\tb\""]),
        ("Canonical", &["\"http://example.org/x|1\""], &["\"a b\""]),
        (
            "Oid",
            &["\"urn:oid:1.2.208.176.1.2\"", "\"urn:oid:0.0\""],
            &["\"1.2\"", "\"urn:oid:3.1\"", "\"urn:oid:1\"", "\"urn:oid:1.02\""],
        ),
        (
            "Uuid",
            &["\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\""],
            &[
                "\"c757873d-ec9a-4326-a141-556f43239520\"",
                "\"urn:uuid:C757873D-ec9a-4326-a141-556f43239520\"",
            ],
        ),
        (
            "Base64Binary",
            &["\"aGVq\"", "\"aGU=\"", "\"aGVq\\naA==\""],
            &["\"aGV\"", "\"a===\"", "\"aG=q\"", "\"aGV!\""],
        ),
        (
            "Date",
            &["\"2026\"", "\"2026-02\"", "\"2024-02-29\""],
            &["\"2026-2\"", "\"2026-02-30\"", "\"2026-01-01T10:00:00Z\""],
        ),
        (
            "DateTime",
            &["\"2026-06-30T23:59:60Z\"", "\"2026-01-01T10:00:00.123456789+14:00\""],
            &["\"2026-01-01T10:00Z\"", "\"2026-01-01 10:00:00Z\""],
        ),
        ("Instant", &["\"2026-01-01T10:00:00Z\""], &["\"2026-01-01\"", "\"2026-01-01T24:00:00Z\""]),
        ("Time", &["\"23:59:59.5\""], &["\"24:00:00\"", "\"10:00\"", "\"10:00:00Z\""]),
    ];
    let issues = |kind: &str, value: &str| {
        let text = format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"a","value{kind}":{value}}}]}}"#
        );
        super::issues_of(&text, super::Context::default())
    };
    for (kind, good, bad) in cases {
        for value in *good {
            assert!(issues(kind, value).is_empty(), "{kind} {value}: {:?}", issues(kind, value));
        }
        for value in *bad {
            let found = issues(kind, value);
            assert_eq!(found.len(), 1, "{kind} {value}: {found:?}");
            assert!(
                found[0].ends_with(&format!(" Parameters.parameter[0].value{kind}")),
                "{found:?}"
            );
        }
    }
    assert!(issues("Id", &format!("\"{long}\"")).is_empty());
    assert_eq!(issues("Id", &format!("\"{long}x\"")), ["bad-id Parameters.parameter[0].valueId"]);
    let large = "x".repeat(1024 * 1024);
    assert!(issues("String", &format!("\"{large}\"")).is_empty());
    assert_eq!(
        issues("String", &format!("\"{large}x\"")),
        ["too-long Parameters.parameter[0].valueString"]
    );
}

#[test]
fn references_point_to_what_they_may() {
    let bad = |text: &str| {
        let expected = ["reference-type Observation.subject.reference"];
        check_observations(&[(&format!(r#""subject":{{"reference":"{text}"}}"#), &expected)]);
    };
    let good = |text: &str| {
        check_observations(&[(&format!(r#""subject":{{"reference":"{text}"}}"#), &[])]);
    };
    good("Patient/1");
    good("Device/a/_history/2");
    good("https://example.org/fhir/Patient/1");
    good("https://example.org/fhir/Patient/1/_history/3");
    good("https://example.org/people?id=1");
    good("urn:uuid:c757873d-ec9a-4326-a141-556f43239520");
    good("Patient?identifier=urn:oid:1.2.208.176.1.2|0101010101");
    bad("Practitioner/1");
    bad("https://example.org/fhir/Practitioner/1/_history/3");
    bad("Practitioner?identifier=x");
    check_observations(&[
        (r#""subject":{"reference":"1"}"#, &["bad-reference Observation.subject.reference"]),
        (
            r#""subject":{"reference":"Person1/1"}"#,
            &["bad-reference Observation.subject.reference"],
        ),
        (
            r#""subject":{"reference":"Patient/a b"}"#,
            &["bad-reference Observation.subject.reference"],
        ),
        (r#""subject":{"identifier":{"value":"x"},"type":"Patient"}"#, &[]),
        (
            r#""subject":{"identifier":{"value":"x"},"type":"Practitioner"}"#,
            &["reference-type Observation.subject.type"],
        ),
        (
            r#""subject":{"reference":"Patient/1","type":"Group"}"#,
            &["reference-type Observation.subject.reference"],
        ),
        (r#""focus":[{"reference":"Practitioner/1"}]"#, &[]),
    ]);
}

#[test]
fn contained_resources_are_checked_and_used() {
    let with = |contained: &str, rest: &str| format!(r#""contained":[{contained}],{rest}"#);
    let device = r#"{"resourceType":"Device","id":"d"}"#;
    let to_device = r##""device":{"reference":"#d"}"##;
    check_observations(&[
        (&with(device, to_device), &[]),
        (
            &with(device, r##""subject":{"reference":"#x"}"##),
            &["ref-1 Observation.subject.reference", "dom-3 Observation.contained[0]"],
        ),
        (
            &with(device, r##""encounter":{"reference":"#d"}"##),
            &["reference-type Observation.encounter.reference"],
        ),
        (
            &with(r#"{"resourceType":"Device"}"#, r#""valueInteger":1"#),
            &["dom-3 Observation.contained[0]"],
        ),
        (
            &with(
                r##"{"resourceType":"Provenance","id":"p","recorded":"2026-01-01T00:00:00Z","target":[{"reference":"#"}],"agent":[{"who":{"display":"A"}}]}"##,
                r#""valueInteger":1"#,
            ),
            &[],
        ),
        (
            &with(
                r#"{"resourceType":"Device","id":"d","contained":[{"resourceType":"Patient"}]}"#,
                to_device,
            ),
            &["dom-2 Observation.contained[0].contained"],
        ),
        (
            &with(
                r#"{"resourceType":"Device","id":"d","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z","security":[{"code":"R"}]}}"#,
                to_device,
            ),
            &[
                "dom-4 Observation.contained[0].meta.versionId",
                "dom-4 Observation.contained[0].meta.lastUpdated",
                "dom-5 Observation.contained[0].meta.security",
            ],
        ),
        (
            &with(r#"{"resourceType":"Device","id":"d","status":"on"}"#, to_device),
            &["code-invalid Observation.contained[0].status"],
        ),
        (r##""device":{"reference":"#d"}"##, &["ref-1 Observation.device.reference"]),
    ]);
}

#[test]
fn a_narrative_holds_nothing_active() {
    let text = |div: &str| format!(r#""text":{{"status":"generated","div":"{div}"}}"#);
    for good in [
        "<div>Pulse 72</div>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><p class='a'>72 <b>x</b></p></div>",
    ] {
        check_observations(&[(&text(good), &[])]);
    }
    for bad in [
        "Pulse 72",
        "<div></div>",
        "<div> <p/> </div>",
        "<divine>a</div>",
        "<div><script>x()</script></div>",
        "<div><p onclick='x()'>a</p></div>",
        "<div onload=x()>a</div>",
        "<div><a href='JavaScript:x()'>a</a></div>",
        "<div><IFRAME src='http://example.org'/>a</div>",
    ] {
        check_observations(&[(&text(bad), &["txt-1 Observation.text.div"])]);
    }
}
