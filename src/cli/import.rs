//! `pulsvagt import`

mod bundle;
mod lines;
mod loader;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use aws_lc_rs::digest;
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::LOG;
use super::door::Door;
use super::output::{self, Unit};
use super::site::{self, Site, SiteArgs};
use super::tally::Tally;
use super::usage;
use crate::app::Municipality;
use crate::ids::TenantCode;
use crate::server::Stop;
use crate::store::imports::Progress;
use crate::telemetry::{self, LogFormat};
use loader::Loader;

/// Of each end of a file that goes into its digest, bytes.
const END: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// NDJSON files (.ndjson, .jsonl), Bundles or single resources (.json), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

/// A file and what became of it.
#[derive(Debug)]
struct Imported {
    path: PathBuf,
    tally: Tally,
    /// Nothing was left to be done.
    was_complete: bool,
}

/// What files are imported through.
struct Target<'a> {
    door: &'a Door,
    tenant: &'a TenantCode,
    municipality: &'a Arc<Municipality>,
    bar: &'a ProgressBar,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let files = gather(&self.paths)?;
        let mut stop = Stop::listen()?;
        let site = self.site.open().await?;
        let result = tokio::select! {
            result = self.import(&site, files) => result,
            () = stop.requested() => {
                output::note("stopped; the same command goes on where this one ended");
                Ok(130)
            }
        };
        stop.or_exit(site.close()).await?;
        result
    }

    async fn import(&self, site: &Site, files: Vec<PathBuf>) -> anyhow::Result<u8> {
        let catalog = site.catalog()?;
        site::patiently(|| catalog.ping()).await?;
        let door = Door::open(&site.config, &catalog).await?;
        let municipality = door.app.municipality(&self.tenant).await?.ok_or_else(|| {
            let code = &self.tenant;
            usage(format!("there is no municipality {code}; see pulsvagt tenant list"))
        })?;
        let sizes = files.iter().filter_map(|path| path.metadata().ok());
        let bar = output::progress(sizes.map(|m| m.len()).sum(), Unit::Bytes, "importing");
        let target =
            Target { door: &door, tenant: &self.tenant, municipality: &municipality, bar: &bar };
        let mut done = Vec::new();
        for path in files {
            let imported = target
                .file(&path)
                .await
                .with_context(|| format!("cannot import {}", path.display()))?;
            done.push(imported);
        }
        bar.finish_and_clear();
        drop(municipality);
        door.close().await;
        self.summarise(&done);
        Ok(0)
    }

    fn summarise(&self, done: &[Imported]) {
        let mut total = Tally::default();
        for imported in done {
            total.add(&imported.tally);
        }
        if self.json {
            let files: Vec<_> = done
                .iter()
                .map(|imported| {
                    json!({"path": imported.path, "complete_before": imported.was_complete,
                           "counts": imported.tally})
                })
                .collect();
            output::json(&json!({"tenant": self.tenant.as_str(), "files": files, "total": total}));
            return;
        }
        let mut rows = vec![vec!["file".to_owned()]];
        rows[0].extend(Tally::HEADINGS.map(str::to_owned));
        for (name, tally) in done
            .iter()
            .map(|imported| (imported.path.display().to_string(), &imported.tally))
            .chain([("all".to_owned(), &total)])
        {
            let mut row = vec![name];
            row.extend(tally.cells());
            rows.push(row);
        }
        output::table(&rows);
        if !total.quarantined.is_empty() {
            output::line(format!("quarantined: {}", total.reasons()));
        }
        let complete = done.iter().filter(|imported| imported.was_complete).count();
        if complete > 0 {
            output::line(format!("{complete} files had been imported before"));
        }
        if total.rejected > 0 {
            output::line("what was rejected is beside each file, in <file>.rejected.ndjson");
        }
    }
}

impl Target<'_> {
    async fn file(&self, path: &Path) -> anyhow::Result<Imported> {
        let (digest, size) = digest(path)?;
        let store = &self.municipality.store;
        let before = store.import_progress(&digest).await?;
        let mut loader = Loader::new(self, path, before)?;
        self.bar.inc(before.bytes.min(size));
        self.bar.set_message(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let was_complete = size > 0 && before.bytes >= size;
        if !was_complete {
            if is_lines(path) {
                lines::import(&mut loader, path, &digest, before).await?;
            } else {
                bundle::import(&mut loader, path).await?;
                loader.note(&digest, Progress { bytes: size, lines: 1 }).await?;
                self.bar.inc(size);
            }
        }
        Ok(Imported { path: path.to_owned(), tally: loader.finish()?, was_complete })
    }
}

/// The files in the order in which they are imported: citizens, devices, everything else.
fn gather(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let metadata = path.metadata().with_context(|| format!("cannot read {}", path.display()));
        if metadata.map_err(|error| usage(format!("{error:#}")))?.is_dir() {
            walk(path, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
        } else {
            files.push(path.clone());
        }
    }
    files.sort_by_cached_key(|path| (rank(path), path.clone()));
    files.dedup();
    if files.is_empty() {
        return Err(usage("there are no .ndjson, .jsonl or .json files in what was named"));
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        if path.is_dir() {
            walk(&path, files)?;
        } else if (is_json || is_lines(&path)) && !name.ends_with(".rejected.ndjson") {
            files.push(path);
        }
    }
    Ok(())
}

fn rank(path: &Path) -> u8 {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    match () {
        () if name.contains("patient") => 0,
        () if name.contains("device") => 1,
        () => 2,
    }
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ndjson" || extension == "jsonl")
}

/// By what a file is known again: SHA-256 of its name, size and both ends.
fn digest(path: &Path) -> anyhow::Result<([u8; 32], u64)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    context.update(&size.to_be_bytes());
    for start in [0, size.saturating_sub(END)] {
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(END).read_to_end(&mut end)?;
        context.update(&end);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok((digest, size))
}
