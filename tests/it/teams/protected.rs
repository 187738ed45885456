//! Protected names and addresses.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{Teams, lead};
use crate::world::Client;

const SECRETS: [&str; 5] = ["Hemmelig", "Birgitte", "Skjulvej", "23456789", "Nabo"];

/// Bo is Birgitte Hemmelig now, and protected.
async fn protect(teams: &Teams) -> Value {
    let patient = json!({"resourceType":"Patient","id":"bo",
        "meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
            "code":"R"}]},
        "identifier":[{"use":"official","system":"urn:oid:1.2.208.176.1.2","value":"0202602345"}],
        "name":[{"use":"official","given":["Birgitte"],"family":"Hemmelig"}],
        "telecom":[{"system":"phone","value":"23456789"}],
        "address":[{"line":["Skjulvej 7"],"city":"Slagelse"}],
        "contact":[{"name":{"family":"Nabo"}}],
        "birthDate":"1960-02-02"});
    let admin = teams.world().admin("0330");
    admin.put("Patient/bo", &patient.to_string()).await.expect(200);
    patient
}

/// Every way to see who Bo is.
async fn everything(client: &Client, alert: &str) -> String {
    let mut seen = String::new();
    for path in [
        "Patient/bo",
        "Patient/bo/_history",
        "Patient/bo/_history/1",
        "Patient/bo/_history/2",
        "Patient?_id=bo",
        "Patient?identifier=urn:oid:1.2.208.176.1.2%7C0202602345",
        "Observation?patient=bo&_include=Observation:patient",
        "/api/worklist",
        "/api/citizens/bo/summary",
        alert,
    ] {
        seen.push_str(&client.get(path).await.expect(200).text);
    }
    let entry = json!({"request": {"method": "GET", "url": "Patient/bo"}});
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [entry]});
    let sent = client.with("content-type", "application/fhir+json");
    seen.push_str(&sent.post("/fhir", &batch.to_string()).await.expect(200).text);
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_name_is_shown_to_who_says_why() {
    let teams = Teams::new().await;
    let patient = protect(&teams).await;
    let list = lead(teams.world()).get("/api/worklist?team=syd").await.expect(200).json();
    let alert = format!("/api/alerts/{}", list["alerts"][0]["id"].as_str().expect("an id"));
    let nurse = teams.nurse("syd");
    let seen = everything(&nurse, &alert).await;
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }
    assert!(seen.contains("B. H.") && seen.contains("masked"), "{seen}");
    let masked = nurse.get("Patient/bo").await.expect(200).json();
    assert_eq!(masked["birthDate"], "1960-02-02");
    assert_eq!(masked["name"][0]["text"], "B. H.");
    assert_eq!(masked["identifier"][0]["value"], "0202602345");
    // A reason that is not one of care opens nothing.
    let other = everything(&nurse.with("x-purpose-of-use", "HQUALIMP"), &alert).await;
    assert!(!other.contains("Hemmelig"));
    for purpose in ["TREAT", "ETREAT"] {
        let whole = everything(&nurse.with("x-purpose-of-use", purpose), &alert).await;
        for secret in SECRETS {
            assert!(whole.contains(secret), "{purpose} {secret}");
        }
    }
    let own = teams.world().citizen("bo").get("Patient/bo").await.expect(200).json();
    assert_eq!(own["name"], patient["name"]);
    let gateway = teams.world().gateway();
    for client in [&gateway, &gateway.with("x-purpose-of-use", "TREAT")] {
        let text = client.get("Patient/bo").await.expect(200).text;
        assert!(!text.contains("Hemmelig") && text.contains("0202602345"), "{text}");
    }
    let admin = teams.world().admin("0330");
    let text = admin.get("Patient/bo").await.expect(200).text;
    assert!(!text.contains("Hemmelig"), "{text}");
    let text = admin.with("x-purpose-of-use", "PATADMIN").get("Patient/bo").await.expect(200).text;
    assert!(text.contains("Skjulvej"), "{text}");
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_found_by_a_protected_name() {
    let teams = Teams::new().await;
    protect(&teams).await;
    let nurse = teams.nurse("syd");
    for path in
        ["Patient?family=hem", "Patient?name=birg", "Patient?given=Birgitte&_total=accurate"]
    {
        assert_eq!(nurse.get(path).await.expect(200).json()["total"], 0, "{path}");
        let found = nurse.with("x-purpose-of-use", "TREAT").get(path).await.expect(200).json();
        assert_eq!(found["total"], 1, "{path}");
    }
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_in_part_is_not_written_back() {
    let teams = Teams::new().await;
    let mut patient = protect(&teams).await;
    let admin = teams.world().admin("0330");
    let mut masked = admin.get("Patient/bo").await.expect(200).json();
    masked["active"] = json!(true);
    let answer = admin.put("Patient/bo", &masked.to_string()).await.expect(403);
    assert_eq!(answer.issues()[0].0, "protected");
    teams
        .world()
        .client("0330", Role::Lead, None)
        .put("Patient/bo", &masked.to_string())
        .await
        .expect(403);
    patient["active"] = json!(true);
    let admin = admin.with("x-purpose-of-use", "PATADMIN");
    admin.put("Patient/bo", &patient.to_string()).await.expect(200);
    assert_eq!(admin.get("Patient/bo").await.expect(200).json()["name"], patient["name"]);
    teams.end().await;
}

/// A Patient of before labels were among the search values is not found by name until it has its
/// label, and then only by who says why.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_stored_before_there_was_protection_is_not_found_by_name_either() {
    let teams = Teams::new().await;
    protect(&teams).await;
    let mut database = teams.world().database().await;
    for statement in [
        "delete from m0330.resource_token where type = 'Patient' and param = '_security'",
        "insert into m0330.patient_unlabelled select id from m0330.resource where type = 'Patient'",
    ] {
        sqlx::query(statement).execute(&mut database).await.expect("as it was");
    }
    let nurse = teams.nurse("syd");
    let found = async |path: &str, purpose: Option<&str>| {
        let client = purpose.map_or(nurse.clone(), |it| nurse.with("x-purpose-of-use", it));
        client.get(path).await.expect(200).json()["total"].as_u64().expect("a number")
    };
    let by_name = "Patient?family=hem";
    assert_eq!(found(by_name, None).await, 0, "whether she is protected is not known yet");
    assert_eq!(found(by_name, Some("TREAT")).await, 1);
    let store = &teams.ward.store;
    let all = store.label_patients().await.expect("labelled");
    assert!(all >= 2, "{all}");
    assert_eq!(store.label_patients().await.expect("nothing left"), 0);
    assert_eq!(found(by_name, None).await, 0, "she is");
    assert_eq!(found(by_name, Some("TREAT")).await, 1);
    // Who is not is found again.
    let other = teams.nurse("nord").get("Patient?given=ane").await.expect(200).json();
    assert_eq!(other["total"], 1);
    teams.end().await;
}
