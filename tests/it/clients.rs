//! What known clients send, as recorded, one request after the other.

use axum::body::Body;
use axum::http::Method;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::validate::{Context, validate};
use serde_json::{Value, json};

use crate::world::{Answer, Client, World, heart_rate};

/// Clients with strict models raise on anything in an answer that is not FHIR.
#[track_caller]
fn is_fhir(answer: &Answer) {
    let document = Document::parse(answer.text.as_bytes()).expect("JSON");
    let kind = document.root().str_at("resourceType").expect("a resource");
    let mut issues = Vec::new();
    validate(document.root(), &kind, Context { subject_known: true }, &mut issues);
    issues.retain(pulsvagt_fhir::Issue::is_error);
    assert!(issues.is_empty(), "{issues:?}: {}", answer.text);
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let link = links.iter().find(|link| link["relation"] == relation)?;
    link["url"].as_str().map(str::to_owned)
}

/// Follows next links until there are none; the ids in the order they came.
async fn follow(client: &Client, address: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut address = address.to_owned();
    for _ in 0..20 {
        let answer = client.get(&address).await.expect(200);
        is_fhir(&answer);
        let bundle = answer.json();
        assert_eq!(bundle["type"], "searchset");
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            assert_eq!(entry["search"]["mode"], "match");
            let id = entry["resource"]["id"].as_str().expect("an id");
            let place = format!("http://pulsvagt.test/fhir/Observation/{id}");
            assert_eq!(entry["fullUrl"], place);
            ids.push(id.to_owned());
        }
        match link(&bundle, "next") {
            // Clients take it as it is, so it has to be the whole address.
            Some(next) => {
                assert!(next.starts_with("http://pulsvagt.test/fhir/"), "{next}");
                address = next;
            }
            None => return ids,
        }
    }
    panic!("the last page never comes");
}

/// A heart rate at a minute past eight on New Year's Eve.
fn reading(citizen: &str, minute: u32, identifier: Option<&str>) -> String {
    let at = format!("2025-12-31T08:{minute:02}:00+01:00");
    let mut reading: Value = serde_json::from_str(&heart_rate(citizen, &at, "70")).expect("json");
    if let Some(identifier) = identifier {
        reading["identifier"] = json!([{"system": "https://app.example/id", "value": identifier}]);
    }
    reading.to_string()
}

