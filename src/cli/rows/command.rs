//! `pulsvagt rows`

use std::path::PathBuf;

use clap::Args;
use pulsvagt_analytics::risk::ndjson;
use serde_json::json;

use super::stored::StoredArgs;
use super::{Made, write_own};
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
        let rows = self.stored.rows(&self.tenant, None).await?;
        let text = ndjson::write(&rows.table, |at| rows.citizens[at].clone())?;
        write_own(&self.out, &text)?;
        let (hash, cases) = (rows.table.hash(), rows.table.cases());
        let about = rows.about.clone();
        let made = Made::from(rows);
        if self.json {
            output::json(&json!({"rows": made.table.rows.len(), "cases": cases, "hash": hash,
                "target": about, "leftOut": made.left_out}));
        } else {
            made.tell();
            output::line(format!("{cases} cases of {}; hash {hash}", about.text()));
        }
        Ok(0)
    }
}
