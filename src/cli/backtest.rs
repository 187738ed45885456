//! `pulsvagt backtest`

mod simulated;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pulsvagt_analytics::Pack;
use serde_json::json;

use super::output;
use super::site::SiteArgs;
use super::usage;
use crate::backtest::{
    self, BacktestError, Comparison, Person, Report, Source, Span, Target, Watched,
};
use crate::clock::{Clock, Micros};
use crate::ids::TenantCode;
use crate::triage::Policy;

/// Where a simulation ends for want of `--to`, so that the same command gives the same report.
const END: &str = "2026-03-01T00:00:00Z";

#[derive(Debug, Args)]
pub(super) struct Backtest {
    /// The rule pack, a TOML file; for want of it the municipality's, or the one of Pulsvagt
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// A rule pack to compare it with
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE", required_unless_present = "simulate")]
    tenant: Option<TenantCode>,
    /// Simulate so many citizens instead, without a database
    #[arg(long, value_name = "CITIZENS", value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(conflicts_with_all = ["tenant", "config", "data"])]
    simulate: Option<u32>,
    /// Everything random in the simulation follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the simulated citizens live
    #[arg(long, default_value = "Europe/Copenhagen")]
    zone: String,
    /// From when on alerts are counted, such as 2026-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "days")]
    from: Option<Timestamp>,
    /// For want of --from: how many days are looked at
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Until when; now for want of it, and 2026-03-01T00:00:00Z in a simulation
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Days before --from whose readings are known, so that there are baselines
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=366))]
    warm_up: u32,
    /// Everybody is screened every so many hours on the wall clock
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=24))]
    every: u8,
    /// An alert counts for an episode from so many days before it; 14 before an admission, 0 before
    /// a simulated episode for want of it
    #[arg(long, value_name = "DAYS")]
    before: Option<u32>,
    /// For histories that were imported in one go: take every reading for received when it was
    /// taken
    #[arg(long, conflicts_with = "simulate")]
    received_when_taken: bool,
    /// Write the report to this file, as HTML with its charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

/// What was watched, by each pack.
struct Seen {
    packs: Vec<Pack>,
    watched: Vec<Vec<Watched>>,
    span: Span,
    source: Source,
    target: Target,
}

impl Backtest {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        let seen = match self.simulate {
            Some(citizens) => tokio::task::block_in_place(|| self.simulated(citizens))?,
            None => self.stored().await?,
        };
        let Seen { packs, watched, span, source, target } = seen;
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

    /// The pack that was named, or `other`, and the one it is compared with.
    fn packs(&self, other: impl FnOnce() -> Pack) -> anyhow::Result<Vec<Pack>> {
        let first = self.pack.as_deref().map(read).transpose()?.unwrap_or_else(other);
        let against = self.against.as_deref().map(read).transpose()?;
        Ok(std::iter::once(first).chain(against).collect())
    }

    /// When is looked, and from when on readings are known.
    fn span(&self, zone: &TimeZone, end: Timestamp) -> anyhow::Result<(Span, Micros)> {
        let to = self.to.unwrap_or(end);
        let before = |at: Timestamp, days: u32, name: &str| {
            let then = at.to_zoned(zone.clone()).checked_sub(i64::from(days).days());
            let then = then.map_err(|_| usage(format!("{name}: so long ago there is no calendar")));
            then.map(|then| then.timestamp())
        };
        let from = match self.from {
            Some(from) => from,
            None => before(to, self.days, "--days")?,
        };
        if from >= to {
            return Err(usage("--from is not before --to"));
        }
        let begin = before(from, self.warm_up, "--warm-up")?;
        let micros = |at: Timestamp| Micros(at.as_microsecond());
        Ok((Span::every(self.every, micros(from), micros(to), zone), micros(begin)))
    }

    fn now() -> Timestamp {
        Clock::system().now().to_jiff()
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
            (false, None) => output::line(backtest::text(report).trim_end()),
            (false, Some(both)) => {
                output::line(backtest::text(&both.a));
                output::line(backtest::text(&both.b));
                output::line(backtest::overlap_text(both));
            }
        }
        Ok(())
    }
}

/// Watches the same people by each pack.
fn watch_by_each(
    people: Vec<Person>,
    span: &Span,
    packs: &[Pack],
    policy: &Policy,
) -> Result<Vec<Vec<Watched>>, BacktestError> {
    match packs {
        [pack] => Ok(vec![backtest::watch(people, span, pack, policy)?]),
        packs => {
            packs.iter().map(|pack| backtest::watch(people.clone(), span, pack, policy)).collect()
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Pack> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Pack::parse(&text).map_err(|errors| usage(format!("{}: {errors}", file.display())))
}
