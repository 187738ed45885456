//! A question about a whole country, asked of a lake: `cargo bench --bench lake -- --help`.
//!
//! Daily summaries of one signal are written in the lake's layout, for citizens of 98 municipalities and
//! a year of days; that is not timed. Then the trend of each citizen's weight decides who is in a
//! cohort: by our own fold, and by the same question in SQL to `DuckDB` over the same files, each in a
//! process of its own and with two threads. The answers have to be the same.
#![expect(clippy::print_stdout, reason = "the result is printed")]

mod rates;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;
use pulsvagt_analytics::lake::trend::{Answer, Ask, trend};
use pulsvagt_analytics::lake::{Cell, DAILY_SUMMARY, Writer};
use serde_json::{Value, json};

const MUNICIPALITIES: usize = 98;
/// 2025-01-01, days since 1970, and the lengths of that year's months.
const FIRST: i32 = 20_089;
const MONTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Measures questions to a lake.
#[derive(Debug, Parser)]
struct Arguments {
    /// Citizens of all municipalities
    #[arg(long, default_value_t = 1_000_000)]
    citizens: usize,
    /// Where the lake is written; it is made anew unless it is there
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Times that each question is asked; the fastest counts, and all are printed
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Citizens of a municipality that is exported, with readings of so many days
    #[arg(long, default_value_t = 300)]
    exported: u32,
    /// Days of their readings
    #[arg(long, default_value_t = 60)]
    days: u32,
    /// Only asks the lake in this folder, and prints JSON
    #[arg(long, hide = true)]
    ask: Option<PathBuf>,
    /// What cargo says to benchmarks
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.ask {
        println!("{}", asked(folder, &arguments)?);
        return Ok(());
    }
    let own = tempfile::tempdir()?;
    let folder = arguments.folder.clone().unwrap_or_else(|| own.path().to_owned());
    let table = folder.join("daily_summary");
    if !table.is_dir() {
        let began = Instant::now();
        let rows = make(&table, &arguments)?;
        println!(
            "wrote {rows} rows, {} MB, in {:.0} s",
            size(&table)? >> 20,
            began.elapsed().as_secs_f64()
        );
    }
    let ours = own_process(&folder, &arguments)?;
    let theirs = duckdb(&folder, &arguments)?;
    for (name, told) in [("our fold", &ours), ("DuckDB", &theirs)] {
        let seconds: Vec<f64> =
            told["seconds"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let best = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let all: Vec<String> = seconds.iter().map(|it| format!("{it:.2}")).collect();
        println!(
            "{name:<10} {best:>6.2} s   ({} s)   peak {} MB   {} citizens, {} members",
            all.join(", "),
            told["peak_mb"],
            told["citizens"],
            told["members"]
        );
    }
    ensure!(ours["citizens"] == theirs["citizens"], "the answers differ: {ours} {theirs}");
    ensure!(ours["members"] == theirs["members"], "the answers differ: {ours} {theirs}");
    let (one, other) = (ours["slopes"].as_f64(), theirs["slopes"].as_f64());
    let close = one.zip(other).is_some_and(|(one, other)| (one - other).abs() <= 1e-6 * one.abs());
    ensure!(close, "the sums of slopes differ: {ours} {theirs}");
    println!("same answer");
    rates::measure(arguments.exported, arguments.days)
}

/// Who gains at least 5 g a day over the year and weighs at least 1.5 kg more than usual.
fn question() -> Ask {
    Ask { from: FIRST, to: FIRST + 365, least: 180, slope: 0.005, above: 1.5 }
}

fn asked(folder: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let mut seconds = Vec::new();
    let mut answer = Answer::default();
    for _ in 0..arguments.rounds {
        let began = Instant::now();
        answer = all(folder, arguments.threads)?;
        seconds.push(began.elapsed().as_secs_f64());
    }
    Ok(json!({"seconds": seconds, "citizens": answer.citizens, "members": answer.members,
        "slopes": answer.slopes, "rows": answer.rows, "peak_mb": peak()}))
}

/// The answer of the country, municipality by municipality.
fn all(folder: &Path, threads: usize) -> anyhow::Result<Answer> {
    let mut municipalities = Vec::new();
    for entry in fs::read_dir(folder.join("daily_summary"))? {
        let mut files: Vec<PathBuf> = fs::read_dir(entry?.path())?
            .map(|month| Ok(month?.path().join("body_weight.parquet")))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        municipalities.push(files);
    }
    municipalities.sort();
    let next = AtomicUsize::new(0);
    let answers: Vec<Mutex<Option<anyhow::Result<Answer>>>> =
        municipalities.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(files) = municipalities.get(place) else { break };
                    let answer = trend(files, &question()).map_err(anyhow::Error::from);
                    if let Ok(mut slot) = answers[place].lock() {
                        *slot = Some(answer);
                    }
                }
            });
        }
    });
    let mut country = Answer::default();
    for slot in answers {
        let answer = slot.into_inner().ok().flatten().context("a thread ended")??;
        country.add(&answer);
    }
    Ok(country)
}

