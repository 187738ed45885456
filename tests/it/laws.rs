//! Laws: replaying anything in any order from many connections changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use pulsvagt::access::Role;
use pulsvagt::app::{App, Limits};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::world::{Client, World};

/// Distinct readings of few citizens, measures and moments, so that many share all but the value.
fn readings(random: &mut ChaCha8Rng, count: usize) -> Vec<String> {
    let measures = [
        ("8867-4", "/min", ["58", "72", "72.5", "110"]),
        ("59408-5", "%", ["88", "93.25", "97", "97.5"]),
        ("29463-7", "kg", ["71.25", "71.3", "80", "81.05"]),
    ];
    let mut found = BTreeSet::new();
    while found.len() < count {
        let citizen = ["ane", "bo"][random.random_range(0..2)];
        let (code, unit, values) = measures[random.random_range(0..measures.len())];
        let value = values[random.random_range(0..values.len())];
        let at = [
            "2025-12-30T12:00:00Z",
            "2025-12-30T12:00:00.5Z",
            "2025-12-30T23:59:59+01:00",
            "2025-12-31",
            "2024-02-29T00:00:00-08:00",
            "2025-03-30T01:30:00Z",
        ][random.random_range(0..6)];
        let device = ["", "\"device\":{\"reference\":\"Device/a\"},"][random.random_range(0..2)];
        let identifier = if random.random_ratio(1, 4) {
            format!("\"identifier\":[{{\"system\":\"urn:x\",\"value\":\"{citizen}-{value}\"}}],")
        } else {
            String::new()
        };
        found.insert(format!(
            r#"{{"resourceType":"Observation",{identifier}"status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},"subject":{{"reference":"Patient/{citizen}"}},"effectiveDateTime":"{at}",{device}"valueQuantity":{{"value":{value},"system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
        ));
    }
    let mut list: Vec<String> = found.into_iter().collect();
    list.shuffle(random);
    list
}

/// How some of the readings are sent together.
#[derive(Debug, Clone)]
enum Parcel {
    Alone(usize),
    Bundle(&'static str, Vec<usize>),
    Stream(Vec<usize>),
}

fn parcels(random: &mut ChaCha8Rng, mut order: Vec<usize>) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    while !order.is_empty() {
        let size = random.random_range(1..=order.len().min(25));
        let some: Vec<usize> = order.drain(..size).collect();
        match random.random_range(0..4) {
            0 => parcels.extend(some.into_iter().map(Parcel::Alone)),
            1 => parcels.push(Parcel::Bundle("batch", some)),
            2 => parcels.push(Parcel::Bundle("transaction", some)),
            _ => parcels.push(Parcel::Stream(some)),
        }
    }
    parcels
}

/// What one request was told: reading, id, and whether it was new.
type Told = Vec<(usize, String, bool)>;

