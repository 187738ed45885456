//! Moving to another key, while it is served, interrupted, and from rows in clear text.

use pulsvagt::access::{KeyRing, MasterKey};
use pulsvagt::store::rekey::Rekey;
use pulsvagt::store::{Catalog, Store};
use pulsvagt_fhir::Document;
use pulsvagt_fhir::shape::{Detail, Splitter, fingerprint};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::{continua, dump, gunhild, leaks};
use crate::world::World;

async fn store(world: &World) -> Store {
    let tenant = world.catalog.tenant(&"0330".parse().expect("a code")).await.expect("read");
    world.catalog.open(&tenant.expect("Slagelse")).expect("a store")
}

async fn sql(world: &World, statement: &str) -> u64 {
    let mut connection = world.database().await;
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .expect("done")
        .rows_affected()
}

async fn fill(world: &World) -> Vec<String> {
    let (admin, gateway) = (world.admin("0330"), world.gateway());
    admin.put("Patient/g-17", &gunhild().to_string()).await.expect(201);
    let mut moved = gunhild();
    moved["address"][0]["line"] = json!(["Kvædevej 90"]);
    admin.put("Patient/g-17", &moved.to_string()).await.expect(200);
    let mut ids = Vec::new();
    for second in 0..5 {
        let reading = continua(60 + second, second);
        let id = gateway.post("Observation", &reading.to_string()).await.expect(201).id();
        let mut corrected: Value = reading.clone();
        corrected["id"] = json!(id);
        corrected["status"] = json!("amended");
        gateway.put(&format!("Observation/{id}"), &corrected.to_string()).await.expect(200);
        ids.push(id);
    }
    ids
}

