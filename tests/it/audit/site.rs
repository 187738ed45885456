//! The site's chain: what belongs to no municipality.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Method;
use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::audit::{Entry, Outcome};
use pulsvagt::clock::Clock;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use super::along;
use crate::world::{NOW, World};

/// All entries of the site's chain, the newest first.
pub(super) async fn entries(world: &World) -> Vec<Entry> {
    world.app.trail().flush(true).await.expect("flushed");
    let page = newest(&world.catalog.chain(), &Wanted::default(), None, 100_000).await;
    page.expect("entries").entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Compares lines of the access log that name no municipality with the chain: each is told of by an
/// entry of its route and status, and no entry counts more.
pub(super) fn compare(lines: &[&Value], entries: &[Entry]) {
    let mut counted: BTreeMap<(String, u16), u64> = BTreeMap::new();
    for line in lines {
        let word = |name: &str| line[name].as_str().expect("a word").to_owned();
        let operation = format!("{} {}", word("method"), word("route"));
        let status = u16::try_from(line["status"].as_u64().expect("a status")).expect("small");
        let request = word("request.id");
        let told = entries.iter().any(|entry| {
            entry.operation == operation && entry.status == status && entry.tells_of(&request)
        });
        assert!(told, "{line} is in no chain");
        *counted.entry((operation, status)).or_default() += 1;
    }
    let mut told: BTreeMap<(String, u16), u64> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.count > 0) {
        *told.entry((entry.operation.clone(), entry.status)).or_default() += u64::from(entry.count);
    }
    assert_eq!(told, counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_alike_is_one_entry_and_costs_one_write() {
    let world = World::new().await;
    let before = along(&world.catalog.chain()).await;
    for _ in 0..1_500 {
        world.bearer("eyJ0.garbage.x").get("Patient/ane").await.expect(401);
    }
    for _ in 0..3 {
        world.nobody().get("Patient/ane").await.expect(401);
        world.nobody().get("metadata").await.expect(200);
        let odd: Method = "GUNHILD".parse().expect("a method");
        world.nobody().send(odd, "/fhir/Patient/ane", Body::empty()).await;
        world.nobody().get("/wp-admin/0101501234").await.expect(404);
    }
    let found = entries(&world).await;
    let after = along(&world.catalog.chain()).await;
    assert_eq!(after.faults, []);
    assert_eq!(after.blocks - before.blocks, 1);
    let of = |reason: &str| found.iter().find(|entry| entry.reason == reason).expect(reason);
    let garbage = of("bad-token");
    assert_eq!((garbage.count, garbage.status, garbage.outcome), (1_500, 401, Outcome::Refused));
    assert_eq!((garbage.actor.subject.as_str(), garbage.since), ("nobody", Some(NOW)));
    assert_eq!(garbage.operation, "GET /fhir/{kind}/{id}");
    // No more than that many are marked, so garbage does not make the chain grow.
    assert!(garbage.marks.len() < 6_000);
    assert_eq!(of("no-token").count, 3);
    assert_eq!(of("not-there").operation, "GET none");
    assert_eq!(of("open").count, 3);
    let text = serde_json::to_string(&found).expect("json");
    for word in ["GUNHILD", "0101501234", "eyJ", "garbage", "ane"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_waits_and_what_finds_no_room_is_counted() {
    let world = World::new().await;
    entries(&world).await;
    let mut owner = world.database().await;
    let run = async |owner: &mut sqlx::PgConnection, text: &str| {
        owner.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await.expect("done");
    };
    run(&mut owner, "alter table pulsvagt.audit_block rename to away").await;
    world.nobody().get("Patient/ane").await.expect(401);
    assert!(world.app.trail().flush(true).await.is_err());
    world.nobody().get("Patient/ane").await.expect(401);
    // Routes are few; here as many as nobody has.
    for nth in 0..2_100_u32 {
        let operation = format!("GET /{nth}");
        world.app.trail().tell(pulsvagt::audit::Told {
            reason: "not-there",
            operation: &operation,
            status: 404,
            from: "192.0.2.1",
            request: "r",
        });
    }
    run(&mut owner, "alter table pulsvagt.away rename to audit_block").await;
    let found = entries(&world).await;
    let kept = found.iter().find(|entry| entry.reason == "no-token").expect("kept");
    assert_eq!(kept.count, 2);
    let dropped = found.iter().find(|entry| entry.operation == "requests-not-kept");
    assert_eq!(dropped.expect("said").count, 101);
    assert_eq!(along(&world.catalog.chain()).await.faults, []);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_can_append_and_nobody_can_change() {
    let world = World::new().await;
    assert!(world.catalog.chain().blocks_are_append_only().await.expect("an answer"));
    world.catalog.rotate_signing_key(world.clock.now()).await.expect("rotated");
    let found = entries(&world).await;
    let operations: Vec<&str> = found.iter().map(|entry| entry.operation.as_str()).collect();
    assert!(operations.contains(&"rotate-signing-key"), "{operations:?}");
    assert_eq!(operations.iter().filter(|name| **name == "add-municipality").count(), 2);
    let mut owner = world.database().await;
    for statement in [
        "update pulsvagt.audit_block set entries = 7 where seq = 1",
        "delete from pulsvagt.audit_block where seq = 1",
        "truncate pulsvagt.audit_block",
        "set role pulsvagt_site; insert into pulsvagt.tenant (code) values ('0999')",
        "set role pulsvagt_0330; select * from pulsvagt.audit_block",
    ] {
        let done = owner.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await;
        assert!(done.is_err(), "{statement}");
        owner.execute("reset role").await.expect("the owner again");
    }
    assert_eq!(along(&world.catalog.chain()).await.faults, []);
    // Whoever takes the guard away is found.
    owner.execute("set session_replication_role = replica").await.expect("no triggers");
    let change = "update pulsvagt.audit_block set body = body || '\\x00'::bytea where seq = 2";
    owner.execute(change).await.expect("done");
    assert!(!along(&world.catalog.chain()).await.faults.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_told_of_by_the_hour_and_the_rest_by_the_minute() {
    let clock = Clock::fixed(NOW);
    let world = World::with(pulsvagt::app::Limits::default(), clock.clone()).await;
    let trail = world.app.trail();
    trail.flush(true).await.expect("flushed");
    let before = along(&world.catalog.chain()).await.blocks;
    world.nobody().get("/health/live").await.expect(200);
    trail.flush(false).await.expect("flushed");
    assert_eq!(along(&world.catalog.chain()).await.blocks, before);
    world.nobody().get("Patient/ane").await.expect(401);
    trail.flush(false).await.expect("flushed");
    assert_eq!(along(&world.catalog.chain()).await.blocks, before + 1);
    clock.advance(3_600_000_000);
    trail.flush(false).await.expect("flushed");
    assert_eq!(along(&world.catalog.chain()).await.blocks, before + 2);
    // The rest is told of when the server stops.
    world.nobody().get("/health/live").await.expect(200);
    let chain = world.catalog.chain();
    world.app.stop().await;
    let page = newest(&chain, &Wanted::default(), None, 1).await.expect("entries");
    assert_eq!(page.entries[0].1.operation, "GET /health/live");
    world.end().await;
}
