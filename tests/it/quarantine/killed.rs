//! A decision is killed between its steps: nothing of it has happened, and it can be made again.

use sqlx::{AssertSqlSafe, Executor as _};

use super::{AT, decide, first, inbox, why};
use crate::worklist::{Ward, weight};

/// The tables that a decision writes to, in the order of its steps.
const STEPS: [&str; 6] = [
    "observation_history",
    "observation",
    "touched_day",
    "resource",
    "doubtful_reading",
    "audit_block",
];

/// What there is in these tables, whatever is put into them.
async fn everything(ward: &Ward) -> Vec<i64> {
    let mut all = Vec::new();
    for table in STEPS {
        // What was asked is recorded, also where it comes to nothing.
        let rows = if table == "audit_block" {
            "select count(*) from observation where version > 1".to_owned()
        } else {
            format!(
                "select coalesce(sum(hashtextextended(t::text, 0)::numeric % 1e12), 0)::bigint from {table} t"
            )
        };
        all.push(ward.world.count("0330", &rows).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_killed_between_its_steps_has_not_happened() {
    let ward = Ward::new().await;
    let nurse = ward.nurse();
    ward.take_in(&[weight("ane", AT, "704")]).await;
    let list = inbox(&nurse, "").await;
    let (id, version) = first(&list);
    let before = everything(&ward).await;
    let mut owner = ward.world.database().await;
    let run = async |owner: &mut sqlx::PgConnection, sql: String| {
        owner.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.expect("a statement");
    };
    // The connection is gone in the middle of the statement that writes to the table.
    run(
        &mut owner,
        "create function public.killed() returns trigger language plpgsql security definer as \
         $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$"
            .to_owned(),
    )
    .await;
    for table in STEPS {
        let on = format!("on m0330.{table}");
        let kill = format!(
            "create trigger killed after insert or update {on} for each row execute function public.killed()"
        );
        run(&mut owner, kill).await;
        let answer = decide(&nurse, &id, "accept", version, &why("the scale was right")).await;
        assert!(answer.status.is_server_error(), "{table}: {}", answer.text);
        run(&mut owner, format!("drop trigger killed {on}")).await;
        assert_eq!(everything(&ward).await, before, "{table}");
        assert_eq!(inbox(&nurse, "").await, list, "{table}: it waits still");
    }
    decide(&nurse, &id, "accept", version, &why("the scale was right")).await.expect(200);
    assert_ne!(everything(&ward).await, before);
    assert_eq!(inbox(&nurse, "").await["readings"], serde_json::json!([]));
    ward.world.end().await;
}
