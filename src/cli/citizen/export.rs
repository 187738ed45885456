//! `pulsvagt citizen export`

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::Whom;
use crate::cli::{output, usage};
use crate::ids::CitizenNo;
use crate::store::Store;
use crate::store::holdings::Counts;

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
            write(store, citizen, id, std::io::stdout()).await?;
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
        let counts = write(store, citizen, id, &file).await?;
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

/// Writes the pieces as they come.
async fn write(
    store: &Store,
    citizen: CitizenNo,
    id: &str,
    mut out: impl Write,
) -> anyhow::Result<Counts> {
    let (to, mut pieces) = tokio::sync::mpsc::channel(2);
    let export = async move { store.export_citizen(citizen, id, &to).await };
    let write = async move {
        while let Some(piece) = pieces.recv().await {
            out.write_all(&piece)?;
        }
        out.flush()
    };
    let (counts, written) = tokio::join!(export, write);
    // Why it could not be written says more than that nobody took it.
    written.context("the export cannot be written")?;
    Ok(counts?)
}
