//! What of a municipality is in a lake.

use std::collections::BTreeMap;

use pulsvagt_analytics::lake::VERSION;
use serde::{Deserialize, Serialize};

use super::LakeError;
use crate::clock::Micros;

/// The folder of manifests. Readers of tables pass over what begins so.
pub(super) const MANIFESTS: &str = "_manifest";

/// A municipality's part of a lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout.
    pub version: u32,
    /// The municipality's code.
    pub municipality: String,
    /// When it was made, microseconds since 1970: everything received by then is in it.
    pub as_of: Micros,
    /// Hash of what makes all of it out of date when it changes.
    pub standing: String,
    /// Partitions by table and month; the month is empty in tables that have none.
    tables: BTreeMap<String, BTreeMap<String, Partition>>,
}

/// The files of a partition, with how many rows each has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// By name.
    pub files: BTreeMap<String, u64>,
}

impl Partition {
    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.values().sum()
    }
}

impl Manifest {
    pub(super) fn new(municipality: &str, as_of: Micros, standing: String) -> Self {
        let municipality = municipality.to_owned();
        Self { version: VERSION, municipality, as_of, standing, tables: BTreeMap::new() }
    }

    /// What a run has written as the manifest of a municipality. `name` is for whoever has to look.
    pub(super) fn read(
        text: &[u8],
        municipality: &str,
        name: &str,
    ) -> Result<Option<Self>, LakeError> {
        let foreign = || LakeError::Foreign(name.to_owned());
        let manifest: Self = serde_json::from_slice(text).map_err(|_| foreign())?;
        if manifest.municipality != municipality || manifest.version > VERSION {
            return Err(foreign());
        }
        // What an older version wrote is written anew.
        Ok(Some(manifest).filter(|manifest| manifest.version == VERSION))
    }

    pub(super) fn text(&self) -> std::io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(std::io::Error::other)
    }

    /// The partitions of a table.
    pub fn months(&self, table: &str) -> impl Iterator<Item = (&String, &Partition)> {
        self.tables.get(table).into_iter().flatten()
    }

    /// Rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.months(table).map(|(_, partition)| partition.rows()).sum()
    }

    /// One without files is none.
    pub(super) fn put(&mut self, table: &str, month: &str, partition: Partition) {
        if !partition.files.is_empty() {
            let months = self.tables.entry(table.to_owned()).or_default();
            months.insert(month.to_owned(), partition);
        }
    }

    pub(super) fn has(&self, table: &str, month: &str, file: &str) -> bool {
        let months = self.tables.get(table);
        months.and_then(|months| months.get(month)).is_some_and(|it| it.files.contains_key(file))
    }

    pub(super) fn count(&self) -> u64 {
        self.tables.values().map(|months| months.len() as u64).sum()
    }
}
