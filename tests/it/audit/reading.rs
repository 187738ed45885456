//! Who is told what of the trail.

use std::collections::BTreeSet;

use pulsvagt::access::Role;
use pulsvagt::audit::Entry;
use pulsvagt::audit::search::{Wanted, newest};
use serde_json::{Value, json};

use super::{NOON, entries, last, store};
use crate::world::{Answer, Client, World, heart_rate};

fn events(answer: &Answer) -> Vec<Value> {
    let entries = answer.json()["entry"].as_array().cloned().unwrap_or_default();
    entries.into_iter().map(|entry| entry["resource"].clone()).collect()
}

fn next(answer: &Answer) -> Option<String> {
    let json = answer.json();
    let links = json["link"].as_array().expect("links");
    let next = links.iter().find(|link| link["relation"] == "next")?;
    let (_, page) = next["url"].as_str()?.split_once("/fhir/")?;
    Some(page.to_owned())
}

async fn all(client: &Client, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut page = Some(query.to_owned());
    while let Some(query) = page {
        let answer = client.get(&query).await.expect(200);
        found.extend(events(&answer));
        page = next(&answer);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_citizen_time_agent_and_reading() {
    let world = World::new().await;
    let lead = world.client("0330", Role::Lead, None);
    let id = world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    world.gateway().post("Observation", &heart_rate("bo", NOON, "71")).await.expect(201);
    world.clock.advance(60_000_000);
    world.nurse().with("x-purpose-of-use", "ETREAT").get(&format!("Observation/{id}")).await;
    world.nurse().get("Observation?patient=bo").await.expect(200);
    world.nurse().get("AuditEvent").await.expect(403);
    world.citizen("bo").get(&format!("Observation/{id}")).await.expect(404);

    let about_ane = all(&lead, "AuditEvent?patient=Patient/ane").await;
    assert!(about_ane.iter().all(|event| !event.to_string().contains("Patient/bo")));
    let read = &about_ane[0];
    assert_eq!(read["subtype"][0]["code"], "read");
    assert_eq!((&read["action"], &read["outcome"]), (&json!("R"), &json!("0")));
    assert_eq!(read["recorded"], "2026-01-01T00:01:00.000000Z");
    assert_eq!(read["purposeOfEvent"][0]["coding"][0]["code"], "ETREAT");
    assert_eq!(read["agent"][0]["who"]["identifier"]["value"], "test-nurse");
    assert_eq!(read["agent"][0]["role"][0]["coding"][0]["code"], "nurse");
    assert_eq!(read["source"]["site"], "Slagelse");
    let what = format!("Observation/{id}/_history/1");
    let entities = read["entity"].as_array().expect("entities");
    assert!(entities.iter().any(|entity| entity["what"]["reference"] == what.as_str()));
    assert!(entities.iter().any(|entity| entity["what"]["reference"] == "Patient/ane"));
    let one = format!("AuditEvent/{}", read["id"].as_str().expect("an id"));
    assert_eq!(lead.get(&one).await.expect(200).json()["recorded"], read["recorded"]);
    for missing in ["AuditEvent/0-0", "AuditEvent/1-99", "AuditEvent/x", "AuditEvent/1-01"] {
        lead.get(missing).await.expect(404);
    }

    let by_reading = all(&lead, &format!("AuditEvent?entity=Observation/{id}")).await;
    let codes: Vec<&str> = by_reading
        .iter()
        .map(|event| event["subtype"][0]["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(codes, ["read", "create"]);
    let by_nurse = all(&lead, "AuditEvent?agent=test-nurse&outcome=0").await;
    assert_eq!(by_nurse.len(), 2);
    let issuer = read["agent"][0]["who"]["identifier"]["system"].as_str().expect("an issuer");
    assert_eq!(
        all(&lead, &format!("AuditEvent?agent={issuer}|test-nurse&outcome=0")).await.len(),
        2
    );
    assert_eq!(all(&lead, "AuditEvent?agent=urn:other|test-nurse").await.len(), 0);
    let late = all(&lead, "AuditEvent?patient=ane&date=ge2026-01-01T00:01:00Z").await;
    assert!(late.iter().all(|event| event["recorded"].as_str() >= Some("2026-01-01T00:01")));
    assert!(!late.is_empty());
    assert_eq!(all(&lead, "AuditEvent?patient=ane&date=lt2025-01-01").await.len(), 0);
    assert_eq!(all(&lead, "AuditEvent?patient=nobody").await.len(), 0);

    // An administrator looks after access, and is told nothing clinical.
    let told = all(&world.admin("0330"), "AuditEvent?patient=ane").await;
    assert!(told.len() > about_ane.len());
    assert!(!json!(told).to_string().contains("Observation/"), "{told:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_as_they_are_while_more_is_recorded() {
    let world = World::new().await;
    let lead = world.client("0330", Role::Lead, None);
    for minute in 0..7 {
        let at = format!("2025-12-30T12:0{minute}:00Z");
        world.gateway().post("Observation", &heart_rate("ane", &at, "72")).await.expect(201);
    }
    let before: BTreeSet<String> = all(&lead, "AuditEvent?patient=ane&_count=100")
        .await
        .iter()
        .map(|event| event["id"].as_str().expect("an id").to_owned())
        .collect();
    let mut seen = Vec::new();
    let mut page = Some("AuditEvent?patient=ane&_count=2".to_owned());
    while let Some(query) = page {
        let answer = lead.get(&query).await.expect(200);
        assert!(!answer.text.contains("patient=ane"), "{}", answer.text);
        let ids = events(&answer).into_iter().map(|event| event["id"].to_string());
        seen.extend(ids.map(|id| id.trim_matches('"').to_owned()));
        page = next(&answer);
    }
    let once: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(once.len(), seen.len(), "no event twice");
    assert!(before.is_subset(&once), "none left out");
    lead.get("AuditEvent?_page=made-up").await.expect(400);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_sees_who_has_looked() {
    let world = World::new().await;
    let id = world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.id();
    world.nurse().get(&format!("Observation/{id}")).await.expect(200);
    world.nurse().get("/api/citizens/ane/summary").await.expect(200);
    world.nurse().get("Observation?patient=bo").await.expect(200);
    world.citizen("bo").get("Patient/ane").await.expect(404);
    let ane = world.citizen("ane");
    let log = ane.get("/api/me/access-log").await.expect(200).json();
    let rows: Vec<(&str, &str, bool)> = log["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|row| {
            assert_eq!(row["organisation"], "Slagelse");
            let text = |name: &str| row[name].as_str().expect("text");
            (text("who"), text("what"), row["refused"].as_bool().expect("a truth"))
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("Dig selv, gennem din app", "Så dine stamoplysninger", true),
            ("Sygeplejerske", "Så dit overblik", false),
            ("Sygeplejerske", "Så dine målinger", false),
            ("Måleudstyr i hjemmet", "Gemte målinger", false),
            ("Administrator", "Ændrede dine stamoplysninger", false),
        ]
    );
    assert!(!log.to_string().contains("test-nurse"), "no names");
    let english = ane.with("accept-language", "en");
    let page = english.get("/api/me/access-log?limit=1").await.expect(200).json();
    assert_eq!(page["entries"][0]["what"], "Saw the access log");
    let next = page["next"].as_str().expect("more");
    let page = ane.get(&format!("/api/me/access-log?limit=100&cursor={next}")).await.expect(200);
    assert_eq!(page.json()["entries"].as_array().expect("entries").len(), 5);
    world.nurse().get("/api/me/access-log").await.expect(403);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_told_who_has_sent_and_seen_one_reading_of_a_crowd() {
    let world = World::new().await;
    let lines: Vec<String> = (0..60)
        .map(|minute| heart_rate("ane", &format!("2025-12-30T12:{minute:02}:00Z"), "72"))
        .collect();
    let stream = world.gateway().with("content-type", "application/fhir+ndjson");
    let receipts = stream.post("Observation", &lines.join("\n")).await.expect(200);
    let first: Value =
        serde_json::from_str(receipts.text.lines().next().expect("a receipt")).expect("json");
    let id = first["id"].as_str().expect("an id");
    world.gateway().post("Observation", &heart_rate("ane", NOON, "99")).await.expect(201);
    world.nurse().get("Observation?patient=ane&_sort=-date&_count=10").await.expect(200);
    let crowd = world.nurse().get("Observation?patient=ane&_sort=date&_count=10").await.expect(200);
    assert!(crowd.text.contains(id));
    let store = store(&world, "0330").await;
    let reading = store.sealer().open(id);
    let wanted = Wanted { reading, ..Wanted::default() };
    let found: Vec<Entry> = newest(&store.chain(), &wanted, None, 100)
        .await
        .expect("entries")
        .entries
        .into_iter()
        .map(|(_, entry)| entry)
        .collect();
    let told: Vec<(&str, u32)> =
        found.iter().map(|entry| (entry.operation.as_str(), entry.readings)).collect();
    assert_eq!(told, [("Observation/search-type", 10), ("Observation/create", 60)]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machine_says_what_it_did() {
    let world = World::new().await;
    let request = "4bf92f3577b34da6a3ce929d0e0e4736";
    world.nurse().with("x-request-id", request).get("Patient/ane").await.expect(200);
    let entry = last(&world, "0330").await;
    assert_eq!((entry.request.as_str(), entry.actor.role.as_str()), (request, "nurse"));
    assert_eq!((entry.purpose.as_str(), entry.status), ("TREAT", 200));
    assert_eq!(entry.parameters, [""; 0]);
    let asked = world.nurse().get("Observation?patient=ane&date=ge2025-01-01").await;
    asked.expect(200);
    assert_eq!(last(&world, "0330").await.parameters, ["date", "patient"]);
    let store = store(&world, "0330").await;
    store.expire_alerts(world.clock.now()).await.expect("expired");
    assert!(entries(&world, "0330").await.iter().all(|entry| entry.actor.role != "system"));
    world.end().await;
}
