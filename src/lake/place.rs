//! A partition while it is written: its files, each sorted by citizen.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use pulsvagt_analytics::lake::{Cell, Table, Writer};

use super::{Bucket, LakeError, Partition, folder};

/// A file with what writes it.
type Open = (Writer<BufWriter<File>>, File);

/// Where the files go.
enum Target {
    Folder(PathBuf),
    /// Below a name in a bucket.
    Bucket(Bucket, String),
}

/// The files of a partition while they are written.
pub(super) struct Place {
    target: Target,
    open: BTreeMap<String, Open>,
}

impl Place {
    pub(super) fn in_folder(path: PathBuf) -> Self {
        Self { target: Target::Folder(path), open: BTreeMap::new() }
    }

    pub(super) fn in_bucket(bucket: Bucket, name: String) -> Self {
        Self { target: Target::Bucket(bucket, name), open: BTreeMap::new() }
    }

    /// One more row of a file, which begins with its first.
    pub(super) fn push(
        &mut self,
        table: &'static Table,
        file: &str,
        cells: &[Cell<'_>],
    ) -> Result<(), LakeError> {
        if let Some((writer, _)) = self.open.get_mut(file) {
            return Ok(writer.push(cells)?);
        }
        let made = match &self.target {
            Target::Folder(path) => folder::begin(path, &named(file))?,
            // Without a name, so that nothing is left of it whatever happens.
            Target::Bucket(..) => tempfile::tempfile()
                .map_err(|error| LakeError::File("a temporary file".to_owned(), error))?,
        };
        let own = made
            .try_clone()
            .map_err(|error| LakeError::File(format!("a handle of {file}"), error))?;
        let mut writer = Writer::new(table, BufWriter::with_capacity(1 << 20, made))?;
        writer.push(cells)?;
        self.open.insert(file.to_owned(), (writer, own));
        Ok(())
    }

    /// Puts the files in their places.
    pub(super) async fn finish(self) -> Result<Partition, LakeError> {
        let mut partition = Partition::default();
        let mut done = Vec::new();
        for (file, (writer, own)) in self.open {
            let rows = writer.finish()?;
            done.push((named(&file), own));
            partition.files.insert(named(&file), rows);
        }
        match self.target {
            Target::Folder(path) => folder::put(&path, &done)?,
            Target::Bucket(bucket, name) => {
                for (file, own) in done {
                    bucket.put_file(&format!("{name}/{file}"), own).await?;
                }
            }
        }
        Ok(partition)
    }
}

/// Readers look for names that end so.
fn named(file: &str) -> String {
    format!("{file}.parquet")
}
