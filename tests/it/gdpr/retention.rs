//! What is old enough goes, what is held stays, and what days came to is not forgotten.

use pulsvagt::clock::Micros;
use pulsvagt::ids::CitizenNo;
use pulsvagt::jobs::retention_night;
use pulsvagt::retention::{Category, Policy};
use pulsvagt::screening::verify;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use super::{busy, number};
use crate::worklist::{Ward, weight};
use crate::world::World;

const DAY: i64 = 86_400_000_000;

fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

async fn count(world: &World, query: &str) -> i64 {
    world.count("0330", query).await
}

/// Readings of Ane and Bo every ten days for a year, screened.
async fn year() -> Ward {
    let ward = Ward::new().await;
    let readings: Vec<String> = (0..36)
        .flat_map(|step| {
            let at = Micros(ward.world.clock.now().0 - (360 - step * 10) * DAY).to_string();
            ["ane", "bo"].map(|citizen| weight(citizen, &at, &format!("{}", 70 + step % 5)))
        })
        .collect();
    ward.take_in(&readings).await;
    ward
}

async fn delete(ward: &Ward, category: Category, text: &str) -> u64 {
    let now = ward.world.clock.now();
    let keep = policy(text).keep(category).expect("a time to keep");
    let cutoff = keep.cutoff(now, ward.store.zone());
    let told = ward.store.expired_rows(category, cutoff).await.expect("counts");
    let done = ward.store.delete_expired(category, cutoff, "test", now).await.expect("deleted");
    for (table, rows) in &told {
        assert_eq!(done.get(table).copied().unwrap_or(0), *rows, "{table} of {category}");
    }
    done.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_readings_go_by_the_chunk_and_days_stay_what_they_were() {
    let ward = year().await;
    let (store, world) = (&ward.store, &ward.world);
    let days = count(world, "select count(*) from daily_summary").await;
    let chunks = "select count(*) from timescaledb_information.chunks
                  where hypertable_schema = 'm0330'";
    let (rows, before) =
        (count(world, "select count(*) from observation").await, count(world, chunks).await);
    let deleted = delete(&ward, Category::Readings, "readings = \"180d\"").await;
    assert!(deleted > 10, "{deleted}");
    let left = count(world, "select count(*) from observation").await;
    assert_eq!(left + i64::try_from(deleted).expect("a number"), rows);
    assert!(count(world, chunks).await < before, "no chunk was dropped");
    let young = "select count(*) from observation where effective < now() - interval '100 years'";
    assert_eq!(count(world, young).await, 0);

    // Whatever makes the days due, they stay what they were, and the doctor knows.
    let mut owner = world.database().await;
    owner
        .execute(
            "insert into m0330.touched_day
             select citizen, day, now() from m0330.daily_summary on conflict do nothing",
        )
        .await
        .expect("marks");
    ward.take_in(&[]).await;
    assert_eq!(count(world, "select count(*) from touched_day").await, 0);
    assert_eq!(count(world, "select count(*) from daily_summary").await, days);
    assert_eq!(count(world, "select count(*) from daily_summary where version > 1").await, 0);
    for id in ["ane", "bo"] {
        let citizen = number(store, id).await;
        let verified = verify(store, &[citizen], world.clock.now()).await.expect("verified");
        assert_eq!((verified.different.len(), verified.broken.len()), (0, 0), "{id}");
        assert!(verified.days > 5, "{id}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_and_restricted_citizens_lose_nothing() {
    let ward = year().await;
    let (store, world) = (&ward.store, &ward.world);
    let ane = number(store, "ane").await;
    let of = async |id: &str| {
        let no: CitizenNo = number(store, id).await;
        count(world, &format!("select count(*) from observation where citizen = {}", no.0)).await
    };
    let before = (of("ane").await, of("bo").await);
    store.put_hold(ane, "complaint", "test", world.clock.now()).await.expect("held");
    assert!(delete(&ward, Category::Readings, "readings = \"180d\"").await > 5);
    let after = (of("ane").await, of("bo").await);
    assert_eq!(after.0, before.0, "a held citizen's readings went");
    assert!(after.1 < before.1);
    assert!(delete(&ward, Category::Summaries, "summaries = \"180d\"").await > 5);
    let days = format!("select count(*) from daily_summary where citizen = {}", ane.0);
    assert_eq!(count(world, &days).await, 36);
    store.release_hold(ane, "test", world.clock.now()).await.expect("released");
    store.restrict(ane, "unlawful", "test", world.clock.now()).await.expect("restricted");
    assert_eq!(delete(&ward, Category::Readings, "readings = \"180d\"").await, 0);
    store.unrestrict(ane, "test", world.clock.now()).await.expect("lifted");
    assert!(delete(&ward, Category::Readings, "readings = \"180d\"").await > 5);
    assert!(of("ane").await < before.0);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_until_somebody_says_so_and_then_once_a_night() {
    let ward = year().await;
    let (store, world) = (&ward.store, &ward.world);
    let now = world.clock.now();
    let rows = count(world, "select count(*) from observation").await;
    retention_night(store, 20_454, now).await.expect("a night");
    assert_eq!(count(world, "select count(*) from observation").await, rows);
    assert_eq!(store.retention_runs(10).await.expect("runs"), []);

    let text = "readings = \"180d\"\nquarantined = \"90d\"";
    store.set_retention_policy(&policy(text), "lead", now).await.expect("set");
    let (one, two) =
        tokio::join!(retention_night(store, 20_455, now), retention_night(store, 20_455, now));
    one.expect("a night");
    two.expect("a night");
    assert!(count(world, "select count(*) from observation").await < rows);
    let runs = store.retention_runs(10).await.expect("runs");
    let told: Vec<&str> = runs.iter().map(|run| run.category.as_str()).collect();
    assert_eq!(told, ["readings", "quarantined"], "each once");
    assert!(runs[0].counts["observation"] > 10);

    // What is as old as that is not taken in any more, and says so.
    let at = Micros(now.0 - 200 * DAY).to_string();
    let refused = world.gateway().post("Observation", &weight("bo", &at, "80")).await.expect(422);
    assert_eq!(refused.issues()[0].0, "older-than-retention");
    let at = Micros(now.0 - 170 * DAY).to_string();
    world.gateway().post("Observation", &weight("bo", &at, "80")).await.expect(201);
    store.set_retention_policy(&Policy::default(), "lead", now).await.expect("off");
    let at = Micros(now.0 - 200 * DAY).to_string();
    world.gateway().post("Observation", &weight("bo", &at, "80")).await.expect(201);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_are_never_scored_go_by_their_own_time() {
    let ward = busy().await;
    let world = &ward.world;
    let quarantined = "select count(*) from observation where quarantine <> 0";
    // One of four tons, one whose clock says nothing of when: that one counts from its receipt.
    let mut ahead: serde_json::Value =
        serde_json::from_str(&weight("bo", "2031-01-01T00:00:00Z", "80")).expect("json");
    ahead["identifier"] = json!([{"system":"urn:test","value":"ahead"}]);
    world.gateway().post("Observation", &ahead.to_string()).await.expect(201);
    let before = count(world, quarantined).await;
    assert!(before >= 3, "{before}");
    assert_eq!(delete(&ward, Category::Quarantined, "quarantined = \"30d\"").await, 0);
    let scored = count(world, "select count(*) from observation where quarantine = 0").await;
    world.clock.advance(31 * DAY);
    let deleted = ward.store.delete_expired(
        Category::Quarantined,
        Micros(world.clock.now().0 - 30 * DAY),
        "test",
        world.clock.now(),
    );
    let deleted = deleted.await.expect("deleted");
    assert_eq!(i64::try_from(deleted["observation"]).expect("a number"), before);
    assert_eq!(deleted["observation_identifier"], 2, "{deleted:?}");
    assert_eq!(count(world, quarantined).await, 0);
    let left = count(world, "select count(*) from observation where quarantine = 0").await;
    assert_eq!(left, scored);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_findings_and_ended_enrolments_go_when_they_are_old() {
    let ward = busy().await;
    let (store, world) = (&ward.store, &ward.world);
    let episode = |id: &str, status: &str, end: &str| {
        json!({"resourceType":"EpisodeOfCare","status":status,
            "patient":{"reference":format!("Patient/{id}")},
            "period":{"start":"2025-01-01","end":end}})
        .to_string()
    };
    world.nurse().post("EpisodeOfCare", &episode("bo", "finished", "2025-06-01")).await.expect(201);
    world
        .nurse()
        .post("EpisodeOfCare", &episode(super::ANE, "active", "2025-06-01"))
        .await
        .expect(201);
    let closed = "select count(*) from alert where closed is not null";
    let open = "select count(*) from alert where closed is null";
    let (was_closed, was_open) = (count(world, closed).await, count(world, open).await);
    assert!(was_closed == 2 && was_open >= 2);
    let flags = "select count(*) from resource where type = 'Flag'";
    let was_flags = count(world, flags).await;
    world.clock.advance(400 * DAY);
    assert!(delete(&ward, Category::Findings, "findings = \"1y\"").await > 0);
    assert_eq!(count(world, "select count(*) from finding").await, 0);
    assert_eq!(count(world, "select count(*) from suppression").await, 0);
    let cutoff = Micros(world.clock.now().0 - 365 * DAY);
    let now = world.clock.now();
    let done = store.delete_expired(Category::Alerts, cutoff, "test", now).await.expect("deleted");
    assert_eq!(done["alert"], 2, "{done:?}");
    assert!(done["alert_event"] >= 6 && done["resource"] >= 2, "{done:?}");
    assert_eq!((count(world, closed).await, count(world, open).await), (0, was_open));
    assert_eq!(count(world, flags).await, was_flags - 2);

    // Bo's enrolment has ended, but an alert is open and a plan is in force.
    let resources = async || {
        let done = store.delete_expired(Category::Resources, cutoff, "test", now).await;
        done.expect("deleted")
    };
    assert_eq!(resources().await.values().sum::<u64>(), 0);
    let mut owner = world.database().await;
    let bo = number(store, "bo").await;
    let over = format!(
        "update m0330.alert set closed = '2025-12-31Z', state = 'closed' where citizen = {0};
         update m0330.plan set care_plan = null where citizen = {0}",
        bo.0
    );
    owner.execute(sqlx::raw_sql(AssertSqlSafe(over))).await.expect("closed");
    let done = resources().await;
    assert!(done["resource"] >= 4 && done["plan"] == 1, "{done:?}");
    let left = "select count(*) from resource r join citizen c on c.id = r.citizen
                where c.logical_id = 'bo' and type in ('Condition', 'CarePlan', 'EpisodeOfCare')";
    assert_eq!(count(world, left).await, 0);
    world.nurse().get("Patient/bo").await.expect(200);
    let others = "select count(*) from resource where type = 'EpisodeOfCare'";
    assert_eq!(count(world, others).await, 1, "who is still enrolled loses nothing");
    ward.world.end().await;
}
