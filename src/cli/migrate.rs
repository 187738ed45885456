//! `pulsvagt migrate`

use clap::Args;
use serde_json::json;

use super::LOG;
use super::output::{self, Unit};
use super::site::{self, Site, SiteArgs};
use super::usage;
use crate::access::MasterKey;
use crate::ids::TenantCode;
use crate::store::Catalog;
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    site: SiteArgs,
    /// Only this municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: Option<TenantCode>,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let site = self.site.open().await?;
        let result = self.migrate(&site).await;
        site.close().await?;
        result
    }

    async fn migrate(&self, site: &Site) -> anyhow::Result<u8> {
        let (catalog, applied) = catalog(site).await?;
        let tenants = catalog.tenants().await?;
        if let Some(code) = &self.tenant
            && !tenants.iter().any(|tenant| tenant.code == *code)
        {
            return Err(usage(format!(
                "there is no municipality {code}; see pulsvagt tenant list"
            )));
        }
        let chosen: Vec<_> = tenants
            .iter()
            .filter(|tenant| self.tenant.as_ref().is_none_or(|code| tenant.code == *code))
            .collect();
        let mut done = Vec::new();
        let bar = output::progress(chosen.len() as u64, Unit::Items, "municipalities");
        for tenant in chosen {
            bar.set_message(tenant.code.to_string());
            let migrated = catalog.migrate_tenant(tenant).await?;
            if !self.json {
                let (code, name) = (&tenant.code, &tenant.name);
                let text = describe(migrated.applied);
                bar.suspend(|| output::line(format!("{code} {name}: {text}")));
            }
            done.push(json!({"code": tenant.code.as_str(), "name": tenant.name,
                             "applied": migrated.applied}));
            bar.inc(1);
        }
        bar.finish_and_clear();
        if self.json {
            output::json(&json!({"catalogue": {"applied": applied}, "municipalities": done}));
        } else {
            output::line(format!("catalogue: {}", describe(applied)));
        }
        Ok(0)
    }
}

/// The catalogue, brought up to date; makes the key of an installation that is new.
pub(super) async fn catalog(site: &Site) -> anyhow::Result<(Catalog, usize)> {
    let path = &site.config.key_file;
    if path.exists() {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let applied = catalog.migrate().await?.applied;
        return Ok((catalog, applied));
    }
    // Without a key only the catalogue's own tables can be touched, which need none.
    let catalog = site.catalog_with(MasterKey::from_bytes([0; 32]))?;
    site::patiently(|| catalog.ping()).await?;
    let applied = catalog.migrate().await?.applied;
    if !catalog.tenants().await?.is_empty() {
        return Err(usage(format!(
            "the key file {} is missing but there are municipalities; bring it back from the \
             backup, since a new key would give every observation another id",
            path.display()
        )));
    }
    MasterKey::read_or_create(path)?;
    output::note(format!("made the key {}; back it up, apart from the database", path.display()));
    Ok((site.catalog()?, applied))
}

fn describe(applied: usize) -> String {
    match applied {
        0 => "up to date".to_owned(),
        1 => "1 migration applied".to_owned(),
        n => format!("{n} migrations applied"),
    }
}