async fn send(client: &Client, readings: &[String], parcel: Parcel) -> Told {
    let status_is_new = |status: u64| match status {
        201 => true,
        200 => false,
        other => panic!("status {other}"),
    };
    match parcel {
        Parcel::Alone(at) => {
            let answer = client.post("Observation", &readings[at]).await;
            let is_new = status_is_new(answer.status.as_u16().into());
            vec![(at, answer.id(), is_new)]
        }
        Parcel::Bundle(kind, some) => {
            let request = json!({"method": "POST", "url": "Observation"});
            let entries: Vec<String> = some
                .iter()
                .map(|&at| format!("{{\"resource\":{},\"request\":{request}}}", readings[at]))
                .collect();
            let bundle = format!(
                r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#,
                entries.join(",")
            );
            let answer = client.post("/fhir", &bundle).await.expect(200);
            let json = answer.json();
            let told = json["entry"].as_array().expect("entries");
            assert_eq!(told.len(), some.len(), "an answer for each entry");
            some.iter()
                .zip(told)
                .map(|(&at, entry)| {
                    let response = &entry["response"];
                    let status = response["status"].as_str().expect("a status");
                    let number = status[..3].parse().expect("a number");
                    let place = response["location"].as_str().expect("a place");
                    let id = place.split('/').nth(1).expect("an id").to_owned();
                    (at, id, status_is_new(number))
                })
                .collect()
        }
        Parcel::Stream(some) => {
            let body: Vec<&str> = some.iter().map(|&at| readings[at].as_str()).collect();
            let answer = client
                .with("content-type", "application/fhir+ndjson")
                .post("Observation", &body.join("\n"))
                .await
                .expect(200);
            let mut lines: Vec<Value> = answer
                .text
                .lines()
                .map(|line| serde_json::from_str(line).expect("a receipt"))
                .collect();
            let totals = lines.pop().expect("totals");
            let told: Told = some
                .iter()
                .zip(&lines)
                .map(|(&at, line)| {
                    let id = line["id"].as_str().expect("an id").to_owned();
                    (at, id, status_is_new(line["status"].as_u64().expect("a status")))
                })
                .collect();
            let new = told.iter().filter(|(.., is_new)| *is_new).count();
            assert_eq!(
                totals,
                json!({"received": some.len(), "stored": new, "duplicate": some.len() - new,
                    "rejected": 0, "quarantined": 0})
            );
            assert_eq!(lines.len(), some.len(), "a receipt for each line");
            told
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_split_and_repetition_over_many_connections_stores_each_reading_once() {
    for seed in [1, 2, 3] {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = World::new().await;
        let readings = Arc::new(readings(&mut random, 90));
        let mut order: Vec<usize> = (0..readings.len()).chain(0..readings.len()).collect();
        order.shuffle(&mut random);
        let parcels = parcels(&mut random, order);
        let clients = [world.gateway(), world.nurse()];
        let mut tasks = JoinSet::new();
        for (lane, chunk) in parcels.chunks(parcels.len().div_ceil(5)).enumerate() {
            let (client, readings) = (clients[lane % 2].clone(), Arc::clone(&readings));
            let chunk = chunk.to_vec();
            tasks.spawn(async move {
                let mut told = Vec::new();
                for parcel in chunk {
                    told.extend(send(&client, &readings, parcel).await);
                }
                told
            });
        }
        let told: Told = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(told.len(), 2 * readings.len(), "seed {seed}: everything is answered");
        let mut ids: BTreeMap<usize, &str> = BTreeMap::new();
        let mut first = BTreeSet::new();
        for (at, id, is_new) in &told {
            assert_eq!(*ids.entry(*at).or_insert(id), id, "seed {seed}: {}", readings[*at]);
            assert!(!*is_new || first.insert(*at), "seed {seed}: new twice: {}", readings[*at]);
        }
        assert_eq!(first.len(), readings.len(), "seed {seed}: each was new once");
        let distinct: BTreeSet<&str> = ids.values().copied().collect();
        assert_eq!(distinct.len(), readings.len(), "seed {seed}: an id for each");
        let count = world.count("0330", "select count(*) from observation").await;
        assert_eq!(usize::try_from(count).expect("a count"), readings.len(), "seed {seed}");

        // In order, one by one, a third time: nothing is new, and the ids are the same.
        for (at, reading) in readings.iter().enumerate() {
            let answer = world.gateway().post("Observation", reading).await.expect(200);
            assert_eq!(answer.id(), ids[&at], "seed {seed}: {reading}");
            let read = world.nurse().get(&format!("Observation/{}", ids[&at])).await.expect(200);
            let mut json = read.json();
            let resource = json.as_object_mut().expect("an object");
            assert_eq!(resource.remove("id"), Some(json!(ids[&at])));
            resource.remove("meta").expect("meta");
            let sent: Value = serde_json::from_str(reading).expect("json");
            assert_eq!(json, sent, "seed {seed}");
            // To the digit, as text.
            let (_, quantity) = reading.rsplit_once("\"valueQuantity\":").expect("a quantity");
            assert!(read.text.contains(quantity), "{}", read.text);
        }
        // Two citizens, and 2024-02-29, 2025-03-30, 2025-12-30 and 2025-12-31 on their clocks.
        let marks = world.count("0330", "select count(*) from touched_day").await;
        assert_eq!(marks, 8, "seed {seed}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_connections_with_the_same_reading_are_told_of_one() {
    let world = World::new().await;
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let readings = Arc::new(readings(&mut random, 20));
    let mut tasks = JoinSet::new();
    for lane in 0..20 {
        let (client, readings) = (world.gateway(), Arc::clone(&readings));
        tasks.spawn(async move {
            let all: Vec<usize> = (0..20).map(|at| (at + lane) % 20).collect();
            let parcel = match lane % 3 {
                0 => Parcel::Bundle("transaction", all),
                1 => Parcel::Stream(all),
                _ => Parcel::Bundle("batch", all),
            };
            send(&client, &readings, parcel).await
        });
    }
    let told: Told = tasks.join_all().await.into_iter().flatten().collect();
    let ids: BTreeSet<(usize, &str)> = told.iter().map(|(at, id, _)| (*at, id.as_str())).collect();
    assert_eq!(ids.len(), 20);
    assert_eq!(told.iter().filter(|(.., is_new)| *is_new).count(), 20);
    assert_eq!(world.count("0330", "select count(*) from observation").await, 20);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_municipalities_give_the_same_reading_different_ids() {
    let world = World::new().await;
    let patient = r#"{"resourceType":"Patient","id":"ID"}"#;
    for id in ["ane", "bo"] {
        let there = world.admin("0306");
        there.put(&format!("Patient/{id}"), &patient.replace("ID", id)).await.expect(201);
    }
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for reading in readings(&mut random, 20) {
        let here = world.gateway().post("Observation", &reading).await.expect(201).id();
        let there = world.client("0306", Role::Gateway, None);
        let there = there.post("Observation", &reading).await.expect(201).id();
        assert_ne!(here, there, "{reading}");
    }
    world.end().await;
}

async fn post(router: &Router, token: &str, body: &str) -> (u16, Value) {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/fhir/Observation")
        .header("host", "pulsvagt.test")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/fhir+json")
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&bytes).expect("json"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_restarted_gives_the_same_ids() {
    let world = World::new().await;
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let readings = readings(&mut random, 25);
    let mut ids = Vec::new();
    for reading in &readings {
        ids.push(world.gateway().post("Observation", reading).await.expect(201).id());
    }
    let token = world.token("0330", Role::Gateway, None);
    world.app.stop().await;
    let authenticator = world.app.authenticator().clone();
    let limits = Limits::default();
    let app = App::start(world.catalog.clone(), world.clock.clone(), authenticator, limits, None)
        .await
        .expect("an app");
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let router = pulsvagt::http::router(app.clone(), metrics);
    for (reading, id) in readings.iter().zip(&ids).rev() {
        let (status, json) = post(&router, &token, reading).await;
        assert_eq!((status, json["id"].as_str()), (200, Some(id.as_str())), "{reading}");
    }
    assert_eq!(world.count("0330", "select count(*) from observation").await, 25);
    app.stop().await;
    world.end().await;
}
