//! One reading on its way in and back.

use serde_json::json;

use crate::world::{World, heart_rate};

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_comes_back_as_it_was_sent() {
    let world = World::new().await;
    let sent = heart_rate("ane", "2025-12-31T08:00:00.250+01:00", "72.50");
    let created = world.gateway().post("Observation", &sent).await.expect(201);
    let id = created.id();
    assert_eq!(
        created.header("location"),
        format!("http://pulsvagt.test/fhir/Observation/{id}/_history/1")
    );
    assert_eq!(created.header("etag"), "W/\"1\"");

    let read = world.nurse().get(&format!("Observation/{id}")).await.expect(200);
    assert!(read.text.contains(r#""value":72.50,"#), "{}", read.text);
    let mut expected: serde_json::Value = serde_json::from_str(&sent).expect("json");
    expected["id"] = json!(id);
    expected["meta"] = json!({"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000000Z"});
    assert_eq!(read.json(), expected);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_reading_again_is_the_same_reading() {
    let world = World::new().await;
    let sent = heart_rate("ane", "2025-12-31T08:00:00Z", "72");
    let first = world.gateway().post("Observation", &sent).await.expect(201);
    let again = world.citizen("ane").post("Observation", &sent).await.expect(200);
    assert_eq!(first.id(), again.id());
    let reworded = sent.replace("\"status\"", "\"issued\":\"2025-12-31T09:00:00Z\",\"status\"");
    assert_eq!(world.gateway().post("Observation", &reworded).await.expect(200).id(), first.id());
    let another = heart_rate("ane", "2025-12-31T08:00:00Z", "73");
    assert_ne!(world.gateway().post("Observation", &another).await.expect(201).id(), first.id());
    assert_eq!(world.count("0330", "select count(*) from observation").await, 2);
    world.end().await;
}