/// Seven readings of Ane's; their ids, oldest first.
async fn seven(world: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for minute in 0..7 {
        let sent = reading("ane", minute, None);
        ids.push(world.gateway().post("Observation", &sent).await.expect(201).id());
    }
    world.gateway().post("Observation", &reading("bo", 0, None)).await.expect(201);
    ids
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

/// fhirpy 2.3.1: plain JSON, conditions in the address, a count of nothing, a merge patch.
#[tokio::test(flavor = "multi_thread")]
async fn fhirpy_gets_or_creates_counts_and_follows_pages() {
    let world = World::new().await;
    let ids = seven(&world).await;
    let fhirpy = world
        .gateway()
        .with("content-type", "application/json")
        .with("accept", "application/json")
        .with("user-agent", "Python/3.12 aiohttp/3.11");

    // resources("Observation").search(…).get_or_create(…)
    let address = "Observation?identifier=https://app.example/id|r-1";
    let created = fhirpy.post(address, &reading("ane", 30, Some("r-1"))).await.expect(201);
    assert_eq!(created.header("content-type"), "application/json; charset=utf-8");
    is_fhir(&created);
    let address = "Observation?identifier=https%3A%2F%2Fapp.example%2Fid%7Cr-1";
    let there = fhirpy.post(address, &reading("ane", 31, Some("r-1"))).await.expect(200);
    assert_eq!(there.id(), created.id());
    assert_eq!(there.json()["effectiveDateTime"], "2025-12-31T08:30:00+01:00");

    // .count()
    let count = "Observation?patient=ane&_count=0&_totalMethod=count";
    let counted = fhirpy.get(count).await.expect(200);
    is_fhir(&counted);
    assert_eq!(counted.json()["total"], 8);
    assert_eq!(counted.json()["entry"], Value::Null);

    // .fetch_all()
    let all = follow(&fhirpy, "Observation?patient=Patient%2Fane&_count=3").await;
    let mut expected = ids.clone();
    expected.push(created.id());
    assert_eq!(sorted(all), sorted(expected));
    // .fetch(), .first()
    let first = follow(&fhirpy, "Observation?patient=Patient%2Fane&_sort=-date&_count=1000").await;
    assert_eq!(first[0], created.id());
    assert_eq!(first[1], ids[6]);

    // resource.save() of something that was read, then resource.patch(…)
    let mut corrected = created.json();
    corrected["status"] = json!("amended");
    let place = format!("Observation/{}", created.id());
    let saved = fhirpy.put(&place, &corrected.to_string()).await.expect(200);
    assert_eq!(saved.json()["meta"]["versionId"], "2");
    let patched = fhirpy.send(Method::PATCH, &place, Body::from(r#"{"status":"final"}"#)).await;
    assert_eq!(patched.status.as_u16(), 405, "{}", patched.text);
    is_fhir(&patched);

    // What goes wrong is told in FHIR, which it shows to its user.
    let refused = fhirpy.post("Observation", r#"{"resourceType":"Observation"}"#).await;
    assert!(refused.status.is_client_error());
    is_fhir(&refused);
    assert_eq!(refused.header("content-type"), "application/json; charset=utf-8");
    world.end().await;
}

/// fhirclient 4.4 for Python: metadata first, models that raise on unknown elements, two dates.
#[tokio::test(flavor = "multi_thread")]
async fn fhirclient_for_python_prepares_and_searches_between_two_dates() {
    let world = World::new().await;
    let ids = seven(&world).await;
    let quiet =
        world.nobody().with("accept", "application/fhir+json").with("accept-charset", "UTF-8");
    // FHIRClient.prepare(), before there is a token
    let metadata = quiet.get("metadata").await.expect(200);
    assert_eq!(metadata.header("content-type"), "application/fhir+json; charset=utf-8");
    let statement = metadata.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["rest"][0]["mode"], "server");
    for required in ["status", "date", "kind", "format"] {
        assert_ne!(statement[required], Value::Null, "{required}");
    }

    let client = world
        .nurse()
        .with("accept", "application/fhir+json")
        .with("accept-charset", "UTF-8")
        .with("content-type", "application/fhir+json");
    for (window, expected) in [
        ("date=ge2025-12-31T08:02:00%2B01:00&date=lt2025-12-31T08:05:00%2B01:00", &ids[2..5]),
        ("date=ge2025-12-31T07%3A02%3A00Z&date=le2025-12-31T07%3A05%3A00Z", &ids[2..6]),
        ("date=ge2025-12-31&date=lt2026-01-01", &ids[..]),
        ("date=gt2025-12-31&date=lt2026-01-01", &[]),
    ] {
        let address = format!(
            "Observation?patient=ane&code=http%3A%2F%2Floinc.org%7C8867-4&{window}&_count=2"
        );
        assert_eq!(sorted(follow(&client, &address).await), sorted(expected.to_vec()), "{window}");
    }
    // Observation.read(…), then update with what was read.
    let place = format!("Observation/{}", ids[0]);
    let read = client.get(&place).await.expect(200);
    is_fhir(&read);
    let same = client.put(&place, &read.text).await.expect(200);
    assert_eq!(same.json()["meta"]["versionId"], "1", "nothing has changed");
    let missing = client.get("Observation/none").await.expect(404);
    is_fhir(&missing);
    world.end().await;
}

/// fhir-kit-client 2.0: a slash after the base, headers passed through, searches by POST.
#[tokio::test(flavor = "multi_thread")]
async fn fhir_kit_client_discovers_sends_batches_and_guards_versions() {
    let world = World::new().await;
    let quiet = world.nobody().with("accept", "application/fhir+json");
    // client.smartAuthMetadata() asks three places at once and takes what it gets.
    let asked = [
        "/fhir/.well-known/smart-configuration",
        "/fhir/metadata",
        "/fhir/.well-known/openid-configuration",
    ];
    let answers = futures_util::future::join_all(asked.map(|path| quiet.get(path))).await;
    assert_eq!(answers[1].status.as_u16(), 200);
    for answer in &answers {
        assert!(!answer.status.is_server_error(), "{}", answer.text);
        if answer.status.as_u16() == 404 {
            is_fhir(answer);
        }
    }

    let client = world
        .gateway()
        .with("accept", "application/fhir+json")
        .with("content-type", "application/fhir+json");
    // client.batch(…), client.transaction(…)
    let mut ids = Vec::new();
    for (kind, minute) in [("batch", 0), ("transaction", 1)] {
        let sent = format!(
            r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{{"resource":{},
                "request":{{"method":"POST","url":"Observation"}}}}]}}"#,
            reading("ane", minute, None)
        );
        let answer = client.post("/fhir/", &sent).await.expect(200);
        is_fhir(&answer);
        let response = &answer.json()["entry"][0]["response"];
        assert_eq!(response["status"], "201 Created");
        let location = response["location"].as_str().expect("a place").to_owned();
        ids.push(location.split('/').nth(1).expect("an id").to_owned());
    }
    // client.create({ options: { headers: { 'If-None-Exist': … } } })
    let once = client.with("if-none-exist", "identifier=https://app.example/id|k-1");
    let created = once.post("Observation", &reading("ane", 10, Some("k-1"))).await.expect(201);
    let there = once.post("Observation", &reading("ane", 11, Some("k-1"))).await.expect(200);
    assert_eq!(there.id(), created.id());
    assert_eq!(there.header("location"), created.header("location"));

    // client.update(…) with If-Match
    let place = format!("Observation/{}", created.id());
    let mut corrected = created.json();
    corrected["valueQuantity"]["value"] = json!(71);
    let text = corrected.to_string();
    let mine = client.with("if-match", created.header("etag"));
    let updated = mine.put(&place, &text).await.expect(200);
    assert_eq!(updated.header("etag"), "W/\"2\"");
    let stale = mine.put(&place, &text.replace("71", "72")).await.expect(412);
    is_fhir(&stale);
    assert_eq!(client.get(&place).await.expect(200).json()["valueQuantity"]["value"], 71);
    // client.vread(…), client.history(…)
    let old = client.get(&format!("{place}/_history/1")).await.expect(200);
    assert_eq!(old.json()["valueQuantity"]["value"], 70);
    let history = client.get(&format!("{place}/_history")).await.expect(200);
    is_fhir(&history);
    assert_eq!(history.json()["total"], 2);
    assert_eq!(history.json()["entry"][0]["resource"]["meta"]["versionId"], "2");
    // client.patch(…)
    let patch = Body::from(r#"[{"op":"replace","path":"/status","value":"final"}]"#);
    let patch = client
        .with("content-type", "application/json-patch+json")
        .send(Method::PATCH, &place, patch)
        .await;
    assert_eq!(patch.status.as_u16(), 405, "{}", patch.text);
    is_fhir(&patch);

    // client.resourceSearch({ options: { postSearch: true } }), client.nextPage(…)
    let form = client.with("content-type", "application/x-www-form-urlencoded");
    let found = form
        .post("Observation/_search", "patient=ane&code=http%3A%2F%2Floinc.org%7C8867-4&_count=2")
        .await
        .expect(200);
    is_fhir(&found);
    let bundle = found.json();
    let mut all: Vec<String> = bundle["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["resource"]["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(all.len(), 2);
    all.extend(follow(&client, &link(&bundle, "next").expect("a next page")).await);
    ids.push(created.id());
    assert_eq!(sorted(all), sorted(ids));
    // client.delete(…) is told what to do instead.
    let kept = client.delete(&place).await.expect(405);
    is_fhir(&kept);
    assert!(kept.text.contains("entered-in-error"), "{}", kept.text);
    world.end().await;
}

/// fhirclient.js 2.6: plain JSON for everything, the version of FHIR from the metadata.
#[tokio::test(flavor = "multi_thread")]
async fn fhirclient_js_speaks_plain_json_throughout() {
    let world = World::new().await;
    let ids = seven(&world).await;
    let plain = |client: Client| {
        client.with("accept", "application/json").with("content-type", "application/json")
    };
    let app = plain(world.citizen("ane"));
    let answers_in_json = |answer: &Answer| {
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    };
    // client.getFhirVersion()
    let metadata = plain(world.nobody()).get("metadata").await.expect(200);
    answers_in_json(&metadata);
    assert_eq!(metadata.json()["fhirVersion"], "4.0.1");

    // client.patient.read()
    let patient = app.get("Patient/ane").await.expect(200);
    answers_in_json(&patient);
    is_fhir(&patient);
    assert_eq!(patient.json()["id"], "ane");

    // client.patient.request("Observation?…", { pageLimit: 0 })
    let address = "Observation?_count=3&code=http%3A%2F%2Floinc.org%7C8867-4&patient=ane";
    assert_eq!(sorted(follow(&app, address).await), sorted(ids.clone()));
    // An app that asks without saying for whom sees its own citizen's.
    assert_eq!(sorted(follow(&app, "Observation?_count=3").await), sorted(ids));
    let others = app.get("Observation?patient=bo").await;
    assert!(!others.text.contains("Patient/bo"), "{}", others.text);

    // client.create(…) of a reading without a subject, client.update(…)
    let mut own: Value = serde_json::from_str(&reading("ane", 20, None)).expect("json");
    own.as_object_mut().expect("an object").remove("subject");
    let created = app.post("Observation", &own.to_string()).await.expect(201);
    answers_in_json(&created);
    is_fhir(&created);
    let place = format!("Observation/{}", created.id());
    let mut corrected = created.json();
    corrected["status"] = json!("entered-in-error");
    let updated = app.put(&place, &corrected.to_string()).await.expect(200);
    answers_in_json(&updated);
    assert_eq!(updated.json()["meta"]["versionId"], "2");
    let refused = app.delete(&place).await.expect(405);
    answers_in_json(&refused);
    // Cached reads ask whether anything has changed.
    let same = app.with("if-none-match", "W/\"2\"").get(&place).await.expect(304);
    assert!(same.text.is_empty());
    world.end().await;
}
