//! What holds the entries together, and how much of it there may be.

use serde_json::json;

use super::{bundle, census, get, post, reading, statuses};
use crate::world::{World, heart_rate};

#[tokio::test(flavor = "multi_thread")]
async fn the_base_is_served_with_and_without_a_slash() {
    let world = World::new().await;
    for (minute, address) in [(0, "/fhir"), (1, "/fhir/")] {
        let sent = bundle("batch", &[post(&reading("ane", minute, 70))]);
        let answer = world.gateway().post(address, &sent).await.expect(200);
        assert_eq!(statuses(&answer), ["201"], "{address}");
    }
    // A Bundle of nothing is answered with nothing, not with an empty array.
    let sent = json!({"resourceType": "Bundle", "type": "batch"}).to_string();
    let answer = world.gateway().post("", &sent).await.expect(200).json();
    assert_eq!(answer, json!({"resourceType": "Bundle", "type": "batch-response"}));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_batch_or_transaction_is_refused_whole() {
    let world = World::new().await;
    let before = census(&world).await;
    let good = post(&reading("ane", 0, 70));
    let bare = json!({"resource": reading("ane", 1, 70)});
    let lost = json!({"request": {"method": "POST", "url": "Observation"}});
    let elsewhere =
        json!({"resource": reading("ane", 1, 70), "request": {"method": "POST", "url": "Device"}});
    let nowhere = json!({"resource": reading("ane", 1, 70), "request": {"method": "PUT", "url": "Observation"}});
    let mut alias = good.clone();
    alias["fullUrl"] = json!("urn:uuid:7d52cd2a-5b2c-4bd9-9d3c-6a9e1c1f0001");
    let same_again = {
        let mut entry = post(&reading("bo", 1, 70));
        entry["fullUrl"] = alias["fullUrl"].clone();
        entry
    };
    let text = |entries: &[serde_json::Value]| bundle("transaction", entries);
    // A property that comes twice cannot be written down as a value.
    let mut twice = text(&[good.clone(), post(&reading("ane", 1, 70))]);
    let last = twice.rfind("\"status\"").expect("a status");
    twice.insert_str(last, "\"status\":\"amended\",");
    let cases = [
        ("no request", text(&[good.clone(), bare]), 400, "bdl-3", "Bundle.entry[1].request"),
        (
            "no resource",
            text(&[good.clone(), lost]),
            400,
            "entry-resource",
            "Bundle.entry[1].resource",
        ),
        (
            "another type",
            text(&[good.clone(), elsewhere]),
            400,
            "entry-type",
            "Bundle.entry[1].request.url",
        ),
        ("no id", text(&[good.clone(), nowhere]), 400, "entry-id", "Bundle.entry[1].request.url"),
        ("one name for two", text(&[alias, same_again]), 400, "bdl-7", "Bundle.entry[1].fullUrl"),
        (
            "a collection",
            bundle("collection", std::slice::from_ref(&good)),
            422,
            "bundle-type",
            "Bundle.type",
        ),
        (
            "a message",
            bundle("message", std::slice::from_ref(&good)),
            422,
            "bundle-type",
            "Bundle.type",
        ),
        (
            "no type",
            json!({"resourceType": "Bundle", "entry": [good]}).to_string(),
            422,
            "bundle-type",
            "Bundle.type",
        ),
        (
            "no Bundle",
            heart_rate("ane", "2025-12-31T08:00:00Z", "70"),
            400,
            "wrong-resource-type",
            "",
        ),
        ("a property twice", twice, 400, "duplicate-property", "Bundle.entry[1].resource.status"),
        (
            "no JSON",
            r#"{"resourceType":"Bundle","type":"batch","entry":["#.to_owned(),
            400,
            "not-json",
            "",
        ),
    ];
    for (what, sent, status, key, place) in cases {
        let answer = world.gateway().post("", &sent).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text);
        let found = answer.issues();
        assert!(found.contains(&(key.to_owned(), place.to_owned())), "{what}: {found:?}");
    }
    assert_eq!(census(&world).await, before);
    let sent = bundle("batch", &[get("metadata")]);
    world.gateway().with("content-type", "text/xml").post("", &sent).await.expect(415);
    world.nobody().post("", &sent).await.expect(401);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_entries_are_taken_in_and_one_more_is_refused() {
    let world = World::new().await;
    let entries: Vec<_> = (0..5_001)
        .map(|number| {
            let at = format!(
                "2025-12-{:02}T{:02}:{:02}:00Z",
                1 + number / 1_440,
                number / 60 % 24,
                number % 60
            );
            post(&serde_json::from_str(&heart_rate("ane", &at, "70")).expect("json"))
        })
        .collect();
    let refused = world.gateway().post("", &bundle("batch", &entries)).await.expect(413);
    assert_eq!(refused.issues(), [("too-many-entries".to_owned(), "Bundle.entry".to_owned())]);
    let stored = "select count(*) from observation";
    assert_eq!(world.count("0330", stored).await, 0);
    for (kind, status) in [("transaction", "201"), ("batch", "200")] {
        let answer = world.gateway().post("", &bundle(kind, &entries[..5_000])).await.expect(200);
        let statuses = statuses(&answer);
        assert_eq!(statuses.len(), 5_000);
        assert!(statuses.iter().all(|found| found == status), "{kind}");
        assert_eq!(world.count("0330", stored).await, 5_000);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_32_mib_is_refused_and_one_below_is_not() {
    let world = World::new().await;
    let sent = bundle("batch", &[post(&reading("ane", 0, 70))]);
    let padded = |bytes: usize| {
        let mut text = sent.clone();
        text.extend(std::iter::repeat_n(' ', bytes - sent.len()));
        text
    };
    let refused = world.gateway().post("", &padded((32 << 20) + 1)).await.expect(413);
    assert_eq!(refused.issues()[0].0, "body-too-large");
    // The length that a client announces is enough to refuse it.
    let announced = world.gateway().with("content-length", "33554433");
    announced.post("", &sent).await.expect(413);
    let answer = world.gateway().post("", &padded(32 << 20)).await.expect(200);
    assert_eq!(statuses(&answer), ["201"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_understood_as_gateways_write_them() {
    let world = World::new().await;
    let sent = [
        "Patient/ane",
        "/Patient/ane",
        "Patient?identifier=urn:oid:1.2.208.176.1.2|0101501234",
        "Observation?patient=ane&identifier=C4F3-149546-93-{beat}/min-20230223T102408.00",
        "Observation?patient=ane&code=http://loinc.org|8867-4&date=ge2025-12-31T08:00:00+01:00",
        "Observation?patient=ane&identifier=måling-1",
        "Observation/$lastn?patient=ane&category=vital-signs",
    ];
    let entries = sent.map(get);
    for kind in ["batch", "transaction"] {
        let answer = world.gateway().post("", &bundle(kind, &entries)).await.expect(200);
        assert_eq!(statuses(&answer), ["200"; 7], "{}", answer.text);
    }
    world.end().await;
}
