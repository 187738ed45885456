//! A partition while it is written: its files, each sorted by citizen.
//!
//! Rows are held until many of a file can be written together, so a file is open only once it has so
//! many: however many partitions are under way, few files are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use pulsvagt_analytics::lake::{Cell, Sheet, Table, Writer};

use super::{Bucket, LakeError, Partition, folder};

/// A file with what writes it.
type Open = (Writer<BufWriter<File>>, File);

/// Where the files go.
enum Target {
    Folder(PathBuf),
    /// Below a name in a bucket.
    Bucket(Bucket, String),
}

impl Target {
    fn begin(&self, table: &'static Table, file: &str) -> Result<Open, LakeError> {
        let made = match self {
            Self::Folder(path) => folder::begin(path, file)?,
            // Without a name, so that nothing is left of it whatever happens.
            Self::Bucket(..) => tempfile::tempfile()
                .map_err(|error| LakeError::File("a temporary file".to_owned(), error))?,
        };
        let own = made
            .try_clone()
            .map_err(|error| LakeError::File(format!("a handle of {file}"), error))?;
        Ok((Writer::new(table, BufWriter::with_capacity(1 << 20, made))?, own))
    }
}

/// A file whose last rows are held.
struct Begun {
    table: &'static Table,
    held: Sheet,
    open: Option<Open>,
}

impl Begun {
    fn new(table: &'static Table) -> Self {
        Self { table, held: Sheet::new(table), open: None }
    }

    fn push(&mut self, target: &Target, file: &str, cells: &[Cell<'_>]) -> Result<(), LakeError> {
        self.held.push(cells);
        if !self.held.is_full() {
            return Ok(());
        }
        let held = std::mem::replace(&mut self.held, Sheet::new(self.table));
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(target.begin(self.table, file)?),
        };
        Ok(open.0.put(held)?)
    }

    fn finish(self, target: &Target, file: &str) -> Result<(File, u64), LakeError> {
        let (mut writer, own) = match self.open {
            Some(open) => open,
            None => target.begin(self.table, file)?,
        };
        writer.put(self.held)?;
        Ok((own, writer.finish()?))
    }
}

/// The files of a partition while they are written.
pub(super) struct Place {
    target: Target,
    files: BTreeMap<String, Begun>,
}

impl Place {
    pub(super) fn in_folder(path: PathBuf) -> Self {
        Self { target: Target::Folder(path), files: BTreeMap::new() }
    }

    pub(super) fn in_bucket(bucket: Bucket, name: String) -> Self {
        Self { target: Target::Bucket(bucket, name), files: BTreeMap::new() }
    }

    /// One more row of a file, which begins with its first.
    pub(super) fn push(
        &mut self,
        table: &'static Table,
        file: &str,
        cells: &[Cell<'_>],
    ) -> Result<(), LakeError> {
        let name = named(file);
        if let Some(begun) = self.files.get_mut(&name) {
            return begun.push(&self.target, &name, cells);
        }
        let mut begun = Begun::new(table);
        begun.push(&self.target, &name, cells)?;
        self.files.insert(name, begun);
        Ok(())
    }

    /// Puts the files in their places.
    pub(super) async fn finish(self) -> Result<Partition, LakeError> {
        let mut partition = Partition::default();
        for (name, begun) in self.files {
            let (file, rows) = begun.finish(&self.target, &name)?;
            match &self.target {
                Target::Folder(path) => folder::keep(path, &name, &file)?,
                Target::Bucket(bucket, at) => {
                    bucket.put_file(&format!("{at}/{name}"), file).await?;
                }
            }
            partition.files.insert(name, rows);
        }
        if let Target::Folder(path) = &self.target {
            folder::put(path, partition.files.keys())?;
        }
        Ok(partition)
    }
}

/// Readers look for names that end so.
fn named(file: &str) -> String {
    format!("{file}.parquet")
}
