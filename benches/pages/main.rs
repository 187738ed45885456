//! How fast the pages are: `cargo bench --bench pages -- --help`.
//!
//! 20,000 citizens (more if asked for) with 90 days of daily summaries are enrolled and screened once,
//! which opens an alert of one in twenty; one of them has a year of heart rates, one a minute. As for the other benchmarks,
//! database, server and load share one machine, and durability is on.
#![expect(clippy::print_stdout, reason = "the result is printed")]

mod ask;
#[path = "../load/cpu.rs"]
mod cpu;
#[path = "../screening/crowd.rs"]
mod crowd;
#[path = "../load/forms.rs"]
mod forms;
#[path = "../load/http.rs"]
mod http;
#[path = "../load/report.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod report;
#[path = "../load/rows.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod rows;
#[path = "../load/site.rs"]
mod site;
mod streams;
#[path = "../load/write.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod write;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use pulsvagt::clock::{Clock, Micros};
use sqlx::Connection as _;

use forms::Plan;
use rows::Maker;
use site::{Municipality, Setup, Site};
use write::{Limit, Load, Way};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days of daily summaries.
const DAYS: u32 = 90;
/// A year of heart rates, one a minute.
const MINUTES: u64 = 525_600;

/// Measures pages.
#[derive(Debug, Parser)]
struct Arguments {
    /// Citizens that are enrolled
    #[arg(long, default_value_t = 20_000)]
    citizens: u64,
    /// Times that each page is asked for
    #[arg(long, default_value_t = 300)]
    times: u32,
    /// Open worklists that follow the changes
    #[arg(long, default_value_t = 500)]
    streams: usize,
    /// Seconds that changes are told
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Waits, with everything there, until enter is pressed; to look at the pages
    #[arg(long)]
    wait: bool,
    /// Also tells when pages are painted by chromium on a processor four times slower; needs what
    /// scripts/browser sets up
    #[arg(long)]
    paint: bool,
    /// Where the database is kept meanwhile
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let place = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let site = Site::start(Setup {
        folder: tempfile::Builder::new().prefix("pulsvagt-pages-").tempdir_in(place)?,
        shared_buffers: "1GB",
        settings: vec![
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("max_wal_size", "8GB"),
        ],
        // One caller asks for more than a person does. What screening costs is measured elsewhere.
        config: "[screening]\nenabled = false\n\
                 [limits.rates]\nstaff = { per_minute = 6000000, burst = 1000000 }"
            .to_owned(),
    })
    .await?;
    let result = tokio::select! {
        result = measure(&site, arguments) => result,
        stop = tokio::signal::ctrl_c() => stop.map_err(Into::into),
    };
    site.stop().await?;
    result
}

async fn measure(site: &Site, arguments: &Arguments) -> anyhow::Result<()> {
    let began = Instant::now();
    let municipality = site.municipality("0330", arguments.citizens).await?;
    crowd::fill(site, &municipality, arguments.citizens, DAYS).await?;
    year_of_heart_rates(site, &municipality).await?;
    site.command(&["screen", "--tenant", municipality.code, "--all", "--json"]).await?;
    let mut connection = site.database(municipality.code).await?;
    for table in ["alert", "alert_event", "screened", "resource", "plan", "daily_summary"] {
        let statement = format!("vacuum analyze {table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let open: i64 = sqlx::query_scalar("select count(*) from alert where closed is null")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    println!(
        "{} citizens, {open} open alerts, {MINUTES} heart rates of one; set up in {:.0} s",
        arguments.citizens,
        began.elapsed().as_secs_f64()
    );
    ensure!(open > 0, "there is nothing to show");
    let nurse = site.token(municipality.code, "nurse").await?;
    if arguments.wait {
        println!("http://{} {nurse}", site.address());
        tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
    }
    if arguments.paint {
        paint(site, &nurse).await?;
    }
    ask::measure(site, &municipality, &nurse, arguments.times).await?;
    let time = Duration::from_secs(arguments.seconds.into());
    streams::measure(site, &municipality, &nurse, arguments.streams, time).await?;
    Ok(())
}

async fn paint(site: &Site, nurse: &str) -> anyhow::Result<()> {
    let mut node = std::process::Command::new("node");
    node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pages/paint.mjs"));
    node.env("PULSVAGT_URL", format!("http://{}", site.address())).env("PULSVAGT_TOKEN", nurse);
    let status = tokio::task::spawn_blocking(move || node.status()).await??;
    ensure!(status.success(), "nothing was painted");
    Ok(())
}

/// The first citizen gets them past the server, and the days are due for screening.
async fn year_of_heart_rates(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let now = Clock::system().now().0;
    let start = Micros(now - i64::try_from(MINUTES)? * 60 * SECOND);
    let year = Plan { citizens: 1, together: 1, start, step: 60 * SECOND };
    // The templates have to be known to the municipality.
    let first = Plan { start: Micros(start.0 - DAY), step: SECOND, ..year };
    Load::new(first).run(site, municipality, "warm-up", Way::Single, 1, Limit::Count(20)).await?;
    let maker = Maker::new(site, municipality, Micros(now)).await?;
    let mut connection = site.database(municipality.code).await?;
    for first in (0..MINUTES).step_by(2_000) {
        let rows = maker.rows(&year, first, 2_000.min(MINUTES - first)).await?;
        rows::copy(&mut connection, &rows::encode(&rows, maker.received())?).await?;
    }
    sqlx::query(
        "insert into touched_day (citizen, day, since)
         select c.id, d::date, now()
         from citizen c, generate_series(now() - interval '365 days', now(), interval '1 day') d
         where c.logical_id = $1 on conflict do nothing",
    )
    .bind(forms::citizen_id(0))
    .execute(&mut connection)
    .await?;
    sqlx::raw_sql("vacuum analyze observation").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
