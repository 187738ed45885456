//! `pulsvagt retention`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::citizen::{By, open};
use super::site::SiteArgs;
use super::{LOG, output, usage};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::retention::{Category, Policy};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

/// Runs that are shown.
const RUNS: u32 = 20;

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Retention {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the policy, what we propose and why, and what was deleted last.
    Show(Show),
    /// Put a policy in force; until then nothing is deleted.
    Set(Set),
    /// Delete now what the policy says, instead of at night.
    Run(Run),
}

#[derive(Debug, Args)]
struct Whose {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct Set {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The policy in this file, TOML or JSON, such as readings = "2y"; what it does not name is kept
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What retention show proposes
    #[arg(long)]
    proposed: bool,
    /// Delete nothing any more
    #[arg(long)]
    off: bool,
}

#[derive(Debug, Args)]
struct Run {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    by: By,
    /// Only say what would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl Retention {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let whose = match &self.command {
            Command::Show(show) => &show.whose,
            Command::Set(set) => &set.whose,
            Command::Run(run) => &run.whose,
        };
        let site = whose.site.open().await?;
        let result = match open(&site, &whose.tenant).await {
            Ok(store) => {
                let result = match &self.command {
                    Command::Show(show) => show.run(&store).await,
                    Command::Set(set) => set.run(&store).await,
                    Command::Run(run) => run.run(&store).await,
                };
                store.close().await;
                result
            }
            Err(error) => Err(error),
        };
        site.close().await?;
        result.map(|()| 0)
    }
}

impl Show {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let stored = store.retention_policy().await?;
        let runs = store.retention_runs(RUNS).await?;
        if self.whose.json {
            let proposed: Vec<_> = Category::ALL
                .iter()
                .map(|category| {
                    let (keep, source) = category.proposal();
                    json!({"category": category.as_str(), "keep": keep, "source": source})
                })
                .collect();
            let runs: Vec<_> = runs
                .iter()
                .map(|run| {
                    json!({"at": run.at.to_string(), "category": run.category, "by": run.set_by,
                           "cutoff": run.cutoff.to_string(), "rows": run.counts})
                })
                .collect();
            let policy = stored.as_ref().map(|stored| {
                json!({"version": stored.version, "setAt": stored.set_at.to_string(),
                       "setBy": stored.set_by, "keep": stored.policy})
            });
            output::json(&json!({"policy": policy, "proposed": proposed, "runs": runs}));
            return Ok(());
        }
        match &stored {
            Some(stored) if !stored.policy.is_empty() => {
                let (version, at, by) = (stored.version, stored.set_at, &stored.set_by);
                output::line(format!("policy {version}, set {at} by {by}"));
            }
            _ => output::line("no policy: nothing is deleted because of its age"),
        }
        let mut rows = vec![["category", "keep", "proposed", "why"].map(str::to_owned).to_vec()];
        for category in Category::ALL {
            let keep = stored.as_ref().and_then(|stored| stored.policy.keep(category));
            let keep = keep.map_or_else(|| "for good".to_owned(), |keep| keep.to_string());
            let (proposed, source) = category.proposal();
            rows.push(vec![category.to_string(), keep, proposed.to_owned(), source.to_owned()]);
        }
        output::table(&rows);
        for run in &runs {
            let deleted: Vec<String> =
                run.counts.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
            let deleted =
                if deleted.is_empty() { "nothing".to_owned() } else { deleted.join(", ") };
            output::line(format!("{} {} by {}: {deleted}", run.at, run.category, run.set_by));
        }
        Ok(())
    }
}

impl Set {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let policy = match &self.what.policy {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| usage(format!("cannot read {}: {error}", path.display())))?;
                Policy::parse(&text).map_err(|faults| {
                    usage(format!("{}:\n{}", path.display(), faults.join("\n")))
                })?
            }
            None if self.what.proposed => Policy::proposed(),
            None => Policy::default(),
        };
        let now = Clock::system().now();
        store.set_retention_policy(&policy, &self.by.name(), now).await?;
        if self.whose.json {
            output::json(&json!({"tenant": self.whose.tenant.as_str(), "keep": policy}));
        } else if policy.is_empty() {
            output::line("nothing is deleted any more because of its age");
        } else {
            output::line("in force; pulsvagt retention run --dry-run says what it will delete");
        }
        Ok(())
    }
}

impl Run {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let stored = store.retention_policy().await?;
        let policy = stored.map(|stored| stored.policy).unwrap_or_default();
        let now = Clock::system().now();
        let mut rows =
            vec![["category", "older than", "table", "rows"].map(str::to_owned).to_vec()];
        let mut told = Vec::new();
        for category in Category::ALL {
            let Some(keep) = policy.keep(category) else { continue };
            let cutoff = keep.cutoff(now, store.zone());
            let counts = store.expired_rows(category, cutoff).await?;
            if !self.dry_run && !self.whose.json {
                let all: u64 = counts.values().sum();
                output::note(format!("{category}: {all} rows are older than {cutoff}"));
            }
            let counts = if self.dry_run {
                counts
            } else {
                store.delete_expired(category, cutoff, &self.by.name(), now).await?
            };
            for (table, count) in &counts {
                let cells = [category.as_str(), &cutoff.to_string(), table, &count.to_string()];
                rows.push(cells.map(str::to_owned).to_vec());
            }
            told.push(json!({"category": category.as_str(), "cutoff": cutoff.to_string(),
                             "rows": counts}));
        }
        if self.whose.json {
            output::json(&json!({"dryRun": self.dry_run, "categories": told}));
        } else if told.is_empty() {
            output::line("no policy: nothing is deleted because of its age");
        } else {
            output::table(&rows);
            let done = if self.dry_run { "nothing was deleted" } else { "deleted" };
            output::line(done);
        }
        Ok(())
    }
}
