//! `pulsvagt rows`

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use pulsvagt_analytics::risk::ndjson;
use serde_json::json;

use super::Made;
use super::stored::StoredArgs;
use crate::cli::output;
use crate::ids::TenantCode;

#[derive(Debug, Args)]
pub(in crate::cli) struct Rows {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// Write the rows to this file, as NDJSON; a file that is there already is left alone. They are
    /// about citizens, and must not leave the municipality by themselves
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stored: StoredArgs,
}

impl Rows {
    pub(in crate::cli) async fn run(&self) -> anyhow::Result<u8> {
        let (rows, target) = self.stored.rows(&self.tenant, None).await?;
        let text = ndjson::write(&rows.table, |at| rows.citizens[at].clone())?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out)
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let (hash, cases) = (rows.table.hash(), rows.table.cases());
        let made = Made { table: rows.table, target: Some(target), left_out: Some(rows.left_out) };
        if self.json {
            output::json(&json!({"rows": made.table.rows.len(), "cases": cases, "hash": hash,
                "target": target, "leftOut": made.left_out}));
        } else {
            made.tell();
            output::line(format!("{cases} cases of {}; hash {hash}", target.text()));
        }
        Ok(0)
    }
}
