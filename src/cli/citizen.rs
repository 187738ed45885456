//! `pulsvagt citizen`

mod erase;
mod export;
mod standing;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::site::{self, Site, SiteArgs};
use super::{LOG, usage};
use crate::ids::{CitizenNo, TenantCode};
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Citizen {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write everything about a citizen as NDJSON (GDPR articles 15 and 20).
    Export(export::Export),
    /// Erase a citizen for good (GDPR article 17); goes on where an interrupted one stopped.
    Erase(erase::Erase),
    /// Store a citizen's data and do nothing else with it (GDPR article 18).
    Restrict(standing::Restrict),
    /// Lift a restriction; the citizen is screened again at once.
    Unrestrict(standing::Unrestrict),
    /// Put a citizen under legal hold: nothing is erased or grows too old.
    Hold(standing::Hold),
    /// End a legal hold.
    Release(standing::Release),
}

/// Which citizen, of which installation.
#[derive(Debug, Args)]
struct Whom {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The citizen, by logical id
    #[arg(long, value_name = "ID")]
    citizen: String,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

/// In whose name something is done.
#[derive(Debug, Args)]
pub(super) struct By {
    /// Who does it, for the record; the account's name for want of it
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl By {
    pub(super) fn name(&self) -> String {
        let account = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok();
        let name = self.by.clone().or_else(account);
        name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "unknown".to_owned())
    }
}

impl Citizen {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let whom = match &self.command {
            Command::Export(command) => &command.whom,
            Command::Erase(command) => &command.whom,
            Command::Restrict(command) => &command.whom,
            Command::Unrestrict(command) => &command.whom,
            Command::Hold(command) => &command.whom,
            Command::Release(command) => &command.whom,
        };
        let site = whom.site.open().await?;
        let result = self.with(&site, whom).await;
        site.close().await?;
        result
    }

    async fn with(&self, site: &Site, whom: &Whom) -> anyhow::Result<u8> {
        let store = open(site, &whom.tenant).await?;
        let result = match &self.command {
            Command::Export(command) => command.run(&store).await,
            Command::Erase(command) => command.run(&store).await,
            Command::Restrict(command) => command.run(&store).await,
            Command::Unrestrict(command) => command.run(&store).await,
            Command::Hold(command) => command.run(&store).await,
            Command::Release(command) => command.run(&store).await,
        };
        store.close().await;
        result.map(|()| 0)
    }
}

/// The store of a municipality.
pub(super) async fn open(site: &Site, code: &TenantCode) -> anyhow::Result<Store> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    let Some(tenant) = catalog.tenant(code).await? else {
        return Err(usage(format!("there is no municipality {code}; see pulsvagt tenant list")));
    };
    if catalog.pending_of(&tenant).await? > 0 {
        return Err(usage("migrations are due; run pulsvagt migrate"));
    }
    let store = catalog.open(&tenant)?;
    let unlisted = store.unlisted_tables().await.context("looking at the tables")?;
    if !unlisted.is_empty() {
        // Better nothing than half of it.
        anyhow::bail!("not known whether these tables hold personal data: {}", unlisted.join(", "));
    }
    Ok(store)
}

impl Whom {
    async fn find(&self, store: &Store) -> anyhow::Result<CitizenNo> {
        let found = store.citizen_no(&self.citizen).await?;
        found.ok_or_else(|| usage("there is no such citizen in this municipality"))
    }
}
