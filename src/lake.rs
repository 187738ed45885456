//! A lake: what a municipality has stored, without names and CPR numbers, as Parquet files that other
//! engines read. Its tables are [`pulsvagt_analytics::lake::TABLES`].
//!
//! It lies in a folder or in a bucket of an object store. A file takes its place whole, by being renamed
//! or by one upload, and the manifest comes last: whatever a run that was cut off has left, the next
//! one does again what the manifest does not know.

mod bucket;
mod folder;
mod leave;
mod manifest;
mod months;
mod people;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use crate::audit::{Block, Entry, Purpose};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::lake::Alone;
use crate::store::{Store, StoreError};

pub use bucket::Bucket;
use folder::Folder;
use leave::Leave;
pub use manifest::{Manifest, Partition};

/// Citizens whose rows are read at a time.
const TOGETHER: usize = 200;
/// What was received so long before a lake was made may have been committed after it; microseconds.
const OVERLAP: i64 = 15 * 60 * 1_000_000;

/// Before everything, microseconds since 1970.
const LONG_AGO: i64 = -100_000_000_000_000_000;

/// Why there is no lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The database, or a stored row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table.
    #[error(transparent)]
    Table(#[from] pulsvagt_analytics::lake::LakeError),
    /// A file.
    #[error("{0} cannot be written or read")]
    File(String, #[source] std::io::Error),
    /// An object of a bucket, and why.
    #[error("{0}: {1}")]
    Object(String, String),
    /// What is said about the bucket cannot be meant.
    #[error("{0}")]
    Address(String),
    /// Somebody else is writing it.
    #[error("another run is writing this municipality's part of the lake")]
    Busy,
    /// What is there was not written by this program, or by a newer one.
    #[error("{0} is no manifest of this version; use another place")]
    Foreign(String),
}

/// Where a lake lies.
#[derive(Debug, Clone)]
pub enum Lake {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(Bucket),
}

impl fmt::Display for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

/// A municipality's part of it.
enum Part {
    Folder(Folder),
    Bucket(bucket::Own),
}

impl Part {
    fn open(lake: &Lake, code: &str) -> Result<Self, LakeError> {
        Ok(match lake {
            Lake::Folder(root) => Self::Folder(Folder::open(root, code)?),
            Lake::Bucket(bucket) => Self::Bucket(bucket.own(code)),
        })
    }

    async fn manifest(&self) -> Result<Option<Manifest>, LakeError> {
        match self {
            Self::Folder(folder) => folder.manifest(),
            Self::Bucket(own) => own.manifest().await,
        }
    }

    fn place(&self, table: &str, month: Option<&str>) -> Result<place::Place, LakeError> {
        match self {
            Self::Folder(folder) => folder.place(table, month),
            Self::Bucket(own) => Ok(own.place(table, month)),
        }
    }

    /// Removes what is in no partition of the manifest, and puts that in its place, unless somebody
    /// else may be writing by now.
    async fn finish(
        &self,
        manifest: &Manifest,
        alone: &mut Option<Alone>,
    ) -> Result<(), LakeError> {
        let tables: BTreeSet<&str> =
            pulsvagt_analytics::lake::TABLES.iter().map(|table| table.name).collect();
        match self {
            Self::Folder(folder) => {
                folder.sweep(&tables, manifest)?;
                folder.finish(manifest)
            }
            Self::Bucket(own) => {
                still(alone).await?;
                own.sweep(&tables, manifest).await?;
                still(alone).await?;
                own.finish(manifest).await
            }
        }
    }
}

/// Who asks, and why.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who, for the record.
    pub actor: &'a str,
    /// For which purpose.
    pub purpose: Purpose,
    /// Everything anew, whatever the manifest says.
    pub anew: bool,
}

/// What a run has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Partitions that were written.
    pub written: u64,
    /// Those that were left as they were.
    pub kept: u64,
    /// Rows that were written, by table.
    pub rows: BTreeMap<&'static str, u64>,
}

/// A citizen with the pseudonym.
type Known = (i64, CitizenNo);

