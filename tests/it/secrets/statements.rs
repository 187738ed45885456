//! What the database is asked, as it tells its operators: running statements, and those it has seen.

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::leaks;
use crate::world::World;

/// Everything that was seen to run.
pub(super) struct Watch(Mutex<Vec<String>>);

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Option<String>> = sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_all(connection)
        .await
        .expect("statements");
    rows.into_iter().flatten().collect()
}

impl Watch {
    pub(super) async fn begin(world: &World) -> Self {
        let mut owner = world.database().await;
        owner.execute("create extension if not exists pg_stat_statements").await.expect("made");
        Self(Mutex::default())
    }

    /// Looks at what runs, over and over, while something is done.
    pub(super) async fn during<T>(&self, world: &World, doing: impl Future<Output = T>) -> T {
        let mut owner = world.database().await;
        let running = "select query from pg_stat_activity where datname = current_database()";
        let watching = async {
            loop {
                let seen = texts(&mut owner, running).await;
                self.0.lock().expect("seen").extend(seen);
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        };
        tokio::select! {
            biased;
            done = doing => done,
            () = watching => unreachable!("it has no end"),
        }
    }

    /// Nothing of anybody was in it, nor in what the database has kept of all statements.
    pub(super) async fn end(self, world: &World) {
        let mut owner = world.database().await;
        let running = self.0.into_inner().expect("seen");
        assert!(running.iter().any(|text| text.contains("-- ")), "nothing was seen to run");
        let kept = texts(
            &mut owner,
            "select query from pg_stat_statements
             where dbid = (select oid from pg_database where datname = current_database())",
        )
        .await;
        assert!(kept.iter().any(|text| text.contains("audit_append")), "{}", kept.len());
        for text in running.iter().chain(&kept) {
            assert_eq!(leaks(text), Vec::<&str>::new(), "{text}");
        }
        // They are found if they are there. (It is not to be in our own log, so it is put together.)
        let named =
            "do $$ begin execute 'create table ' || reverse('grebnekciwZ') || ' ()'; end $$";
        owner.execute(named).await.expect("made");
        let kept = texts(&mut owner, "select query from pg_stat_statements").await;
        assert!(kept.iter().any(|text| !leaks(text).is_empty()));
        let named = "do $$ begin execute 'drop table ' || reverse('grebnekciwZ'); end $$";
        owner.execute(named).await.expect("dropped");
    }
}
