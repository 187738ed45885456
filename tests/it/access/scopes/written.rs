//! What is written has to be within a scope too.

use pulsvagt::access::Role;
use serde_json::{Value, json};

use super::{CATEGORIES, laboratory};
use crate::world::{World, heart_rate};

const NOON: &str = "2025-12-30T12:00:00Z";
const READINGS: &str = "select count(*) from observation";

#[tokio::test(flavor = "multi_thread")]
async fn readings_outside_a_scope_are_not_taken_in_on_any_path() {
    let world = World::new().await;
    let scope = format!("system/Observation.cu?category={CATEGORIES}|laboratory");
    let client = world.scoped(Role::Gateway, None, &scope);
    let (good, bad) = (laboratory("ane", NOON, "5"), heart_rate("ane", NOON, "71"));
    let refused = client.post("Observation", &bad).await.expect(403);
    assert_eq!(refused.issues(), [("out-of-scope".to_owned(), "Observation".to_owned())]);

    let lines = client.with("content-type", "application/fhir+ndjson");
    let answer = lines.post("Observation", &format!("{bad}\n{good}\n{bad}\n")).await.expect(200);
    let receipts: Vec<Value> =
        answer.text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let statuses: Vec<&Value> = receipts[..3].iter().map(|receipt| &receipt["status"]).collect();
    assert_eq!(statuses, [&json!(403), &json!(201), &json!(403)], "{}", answer.text);
    assert_eq!(receipts[3]["rejected"], 2);

    let bundle = |kind: &str, readings: &[&String]| {
        let entries: Vec<Value> = readings
            .iter()
            .map(|text| {
                json!({"resource": serde_json::from_str::<Value>(text).expect("json"),
                       "request": {"method": "POST", "url": "Observation"}})
            })
            .collect();
        json!({"resourceType": "Bundle", "type": kind, "entry": entries}).to_string()
    };
    let other = laboratory("ane", NOON, "6");
    let answer = client.post("/fhir", &bundle("batch", &[&bad, &other])).await.expect(200).json();
    let status = |place: usize| answer["entry"][place]["response"]["status"].to_string();
    assert!(status(0).contains("403") && status(1).contains("201"), "{answer}");
    client.post("/fhir", &bundle("transaction", &[&good, &bad])).await.expect(403);
    client
        .post("/fhir", &bundle("transaction", &[&laboratory("ane", NOON, "7")]))
        .await
        .expect(200);
    assert_eq!(world.count("0330", READINGS).await, 3);
    // Who may only send does not get to read what there is.
    let known =
        good.replace("\"status\"", r#""identifier":[{"system":"urn:x","value":"k"}],"status""#);
    let first = world.gateway().post("Observation", &known).await.expect(201).id();
    let conditional = client.with("if-none-exist", "identifier=urn:x|k");
    let answer = conditional.post("Observation", &laboratory("ane", NOON, "9")).await.expect(200);
    assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    assert!(answer.header("location").contains(&first));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_neither_leaves_nor_enters_a_scope() {
    let world = World::new().await;
    let scope = "system/Observation.crus?category=laboratory system/Observation.rs";
    let client = world.scoped(Role::Gateway, None, scope);
    let lab = world.gateway().post("Observation", &laboratory("ane", NOON, "5")).await;
    let vital = world.gateway().post("Observation", &heart_rate("ane", NOON, "71")).await;
    let (lab, vital) = (lab.expect(201).json(), vital.expect(201).json());
    let place = |reading: &Value| format!("Observation/{}", reading["id"].as_str().expect("id"));
    let change = |reading: &Value, category: &str| {
        let mut changed = reading.clone();
        changed["category"][0]["coding"][0]["code"] = json!(category);
        changed["status"] = json!("amended");
        changed.to_string()
    };
    client.put(&place(&lab), &change(&lab, "laboratory")).await.expect(200);
    let answer = client.put(&place(&lab), &change(&lab, "vital-signs")).await.expect(403);
    assert_eq!(answer.issues()[0].0, "out-of-scope");
    client.put(&place(&vital), &change(&vital, "laboratory")).await.expect(404);
    client.get(&place(&vital)).await.expect(200);
    let entry = json!({"resource": serde_json::from_str::<Value>(&change(&vital, "laboratory"))
        .expect("json"), "request": {"method": "PUT", "url": place(&vital)}});
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [entry]});
        let answer = client.post("/fhir", &bundle.to_string()).await;
        assert!(answer.text.contains("not-found"), "{kind}: {}", answer.text);
    }
    let changed = "select count(*) from observation where version > 1";
    assert_eq!(world.count("0330", changed).await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_by_identifier_is_resolved_within_the_scopes() {
    let world = World::new().await;
    let condition = json!({"resourceType": "Condition",
        "subject": {"reference": "Patient?identifier=urn:oid:1.2.208.176.1.2|0101501234"},
        "code": {"text": "x"}});
    let entry = json!({"resource": condition, "request": {"method": "POST", "url": "Condition"}});
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    for (scope, status) in [("user/Condition.c", 403), ("user/Condition.c user/Patient.s", 200)] {
        let client = world.scoped(Role::Nurse, None, scope);
        client.post("/fhir", &bundle.to_string()).await.expect(status);
    }
    world.end().await;
}
