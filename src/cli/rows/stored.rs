//! Rows of a municipality's citizens.

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::{ToSpan, civil};
use pulsvagt_analytics::risk::Model;
use pulsvagt_analytics::risk::card::OBLIGATORY;
use pulsvagt_analytics::risk::home::{Event, FEATURES, Features, Target};

use super::Made;
use crate::audit::Purpose;
use crate::cli::citizen::{By, open};
use crate::cli::output::{self, Unit};
use crate::cli::site::SiteArgs;
use crate::cli::{LOG, usage};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::risk::home::{self, HomeError, Wanted};
use crate::screening::Knowing;
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EventArg {
    Admission,
    Death,
}

/// Which rows of a municipality.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows of a municipality (--tenant)")]
pub(in crate::cli) struct StoredArgs {
    /// The first index day; a year and the horizon before the last for want of it
    #[arg(long, value_name = "DATE")]
    from: Option<civil::Date>,
    /// The last index day at the latest; the horizon before today for want of it
    #[arg(long, value_name = "DATE")]
    until: Option<civil::Date>,
    /// Days from one index day to the next
    #[arg(long, value_name = "DAYS", default_value_t = 28)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=366))]
    every: u32,
    /// What is predicted; a model that is evaluated says so itself
    #[arg(long, default_value = "admission")]
    event: EventArg,
    /// Within how many days, the index day being the first; a model that is evaluated says so itself
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=3_660))]
    within: u32,
    /// A feature to look at instead of the usual ones; may be given several times
    #[arg(long = "feature", value_name = "FEATURE")]
    features: Vec<String>,
    /// For histories that were imported in one go: take every reading and stay for known when it
    /// happened, and everybody for enrolled from the first reading on
    #[arg(long)]
    received_when_taken: bool,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations
    #[arg(long, value_name = "CODE", default_value = "HQUALIMP")]
    #[arg(value_parser = ["HQUALIMP", "HRESCH", "PUBHLTH", "HOPERAT"])]
    purpose: String,
    #[command(flatten)]
    pub(in crate::cli) by: By,
    #[command(flatten)]
    pub(in crate::cli) site: SiteArgs,
}

impl StoredArgs {
    /// The rows for a model, or for one that is to be fitted.
    pub(super) async fn table(
        &self,
        code: &TenantCode,
        model: Option<&Model>,
    ) -> anyhow::Result<Made> {
        let (rows, target) = self.rows(code, model).await?;
        Ok(Made { table: rows.table, target: Some(target), left_out: Some(rows.left_out) })
    }

    pub(super) async fn rows(
        &self,
        code: &TenantCode,
        model: Option<&Model>,
    ) -> anyhow::Result<(home::Rows, Target)> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = self.site.open().await?;
        let rows = match open(&site, code).await {
            Ok(store) => {
                let rows = self.of_store(&store, model).await;
                store.close().await;
                rows
            }
            Err(error) => Err(error),
        };
        site.close().await?;
        rows
    }

    /// The rows of a store that is open.
    pub(in crate::cli) async fn of_store(
        &self,
        store: &Store,
        model: Option<&Model>,
    ) -> anyhow::Result<(home::Rows, Target)> {
        let target = match model {
            None => Target {
                event: match self.event {
                    EventArg::Admission => Event::Admission,
                    EventArg::Death => Event::Death,
                },
                days: self.within,
            },
            Some(model) => model.target.ok_or_else(|| {
                usage("the model does not say what it predicts; fit it on rows of a municipality")
            })?,
        };
        let features = self.features(model)?;
        let rows = self.of(store, &features, target).await;
        Ok((rows?, target))
    }

    /// What is looked at, by name in order, so that the same rows have the same hash however they were
    /// asked for.
    fn features(&self, model: Option<&Model>) -> anyhow::Result<Features> {
        let mut names: Vec<&str> = match model {
            Some(model) => {
                let terms = model.terms.iter().map(|term| term.feature.as_str());
                let constant = model.constant.iter().map(String::as_str);
                terms.chain(constant).chain(OBLIGATORY.map(|(_, feature)| feature)).collect()
            }
            None if self.features.is_empty() => FEATURES.to_vec(),
            None => self.features.iter().map(String::as_str).collect(),
        };
        names.sort_unstable();
        names.dedup();
        Features::new(names).map_err(|error| usage(error.to_string()))
    }

    async fn of(
        &self,
        store: &Store,
        features: &Features,
        target: Target,
    ) -> anyhow::Result<home::Rows> {
        let now = Clock::system().now();
        let today = now.to_jiff().to_zoned(store.zone().clone()).date();
        let back = |from: civil::Date, days: u32| {
            from.checked_sub(i64::from(days).days())
                .map_err(|_| usage("so long ago there is no calendar"))
        };
        let last = self.until.map_or_else(|| back(today, target.days), Ok)?;
        let first = self.from.map_or_else(|| back(last, 365), Ok)?;
        let knowing = if self.received_when_taken { Knowing::Taken } else { Knowing::Received };
        let wanted =
            Wanted { features, target, first, last, every: self.every, knowing, as_of: now };
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "citizens");
        let rows = home::rows(store, &wanted, |seen| bar.inc(seen)).await;
        bar.finish_and_clear();
        let rows = rows.map_err(|error| match error {
            // By itself, so that its exit code is found.
            HomeError::Store(error) => error.into(),
            HomeError::Days(text) => usage(text),
            error @ HomeError::Feature(_) => anyhow::Error::from(error),
        })?;
        let purpose = Purpose::from_code(&self.purpose).context("--purpose is none")?;
        home::record(store, &self.by.name(), purpose, &rows, now).await?;
        Ok(rows)
    }
}
