//! `pulsvagt evaluate`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::risk::{Model, card};
use serde_json::json;

use super::rows::{RowArgs, write};
use super::{output, usage};
use crate::risk;

#[derive(Debug, Args)]
pub(super) struct Evaluate {
    #[command(flatten)]
    rows: RowArgs,
    /// The model, as pulsvagt fit wrote it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Whose rows these are, such as the code of the municipality; said by --tenant itself
    #[arg(
        long,
        value_name = "CODE",
        required_unless_present = "tenant",
        conflicts_with = "tenant"
    )]
    of: Option<String>,
    /// Write the evaluation to this file, as HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the evaluation as JSON
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub(super) async fn run(&self) -> anyhow::Result<u8> {
        let text = std::fs::read_to_string(&self.model)
            .with_context(|| format!("cannot read {}", self.model.display()))?;
        let model = Model::parse(&text).with_context(|| self.model.display().to_string())?;
        let made = self.rows.table(Some(&model)).await?;
        made.tell();
        let of = self.of.as_deref().or_else(|| self.rows.of());
        let of = of.ok_or_else(|| usage("--of is needed"))?;
        let baselines: Vec<(&str, &str)> =
            self.rows.baselines().into_iter().map(|name| (name, name)).collect();
        let settings = self.rows.settings();
        let evaluation = tokio::task::block_in_place(|| {
            card::evaluate(&model, &made.table, of, &baselines, &settings)
        })?;
        self.rows.keep(&made.table, &evaluation.predictions)?;
        if let Some(file) = &self.html {
            write(file, &risk::evaluation(&evaluation))?;
        }
        if self.json {
            output::json(&json!(evaluation));
        } else {
            output::line(format!("model {}, evaluation {}", evaluation.model, evaluation.hash));
            output::line(risk::summary(&evaluation.assessment).trim_end());
        }
        Ok(0)
    }
}
