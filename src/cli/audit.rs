//! `pulsvagt audit`

mod search;
mod verify;

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::LOG;
use super::site::{self, Site};
use super::usage;
use crate::clock::Micros;
use crate::ids::TenantCode;
use crate::store::Store;
use crate::store::audit::Chain;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Go along a chain, a municipality's or the site's, and name whatever was changed, removed or reordered.
    Verify(verify::Verify),
    /// Find entries: who did what, when, with whose data.
    Search(search::Search),
}

impl Audit {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        match self.command {
            Command::Verify(verify) => verify.run().await,
            Command::Search(search) => search.run().await,
        }
    }
}

/// Which chain.
#[derive(Debug, Args)]
#[group(required = true, multiple = false, id = "which")]
struct Which {
    /// That of a municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: Option<TenantCode>,
    /// That of the installation: requests of nobody who was let in, and what operators do to what
    /// belongs to no municipality
    #[arg(long = "site", id = "of-the-site")]
    site: bool,
}

/// A chain, and the municipality it is of, if it is of one.
struct Of {
    chain: Chain,
    store: Option<Store>,
}

impl Which {
    /// The chain, if there is such a municipality.
    async fn open(&self, site: &Site) -> anyhow::Result<Of> {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let Some(code) = &self.tenant else {
            return Ok(Of { chain: catalog.chain(), store: None });
        };
        match catalog.tenant(code).await? {
            Some(tenant) => {
                let store = catalog.open(&tenant)?;
                Ok(Of { chain: store.chain(), store: Some(store) })
            }
            None => {
                Err(usage(format!("there is no municipality {code}; see pulsvagt tenant list")))
            }
        }
    }
}

impl Of {
    async fn close(&self) {
        if let Some(store) = &self.store {
            store.close().await;
        }
    }
}

/// A moment, or a day, which begins at midnight of the municipality; of UTC for the site's chain.
fn moment(text: &str, of: &Of) -> anyhow::Result<Micros> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Micros(at.as_microsecond()));
    }
    let day = text.parse::<jiff::civil::Date>().map_err(|_| {
        usage("expected a day such as 2026-01-31 or a moment such as 2026-01-31T08:00:00Z")
    })?;
    let zone = of.store.as_ref().map_or(TimeZone::UTC, |store| store.zone().clone());
    let midnight = day.to_zoned(zone)?;
    Ok(Micros(midnight.timestamp().as_microsecond()))
}
