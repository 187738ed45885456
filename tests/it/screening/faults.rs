//! Citizens whose data make trouble.

use pulsvagt_analytics::Outcome;

use super::{HOUR, MINUTE, Ward, weight};

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_who_cannot_be_screened_does_not_stop_the_others() {
    let ward = Ward::new().await;
    for citizen in ["ane", "bo"] {
        ward.send(&weight(citizen, "2025-12-31T08:00:00+01:00", "104")).await;
    }
    let ane = ward.no("ane").0;
    let mut database = ward.world.database().await;
    let damage = "update m0330.observation set holes = '\\x01' where citizen = $1";
    sqlx::query(damage).bind(ane).execute(&mut database).await.expect("damaged");

    let done = ward.worker.batch(10).await.expect("no error").expect("two");
    assert_eq!((done.screened, done.failed), (1, 1));
    assert_eq!(ward.outcome("bo", "HEAVY").await, Some(Outcome::Red));
    assert_eq!(ward.worker.batch(10).await.expect("nobody yet"), None);
    // Tried again after a while, at last put aside until the next day.
    for attempt in 2..=5 {
        ward.world.clock.advance(2 * MINUTE);
        let done = ward.worker.batch(10).await.expect("no error").expect("one");
        assert_eq!((done.screened, done.failed), (0, 1), "attempt {attempt}");
    }
    ward.world.clock.advance(HOUR);
    assert_eq!(ward.worker.batch(10).await.expect("nobody"), None);
    let lag = ward.store.screening_lag(ward.world.clock.now()).await.expect("a lag");
    assert_eq!((lag.parked, lag.seconds, lag.oldest), (1, 0, None), "{lag:?}");
    // Whoever asks for the citizen by name gets to see what is wrong.
    let asked = ward.worker.these(&[ward.no("ane")]).await.expect("no error");
    assert_eq!((asked.screened, asked.failed), (0, 1));

    // Mended in the night.
    let mend = "delete from m0330.observation where citizen = $1";
    sqlx::query(mend).bind(ane).execute(&mut database).await.expect("mended");
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104")).await;
    ward.world.clock.advance(24 * HOUR);
    let done = ward.screen().await;
    assert!(done.screened >= 1 && done.failed == 0, "{done:?}");
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::Red));
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_summary_that_is_damaged_is_told_and_not_guessed() {
    let ward = Ward::new().await;
    for citizen in ["ane", "bo"] {
        ward.send(&weight(citizen, "2025-12-30T08:00:00+01:00", "80")).await;
    }
    ward.screen().await;
    let mut database = ward.world.database().await;
    let damage = "update m0330.daily_summary set body = '\\x07' where citizen = $1";
    sqlx::query(damage).bind(ward.no("ane").0).execute(&mut database).await.expect("damaged");
    for citizen in ["ane", "bo"] {
        ward.send(&weight(citizen, "2025-12-31T08:00:00+01:00", "104")).await;
    }
    let done = ward.worker.batch(10).await.expect("no error").expect("two");
    assert_eq!((done.screened, done.failed), (1, 1));
    let (both, now) = ([ward.no("ane"), ward.no("bo")], ward.world.clock.now());
    let verified = pulsvagt::screening::verify(&ward.store, &both, now).await.expect("verified");
    assert_eq!(verified.broken, [ward.no("ane")]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_somebody_has_changed_is_found_out() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-30T08:00:00+01:00", "80")).await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "80")).await;
    ward.screen().await;
    let mut database = ward.world.database().await;
    sqlx::query("delete from m0330.daily_summary where day = '2025-12-30'")
        .execute(&mut database)
        .await
        .expect("deleted");
    let ane = ward.no("ane");
    let now = ward.world.clock.now();
    let verified = pulsvagt::screening::verify(&ward.store, &[ane], now).await.expect("verified");
    assert_eq!((verified.days, verified.different), (2, vec![(ane, super::TODAY - 1)]));
    ward.world.end().await;
}
