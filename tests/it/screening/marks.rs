//! Which citizen-days a change touches, and that no change is overlooked.

use pulsvagt_analytics::{Outcome, Signal};
use sqlx::{Connection, Executor};

use super::{MINUTE, TODAY, Ward, glucose, micros, moment, reading, weight};
use pulsvagt::screening::load_as_of;

/// The marks as `citizen days-ago`.
async fn marks(ward: &Ward) -> Vec<String> {
    let mut database = ward.world.database().await;
    sqlx::query_scalar(
        "select c.logical_id || ' ' || date '2025-12-31' - t.day from m0330.touched_day t
         join m0330.citizen c on c.id = t.citizen order by 1",
    )
    .fetch_all(&mut database)
    .await
    .expect("marks")
}

#[tokio::test(flavor = "multi_thread")]
async fn late_corrected_and_withdrawn_readings_touch_only_their_own_days() {
    let ward = Ward::new().await;
    let sent = weight("ane", "2025-12-30T08:00:00+01:00", "104");
    let id = ward.send(&sent).await;
    ward.send(&weight("ane", "2025-12-29T08:00:00+01:00", "80")).await;
    ward.send(&weight("bo", "2025-12-30T08:00:00+01:00", "80")).await;
    ward.screen().await;
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::Red));
    let bo = ward.body("bo").await;

    ward.world.clock.advance(MINUTE);
    ward.send(&weight("ane", "2025-12-01T08:00:00+01:00", "79")).await;
    assert_eq!(marks(&ward).await, ["ane 30"]);
    assert_eq!(ward.screen().await.summaries, 1);

    ward.world.clock.advance(MINUTE);
    ward.correct(&id, &sent.replace("104", "84").replace("final", "corrected")).await;
    assert_eq!(marks(&ward).await, ["ane 1"]);
    let done = ward.screen().await;
    assert_eq!((done.screened, done.summaries), (1, 1));
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::Clear));

    ward.world.clock.advance(MINUTE);
    ward.correct(&id, &sent.replace("final", "entered-in-error")).await;
    assert_eq!(marks(&ward).await, ["ane 1"]);
    ward.screen().await;
    assert_eq!(ward.summary("ane", Signal::BodyWeight, 1).await, None);
    assert_eq!(ward.body("bo").await, bo, "somebody else was screened");
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_moves_a_reading_to_another_day_touches_both() {
    let ward = Ward::new().await;
    let night = |start: &str, end: &str| {
        let period = format!(r#""effectivePeriod":{{"start":"{start}","end":"{end}"}}"#);
        reading("ane", "93832-4", &period, "60", "min")
    };
    let start = "2025-12-29T23:00:00+01:00";
    let sent = night(start, "2025-12-29T23:50:00+01:00");
    let id = ward.send(&sent).await;
    // The same moment on another wall clock.
    let plain = weight("bo", "2025-12-29T23:30:00+00:00", "80");
    let moved = ward.send(&plain).await;
    ward.screen().await;
    ward.correct(&id, &night(start, "2025-12-30T06:00:00+01:00")).await;
    ward.correct(&moved, &weight("bo", "2025-12-30T00:30:00+01:00", "80")).await;
    assert_eq!(marks(&ward).await, ["ane 1", "ane 2", "bo 1", "bo 2"]);
    ward.screen().await;
    assert_eq!(ward.summary("ane", Signal::SleepDuration, 2).await, None);
    assert!(ward.summary("ane", Signal::SleepDuration, 1).await.is_some());
    assert!(ward.summary("bo", Signal::BodyWeight, 1).await.is_some());
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_away_for_three_months() {
    let ward = Ward::new().await;
    ward.send(&weight("bo", "2025-12-31T08:00:00+01:00", "80")).await;
    ward.screen().await;
    let bo = ward.body("bo").await;
    ward.world.clock.advance(MINUTE);
    let mut lines = String::new();
    for day in 0..90 {
        let at = micros("2025-12-31T07:00:00Z").0 - day * 24 * 60 * MINUTE;
        let at = pulsvagt::clock::Micros(at).to_string();
        lines.push_str(&weight("ane", &at, "80.5"));
        lines.push('\n');
    }
    let gateway = ward.world.gateway().with("content-type", "application/fhir+ndjson");
    gateway.post("Observation", &lines).await.expect(200);
    assert_eq!(marks(&ward).await.len(), 90);
    let done = ward.screen().await;
    assert_eq!((done.screened, done.summaries, done.failed), (1, 90, 0));
    assert_eq!(ward.body("bo").await, bo);
    let days = ward.days("ane").await.days.remove(&ward.no("ane")).expect("days");
    assert_eq!(
        days.iter().map(|day| day.day).collect::<Vec<_>>(),
        (TODAY - 89..=TODAY).collect::<Vec<_>>()
    );
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_an_uncommitted_reading_relies_on_is_not_taken() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "80")).await;
    // Ingest has found the mark in place and not committed yet.
    let mut ingest = ward.world.database().await;
    let mut open = ingest.begin().await.expect("a transaction");
    open.execute(
        "insert into m0330.touched_day
         select citizen, day, since from m0330.touched_day
         on conflict (citizen, day) do update set since = touched_day.since where false",
    )
    .await
    .expect("marked");
    ward.worker.batch(10).await.expect("no error");
    assert_eq!(marks(&ward).await, ["ane 0"]);
    open.commit().await.expect("committed");
    ward.screen().await;
    assert!(ward.summary("ane", Signal::BodyWeight, 0).await.is_some());
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_known_as_it_was() {
    let ward = Ward::new().await;
    let sent = weight("ane", "2025-12-30T08:00:00+01:00", "104");
    let id = ward.send(&sent).await;
    ward.screen().await;
    let then = ward.world.clock.now();
    let before = ward.body("ane").await.expect("a screening");
    ward.world.clock.advance(MINUTE);
    ward.correct(&id, &sent.replace("104", "84")).await;
    ward.send(&weight("ane", "2025-12-29T08:00:00+01:00", "83")).await;
    ward.screen().await;
    let now = ward.world.clock.now();
    let packs = ward.worker.packs().await.expect("packs");
    for (at, expected) in [(then, before), (now, ward.body("ane").await.expect("a screening"))] {
        let loaded = load_as_of(&ward.store, &[ward.no("ane")], at).await.expect("loaded");
        let found =
            pulsvagt::screening::evaluate(&loaded.subjects, at, 3_600, &packs).expect("evaluated");
        let body = serde_json::to_string(&found[0].screening).expect("json");
        assert_eq!(body, expected, "as of {at}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_without_a_time_touches_nothing() {
    let ward = Ward::new().await;
    let at = "2025-12-31T08:00:00+01:00";
    let sent = glucose("ane", at, "5").replace(&format!("{},", moment(at)), "");
    ward.send(&sent).await;
    assert_eq!(marks(&ward).await, [""; 0]);
    assert_eq!(ward.screen().await.screened, 0);
    ward.world.end().await;
}
