//! What the table itself allows: the same rows, past the server.

use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use sqlx::Connection as _;
use tokio::task::JoinSet;

use crate::cpu::Cpu;
use crate::forms::Plan;
use crate::report::Line;
use crate::rows::{Maker, copy, encode, unnest};
use crate::site::{Municipality, Site};

/// Rows of one statement.
const BATCH: u64 = 1_000;

/// UNNEST over one and two connections, then binary COPY, each into the empty table.
pub(crate) async fn run(
    site: &Site,
    templates: &Municipality,
    empty: &Municipality,
    plan: Plan,
    rows: u64,
    maker: &Maker,
) -> anyhow::Result<Vec<Line>> {
    ensure!(templates.code != empty.code, "the raw rows need a table of their own");
    let received = maker.received();
    let mut batches = Vec::new();
    for first in (0..rows).step_by(usize::try_from(BATCH)?) {
        batches.push(maker.rows(&plan, first, BATCH.min(rows - first)).await?);
    }
    let batches = Arc::new(batches);
    let mut lines = Vec::new();
    for connections in [1, 2] {
        let name = if connections == 1 { "e UNNEST" } else { "e UNNEST, 2" };
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(site.database(empty.code).await?);
        }
        let (began, cpu) = begin(site)?;
        let mut tasks = JoinSet::new();
        for (lane, mut connection) in open.into_iter().enumerate() {
            let batches = Arc::clone(&batches);
            tasks.spawn(async move {
                let mut count = 0;
                for batch in batches.iter().skip(lane).step_by(connections) {
                    count += unnest(&mut connection, batch, received).await?;
                }
                connection.close().await?;
                anyhow::Ok(count)
            });
        }
        let mut count = 0;
        while let Some(done) = tasks.join_next().await {
            count += done??;
        }
        lines.push(end(site, empty, name, connections, count, (began, cpu)).await?);
    }
    let encoded: Vec<Vec<u8>> =
        batches.iter().map(|batch| encode(batch, received)).collect::<Result<_, _>>()?;
    let mut connection = site.database(empty.code).await?;
    let begun = begin(site)?;
    let mut count = 0;
    for batch in &encoded {
        count += copy(&mut connection, batch).await?;
    }
    connection.close().await?;
    lines.push(end(site, empty, "e binary COPY", 1, count, begun).await?);
    Ok(lines)
}

fn begin(site: &Site) -> anyhow::Result<(Instant, Cpu)> {
    let cpu = Cpu::now(site.server_pid()?, site.postmaster_pid()?)?;
    Ok((Instant::now(), cpu))
}

async fn end(
    site: &Site,
    empty: &Municipality,
    name: &str,
    connections: usize,
    count: u64,
    (began, before): (Instant, Cpu),
) -> anyhow::Result<Line> {
    let elapsed = began.elapsed();
    let cpu = Cpu::now(site.server_pid()?, site.postmaster_pid()?)? - before;
    ensure!(site.count(empty.code).await? == count, "not all raw rows are there");
    let mut connection = site.database(empty.code).await?;
    sqlx::query("truncate observation").execute(&mut connection).await?;
    connection.close().await?;
    let line = Line::new(name, connections, count, elapsed, cpu);
    Ok(Line { verified: "count".to_owned(), ..line })
}
