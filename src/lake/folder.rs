//! The files of a municipality's part of a lake. They are health data: what is made here is nobody's
//! but the user's who runs it.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::manifest::MANIFESTS;
use super::place::Place;
use super::{LakeError, Manifest};

/// A lake's folder, with the right to write a municipality's part.
pub(super) struct Folder {
    root: PathBuf,
    code: String,
    /// Locked as long as it is open.
    _lock: File,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> LakeError {
    let path = path.display().to_string();
    move |error| LakeError::File(path, error)
}

impl Folder {
    pub(super) fn open(root: &Path, code: &str) -> Result<Self, LakeError> {
        let manifests = root.join(MANIFESTS);
        make(&manifests)?;
        let path = manifests.join(format!(".{code}.lock"));
        // Made once and never replaced: whoever waits has it open.
        let lock = private().create(true).open(&path).map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), code: code.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(LakeError::Busy),
            Err(fs::TryLockError::Error(error)) => Err(failed(&path)(error)),
        }
    }

    fn manifest_path(&self) -> PathBuf {
        self.root.join(MANIFESTS).join(format!("{}.json", self.code))
    }

    /// What the last run that came to its end has written.
    pub(super) fn manifest(&self) -> Result<Option<Manifest>, LakeError> {
        let path = self.manifest_path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path)(error)),
        };
        Manifest::read(&text, &self.code, &path.display().to_string())
    }

    /// The folder of a partition.
    pub(super) fn place(&self, table: &str, month: Option<&str>) -> Result<Place, LakeError> {
        let mut path = self.root.join(table).join(format!("municipality={}", self.code));
        if let Some(month) = month {
            path.push(format!("month={month}"));
        }
        make(&path)?;
        Ok(Place::in_folder(path))
    }

    /// Removes what is in no partition of the manifest.
    pub(super) fn sweep(
        &self,
        tables: &BTreeSet<&str>,
        manifest: &Manifest,
    ) -> Result<(), LakeError> {
        for table in tables {
            let own = self.root.join(table).join(format!("municipality={}", self.code));
            if !own.is_dir() {
                continue;
            }
            for path in entries(&own)? {
                let name = name(&path);
                match name.strip_prefix("month=") {
                    Some(month) if path.is_dir() => {
                        for file in entries(&path)? {
                            remove_unless(manifest.has(table, month, &self::name(&file)), &file)?;
                        }
                        // Only one without files goes.
                        let _ = fs::remove_dir(&path);
                    }
                    _ => remove_unless(manifest.has(table, "", &name), &path)?,
                }
            }
        }
        Ok(())
    }

    /// Puts the manifest in its place: what it says is there from now on.
    pub(super) fn finish(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let path = self.manifest_path();
        let part = path.with_extension("json.part");
        let text = manifest.text().map_err(failed(&path))?;
        let mut file = create(&part)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed(&part))?;
        fs::rename(&part, &path).map_err(failed(&path))?;
        sync(&self.root.join(MANIFESTS))
    }
}

/// A folder and those above it.
fn make(folder: &Path) -> Result<(), LakeError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// A file in the place of what a run that was cut off has left, whoever may read that.
fn create(path: &Path) -> Result<File, LakeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path)(error)),
        _ => private().create_new(true).open(path).map_err(failed(path)),
    }
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let list = fs::read_dir(path).map_err(failed(path))?;
    list.map(|entry| entry.map(|entry| entry.path()).map_err(failed(path))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn remove_unless(keep: bool, file: &Path) -> Result<(), LakeError> {
    // Of others there are no files here, but a folder of theirs is left alone.
    if keep || !file.is_file() { Ok(()) } else { fs::remove_file(file).map_err(failed(file)) }
}

/// Makes what was renamed in a folder last.
fn sync(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// Begins a file of a partition, under a name that readers pass over.
pub(super) fn begin(folder: &Path, file: &str) -> Result<File, LakeError> {
    create(&part(folder, file))
}

/// Makes a file that was begun last.
pub(super) fn keep(folder: &Path, name: &str, file: &File) -> Result<(), LakeError> {
    file.sync_all().map_err(failed(&part(folder, name)))
}

/// Puts the files of a partition in their places.
pub(super) fn put<'n>(
    folder: &Path,
    names: impl Iterator<Item = &'n String>,
) -> Result<(), LakeError> {
    for name in names {
        let path = folder.join(name);
        fs::rename(part(folder, name), &path).map_err(failed(&path))?;
    }
    sync(folder)
}

fn part(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!(".{file}.part"))
}
