//! The operating-system user that PostgreSQL runs as.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

use tokio::process::Command;

use super::error::EmbeddedError;

/// Who runs the server. PostgreSQL refuses to run as root, so root lends it another user.
#[derive(Debug, Clone)]
pub(super) struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// Set when we are root and have to change to this user.
    changes: bool,
}

impl Account {
    /// The user to run the cluster in `pgdata` as: ourselves, or when we are root the owner of
    /// the cluster, or for a new one `postgres` or `nobody`.
    pub(super) fn choose(pgdata: &Path) -> Result<Self, EmbeddedError> {
        let own = rustix::process::geteuid();
        let owner = fs::metadata(pgdata).ok().map(|metadata| (metadata.uid(), metadata.gid()));
        if !own.is_root() {
            return match owner {
                Some((owner, _)) if owner != own.as_raw() => {
                    Err(EmbeddedError::WrongOwner { path: pgdata.to_owned(), owner })
                }
                _ => Ok(Self {
                    name: own.as_raw().to_string(),
                    uid: own.as_raw(),
                    gid: rustix::process::getegid().as_raw(),
                    changes: false,
                }),
            };
        }
        let users = fs::read_to_string("/etc/passwd")
            .map_err(|error| EmbeddedError::io("read", Path::new("/etc/passwd"), error))?;
        if let Some((uid, gid)) = owner.filter(|&(uid, _)| uid != 0) {
            let name = users
                .lines()
                .filter_map(parse_user)
                .find(|user| user.uid == uid)
                .map_or_else(|| uid.to_string(), |user| user.name);
            return Ok(Self { name, uid, gid, changes: true });
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| users.lines().filter_map(parse_user).find(|user| user.name == *name))
            .ok_or(EmbeddedError::NoUnprivilegedUser)
    }

    /// The mode for the data folder: only its owner may look inside, and a server under
    /// another user may pass through.
    pub(super) fn data_dir_mode(&self) -> u32 {
        if self.changes { 0o711 } else { 0o700 }
    }

    /// Makes `command` run as this user.
    pub(super) fn lend(&self, command: &mut Command) {
        if self.changes {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives a file or folder to this user.
    pub(super) fn give(&self, path: &Path) -> Result<(), EmbeddedError> {
        if self.changes {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(|error| EmbeddedError::io("change the owner of", path, error))?;
        }
        Ok(())
    }

    /// Checks that this user may enter `directory` and every folder above it.
    pub(super) fn check_reaches(&self, directory: &Path) -> Result<(), EmbeddedError> {
        if !self.changes {
            return Ok(());
        }
        // From the top, so that the error names the folder which has to be opened first.
        let mut folders: Vec<&Path> = directory.ancestors().collect();
        folders.reverse();
        for folder in folders {
            let metadata = fs::metadata(folder)
                .map_err(|error| EmbeddedError::io("look at", folder, error))?;
            let bit = if metadata.uid() == self.uid {
                0o100
            } else if metadata.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & bit == 0 {
                return Err(EmbeddedError::Unreachable {
                    directory: folder.to_owned(),
                    user: self.name.clone(),
                });
            }
        }
        Ok(())
    }
}

/// One line of `/etc/passwd`; root is nobody we could use.
fn parse_user(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok().filter(|&uid| uid != 0)?;
    let gid = fields.next()?.parse().ok()?;
    Some(Account { name, uid, gid, changes: true })
}
