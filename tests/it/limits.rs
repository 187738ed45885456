//! Every client gets its share, and is told how it stands.

use std::net::{IpAddr, SocketAddr};

use axum::Extension;
use axum::extract::ConnectInfo;
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::clock::Clock;
use pulsvagt::limits::{Quota, Rates};
use serde_json::json;

use crate::world::{Answer, Client, NOW, World, heart_rate};

const SLOW: Quota = Quota { per_minute: 1, burst: 20 };

/// A world in which hardly anything comes back while the test runs.
async fn world(rates: Rates) -> World {
    World::with(Limits { rates, ..Limits::default() }, Clock::fixed(NOW)).await
}

/// The client, coming from that address.
fn from(client: &Client, address: &str) -> Client {
    let address: IpAddr = address.parse().expect("an address");
    client.through(|router| router.layer(Extension(ConnectInfo(SocketAddr::from((address, 7))))))
}

/// Units left, as the answer tells.
#[track_caller]
fn left(answer: &Answer, policy: &str) -> u32 {
    let rest = answer.header("ratelimit").strip_prefix(&format!("\"{policy}\";r="));
    let (left, _) = rest.and_then(|rest| rest.split_once(";t=")).unwrap_or_else(|| {
        panic!("{policy}: {:?} {}", answer.headers.get("ratelimit"), answer.text)
    });
    left.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_cost_what_the_table_says_and_answers_say_what_is_left() {
    let staff = Quota { per_minute: 1, burst: 1_000 };
    let world = world(Rates { staff, ..Rates::default() }).await;
    let nurse = from(&world.nurse(), "192.0.2.1");
    let first = nurse.get("Patient/ane").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"staff\";q=1000;w=60000");
    let mut before = left(&first, "staff");
    assert_eq!(before, 999);
    for (path, cost) in [
        ("Patient/ane", 1),
        ("Patient/nobody", 1),
        ("/nowhere", 1),
        ("Patient?name=x", 5),
        ("Observation?patient=ane&code=8867-4", 5),
        ("Observation/$lastn?patient=ane", 5),
        ("Observation/$stats?patient=ane&code=8867-4&statistic=average", 10),
        ("Patient/ane/_history", 5),
        ("/api/worklist", 5),
        ("/api/suppressions", 5),
        ("/api/citizens/ane/summary", 10),
        ("/api/citizens/ane/plan", 1),
        ("/health/live", 0),
        ("/health/ready", 0),
        ("/metrics", 0),
    ] {
        let answer = nurse.get(path).await;
        let now = left(&answer, "staff");
        assert_eq!(before - now, cost, "{path}: {}", answer.status);
        before = now;
    }
    let entry = |value: u32| {
        let reading = heart_rate("ane", "2025-12-30T12:00:00Z", &value.to_string());
        format!(r#"{{"resource":{reading},"request":{{"method":"POST","url":"Observation"}}}}"#)
    };
    let entries: Vec<String> = (60..85).map(entry).collect();
    let bundle = |entries: &[String]| {
        let entries = entries.join(",");
        format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{entries}]}}"#)
    };
    let answer = nurse.post("/fhir", &bundle(&entries)).await.expect(200);
    assert_eq!(before - left(&answer, "staff"), 1 + 25 / 10);
    let other = from(&world.client("0330", Role::Lead, None), "192.0.2.1");
    assert_eq!(left(&other.get("Patient/ane").await, "staff"), 999, "another subject");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runaway_app_is_told_to_wait_and_nobody_else_is() {
    let world = world(Rates { citizen: SLOW, ..Rates::default() }).await;
    let ane = from(&world.citizen("ane"), "192.0.2.1");
    let bo = from(&world.citizen("bo"), "192.0.2.1");
    for _ in 0..4 {
        ane.get("Observation?code=8867-4").await.expect(200);
    }
    let refused = ane.get("Observation?code=8867-4").await.expect(429);
    assert_eq!(refused.issues(), [("rate-limited".to_owned(), String::new())]);
    assert_eq!(refused.json()["issue"][0]["code"], "throttled");
    let wait: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((240..=300).contains(&wait), "{wait}: five units at one a minute");
    assert_eq!(refused.header("ratelimit-policy"), "\"citizen\";q=20;w=1200");
    assert_eq!(left(&refused, "citizen"), 0);
    assert_eq!(refused.header("cache-control"), "no-store");
    let refused = ane.get("/api/citizens/ane/plan").await.expect(429);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.json()["code"], "rate-limited");
    assert_eq!(refused.json()["requestId"], refused.header("x-request-id"));
    assert!(!refused.header("retry-after").is_empty());
    ane.get("/health/live").await.expect(200);
    bo.get("Observation?code=8867-4").await.expect(200);
    from(&world.nurse(), "192.0.2.1").get("Patient/ane").await.expect(200);
    // Another address does not help, and what did not come over a connection is our own.
    from(&world.citizen("ane"), "198.51.100.1").get("Patient/ane").await.expect(429);
    world.citizen("ane").get("Patient/ane").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_is_too_much_is_refused_whole() {
    let world = world(Rates { citizen: SLOW, ..Rates::default() }).await;
    let ane = from(&world.citizen("ane"), "192.0.2.1");
    ane.get("Observation?code=8867-4").await.expect(200);
    let entries: Vec<_> = (0..190)
        .map(|second| {
            let at = format!("2025-12-30T12:{:02}:{:02}Z", second / 60, second % 60);
            let reading: serde_json::Value =
                serde_json::from_str(&heart_rate("ane", &at, "70")).expect("JSON");
            json!({"resource": reading, "request": {"method": "POST", "url": "Observation"}})
        })
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": entries}).to_string();
    let refused = ane.post("/fhir", &bundle).await.expect(429);
    assert_eq!(refused.issues(), [("rate-limited".to_owned(), String::new())]);
    let wait: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((200..=300).contains(&wait), "{wait}: 19 units, and 14 are left");
    assert_eq!(world.count("0330", "select count(*) from observation").await, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_token_shares_the_bucket_of_the_address() {
    let world = world(Rates { address: SLOW, ..Rates::default() }).await;
    let nobody = from(&world.nobody(), "192.0.2.1");
    for _ in 0..20 {
        nobody.get("metadata").await.expect(200);
    }
    nobody.get("metadata").await.expect(429);
    nobody.get("Patient/ane").await.expect(429);
    nobody.get("/health/ready").await.expect(200);
    from(&world.nobody(), "192.0.2.2").get("metadata").await.expect(200);
    from(&world.nurse(), "192.0.2.1").get("Patient/ane").await.expect(200);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_tokens_are_counted_by_address_and_lock_nobody_out() {
    let failures = Quota { per_minute: 1, burst: 3 };
    let world = world(Rates { failures, ..Rates::default() }).await;
    let known = from(&world.nurse(), "192.0.2.1");
    known.get("Patient/ane").await.expect(200);
    let guess = |number: u32| {
        let bearer = format!("Bearer a.b.{number}");
        from(&world.nobody(), "192.0.2.1").with("authorization", &bearer)
    };
    for number in 0..3 {
        guess(number).get("Patient/ane").await.expect(401);
    }
    let refused = guess(4).get("Patient/ane").await.expect(429);
    assert_eq!(refused.header("ratelimit-policy"), "\"failures\";q=3;w=180");
    let refused = guess(5).get("/api/worklist").await.expect(429);
    assert_eq!(refused.json()["code"], "rate-limited");
    // Behind the same address: somebody who has been let in before, and somebody who has not.
    known.get("Patient/ane").await.expect(200);
    from(&world.citizen("bo"), "192.0.2.1").get("Patient/bo").await.expect(200);
    // A token that has merely expired is told so, that its bearer gets a new one; it is no guess.
    let nurse = from(&world.client("0330", Role::Lead, None), "192.0.2.1");
    let stale = from(&world.nurse(), "192.0.2.3");
    world.clock.advance(7_200_000_000);
    for _ in 0..5 {
        nurse.get("Patient/ane").await.expect(401);
        stale.get("Patient/ane").await.expect(401);
    }
    let guessing = from(&world.nobody(), "192.0.2.3").with("authorization", "Bearer x");
    guessing.get("Patient/ane").await.expect(401);
    // Elsewhere nobody notices.
    let elsewhere = from(&world.nobody(), "192.0.2.2").with("authorization", "Bearer x");
    elsewhere.get("Patient/ane").await.expect(401);
    world.end().await;
}
