//! `pulsvagt rekey`

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::output::{self, Unit};
use super::site::{self, Site, SiteArgs};
use super::{FAILURE, LOG, usage};
use crate::access::ring::KeyNumber;
use crate::audit::{Block, Entry};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::server::Stop;
use crate::store::rekey::{Rekey as What, Rekeyed};
use crate::store::{Catalog, Tenant};
use crate::telemetry::{self, LogFormat};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of the command line")]
pub(super) struct Rekey {
    #[command(flatten)]
    site: SiteArgs,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE", required_unless_present = "all", conflicts_with = "all")]
    tenant: Option<TenantCode>,
    /// Every municipality
    #[arg(long)]
    all: bool,
    /// Add a key to the ring first; without it, everything moves to the newest key there is.
    /// Every server needs the new `.ring` file: on one machine it is there at once, elsewhere copy
    /// it, or those servers refuse requests that need it
    #[arg(long)]
    new_key: bool,
    /// Also make the hashes anew by which identifiers and names are found. They do not move with
    /// the keys otherwise: a key that leaks opens what is encrypted, and hashes open nothing
    #[arg(long)]
    blind_index: bool,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Rekey {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let mut stop = Stop::listen()?;
        let site = self.site.open().await?;
        let result = tokio::select! {
            result = self.rekey(&site) => result,
            () = stop.requested() => {
                output::note("stopped; pulsvagt rekey without --new-key goes on where this ended");
                Ok(130)
            }
        };
        stop.or_exit(site.close()).await?;
        result
    }

    async fn rekey(&self, site: &Site) -> anyhow::Result<u8> {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let mut chosen = catalog.tenants().await?;
        if let Some(code) = &self.tenant {
            chosen.retain(|tenant| tenant.code == *code);
            if chosen.is_empty() {
                return Err(usage(format!(
                    "there is no municipality {code}; see pulsvagt tenant list"
                )));
            }
        }
        let ring = catalog.ring();
        if self.new_key {
            let number = ring.add().context("the key ring")?;
            let entry = Entry::of_system("operator", "add-key", Clock::system().now());
            let block = Block::of(entry.with("Key", &number, 0));
            catalog.chain().record(&block).await.context("the site's audit chain")?;
            output::note(format!(
                "key {number} is in {}; keep a copy of that file, and bring it to every server",
                ring.place()
            ));
        }
        let what = What { to: ring.newest(), blind_index: self.blind_index };
        let mut done = Vec::new();
        let mut left = 0;
        for tenant in &chosen {
            let rekeyed = one(&catalog, tenant, what).await?;
            left += rekeyed.left;
            if !self.json {
                output::line(describe(tenant, what.to, &rekeyed));
            }
            done.push(json!({"code": tenant.code.as_str(), "key": what.to, "rows": rekeyed.rows,
                             "retired": rekeyed.retired, "left": rekeyed.left}));
        }
        if self.json {
            output::json(&json!({"municipalities": done}));
        }
        Ok(if left == 0 { 0 } else { FAILURE })
    }
}

async fn one(catalog: &Catalog, tenant: &Tenant, what: What) -> anyhow::Result<Rekeyed> {
    let store = catalog.open(tenant)?;
    let before = store.key_use().await;
    let done = match before {
        Ok(before) => {
            let length = if before.current == what.to { before.older } else { 0 };
            let bar = output::progress(length, Unit::Items, &format!("{} rows", tenant.code));
            let done = store
                .rekey(what, |rows| {
                    bar.inc(rows);
                    if bar.position() > bar.length().unwrap_or(0) {
                        bar.set_length(bar.position());
                    }
                })
                .await;
            bar.finish_and_clear();
            done
        }
        Err(error) => Err(error),
    };
    store.close().await;
    Ok(done?)
}

fn describe(tenant: &Tenant, key: KeyNumber, done: &Rekeyed) -> String {
    let (code, name, rows) = (&tenant.code, &tenant.name, done.rows);
    let rest = match (done.left, done.retired.as_slice()) {
        (0, []) => String::new(),
        (0, retired) => {
            let retired: Vec<String> = retired.iter().map(ToString::to_string).collect();
            format!("; no longer used: {}", retired.join(", "))
        }
        (left, _) => format!("; {left} rows were not reached, run it again"),
    };
    format!("{code} {name}: key {key}, {rows} rows encrypted anew{rest}")
}
