//! A relative sees what a Consent of the citizen names, as long as it holds.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{Teams, subjects};
use crate::world::{Client, heart_rate};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Ane consents to her relative seeing something.
fn consent(kind: &str, class: &Value) -> Value {
    json!({"resourceType":"Consent","status":"active",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"privacy"}],
        "policyRule":{"text":"sundhedsloven"},
        "patient":{"reference":"Patient/ane"},
        "provision":{"type":kind,"class":class,
            "period":{"start":"2025-12-01","end":"2026-01-31"},
            "actor":[{"role":{"text":"relative"},
                "reference":{"identifier":{"value":"datter"}}}]}})
}

fn relative(teams: &Teams, subject: &str, citizen: &str) -> Client {
    teams.world().named(Role::Relative, Some(citizen), subject)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relative_sees_what_was_consented_to() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let survey = heart_rate("ane", "2025-12-30T12:00:00Z", "70")
        .replace("\"vital-signs\"", "\"laboratory\"")
        .replace("\"8867-4\"", "\"15074-8\"")
        .replace("\"/min\"", "\"mmol/L\"");
    let hidden = teams.world().gateway().post("Observation", &survey).await.expect(201).id();
    let datter = relative(&teams, "datter", "ane");
    let all = [
        format!("Observation/{}", teams.reading_of_ane),
        format!("Observation/{}/_history", teams.reading_of_ane),
        format!("Observation/{hidden}"),
        format!("Condition/{}", teams.condition_of_ane),
    ];
    for path in &all {
        datter.get(path).await.expect(404);
    }
    assert_eq!(datter.get("Observation").await.expect(200).json()["total"], 0);
    let class = json!([{"system": CATEGORY, "code": "vital-signs"}]);
    let given =
        own.post("Consent", &consent("permit", &class).to_string()).await.expect(201).json();
    for path in &all[..2] {
        datter.get(path).await.expect(200);
    }
    for path in &all[2..] {
        datter.get(path).await.expect(404);
    }
    let found = datter.get("Observation").await.expect(200);
    assert_eq!(
        (subjects(&found), found.json()["total"].as_u64()),
        (vec!["Patient/ane".to_owned()], Some(1))
    );
    assert_eq!(datter.get("Condition").await.expect(200).json()["total"], 0);
    let lastn = "Observation/$lastn?code=http://loinc.org%7C29463-7,http://loinc.org%7C15074-8";
    assert_eq!(datter.get(lastn).await.expect(200).json()["total"], 1);
    // Nothing else: no names, no writing, no API, nobody else, and nobody else sees it.
    datter.get("Patient/ane").await.expect(403);
    datter.post("Observation", &survey).await.expect(403);
    datter.get("/api/citizens/ane/summary").await.expect(403);
    datter.get("/api/worklist").await.expect(403);
    let include = datter.get("Observation?_include=Observation:patient").await.expect(200);
    assert!(!include.text.contains("\"Patient\",\"id\""), "{}", include.text);
    for (subject, citizen) in [("son", "ane"), ("datter", "bo")] {
        let stranger = relative(&teams, subject, citizen);
        stranger.get(&all[0]).await.expect(404);
        assert_eq!(stranger.get("Observation").await.expect(200).json()["total"], 0);
    }
    // It ends with its period, and before when the citizen ends it.
    let id = given["id"].as_str().expect("an id");
    let mut ended = given.clone();
    ended["status"] = json!("inactive");
    own.put(&format!("Consent/{id}"), &ended.to_string()).await.expect(200);
    datter.get(&all[0]).await.expect(404);
    own.put(&format!("Consent/{id}"), &given.to_string()).await.expect(200);
    datter.get(&all[0]).await.expect(200);
    teams.world().clock.advance(40 * 86_400 * 1_000_000);
    relative(&teams, "datter", "ane").get(&all[0]).await.expect(404);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_wins_over_a_consent() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let class = json!([{"system": CATEGORY, "code": "vital-signs"}]);
    own.post("Consent", &consent("permit", &class).to_string()).await.expect(201);
    let datter = relative(&teams, "datter", "ane");
    datter.get(&format!("Observation/{}", teams.reading_of_ane)).await.expect(200);
    own.post("Consent", &consent("deny", &class).to_string()).await.expect(201);
    datter.get(&format!("Observation/{}", teams.reading_of_ane)).await.expect(404);
    // Nurses are not the relative.
    teams.nurse("nord").get(&format!("Observation/{}", teams.reading_of_ane)).await.expect(200);
    teams.end().await;
}
