//! Nurses write about their own teams' citizens only, and find out nothing by trying.

use serde_json::json;

use super::{MORNING, Teams};
use crate::worklist::weight;

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_of_another_teams_citizen_is_of_nobody() {
    let teams = Teams::new().await;
    let syd = teams.fhir("syd");
    let own = weight("bo", "2025-12-31T09:00:00+01:00", "90");
    syd.post("Observation", &own).await.expect(201);
    let identified = |citizen: &str| {
        own.replace(
            r#""reference":"Patient/bo""#,
            &format!(r#""identifier":{{"system":"urn:oid:1.2.208.176.1.2","value":"{citizen}"}}"#),
        )
    };
    syd.post("Observation", &identified("0202602345")).await.expect(201);
    for (foreign, missing) in [
        (own.replace("Patient/bo", "Patient/ane"), own.replace("Patient/bo", "Patient/nobody")),
        (identified("0101501234"), identified("1111111111")),
    ] {
        let foreign = syd.post("Observation", &foreign).await.expect(422);
        let missing = syd.post("Observation", &missing).await.expect(422);
        assert_eq!(foreign.text, missing.text);
    }
    // In a stream and in a Bundle too.
    let lines = format!("{own}\n{}\n", own.replace("Patient/bo", "Patient/ane"));
    let stream = syd.with("content-type", "application/fhir+ndjson");
    let receipts = stream.post("Observation", &lines).await.expect(200).text;
    assert!(
        receipts.contains("\"status\":422") && receipts.contains("subject-unknown"),
        "{receipts}"
    );
    let entry = json!({"resource": serde_json::from_str::<serde_json::Value>(
        &own.replace("Patient/bo", "Patient/ane")).expect("json"),
        "request": {"method": "POST", "url": "Observation"}});
    let bundle = json!({"resourceType":"Bundle","type":"transaction","entry":[entry]});
    syd.post("/fhir", &bundle.to_string()).await.expect(422);
    let reading = teams.reading_of_ane.clone();
    let corrected =
        weight("ane", MORNING, "105").replacen('{', &format!(r#"{{"id":"{reading}","#), 1);
    let answer = syd.put(&format!("Observation/{reading}"), &corrected).await;
    assert_eq!(answer.status.as_u16(), 404);
    teams.fhir("nord").put(&format!("Observation/{reading}"), &corrected).await.expect(200);
    assert_eq!(teams.world().count("0330", "select count(*) from observation").await, 4);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_about_another_teams_citizen() {
    let teams = Teams::new().await;
    let (nord, syd) = (teams.fhir("nord"), teams.fhir("syd"));
    let about = |citizen: &str| {
        json!({"resourceType":"Condition","code":{"text":"x"},
            "identifier":[{"system":"urn:x","value":citizen}],
            "subject":{"reference":format!("Patient/{citizen}")}})
    };
    let foreign = syd.post("Condition", &about("ane").to_string()).await.expect(422);
    let missing = syd.post("Condition", &about("nobody").to_string()).await.expect(422);
    assert_eq!(foreign.text, missing.text);
    nord.post("Condition", &about("ane").to_string()).await.expect(201);
    // An identifier that another team's resource has tells nothing.
    let mut own = about("bo");
    own["identifier"][0]["value"] = json!("ane");
    let conditional = syd.with("if-none-exist", "identifier=urn:x%7Cane");
    conditional.post("Condition", &own.to_string()).await.expect(201);
    // Nor does an id: whoever is confined to teams creates by POST only.
    for (id, name) in [(teams.condition_of_ane.as_str(), "foreign"), ("free", "free")] {
        let mut own = about("bo");
        own["id"] = json!(id);
        let answer = syd.put(&format!("Condition/{id}"), &own.to_string()).await;
        assert_eq!(answer.status.as_u16(), 404, "{name}");
    }
    // A conditional reference does not find another team's citizen.
    let mut referring = about("bo");
    referring["subject"]["reference"] =
        json!("Patient?identifier=urn:oid:1.2.208.176.1.2%7C0101501234");
    let entry = json!({"resource": referring, "request": {"method": "POST", "url": "Condition"}});
    let bundle = json!({"resourceType":"Bundle","type":"transaction","entry":[entry]});
    syd.post("/fhir", &bundle.to_string()).await.expect(412);
    // A Provenance of another team's reading.
    let provenance = json!({"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z",
        "target":[{"reference":format!("Observation/{}", teams.reading_of_ane)}],
        "agent":[{"who":{"display":"x"}}]});
    syd.post("Provenance", &provenance.to_string()).await.expect(422);
    nord.post("Provenance", &provenance.to_string()).await.expect(201);
    let plan = json!({"programmes":["heart-failure"],"cadence":[],"limits":{}}).to_string();
    let client = teams.nurse("syd").with("if-match", "\"0\"");
    client.put("/api/citizens/ane/plan", &plan).await.expect(404);
    teams.end().await;
}
