//! `pulsvagt pilot`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::pilot::report::{Input, report};
use serde_json::json;

use super::output;
use super::rows::write;
use crate::risk;

#[derive(Debug, Args)]
pub(super) struct Pilot {
    /// What happened, as JSON: citizens with their events before and after, months, municipalities,
    /// and the five bottom lines
    file: PathBuf,
    /// Write the report to this file, as HTML that prints on two pages
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Pilot {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let input: Input =
            serde_json::from_str(&text).with_context(|| self.file.display().to_string())?;
        let report = tokio::task::block_in_place(|| report(&input));
        if let Some(file) = &self.html {
            write(file, &risk::pilot(&report))?;
        }
        if self.json {
            output::json(&json!(report));
        } else {
            output::line(format!("{:?}", report.decision.verdict));
            for line in report.decision.reasons.iter().chain(&report.warnings) {
                output::line(line);
            }
        }
        Ok(0)
    }
}
