//! The chain in the database.

use pulsvagt::access::Role;
use pulsvagt::audit::{Block, Entry, FaultKind, Outcome};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use super::{NOON, entries, last, store, verify};
use crate::world::{World, heart_rate};

async fn as_owner(world: &World, statement: &str) {
    let mut owner = world.database().await;
    owner.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.expect("done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_do_at_once_on_two_servers_is_one_chain() {
    let world = World::new().await;
    let (here, there) = (store(&world, "0330").await, {
        let tenant = world.catalog.tenant(&"0330".parse().expect("a code")).await;
        let tenant = tenant.expect("an answer").expect("a municipality");
        world.catalog.open(&tenant).expect("another server's store")
    });
    let before = verify(&world, "0330").await;
    assert_eq!(before.faults, []);
    let recording = |store: pulsvagt::store::Store, who: &'static str| async move {
        for _ in 0..40 {
            let entry = Entry::of_system(who, "read", pulsvagt::clock::Micros(5));
            store.record(&Block::of(entry)).await.expect("recorded");
        }
    };
    let sending = |nth: u32| {
        let gateway = world.gateway();
        async move {
            for minute in 0..15 {
                let at = format!("2025-12-30T{:02}:{minute:02}:00Z", 8 + nth);
                gateway.post("Observation", &heart_rate("ane", &at, "72")).await.expect(201);
                gateway.get("Observation?patient=ane&_count=1").await.expect(200);
            }
        }
    };
    tokio::join!(
        recording(here, "one"),
        recording(there.clone(), "other"),
        sending(0),
        sending(1),
        sending(2)
    );
    let after = verify(&world, "0330").await;
    assert_eq!(after.faults, []);
    assert_eq!(after.entries - before.entries, 2 * 40 + 3 * 2 * 15);
    there.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tampered_with_in_the_database_is_found() {
    let world = World::new().await;
    for minute in 0..4 {
        let at = format!("2025-12-30T12:0{minute}:00Z");
        world.gateway().post("Observation", &heart_rate("ane", &at, "72")).await.expect(201);
    }
    assert_eq!(verify(&world, "0330").await.faults, []);
    for (statement, kind) in [
        ("update audit_block set citizens = citizens || 77 where seq = 4", FaultKind::Changed),
        (
            "update audit_block set written = written - interval '1 us' where seq = 4",
            FaultKind::Changed,
        ),
        ("delete from audit_block where seq = 2", FaultKind::Missing),
        ("update audit_block set hash = previous where seq = 3", FaultKind::Missing),
    ] {
        // Even whoever may write has to take the guard away first.
        let mut owner = world.database().await;
        owner.execute("set search_path to m0330, public").await.expect("a path");
        assert!(owner.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.is_err());
        owner.execute("set session_replication_role = replica").await.expect("no triggers");
        owner.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await.expect("done");
        let faults = verify(&world, "0330").await.faults;
        assert!(faults.iter().any(|fault| fault.kind == kind), "{statement}: {faults:?}");
    }
    assert_eq!(verify(&world, "0306").await.faults, []);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_neither_answered_nor_stored() {
    let world = World::new().await;
    let sent = heart_rate("ane", NOON, "72");
    world.gateway().post("Observation", &sent).await.expect(201);
    let before = entries(&world, "0330").await.len();
    as_owner(&world, "revoke insert on m0330.audit_block from pulsvagt_0330").await;
    for path in ["Patient/ane", "Observation?patient=ane", "Condition"] {
        let answer = world.nurse().get(path).await.expect(503);
        assert_eq!(answer.issues()[0].0, "not-recorded");
        assert!(!answer.text.contains("8867-4") && !answer.text.contains("Test"), "{path}");
    }
    let answer = world.nurse().get("/api/worklist").await.expect(503);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    world.nurse().get("/api/events").await.expect(503);
    let patient = json!({"resourceType": "Patient", "id": "dorte"}).to_string();
    let another = heart_rate("ane", NOON, "73");
    assert!(world.gateway().post("Observation", &another).await.status.is_server_error());
    assert!(world.admin("0330").put("Patient/dorte", &patient).await.status.is_server_error());
    world.nobody().get("metadata").await.expect(200);
    world.nobody().get("/health/live").await.expect(200);
    as_owner(&world, "grant insert on m0330.audit_block to pulsvagt_0330").await;
    assert_eq!(world.count("0330", "select count(*) from observation").await, 1);
    assert_eq!(world.count("0330", "select count(*) from resource").await, 2);
    assert_eq!(entries(&world, "0330").await.len(), before);
    world.nurse().get("Patient/ane").await.expect(200);
    assert_eq!(verify(&world, "0330").await.faults, []);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_and_its_entry_are_one() {
    let world = World::new().await;
    let gateway = world.gateway();
    let id = gateway.post("Observation", &heart_rate("ane", NOON, "72")).await.expect(201).id();
    let entry = last(&world, "0330").await;
    assert_eq!(
        (entry.operation.as_str(), entry.readings, entry.status),
        ("Observation/create", 1, 0)
    );
    let received = format!(
        "select count(*) from observation o where o.received = to_timestamp({})
         and exists (select from audit_block b where b.written = o.received)",
        entry.at.as_second()
    );
    assert_eq!(world.count("0330", &received).await, 1);
    let key = store(&world, "0330").await.sealer().open(&id).expect("a reading");
    assert!(entry.names(key));

    // A transaction that is refused leaves a refusal and nothing else.
    let before = entries(&world, "0330").await.len();
    let bad = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": {"resourceType": "Device", "id": "d"},
         "request": {"method": "PUT", "url": "Device/d"}},
        {"resource": {"resourceType": "Condition", "subject": {"reference": "Patient/ane"}},
         "request": {"method": "POST", "url": "Condition"}},
    ]});
    let answer = gateway.post("/fhir", &bad.to_string()).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
    let after = entries(&world, "0330").await;
    assert_eq!(after.len(), before + 1);
    assert_eq!((after[0].operation.as_str(), after[0].outcome), ("transaction", Outcome::Refused));
    assert_eq!(world.count("0330", "select count(*) from resource where type = 'Device'").await, 0);

    // A correction names what it corrects and the version.
    let corrected = heart_rate("ane", NOON, "75")
        .replace("{\"resourceType\"", &format!("{{\"id\":\"{id}\",\"resourceType\""));
    gateway.put(&format!("Observation/{id}"), &corrected).await.expect(200);
    let entry = last(&world, "0330").await;
    assert_eq!(entry.operation, "Observation/update");
    assert_eq!((entry.resources[0].id.as_str(), entry.resources[0].version), (id.as_str(), 2));
    assert!(entry.names(key));

    let lead = world.client("0330", Role::Lead, None).with("if-match", "\"0\"");
    lead.with("content-type", "application/json").put("/api/triage/policy", "{}").await.expect(200);
    let entry = last(&world, "0330").await;
    assert_eq!((entry.operation.as_str(), entry.status), ("putTriagePolicy", 0));
    assert_eq!(verify(&world, "0330").await.faults, []);
    world.end().await;
}
