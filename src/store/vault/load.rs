//! Asking the database which keys are in use, and the ring for them.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use sqlx::PgConnection;

use super::{Blind, Keys, cipher};
use crate::access::KeyRing;
use crate::access::ring::KeyNumber;
use crate::ids::TenantCode;
use crate::store::{Store, StoreError};

/// For how long what the database said about keys may be used.
pub(in crate::store) const LEASE: Duration = Duration::from_secs(2);

/// Where a municipality's keys come from, and what is known of them.
pub(in crate::store) struct Vault {
    schema: String,
    code: TenantCode,
    pub(in crate::store) ring: KeyRing,
    known: RwLock<Option<(Instant, Arc<Keys>)>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.code)
    }
}

struct State {
    number: Option<i32>,
    check_value: Option<Vec<u8>>,
    state: Option<String>,
    clear: bool,
    unkeyed: bool,
    blind: i32,
    blind_next: Option<i32>,
}

impl Vault {
    pub(in crate::store) fn new(code: TenantCode, schema: String, ring: KeyRing) -> Self {
        Self { schema, code, ring, known: RwLock::default() }
    }

    /// What was asked of the database lately enough.
    fn fresh(&self) -> Option<Arc<Keys>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| at.elapsed() < LEASE).map(|(_, keys)| Arc::clone(keys))
    }

    /// Forgets what is known, so that the database is asked again.
    pub(in crate::store) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The value by which a key is recognised, first 16 bytes.
    pub(in crate::store) fn check_value(&self, number: KeyNumber) -> Option<Vec<u8>> {
        self.ring.derive(number, "check", &self.code).map(|bytes| bytes[..16].to_vec())
    }

    fn keys(&self, rows: &[State]) -> Result<Keys, StoreError> {
        let state = rows.first().ok_or_else(|| {
            StoreError::Setup(format!(
                "municipality {} has no row in identity_state; run pulsvagt migrate",
                self.code
            ))
        })?;
        let mut keys = Keys {
            schema: self.schema.clone(),
            current: 0,
            data: std::collections::HashMap::new(),
            blind: Vec::new(),
            clear: state.clear,
            unkeyed: state.unkeyed,
        };
        for row in rows {
            let (Some(number), Some(check), Some(word)) =
                (row.number, &row.check_value, row.state.as_deref())
            else {
                continue;
            };
            let number = KeyNumber::try_from(number)
                .map_err(|error| StoreError::damaged("identity_key", error))?;
            match self.data_key(number, check) {
                Ok(key) => drop(keys.data.insert(number, key)),
                // Nothing is sealed with it any more.
                Err(_) if word == "retired" => {}
                Err(error) => return Err(error),
            }
            if word == "current" {
                keys.current = number;
            }
        }
        for number in [state.blind_next, Some(state.blind)].into_iter().flatten() {
            keys.blind.push(self.blind_key(number)?);
        }
        Ok(keys)
    }

    fn data_key(
        &self,
        number: KeyNumber,
        check: &[u8],
    ) -> Result<aws_lc_rs::aead::LessSafeKey, StoreError> {
        let code = &self.code;
        let known = self.check_value(number);
        let key = self.ring.derive(number, "data", code).as_ref().and_then(cipher);
        match (known, key) {
            (Some(known), Some(key)) if known == check => Ok(key),
            (None, _) | (_, None) => Err(StoreError::Setup(format!(
                "municipality {code} uses data key {number}, which is not in {}: bring the file \
                 back from the backup, or from the server where pulsvagt rekey ran",
                self.ring.place()
            ))),
            (Some(known), _) => Err(StoreError::Setup(format!(
                "data key {number} of {} is not the one that municipality {code} was encrypted \
                 with (check value {}, expected {}): bring key_file and its .ring back from the \
                 backup",
                self.ring.place(),
                HEXLOWER.encode(&known[..4]),
                HEXLOWER.encode(check.get(..4).unwrap_or_default())
            ))),
        }
    }

    fn blind_key(&self, number: i32) -> Result<Blind, StoreError> {
        let number = KeyNumber::try_from(number)
            .map_err(|error| StoreError::damaged("identity_state", error))?;
        let key = match number {
            0 => Some(self.ring.root().blind_index(&self.code)),
            _ => self.ring.derive(number, "blind", &self.code),
        };
        let key = key.ok_or_else(|| {
            StoreError::Setup(format!(
                "the blind index of municipality {} uses key {number}, which is not in {}: bring \
                 the file back from the backup",
                self.code,
                self.ring.place()
            ))
        })?;
        Ok(Blind::new(number, &key))
    }
}

impl Store {
    /// The keys in use.
    ///
    /// # Errors
    /// When the database cannot be asked, or the ring lacks a key that is in use.
    pub(in crate::store) async fn keys(&self) -> Result<Arc<Keys>, StoreError> {
        match self.vault().fresh() {
            Some(keys) => Ok(keys),
            None => self.load_keys(&mut *self.pool.acquire().await?).await,
        }
    }

    /// [`Self::keys`], asked on a connection that is held already.
    pub(in crate::store) async fn keys_on(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Arc<Keys>, StoreError> {
        match self.vault().fresh() {
            Some(keys) => Ok(keys),
            None => self.load_keys(connection).await,
        }
    }

    /// Whether every key in use is at hand; the first one is chosen where there is none yet.
    ///
    /// # Errors
    /// When the ring lacks a key that is in use, or has another one of its number.
    pub async fn check_keys(&self) -> Result<(), StoreError> {
        self.vault().forget();
        self.keys().await.map(drop)
    }

    async fn load_keys(&self, connection: &mut PgConnection) -> Result<Arc<Keys>, StoreError> {
        let asked = Instant::now();
        let mut rows = state(connection).await?;
        if rows.iter().all(|row| row.number.is_none()) {
            self.choose_first_key(connection).await?;
            rows = state(connection).await?;
        }
        let vault = self.vault();
        let keys = match vault.keys(&rows) {
            Ok(keys) => keys,
            // Perhaps another process has just added it.
            Err(_) => {
                vault.ring.reload().map_err(|error| StoreError::Setup(error.to_string()))?;
                vault.keys(&rows)?
            }
        };
        let keys = Arc::new(keys);
        *vault.known.write().unwrap_or_else(PoisonError::into_inner) =
            Some((asked, Arc::clone(&keys)));
        Ok(keys)
    }

    async fn choose_first_key(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let vault = self.vault();
        let number = vault.ring.newest();
        let check = vault
            .check_value(number)
            .ok_or_else(|| StoreError::Setup("the key ring is empty".to_owned()))?;
        sqlx::query!(
            "-- vault.first_key
             insert into identity_key (number, check_value, state)
             select $1, $2, 'current' where not exists (select from identity_key)
             on conflict do nothing",
            i32::try_from(number).unwrap_or(i32::MAX),
            check
        )
        .execute(connection)
        .await?;
        Ok(())
    }
}

async fn state(connection: &mut PgConnection) -> Result<Vec<State>, StoreError> {
    let rows = sqlx::query_as!(
        State,
        r#"-- vault.state
         select k.number as "number?", k.check_value as "check_value?", k.state as "state?",
                s.clear, s.unkeyed, s.blind, s.blind_next
         from identity_state s left join identity_key k on true
         order by k.number"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
