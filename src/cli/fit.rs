//! `pulsvagt fit`

use std::path::PathBuf;

use clap::Args;
use pulsvagt_analytics::risk::card::{Request, build};
use pulsvagt_analytics::risk::{Penalty, Split, Table};
use serde_json::json;

use super::rows::{About, RowArgs, write};
use super::{output, usage};
use crate::risk;

#[derive(Debug, Args)]
pub(super) struct Fit {
    #[command(flatten)]
    rows: RowArgs,
    /// What the model is called
    #[arg(long)]
    name: String,
    /// The probability of what, within what time; said by --tenant itself
    #[arg(long, required_unless_present = "tenant")]
    outcome: Option<String>,
    /// Write the model to this file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the model card to this file, as HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the model card as JSON
    #[arg(long)]
    json: bool,
    /// How much weights are held back; the best of several is taken
    #[arg(long, value_delimiter = ',', default_values_t = [0.003, 0.01, 0.03, 0.1])]
    lambda: Vec<f64>,
    /// Of the penalty, which share is lasso; the rest is ridge
    #[arg(long, default_value_t = 0.0)]
    alpha: f64,
    /// A feature of the rows that is not to be in the model; may be given several times
    #[arg(long, value_name = "FEATURE")]
    leave_out: Vec<String>,
    /// Validate in so many parts, citizen by citizen
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(2..=50))]
    folds: u8,
    /// Validate on rows from this period on instead, fitted on those before it
    #[arg(long, value_name = "PERIOD", conflicts_with = "by_municipality")]
    from_period: Option<i64>,
    /// With --from-period: how many periods the outcome was waited for; with --tenant its days
    #[arg(long, value_name = "PERIODS")]
    horizon: Option<i64>,
    /// Validate on each municipality, fitted on all others, instead
    #[arg(long)]
    by_municipality: bool,
}

impl Fit {
    pub(super) async fn run(&self) -> anyhow::Result<u8> {
        let made = self.rows.table(None).await?;
        made.tell();
        let (table, about) = (&made.table, made.about.as_ref());
        let target = about.and_then(About::target);
        let seed = self.rows.seed;
        let split = match (self.from_period, self.horizon) {
            (Some(from), Some(horizon)) => Split::Temporal { from, horizon },
            (Some(from), None) => {
                let span = target.map(|target| i64::from(target.span()));
                let horizon = span.ok_or_else(|| usage("--from-period needs --horizon"))?;
                Split::Temporal { from, horizon }
            }
            _ if self.by_municipality => Split::Municipality,
            _ => Split::Folds { count: usize::from(self.folds), seed },
        };
        let unknown = self.leave_out.iter().find(|name| !table.features.contains(name));
        if let Some(name) = unknown {
            return Err(usage(format!("--leave-out: the rows have no {name}")));
        }
        let of_lambda = |lambda: &f64| Penalty { lambda: *lambda, alpha: self.alpha };
        let penalties: Vec<Penalty> = self.lambda.iter().map(of_lambda).collect();
        let nowhere = if about.is_some() { nowhere(table) } else { Vec::new() };
        if !nowhere.is_empty() {
            output::note(format!("left out, for nobody has them: {}", nowhere.join(", ")));
        }
        let left_out: Vec<&str> = self
            .leave_out
            .iter()
            .map(String::as_str)
            .chain(self.rows.left_out())
            .chain(nowhere.iter().copied())
            .collect();
        let said = about.map(About::text);
        let outcome = self.outcome.as_deref().or(said.as_deref());
        let outcome = outcome.ok_or_else(|| usage("--outcome is needed"))?;
        let baselines: Vec<(&str, &str)> =
            self.rows.baselines().into_iter().map(|name| (name, name)).collect();
        let settings = self.rows.settings();
        let request = Request {
            name: &self.name,
            outcome,
            target,
            stays: about.and_then(About::setup),
            penalties: &penalties,
            split,
            left_out: &left_out,
            baselines: &baselines,
            settings: &settings,
        };
        let (model, card) = tokio::task::block_in_place(|| build(table, &request))?;
        write(&self.out, &model.to_json()?)?;
        self.rows.keep(table, &card.predictions)?;
        if let Some(file) = &self.html {
            write(file, &risk::card(&card))?;
        }
        if self.json {
            output::json(&json!(card));
        } else {
            output::line(format!("model {}", model.hash));
            output::line(risk::summary(&card.assessment).trim_end());
        }
        Ok(0)
    }
}

/// The features that are missing in every row. A fit refuses them; of a municipality they are what
/// nobody measures there.
fn nowhere(table: &Table) -> Vec<&str> {
    let is_missing = |at: usize| table.rows.iter().all(|row| row.values[at].is_none());
    let all = table.features.iter().enumerate();
    all.filter(|(at, _)| is_missing(*at)).map(|(_, name)| name.as_str()).collect()
}
