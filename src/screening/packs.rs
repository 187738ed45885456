//! The rule packs that are in force.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::PackErrors;

use crate::clock::Micros;
use crate::store::screenings::{Mode, StoredPack};
use crate::store::{Store, Tx};

use super::ScreeningError;

/// The text of the pack that a municipality has as long as it has chosen no other.
pub const DEFAULT_PACK: &str = include_str!("../../analytics/packs/default.toml");

/// The rule pack in force cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the active rule pack {hash} cannot be used")]
pub struct PackError {
    /// Its content hash.
    hash: String,
    /// Why.
    #[source]
    source: PackErrors,
}

/// The packs to screen by.
#[derive(Debug, Clone)]
pub struct Packs {
    /// The one whose findings become alerts.
    pub active: Pack,
    /// Those that are only compared with it.
    pub shadows: Vec<Pack>,
}

/// Packs that have been read, by hash.
#[derive(Debug, Default)]
pub struct PackShelf(Mutex<HashMap<String, Pack>>);

impl PackShelf {
    /// The packs of a municipality that are in force now. One that has none gets the default pack.
    ///
    /// # Errors
    /// When the active pack cannot be used. A shadow that cannot be is passed over and logged.
    pub async fn in_force(&self, store: &Store, now: Micros) -> Result<Packs, ScreeningError> {
        let mut stored = store.rule_packs().await?;
        if !stored.iter().any(|pack| pack.mode == Mode::Active) {
            let default = Pack::default_pack();
            let (hash, name, version) = (default.hash(), default.name(), default.version());
            store.ensure_rule_pack(hash, name, version, DEFAULT_PACK, now).await?;
            stored = store.rule_packs().await?;
        }
        let (mut active, mut shadows) = (None, Vec::new());
        for pack in stored {
            let read = self.read(&pack.hash, &pack.body);
            match (pack.mode, read) {
                (Mode::Active, Ok(read)) => active = Some(read),
                (Mode::Active, Err(source)) => {
                    return Err(PackError { hash: pack.hash, source }.into());
                }
                (Mode::Shadow, Ok(read)) => shadows.push(read),
                (Mode::Shadow, Err(error)) => tracing::warn!(
                    tenant = %store.code(),
                    pack = pack.hash,
                    %error,
                    "a shadow rule pack cannot be used"
                ),
                (Mode::Retired, _) => {}
            }
        }
        // Only one that somebody has just retired without a successor is missing here.
        Ok(Packs { active: active.unwrap_or_else(|| Pack::default_pack().clone()), shadows })
    }

    /// The active pack of a municipality, as a transaction sees it.
    ///
    /// # Errors
    /// When the pack cannot be used.
    pub async fn active_in(&self, store: &Store, tx: &mut Tx) -> Result<Pack, ScreeningError> {
        match store.active_rule_pack_in(tx).await? {
            None => Ok(Pack::default_pack().clone()),
            Some(StoredPack { hash, body, .. }) => {
                self.read(&hash, &body).map_err(|source| PackError { hash, source }.into())
            }
        }
    }

    fn read(&self, hash: &str, body: &str) -> Result<Pack, PackErrors> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pack) = shelf.get(hash) {
            return Ok(pack.clone());
        }
        let pack = Pack::parse(body)?;
        shelf.insert(hash.to_owned(), pack.clone());
        Ok(pack)
    }
}
