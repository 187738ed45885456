//! One secret per installation, from which every other key is derived.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::{hkdf, rand};
use data_encoding::{BASE32_NOPAD, HEXLOWER};

use crate::ids::TenantCode;

/// The installation's secret: 32 bytes in a file that only the server may read. Losing it loses
/// the ids of all observations; it belongs in the backup, apart from the database.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Why the master key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not 32 bytes in hexadecimal.
    #[error("{path} is not a key: expected 64 hexadecimal digits (make one: openssl rand -hex 32)")]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// The file of added keys is damaged.
    #[error(
        "{path} is damaged: expected a number from 2 and 64 hexadecimal digits a line; bring it back from the backup"
    )]
    Ring {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random,
}

impl MasterKey {
    /// From 32 bytes that are already secret and random; for tests.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be written to a file that only the server may read.
    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads the key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(file)?;
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
        bytes
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Self)
            .ok_or_else(|| KeyError::Format { path: path.to_owned() })
    }

    /// Reads the key, or makes one where there is none.
    pub fn read_or_create(path: &Path) -> Result<Self, KeyError> {
        if path.exists() {
            return Self::read(path);
        }
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| KeyError::Random)?;
        let file = |source| KeyError::File { path: path.to_owned(), source };
        let mut out = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(file)?;
        let text = HEXLOWER.encode(&bytes);
        out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(file)?;
        Ok(Self(bytes))
    }

    /// The key of the ids of a municipality's observations.
    pub fn observation_ids(&self, tenant: &TenantCode) -> [u8; 32] {
        self.derive(&["observation-ids", tenant.as_str()])
    }

    /// The key of the hashes by which observations are found by identifier.
    pub fn identifier_hashes(&self, tenant: &TenantCode) -> [u8; 32] {
        self.derive(&["identifier-hashes", tenant.as_str()])
    }

    /// The key by which what names somebody is found, until another is asked for.
    pub fn blind_index(&self, tenant: &TenantCode) -> [u8; 32] {
        self.derive(&["blind-index", tenant.as_str()])
    }

    /// The key of the fingerprints of readings that name somebody. Never changes, since
    /// fingerprints are part of ids.
    pub fn fingerprints(&self, tenant: &TenantCode) -> [u8; 32] {
        self.derive(&["fingerprints", tenant.as_str()])
    }

    /// The key of the pseudonyms under which citizens stand in a lake.
    pub fn pseudonyms(&self, tenant: &TenantCode) -> [u8; 32] {
        self.derive(&["pseudonyms", tenant.as_str()])
    }

    /// The secret of a key that access tokens are signed with. Not every secret is one: `attempt`
    /// asks for the next. The salt is random and lies elsewhere, so that nobody who has this secret
    /// alone has that of a later key; the first keys had none.
    pub fn token_signing(&self, generation: i32, salt: &[u8], attempt: u32) -> [u8; 32] {
        let (generation, attempt) = (generation.to_string(), attempt.to_string());
        let salt = HEXLOWER.encode(salt);
        let purpose = ["token-signing", &generation, &attempt, &salt];
        self.derive(if salt.is_empty() { &purpose[..3] } else { &purpose })
    }

    /// The password of a municipality's database role.
    pub fn role_password(&self, tenant: &TenantCode) -> String {
        BASE32_NOPAD.encode(&self.derive(&["database-role", tenant.as_str()]))
    }

    /// HKDF-SHA-256 (RFC 5869); every purpose has its own key.
    pub(super) fn derive(&self, purpose: &[&str]) -> [u8; 32] {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"pulsvagt");
        let info: Vec<&[u8]> = purpose.iter().flat_map(|part| [part.as_bytes(), b"/"]).collect();
        let mut out = [0; 32];
        // Fails only for outputs longer than 255 hashes.
        let _ = salt
            .extract(&self.0)
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut out));
        out
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::MasterKey;

    #[test]
    fn a_signing_key_without_a_salt_is_the_one_it_always_was() {
        let key = MasterKey::from_bytes([7; 32]);
        let secret = |salt: &[u8]| HEXLOWER.encode(&key.token_signing(2, salt, 0));
        // HKDF-SHA-256 of "token-signing/2/0/", and of the same with the salt behind it.
        assert_eq!(secret(&[]), "234e96d7f25606d525ae7771e893422e56bf7bc88006c152d43c8b2cc5209875");
        assert_eq!(
            secret(&[5; 32]),
            "13060730456a68c3411454f0321637111b2b2a122f4a28e875443df48dcecc8e"
        );
        assert_ne!(key.token_signing(2, &[5; 32], 0), key.token_signing(2, &[5; 32], 1));
        assert_ne!(key.token_signing(2, &[5; 32], 0), key.token_signing(3, &[5; 32], 0));
    }
}
