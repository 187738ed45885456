//! The same alerts as FHIR resources.

use pulsvagt::access::Role;
use pulsvagt_fhir::Document;
use pulsvagt_fhir::validate::{Context, validate};
use serde_json::{Value, json};

use super::{MINUTE, Ward, weight};
use crate::world::Client;

const KINDS: [&str; 5] = ["Flag", "Task", "ClinicalImpression", "RiskAssessment", "DetectedIssue"];

async fn found(client: &Client, search: &str) -> Vec<Value> {
    let strict = client.with("prefer", "handling=strict");
    let bundle = strict.get(search).await.expect(200).json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries.into_iter().map(|entry| entry["resource"].clone()).collect()
}

fn assert_valid(resource: &Value) {
    let text = resource.to_string();
    let document = Document::parse(text.as_bytes()).expect("JSON");
    let kind = resource["resourceType"].as_str().expect("a type");
    let mut issues = Vec::new();
    validate(document.root(), kind, Context::default(), &mut issues);
    assert_eq!(issues, [], "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_a_flag_and_a_task_that_follow_it() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let nurse = ward.world.nurse();
    let flags =
        found(&nurse, "Flag?patient=ane&status=active&code=urn:pulsvagt:problem|weight").await;
    assert_eq!(flags.len(), 1);
    insta::assert_json_snapshot!("flag", flags[0], {
        ".id" => "[id]",
        ".identifier[].value" => "[id]",
        ".extension[].valueReference.reference" => "[reference]",
        ".author.display" => "[version]",
    });
    let task = found(&nurse, &format!("Task?identifier=urn:pulsvagt:alert|{id}")).await;
    assert_eq!(task[0]["status"], "requested");
    assert_eq!(task[0]["priority"], "asap");
    let searches = [
        "Task?patient=ane&status=requested&priority=asap",
        "Task?business-status=urn:pulsvagt:alert-state|new",
        "Task?authored-on=ge2026-01-01&modified=ge2026-01-01",
        "ClinicalImpression?subject=Patient/ane&finding-code=red",
        "ClinicalImpression?date=ge2025-12-31",
        "Flag?category=urn:pulsvagt:level|red&date=ge2026-01-01",
    ];
    for search in searches {
        assert_eq!(found(&nurse, search).await.len(), 1, "{search}");
    }
    let focus = format!("Task?focus=Flag/{id}");
    assert_eq!(found(&nurse, &focus).await.len(), 1);

    ward.act(&ward.nurse(), &id, "claim", 1, &json!({})).await.expect(200);
    let text = json!({"text": "ringet op"});
    ward.act(&ward.nurse(), &id, "note", 2, &text).await.expect(200);
    let task = nurse.get(&format!("Task/{id}")).await.expect(200).json();
    assert_eq!(task["status"], "accepted");
    assert_eq!(task["owner"]["identifier"]["value"], "test-nurse");
    assert_eq!(task["note"][0]["text"], "ringet op");
    assert_eq!(task["meta"]["versionId"], "3");
    let first = nurse.get(&format!("Task/{id}/_history/1")).await.expect(200).json();
    assert_eq!(first["status"], "requested");
    let close = json!({"outcome": "visit", "note": "set til"});
    ward.act(&ward.nurse(), &id, "close", 3, &close).await.expect(200);
    assert_eq!(found(&nurse, "Flag?status=active").await.len(), 0);
    assert_eq!(found(&nurse, "Task?status=completed").await.len(), 1);
    for kind in KINDS {
        for resource in found(&nurse, kind).await {
            assert_valid(&resource);
        }
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impression_points_at_the_readings_it_rests_on() {
    let ward = Ward::new().await;
    let gateway = ward.world.gateway();
    let reading = weight("ane", "2025-12-31T08:00:00+01:00", "97");
    let reading = gateway.post("Observation", &reading).await.expect(201).id();
    ward.take_in(&[]).await;
    let nurse = ward.world.nurse();
    let search = format!("ClinicalImpression?investigation=Observation/{reading}");
    let first = found(&nurse, &search).await;
    assert_eq!(first.len(), 1, "{search}");
    gateway.get(&format!("Observation/{reading}")).await.expect(200);

    // Worse: another impression, which says which one was before it.
    ward.world.clock.advance(MINUTE);
    ward.take_in(&[weight("ane", "2026-01-01T00:30:00+01:00", "104")]).await;
    let red = found(&nurse, "ClinicalImpression?finding-code=urn:pulsvagt:level|red").await;
    let before = format!("ClinicalImpression/{}", first[0]["id"].as_str().expect("an id"));
    assert_eq!(red[0]["previous"]["reference"], before.as_str());
    assert_eq!(found(&nurse, "ClinicalImpression?patient=ane").await.len(), 2);
    let protocol = red[0]["protocol"][0].as_str().expect("a protocol");
    assert!(protocol.starts_with("urn:pulsvagt:rule-pack:test:7:"), "{protocol}");
    assert!(
        red[0]["note"][0]["text"].as_str().expect("a note").contains("ikke er klinisk godkendt")
    );
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_writes_them_and_only_nurses_read_them() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    let flag = ward.world.nurse().get(&format!("Flag/{id}")).await.expect(200);
    for role in Role::ALL {
        let citizen = role.is_of_one_citizen().then_some("ane");
        let client = ward.world.client("0330", role, citizen);
        for kind in KINDS {
            let body = json!({"resourceType": kind, "id": id}).to_string();
            for answer in [
                client.post(kind, &body).await,
                client.put(&format!("{kind}/{id}"), &body).await,
                client.delete(&format!("{kind}/{id}")).await,
            ] {
                assert_eq!(answer.status.as_u16(), 405, "{role} {kind}: {}", answer.text);
                assert_eq!(answer.issues()[0].0, "made-by-the-server");
            }
        }
        let may = matches!(role, Role::Nurse | Role::Lead);
        let status = if may { 200 } else { 403 };
        client.get("Flag?patient=ane").await.expect(status);
        client.get(&format!("Task/{id}")).await.expect(status);
    }
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{
        "resource": flag.json(),
        "request": {"method": "PUT", "url": format!("Flag/{id}")}
    }]});
    ward.world.nurse().post("/fhir", &bundle.to_string()).await.expect(405);
    assert_eq!(ward.world.nurse().get(&format!("Flag/{id}")).await.text, flag.text);
    let other = ward.world.client("0306", Role::Nurse, None);
    other.get(&format!("Flag/{id}")).await.expect(404);
    assert_eq!(found(&other, "Flag").await.len(), 0);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_ends_is_told_by_catching_up_and_telling_twice_says_nothing_new() {
    let ward = Ward::new().await;
    let id = ward.heavy_ane().await;
    ward.act(&ward.nurse(), &id, "claim", 1, &json!({})).await.expect(200);
    ward.world.clock.advance(31 * MINUTE);
    let now = ward.world.clock.now();
    assert_eq!(ward.store.expire_alerts(now).await.expect("expired").len(), 1);
    let nurse = ward.world.nurse();
    let status = async || nurse.get(&format!("Task/{id}")).await.expect(200).json();
    assert_eq!(status().await["status"], "accepted", "not told yet");
    let pack = pulsvagt::projection::PackFacts::default();
    let told = pulsvagt::projection::catch_up(&ward.store, &pack, now).await;
    assert_eq!(told.expect("told"), 1);
    assert_eq!(status().await["status"], "requested");
    let told = pulsvagt::projection::catch_up(&ward.store, &pack, now).await;
    assert_eq!(told.expect("told"), 0);
    let version = status().await["meta"]["versionId"].clone();
    let mut tx = ward.store.begin().await.expect("a transaction");
    let alert = id.parse().expect("an id");
    let told = pulsvagt::projection::tell(&ward.store, &mut tx, alert, None, &pack, now).await;
    assert_eq!(told.expect("told"), 0, "nothing is a new version");
    tx.commit_unrecorded("a test").await.expect("committed");
    assert_eq!(status().await["meta"]["versionId"], version);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_screening_is_behind_is_told_once_and_that_it_caught_up() {
    let ward = Ward::new().await;
    let now = ward.world.clock.now();
    let nurse = ward.world.nurse();
    for _ in 0..2 {
        pulsvagt::projection::tell_lag(&ward.store, None, now).await.expect("told");
    }
    let search = "DetectedIssue?code=urn:pulsvagt:trouble|screening-behind";
    assert_eq!(found(&nurse, search).await.len(), 0);
    for citizens in [5, 9] {
        let behind = Some((now, citizens));
        pulsvagt::projection::tell_lag(&ward.store, behind, now).await.expect("told");
    }
    let issues = found(&nurse, search).await;
    assert_eq!(issues[0]["status"], "preliminary");
    assert_eq!(issues[0]["meta"]["versionId"], "1");
    assert_valid(&issues[0]);
    pulsvagt::projection::tell_lag(&ward.store, None, now).await.expect("told");
    let issues = found(&nurse, "DetectedIssue?identified=le2026-01-01").await;
    assert_eq!(issues[0]["status"], "final");
    assert_valid(&issues[0]);
    ward.world.end().await;
}
