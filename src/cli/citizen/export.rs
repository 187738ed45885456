//! `pulsvagt citizen export`

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::Whom;
use crate::cli::{output, usage};
use crate::store::Store;

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Where to; - is standard output. A file that is there already is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    pub(super) async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let citizen = self.whom.find(store).await?;
        let id = &self.whom.citizen;
        if self.out == Path::new("-") {
            let mut out = BufWriter::new(std::io::stdout());
            store.export_citizen(citizen, id, &mut out).await?;
            return Ok(());
        }
        if self.out.exists() {
            return Err(usage(format!("{} is there already", self.out.display())));
        }
        // Nobody shall take half of it for the whole, or read it who may not.
        let mut part = self.out.clone().into_os_string();
        part.push(".part");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .with_context(|| format!("cannot write {}", part.display()))?;
        let mut out = BufWriter::new(&file);
        let counts = store.export_citizen(citizen, id, &mut out).await?;
        drop(out);
        file.sync_all()?;
        std::fs::rename(&part, &self.out)?;
        if self.whom.json {
            output::json(&json!({"file": self.out.display().to_string(), "rows": counts}));
        } else {
            super::erase::report(&counts, "rows written");
        }
        Ok(())
    }
}
