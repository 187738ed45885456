//! Where `fit` and `evaluate` have their rows from, and `pulsvagt rows`.

mod command;
mod stored;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::risk::home::Target;
use pulsvagt_analytics::risk::{Model, Settings, Table, challenge};

use super::usage;
use crate::ids::TenantCode;
use crate::risk;
use crate::risk::home::LeftOut;

pub(super) use command::Rows;
pub(super) use stored::StoredArgs;

#[derive(Debug, Args)]
pub(super) struct RowArgs {
    /// Rows as NDJSON, one citizen as of a moment a line
    #[arg(long, value_name = "FILE", required_unless_present_any = ["challenge", "tenant"])]
    rows: Option<PathBuf>,
    /// Rows of this municipality's citizens instead, by its code
    #[arg(long, value_name = "CODE", conflicts_with_all = ["rows", "challenge"])]
    tenant: Option<TenantCode>,
    #[command(flatten)]
    stored: StoredArgs,
    /// A set of the Challenge 2012 instead: stays.csv and observations.csv or .parquet
    #[arg(long, value_name = "FOLDER", conflicts_with = "rows")]
    challenge: Option<PathBuf>,
    /// A feature to compare with; may be given several times
    #[arg(long = "baseline", value_name = "FEATURE")]
    baselines: Vec<String>,
    /// Draws of citizens that intervals are made from
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    draws: u32,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

/// Rows, and what is known of them.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) table: Table,
    /// What is predicted, of rows of a municipality.
    pub(super) target: Option<Target>,
    /// What there is no row of, of rows of a municipality.
    pub(super) left_out: Option<LeftOut>,
}

impl Made {
    /// Says what there is no row of.
    pub(super) fn tell(&self) {
        if let Some(LeftOut { not_enrolled, in_hospital, censored }) = self.left_out {
            super::output::note(format!(
                "{} rows; no row of {not_enrolled} citizen-days without enrolment, {in_hospital} in \
                 hospital and {censored} of whom the data, the life or the enrolment ended before the \
                 horizon",
                self.table.rows.len()
            ));
        }
    }
}

impl RowArgs {
    /// The rows; `model` is the one that they are for, if there is one already.
    pub(super) async fn table(&self, model: Option<&Model>) -> anyhow::Result<Made> {
        let plain = |table| Made { table, target: None, left_out: None };
        if let Some(code) = &self.tenant {
            return self.stored.table(code, model).await;
        }
        let table = tokio::task::block_in_place(|| match (&self.rows, &self.challenge) {
            (Some(file), _) => Ok(risk::rows(file)?),
            (None, Some(folder)) => Ok(risk::challenge(folder)?),
            (None, None) => Err(usage("--rows, --challenge or --tenant is needed")),
        })?;
        Ok(plain(table))
    }

    /// Whose rows they are, if that is known.
    pub(super) fn of(&self) -> Option<&str> {
        self.tenant.as_ref().map(TenantCode::as_str)
    }

    /// Features beside the obligatory baselines to compare with.
    pub(super) fn baselines(&self) -> Vec<&str> {
        let of_set = self
            .challenge
            .iter()
            .flat_map(|_| [("news2_score")].into_iter().chain(challenge::SCORES));
        self.baselines.iter().map(String::as_str).chain(of_set).collect()
    }

    /// Features that stand in the rows to compare with only.
    pub(super) fn left_out(&self) -> Vec<&'static str> {
        self.challenge.iter().flat_map(|_| challenge::SCORES).collect()
    }

    pub(super) fn settings(&self) -> Settings {
        let draws = usize::try_from(self.draws).unwrap_or(500);
        Settings { draws, seed: self.seed, ..Settings::default() }
    }
}

pub(super) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    super::output::note(format!("wrote {}", file.display()));
    Ok(())
}
