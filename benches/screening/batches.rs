//! What one due citizen costs, by how many are screened together and how much is known of them.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use pulsvagt::access::MasterKey;
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::screening::Worker;
use pulsvagt::store::{Catalog, Store};
use tokio::sync::Semaphore;

use crate::cpu::Cpu;
use crate::crowd;
use crate::forms::Plan;
use crate::report::float;
use crate::rows::Maker;
use crate::search;
use crate::site::{Municipality, Site};
use crate::write::{Limit, Load, Way};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Batches of each size, and how many citizens.
const SIZES: [(u32, u32); 3] = [(1, 200), (100, 40), (5_000, 4)];
/// Citizens of each history, and how long they are, days.
const FEW: u64 = 1_000;
const HISTORIES: [u32; 3] = [30, 90, 365];

const HEAD: &str = "citizens at a time | batches | milliseconds a batch, median | microseconds a \
                    citizen, median | CPU µs a citizen: ours | PostgreSQL |";

/// Batches of different sizes.
pub(crate) async fn of_sizes(
    site: &Site,
    municipality: &Municipality,
    citizens: u64,
) -> anyhow::Result<()> {
    println!("\n| {HEAD}\n|--:|--:|--:|--:|--:|--:|");
    let store = open(site, municipality).await?;
    let mut load = Load::new(recent(citizens));
    for (size, batches) in SIZES {
        let line = rounds(site, municipality, &store, &mut load, size, batches).await?;
        println!("| {line}");
    }
    store.close().await;
    Ok(())
}

/// The same batches with longer and longer histories, of summaries and of readings.
pub(crate) async fn of_histories(site: &Site, rows: u64) -> anyhow::Result<()> {
    println!("\n| days | readings stored | {HEAD}\n|--:|--:|--:|--:|--:|--:|--:|--:|");
    let today = Clock::system().now().0.div_euclid(DAY) * DAY;
    for (code, days) in ["0340", "0350", "0360"].into_iter().zip(HISTORIES) {
        let municipality = site.municipality(code, FEW).await?;
        crowd::fill(site, &municipality, FEW, days).await?;
        let mut load = Load::new(recent(FEW));
        // Teaches the server the templates.
        load.run(site, &municipality, "", Way::Single, 1, Limit::Count(100)).await?;
        let maker = Maker::new(site, &municipality, Micros(today)).await?;
        let year =
            Plan { citizens: FEW, together: 1, start: Micros(today - 370 * DAY), step: SECOND };
        let target = rows * u64::from(days) / u64::from(HISTORIES[2]);
        search::fill(site, &municipality, &maker, year, 1, target).await?;
        let store = open(site, &municipality).await?;
        screen_all(&store).await?;
        let line = rounds(site, &municipality, &store, &mut load, 100, 30).await?;
        store.close().await;
        println!("| {days} | {target} | {line}");
    }
    Ok(())
}

/// Has so many citizens send a reading each and screens them, again and again.
async fn rounds(
    site: &Site,
    municipality: &Municipality,
    store: &Store,
    load: &mut Load,
    size: u32,
    batches: u32,
) -> anyhow::Result<String> {
    let worker = worker(store);
    // Whoever is due for other reasons is not to be measured.
    screen_all(store).await?;
    let (server, postmaster) = (std::process::id(), site.postmaster_pid()?);
    let (mut millis, mut screened) = (Vec::new(), 0_u64);
    let (mut ours, mut postgres) = (0.0, 0.0);
    for _ in 0..batches {
        let way = if size == 1 { Way::Single } else { Way::Bundle(100) };
        load.run(site, municipality, "", way, 1, Limit::Count(size.into())).await?;
        let (cpu, began) = (Cpu::now(server, postmaster)?, Instant::now());
        let done = worker.batch(size).await?.context("nobody is due")?;
        millis.push(began.elapsed().as_secs_f64() * 1_000.0);
        let cpu = Cpu::now(server, postmaster)? - cpu;
        (ours, postgres) = (ours + cpu.server, postgres + cpu.postgres);
        ensure!(done.screened == u64::from(size), "{done:?} instead of {size}");
        screened += done.screened;
    }
    millis.sort_unstable_by(f64::total_cmp);
    let median = millis[millis.len() / 2];
    let each = |seconds: f64| seconds * 1e6 / float(screened);
    Ok(format!(
        "{size} | {batches} | {median:.1} | {:.0} | {:.0} | {:.0} |",
        median * 1_000.0 / f64::from(size),
        each(ours),
        each(postgres)
    ))
}

/// Screens until nobody is due.
async fn screen_all(store: &Store) -> anyhow::Result<()> {
    let worker = worker(store);
    while let Some(done) = worker.batch(500).await? {
        ensure!(done.failed == 0 && done.lost == 0, "{done:?}");
    }
    Ok(())
}

fn worker(store: &Store) -> Worker {
    Worker::new(store.clone(), Clock::system(), Arc::new(Semaphore::new(2)))
}

async fn open(site: &Site, municipality: &Municipality) -> anyhow::Result<Store> {
    let keys = MasterKey::read(&site.key_file())?;
    let catalog = Catalog::connect(site.url(), keys, 4)?;
    let tenant = catalog.tenant(&municipality.code.parse()?).await?.context("no tenant")?;
    Ok(catalog.open(&tenant)?)
}

/// Readings of the last hours.
fn recent(citizens: u64) -> Plan {
    let start = Micros(Clock::system().now().0 / SECOND * SECOND - 3 * 3_600 * SECOND);
    Plan { citizens, together: 1, start, step: 7 * SECOND }
}
