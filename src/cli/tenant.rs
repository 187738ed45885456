//! `pulsvagt tenant`

use clap::{Args, Subcommand};
use serde_json::json;

use super::LOG;
use super::migrate;
use super::output;
use super::site::{self, Site, SiteArgs};
use crate::clock::Clock;
use crate::config::Secret;
use crate::ids::TenantCode;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Tenant {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a municipality: schema, role, tables, entry in the catalogue.
    Add(Add),
    /// List the municipalities.
    List(List),
}

#[derive(Debug, Args)]
struct Add {
    /// The municipality's four-digit code, such as 0330
    code: TenantCode,
    /// Its name
    #[arg(long)]
    name: String,
    /// Its IANA time zone; a citizen's day begins and ends there
    #[arg(long, default_value = "Europe/Copenhagen")]
    zone: String,
    /// Another database for it, with its owner's credentials; they are used once and not kept
    #[arg(long, value_name = "URL", hide_env_values = true, env = "PULSVAGT_TENANT_DATABASE_URL")]
    #[arg(value_parser = secret)]
    database_url: Option<Secret>,
    /// One JSON object instead of a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[derive(Debug, Args)]
struct List {
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

#[expect(clippy::unnecessary_wraps, reason = "clap asks for a result")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl Tenant {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = match &self.command {
            Command::Add(add) => add.site.open().await?,
            Command::List(list) => list.site.open().await?,
        };
        let result = match &self.command {
            Command::Add(add) => add.run(&site).await,
            Command::List(list) => list.run(&site).await,
        };
        site.close().await?;
        result
    }
}

impl Add {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let (catalog, _) = migrate::catalog(site).await?;
        let url = self.database_url.as_ref().map(Secret::expose);
        let now = Clock::system().now();
        let migrated = catalog.add(&self.code, &self.name, &self.zone, url, now).await?;
        if self.json {
            output::json(&json!({"code": self.code.as_str(), "name": self.name,
                                 "applied": migrated.applied}));
        } else {
            let (code, name) = (&self.code, &self.name);
            output::line(format!("{code} {name}: created, {} migrations", migrated.applied));
        }
        Ok(0)
    }
}

impl List {
    async fn run(&self, site: &Site) -> anyhow::Result<u8> {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let tenants = catalog.tenants().await?;
        let zone =
            |tenant: &crate::store::Tenant| tenant.zone.iana_name().unwrap_or_default().to_owned();
        if self.json {
            let list: Vec<_> = tenants
                .iter()
                .map(|tenant| {
                    json!({"code": tenant.code.as_str(), "name": tenant.name,
                           "zone": zone(tenant), "database_url": tenant.database_url})
                })
                .collect();
            output::json(&json!({"municipalities": list}));
            return Ok(0);
        }
        let mut rows = vec![["code", "name", "zone", "database"].map(str::to_owned).to_vec()];
        for tenant in &tenants {
            let place = tenant.database_url.clone().unwrap_or("the catalogue's".to_owned());
            rows.push(vec![tenant.code.to_string(), tenant.name.clone(), zone(tenant), place]);
        }
        output::table(&rows);
        Ok(0)
    }
}
