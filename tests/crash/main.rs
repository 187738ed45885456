//! The real server against whatever happens to it: killed at random moments, its database killed
//! or away or full, and clients that send what no client should.
//!
//! `cargo test --test crash -- [NAME…]` runs the trials whose names contain one of those given.
//! `PULSVAGT_CRASH_ROUNDS` says how often the servers are killed, `PULSVAGT_CRASH_SEED` repeats
//! the moments of an earlier run.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the result is printed")]

#[path = "../../benches/load/forms.rs"]
#[expect(dead_code, reason = "the benchmarks use more of it")]
mod forms;
#[path = "../../benches/load/http.rs"]
mod http;
#[path = "../../benches/load/site.rs"]
mod site;

mod disk;
mod hostile;
mod interrupted;
mod kill;
mod lake;
mod ledger;
mod memory;
mod outage;
mod screened;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt as _};
use pulsvagt::clock::{Clock, Micros};

use forms::Plan;
use site::{Setup, Site};

/// Longest that one trial may take, but for the kills, which take as long as they are many.
const LIMIT: Duration = Duration::from_mins(5);

/// How a trial ended, if it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All as it should be; the text is for the curious.
    Passed(String),
    /// It could not be tried here, and why.
    Skipped(String),
}

type Trial = fn() -> BoxFuture<'static, anyhow::Result<Ending>>;

const TRIALS: &[(&str, Trial)] = &[
    ("hostile_bodies", || hostile::bodies().boxed()),
    ("hostile_cut_connections", || hostile::cut_connections().boxed()),
    ("hostile_slow_clients", || hostile::slow_clients().boxed()),
    ("hostile_bombs", || hostile::bombs().boxed()),
    ("hostile_endless_stream", || hostile::endless_stream().boxed()),
    ("outage_of_the_database", || outage::database_away().boxed()),
    ("outage_of_the_queue", || outage::queue_full().boxed()),
    ("interrupted_commands", || interrupted::commands().boxed()),
    ("lake_killed", || lake::export().boxed()),
    ("disk_full", || disk::full().boxed()),
    ("kill", || kill::rounds().boxed()),
];

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&String> = arguments.iter().filter(|text| !text.starts_with('-')).collect();
    let chosen: Vec<_> = TRIALS
        .iter()
        .filter(|(name, _)| names.is_empty() || names.iter().any(|part| name.contains(*part)))
        .collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for (name, _) in chosen {
            println!("{name}: test");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut failed = 0;
    println!("running {} trials", chosen.len());
    for (name, trial) in chosen {
        let began = Instant::now();
        let limit = if *name == "kill" {
            LIMIT + Duration::from_secs(30) * kill::rounds_wanted()?
        } else {
            LIMIT
        };
        let ended = runtime.block_on(async { tokio::time::timeout(limit, trial()).await });
        let seconds = began.elapsed().as_secs_f64();
        match ended {
            Ok(Ok(Ending::Passed(text))) => println!("trial {name} … ok ({seconds:.1} s) {text}"),
            Ok(Ok(Ending::Skipped(why))) => println!("trial {name} … skipped: {why}"),
            Ok(Err(error)) => {
                failed += 1;
                eprintln!("trial {name} … FAILED ({seconds:.1} s): {error:#}");
            }
            Err(_) => {
                failed += 1;
                eprintln!("trial {name} … FAILED: not at an end after {seconds:.0} s");
            }
        }
    }
    println!("{failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A site with durability on.
pub(crate) async fn site(config: &str) -> anyhow::Result<Site> {
    let folder = tempfile::Builder::new().prefix("pulsvagt-crash-").tempdir()?;
    Site::start(setup(folder, config)).await
}

pub(crate) fn setup(folder: tempfile::TempDir, config: &str) -> Setup {
    Setup {
        folder,
        shared_buffers: "128MB",
        settings: vec![("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")],
        config: config.to_owned(),
    }
}

/// Readings of the last days.
pub(crate) fn plan(citizens: u64) -> Plan {
    const DAY: i64 = 86_400_000_000;
    let today = Clock::system().now().0.div_euclid(DAY) * DAY;
    Plan { citizens, together: 1, start: Micros(today - 20 * DAY), step: 7_000_000 }
}
