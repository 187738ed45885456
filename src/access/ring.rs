//! The keys of what is stored encrypted: numbered, added to, never changed.
//!
//! Key 1 follows from the installation's secret, so that a new installation has one without
//! anybody doing anything. Later ones are random and lie in a file beside the key file
//! (`master.key.ring`), one a line: the number and 64 hexadecimal digits. Which one a municipality
//! writes with stands in its database, and so does a check value of each key it uses: a server
//! whose file lacks a key, or has another one of that number, refuses to start instead of reading
//! garbage.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::rand;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use super::MasterKey;
use super::keys::KeyError;
use crate::ids::TenantCode;

/// Number of a key in the ring, from 1.
pub type KeyNumber = u32;

/// The installation's secret and the keys that were added to it. Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    root: MasterKey,
    file: Option<PathBuf>,
    added: RwLock<BTreeMap<KeyNumber, MasterKey>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(…)")
    }
}

impl From<MasterKey> for KeyRing {
    /// The ring of an installation that keeps no file: key 1, and what is added while it runs.
    fn from(root: MasterKey) -> Self {
        Self(Arc::new(Inner { root, file: None, added: RwLock::default() }))
    }
}

impl KeyRing {
    /// The ring that belongs to a key file; the file of added keys need not be there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(root: MasterKey, key_file: &Path) -> Result<Self, KeyError> {
        let mut name = key_file.as_os_str().to_owned();
        name.push(".ring");
        let ring = Self(Arc::new(Inner {
            root,
            file: Some(PathBuf::from(name)),
            added: RwLock::default(),
        }));
        ring.reload()?;
        Ok(ring)
    }

    /// The installation's secret.
    pub fn root(&self) -> &MasterKey {
        &self.0.root
    }

    /// Where added keys lie, for messages.
    pub fn place(&self) -> String {
        self.0.file.as_ref().map_or_else(|| "memory".to_owned(), |file| file.display().to_string())
    }

    /// The newest key's number.
    pub fn newest(&self) -> KeyNumber {
        let added = self.0.added.read().unwrap_or_else(PoisonError::into_inner);
        added.last_key_value().map_or(1, |(number, _)| *number)
    }

    /// Reads the file again: another process may have added a key.
    pub fn reload(&self) -> Result<(), KeyError> {
        let Some(path) = &self.0.file else { return Ok(()) };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(KeyError::File { path: path.clone(), source }),
        };
        let keys = parse(&text).ok_or_else(|| KeyError::Ring { path: path.clone() })?;
        *self.0.added.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Adds a random key, on disk before this returns.
    pub fn add(&self) -> Result<KeyNumber, KeyError> {
        self.reload()?;
        let number = self.newest() + 1;
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| KeyError::Random)?;
        let mut added = self.0.added.write().unwrap_or_else(PoisonError::into_inner);
        added.insert(number, MasterKey::from_bytes(bytes));
        if let Some(path) = &self.0.file
            && let Err(source) = write(path, &added)
        {
            added.remove(&number);
            return Err(KeyError::File { path: path.clone(), source });
        }
        Ok(number)
    }

    /// A municipality's key for a purpose; `None` if the ring has no key of that number.
    pub(crate) fn derive(
        &self,
        number: KeyNumber,
        purpose: &str,
        tenant: &TenantCode,
    ) -> Option<[u8; 32]> {
        let purpose = &[purpose, tenant.as_str()];
        if number == 1 {
            return Some(MasterKey::from_bytes(self.0.root.derive(&["ring-1"])).derive(purpose));
        }
        let added = self.0.added.read().unwrap_or_else(PoisonError::into_inner);
        added.get(&number).map(|key| key.derive(purpose))
    }
}

fn parse(text: &str) -> Option<BTreeMap<KeyNumber, MasterKey>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (number, digits) = line.split_once(char::is_whitespace)?;
            let number = number.parse().ok().filter(|number| *number > 1)?;
            let bytes = HEXLOWER_PERMISSIVE.decode(digits.trim().as_bytes()).ok()?;
            Some((number, MasterKey::from_bytes(bytes.try_into().ok()?)))
        })
        .collect()
}

/// Whole or not at all: beside it, onto the disk, then in its place.
fn write(path: &Path, keys: &BTreeMap<KeyNumber, MasterKey>) -> std::io::Result<()> {
    let mut text =
        String::from("# Keys of what is stored encrypted. Keep a copy; change nothing.\n");
    for (number, key) in keys {
        text.extend([&number.to_string(), " ", &HEXLOWER.encode(key.expose()), "\n"]);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) if folder != Path::new("") => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyRing, MasterKey};
    use crate::ids::TenantCode;

    #[test]
    fn keys_stay_once_added_and_differ_by_number_purpose_and_municipality() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        let open = || KeyRing::open(MasterKey::from_bytes([3; 32]), &file).expect("a ring");
        let ring = open();
        assert_eq!(ring.newest(), 1);
        assert!(!folder.path().join("master.key.ring").exists());
        assert_eq!((ring.add().expect("a key"), ring.add().expect("a key")), (2, 3));
        let [here, there]: [TenantCode; 2] =
            ["0330", "0306"].map(|code| code.parse().expect("a code"));
        let again = open();
        let mut seen = std::collections::HashSet::new();
        for number in 1..=3 {
            for purpose in ["data", "blind"] {
                for tenant in [&here, &there] {
                    let key = ring.derive(number, purpose, tenant).expect("a key");
                    assert_eq!(again.derive(number, purpose, tenant), Some(key));
                    assert!(seen.insert(key));
                }
            }
        }
        assert_eq!(ring.derive(4, "data", &here), None);
    }

    #[test]
    fn another_process_is_heard_and_a_damaged_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("master.key");
        let open = || KeyRing::open(MasterKey::from_bytes([3; 32]), &file);
        let (one, other) = (open().expect("a ring"), open().expect("a ring"));
        one.add().expect("a key");
        assert_eq!(other.newest(), 1);
        other.reload().expect("read");
        assert_eq!(other.newest(), 2);
        std::fs::write(folder.path().join("master.key.ring"), "2 abc\n").expect("written");
        let error = open().expect_err("damaged").to_string();
        assert!(error.contains("master.key.ring") && !error.contains("abc"), "{error}");
    }
}
