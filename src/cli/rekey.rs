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
    /// Also make the hashes anew by which identifiers and names are found. They do not move to
    /// another key otherwise. Give it when a key may have leaked: who has the database and the key
    /// of the hashes, at first the key file, finds out whose they are by trying all CPR numbers
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
                let told = describe(what.to, &rekeyed);
                output::line(format!("{} {}: {told}", tenant.code, tenant.name));
            }
            done.push(json!({"code": tenant.code.as_str(), "key": what.to, "rows": rekeyed.rows,
                             "retired": rekeyed.retired, "blind_index": rekeyed.blind,
                             "left": rekeyed.left}));
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

fn describe(key: KeyNumber, done: &Rekeyed) -> String {
    let mut told = format!("key {key}, {} rows encrypted anew", done.rows);
    if done.left > 0 {
        return format!("{told}; {} rows were not reached, run it again", done.left);
    }
    if !done.retired.is_empty() {
        let retired: Vec<String> = done.retired.iter().map(ToString::to_string).collect();
        told.extend(["; no longer used: ", &retired.join(", ")]);
    }
    // Key 1 follows from the key file.
    let hashed = match done.blind {
        blind if blind.max(1) == key => return told,
        0 => "the key file".to_owned(),
        blind => format!("key {blind}"),
    };
    told.extend(["; hashes are still made with ", &hashed, " (--blind-index)"]);
    told
}

#[cfg(test)]
mod tests {
    use super::{Rekeyed, describe};

    #[test]
    fn what_is_still_used_is_not_said_to_be_of_no_use() {
        let told = |key, retired: &[u32], blind, left| {
            describe(key, &Rekeyed { rows: 5, retired: retired.to_vec(), blind, left })
        };
        for (key, retired, blind, left, expected) in [
            (1, &[][..], 0, 0, "key 1, 5 rows encrypted anew"),
            (
                2,
                &[],
                0,
                0,
                "key 2, 5 rows encrypted anew; hashes are still made with the key file \
                 (--blind-index)",
            ),
            (2, &[1], 2, 0, "key 2, 5 rows encrypted anew; no longer used: 1"),
            (
                4,
                &[1, 3],
                2,
                0,
                "key 4, 5 rows encrypted anew; no longer used: 1, 3; hashes are still made with \
                 key 2 (--blind-index)",
            ),
            (2, &[], 0, 7, "key 2, 5 rows encrypted anew; 7 rows were not reached, run it again"),
        ] {
            assert_eq!(told(key, retired, blind, left), expected);
        }
    }
}
