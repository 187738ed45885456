//! The files of a municipality's part of a lake.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
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
        fs::create_dir_all(&manifests).map_err(failed(&manifests))?;
        let path = manifests.join(format!(".{code}.lock"));
        let lock = File::create(&path).map_err(failed(&path))?;
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
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
        fs::create_dir_all(&path).map_err(failed(&path))?;
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
        let mut file = File::create(&part).map_err(failed(&part))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed(&part))?;
        fs::rename(&part, &path).map_err(failed(&path))?;
        sync(&self.root.join(MANIFESTS))
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
    let part = part(folder, file);
    File::create(&part).map_err(failed(&part))
}

/// Puts the files of a partition in their places.
pub(super) fn put(folder: &Path, files: &[(String, File)]) -> Result<(), LakeError> {
    for (name, file) in files {
        file.sync_all().map_err(failed(&part(folder, name)))?;
    }
    for (name, _) in files {
        let path = folder.join(name);
        fs::rename(part(folder, name), &path).map_err(failed(&path))?;
    }
    sync(folder)
}

fn part(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!(".{file}.part"))
}
