//! Many open worklists that are told of changes. Another server makes them, so that only the telling
//! is measured.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use sqlx::Connection as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep};

use crate::cpu::Cpu;
use crate::http::get;
use crate::site::{Municipality, Site};

/// Changes a second.
const RATE: u32 = 10;

/// Opens the streams, and makes changes for so long.
pub(crate) async fn measure(
    site: &Site,
    municipality: &Municipality,
    nurse: &str,
    streams: usize,
    time: Duration,
) -> anyhow::Result<()> {
    let changes = RATE * u32::try_from(time.as_secs())?;
    let mut database = site.database(municipality.code).await?;
    let ids: Vec<String> =
        sqlx::query_scalar("select id::text from alert where closed is null order by id limit $1")
            .bind(i64::from(changes))
            .fetch_all(&mut database)
            .await?;
    ensure!(ids.len() == usize::try_from(changes)?, "there are too few alerts");
    let told = Arc::new(AtomicU64::new(0));
    let open = Arc::new(AtomicU64::new(0));
    let mut readers = JoinSet::new();
    for _ in 0..streams {
        let mut stream = TcpStream::connect(site.address()).await?;
        let request = get("/api/events", nurse);
        let (told, open) = (Arc::clone(&told), Arc::clone(&open));
        readers.spawn(async move {
            stream.write_all(&request).await?;
            let mut received = Vec::with_capacity(1 << 14);
            let mut heard = HashSet::new();
            while stream.read_buf(&mut received).await? > 0 {
                while let Some(end) = received.windows(2).position(|pair| pair == b"\n\n") {
                    let event = String::from_utf8_lossy(&received[..end]).into_owned();
                    received.drain(..end + 2);
                    if event.contains("event: ready") {
                        open.fetch_add(1, Ordering::Relaxed);
                    }
                    let id =
                        event.split("\"alert\":\"").nth(1).and_then(|rest| rest.split('"').next());
                    // Twice would be once too often.
                    if id.is_some_and(|id| heard.insert(id.to_owned())) {
                        told.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            anyhow::Ok(())
        });
    }
    let wanted = u64::try_from(streams)?;
    let limit = Instant::now() + Duration::from_mins(1);
    while open.load(Ordering::Relaxed) < wanted {
        ensure!(Instant::now() < limit, "{} of {wanted} are open", open.load(Ordering::Relaxed));
        sleep(Duration::from_millis(50)).await;
    }
    let (server, postmaster) = (site.server_pid()?, site.postmaster_pid()?);
    let before = Cpu::now(server, postmaster)?;
    sleep(time).await;
    let quiet = Cpu::now(server, postmaster)? - before;

    let before = Cpu::now(server, postmaster)?;
    let mut beat = interval(Duration::from_secs(1) / RATE);
    for id in &ids {
        beat.tick().await;
        sqlx::query(
            "select pg_notify('pulsvagt_' || current_schema(),
                              json_build_object('alert', $1::text, 'version', 2)::text)",
        )
        .bind(id)
        .execute(&mut database)
        .await?;
    }
    let all = wanted * u64::from(changes);
    let limit = Instant::now() + Duration::from_secs(10);
    while told.load(Ordering::Relaxed) < all && Instant::now() < limit {
        sleep(Duration::from_millis(50)).await;
    }
    let busy = Cpu::now(server, postmaster)? - before;
    database.close().await?;
    let told = told.load(Ordering::Relaxed);
    ensure!(told == all, "{told} of {all} changes were told");
    readers.abort_all();
    let share = |cpu: f64| 100.0 * cpu / time.as_secs_f64();
    println!(
        "\n{streams} streams, {RATE} changes a second for {} s: each was told of each, {told} in all.\n\
         Server: {:.1} % of a core, and {:.1} % while nothing changed; PostgreSQL: {:.1} %.",
        time.as_secs(),
        share(busy.server),
        share(quiet.server),
        share(busy.postgres),
    );
    Ok(())
}
