//! The jobs of a running server.

use std::time::Duration;

use pulsvagt::clock::Micros;
use pulsvagt::jobs::{self, Settings, round_of};
use pulsvagt::store::screenings::Token;
use tokio::time::Instant;

use super::{HOUR, MINUTE, Ward, micros, weight};

const SETTINGS: Settings =
    Settings { batch: 50, poll: Duration::from_millis(100), lag_alarm: Duration::from_mins(1) };

/// Waits until it holds, at most half a minute.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_screens_by_itself_and_stops_when_told() {
    let ward = Ward::new().await;
    jobs::start(&ward.world.app, SETTINGS);
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104")).await;
    eventually("nobody was screened", async || ward.body("ane").await.is_some()).await;
    // What another server has stored is found without being told.
    let mut tx = ward.store.begin().await.expect("a transaction");
    ward.store.make_due_in(&mut tx, &[ward.no("bo")], super::super::world::NOW).await.expect("due");
    tx.commit_unrecorded("a test").await.expect("committed");
    eventually("nobody looked", async || ward.body("bo").await.is_some()).await;
    let stopped = tokio::time::timeout(Duration::from_secs(20), ward.world.end()).await;
    assert!(stopped.is_ok(), "the jobs do not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_says_when_screening_is_behind() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104")).await;
    // Somebody has taken the citizen and hangs.
    let token = Token::new("00000000-0000-4000-8000-000000000001".to_owned());
    let now = ward.world.clock.now();
    let held = ward.store.lease(&token, 10, now, Micros(now.0 + 24 * HOUR)).await.expect("held");
    assert_eq!(held.len(), 1);
    let nobody = ward.world.nobody();
    ward.world.clock.advance(2 * MINUTE);
    // A process that does not screen does not answer for it.
    nobody.get("/health/ready").await.expect(200);
    jobs::start(&ward.world.app, SETTINGS);
    let answer = nobody.get("/health/ready").await.expect(503);
    assert_eq!(answer.text, "0330: screening is behind by 120 s\n");
    ward.store.release(&token, &[ward.no("ane")]).await.expect("released");
    eventually("it does not catch up", async || {
        nobody.get("/health/ready").await.status.as_u16() == 200
    })
    .await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_nightly_round_for_all_servers() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "80")).await;
    ward.screen().await;
    let hours = |from: &str, until: &str| {
        let begun = |at: &str| round_of(&ward.store, micros(at));
        (begun(from), begun(until))
    };
    // Not before two, and by five at the latest, on the municipality's clock.
    assert_eq!(hours("2026-01-01T00:59:59Z", "2026-01-01T04:00:00Z"), (None, Some(20_454)));
    assert_eq!(hours("2026-06-30T23:59:59Z", "2026-07-01T03:00:00Z"), (None, Some(20_635)));
    let now = ward.world.clock.now();
    let (one, two) =
        tokio::join!(ward.store.begin_round(20_454, now), ward.store.begin_round(20_454, now));
    let mut begun = [one.expect("a round"), two.expect("a round")];
    begun.sort_unstable();
    // Bo has neither readings nor a plan.
    assert_eq!(begun, [None, Some(1)]);
    assert_eq!(ward.screen().await.screened, 1);
    assert_eq!(ward.store.begin_round(20_455, now).await.expect("a round"), Some(1));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_is_that_of_the_oldest() {
    let ward = Ward::new().await;
    let lag = async || {
        let lag = ward.store.screening_lag(ward.world.clock.now()).await.expect("a lag");
        (lag.seconds, lag.backlog)
    };
    assert_eq!(lag().await, (0, 0));
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "80")).await;
    ward.world.clock.advance(3 * MINUTE);
    ward.send(&weight("bo", "2025-12-31T08:00:00+01:00", "80")).await;
    ward.world.clock.advance(MINUTE);
    assert_eq!(lag().await, (240, 2));
    ward.worker.batch(1).await.expect("screened").expect("one");
    assert_eq!(lag().await, (60, 1), "the oldest comes first");
    ward.screen().await;
    assert_eq!(lag().await, (0, 0));
    ward.world.end().await;
}
