//! The stories of a demo: screening finds what they say is to be seen, and nothing where nothing is;
//! and what happens while somebody looks is there at once, with its reason.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::plans::standard::standard;
use pulsvagt::plans::{Agreement, agree};
use pulsvagt::screening::Worker;
use pulsvagt::simulate::{self, Density, Event, LAST, Options, Seen};
use pulsvagt::store::plans::PutPlan;
use pulsvagt_analytics::Pack;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::world::World;

struct Stage {
    world: World,
    worker: Worker,
    options: Options,
}

impl Stage {
    /// A municipality with those of its citizens who have a story that begins then.
    async fn new(began: &str) -> Self {
        let end: Timestamp = began.parse().expect("a time");
        let world =
            World::with(Limits::default(), Clock::fixed(Micros(end.as_microsecond()))).await;
        let code = "0330".parse().expect("a code");
        let municipality = world.app.municipality(&code).await.expect("a database");
        let store = municipality.expect("a municipality").store.clone();
        let zone = TimeZone::get("Europe/Copenhagen").expect("a zone");
        let options = Options { seed: 3, citizens: 0, days: 14, end, zone, density: Density::Demo };
        let start = Micros(end.as_microsecond() - 14 * 86_400_000_000);
        for (_, citizen, _) in here(&options) {
            let path = format!("Patient/{}", citizen.id);
            world.admin("0330").put(&path, &citizen.patient_json).await.expect(201);
            for device in &citizen.device_json {
                let id = device.split('"').nth(7).expect("an id");
                world.gateway().put(&format!("Device/{id}"), device).await.expect(201);
            }
            let number = store.citizen_no(&citizen.id).await.expect("asked").expect("a citizen");
            let programmes = citizen.programmes.iter().map(|one| (*one).into()).collect();
            let agreement = Agreement {
                citizen: number,
                citizen_id: &citizen.id,
                expected: 0,
                plan: &standard(&programmes),
                author: "test",
                at: start,
            };
            let mut tx = store.begin().await.expect("a transaction");
            let agreed = agree(&store, &mut tx, &agreement, Pack::default_pack(), "").await;
            assert!(matches!(agreed, Ok(PutPlan::Written(..))));
            tx.commit_unrecorded("a test").await.expect("committed");
        }
        let worker = Worker::new(store, world.clock.clone(), Arc::new(Semaphore::new(2)));
        Self { world, worker, options }
    }

    async fn take_in(&self, events: impl Iterator<Item = Event>) {
        let mut body = String::new();
        for event in events {
            body.push_str(&event.line);
            body.push('\n');
        }
        let client = self.world.gateway().with("content-type", "application/fhir+ndjson");
        let answer = client.send(Method::POST, "/fhir/Observation", Body::from(body)).await;
        let text = answer.expect(200).text;
        assert!(!text.contains("\"status\":4") && !text.contains("\"quarantine\":\""), "{text}");
        while self.worker.batch(100).await.expect("screened").is_some() {}
    }

    async fn alerts(&self) -> Vec<Value> {
        let lead = self.world.client("0330", Role::Lead, None);
        let list = lead.get("/api/worklist?limit=200").await.expect(200).json();
        list["alerts"].as_array().expect("alerts").clone()
    }

    /// Whether there is an open alert of this level that this rule has to do with.
    async fn shows(&self, citizen: &str, level: &str, rule: &str) -> bool {
        self.alerts().await.iter().any(|alert| {
            let also = alert["also"].as_array().into_iter().flatten();
            alert["citizen"]["id"] == citizen
                && alert["level"] == level
                && alert["state"] == "new"
                && alert["why"].as_str().is_some_and(|why| !why.is_empty())
                && also.chain([&alert["rule"]["id"]]).any(|id| id == rule)
        })
    }
}

fn here(
    options: &Options,
) -> impl Iterator<Item = (u32, simulate::Citizen, &'static simulate::Part)> {
    simulate::players(options, options.end).filter(|(.., part)| part.municipality == "0330")
}

#[tokio::test(flavor = "multi_thread")]
async fn screening_finds_what_the_stories_tell() {
    // A working day, and the middle of a night in which clocks have just gone back.
    for began in ["2026-11-23T10:30:00+01:00", "2026-10-25T01:10:00Z", "2026-07-01T00:05:00+02:00"]
    {
        let stage = Stage::new(began).await;
        let players: Vec<_> = here(&stage.options).collect();
        let ours = |event: &Event| players.iter().any(|(index, ..)| *index == event.citizen);
        let events = simulate::events_with_stories(&stage.options, stage.options.end).filter(ours);
        let (before, last): (Vec<_>, Vec<_>) = events.partition(|event| {
            event.received.as_second() < stage.options.end.as_second() - LAST - 10
        });
        assert!(before.len() > 3_000, "{}", before.len());
        stage.take_in(before.into_iter()).await;
        stage.take_in(last.into_iter()).await;
        for (_, citizen, part) in &players {
            let name = part.plot.name;
            match part.plot.seen {
                Seen::Alert(level, rule) => {
                    assert!(stage.shows(&citizen.id, level, rule).await, "{began}: {name} {rule}");
                }
                Seen::Nothing | Seen::NothingYet => {
                    let alerts = stage.alerts().await;
                    let of = alerts.iter().find(|alert| alert["citizen"]["id"] == *citizen.id);
                    assert!(of.is_none(), "{began}: {name}: {of:?}");
                }
            }
        }
        stage.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_comes_while_somebody_looks_and_says_why() {
    let stage = Stage::new("2026-11-23T10:30:00+01:00").await;
    let steady = here(&stage.options).filter(|(.., part)| part.plot.seen == Seen::NothingYet);
    let mut rules = Vec::new();
    for (index, citizen, _) in steady {
        let incident = simulate::incident_of(&citizen.programmes).expect("something may happen");
        let begins = stage.world.clock.now();
        for event in incident.events(&stage.options, index, begins.to_jiff()) {
            let now = Micros(event.received.as_microsecond());
            stage.world.clock.advance(now.0 - stage.world.clock.now().0);
            stage.take_in([event].into_iter()).await;
        }
        assert!(stage.world.clock.now().0 - begins.0 < 60_000_000, "within a minute");
        assert!(stage.shows(&citizen.id, "red", incident.rule).await, "{}", incident.rule);
        rules.push(incident.rule);
    }
    assert!(rules.contains(&"COPD-SPO2-ABS") && rules.contains(&"DM-HYPO"), "{rules:?}");
    stage.world.end().await;
}
