//! How fast Pulsvagt is: `cargo bench --bench load -- --help`.
//!
//! The database server, the application server and the load are on one machine, durability is on,
//! and nothing is counted that was not acknowledged, found again and unchanged by being sent twice.
#![expect(clippy::print_stdout, reason = "the result is printed")]

mod cpu;
mod forms;
mod http;
mod price;
mod raw;
mod report;
mod rows;
mod search;
mod site;
mod size;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use pulsvagt::clock::{Clock, Micros};

use forms::Plan;
use report::Report;
use rows::Maker;
use search::Question;
use site::{Setup, Site};
use write::{Limit, Load, Way};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Rows for the columnstore, see columnstore.mjs.
const DUMPED: u64 = 300_000;

/// Measures what the server does and what it costs.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which: a single readings, b Bundles, c streams, d questions, e the table itself, f room,
    /// g what authentication and the audit trail cost
    #[arg(long, value_delimiter = ',', default_value = "a,b,c,d,e,f,g")]
    scenario: Vec<char>,
    /// Most rows that questions are asked over; the first tenth is measured too
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// How many citizens take turns
    #[arg(long, default_value_t = 1_000)]
    citizens: u64,
    /// Also writes the result as JSON
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only writes rows for columnstore.mjs to the file, as CSV
    #[arg(long)]
    dump_rows: Option<PathBuf>,
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
    let setup = Setup {
        folder: tempfile::Builder::new().prefix("pulsvagt-load-").tempdir_in(place)?,
        shared_buffers: "1GB",
        settings: vec![
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("max_wal_size", "8GB"),
        ],
        // What taking readings in costs by itself.
        config: "[screening]\nenabled = false".to_owned(),
    };
    let site = Site::start(setup).await?;
    // The server is to end in order even if we do not.
    let result = tokio::select! {
        result = measure(&site, arguments) => result,
        stop = tokio::signal::ctrl_c() => stop.map_err(Into::into),
    };
    site.stop().await?;
    result
}

async fn measure(site: &Site, arguments: &Arguments) -> anyhow::Result<()> {
    let today = Clock::system().now().0.div_euclid(DAY) * DAY;
    let citizens = arguments.citizens;
    let live = Plan { citizens, together: 1, start: Micros(today - 20 * DAY), step: 7 * SECOND };
    let year = Plan { citizens, together: 1, start: Micros(today - 370 * DAY), step: SECOND };
    let received = Micros(today);
    let time = Duration::try_from_secs_f64(arguments.seconds)?;
    let wanted: BTreeSet<char> = arguments.scenario.iter().copied().collect();
    let wants = |scenario| arguments.dump_rows.is_none() && wanted.contains(&scenario);

    let main = site.municipality("0330", citizens).await?;
    let mut report = Report { machine: machine(site).await?, ..Report::default() };
    let mut load = Load::new(live);
    // The first readings teach the server the templates.
    load.run(site, &main, "warm-up", Way::Single, 1, Limit::Count(100)).await?;

    if let Some(path) = &arguments.dump_rows {
        let maker = Maker::new(site, &main, received).await?;
        // A reading every five minutes fills three weeks, as one chunk of real readings would be.
        let dense = Plan { citizens: citizens.min(50), step: 300 * SECOND, ..year };
        return dump(&maker, dense, path).await;
    }
    let tell = |line: report::Line| {
        println!("{}: {:.0}/s", line.scenario, line.per_second);
        line
    };
    if wants('a') {
        for connections in [1, 8, 64] {
            let name = "a single readings";
            let limit = Limit::Time(time);
            let line = load.run(site, &main, name, Way::Single, connections, limit).await?;
            report.lines.push(tell(line));
        }
    }
    if wants('b') {
        for size in [100, 1_000] {
            let name = format!("b bundles of {size}");
            let limit = Limit::Time(time);
            let line = load.run(site, &main, &name, Way::Bundle(size), 4, limit).await?;
            report.lines.push(tell(line));
        }
    }
    if wants('c') {
        for connections in [1, 4] {
            let way = Way::Stream { identified: false };
            let limit = Limit::Time(time);
            let line = load.run(site, &main, "c NDJSON", way, connections, limit).await?;
            report.lines.push(tell(line));
        }
    }
    if wants('g') {
        report.lines.extend(price::run(site, &main, &mut load, time).await?);
    }
    if wants('e') {
        let maker = Maker::new(site, &main, received).await?;
        let empty = site.municipality("0340", 0).await?;
        let rows = arguments.rows.min(500_000);
        for line in raw::run(site, &main, &empty, live, rows, &maker).await? {
            report.lines.push(tell(line));
        }
    }
    if wants('f') {
        let slow = Plan { step: 300 * SECOND, ..live };
        let rows = Limit::Count(arguments.rows.min(1_000_000));
        for (code, identified, what) in
            [("0350", false, "hot"), ("0360", true, "hot, with identifiers")]
        {
            let municipality = site.municipality(code, citizens).await?;
            let way = Way::Stream { identified };
            let mut load = Load::new(slow);
            load.run(site, &municipality, "f NDJSON", way, 1, rows).await?;
            report.sizes.push(size::measure(site, &municipality, what).await?);
        }
    }
    if wants('d') {
        let asked = site.municipality("0370", citizens).await?;
        // The templates have to be known to the municipality that is asked.
        Load::new(Plan { start: Micros(today - 2 * DAY), ..live })
            .run(site, &asked, "warm-up", Way::Single, 1, Limit::Count(100))
            .await?;
        let maker = Maker::new(site, &asked, received).await?;
        let targets = [arguments.rows.max(20_000) / 10, arguments.rows.max(20_000)];
        for (later, target) in (0..).zip(targets) {
            search::fill(site, &asked, &maker, year, later, target).await?;
            for question in [Question::Window, Question::Last] {
                search::ask(site, &asked, year, question, 4, time.min(Duration::from_secs(2)))
                    .await?;
                for connections in [1, 4] {
                    let line = search::ask(site, &asked, year, question, connections, time).await?;
                    report.lines.push(tell(line));
                }
            }
            report.sizes.push(size::measure(site, &asked, "a year, by COPY").await?);
        }
    }
    report.compare();
    println!("{}", report.markdown());
    if let Some(path) = &arguments.out {
        report.write(path)?;
    }
    Ok(())
}

/// What it was measured on.
async fn machine(site: &Site) -> anyhow::Result<Vec<(String, String)>> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism()?;
    let mut facts = vec![("processors".to_owned(), format!("{cores} × {model}"))];
    let mut connection = site.database("0330").await?;
    for name in [
        "server_version",
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
        "max_wal_size",
        "wal_compression",
    ] {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        facts.push((name.to_owned(), value));
    }
    let version: String =
        sqlx::query_scalar("select extversion from pg_extension where extname = 'timescaledb'")
            .fetch_one(&mut connection)
            .await?;
    facts.push(("timescaledb".to_owned(), version));
    Ok(facts)
}

async fn dump(maker: &Maker, plan: Plan, path: &std::path::Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for first in (0..DUMPED).step_by(1_000) {
        for row in maker.rows(&plan, first, 1_000).await? {
            text.push_str(&rows::csv(&row));
        }
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
