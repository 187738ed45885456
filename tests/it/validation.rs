//! Broken Observations at the door: each fault with its status, its key and its place.

use axum::body::Body;
use axum::http::Method;

use crate::world::{Answer, Client, World};

/// A heart rate without a flaw; each case changes one thing.
const GOOD: &str = r#"{"resourceType":"Observation","id":"hr-1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/ane"},"effectiveDateTime":"2025-12-02T08:00:00+01:00","issued":"2025-12-02T07:00:01.5Z","valueQuantity":{"value":72,"unit":"slag/min","system":"http://unitsofmeasure.org","code":"/min"}}"#;

const GOOD_PRESSURE: &str = r#"{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/ane"},"effectiveDateTime":"2025-12-02","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"dataAbsentReason":{"text":"cuff slipped"}}]}"#;

/// `key expression` of every issue, a warning with `~` in front; sorted.
fn told(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    assert_eq!(json["resourceType"], "OperationOutcome", "{}", answer.text);
    let mut told: Vec<String> = json["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .map(|issue| {
            let mark = match issue["severity"].as_str() {
                Some("error") => "",
                Some("warning") => "~",
                other => panic!("severity {other:?}"),
            };
            let key = issue["details"]["coding"][0]["code"].as_str().expect("a key");
            let place = issue["expression"][0].as_str().unwrap_or("");
            assert!(!issue["diagnostics"].as_str().unwrap_or("").is_empty(), "{issue}");
            format!("{mark}{key} {place}").trim_end().to_owned()
        })
        .collect();
    told.sort();
    told
}

/// What to replace, with what, the status, and all that is told.
type Change = (&'static str, &'static str, u16, &'static [&'static str]);