fn own_process(folder: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--ask").arg(folder).env("POLARS_MAX_THREADS", arguments.threads.to_string());
    command.args(["--threads", &arguments.threads.to_string()]);
    told(command.args(["--rounds", &arguments.rounds.to_string()]))
}

fn duckdb(folder: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let Ask { from, to, least, slope, above } = question();
    let sql = format!(
        "with days as (select citizen, mean, (day - date '1970-01-01') - {from} as t \
         from read_parquet('{}/daily_summary/*/*/body_weight.parquet')), \
         trends as (select citizen, count(*) as n, regr_slope(mean, t) as slope, avg(mean) as usual, \
         avg(mean) filter (t >= {to} - {from} - 7) as last from days \
         where t >= 0 and t < {to} - {from} group by citizen having count(*) >= {least}) \
         select count(*)::int as citizens, \
         (count(*) filter (slope >= {slope} and last - usual >= {above}))::int as members, \
         coalesce(sum(slope) filter (slope >= {slope} and last - usual >= {above}), 0) as slopes \
         from trends",
        folder.display()
    );
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let mut command = Command::new("node");
    command.current_dir(place).arg("lake/duckdb.mjs").arg(sql);
    told(command.args([arguments.threads.to_string(), arguments.rounds.to_string()]))
}

fn told(command: &mut Command) -> anyhow::Result<Value> {
    let done = command.output().context("the question")?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(serde_json::from_slice(&done.stdout)?)
}

/// The most memory that the process has had, MB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) >> 10
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Writes the lake, a municipality a thread at a time.
fn make(table: &Path, arguments: &Arguments) -> anyhow::Result<u64> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Ok(0));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= MUNICIPALITIES {
                        break;
                    }
                    let made = municipality(table, place, arguments.citizens);
                    if let Ok(mut rows) = rows.lock() {
                        let before = std::mem::replace(&mut *rows, Ok(0));
                        *rows = before.and_then(|before: u64| made.map(|made| before + made));
                    }
                }
            });
        }
    });
    rows.into_inner().map_err(|_| anyhow::anyhow!("a thread ended"))?
}

/// A small generator (`SplitMix64`), so that the same citizens come each time.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    /// Below so much.
    fn below(&mut self, most: u32) -> u32 {
        u32::try_from(self.next() % u64::from(most.max(1))).unwrap_or(0)
    }
}

fn municipality(table: &Path, place: usize, of: usize) -> anyhow::Result<u64> {
    let count = of / MUNICIPALITIES + usize::from(place < of % MUNICIPALITIES);
    let mut draw = Draw(place as u64);
    let mut citizens: Vec<i64> = (0..count).map(|_| draw.next().cast_signed()).collect();
    citizens.sort_unstable();
    let (mut rows, mut first) = (0, FIRST);
    for (month, days) in (1_i32..).zip(MONTHS) {
        let folder = table.join(format!("municipality={place:04}/month=2025-{month:02}"));
        fs::create_dir_all(&folder)?;
        let file =
            BufWriter::with_capacity(1 << 20, File::create(folder.join("body_weight.parquet"))?);
        let mut out = Writer::new(&DAILY_SUMMARY, file)?;
        for citizen in &citizens {
            let mut own = Draw(citizen.cast_unsigned());
            let (start, gains) = (60.0 + f64::from(own.below(500)) / 10.0, own.below(10) == 0);
            let slope = if gains { 0.02 } else { f64::from(own.below(9)) / 1000.0 - 0.004 };
            let mut noise = Draw(citizen.cast_unsigned() ^ u64::from(month.unsigned_abs()));
            for day in first..first + days {
                // One day in ten nobody steps on the scale.
                if noise.below(10) == 0 {
                    continue;
                }
                let drift = slope * f64::from(day - FIRST);
                let value = start + drift + f64::from(noise.below(12)) / 10.0;
                let value = Cell::Number((value * 10.0).round() / 10.0);
                let (whole, day) = (Cell::Whole(*citizen), Cell::Whole(i64::from(day)));
                let (text, once) = (Cell::Text("body_weight"), Cell::Whole(1));
                let none = Cell::Missing;
                out.push(&[
                    whole, day, text, once, value, value, value, value, value, none, value,
                ])?;
            }
        }
        rows += out.finish()?;
        first += days;
    }
    Ok(rows)
}
