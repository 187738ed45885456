//! What knowing who may see what costs: the statements of each request, by who asks. One that is
//! added shows here.

use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::http::Method;
use pulsvagt::access::Role;
use pulsvagt::ids::TeamNo;
use pulsvagt::store::Sight;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::machines::store;
use crate::planted::{Browser, Planted};
use crate::world::Client;

/// Names of the statements since it was last emptied.
static MADE: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

struct Name(String);

impl Visit for Name {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            let mut words = value.split_whitespace();
            let first = words.next().unwrap_or("");
            let name = if first == "--" { words.next().unwrap_or("") } else { first };
            name.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber> Layer<S> for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "sqlx::query" && *metadata.level() == Level::TRACE
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut name = Name(String::new());
        event.record(&mut name);
        MADE.lock().expect("a list").push(name.0);
    }
}

async fn cost(client: &Client, path: &str) -> Vec<String> {
    // What a server remembers, it remembers from the second request on.
    for _ in 0..2 {
        MADE.lock().expect("a list").clear();
        client.send(Method::GET, path, axum::body::Body::empty()).await.expect(200);
    }
    std::mem::take(&mut *MADE.lock().expect("a list"))
}

// On one thread, so that no other test's statements are heard.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_costs_few_statements() {
    let subscriber = tracing_subscriber::registry().with(Listener);
    let _heard = tracing::subscriber::set_default(subscriber);
    let planted = Planted::new().await;
    let (world, ane) = (&planted.world, &planted.ane);
    let browser = Browser::signed_in(world, "0330", Role::Nurse, None).await.client(world);
    let clients = [
        ("nurse", planted.client("0330", Role::Nurse)),
        ("browser", browser),
        ("lead", planted.client("0330", Role::Lead)),
    ];
    let paths = [
        format!("Patient/{}", ane.id),
        format!("Observation/{}", ane.readings[1]),
        format!("Observation?patient={}", ane.id),
        format!("Observation?patient={}&_include=Observation:patient", ane.id),
        format!("Condition/{}", ane.of("Condition")),
        format!("Condition?patient={}", ane.id),
        format!("Observation/$lastn?patient={}&code=8867-4", ane.id),
        "/api/worklist".to_owned(),
        format!("/api/alerts/{}", ane.alerts[0]),
        format!("/api/citizens/{}/summary", ane.id),
        "/".to_owned(),
        format!("/citizens/{}", ane.id),
    ];
    // How many there are besides depends on what is due at the moment, such as a session's last use.
    let mut table = "Statements about who may see what".to_owned();
    for path in &paths {
        for (name, client) in &clients {
            let made = cost(client, path).await;
            let about = ["sight.", "consents.", "sessions.", "restrictions.", "standing."];
            let mut who: Vec<&str> = made
                .iter()
                .map(String::as_str)
                .filter(|name| about.iter().any(|start| name.starts_with(start)))
                .collect();
            who.sort_unstable();
            assert!(who.iter().filter(|name| **name == "consents.denials").count() < 2, "{path}");
            let shown = path.replace(&ane.id, "{id}");
            let shown = shown.replace(&ane.readings[1], "{id}").replace(&ane.alerts[0], "{id}");
            let shown = shown.replace(ane.of("Condition"), "{id}");
            let _ = write!(table, "\n{shown:<60}{name:<10}{}", who.join(" "));
        }
    }
    insta::assert_snapshot!("statements", table);
    let (store, now) = (store(world, "0330").await, world.clock.now());
    let no = store.citizen_no(&ane.id).await.expect("asked").expect("there");
    let sight = Sight::of_teams(&[TeamNo::DEFAULT], Vec::new());
    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..500 {
        let begun = Instant::now();
        let _ = store.sight_of("issuer", "somebody", None, now).await.expect("sight");
        times[0].push(begun.elapsed());
        let begun = Instant::now();
        assert!(store.sees(&sight, no).await.expect("asked"));
        times[1].push(begun.elapsed());
        let begun = Instant::now();
        assert!(!store.denials("TREAT", now).await.expect("denials").is_empty());
        times[2].push(begun.elapsed());
    }
    for (name, mut times) in ["sight.of", "sight.seen", "consents.denials"].into_iter().zip(times) {
        times.sort_unstable();
        println!("{name:<18} median {:>5} µs of 500", times[250].as_micros());
    }
    planted.world.end().await;
}
