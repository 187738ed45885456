//! `pulsvagt region`

use clap::{Args, Subcommand};
use jiff::civil;
use serde_json::json;

use super::citizen::{By, open};
use super::output;
use super::site::{Site, SiteArgs};
use super::{LOG, usage};
use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::cohorts::PURPOSES;
use crate::ids::{RegionCode, TenantCode};
use crate::store::Store;
use crate::store::regions::NewAgreement;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Region {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Agree that analysts of a region may ask for cohorts of a municipality's citizens; what was
    /// agreed with it before ends.
    Agree(Agree),
    /// List what a municipality has agreed to with regions, and what has ended.
    List(List),
    /// End what is agreed with a region, at once.
    End(End),
}

/// Of which municipality, and in whose name.
#[derive(Debug, Args)]
struct Whose {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    #[command(flatten)]
    by: By,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct Agree {
    /// The region, by its code, such as 1085
    #[arg(long, value_name = "CODE")]
    region: RegionCode,
    /// What for: HQUALIMP quality, HRESCH research, PUBHLTH public health, HOPERAT operations
    #[arg(long, value_name = "CODE,…", required = true, value_delimiter = ',')]
    #[arg(value_parser = PURPOSES)]
    purposes: Vec<String>,
    /// No count that the region is told is about fewer citizens
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(5..=1_000))]
    minimum_cell: u32,
    /// The last day on which it holds
    #[arg(long, value_name = "DATE")]
    until: civil::Date,
    /// Others that agree to this too may see the municipality's numbers beside their own
    #[arg(long)]
    shared: bool,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
struct End {
    /// The region, by its code
    #[arg(long, value_name = "CODE")]
    region: RegionCode,
    #[command(flatten)]
    whose: Whose,
}

impl Region {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let whose = match &self.command {
            Command::Agree(command) => &command.whose,
            Command::List(command) => &command.whose,
            Command::End(command) => &command.whose,
        };
        let site = whose.site.open().await?;
        let result = self.with(&site, whose).await;
        site.close().await?;
        result.map(|()| 0)
    }

    async fn with(&self, site: &Site, whose: &Whose) -> anyhow::Result<()> {
        let store = open(site, &whose.tenant).await?;
        let now = Clock::system().now();
        let result = match &self.command {
            Command::Agree(command) => command.run(&store, now).await,
            Command::List(command) => command.run(&store).await,
            Command::End(command) => command.run(&store, now).await,
        };
        store.close().await;
        result
    }
}

impl Whose {
    fn block(&self, operation: &str, region: &RegionCode, now: Micros) -> Block {
        let entry = Entry::of_actor(&self.by.name(), "operator", operation, now);
        Block::of(entry.with("Region", region, 0))
    }

    fn tell(&self, region: &RegionCode, what: &str, text: String) {
        if self.json {
            output::json(&json!({"region": region.as_str(), "done": what}));
        } else {
            output::line(text);
        }
    }
}

impl Agree {
    async fn run(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { region, purposes, minimum_cell, until, shared, whose } = self;
        if *until < now.to_jiff().to_zoned(store.zone().clone()).date() {
            return Err(usage("--until is over already"));
        }
        let by = whose.by.name();
        let (minimum_cell, until, shared) = (*minimum_cell, *until, *shared);
        let new = NewAgreement { region, purposes, minimum_cell, until, shared, by: &by };
        let mut tx = store.begin().await?;
        store.agree_with_region_in(&mut tx, &new, now).await?;
        tx.commit(&whose.block("agree-with-region", region, now)).await?;
        let (code, purposes) = (store.code(), purposes.join(", "));
        let text = format!(
            "analysts of region {region} may ask for cohorts of {code} until {until}, for \
             {purposes}; no count is about fewer than {minimum_cell}{}",
            if shared { "; others that agree to this may see them beside their own" } else { "" }
        );
        whose.tell(region, "agreed", text);
        Ok(())
    }
}

impl List {
    async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let agreements = store.region_agreements().await?;
        if self.whose.json {
            let list: Vec<_> = agreements
                .iter()
                .map(|it| {
                    json!({"region": it.region, "purposes": it.purposes,
                           "minimum_cell": it.minimum_cell, "until": it.until.to_string(),
                           "shared": it.shared,
                           "agreed": it.agreed.to_string(), "agreed_by": it.agreed_by,
                           "ended": it.ended.map(|at| at.to_string()), "ended_by": it.ended_by})
                })
                .collect();
            output::json(&json!({"agreements": list}));
            return Ok(());
        }
        let head = ["region", "purposes", "no fewer than", "shared", "until", "agreed by", "ended"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for it in &agreements {
            let ended = it.ended.map(|at| at.to_string()).unwrap_or_default();
            let least = it.minimum_cell.to_string();
            let (purposes, until) = (it.purposes.join(", "), it.until.to_string());
            let shared = if it.shared { "yes" } else { "no" }.to_owned();
            let (region, by) = (it.region.clone(), it.agreed_by.clone());
            rows.push(vec![region, purposes, least, shared, until, by, ended]);
        }
        output::table(&rows);
        Ok(())
    }
}

impl End {
    async fn run(&self, store: &Store, now: Micros) -> anyhow::Result<()> {
        let Self { region, whose } = self;
        let mut tx = store.begin().await?;
        if !store.end_agreement_in(&mut tx, region, &whose.by.name(), now).await? {
            return Err(usage(format!("nothing is agreed with region {region}")));
        }
        tx.commit(&whose.block("end-agreement-with-region", region, now)).await?;
        let text = format!("{} has ended its agreement with region {region}", store.code());
        whose.tell(region, "ended", text);
        Ok(())
    }
}