/// Sends every changed reading and collects what differs, so that one run shows all of it.
async fn check(client: &Client, good: &str, changes: &[Change]) {
    let mut wrong = Vec::new();
    for (old, new, status, expected) in changes {
        assert_eq!(good.matches(old).count(), 1, "{old} is in the good reading once");
        let answer = client.post("Observation", &good.replace(old, new)).await;
        let seen = (answer.status.as_u16(), told(&answer));
        let wanted = (*status, expected.iter().map(|one| (*one).to_owned()).collect());
        if seen != wanted {
            wrong.push(format!("{old} -> {new}\n  expected {wanted:?}\n  got      {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_without_a_flaw_is_taken_without_a_word() {
    let world = World::new().await;
    for good in [GOOD, GOOD_PRESSURE] {
        let answer = world.gateway().post("Observation", good).await.expect(201);
        assert_eq!(answer.header("x-pulsvagt-warnings"), "", "{}", answer.text);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_structure_is_a_400_with_its_place() {
    let world = World::new().await;
    let cases: &[Change] = &[
        (r#""id":"hr-1""#, r#""pulse":72"#, 400, &["unknown-element Observation.pulse"]),
        (
            r#""id":"hr-1""#,
            r#""valueString":"72""#,
            400,
            &["choice-twice Observation.valueQuantity"],
        ),
        (
            r#""value":72"#,
            r#""value":"72""#,
            400,
            &["wrong-json-type Observation.valueQuantity.value"],
        ),
        (r#""id":"hr-1""#, r#""note":[]"#, 400, &["empty-array Observation.note"]),
        (r#""id":"hr-1""#, r#""method":{}"#, 400, &["empty-object Observation.method"]),
        (r#""id":"hr-1""#, r#""method":null"#, 400, &["null-element Observation.method"]),
        (
            r#""id":"hr-1""#,
            r#""note":{"text":"after stairs"}"#,
            400,
            &["wrong-json-type Observation.note"],
        ),
        (
            r#""subject":{"reference":"Patient/ane"}"#,
            r#""subject":[{"reference":"Patient/ane"}]"#,
            400,
            &["wrong-json-type Observation.subject"],
        ),
        (
            r#""code":"8867-4""#,
            r#""code":"8867-4","userSelected":"true""#,
            400,
            &["wrong-json-type Observation.code.coding[0].userSelected"],
        ),
        (
            r#""subject":{"reference":"Patient/ane"}"#,
            r#""subject":"Patient/ane""#,
            400,
            &["wrong-json-type Observation.subject"],
        ),
        (r#""status":"final""#, r#""status":7"#, 400, &["wrong-json-type Observation.status"]),
    ];
    check(&world.gateway(), GOOD, cases).await;
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_content_is_a_422_with_its_place() {
    let world = World::new().await;
    let cases: &[Change] = &[
        (r#""final""#, r#""finished""#, 422, &["code-invalid Observation.status"]),
        (r#""status":"final","#, "", 422, &["missing-element Observation.status"]),
        (
            r#""code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"#,
            "",
            422,
            &["missing-element Observation.code"],
        ),
        (
            "2025-12-02T08:00:00+01:00",
            "2020-13-45",
            422,
            &["bad-datetime Observation.effectiveDateTime"],
        ),
        (
            "2025-12-02T08:00:00+01:00",
            "2025-02-29",
            422,
            &["bad-datetime Observation.effectiveDateTime"],
        ),
        (
            "2025-12-02T08:00:00+01:00",
            "2025-12-02T08:00:00",
            422,
            &["bad-datetime Observation.effectiveDateTime"],
        ),
        ("2025-12-02T08:00:00+01:00", "2025-12", 422, &["vs-1 Observation.effectiveDateTime"]),
        (
            r#""effectiveDateTime":"2025-12-02T08:00:00+01:00","#,
            "",
            422,
            &["vital-effective Observation"],
        ),
        ("2025-12-02T07:00:01.5Z", "2025-12-02", 422, &["bad-instant Observation.issued"]),
        (
            r#""unit":"slag/min","system":"http://unitsofmeasure.org","code":"/min""#,
            r#""system":"http://unitsofmeasure.org","code":"bogus""#,
            422,
            &[
                "ucum-invalid Observation.valueQuantity.code",
                "vital-unit Observation.valueQuantity.code",
            ],
        ),
        (r#""code":"/min""#, r#""code":"kg""#, 422, &["vital-unit Observation.valueQuantity.code"]),
        (r#""id":"hr-1""#, r#""dataAbsentReason":{"text":"unknown"}"#, 422, &["obs-6 Observation"]),
        (
            r#""id":"hr-1""#,
            r#""referenceRange":[{"age":{"low":{"value":18}}}]"#,
            422,
            &["obs-3 Observation.referenceRange[0]"],
        ),
        (
            r#""system":"http://unitsofmeasure.org","#,
            "",
            422,
            &[
                "qty-3 Observation.valueQuantity",
                "~vital-unit-unusual Observation.valueQuantity.code",
            ],
        ),
        (
            r#""id":"hr-1""#,
            r#""component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"valueQuantity":{"value":71,"unit":"slag/min","system":"http://unitsofmeasure.org","code":"/min"}}]"#,
            422,
            &["obs-7 Observation"],
        ),
        ("Patient/ane", "Practitioner/ane", 422, &["reference-type Observation.subject.reference"]),
        (
            r#""id":"hr-1""#,
            r#""component":[{"valueInteger":1}]"#,
            422,
            &["missing-element Observation.component[0].code"],
        ),
        ("hr-1", "hr_1", 422, &["bad-id Observation.id"]),
        (
            r#""id":"hr-1""#,
            r#""extension":[{"url":"http://example.org/x"}]"#,
            422,
            &["ext-1 Observation.extension[0]"],
        ),
        (
            r#""id":"hr-1""#,
            r#""extension":[{"url":"http://example.org/x","valueBoolean":true,"extension":[{"url":"y","valueBoolean":true}]}]"#,
            422,
            &["ext-1 Observation.extension[0]"],
        ),
        (
            r#""id":"hr-1""#,
            r#""contained":[{"resourceType":"Device","id":"d"}]"#,
            422,
            &["dom-3 Observation.contained[0]"],
        ),
        (
            r#""subject":{"reference":"Patient/ane"},"#,
            "",
            422,
            &["vital-subject Observation.subject"],
        ),
    ];
    check(&world.gateway(), GOOD, cases).await;
    let of_a_pressure: &[Change] = &[
        (
            r#""code":"mm[Hg]""#,
            r#""code":"kg""#,
            422,
            &["vital-unit Observation.component[0].valueQuantity.code"],
        ),
        (
            r#","dataAbsentReason":{"text":"cuff slipped"}"#,
            "",
            422,
            &["vs-3 Observation.component[1]"],
        ),
    ];
    check(&world.gateway(), GOOD_PRESSURE, of_a_pressure).await;
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    assert_eq!(world.count("0330", "select count(*) from touched_day").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_real_devices_do_is_accepted_and_told() {
    let world = World::new().await;
    let reversed =
        r#""effectivePeriod":{"start":"2025-12-02T08:00:00Z","end":"2025-12-02T07:59:59Z"}"#;
    let at = r#""effectiveDateTime":"2025-12-02T08:00:00+01:00""#;
    let no_category = r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"#;
    let cases: &[(&str, &str, &[&str])] = &[
        (at, reversed, &["~end-before-start Observation", "~per-1 Observation.effectivePeriod"]),
        (
            r#""code":"/min""#,
            r#""code":"bogus""#,
            &[
                "~ucum-invalid Observation.valueQuantity.code",
                "~vital-unit-unusual Observation.valueQuantity.code",
            ],
        ),
        (no_category, "", &["~vital-category Observation.category"]),
    ];
    let quiet = world.gateway();
    let telling = quiet.with("prefer", "return=OperationOutcome");
    for (old, new, expected) in cases {
        let sent = GOOD.replace(old, new);
        assert_ne!(sent, GOOD);
        let answer = telling.post("Observation", &sent).await.expect(201);
        assert_eq!(told(&answer), *expected, "{new}");
        // The same again says the same, in the header when the body is the reading.
        let again = quiet.post("Observation", &sent).await.expect(200);
        let mut keys: Vec<&str> = again.header("x-pulsvagt-warnings").split(", ").collect();
        keys.sort_unstable();
        let wanted: Vec<&str> = expected
            .iter()
            .map(|one| one.trim_start_matches('~').split(' ').next().unwrap_or(""))
            .collect();
        assert_eq!(keys, wanted, "{new}");
    }
    let count = i64::try_from(cases.len()).expect("few");
    assert_eq!(world.count("0330", "select count(*) from observation").await, count);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_own_app_need_not_say_whose_reading_it_is() {
    let world = World::new().await;
    let anonymous = GOOD.replace(r#""subject":{"reference":"Patient/ane"},"#, "");
    let created = world.citizen("ane").post("Observation", &anonymous).await.expect(201);
    let found = world.nurse().get("Observation?patient=ane").await.expect(200);
    assert!(found.text.contains(&created.id()), "{}", found.text);
    let refused = world.gateway().post("Observation", &anonymous).await.expect(422);
    assert_eq!(told(&refused), ["vital-subject Observation.subject"]);
    // What is no vital sign needs a citizen all the same, or nobody would ever find it.
    let steps = r#"{"resourceType":"Observation","status":"final","code":{"text":"Steps"},"effectiveDateTime":"2025-12-02","valueInteger":7}"#;
    let refused = world.gateway().post("Observation", steps).await.expect(422);
    assert_eq!(told(&refused), ["subject-required Observation.subject"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_document_are_told_in_one_answer() {
    let world = World::new().await;
    let sent = GOOD
        .replace(r#""final""#, r#""finished""#)
        .replace("2025-12-02T08:00:00+01:00", "2025-12-02T08:00")
        .replace(r#""value":72"#, r#""value":"72""#)
        .replace("Patient/ane", "Group/1")
        .replace(r#""id":"hr-1""#, r#""id":"hr 1","pulse":72,"dataAbsentReason":{"text":"x"}"#);
    let answer = world.gateway().post("Observation", &sent).await.expect(400);
    let told = told(&answer);
    for expected in [
        "bad-datetime Observation.effectiveDateTime",
        "bad-id Observation.id",
        "code-invalid Observation.status",
        "obs-6 Observation",
        "unknown-element Observation.pulse",
        "wrong-json-type Observation.valueQuantity.value",
    ] {
        assert!(told.iter().any(|one| one == expected), "{expected} is not in {told:?}");
    }

    // The same two faults keep their places inside a Bundle.
    let broken = GOOD.replace(r#""final""#, r#""finished""#).replace("/min\"}", "kg\"}");
    let entry = |resource: &str| {
        format!(r#"{{"resource":{resource},"request":{{"method":"POST","url":"Observation"}}}}"#)
    };
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{},{},{}]}}"#,
        entry(GOOD),
        entry(&broken),
        entry(&GOOD.replace("\"final\"", "\"done\"")),
    );
    let answer = world.gateway().post("/fhir", &bundle).await.expect(422);
    assert_eq!(
        self::told(&answer),
        [
            "code-invalid Bundle.entry[1].resource.status",
            "code-invalid Bundle.entry[2].resource.status",
            "vital-unit Bundle.entry[1].resource.valueQuantity.code",
        ]
    );
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_refused_whatever_it_is() {
    let world = World::new().await;
    let client = world.gateway().with("content-type", "application/fhir+json");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_objects = format!(
        r#"{{"resourceType":"Observation","extension":{}1{}}}"#,
        r#"[{"extension":"#.repeat(100_000),
        "}]".repeat(100_000)
    );
    let with_text = |text: &[u8]| {
        let mut body = br#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/ane"},"code":{"text":""#.to_vec();
        body.extend_from_slice(text);
        body.extend_from_slice(br#""}}"#);
        body
    };
    let with_bom = [b"\xEF\xBB\xBF", GOOD.as_bytes()].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("white space", b" \n".to_vec()),
        ("words", b"pulse 72".to_vec()),
        ("XML", b"<Observation xmlns=\"http://hl7.org/fhir\"/>".to_vec()),
        ("half", GOOD.as_bytes()[..GOOD.len() / 2].to_vec()),
        ("two documents", [GOOD, GOOD].concat().into_bytes()),
        ("a comma too many", GOOD.replace("\"hr-1\",", "\"hr-1\",,").into_bytes()),
        ("not a number", GOOD.replace(":72", ":NaN").into_bytes()),
        ("a leading zero", GOOD.replace(":72", ":072").into_bytes()),
        ("a byte order mark", with_bom),
        ("UTF-16", GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("Latin-1", with_text(b"h\xF8j")),
        ("a NUL", with_text(b"a\0b")),
        ("an escaped NUL", with_text(br"a\u0000b")),
        ("half a surrogate pair", with_text(br"a\ud83d")),
        ("the other half", with_text(br"\udca9b")),
        // Or a property could come twice without looking so.
        ("an escaped name", GOOD.replace("\"status\"", r#""st\u0061tus""#).into_bytes()),
        ("deep arrays", deep.into_bytes()),
        ("deep objects", deep_objects.into_bytes()),
    ];
    for (name, body) in cases {
        let answer = client.send(Method::POST, "Observation", Body::from(body)).await;
        assert_eq!(answer.status.as_u16(), 400, "{name}: {}", answer.text);
        assert_eq!(told(&answer), ["not-json"], "{name}");
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    // Nothing of it has hurt.
    world.gateway().post("Observation", GOOD).await.expect(201);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_property_that_comes_twice_is_refused_with_its_place() {
    let world = World::new().await;
    let cases: &[Change] = &[
        (
            r#""status":"final""#,
            r#""status":"final","status":"cancelled""#,
            400,
            &["duplicate-property Observation.status"],
        ),
        (
            r#""value":72"#,
            r#""value":72,"value":73"#,
            400,
            &["duplicate-property Observation.valueQuantity.value"],
        ),
        (
            r#""code":"8867-4""#,
            r#""code":"8867-4","code":"8310-5""#,
            400,
            &["duplicate-property Observation.code.coding[0].code"],
        ),
    ];
    check(&world.gateway(), GOOD, cases).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_resource_or_media_type_is_refused() {
    let world = World::new().await;
    for (body, status) in [
        (r#"{"resourceType":"Patient"}"#, 400),
        (r#"{"resourceType":"observation","status":"final"}"#, 400),
        (r#"{"status":"final"}"#, 400),
        ("[]", 400),
        ("null", 400),
        ("\"Observation\"", 400),
    ] {
        let answer = world.gateway().post("Observation", body).await.expect(status);
        assert_eq!(told(&answer), ["wrong-resource-type resourceType"], "{body}");
    }
    for kind in ["application/xml", "application/fhir+xml", "text/plain", "image/png", "json"] {
        let client = world.gateway().with("content-type", kind);
        let answer = client.post("Observation", GOOD).await.expect(415);
        assert_eq!(told(&answer), ["unsupported-media-type"], "{kind}");
    }
    let untyped = world.gateway().send(Method::POST, "Observation", Body::from(GOOD)).await;
    assert_eq!(untyped.expect(415).issues()[0].0, "unsupported-media-type");
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}
