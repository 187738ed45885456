//! What a citizen denies is hidden and not screened, but for who breaks the glass.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{Teams, lead};
use crate::worklist::weight;
use crate::world::{Client, heart_rate};

fn denial(classes: &Value) -> Value {
    json!({"resourceType":"Consent","status":"active",
        "scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope",
            "code":"patient-privacy"}]},
        "category":[{"text":"privacy"}],"policyRule":{"text":"sundhedsloven"},
        "patient":{"reference":"Patient/ane"},
        "provision":{"type":"deny","class":classes}})
}

fn vital_signs() -> Value {
    json!([{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
        "code":"vital-signs"}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_category_is_hidden_from_everybody_who_looks_after_the_citizen() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let conditions = json!([{"system":"http://hl7.org/fhir/resource-types","code":"Condition"}]);
    let mut classes = vital_signs();
    classes.as_array_mut().expect("a list").extend(conditions.as_array().expect("one").clone());
    let other = heart_rate("ane", "2025-12-30T12:00:00Z", "7")
        .replace("\"vital-signs\"", "\"laboratory\"")
        .replace("\"8867-4\"", "\"15074-8\"")
        .replace("\"/min\"", "\"mmol/L\"");
    let other = teams.world().gateway().post("Observation", &other).await.expect(201).id();
    own.post("Consent", &denial(&classes).to_string()).await.expect(201);
    let (nurse, boss) = (teams.nurse("nord"), lead(teams.world()));
    let gateway = teams.world().gateway();
    let reading = format!("Observation/{}", teams.reading_of_ane);
    let denied = [reading.clone(), format!("{reading}/_history"), format!("{reading}/_history/1")];
    for client in [&nurse, &boss, &gateway] {
        for path in &denied {
            client.get(path).await.expect(404);
        }
        client.get(&format!("Observation/{other}")).await.expect(200);
        for path in ["Observation?patient=ane", "Observation?patient=ane&_sort=_lastUpdated"] {
            assert_eq!(client.get(path).await.expect(200).json()["total"], 1, "{path}");
        }
        let lastn = "Observation/$lastn?patient=ane&code=http://loinc.org%7C29463-7";
        assert_eq!(client.get(lastn).await.expect(200).json()["total"], 0);
        let by_id = format!("Observation?_id={}", teams.reading_of_ane);
        assert_eq!(client.get(&by_id).await.expect(200).json()["total"], 0);
    }
    for client in [&nurse, &boss] {
        client.get(&format!("Condition/{}", teams.condition_of_ane)).await.expect(404);
        let found = client.get("Condition?patient=ane").await.expect(200).json();
        assert_eq!(found["total"], 0);
    }
    own.get(&reading).await.expect(200);
    // Sent again, it is told to be there and no more.
    let again =
        gateway.post("Observation", &weight("ane", super::MORNING, "104")).await.expect(200);
    assert!(!again.text.contains("104"), "{}", again.text);
    // Breaking the glass overrides, and says so.
    let body = json!({"reason": "unconscious, need to know", "minutes": 10}).to_string();
    nurse.post("/api/citizens/ane/break-glass", &body).await.expect(201);
    for path in &denied {
        nurse.get(path).await.expect(200);
    }
    teams.world().nurse_of("nord").get(&reading).await.expect(200);
    boss.get(&reading).await.expect(404);
    teams.world().clock.advance(11 * 60 * 1_000_000);
    teams.nurse("nord").get(&reading).await.expect(404);
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_category_is_not_screened() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let weights = async || {
        teams.ward.take_in(&[]).await;
        let summary = lead(teams.world()).get("/api/citizens/ane/summary").await.expect(200);
        // The alert that is there already stays.
        summary.json()["series"].to_string().contains("104")
    };
    assert!(weights().await);
    let given = own.post("Consent", &denial(&vital_signs()).to_string()).await.expect(201).json();
    assert!(!weights().await, "the days are summarised without what is denied");
    teams
        .world()
        .gateway()
        .post("Observation", &weight("ane", "2025-12-31T09:00:00+01:00", "104.5"))
        .await
        .expect(201);
    assert!(!weights().await);
    let id = given["id"].as_str().expect("an id");
    let mut ended = given.clone();
    ended["status"] = json!("inactive");
    own.put(&format!("Consent/{id}"), &ended.to_string()).await.expect(200);
    assert!(weights().await, "and with it when it is not denied any more");
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_for_a_time_is_screened_by_when_it_begins_and_when_it_ends() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let weights = async || {
        teams.ward.take_in(&[]).await;
        let boss = lead(teams.world());
        let summary = boss.get("/api/citizens/ane/summary").await.expect(200);
        summary.json()["series"].to_string().contains("104")
    };
    let mut sent = denial(&vital_signs());
    sent["provision"]["period"] =
        json!({"start": "2026-01-01T00:10:00Z", "end": "2026-01-01T00:20:00Z"});
    own.post("Consent", &sent.to_string()).await.expect(201);
    assert!(weights().await, "it has not begun");
    teams.world().clock.advance(11 * 60 * 1_000_000);
    assert!(!weights().await, "it has begun, and nothing else has happened");
    teams.world().clock.advance(5 * 60 * 1_000_000);
    assert!(!weights().await);
    assert_eq!(teams.world().count("0330", "select count(*) from consent_turn").await, 1);
    teams.world().clock.advance(5 * 60 * 1_000_000);
    assert!(weights().await, "it is over");
    assert_eq!(teams.world().count("0330", "select count(*) from consent_turn").await, 0);
    teams.end().await;
}

/// An alert that is open stays: closing it is for people. What it rests on is hidden.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_from_denied_readings_stays_and_does_not_tell_them() {
    let teams = Teams::new().await;
    let (own, nurse) = (teams.world().citizen("ane"), teams.nurse("nord"));
    let alert = &teams.alert_of_ane;
    let ways = [
        format!("/api/alerts/{alert}"),
        "/api/worklist".to_owned(),
        "/api/citizens/ane/summary".to_owned(),
        format!("/alerts/{alert}"),
        "/".to_owned(),
        "/handover".to_owned(),
        "/citizens/ane".to_owned(),
        "Flag?patient=ane".to_owned(),
        "Task?patient=ane".to_owned(),
        format!("Task/{alert}"),
        format!("Task/{alert}/_history"),
        format!("Task/{alert}/_history/1"),
        format!("Flag/{alert}"),
        "ClinicalImpression?patient=ane".to_owned(),
        "RiskAssessment?patient=ane".to_owned(),
    ];
    let told = async |client: &Client| {
        let mut told = String::new();
        for path in &ways {
            told.push_str(&client.get(path).await.expect(200).text);
        }
        told.replace("2026-01-04", "")
    };
    let before = told(&nurse).await;
    assert!(before.contains("104.0") && before.contains("104,0"), "{before}");
    teams.world().clock.advance(1_000_000);
    let given = own.post("Consent", &denial(&vital_signs()).to_string()).await.expect(201).json();
    // At once in words and numbers of the alert, and of all else with the next screening.
    let detail = nurse.get(&ways[0]).await.expect(200);
    assert!(!detail.json()["why"].to_string().contains("104"), "{}", detail.text);
    assert!(detail.json()["findings"][0]["evidence"].is_null(), "{}", detail.text);
    teams.ward.take_in(&[]).await;
    let after = told(&nurse).await;
    for number in ["104.0", "104,0", "\"104\"", ":104"] {
        let place = after.find(number).map(|at| &after[at.saturating_sub(200)..at + 60]);
        assert_eq!(place, None, "{number}");
    }
    assert!(after.contains("Borgeren har sagt nej") && after.contains("REDACTED"), "{after}");
    let listed = teams.ward.act(&nurse, alert, "claim", 1, &json!({})).await.expect(200).json();
    assert_eq!(listed["state"], "claimed", "it is worked on as any other");
    // Who opened an access sees it, and so does everybody when it is not denied any more.
    let body = json!({"reason": "unconscious, need to know", "minutes": 10}).to_string();
    nurse.post("/api/citizens/ane/break-glass", &body).await.expect(201);
    let whole = nurse.get(&ways[0]).await.expect(200).json();
    assert!(whole["why"].to_string().contains("104"), "{whole}");
    let id = given["id"].as_str().expect("an id");
    let mut ended = given.clone();
    ended["status"] = json!("inactive");
    own.put(&format!("Consent/{id}"), &ended.to_string()).await.expect(200);
    let whole = lead(teams.world()).get(&ways[0]).await.expect(200).json();
    assert!(whole["why"].to_string().contains("104"), "{whole}");
    teams.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_cannot_be_carried_out_is_refused() {
    let teams = Teams::new().await;
    let own = teams.world().citizen("ane");
    let unknown = json!([{"system":"urn:other","code":"secret"}]);
    let answer = own.post("Consent", &denial(&unknown).to_string()).await.expect(422);
    let place = "Consent.provision.class[0]".to_owned();
    assert_eq!(answer.issues(), [("consent-not-understood".to_owned(), place)]);
    for (name, value) in [
        ("dataPeriod", json!({"start":"2025-01-01"})),
        ("securityLabel", json!([{"system":"urn:x","code":"R"}])),
        ("actor", json!([{"role":{"text":"x"},"reference":{"reference":"Practitioner/1"}}])),
    ] {
        let mut consent = denial(&vital_signs());
        consent["provision"][name] = value;
        own.post("Consent", &consent.to_string()).await.expect(422);
    }
    let mut foreign = denial(&vital_signs());
    foreign["patient"]["reference"] = json!("Patient/bo");
    own.post("Consent", &foreign.to_string()).await.expect(422);
    teams
        .nurse("syd")
        .with("content-type", "application/fhir+json")
        .post("Consent", &denial(&vital_signs()).to_string())
        .await
        .expect(422);
    assert_eq!(teams.world().count("0330", "select count(*) from consent_rule").await, 0);
    let analyst = teams.world().client("0330", Role::Analyst, None);
    analyst.get("Consent").await.expect(403);
    teams.end().await;
}
