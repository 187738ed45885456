//! Erasing leaves nothing of the citizen and everything of others.

use std::collections::BTreeMap;
use std::time::Duration;

use pulsvagt::access::{MasterKey, Role};
use pulsvagt::ids::new_erasure_id;
use pulsvagt::jobs::{self, Settings};
use pulsvagt::store::erasure::{Begun, Erasure};
use pulsvagt::store::{Catalog, Store};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use super::{ANE, busy, comparable, number, others};
use crate::worklist::{Ward, weight};
use crate::world::World;

const WHY: &str = "consent-withdrawn";

async fn begin(store: &Store, ward: &Ward) -> Erasure {
    let now = ward.world.clock.now();
    let begun = store.begin_erasure(ANE, &new_erasure_id(), WHY, "test", now).await;
    match begun.expect("an answer") {
        Begun::Erasing(erasure) => erasure,
        other => panic!("{other:?}"),
    }
}

/// Columns of any table in which the citizen is found.
async fn traces(world: &World, erasure: &Erasure, alerts: &[String]) -> Vec<String> {
    let mut owner = world.database().await;
    owner.execute("set search_path to m0330, public").await.expect("a path");
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text, data_type::text
         from information_schema.columns
         where table_schema = 'm0330' and table_name <> 'audit_block'",
    )
    .fetch_all(&mut owner)
    .await
    .expect("columns");
    assert!(columns.len() > 100, "the catalogue tells of too little");
    let mut found = Vec::new();
    for (table, column, kind) in columns {
        let condition = match (kind.as_str(), column.as_str()) {
            ("integer", "citizen") => format!("{column} = {}", erasure.citizen.0),
            ("integer", "id") if table == "citizen" => format!("id = {}", erasure.citizen.0),
            ("uuid", _) if table != "erasure" => {
                format!("{column}::text = any(array[{}]::text[])", quoted(alerts))
            }
            ("text" | "jsonb", _) => format!("strpos({column}::text, '{ANE}') > 0"),
            // What devices are called stays; see docs/SECURITY.md.
            _ => continue,
        };
        let allowed = table == "source";
        let query = format!("select count(*) from \"{table}\" where {condition}");
        let rows: i64 =
            sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut owner).await.expect("a count");
        if rows > 0 && !allowed {
            found.push(format!("{table}.{column}: {rows}"));
        }
    }
    found
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(",")
}

