//! Rows of a municipality's citizens.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::{ToSpan, civil};
use pulsvagt_analytics::risk::card::OBLIGATORY;
use pulsvagt_analytics::risk::home::{Event, FEATURES, Features, Target};
use pulsvagt_analytics::risk::stays::Setup;
use pulsvagt_analytics::risk::{Model, Table};

use super::{About, LeftOut, Made};
use crate::audit::Purpose;
use crate::cli::citizen::{By, open};
use crate::cli::output::{self, Unit};
use crate::cli::site::SiteArgs;
use crate::cli::{LOG, usage};
use crate::clock::{Clock, Micros};
use crate::ids::TenantCode;
use crate::risk::home::{self, HomeError};
use crate::risk::stays::{self, StaysError};
use crate::screening::Knowing;
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EventArg {
    Admission,
    Death,
}

/// Rows of a store. They are about citizens and must not leave the machine by themselves.
#[derive(Debug)]
pub(in crate::cli) struct Stored {
    pub(in crate::cli) table: Table,
    /// What tells citizens apart in a file of the rows, row by row.
    pub(in crate::cli) citizens: Vec<String>,
    pub(in crate::cli) about: About,
    pub(in crate::cli) left_out: LeftOut,
}

impl From<Stored> for Made {
    fn from(Stored { table, about, left_out, .. }: Stored) -> Self {
        Self { table, about: Some(about), left_out: Some(left_out) }
    }
}

/// Which rows of a municipality.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows of a municipality (--tenant)")]
pub(in crate::cli) struct StoredArgs {
    /// The first index day; a year and the horizon before the last for want of it. With --setup: stays
    /// that began on that day or later; all for want of it
    #[arg(long, value_name = "DATE")]
    from: Option<civil::Date>,
    /// The last index day at the latest; the horizon before today for want of it. With --setup: stays
    /// that began on that day or earlier
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
    /// Stays in hospital instead of citizens at home: what is looked at and predicted, as a TOML file; a
    /// model that is evaluated says so itself
    #[arg(long, value_name = "FILE", conflicts_with_all = ["every", "event", "within", "features"])]
    setup: Option<PathBuf>,
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
        self.rows(code, model).await.map(Made::from)
    }

    pub(super) async fn rows(
        &self,
        code: &TenantCode,
        model: Option<&Model>,
    ) -> anyhow::Result<Stored> {
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
    ) -> anyhow::Result<Stored> {
        if let Some(setup) = self.setup(model)? {
            return self.of_stays(store, setup).await;
        }
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
        let home::Rows { table, citizens, left_out } = self.of(store, &features, target).await?;
        let (about, left_out) = (About::Home(target), LeftOut::Home(left_out));
        Ok(Stored { table, citizens, about, left_out })
    }

    /// What is looked at of stays, if it is stays that are looked at.
    fn setup(&self, model: Option<&Model>) -> anyhow::Result<Option<Setup>> {
        let file = match (model, &self.setup) {
            (Some(model), _) => return Ok(model.stays.clone()),
            (None, None) => return Ok(None),
            (None, Some(file)) => file,
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let setup = toml::from_str(&text);
        setup.map(Some).map_err(|error| usage(format!("{}: {error}", file.display())))
    }

    async fn of_stays(&self, store: &Store, setup: Setup) -> anyhow::Result<Stored> {
        let now = Clock::system().now();
        let (first, last, knowing) = (self.from, self.until, self.knowing());
        let purpose = self.purpose()?;
        let wanted = stays::Wanted { setup: &setup, first, last, knowing, as_of: now, purpose };
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "citizens");
        let rows = stays::rows(store, &wanted, |seen| bar.inc(seen)).await;
        bar.finish_and_clear();
        let stays::Rows { table, citizens, left_out } = rows.map_err(|error| match error {
            StaysError::Home(HomeError::Store(error)) => error.into(),
            StaysError::Home(error) => anyhow::Error::from(error),
            error => usage(error.to_string()),
        })?;
        self.record(store, &table, now).await?;
        Ok(Stored {
            table,
            citizens,
            about: About::Stays(setup),
            left_out: LeftOut::Stays(left_out),
        })
    }

    fn knowing(&self) -> Knowing {
        if self.received_when_taken { Knowing::Taken } else { Knowing::Received }
    }

    /// Notes that the rows were made, and what for.
    async fn record(&self, store: &Store, table: &Table, now: Micros) -> anyhow::Result<()> {
        home::record(store, &self.by.name(), self.purpose()?, table, now).await?;
        Ok(())
    }

    fn purpose(&self) -> anyhow::Result<Purpose> {
        Purpose::from_code(&self.purpose).context("--purpose is none")
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
        let knowing = self.knowing();
        let (every, purpose) = (self.every, self.purpose()?);
        let wanted =
            home::Wanted { features, target, first, last, every, knowing, as_of: now, purpose };
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "citizens");
        let rows = home::rows(store, &wanted, |seen| bar.inc(seen)).await;
        bar.finish_and_clear();
        let rows = rows.map_err(|error| match error {
            // By itself, so that its exit code is found.
            HomeError::Store(error) => error.into(),
            HomeError::Days(text) => usage(text),
            error @ HomeError::Feature(_) => anyhow::Error::from(error),
        })?;
        self.record(store, &rows.table, now).await?;
        Ok(rows)
    }
}
