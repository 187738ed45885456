//! `pulsvagt model`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::{SpanRelativeTo, ToSpan};
use pulsvagt_analytics::risk::{Evaluation, Model as RiskModel, Settings, card};
use serde_json::json;

use super::citizen::{By, open};
use super::rows::{StoredArgs, write};
use super::site::{Site, SiteArgs};
use super::{LOG, output, usage};
use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::ids::TenantCode;
use crate::risk;
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Model {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a model that pulsvagt fit wrote. It does not score.
    Add(Add),
    /// List models, what they were found to be worth, and who answers for them.
    List(List),
    /// Evaluate a model unchanged on this municipality's citizens, and keep what came out.
    Evaluate(Evaluate),
    /// Let a model score, on a named person's word that rests on its newest evaluation.
    Approve(Approve),
    /// Take a model out of use.
    Retire(Retire),
}

#[derive(Debug, Args)]
struct Where {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    #[command(flatten)]
    by: By,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Add {
    /// The model, as pulsvagt fit --tenant wrote it
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
struct List {
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
struct Evaluate {
    /// The model, by its hash or how that begins
    model: String,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// Write the evaluation to this file, as HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Draws of citizens that intervals are made from
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    draws: u32,
    /// Print the evaluation as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rows: StoredArgs,
}

#[derive(Debug, Args)]
struct Approve {
    /// The model, by its hash or how that begins
    model: String,
    /// Who answers for it: a person, not a role
    #[arg(long, value_name = "NAME")]
    approved_by: String,
    /// For how many days
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=731))]
    days: u32,
    #[command(flatten)]
    place: Where,
}

#[derive(Debug, Args)]
struct Retire {
    /// The model, by its hash or how that begins
    model: String,
    #[command(flatten)]
    place: Where,
}

impl Model {
    pub(super) async fn run(&self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let (site, tenant) = match &self.command {
            Command::Add(it) => (&it.place.site, &it.place.tenant),
            Command::List(it) => (&it.place.site, &it.place.tenant),
            Command::Evaluate(it) => (&it.rows.site, &it.tenant),
            Command::Approve(it) => (&it.place.site, &it.place.tenant),
            Command::Retire(it) => (&it.place.site, &it.place.tenant),
        };
        let site = site.open().await?;
        let result = self.with(&site, tenant).await;
        site.close().await?;
        result.map(|()| 0)
    }

    async fn with(&self, site: &Site, tenant: &TenantCode) -> anyhow::Result<()> {
        let store = open(site, tenant).await?;
        let result = match &self.command {
            Command::Add(it) => it.run(&store).await,
            Command::List(it) => it.run(&store).await,
            Command::Evaluate(it) => it.run(&store).await,
            Command::Approve(it) => it.run(&store).await,
            Command::Retire(it) => it.run(&store).await,
        };
        store.close().await;
        result
    }
}

/// What is kept of a deed.
fn entry(by: &By, deed: &str, model: &str, now: Micros) -> Block {
    Block::of(Entry::of_actor(&by.name(), "operator", deed, now).with("RiskModel", model, 0))
}

async fn find(store: &Store, hash: &str) -> anyhow::Result<RiskModel> {
    let all = store.risk_models().await?.into_iter().map(|it| it.model);
    let mut found: Vec<RiskModel> = all.filter(|model| model.hash.starts_with(hash)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(model), true) => Ok(model),
        (Some(_), false) => Err(usage("several models begin so; give more of the hash")),
        (None, _) => Err(usage("there is no such model; see pulsvagt model list")),
    }
}

fn read(file: &Path) -> anyhow::Result<RiskModel> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let model = RiskModel::parse(&text).with_context(|| file.display().to_string())?;
    if model.target.is_none() {
        return Err(usage(
            "the model does not say what it predicts; fit it on rows of a municipality (--tenant)",
        ));
    }
    Ok(model)
}

impl Add {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let (model, now) = (read(&self.file)?, Clock::system().now());
        let mut tx = store.begin().await?;
        let is_new = store.add_risk_model_in(&mut tx, &model, &self.place.by.name(), now).await?;
        tx.commit(&entry(&self.place.by, "add-risk-model", &model.hash, now)).await?;
        let told = if is_new { "added" } else { "it is there already:" };
        output::line(format!("{told} {} {}", model.name, model.hash));
        Ok(())
    }
}

