//! What screening costs: `cargo bench --bench screening -- --help`.
//!
//! As for the other benchmark, database, server and load share one machine, and durability is on.
#![expect(clippy::print_stdout, reason = "the result is printed")]

mod batches;
#[path = "../load/cpu.rs"]
mod cpu;
mod crowd;
#[path = "../load/forms.rs"]
mod forms;
#[path = "../load/http.rs"]
mod http;
mod latency;
#[path = "../load/report.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod report;
mod rescreen;
#[path = "../load/rows.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod rows;
#[path = "../load/search.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod search;
#[path = "../load/site.rs"]
mod site;
#[path = "../load/write.rs"]
#[expect(dead_code, reason = "the other benchmark uses more of it")]
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Parser;

use site::{Setup, Site};

/// Measures screening.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which: a from the acknowledgement to the worklist, b everybody screened anew, c batches of
    /// different sizes, d histories of different lengths
    #[arg(long, value_delimiter = ',', default_value = "a,b,c,d")]
    scenario: Vec<char>,
    /// Citizens in b and c
    #[arg(long, default_value_t = 100_000)]
    citizens: u64,
    /// Days of daily summaries in b and c
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// Alerts that are waited for, one after the other, on each line of a
    #[arg(long, default_value_t = 300)]
    probes: u64,
    /// Most readings of the longest history in d
    #[arg(long, default_value_t = 5_000_000)]
    rows: u64,
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
    let wanted: BTreeSet<char> = arguments.scenario.iter().copied().collect();
    if wanted.contains(&'a') {
        // Looking every few milliseconds is more than a nurse may ask for.
        let patient = "[limits.rates]\nstaff = { per_minute = 6000000, burst = 1000000 }";
        let site = start(arguments, patient).await?;
        let result = latency::measure(&site, arguments.probes).await;
        site.stop().await?;
        result?;
    }
    if !wanted.is_disjoint(&BTreeSet::from(['b', 'c', 'd'])) {
        // The measured work is ours or a command's; the server only takes readings in.
        let site = start(arguments, "[screening]\nenabled = false").await?;
        let result = without_server(&site, arguments, &wanted).await;
        site.stop().await?;
        result?;
    }
    Ok(())
}

async fn without_server(
    site: &Site,
    arguments: &Arguments,
    wanted: &BTreeSet<char>,
) -> anyhow::Result<()> {
    if wanted.contains(&'b') || wanted.contains(&'c') {
        let municipality = site.municipality("0330", arguments.citizens).await?;
        crowd::fill(site, &municipality, arguments.citizens, arguments.days).await?;
        if wanted.contains(&'b') {
            rescreen::measure(site, &municipality, arguments.citizens).await?;
        }
        if wanted.contains(&'c') {
            batches::of_sizes(site, &municipality, arguments.citizens).await?;
        }
    }
    if wanted.contains(&'d') {
        batches::of_histories(site, arguments.rows).await?;
    }
    Ok(())
}

async fn start(arguments: &Arguments, config: &str) -> anyhow::Result<Site> {
    let place = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    Site::start(Setup {
        folder: tempfile::Builder::new().prefix("pulsvagt-screening-").tempdir_in(place)?,
        shared_buffers: "1GB",
        settings: vec![
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("full_page_writes", "on"),
            ("max_wal_size", "8GB"),
        ],
        config: config.to_owned(),
    })
    .await
}