/// Everything can still be read, found, and told from what is new.
async fn whole(world: &World, ids: &[String]) {
    let (nurse, gateway) = (world.nurse(), world.gateway());
    for path in ["Patient/g-17", "Patient/g-17/_history/1"] {
        let patient = nurse.get(path).await.expect(200).json();
        assert_eq!(patient["name"], gunhild()["name"]);
        assert_eq!(patient["identifier"], gunhild()["identifier"]);
    }
    for (second, id) in (0..5).zip(ids) {
        let sent = continua(60 + second, second);
        for path in [format!("Observation/{id}"), format!("Observation/{id}/_history/1")] {
            let back = nurse.get(&path).await.expect(200).json();
            for member in ["identifier", "subject", "note", "valueQuantity"] {
                assert_eq!(back[member], sent[member], "{path} {member}");
            }
        }
        let again = gateway.post("Observation", &sent.to_string()).await.expect(200);
        assert_eq!(again.id(), *id);
    }
    for found in ["Patient?identifier=1203521236", "Patient?family=Zwi", "Patient?given=gunhild"] {
        let bundle = nurse.get(found).await.expect(200).json();
        assert_eq!(bundle["total"], json!(1), "{found}");
    }
    let count = world.count("0330", "select count(*) from observation").await;
    assert_eq!(count, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_taken_up_while_readings_come_in_and_the_old_one_ends() {
    let world = World::new().await;
    let ids = fill(&world).await;
    let store = store(&world).await;
    let ring = world.catalog.ring();
    let to = ring.add().expect("a key");
    let before = store.key_use().await.expect("use");
    assert_eq!((before.current, before.newest, before.older, before.clear), (1, 2, 0, false));

    // Killed at its worst: the key is current, and little has been sealed anew.
    let begun = tokio::sync::Notify::new();
    tokio::select! {
        biased;
        () = begun.notified() => {}
        done = store.rekey(Rekey { to, blind_index: true }, |_| begun.notify_one()) => {
            panic!("too fast to be killed: {done:?}")
        }
    }
    sql(
        &world,
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())",
    )
    .await;
    whole(&world, &ids).await;

    let mut reading = continua(99, 59);
    let rekeying = store.rekey(Rekey { to, blind_index: true }, |_| {});
    let writing = async {
        let gateway = world.gateway();
        for second in 10..50 {
            reading["effectiveDateTime"] = json!(format!("2025-12-30T10:00:{second}Z"));
            gateway.post("Observation", &reading.to_string()).await.expect(201);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let (done, ()) = tokio::join!(rekeying, writing);
    let done = done.expect("rekeyed");
    assert!(done.rows > 0, "{done:?}");
    let after = store.key_use().await.expect("use");
    assert_eq!((after.current, after.older), (2, 0), "{done:?}");
    let again = store.rekey(Rekey { to, blind_index: true }, |_| {}).await.expect("again");
    assert_eq!((again.rows, again.left), (0, 0));
    assert_eq!(
        world.count("0330", "select count(*) from identity_key where state = 'retired'").await,
        1
    );
    assert_eq!(
        world
            .count("0330", "select count(*) from resource_token where starts_with(code, '~0~')")
            .await,
        0
    );
    sql(&world, "delete from m0330.observation where effective < '2025-12-31'").await;
    whole(&world, &ids).await;
    assert_eq!(leaks(&dump(&world).await), Vec::<&str>::new());
    store.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_hashes_are_made_with_is_still_used() {
    let world = World::new().await;
    let ids = fill(&world).await;
    let (store, ring) = (store(&world).await, world.catalog.ring());
    for (blind_index, retired, blind) in [
        // The hashes stay with the key file, from which key 1 follows.
        (false, &[][..], 0),
        (true, &[1, 2], 3),
        (false, &[], 3),
        (false, &[4], 3),
        (true, &[3, 5], 6),
    ] {
        let to = ring.add().expect("a key");
        let done = loop {
            match store.rekey(Rekey { to, blind_index }, |_| {}).await {
                // The lock of the one before ends with its connection, a moment later.
                Err(error) if error.to_string().contains("another process") => {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
                done => break done.expect("rekeyed"),
            }
        };
        assert_eq!((done.left, done.blind), (0, blind), "{done:?}");
        let mut ended = done.retired;
        ended.sort_unstable();
        assert_eq!(ended, retired, "to key {to}");
    }
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    whole(&world, &ids).await;
    store.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_the_key_refuses_instead_of_reading_garbage() {
    let world = World::new().await;
    fill(&world).await;
    let store = store(&world).await;
    let to = world.catalog.ring().add().expect("a key");
    store.rekey(Rekey { to, blind_index: false }, |_| {}).await.expect("rekeyed");
    for (root, says) in [([7; 32], "key 2, which is not in"), ([8; 32], "not the one")] {
        let ring = KeyRing::from(MasterKey::from_bytes(root));
        if root == [8; 32] {
            ring.add().expect("another key");
        }
        let catalog = Catalog::connect(&world.url, ring, 2).expect("a catalogue");
        let tenant = catalog.tenant(&"0330".parse().expect("a code")).await.expect("read");
        let other = catalog.open(&tenant.expect("Slagelse")).expect("a store");
        let error = match other.check_keys().await {
            Ok(()) => panic!("it opened"),
            // The password of the role follows from the root too, where it is asked for.
            Err(error) => error.to_string(),
        };
        assert!(error.contains(says), "{error}");
        other.close().await;
    }
    store.close().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_from_before_there_was_sealing_are_read_and_then_sealed() {
    let world = World::new().await;
    let ids = fill(&world).await;
    let admin = world.admin("0330");
    // As the previous version stored it: the body as sent, tokens as they are.
    let patient = admin.get("Patient/bo").await.expect(200).json();
    let body = format!(
        "{{\"resourceType\":\"Patient\",\"meta\":{{}},\"identifier\":{},\"name\":[{{\"family\":\"Nordsand\",\"given\":[\"Torsten\"]}}]}}",
        patient["identifier"]
    );
    assert_eq!(
        sql(&world, &format!("update m0330.resource set body = '{body}' where id = 'bo'")).await,
        1
    );
    sql(&world, "delete from m0330.resource_token where id = 'bo'").await;
    sql(&world, "insert into m0330.resource_token values ('Patient', 'identifier', '0202602345', 'urn:oid:1.2.208.176.1.2', 'bo'), ('Patient', 'given', 'torsten', '', 'bo')").await;
    let answer = json!({"resourceType":"Observation","status":"final",
        "code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},
        "subject":{"reference":"Patient/g-17"},"effectiveDateTime":"2025-12-31T12:00:00Z",
        "valueString":"kvalmeZ"})
    .to_string();
    world.gateway().post("Observation", &answer).await.expect(201);
    // As it was: words among the small parts, and a fingerprint that everybody can make.
    let document = Document::parse(answer.as_bytes()).expect("json");
    let mut splitter = Splitter::default();
    let split = splitter.split(document.root(), Detail::Fine);
    let print = fingerprint(split.content, 0).cast_signed();
    let changed = format!(
        "update m0330.observation set fingerprint = ({print})::int4::oid, extra = '',
           holes = overlay(holes placing '\\x07'::bytea || 'kvalmeZ'::bytea
                           from position('\\xca'::bytea in holes) for 1)
         where effective = '2025-12-31T12:00:00Z'"
    );
    assert_eq!(sql(&world, &changed).await, 1);
    sql(&world, "update m0330.identity_state set clear = true, unkeyed = true").await;
    let store = store(&world).await;
    store.check_keys().await.expect("keys");
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    let nurse = world.nurse();
    let found = |path: &'static str| {
        let nurse = nurse.clone();
        async move { nurse.get(path).await.expect(200).json()["total"].clone() }
    };
    assert_eq!(nurse.get("Patient/bo").await.expect(200).json()["name"][0]["given"][0], "Torsten");
    for path in
        ["Patient?identifier=0202602345", "Patient?given=tors", "Patient?identifier=1203521236"]
    {
        assert_eq!(found(path).await, json!(1), "{path}");
    }
    let words = "Observation?patient=g-17&code=http://loinc.org|72514-3";
    let before = nurse.get(words).await.expect(200).json()["entry"][0]["resource"].clone();
    assert_eq!(before["valueString"], "kvalmeZ");
    let again = world.gateway().post("Observation", &answer).await.expect(200);
    assert_eq!(json!(again.id()), before["id"]);
    let leaked = leaks(&dump(&world).await);
    assert!(leaked.contains(&"Torsten") && leaked.contains(&"kvalmeZ"), "{leaked:?}");
    let to = world.catalog.ring().newest();
    let done = store.rekey(Rekey { to, blind_index: false }, |_| {}).await.expect("rekeyed");
    assert!(done.rows > 0 && done.left == 0, "{done:?}");
    assert_eq!(leaks(&dump(&world).await), Vec::<&str>::new());
    assert!(!store.key_use().await.expect("use").clear);
    for path in
        ["Patient?identifier=0202602345", "Patient?given=tors", "Patient?identifier=1203521236"]
    {
        assert_eq!(found(path).await, json!(1), "{path}");
    }
    let after = nurse.get(words).await.expect(200).json()["entry"][0]["resource"].clone();
    assert_eq!(after, before);
    let again = world.gateway().post("Observation", &answer).await.expect(200);
    assert_eq!(json!(again.id()), before["id"]);
    sql(&world, "delete from m0330.observation where effective = '2025-12-31T12:00:00Z'").await;
    whole(&world, &ids).await;
    store.close().await;
    world.end().await;
}
