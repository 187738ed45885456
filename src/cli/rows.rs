//! Where `fit` and `evaluate` have their rows from.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::risk::{Settings, Table, challenge};

use super::usage;
use crate::risk;

#[derive(Debug, Args)]
pub(super) struct RowArgs {
    /// Rows as NDJSON, one citizen as of a moment a line
    #[arg(long, value_name = "FILE", required_unless_present = "challenge")]
    rows: Option<PathBuf>,
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

impl RowArgs {
    pub(super) fn table(&self) -> anyhow::Result<Table> {
        let table = match (&self.rows, &self.challenge) {
            (Some(file), _) => risk::rows(file)?,
            (None, Some(folder)) => risk::challenge(folder)?,
            (None, None) => return Err(usage("--rows or --challenge is needed")),
        };
        Ok(table)
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
