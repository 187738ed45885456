//! A pilot of a municipality's own citizens.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::pilot::report::Input;

use crate::audit::Purpose;
use crate::cli::citizen::{By, open};
use crate::cli::cohort::read;
use crate::cli::output::{self, Unit};
use crate::cli::site::SiteArgs;
use crate::cli::{LOG, usage};
use crate::clock::Clock;
use crate::cohorts::{Asked, CohortError, answer, release};
use crate::ids::TenantCode;
use crate::risk::trial::{self, Setup, TrialError};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

/// A pilot from the store.
#[derive(Debug, Args)]
#[command(next_help_heading = "A pilot from the store (--tenant)")]
pub(super) struct StoredArgs {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE", requires_all = ["cohort", "setup"])]
    pub(super) tenant: Option<TenantCode>,
    /// Who had the pilot, and the comparison group: the definition of a cohort. The index day is the
    /// start
    #[arg(long, value_name = "FILE", requires = "tenant")]
    cohort: Option<PathBuf>,
    /// What was agreed, and what the store does not know, as TOML
    #[arg(long, value_name = "FILE", requires = "tenant")]
    setup: Option<PathBuf>,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations
    #[arg(long, value_name = "CODE", default_value = "HQUALIMP")]
    #[arg(value_parser = ["HQUALIMP", "HRESCH", "PUBHLTH", "HOPERAT"])]
    purpose: String,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    site: SiteArgs,
}

impl StoredArgs {
    pub(super) async fn input(&self, tenant: &TenantCode) -> anyhow::Result<Input> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let file = self.setup.as_deref().context("--setup is missing")?;
        let setup = setup(file)?;
        let site = self.site.open().await?;
        let input = match open(&site, tenant).await {
            Ok(store) => {
                let input = self.of(&store, &setup).await;
                store.close().await;
                input
            }
            Err(error) => Err(error),
        };
        site.close().await?;
        input
    }

    async fn of(&self, store: &Store, setup: &Setup) -> anyhow::Result<Input> {
        let definition = read(self.cohort.as_deref().context("--cohort is missing")?)?;
        let now = Clock::system().now();
        let today = now.to_jiff().to_zoned(store.zone().clone()).date();
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "citizens");
        let answer =
            answer(store, &definition, today, &self.purpose, now, |seen| bar.inc(seen)).await;
        bar.finish_and_clear();
        let answer = answer.map_err(|error| match error {
            CohortError::Run(error) => usage(error.to_string()),
            // By itself, so that its exit code is found.
            CohortError::Store(error) => error.into(),
            error => error.into(),
        })?;
        let by = self.by.name();
        let purpose = Purpose::from_code(&self.purpose).context("--purpose is none")?;
        let (actor, reason) = (by.as_str(), setup.title.as_str());
        let asked = Asked { actor, role: "operator", purpose, reason, least: 5 };
        let release = release(store, &definition, &answer, today, &asked, now).await?;
        let told = |error: TrialError| match error {
            TrialError::Store(error) => anyhow::Error::from(error),
            error => usage(error.to_string()),
        };
        trial::may_tell(&definition, &release).map_err(told)?;
        let (members, ageless) = trial::members(store, setup, &answer, now).await.map_err(told)?;
        if ageless > 0 {
            output::note(format!("{ageless} members without a known age are left out"));
        }
        trial::input(store, setup, &members).await.map_err(told)
    }
}

fn setup(file: &Path) -> anyhow::Result<Setup> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).map_err(|error| usage(format!("{}: {error}", file.display())))
}
