//! What clients rely on besides the resources: media types, versions, conditions, preferences.

use std::io::{Read, Write};

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::world::{World, heart_rate};

const NOON: &str = "2025-12-30T12:00:00Z";
const FHIR: &str = "application/fhir+json; charset=utf-8";
const PLAIN: &str = "application/json; charset=utf-8";

fn reading(value: &str) -> String {
    heart_rate("ane", NOON, value)
}

/// A reading as it is sent to correct the one with the id.
fn correction(id: &str, value: &str, status: &str) -> String {
    reading(value)
        .replace("\"status\":\"final\"", &format!("\"id\":\"{id}\",\"status\":\"{status}\""))
}

fn identified(value: &str, at: &str) -> String {
    heart_rate("ane", at, value)
        .replace("\"status\"", r#""identifier":[{"system":"urn:x","value":"a|b"}],"status""#)
}

#[tokio::test(flavor = "multi_thread")]
async fn json_goes_in_and_out_under_both_its_names() {
    let world = World::new().await;
    let gateway = world.gateway();
    for (sent, value) in [
        ("application/fhir+json", "70"),
        ("application/json", "71"),
        ("application/fhir+json; charset=utf-8", "72"),
        ("application/fhir+json;fhirVersion=4.0", "73"),
        ("Application/JSON", "74"),
    ] {
        let answer = gateway.with("content-type", sent).post("Observation", &reading(value)).await;
        assert_eq!(answer.expect(201).header("content-type"), FHIR, "{sent}");
    }
    for (accept, kind) in [
        ("application/fhir+json", FHIR),
        ("application/json", PLAIN),
        ("application/fhir+json;fhirVersion=4.0", FHIR),
        ("*/*", FHIR),
        ("application/*", FHIR),
        ("text/html, application/json;q=0.9", PLAIN),
        ("application/xml, application/fhir+json;q=0.2", FHIR),
    ] {
        let answer = gateway.with("accept", accept).get("Observation").await.expect(200);
        assert_eq!(answer.header("content-type"), kind, "{accept}");
    }
    for (format, kind) in [
        ("json", FHIR),
        ("application/fhir+json", FHIR),
        ("application/fhir%2Bjson", FHIR),
        ("application/json", PLAIN),
    ] {
        // What is in the address counts for more than the header.
        let client = gateway.with("accept", "application/xml");
        let answer = client.get(&format!("Observation?_format={format}")).await.expect(200);
        assert_eq!(answer.header("content-type"), kind, "{format}");
    }
    for accept in ["application/xml", "application/fhir+xml", "text/html", "application/json;q=0"] {
        let answer = gateway.with("accept", accept).get("Observation").await.expect(406);
        assert_eq!(answer.issues()[0].0, "not-acceptable", "{accept}");
        let refused = gateway.with("accept", accept).post("Observation", &reading("99")).await;
        refused.expect(406);
    }
    gateway.get("Observation?_format=xml").await.expect(406);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 5);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_goes_in_and_out() {
    let world = World::new().await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(reading("72").as_bytes()).expect("packed");
    let packed = packer.finish().expect("packed");
    let client = world
        .gateway()
        .with("content-type", "application/fhir+json")
        .with("content-encoding", "gzip");
    let send =
        async |body: Vec<u8>| client.send(Method::POST, "Observation", Body::from(body)).await;
    let id = send(packed.clone()).await.expect(201).id();
    world.gateway().post("Observation", &reading("72")).await.expect(200);
    for (cut, key) in
        [(packed[..packed.len() - 9].to_vec(), "bad-gzip"), (b"{}".to_vec(), "bad-gzip")]
    {
        assert_eq!(send(cut).await.expect(400).issues()[0].0, key);
    }
    let odd =
        world.gateway().with("content-encoding", "br").post("Observation", &reading("1")).await;
    assert_eq!(odd.expect(415).issues()[0].0, "unsupported-encoding");

    for minute in 10..20 {
        let at = format!("2025-12-30T12:{minute}:00Z");
        world.gateway().post("Observation", &heart_rate("ane", &at, "70")).await.expect(201);
    }
    let plain = world.nurse().get("Observation").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    let packed = world.nurse().with("accept-encoding", "gzip").get("Observation").await.expect(200);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.bytes.len() < plain.bytes.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    assert_eq!(text, plain.text);
    assert!(text.contains(&id));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_version_already_is_told_so() {
    let world = World::new().await;
    let created = world.gateway().post("Observation", &reading("72")).await.expect(201);
    let path = format!("Observation/{}", created.id());
    let nurse = world.nurse();
    let read = nurse.get(&path).await.expect(200);
    for answer in [&created, &read] {
        assert_eq!(answer.header("etag"), "W/\"1\"");
        assert_eq!(answer.header("last-modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
    }
    for (name, value, status) in [
        ("if-none-match", "W/\"1\"", 304),
        ("if-none-match", "W/\"7\", W/\"1\"", 304),
        ("if-none-match", "W/\"2\"", 200),
        ("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT", 304),
        ("if-modified-since", "Thu, 01 Jan 2026 00:00:01 GMT", 304),
        ("if-modified-since", "Wed, 31 Dec 2025 23:59:59 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        for path in [path.clone(), format!("{path}/_history/1")] {
            let answer = nurse.with(name, value).get(&path).await.expect(status);
            assert_eq!(answer.header("etag"), "W/\"1\"");
            assert_eq!(answer.text.is_empty(), status == 304, "{name}: {value}");
        }
    }
    world.clock.advance(60_000_000);
    let id = created.id();
    world.gateway().put(&path, &correction(&id, "73", "amended")).await.expect(200);
    let answer = nurse.with("if-none-match", "W/\"1\"").get(&path).await.expect(200);
    assert_eq!(answer.header("etag"), "W/\"2\"");
    assert_eq!(answer.header("last-modified"), "Thu, 01 Jan 2026 00:01:00 GMT");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_answers_with_what_is_preferred() {
    let world = World::new().await;
    let gateway = world.gateway();
    let minimal =
        gateway.with("prefer", "return=minimal").post("Observation", &reading("72")).await;
    let minimal = minimal.expect(201);
    assert_eq!(minimal.text, "");
    let (_, id) = minimal.header("location").rsplit_once("/Observation/").expect("a place");
    let id = id.strip_suffix("/_history/1").expect("a version").to_owned();
    assert_eq!(minimal.header("etag"), "W/\"1\"");

    let outcome = gateway.with("prefer", "return=OperationOutcome");
    let answer = outcome.post("Observation", &reading("72")).await.expect(200);
    assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    assert_eq!(answer.json()["issue"][0]["severity"], "information");
    assert_eq!(answer.header("location"), minimal.header("location"));

    for preference in ["return=representation", "handling=strict, return=representation", "x=y"] {
        let answer = gateway.with("prefer", preference).post("Observation", &reading("72")).await;
        assert_eq!(answer.expect(200).id(), id, "{preference}");
    }
    let put = gateway.with("prefer", "return=minimal");
    let put = put.put(&format!("Observation/{id}"), &correction(&id, "73", "amended")).await;
    assert_eq!(put.expect(200).text, "");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_create_stores_once() {
    let world = World::new().await;
    let gateway = world.gateway();
    let if_none = gateway.with("if-none-exist", "identifier=urn:x|a|b");
    let first = if_none.post("Observation", &identified("72", NOON)).await.expect(201);
    // Another reading with the identifier is the one that is there.
    let later = identified("80", "2025-12-30T13:00:00Z");
    for condition in ["identifier=urn:x|a|b", "identifier=urn%3Ax%7Ca%7Cb"] {
        let answer = gateway.with("if-none-exist", condition).post("Observation", &later).await;
        let answer = answer.expect(200);
        assert_eq!(answer.id(), first.id(), "{condition}");
        assert_eq!(answer.header("location"), first.header("location"));
    }
    // As fhirpy asks for it.
    let answer = gateway.post("Observation?identifier=urn:x|a|b", &later).await.expect(200);
    assert_eq!(answer.id(), first.id());
    assert_eq!(world.count("0330", "select count(*) from observation").await, 1);

    gateway.post("Observation", &later).await.expect(201);
    let answer = if_none.post("Observation", &identified("81", "2025-12-30T14:00:00Z")).await;
    assert_eq!(answer.expect(412).issues()[0].0, "several-match");
    for condition in ["status=final", "", "identifier=", "identifier=urn:x|a|b&status=final"] {
        let answer = gateway.with("if-none-exist", condition).post("Observation", &later).await;
        assert_eq!(answer.expect(400).issues()[0].0, "condition-not-supported", "{condition}");
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_a_new_version_and_the_old_one_stays() {
    let world = World::new().await;
    let gateway = world.gateway();
    let id = gateway.post("Observation", &reading("72")).await.expect(201).id();
    let path = format!("Observation/{id}");
    let amended = correction(&id, "73.0", "amended");
    world.clock.advance(1_000_000);
    let put = gateway.with("if-match", "W/\"1\"").put(&path, &amended).await.expect(200);
    assert_eq!(put.header("etag"), "W/\"2\"");
    assert!(put.header("location").ends_with(&format!("{path}/_history/2")));
    assert_eq!(put.json()["meta"]["versionId"], "2");

    for tag in ["W/\"1\"", "W/\"0\"", "W/\"3\"", "\"abc\""] {
        let answer =
            gateway.with("if-match", tag).put(&path, &correction(&id, "74", "amended")).await;
        assert_eq!(answer.expect(412).issues()[0].0, "version-conflict", "{tag}");
    }
    // The same once more is not another version.
    assert_eq!(gateway.put(&path, &amended).await.expect(200).header("etag"), "W/\"2\"");
    // The first one again is a duplicate, and undoes nothing.
    let again = gateway.post("Observation", &reading("72")).await.expect(200);
    assert_eq!((again.id(), again.header("etag")), (id.clone(), "W/\"2\""));
    assert!(again.text.contains("\"value\":73.0,"), "{}", again.text);

    let wrong = correction(&id, "73.0", "entered-in-error");
    let put = gateway.put(&path, &wrong).await.expect(200);
    assert_eq!(put.header("etag"), "W/\"3\"");
    let nurse = world.nurse();
    assert_eq!(nurse.get(&path).await.expect(200).json()["status"], "entered-in-error");

    let history = nurse.get(&format!("{path}/_history")).await.expect(200).json();
    assert_eq!((&history["type"], &history["total"]), (&json!("history"), &json!(3)));
    let entries = history["entry"].as_array().expect("entries");
    let told: Vec<(&Value, &Value, &Value)> = entries
        .iter()
        .map(|entry| {
            let resource = &entry["resource"];
            (&resource["meta"]["versionId"], &resource["status"], &entry["request"]["method"])
        })
        .collect();
    assert_eq!(
        told,
        [
            (&json!("3"), &json!("entered-in-error"), &json!("PUT")),
            (&json!("2"), &json!("amended"), &json!("PUT")),
            (&json!("1"), &json!("final"), &json!("POST")),
        ]
    );
    for (version, number) in [(1, "72"), (2, "73.0"), (3, "73.0")] {
        let answer = nurse.get(&format!("{path}/_history/{version}")).await.expect(200);
        assert_eq!(answer.header("etag"), format!("W/\"{version}\""));
        assert!(answer.text.contains(&format!("\"value\":{number},")), "{}", answer.text);
        let place = entries.len() - usize::try_from(version).expect("small");
        assert_eq!(answer.json(), entries[place]["resource"]);
    }
    for version in ["0", "4", "-1", "x", "99999999999"] {
        nurse.get(&format!("{path}/_history/{version}")).await.expect(404);
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 1);
    assert_eq!(world.count("0330", "select count(*) from observation_history").await, 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_does_not_make_another_reading_of_it() {
    let world = World::new().await;
    let gateway = world.gateway();
    let id = gateway.post("Observation", &reading("72")).await.expect(201).id();
    let path = format!("Observation/{id}");
    let amended = correction(&id, "73", "amended");
    for (old, new, place) in [
        ("Patient/ane", "Patient/bo", "Observation.subject"),
        ("8867-4", "40443-4", "Observation.code"),
        (NOON, "2025-12-30T12:00:01Z", "Observation.effective"),
        (
            "\"valueQuantity\"",
            "\"device\":{\"reference\":\"Device/x\"},\"valueQuantity\"",
            "Observation.device",
        ),
    ] {
        let answer = gateway.put(&path, &amended.replace(old, new)).await.expect(422);
        assert_eq!(answer.issues(), [("identity-changed".to_owned(), place.to_owned())]);
    }
    let both = amended.replace("Patient/ane", "Patient/bo").replace(NOON, "2025-12-31");
    assert_eq!(gateway.put(&path, &both).await.expect(422).issues().len(), 2);
    let another = amended.replace(&id, "another");
    assert_eq!(gateway.put(&path, &another).await.expect(400).issues()[0].0, "id-differs");
    gateway.put("Observation/unknown", &another.replace("another", "unknown")).await.expect(404);
    let broken = amended.replace("amended", "mended");
    assert_eq!(gateway.put(&path, &broken).await.expect(422).issues()[0].0, "code-invalid");
    gateway.with("content-type", "text/plain").put(&path, &amended).await.expect(415);
    assert_eq!(world.nurse().get(&path).await.expect(200).header("etag"), "W/\"1\"");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_refused_with_a_reason() {
    let world = World::new().await;
    let gateway = world.gateway();
    let id = gateway.post("Observation", &reading("72")).await.expect(201).id();
    let path = format!("Observation/{id}");
    let answer = gateway.delete(&path).await.expect(405);
    assert_eq!(answer.issues()[0].0, "delete-refused");
    assert!(answer.text.contains("entered-in-error"), "{}", answer.text);
    assert_eq!(answer.header("allow"), "GET, HEAD, PUT");
    gateway.get(&path).await.expect(200);
    for (method, path) in [
        (Method::PATCH, path.as_str()),
        (Method::POST, path.as_str()),
        (Method::PUT, "Observation"),
        (Method::DELETE, "Observation"),
        (Method::PATCH, "Patient/ane"),
        (Method::DELETE, "Patient/ane"),
        (Method::DELETE, "/fhir"),
        (Method::POST, "metadata"),
    ] {
        let client = world.admin("0330").with("content-type", "application/json");
        let answer = client.send(method.clone(), path, Body::from("{}")).await;
        assert_eq!(answer.status.as_u16(), 405, "{method} {path}: {}", answer.text);
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{method} {path}");
        assert_ne!(answer.header("allow"), "", "{method} {path}");
    }
    for path in ["Nothing", "Practitioner/1", "Basic", "Observation/a/b", "$import", "a/b/c/d/e"] {
        let answer = gateway.get(path).await.expect(404);
        assert_eq!(answer.issues()[0].0, "unknown-path", "{path}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_the_body() {
    let world = World::new().await;
    let id = world.gateway().post("Observation", &reading("72")).await.expect(201).id();
    for path in [format!("Observation/{id}"), "Patient/ane".to_owned(), "metadata".to_owned()] {
        let get = world.nurse().get(&path).await.expect(200);
        let head = world.nurse().send(Method::HEAD, &path, Body::empty()).await.expect(200);
        assert_eq!(head.text, "", "{path}");
        for name in ["etag", "last-modified", "content-type", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    world.nurse().send(Method::HEAD, "Observation/unknown", Body::empty()).await.expect(404);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_taken_at_the_base_with_and_without_a_slash() {
    let world = World::new().await;
    let entry = json!({"request": {"method": "GET", "url": "Patient/ane"}});
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [entry]}).to_string();
    for base in ["/fhir", "/fhir/"] {
        let answer = world.nurse().post(base, &bundle).await.expect(200);
        assert_eq!(answer.json()["type"], "batch-response", "{base}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_open_and_tell_of_nobody() {
    let world = World::new().await;
    let id = world.gateway().post("Observation", &reading("72")).await.expect(201).id();
    let identifier = "Patient?identifier=urn:oid:1.2.208.176.1.2|0101501234";
    for path in [&format!("Observation/{id}"), "Patient/ane", identifier, "Nothing/0101501234"] {
        world.nurse().get(path).await;
    }
    let nobody = world.nobody();
    assert_eq!(nobody.get("/health/live").await.expect(200).text, "live\n");
    assert_eq!(nobody.get("/health/ready").await.expect(200).text, "ready\n");
    let metrics = nobody.get("/metrics").await.expect(200);
    assert!(metrics.text.contains("pulsvagt_http_request_seconds"), "{}", metrics.text);
    for word in [id.as_str(), "0101501234", "Patient/ane", "\"ane\"", "test-nurse"] {
        assert!(!metrics.text.contains(word), "{word} in {}", metrics.text);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_id_of_its_request() {
    let world = World::new().await;
    for path in ["metadata", "Observation", "Observation/unknown", "Nothing", "/health/live"] {
        for id in ["019b2a3c-4d5e-7f80-9a1b-0123456789ab", "4bf92f3577b34da6a3ce929d0e0e4736"] {
            let client = world.nurse().with("x-request-id", id);
            assert_eq!(client.get(path).await.header("x-request-id"), id, "{path}");
        }
        let (one, two) = (world.nurse().get(path).await, world.nurse().get(path).await);
        assert_ne!(one.header("x-request-id"), "", "{path}");
        assert_ne!(one.header("x-request-id"), two.header("x-request-id"), "{path}");
    }
    // What could break a log, or name somebody, is not repeated.
    for bad in ["Zwickenberg", "abc-123.X", "0101501234", "two words", "a\"b", &"x".repeat(65)] {
        let answer = world.nurse().with("x-request-id", bad).get("metadata").await;
        assert_ne!(answer.header("x-request-id"), bad);
        assert_ne!(answer.header("x-request-id"), "");
    }
    world.end().await;
}
