//! Several workers, and workers that die.

use std::time::Duration;

use pulsvagt::clock::Micros;
use pulsvagt::screening::Done;
use pulsvagt::store::screenings::Token;
use pulsvagt_analytics::Outcome;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{HOUR, MINUTE, Ward, weight, worker};

const ONE: &str = "00000000-0000-4000-8000-000000000001";
const TWO: &str = "00000000-0000-4000-8000-000000000002";

async fn twenty(ward: &Ward) -> Vec<String> {
    let ids: Vec<String> = (0..20).map(|n| format!("c{n}")).collect();
    ward.admit(&ids).await;
    for (n, id) in ids.iter().enumerate() {
        let value = if n % 2 == 0 { "104" } else { "80" };
        ward.send(&weight(id, "2025-12-31T08:00:00+01:00", value)).await;
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_share_the_citizens() {
    let ward = Ward::new().await;
    twenty(&ward).await;
    let workers = [worker(&ward.store, &ward.world), worker(&ward.store, &ward.world)];
    let lane = async |n: usize| {
        let mut total = Done::default();
        while let Some(done) = workers[n].batch(3).await.expect("screened") {
            total.add(done);
        }
        total
    };
    let (mut total, other) = tokio::join!(lane(0), lane(1));
    total.add(other);
    // One may find nobody while the other is still at work.
    total.add(ward.screen().await);
    assert_eq!((total.screened, total.lost, total.failed), (20, 0, 0), "{total:?}");
    assert_eq!((total.red, total.findings, total.alerts), (10, 10, 10), "{total:?}");
    assert_eq!(ward.count("select count(*) from screened").await, 20);
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_lease_is_taken_over_with_its_marks() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104")).await;
    let now = ward.world.clock.now();
    let until = Micros(now.0 + 5 * MINUTE);
    let one = Token::new(ONE.to_owned());
    let taken = ward.store.lease(&one, 10, now, until).await.expect("leased");
    assert_eq!((taken.len(), taken[0].days.len(), taken[0].attempts), (1, 1, 1));
    // Nobody else gets it, and what comes meanwhile waits.
    ward.send(&weight("ane", "2025-12-30T08:00:00+01:00", "80")).await;
    assert_eq!(ward.worker.batch(10).await.expect("nobody"), None);

    ward.world.clock.advance(5 * MINUTE);
    let now = ward.world.clock.now();
    let two = Token::new(TWO.to_owned());
    let over = ward.store.lease(&two, 10, now, Micros(now.0 + HOUR)).await.expect("leased");
    assert_eq!((over[0].days.len(), over[0].attempts, over[0].since), (2, 2, taken[0].since));
    // The first one was only slow. It must not store anything any more.
    let slow = ward.worker.screen(&one, &taken).await.expect("no error");
    assert_eq!((slow.screened, slow.lost), (0, 1));
    assert_eq!(ward.count("select count(*) from finding").await, 0);
    let done = ward.worker.screen(&two, &over).await.expect("screened");
    assert_eq!((done.screened, done.summaries, done.findings), (1, 2, 1));
    assert_eq!(ward.outcome("ane", "HEAVY").await, Some(Outcome::Red));
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_anywhere_loses_and_doubles_nothing() {
    let ward = Ward::new().await;
    twenty(&ward).await;
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..25 {
        let life = Duration::from_micros(random.random_range(0..40_000));
        // What it holds open is rolled back, as when its process is killed.
        let _ = tokio::time::timeout(life, ward.worker.batch(4)).await;
    }
    ward.world.clock.advance(5 * MINUTE);
    ward.screen().await;
    assert_eq!(ward.count("select count(*) from screened").await, 20);
    assert_eq!(ward.count("select count(*) from finding").await, 10);
    assert_eq!(ward.count("select count(*) from alert").await, 10);
    let versions = "select count(*) from daily_summary where version > 1";
    assert_eq!(ward.count(versions).await, 0);
    ward.check().await;
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_alone_makes_a_citizen_due() {
    let ward = Ward::new().await;
    ward.send(&weight("ane", "2025-12-31T08:00:00+01:00", "104")).await;
    ward.screen().await;
    let next = ward.store.screened(&[ward.no("ane")]).await.expect("screened");
    let next = next[&ward.no("ane")].next.expect("the reading grows too old for something");
    ward.world.clock.advance(next.0 - ward.world.clock.now().0 - 1);
    assert_eq!(ward.worker.batch(10).await.expect("nobody"), None);
    ward.world.clock.advance(1);
    assert_eq!(ward.screen().await.screened, 1);
    ward.world.end().await;
}
