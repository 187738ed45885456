//! `pulsvagt pilot`

mod stored;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::pilot::report::{Input, report};

use super::rows::write;
use super::{output, usage};
use crate::risk;
use stored::StoredArgs;

#[derive(Debug, Args)]
pub(super) struct Pilot {
    /// What happened, as JSON: citizens with their events before and after, months, municipalities,
    /// and the five bottom lines
    #[arg(required_unless_present = "tenant", conflicts_with = "tenant")]
    file: Option<PathBuf>,
    #[command(flatten)]
    stored: StoredArgs,
    /// Write the report to this file, as HTML that prints on two pages
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Pilot {
    pub(super) async fn run(&self) -> anyhow::Result<u8> {
        let input = match (&self.stored.tenant, &self.file) {
            (Some(tenant), _) => self.stored.input(tenant).await?,
            (None, Some(file)) => read(file)?,
            (None, None) => return Err(usage("a file or --tenant is needed")),
        };
        let report = tokio::task::block_in_place(|| report(&input));
        if let Some(file) = &self.html {
            write(file, &risk::pilot(&report))?;
        }
        if self.json {
            output::json(&risk::pilot_json(&report)?);
        } else {
            output::line(format!("{:?}", report.decision.verdict));
            for line in report.decision.reasons.iter().chain(&report.warnings) {
                output::line(line);
            }
        }
        Ok(0)
    }
}

fn read(file: &Path) -> anyhow::Result<Input> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}