async fn alerts_of(world: &World, erasure_citizen: i32) -> Vec<String> {
    let mut owner = world.database().await;
    sqlx::query_scalar(AssertSqlSafe(format!(
        "select id::text from m0330.alert where citizen = {erasure_citizen}"
    )))
    .fetch_all(&mut owner)
    .await
    .expect("alerts")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_citizen_stays_and_everything_of_others_does() {
    let ward = busy().await;
    let (store, world) = (&ward.store, &ward.world);
    let citizen = number(store, ANE).await;
    let reading = world.nurse().get(&format!("Observation?patient={ANE}")).await.expect(200);
    let reading = reading.json()["entry"][0]["resource"]["id"].as_str().expect("an id").to_owned();
    let alerts = alerts_of(world, citizen.0).await;
    assert!(!alerts.is_empty());
    let mut before = BTreeMap::new();
    for table in comparable() {
        if store.tables().await.expect("tables").iter().any(|name| name == table) {
            before.insert(table, others(world, citizen, table).await);
        }
    }
    let there = store.citizen_rows(citizen).await.expect("counts");
    let erasure = begin(store, &ward).await;
    assert!(!traces(world, &erasure, &alerts).await.is_empty(), "the search for traces is blind");
    store.erase(&erasure, world.clock.now()).await.expect("erased");

    assert_eq!(traces(world, &erasure, &alerts).await, [""; 0]);
    for (table, rows) in &before {
        let mut after = others(world, citizen, table).await;
        if *table == "audit_block" {
            // That somebody was erased is told in blocks of its own; nothing else has changed.
            assert!(after.len() > rows.len(), "{table}");
            after.retain(|row| rows.contains(row));
        }
        assert_eq!(&after, rows, "{table}");
    }
    let stone = store.tombstone(&erasure.id).await.expect("an answer").expect("a tombstone");
    assert_eq!((stone.reason.as_str(), stone.set_by.as_str()), (WHY, "test"));
    assert!(stone.finished.is_some());
    for table in ["observation", "observation_history", "resource", "alert", "finding", "plan"] {
        assert_eq!(stone.counts.get(table), there.get(table), "{table}");
    }
    assert_eq!(store.citizen_rows(citizen).await.expect("counts").values().sum::<u64>(), 0);

    world.nurse().get(&format!("Patient/{ANE}")).await.expect(404);
    world.nurse().get(&format!("Patient/{ANE}/_history")).await.expect(404);
    world.nurse().get(&format!("Observation/{reading}")).await.expect(404);
    ward.nurse().get(&format!("/api/citizens/{ANE}/summary")).await.expect(404);
    ward.nurse().get(&format!("/api/alerts/{}", alerts[0])).await.expect(404);
    world.citizen(ANE).get(&format!("Patient/{ANE}")).await.expect(404);
    let found = world.nurse().get(&format!("Observation?patient={ANE}")).await.expect(200);
    assert!(found.json()["entry"].is_null(), "{}", found.text);
    // And again is nothing to do.
    store.erase(&erasure, world.clock.now()).await.expect("nothing to do");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_that_remembers_the_number_stores_nothing() {
    let ward = busy().await;
    let world = &ward.world;
    // The server has the number in memory; somebody else erases.
    let reading = |day: u8| weight(ANE, &format!("2025-12-{day}T10:00:00+01:00"), "81");
    world.gateway().post("Observation", &reading(28)).await.expect(201);
    let catalog =
        Catalog::connect(&world.url, MasterKey::from_bytes([7; 32]), 4).expect("a catalogue");
    let code = "0330".parse().expect("a code");
    let tenant = catalog.tenant(&code).await.expect("an answer").expect("a municipality");
    let other = catalog.open(&tenant).expect("a store");
    let erasure = begin(&other, &ward).await;
    let refused = world.gateway().post("Observation", &reading(27)).await.expect(422);
    assert_eq!(refused.issues()[0].0, "subject-unknown");
    world.citizen(ANE).post("Observation", &reading(27)).await.expect(422);
    other.erase(&erasure, world.clock.now()).await.expect("erased");
    // In one stream with others', and with an identifier, which takes another path.
    let mut named: serde_json::Value = serde_json::from_str(&reading(26)).expect("json");
    named["identifier"] = json!([{"system":"urn:test","value":"late"}]);
    let stream =
        format!("{}\n{named}\n{}\n", reading(26), weight("bo", "2025-12-26T10:00:00+01:00", "81"));
    let ndjson = world.gateway().with("content-type", "application/fhir+ndjson");
    let receipts = ndjson.post("Observation", &stream).await.expect(200).text;
    let statuses: Vec<u64> = receipts
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|receipt| receipt["status"].as_u64())
        .collect();
    assert_eq!(statuses, [422, 422, 201], "{receipts}");
    let condition = json!({"resourceType":"Condition",
        "subject":{"reference":format!("Patient/{ANE}")},"code":{"text":"x"}});
    world.nurse().post("Condition", &condition.to_string()).await.expect(422);
    assert_eq!(traces(world, &erasure, &[]).await, [""; 0]);

    // Somebody who is entered anew under the same id is somebody else.
    ward.admit(&[ANE.to_owned()]).await;
    world.gateway().post("Observation", &reading(27)).await.expect(201);
    let found = world.nurse().get(&format!("Observation?patient={ANE}")).await.expect(200).json();
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1));
    other.close().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_at_work_brings_nothing_back() {
    let ward = busy().await;
    let world = &ward.world;
    let settings =
        Settings { batch: 50, poll: Duration::from_millis(20), lag_alarm: Duration::from_mins(10) };
    jobs::start(&world.app, settings);
    let gateway = world.gateway();
    let uploads = world.app.tasks().spawn(async move {
        let mut statuses = Vec::new();
        for minute in 0..120_u32 {
            let at = format!("2025-12-31T{:02}:{:02}:30+01:00", minute / 60, minute % 60);
            for citizen in [ANE, "bo"] {
                let answer = gateway.post("Observation", &weight(citizen, &at, "103")).await;
                statuses.push((citizen, answer.status.as_u16()));
            }
        }
        statuses
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    ward.store.make_everybody_due(world.clock.now()).await.expect("due");
    let citizen = number(&ward.store, ANE).await;
    let alerts = alerts_of(world, citizen.0).await;
    let erasure = begin(&ward.store, &ward).await;
    ward.store.erase(&erasure, world.clock.now()).await.expect("erased");
    let statuses = uploads.await.expect("uploads");
    assert!(statuses.iter().all(|(citizen, status)| *citizen == ANE || *status == 201));
    assert!(statuses.iter().all(|(_, status)| [201, 422].contains(status)), "{statuses:?}");
    ward.store.make_everybody_due(world.clock.now()).await.expect("due");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(traces(world, &erasure, &alerts).await, [""; 0]);
    let lag = ward.store.screening_lag(world.clock.now()).await.expect("a lag");
    assert_eq!(lag.parked, 0, "{lag:?}");
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_on_the_way_can_go_on() {
    let ward = busy().await;
    let (store, world) = (&ward.store, &ward.world);
    let citizen = number(store, ANE).await;
    let there = store.citizen_rows(citizen).await.expect("counts");
    let erasure = begin(store, &ward).await;
    for milliseconds in [1, 3, 5, 8, 12, 20, 30] {
        let time = Duration::from_millis(milliseconds);
        // What is dropped in the midst of a transaction is rolled back, as when it is killed.
        if tokio::time::timeout(time, store.erase(&erasure, world.clock.now())).await.is_ok() {
            break;
        }
        let again = begin(store, &ward).await;
        assert!(again == erasure, "another erasure was begun");
    }
    store.erase(&erasure, world.clock.now()).await.expect("erased");
    let stone = store.tombstone(&erasure.id).await.expect("an answer").expect("a tombstone");
    for (table, rows) in &there {
        let erased = stone.counts.get(table).copied().unwrap_or(0);
        // What keeps screening and staff away was added by the erasure.
        let own = ["citizen_restriction", "screening_lease"].contains(&table.as_str());
        assert!(erased == *rows || own, "{table}: {erased} of {rows}");
    }
    assert_eq!(traces(world, &erasure, &[]).await, [""; 0]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legal_hold_refuses() {
    let ward = busy().await;
    let (store, now) = (&ward.store, ward.world.clock.now());
    let citizen = number(store, ANE).await;
    assert!(store.put_hold(citizen, "complaint", "test", now).await.expect("held"));
    let before = store.citizen_rows(citizen).await.expect("counts");
    let begun = store.begin_erasure(ANE, &new_erasure_id(), WHY, "test", now).await;
    assert!(matches!(begun.expect("an answer"), Begun::Held(held) if held.reason == "complaint"));
    assert_eq!(store.citizen_rows(citizen).await.expect("counts"), before);
    assert!(store.release_hold(citizen, "test", now).await.expect("released"));
    begin(store, &ward).await;
    let nobody = store.begin_erasure("nobody", &new_erasure_id(), WHY, "test", now).await;
    assert_eq!(nobody.expect("an answer"), Begun::Unknown);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_several_or_was_handed_on_loses_only_the_name() {
    let ward = Ward::new().await;
    ward.admit(&[ANE.to_owned()]).await;
    let (world, store) = (&ward.world, &ward.store);
    let admin = world.admin("0330");
    for owner in [ANE, "bo"] {
        let device = json!({"resourceType":"Device","id":"shared",
            "patient":{"reference":format!("Patient/{owner}")}});
        admin.put("Device/shared", &device.to_string()).await;
    }
    let provenance = json!({"resourceType":"Provenance",
        "target":[{"reference":format!("Patient/{ANE}")},{"reference":"Patient/bo"}],
        "recorded":"2025-12-31T10:00:00Z","agent":[{"who":{"display":"nurse"}}]});
    let made = world.nurse().post("Provenance", &provenance.to_string()).await.expect(201).id();
    let erasure = begin(store, &ward).await;
    store.erase(&erasure, world.clock.now()).await.expect("erased");
    assert_eq!(traces(world, &erasure, &[]).await, [""; 0]);
    // Whoever is confined to teams does not see what is of several.
    let lead = world.client("0330", Role::Lead, None);
    let left = lead.get(&format!("Provenance/{made}")).await.expect(200).json();
    assert_eq!(left["target"][0]["reference"], format!("urn:uuid:{}", erasure.id));
    assert_eq!(left["target"][1]["reference"], "Patient/bo");
    let device = world.nurse().get("Device/shared").await.expect(200).json();
    assert_eq!(device["patient"]["reference"], "Patient/bo");
    world.nurse().get("Device/shared/_history/1").await.expect(404);
    ward.world.end().await;
}
