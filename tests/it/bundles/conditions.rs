//! Entries that are only to be done if something is, or is not, there.

use serde_json::{Value, json};

use super::{bundle, census, entries, errors, identified, place, post, put, reading, statuses};
use crate::world::World;

/// An entry that creates a reading if none has the identifier.
fn unless_exists(reading: &Value, condition: &str) -> Value {
    let mut entry = post(reading);
    entry["request"]["ifNoneExist"] = json!(condition);
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_one_or_several_may_have_the_identifier() {
    let world = World::new().await;
    let entry = |minute: u32, value: u32, identifier: &str| {
        unless_exists(
            &identified("ane", minute, value, identifier),
            &format!("identifier=urn:test|{identifier}"),
        )
    };
    for (kind, base) in [("batch", 0), ("transaction", 30)] {
        let name = format!("once-{kind}");
        let first = bundle(kind, &[entry(base, 70, &name)]);
        let created = world.gateway().post("", &first).await.expect(200);
        assert_eq!(statuses(&created), ["201"]);
        // Another number at another time, but the identifier says which reading it is. With the
        // type in front, escaped, and without the system it is the same condition.
        for condition in [
            format!("identifier=urn:test|{name}"),
            format!("Observation?identifier=urn:test|{name}"),
            format!("?identifier=urn%3Atest%7C{name}"),
            format!("identifier={name}"),
        ] {
            let reading = identified("ane", base + 1, 71, &name);
            let sent = bundle(kind, &[unless_exists(&reading, &condition)]);
            let found = world.gateway().post("", &sent).await.expect(200);
            assert_eq!(statuses(&found), ["200"], "{condition}: {}", found.text);
            assert_eq!(place(&found, 0), place(&created, 0), "{condition}");
        }
        // Two are made without a condition.
        let name = format!("twice-{kind}");
        for minute in [base + 2, base + 3] {
            let reading = identified("ane", minute, 70, &name).to_string();
            world.gateway().post("Observation", &reading).await.expect(201);
        }
        let before = census(&world).await;
        let sent = bundle(kind, &[entry(base + 4, 70, &name)]);
        let answer = world.gateway().post("", &sent).await;
        if kind == "batch" {
            assert_eq!(statuses(&answer), ["412"]);
            assert_eq!(errors(&entries(&answer)[0])[0].0, "several-match");
        } else {
            assert_eq!(answer.status.as_u16(), 412, "{}", answer.text);
        }
        assert_eq!(census(&world).await, before);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_entries_with_one_condition_make_one_reading() {
    let world = World::new().await;
    for (kind, base) in [("batch", 0), ("transaction", 30)] {
        let condition = format!("identifier=urn:test|{kind}");
        let entry = |minute: u32, value: u32| {
            unless_exists(&identified("ane", base + minute, value, kind), &condition)
        };
        let before = world.count("0330", "select count(*) from observation").await;
        // Not even the same time: only the condition tells that they are one.
        let sent = bundle(kind, &[entry(0, 70), entry(1, 71), post(&reading("bo", base, 70))]);
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["201", "200", "201"], "{kind}: {}", answer.text);
        assert_eq!(place(&answer, 0), place(&answer, 1), "{kind}");
        let stored = world.nurse().get(&place(&answer, 1)).await.expect(200).json();
        assert_eq!(stored["valueQuantity"]["value"], 70, "the first one counts");
        let after = world.count("0330", "select count(*) from observation").await;
        assert_eq!(after, before + 2, "{kind}");
        // Both of them again, when it is there already.
        let sent = bundle(kind, &[entry(2, 72), entry(3, 73)]);
        let again = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&again), ["200", "200"], "{kind}: {}", again.text);
        assert_eq!(place(&again, 0), place(&answer, 0));
        assert_eq!(place(&again, 1), place(&answer, 0));
        assert_eq!(world.count("0330", "select count(*) from observation").await, after);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_with_one_condition_make_one_reading() {
    let world = World::new().await;
    let gateway = world.gateway();
    let requests: Vec<String> = (0..16)
        .map(|number| {
            let kind = if number % 2 == 0 { "batch" } else { "transaction" };
            let reading = identified("ane", number, 60 + number, "race");
            bundle(kind, &[unless_exists(&reading, "identifier=urn:test|race")])
        })
        .collect();
    let answers =
        futures_util::future::join_all(requests.iter().map(|sent| gateway.post("", sent))).await;
    let created = answers.iter().filter(|answer| statuses(answer) == ["201"]).count();
    let found = answers.iter().filter(|answer| statuses(answer) == ["200"]).count();
    assert_eq!((created, found), (1, 15));
    assert!(answers.iter().all(|answer| place(answer, 0) == place(&answers[0], 0)));
    assert_eq!(world.count("0330", "select count(*) from observation").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_created_once_too() {
    let world = World::new().await;
    let device = json!({"resourceType": "Device",
        "identifier": [{"system": "urn:test:eui", "value": "C4F3"}]});
    for kind in ["transaction", "batch"] {
        let entry = unless_exists(&device, "identifier=urn:test:eui|C4F3");
        let sent = bundle(kind, &[entry.clone(), entry]);
        let answer = world.gateway().post("", &sent).await.expect(200);
        let first = if kind == "transaction" { "201" } else { "200" };
        assert_eq!(statuses(&answer), [first, "200"], "{}", answer.text);
        assert_eq!(place(&answer, 0), place(&answer, 1));
    }
    let devices = "select count(*) from resource where type = 'Device'";
    assert_eq!(world.count("0330", devices).await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_is_not_understood_is_refused_and_not_passed_over() {
    let world = World::new().await;
    for condition in ["code=8867-4", "identifier=", "identifier=a|b&status=final", "_id=1"] {
        let sent = bundle("batch", &[unless_exists(&reading("ane", 0, 70), condition)]);
        let answer = world.gateway().post("", &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["400"], "{condition}: {}", answer.text);
        assert_eq!(errors(&entries(&answer)[0])[0].0, "condition-not-supported");
        let sent = sent.replace("\"batch\"", "\"transaction\"");
        world.gateway().post("", &sent).await.expect(400);
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_only_made_to_the_version_it_was_meant_for() {
    let world = World::new().await;
    let created = world.gateway().post("Observation", &reading("ane", 0, 70).to_string()).await;
    let id = created.expect(201).id();
    let correction = |value: u32, tag: &str| {
        let mut corrected = reading("ane", 0, value);
        corrected["id"] = json!(id);
        corrected["status"] = json!("corrected");
        let mut entry = put(&corrected);
        entry["request"]["ifMatch"] = json!(tag);
        entry
    };
    let send = |kind: &str, value: u32, tag: &str| {
        let sent = bundle(kind, &[correction(value, tag), post(&reading("bo", value, 70))]);
        let world = &world;
        async move { world.gateway().post("", &sent).await }
    };
    let answer = send("batch", 11, "W/\"1\"").await.expect(200);
    assert_eq!(statuses(&answer), ["200", "201"], "{}", answer.text);
    assert_eq!(entries(&answer)[0]["response"]["etag"], "W/\"2\"");

    let answer = send("batch", 12, "W/\"1\"").await.expect(200);
    assert_eq!(statuses(&answer), ["412", "201"], "{}", answer.text);
    assert_eq!(errors(&entries(&answer)[0])[0].0, "version-conflict");

    let before = census(&world).await;
    send("transaction", 13, "W/\"1\"").await.expect(412);
    assert_eq!(census(&world).await, before);

    let answer = send("transaction", 14, "\"2\"").await.expect(200);
    assert_eq!(statuses(&answer), ["200", "201"], "{}", answer.text);
    let current = world.nurse().get(&format!("Observation/{id}")).await.expect(200);
    assert_eq!(current.header("etag"), "W/\"3\"");
    assert_eq!(current.json()["valueQuantity"]["value"], 14);
    world.end().await;
}
