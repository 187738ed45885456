//! How long a refusal takes does not tell whether there is something.

use std::time::{Duration, Instant};

use pulsvagt::access::Role;

use super::ask::Kind;
use super::twin;
use crate::planted::Planted;
use crate::world::Client;

/// Requests of each kind; the two kinds take turns, so that whatever else the machine does is
/// shared by both.
const TURNS: usize = 200;
/// How much longer one may take than the other. A database answers in fractions of a millisecond;
/// a refusal that did a search or read a body would take many times longer.
const BOUND: f64 = 3.0;

/// What is asked for: a name, by whom, an id of which kind, and where.
type Place<'p> = (&'p str, &'p Client, Kind, &'p str, Box<dyn Fn(&str) -> String + 'p>);

async fn time(client: &Client, path: &str) -> Duration {
    let start = Instant::now();
    client.get(path).await.expect(404);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forbidden_takes_as_long_as_what_is_not_there() {
    let planted = Planted::new().await;
    let bo = &planted.bo;
    let citizen = planted.client("0330", Role::Citizen);
    let nurse = planted.client("0306", Role::Nurse);
    let alert = |id: &str| format!("/api/alerts/{id}");
    let at = |kind: &'static str| move |id: &str| format!("{kind}/{id}");
    let plan = |id: &str| format!("/api/citizens/{id}/plan");
    let condition = || Kind::Resource("Condition".to_owned());
    let places: [Place<'_>; 7] = [
        ("Patient, citizen", &citizen, Kind::Patient, &bo.id, Box::new(at("Patient"))),
        (
            "Observation, citizen",
            &citizen,
            Kind::Observation,
            &bo.readings[1],
            Box::new(at("Observation")),
        ),
        (
            "Condition, citizen",
            &citizen,
            condition(),
            bo.of("Condition"),
            Box::new(at("Condition")),
        ),
        ("plan, citizen", &citizen, Kind::Patient, &bo.id, Box::new(plan)),
        (
            "Observation, elsewhere",
            &nurse,
            Kind::Observation,
            &bo.readings[1],
            Box::new(at("Observation")),
        ),
        (
            "Condition, elsewhere",
            &nurse,
            condition(),
            bo.of("Condition"),
            Box::new(at("Condition")),
        ),
        ("alert, elsewhere", &nurse, Kind::Alert, &bo.alerts[0], Box::new(alert)),
    ];
    let mut apart = Vec::new();
    for (name, client, kind, id, path) in &places {
        let twin = twin(kind, id).expect("a twin");
        let (there, absent) = (path(id), path(&twin));
        let (mut forbidden, mut unknown) = (Vec::new(), Vec::new());
        for turn in 0..TURNS + 20 {
            let one = time(client, &there).await;
            let other = time(client, &absent).await;
            // The first ones warm up.
            if turn >= 20 {
                forbidden.push(one);
                unknown.push(other);
            }
        }
        let (forbidden, unknown) = (median(forbidden), median(unknown));
        println!("{name:<26} forbidden {forbidden:>8.0} µs  unknown {unknown:>8.0} µs");
        if forbidden > unknown * BOUND || unknown > forbidden * BOUND {
            apart.push(format!("{name}: {forbidden} µs and {unknown} µs"));
        }
    }
    assert_eq!(apart, [""; 0]);
    planted.world.end().await;
}
