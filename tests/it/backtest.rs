//! A back-test of simulated citizens needs no database: it comes to what the server would have.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pulsvagt::backtest::{Simulated, Span, stored, watch};
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::simulate::{self, Density, Options};
use pulsvagt::store::plans::{NewPlan, PlanSource};
use pulsvagt::triage::Policy;
use pulsvagt_analytics::Pack;

use crate::world::World;

const DAY: i64 = 86_400_000_000;

fn options() -> Options {
    Options {
        seed: 28,
        citizens: 6,
        days: 9,
        end: "2026-01-20T23:00:00Z".parse().expect("a time"),
        zone: TimeZone::get("Europe/Copenhagen").expect("a zone"),
        density: Density::Demo,
    }
}

fn micros(at: Timestamp) -> Micros {
    Micros(at.as_microsecond())
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_citizens_are_read_and_watched_as_stored_ones_are() {
    let options = options();
    let end = micros(options.end);
    let begin = Micros(end.0 - 9 * DAY);
    let clock = Clock::fixed(begin);
    let world = World::with(pulsvagt::app::Limits::default(), clock).await;
    let code = "0330".parse().expect("a code");
    let municipality = world.app.municipality(&code).await.expect("a database");
    let store = municipality.expect("a municipality").store.clone();

    // Everything of those who live in Slagelse goes through the server, at the time it was sent.
    let citizens: Vec<_> = simulate::citizens(&options).collect();
    let here = |index: u32| citizens[index as usize].municipality == "0330";
    let mut numbers = BTreeMap::new();
    for (index, citizen) in (0..).zip(&citizens).filter(|(index, _)| here(*index)) {
        let path = format!("Patient/{}", citizen.id);
        world.admin("0330").put(&path, &citizen.patient_json).await.expect(201);
        for device in &citizen.device_json {
            let id = device.split('"').nth(7).expect("an id");
            world.gateway().put(&format!("Device/{id}"), device).await.expect(201);
        }
        let number = store.citizen_no(&citizen.id).await.expect("asked").expect("a citizen");
        let mut tx = store.begin().await.expect("a transaction");
        let plan = simulate::plan(citizen);
        let source = PlanSource::Api;
        let new = NewPlan { plan: &plan, author: "test", source, care_plan: None };
        store.put_plan(&mut tx, number, None, &new, begin).await.expect("a plan");
        tx.commit_unrecorded("a test").await.expect("committed");
        numbers.insert(index, number);
    }
    assert!((2..6).contains(&numbers.len()), "{numbers:?}");
    for event in simulate::events(&options).filter(|event| here(event.citizen)) {
        let now = micros(event.received);
        world.clock.advance(now.0 - world.clock.now().0);
        let answer = world.gateway().post("Observation", &event.line).await;
        assert!(matches!(answer.status.as_u16(), 200 | 201), "{}", answer.text);
    }
    let quarantined = "select count(*) from observation where quarantine <> 0";
    assert!(world.count("0330", quarantined).await > 0);

    let numbers_only: Vec<_> = numbers.values().copied().collect();
    let from_store = stored::people(&store, &numbers_only, Micros(0), end).await.expect("people");
    let simulated = Simulated::new(options.clone());
    let (mut from_memory, tally) = simulated.people(0..6, begin).expect("people");
    assert!(tally.duplicate > 0 && tally.quarantined > 0, "{tally:?}");
    from_memory.retain(|person| here(person.index));

    let mut pairs = from_memory.iter_mut().zip(&from_store);
    assert!(pairs.all(|(memory, stored)| {
        let readings = |person: &pulsvagt::backtest::Person| {
            let mut readings: Vec<_> = person
                .versions
                .iter()
                .map(|version| {
                    let it = version.sample;
                    let value = it.value.to_bits();
                    let when = (it.received, it.at, it.offset, it.span, version.day);
                    (it.signal, when, value, it.is_day_total, version.replaced)
                })
                .collect();
            readings.sort_unstable();
            readings
        };
        assert_eq!(readings(memory), readings(stored));
        assert!(memory.versions.len() > 50);
        memory.born == stored.born && memory.plans == stored.plans
    }));

    let span = Span::every(6, Micros(end.0 - 5 * DAY), end, &options.zone);
    let (pack, policy) = (Pack::default_pack(), Policy::default());
    let mut by_memory = watch(from_memory, &span, pack, &policy).expect("watched");
    let by_store = watch(from_store, &span, pack, &policy).expect("watched");
    for (memory, stored) in by_memory.iter_mut().zip(&by_store) {
        // Only the store knows no truth.
        memory.truths.clear();
        memory.index = stored.index;
        assert_eq!(memory, stored);
    }
    world.end().await;
}
