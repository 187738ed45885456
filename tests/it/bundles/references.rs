//! What the entries of a Bundle call each other, and what becomes of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{bundle, census, entries, errors, get, named, place, post, reading, statuses};
use crate::world::{Answer, World};

const CPR: &str = "urn:oid:1.2.208.176.1.2";
const EUI: &str = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680";

/// A name that an entry may have in its Bundle.
fn urn(number: u32) -> String {
    format!("urn:uuid:5b7842fe-978d-4182-a41f-{number:012x}")
}

/// A device with a number that the maker gave it.
fn device(number: &str) -> Value {
    json!({"resourceType": "Device", "identifier": [{"system": EUI, "value": number}]})
}

/// A panel of readings.
fn panel(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|name| json!({"reference": name})).collect();
    json!({"resourceType": "Observation", "status": "final", "code": {"text": name},
        "subject": {"reference": "Patient/ane"},
        "effectiveDateTime": "2025-12-31T08:00:00Z", "hasMember": members})
}

async fn read(world: &World, place: &str) -> Value {
    world.nurse().get(place).await.expect(200).json()
}

/// What a resource of an answer says it refers to there.
async fn reference(world: &World, answer: &Answer, entry: usize, pointer: &str) -> String {
    let resource = read(world, &place(answer, entry)).await;
    let found = resource.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("nothing at {pointer}: {resource}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_and_a_device_are_created_together_in_any_order() {
    let world = World::new().await;
    let patient = json!({"resourceType": "Patient", "active": true,
        "identifier": [{"system": CPR, "value": "0404704567"}]});
    for (number, first) in [(1, "Patient"), (2, "Device")] {
        let mut scale = device(&format!("eui-{number}"));
        scale["patient"] = json!({"reference": urn(1)});
        let mut sent = [named(&urn(1), &patient), named(&urn(2), &scale)];
        if first == "Device" {
            sent.reverse();
        }
        let answer = world.admin("0330").post("", &bundle("transaction", &sent)).await.expect(200);
        assert_eq!(statuses(&answer), ["201", "201"]);
        let (patient, device) = if first == "Device" { (1, 0) } else { (0, 1) };
        assert_eq!(
            reference(&world, &answer, device, "/patient/reference").await,
            place(&answer, patient),
            "{first} first"
        );
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_refer_to_the_device_that_comes_with_them() {
    let world = World::new().await;
    let mut reading = reading("ane", 0, 70);
    reading["device"] = json!({"reference": urn(1)});
    reading["extension"] = json!([{
        "url": "http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice",
        "valueReference": {"reference": urn(1)}}]);
    // What only looks like the name of an entry stays as it is.
    reading["note"] = json!([{"text": urn(1)}]);
    reading["identifier"] = json!([{"system": urn(1), "value": "1"}]);
    for kind in ["transaction", "batch"] {
        let sent = bundle(kind, &[post(&reading), named(&urn(1), &device(kind))]);
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["201", "201"], "{}", answer.text);
        let scale = place(&answer, 1);
        let mut expected = reading.clone();
        expected["device"]["reference"] = json!(scale);
        expected["extension"][0]["valueReference"]["reference"] = json!(scale);
        let mut stored = read(&world, &place(&answer, 0)).await;
        let stored_members = stored.as_object_mut().expect("an object");
        stored_members.remove("id");
        stored_members.remove("meta");
        assert_eq!(stored, expected);
        let found = world.nurse().get(&format!("Observation?device={scale}")).await.expect(200);
        assert_eq!(found.json()["entry"].as_array().map(Vec::len), Some(1), "{}", found.text);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panels_refer_to_their_members_wherever_those_stand() {
    let world = World::new().await;
    let sent = [
        // A panel of panels before the panels, and those before their members.
        named(&urn(1), &panel("all", &[&urn(2), &urn(3)])),
        named(&urn(2), &panel("first", &[&urn(4)])),
        named(&urn(3), &panel("second", &[&urn(5), &urn(4)])),
        named(&urn(4), &reading("ane", 0, 70)),
        named(&urn(5), &reading("ane", 1, 71)),
    ];
    let answer = world.gateway().post("", &bundle("transaction", &sent)).await.expect(200);
    assert_eq!(statuses(&answer), ["201"; 5], "{}", answer.text);
    for (entry, member, expected) in [(0, 0, 1), (0, 1, 2), (1, 0, 3), (2, 0, 4), (2, 1, 3)] {
        let pointer = format!("/hasMember/{member}/reference");
        let found = reference(&world, &answer, entry, &pointer).await;
        assert_eq!(found, place(&answer, expected), "{entry}");
    }
    let again = world.gateway().post("", &bundle("transaction", &sent)).await.expect(200);
    assert_eq!(statuses(&again), ["200"; 5]);
    for entry in 0..5 {
        assert_eq!(place(&again, entry), place(&answer, entry));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_may_be_referred_to_relative_to_where_they_came_from() {
    let world = World::new().await;
    let place_of = |id: &str| format!("https://app.example/fhir/Observation/{id}");
    let sent = [
        named(&place_of("panel"), &panel("panel", &["Observation/a", "Observation/b"])),
        named(&place_of("a"), &reading("ane", 0, 70)),
        named(&place_of("b"), &reading("ane", 1, 70)),
    ];
    let answer = world.gateway().post("", &bundle("transaction", &sent)).await.expect(200);
    for member in [0, 1] {
        let pointer = format!("/hasMember/{member}/reference");
        let found = reference(&world, &answer, 0, &pointer).await;
        assert_eq!(found, place(&answer, member + 1));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provenance_tells_of_the_readings_it_came_with() {
    let world = World::new().await;
    let provenance = json!({"resourceType": "Provenance", "recorded": "2025-12-31T09:00:00Z",
        "target": [{"reference": urn(1)}, {"reference": urn(2)}],
        "agent": [{"who": {"display": "Gateway"}}]});
    for kind in ["transaction", "batch"] {
        let minute = if kind == "batch" { 10 } else { 0 };
        let sent = [
            post(&provenance),
            named(&urn(1), &reading("ane", minute, 70)),
            named(&urn(2), &reading("ane", minute + 1, 71)),
        ];
        let answer = world.gateway().post("", &bundle(kind, &sent)).await.expect(200);
        assert_eq!(statuses(&answer), ["201", "201", "201"], "{}", answer.text);
        for (target, entry) in [(0, 1), (1, 2)] {
            let pointer = format!("/target/{target}/reference");
            let found = reference(&world, &answer, 0, &pointer).await;
            assert_eq!(found, place(&answer, entry));
        }
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absolute_reference_to_this_server_is_one_of_its_own() {
    let world = World::new().await;
    let mut reading = reading("ane", 0, 70);
    reading["subject"]["reference"] = json!("http://pulsvagt.test/fhir/Patient/ane");
    let sent = bundle("transaction", &[post(&reading)]);
    let answer = world.citizen("ane").post("", &sent).await.expect(200);
    let found = reference(&world, &answer, 0, "/subject/reference").await;
    assert_eq!(found, "http://pulsvagt.test/fhir/Patient/ane");
    let other = sent.replace("pulsvagt.test", "elsewhere.test");
    world.citizen("ane").post("", &other).await.expect(422);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_reference_finds_exactly_one_or_refuses() {
    let world = World::new().await;
    for number in ["one", "two", "two"] {
        world.gateway().post("Device", &device(number).to_string()).await.expect(201);
    }
    let about = |minute: u32, patient: &str, scale: &str| {
        let mut reading = reading("ane", minute, 70);
        reading["subject"]["reference"] = json!(patient);
        reading["device"] = json!({"reference": format!("Device?identifier={EUI}|{scale}")});
        reading
    };
    let ane = format!("Patient?identifier={CPR}|0101501234");
    let nobody = format!("Patient?identifier={CPR}|3112991234");
    for (kind, minute) in [("transaction", 0), ("batch", 1)] {
        let sent = bundle(kind, &[post(&about(minute, &ane, "one"))]);
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["201"], "{}", answer.text);
        assert_eq!(reference(&world, &answer, 0, "/subject/reference").await, "Patient/ane");
        let device = reference(&world, &answer, 0, "/device/reference").await;
        assert!(device.starts_with("Device/") && !device.contains('?'), "{device}");
        // Another citizen's app must not learn that there is such a citizen.
        let bo = world.citizen("bo").post("", &sent).await;
        let stranger = sent.replace("0101501234", "3112991234");
        let unknown = world.citizen("bo").post("", &stranger).await;
        assert_eq!((bo.status, &bo.text), (unknown.status, &unknown.text));
    }
    let before = census(&world).await;
    for (patient, scale, key) in [
        (&ane, "two", "several-match"),
        (&ane, "none", "conditional-reference"),
        (&nobody, "one", "conditional-reference"),
    ] {
        let bad = post(&about(2, patient, scale));
        let sent = bundle("transaction", std::slice::from_ref(&bad));
        let refused = world.gateway().post("", &sent).await.expect(412);
        assert_eq!(refused.issues()[0].0, key);
        assert!(!refused.text.contains("3112991234"), "{}", refused.text);
        let sent = bundle("batch", std::slice::from_ref(&bad));
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["412"]);
        assert_eq!(errors(&entries(&answer)[0])[0].0, key);
    }
    assert_eq!(census(&world).await, before);
    world.end().await;
}

/// An upload in the shape that Danish gateways send: names under another server's address,
/// references relative to it, and conditions that nobody has escaped.
fn danish(cpr: &str) -> String {
    let at = |name: &str| format!("http://hl7.dk/fhir/core/{name}");
    let patient = json!({"resourceType": "Patient", "id": "Poul",
        "identifier": [{"use": "official", "system": CPR, "value": cpr}],
        "name": [{"use": "official", "family": "Klausen", "given": ["Poul"]}]});
    let mut meter = device("C4F312FFFE53F2C9");
    meter["patient"] = json!({"reference": "Patient/Poul"});
    let mut sent = vec![
        named(&at("Patient/Poul"), &patient),
        named(&at("Device/phd"), &meter),
        named(&at("Device/phg"), &device("ECDE3D4E58532D31")),
    ];
    sent[0]["request"]["ifNoneExist"] = json!(format!("identifier={CPR}|{cpr}"));
    sent[1]["request"]["ifNoneExist"] = json!(format!("identifier={EUI}|C4F312FFFE53F2C9"));
    sent[2]["request"]["ifNoneExist"] = json!(format!("identifier={EUI}|ECDE3D4E58532D31"));
    for (minute, code, unit) in [(24, "149546", "{beat}/min"), (25, "150021", "mm[Hg]")] {
        let name =
            format!("C4F312FFFE53F2C9-{cpr}-{CPR}-{code}-93-{unit}-20230223T10{minute}08.00");
        let mut reading = reading("Poul", minute, 93);
        reading["device"] = json!({"reference": "Device/phd"});
        reading["identifier"] = json!([{"value": name}]);
        let mut entry = named(&at(&format!("Observation/{code}")), &reading);
        entry["request"]["ifNoneExist"] = json!(format!("identifier={name}"));
        sent.push(entry);
    }
    bundle("transaction", &sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_danish_gateways_upload_is_taken_in_for_a_citizen_that_is_known() {
    let world = World::new().await;
    let sent = danish("0101501234");
    let answer = world.gateway().post("", &sent).await.expect(200);
    assert_eq!(statuses(&answer), ["200", "201", "201", "201", "201"], "{}", answer.text);
    assert_eq!(place(&answer, 0), "Patient/ane");
    assert_eq!(reference(&world, &answer, 1, "/patient/reference").await, "Patient/ane");
    for entry in [3, 4] {
        let subject = reference(&world, &answer, entry, "/subject/reference").await;
        assert_eq!(subject, "Patient/ane");
        assert_eq!(reference(&world, &answer, entry, "/device/reference").await, place(&answer, 1));
    }
    let before = census(&world).await;
    let again = world.gateway().post("", &sent).await.expect(200);
    assert_eq!(statuses(&again), ["200"; 5], "{}", again.text);
    for entry in 0..5 {
        assert_eq!(place(&again, entry), place(&answer, entry));
    }
    // Even if the numbers have changed: the condition says which reading it is.
    let changed = world.gateway().post("", &sent.replace(":93,", ":94,")).await.expect(200);
    assert_eq!(statuses(&changed), ["200"; 5], "{}", changed.text);
    assert_eq!(place(&changed, 3), place(&answer, 3));
    assert_eq!(census(&world).await, before);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_creates_citizens_in_a_bundle_too() {
    let world = World::new().await;
    let before = census(&world).await;
    let refused = world.gateway().post("", &danish("0404704567")).await.expect(403);
    assert_eq!(refused.issues()[0].0, "forbidden");
    assert!(!refused.text.contains("0404704567"));
    assert_eq!(census(&world).await, before);

    let patient = json!({"resourceType": "Patient", "active": true});
    let sent = bundle("batch", &[post(&patient), post(&reading("ane", 0, 70)), get("Patient/ane")]);
    let answer = world.gateway().post("", &sent).await.expect(200);
    assert_eq!(statuses(&answer), ["403", "201", "200"], "{}", answer.text);
    // Who administers citizens does not see or write their readings.
    let answer = world.admin("0330").post("", &sent).await.expect(200);
    assert_eq!(statuses(&answer), ["201", "403", "200"], "{}", answer.text);
    let whole = sent.replace("\"batch\"", "\"transaction\"");
    let refused = world.admin("0330").post("", &whole).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    world.end().await;
}