/// Writes a municipality's part of a lake, as of now. `seen` is told each partition that has been
/// written.
///
/// # Errors
/// When something cannot be read or written; then the next run does it.
pub async fn export(
    store: &Store,
    lake: &Lake,
    asked: &Asked<'_>,
    now: Micros,
    seen: impl Fn(&str) + Send + Sync,
) -> Result<Report, LakeError> {
    let mut alone = match lake {
        // A folder has a lock of its own.
        Lake::Folder(_) => None,
        Lake::Bucket(_) => Some(store.lake_alone(&lake.to_string()).await?.ok_or(LakeError::Busy)?),
    };
    let result = write(store, lake, &mut alone, asked, now, seen).await;
    if let Some(alone) = alone {
        alone.release().await;
    }
    result
}

/// Whether the lock of a bucket is held, which could have ended without anybody noticing.
async fn still(alone: &mut Option<Alone>) -> Result<(), LakeError> {
    let holds = match alone {
        Some(alone) => alone.holds().await,
        None => true,
    };
    if holds { Ok(()) } else { Err(LakeError::Busy) }
}

async fn write(
    store: &Store,
    lake: &Lake,
    alone: &mut Option<Alone>,
    asked: &Asked<'_>,
    now: Micros,
    seen: impl Fn(&str) + Send + Sync,
) -> Result<Report, LakeError> {
    let part = Part::open(lake, store.code().as_str())?;
    let old = part.manifest().await?;
    let leave = Leave::of(store, asked.purpose, now).await?;
    let standing = format!("{} {}", store.lake_standing().await?, leave.text(asked.purpose));
    let hash = digest::digest(&digest::SHA256, standing.as_bytes());
    let standing = HEXLOWER.encode(hash.as_ref());
    let known = old.filter(|old| !asked.anew && old.standing == standing);
    let after = known.as_ref().map_or(Micros(LONG_AGO), |old| Micros(old.as_of.0 - OVERLAP));
    let mut citizens: Vec<Known> = store
        .lake_citizens()
        .await?
        .into_iter()
        .filter(|citizen| leave.allows(*citizen))
        .map(|citizen| (store.pseudonym(citizen), citizen))
        .collect();
    citizens.sort_unstable();
    // Told before anything is: who has it afterwards may have it from a run that was cut off.
    record(store, asked, &citizens, now).await?;
    let mut new = Manifest::new(store.code().as_str(), now, standing);
    let mut report = Report::default();
    let mut done = |table: &'static str, month: &str, partition: &Partition| {
        report.written += 1;
        *report.rows.entry(table).or_default() += partition.rows();
        seen(&format!("{table} {month}"));
    };
    let readings = store.lake_months_of_readings(after).await?;
    let summaries = store.lake_months_of_summaries(after).await?;
    for (table, changed) in [("readings", readings), ("daily_summary", summaries)] {
        if let Some(old) = &known {
            let kept = old.months(table).filter(|(month, _)| !changed.contains(*month));
            for (month, partition) in kept {
                new.put(table, month, partition.clone());
            }
        }
        for month in &changed {
            let place = part.place(table, Some(month))?;
            let partition = match table {
                "readings" => months::readings(store, &citizens, month, now, place).await?,
                _ => months::summaries(store, &citizens, &leave, month, place).await?,
            };
            done(table, month, &partition);
            new.put(table, month, partition);
        }
    }
    people::write(store, &citizens, &leave, now, &part, &mut new, &mut done).await?;
    report.kept = new.count() - report.written.min(new.count());
    part.finish(&new, alone).await?;
    Ok(report)
}

async fn record(
    store: &Store,
    asked: &Asked<'_>,
    citizens: &[Known],
    now: Micros,
) -> Result<(), StoreError> {
    let mut entry = Entry::of_actor(asked.actor, "operator", "lake-export", now);
    asked.purpose.as_str().clone_into(&mut entry.purpose);
    let entry = entry.with("Lake", store.code(), 0);
    // Each finds it in the access log.
    let entry = entry.about(citizens.iter().map(|(_, citizen)| *citizen));
    store.begin().await?.commit(&Block::of(entry)).await
}
