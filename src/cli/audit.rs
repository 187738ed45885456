//! `pulsvagt audit`

mod search;
mod verify;

use clap::{Args, Subcommand};

use super::LOG;
use super::site::{self, Site};
use super::usage;
use crate::clock::Micros;
use crate::ids::TenantCode;
use crate::store::Store;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Go along the chain of a municipality and name whatever was changed, removed or reordered.
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

/// The data of a municipality that exists.
async fn store(site: &Site, code: &TenantCode) -> anyhow::Result<Store> {
    let catalog = site.catalog()?;
    site::patiently(|| catalog.ping()).await?;
    match catalog.tenant(code).await? {
        Some(tenant) => Ok(catalog.open(&tenant)?),
        None => Err(usage(format!("there is no municipality {code}; see pulsvagt tenant list"))),
    }
}

/// A moment, or a day, which begins at midnight of the municipality.
fn moment(text: &str, store: &Store) -> anyhow::Result<Micros> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Micros(at.as_microsecond()));
    }
    let day = text.parse::<jiff::civil::Date>().map_err(|_| {
        usage("expected a day such as 2026-01-31 or a moment such as 2026-01-31T08:00:00Z")
    })?;
    let midnight = day.to_zoned(store.zone().clone())?;
    Ok(Micros(midnight.timestamp().as_microsecond()))
}
