//! Transactions that are given up.

use std::time::Duration;

use futures_util::FutureExt as _;

use crate::machines::store;
use crate::world::World;

/// Clients go away at any moment, and handlers with them.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_open_when_somebody_goes_away_while_it_begins() {
    let world = World::new().await;
    let store = store(&world, "0330").await;
    store.warm().await.expect("connections");
    for _ in 0..40 {
        drop(store.begin().now_or_never());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let open = "select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'";
    assert_eq!(world.count("0330", open).await, 0);
    // What is done afterwards is done.
    for _ in 0..40 {
        let tx = store.begin().await.expect("a transaction");
        drop(tx);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.count("0330", open).await, 0);
    world.end().await;
}
