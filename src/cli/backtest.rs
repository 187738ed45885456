//! `pulsvagt backtest`

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pulsvagt_analytics::Pack;
use serde_json::json;

use super::output::{self, Unit};
use super::usage;
use crate::backtest::{
    self, BacktestError, Comparison, Person, Report, Simulated, Source, Span, Tally, Target,
    Watched,
};
use crate::clock::Micros;
use crate::simulate::{Density, Options};
use crate::triage::Policy;

/// How many citizens are in memory at a time, per thread.
const TOGETHER: u32 = 16;

#[derive(Debug, Args)]
pub(super) struct Backtest {
    /// The rule pack, a TOML file; the one that comes with Pulsvagt for want of it
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// A rule pack to compare it with
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Simulate so many citizens, without a database
    #[arg(long, value_name = "CITIZENS", value_parser = clap::value_parser!(u32).range(1..))]
    simulate: u32,
    /// Everything random in the simulation follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many days are looked at
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Days of readings before those, from which baselines are known
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=120))]
    warm_up: u32,
    /// The end, such as 2026-03-01T00:00:00Z
    #[arg(long, default_value = "2026-03-01T00:00:00Z")]
    to: Timestamp,
    /// Everybody is screened every so many hours on the wall clock
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=24))]
    every: u8,
    /// Where the citizens live
    #[arg(long, default_value = "Europe/Copenhagen")]
    zone: String,
    /// An alert counts for an episode from so many days before its onset
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    before: u32,
    /// Write the report to this file, as HTML with its charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Backtest {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        let pack = match &self.pack {
            Some(file) => read(file)?,
            None => Pack::default_pack().clone(),
        };
        let against = self.against.as_deref().map(read).transpose()?;
        let zone = TimeZone::get(&self.zone)
            .map_err(|_| usage(format!("--zone: {} is not an IANA time zone", self.zone)))?;
        let from = self.to.to_zoned(zone.clone()).checked_sub(i64::from(self.days).days());
        let from = from.map_err(|_| usage("--days: so long ago there is no calendar"))?.timestamp();
        let micros = |at: Timestamp| Micros(at.as_microsecond());
        let span = Span::every(self.every, micros(from), micros(self.to), &zone);
        let packs: Vec<&Pack> = std::iter::once(&pack).chain(&against).collect();
        let (watched, source) = tokio::task::block_in_place(|| self.simulated(&packs, &span))?;

        let target = Target { of: "simulated episodes".to_owned(), days_before: self.before };
        let mut reports = packs.iter().zip(&watched).map(|(pack, watched)| {
            backtest::measure(watched, pack, &span, self.every, source.clone(), &target)
        });
        let report = reports.next().context("there is no pack")?;
        let comparison = match (reports.next(), &watched[..]) {
            (Some(other), [a, b]) => {
                Some(backtest::compare((report.clone(), a), (other, b), &span))
            }
            _ => None,
        };
        self.tell(&report, comparison.as_ref())?;
        Ok(0)
    }

    /// Simulates citizens, some at a time, and watches them by each pack.
    fn simulated(
        &self,
        packs: &[&Pack],
        span: &Span,
    ) -> anyhow::Result<(Vec<Vec<Watched>>, Source)> {
        let simulated = Simulated::new(Options {
            seed: self.seed,
            citizens: self.simulate,
            days: self.days + self.warm_up,
            end: self.to,
            zone: span.zone.clone(),
            density: Density::Demo,
        });
        let warm_up = i64::from(self.warm_up) * 86_400_000_000;
        let begin = Micros(span.from.0 - warm_up);
        let bar = output::progress(u64::from(simulated.len()), Unit::Items, "citizens");
        let next = AtomicU32::new(0);
        let done = Mutex::new(Ok((vec![Vec::new(); packs.len()], Tally::default())));
        let work = || {
            loop {
                let first = next.fetch_add(TOGETHER, Ordering::Relaxed);
                if first >= simulated.len() {
                    return;
                }
                let range = first..(first + TOGETHER).min(simulated.len());
                let length = u64::from(range.end - range.start);
                let result = simulated
                    .people(range, begin)
                    .and_then(|(people, tally)| Ok((watch_by_each(people, span, packs)?, tally)));
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                match (&mut *done, result) {
                    (Ok((all, sum)), Ok((watched, tally))) => {
                        all.iter_mut().zip(watched).for_each(|(all, some)| all.extend(some));
                        sum.received += tally.received;
                        sum.duplicate += tally.duplicate;
                        sum.quarantined += tally.quarantined;
                    }
                    (Ok(_), Err(error)) => *done = Err(error),
                    (Err(_), _) => return,
                }
                drop(done);
                bar.inc(length);
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        ProgressBar::finish_and_clear(&bar);
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut watched, tally) = done?;
        for watched in &mut watched {
            watched.sort_by_key(|one| one.index);
        }
        let Tally { received, duplicate, quarantined } = tally;
        let seed = self.seed;
        Ok((watched, Source::Simulated { seed, received, duplicate, quarantined }))
    }

    fn tell(&self, report: &Report, comparison: Option<&Comparison>) -> anyhow::Result<()> {
        if let Some(file) = &self.html {
            std::fs::write(file, backtest::html(report, comparison))
                .with_context(|| format!("cannot write {}", file.display()))?;
            output::note(format!("wrote {}", file.display()));
        }
        match (self.json, comparison) {
            (true, Some(comparison)) => output::json(&json!(comparison)),
            (true, None) => output::json(&json!(report)),
            (false, None) => output::line(backtest::text(report)),
            (false, Some(both)) => {
                output::line(backtest::text(&both.a));
                output::line(backtest::text(&both.b));
                output::line(backtest::overlap_text(both));
            }
        }
        Ok(())
    }
}

fn watch_by_each(
    people: Vec<Person>,
    span: &Span,
    packs: &[&Pack],
) -> Result<Vec<Vec<Watched>>, BacktestError> {
    let policy = Policy::default();
    packs.iter().map(|pack| backtest::watch(people.clone(), span, pack, &policy)).collect()
}

fn read(file: &Path) -> anyhow::Result<Pack> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Pack::parse(&text).map_err(|errors| usage(format!("{}: {errors}", file.display())))
}
