//! Where `fit` and `evaluate` have their rows from, and `pulsvagt rows`.

mod command;
mod stored;

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::risk::home::Target;
use pulsvagt_analytics::risk::stays::Setup;
use pulsvagt_analytics::risk::{Model, Settings, Table, challenge};
use serde::Serialize;

use super::usage;
use crate::ids::TenantCode;
use crate::risk;
use crate::risk::{home, stays};

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
    /// Write the probability of each row to this file, as NDJSON; a file that is there already is left
    /// alone. They are about citizens, and must not leave the municipality by themselves
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

/// What rows of a municipality are about, and so what is predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum About {
    /// Citizens at home.
    Home(Target),
    /// Stays in hospital.
    Stays(Setup),
}

impl About {
    /// What is predicted, in words.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Home(target) => target.text(),
            Self::Stays(setup) => setup.text(),
        }
    }

    pub(super) fn target(&self) -> Option<Target> {
        match self {
            Self::Home(target) => Some(*target),
            Self::Stays(_) => None,
        }
    }

    pub(super) fn setup(&self) -> Option<&Setup> {
        match self {
            Self::Home(_) => None,
            Self::Stays(setup) => Some(setup),
        }
    }
}

/// What there is no row of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum LeftOut {
    Home(home::LeftOut),
    Stays(stays::LeftOut),
}

impl LeftOut {
    fn text(self) -> String {
        match self {
            Self::Home(home::LeftOut { not_enrolled, in_hospital, censored }) => format!(
                "no row of {not_enrolled} citizen-days without enrolment, {in_hospital} in hospital \
                 and {censored} of whom the data, the life or the enrolment ended before the horizon"
            ),
            Self::Stays(stays::LeftOut { ended, unfinished }) => format!(
                "no row of {ended} stays that ended before their moment and {unfinished} of which it \
                 is not known how they end"
            ),
        }
    }
}

/// Rows, and what is known of them.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) table: Table,
    /// What rows of a municipality are about.
    pub(super) about: Option<About>,
    /// What there is no row of, of rows of a municipality.
    pub(super) left_out: Option<LeftOut>,
}

impl Made {
    /// Says what there is no row of.
    pub(super) fn tell(&self) {
        if let Some(left_out) = self.left_out {
            let text = left_out.text();
            super::output::note(format!("{} rows; {text}", self.table.rows.len()));
        }
    }
}

impl RowArgs {
    /// The rows; `model` is the one that they are for, if there is one already.
    pub(super) async fn table(&self, model: Option<&Model>) -> anyhow::Result<Made> {
        let plain = |table| Made { table, about: None, left_out: None };
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

    /// Writes the probabilities, if that is asked for.
    pub(super) fn keep(&self, table: &Table, predictions: &[(usize, f64)]) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct Line {
            citizen: String,
            case: bool,
            probability: f64,
        }
        let Some(file) = &self.predictions else { return Ok(()) };
        let mut text = String::new();
        for (at, probability) in predictions {
            let row = &table.rows[*at];
            let citizen = format!("{:016x}", row.cluster);
            let line = Line { citizen, case: row.case, probability: *probability };
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        write_own(file, &text)
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

/// Writes what is about citizens: for the owner's eyes only, and never over another file.
fn write_own(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut open = OpenOptions::new();
    let mut open = open
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    open.write_all(text.as_bytes())?;
    open.sync_all()?;
    Ok(())
}