impl List {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let approvals = store.risk_approvals().await?;
        let mut told = Vec::new();
        let mut rows = vec![
            ["model", "name", "outcome", "evaluated", "approved by", "until", "newest night"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for stored in store.risk_models().await? {
            let model = &stored.model;
            let evaluations = store.risk_evaluations(&model.hash).await?;
            let approval = approvals.iter().find(|it| it.approval.model == model.hash);
            let night = store.risk_night(&model.hash).await?;
            let evaluated = evaluations.first().map(|it| it.at.to_string());
            let by = approval.map(|it| it.approval.approved_by.clone());
            let until = approval.map(|it| Micros(it.approval.until).to_string());
            let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
            let newest = night.as_ref().map(|night| format!("{} scored", night.scored));
            rows.push(vec![
                model.hash.chars().take(12).collect(),
                model.name.clone(),
                model.outcome.clone(),
                dash(&evaluated),
                dash(&by),
                dash(&until),
                dash(&newest),
            ]);
            told.push(json!({"hash": model.hash, "name": model.name, "outcome": model.outcome,
                "added": stored.added.to_string(), "addedBy": stored.added_by,
                "evaluated": evaluated, "approvedBy": by, "until": until,
                "night": night.map(|night| json!({"day": night.day, "scored": night.scored}))}));
        }
        if self.json {
            output::json(&json!({ "models": told }));
        } else {
            output::table(&rows);
        }
        Ok(())
    }
}

impl Evaluate {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let model = find(store, &self.model).await?;
        let rows = self.rows.of_store(store, Some(&model)).await?;
        let settings =
            Settings { draws: usize::try_from(self.draws).unwrap_or(500), ..Settings::default() };
        let told: Evaluation = tokio::task::block_in_place(|| {
            card::evaluate(&model, &rows.table, store.code().as_str(), &[], &settings)
        })?;
        let now = Clock::system().now();
        let mut tx = store.begin().await?;
        let by = &self.rows.by;
        store.put_risk_evaluation_in(&mut tx, &told, &by.name(), now).await?;
        tx.commit(&entry(by, "evaluate-risk-model", &model.hash, now)).await?;
        if let Some(file) = &self.html {
            write(file, &risk::evaluation(&told))?;
        }
        if self.json {
            output::json(&json!(told));
        } else {
            output::line(format!("model {}, evaluation {}", told.model, told.hash));
            output::line(risk::summary(&told.assessment).trim_end());
        }
        Ok(())
    }
}

impl Approve {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let model = find(store, &self.model).await?;
        if self.approved_by.trim().is_empty() {
            return Err(usage("--approved-by names nobody"));
        }
        let evaluations = store.risk_evaluations(&model.hash).await?;
        let evaluation = evaluations.first().ok_or_else(|| {
            usage(
                "the model was not evaluated on this municipality's citizens; \
                 run pulsvagt model evaluate first",
            )
        })?;
        let now = Clock::system().now();
        let days = i64::from(self.days).days();
        let span = days.to_duration(SpanRelativeTo::days_are_24_hours())?;
        let until = Micros(now.to_jiff().checked_add(span)?.as_microsecond());
        let by = self.place.by.name();
        let mut tx = store.begin().await?;
        let who = (self.approved_by.trim(), by.as_str());
        store.approve_risk_model_in(&mut tx, evaluation, who, until, now).await?;
        tx.commit(&entry(&self.place.by, "approve-risk-model", &model.hash, now)).await?;
        output::line(format!(
            "{} scores from the next night on, until {until}; {} answers for it",
            model.name, who.0
        ));
        Ok(())
    }
}

impl Retire {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let (model, now) = (find(store, &self.model).await?, Clock::system().now());
        let mut tx = store.begin().await?;
        let by = self.place.by.name();
        if !store.retire_risk_model_in(&mut tx, &model.hash, &by, now).await? {
            return Err(usage("the model is not in use"));
        }
        tx.commit(&entry(&self.place.by, "retire-risk-model", &model.hash, now)).await?;
        output::line(format!("{} does not score any more", model.name));
        Ok(())
    }
}
