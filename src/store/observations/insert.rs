//! Storing a batch of readings, exactly once, with the days they touch.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pulsvagt_fhir::shape::fingerprint;
use sqlx::PgConnection;

use super::gone::{citizens_of, existing};
use super::rows::{insert_identifiers, insert_rows};
use super::{Condition, Identifier, NewObservation, StoredObservation};
use crate::audit::Block;
use crate::clock::Micros;
use crate::ids::ObservationKey;
use crate::store::vault::Keys;
use crate::store::{Store, StoreError, Tx};

/// What became of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is new.
    Stored(ObservationKey),
    /// It was there already, in this version, received then.
    Duplicate {
        /// Which reading it is.
        key: ObservationKey,
        /// The version that is current.
        version: u32,
        /// When that version was received.
        received: Micros,
    },
    /// It was only to be created if none has its identifier, and this one has.
    Exists {
        /// Which reading has it.
        key: ObservationKey,
        /// The version that is current.
        version: u32,
        /// When that version was received.
        received: Micros,
    },
    /// It was only to be created if none has its identifier, and several have.
    Ambiguous,
    /// The citizen was erased; nothing was stored.
    Gone,
}

/// Serialises conditional creates of one municipality across servers.
const CONDITIONAL_LOCK: i64 = 0x7075_6c73;

/// How often a fingerprint may collide before something else must be wrong.
const ATTEMPTS: u8 = 8;

impl Store {
    /// Stores readings in one transaction of their own, with the entries of who sent them.
    ///
    /// # Errors
    /// As the database gives them; then nothing of the batch is stored.
    pub async fn insert(
        &self,
        rows: &[NewObservation],
        received: Micros,
        audit: &Block,
    ) -> Result<Vec<Inserted>, StoreError> {
        // Most batches are all new, or all sent again, and one statement does what is to be done.
        let simple = |row: &NewObservation| {
            row.if_none_exist.is_none() && row.identifiers.is_empty() && row.unkeyed.is_none()
        };
        if rows.iter().all(simple)
            && let Some(inserted) = self.insert_at_once(rows, received, audit).await?
        {
            return Ok(inserted);
        }
        let mut tx = self.begin().await?;
        let inserted = self.insert_in(&mut tx, rows, received).await?;
        tx.commit(audit).await?;
        Ok(inserted)
    }

    /// Stores readings in one statement, which is a transaction by itself. `None`, and nothing
    /// stored, if some are new and some are not: then it takes more than one.
    async fn insert_at_once(
        &self,
        rows: &[NewObservation],
        received: Micros,
        audit: &Block,
    ) -> Result<Option<Vec<Inserted>>, StoreError> {
        let mut keys: Vec<(ObservationKey, usize)> =
            rows.iter().enumerate().map(|(at, row)| (row.key, at)).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Ok(None);
        }
        let mut connection = self.pool.acquire().await?;
        let vault = self.vault_for(&mut connection, rows).await?;
        let new =
            insert_rows(&mut connection, rows, &keys, received, Some(audit), vault.as_deref())
                .await?;
        let Some(new) = new else {
            return Ok(None);
        };
        let mut answers = vec![None; rows.len()];
        if new.is_empty() {
            let mut collided = Vec::new();
            self.answer_duplicates(&mut connection, rows, &keys, &mut answers, &mut collided)
                .await?;
        } else {
            for (key, at) in keys {
                answers[at] = Some(Inserted::Stored(key));
            }
        }
        Ok(answers.into_iter().collect())
    }

    /// Stores readings as part of a transaction. One answer per reading, in order.
    pub async fn insert_in(
        &self,
        tx: &mut Tx,
        rows: &[NewObservation],
        received: Micros,
    ) -> Result<Vec<Inserted>, StoreError> {
        self.insert_on(&mut tx.0, rows, received).await
    }

    async fn insert_on(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        received: Micros,
    ) -> Result<Vec<Inserted>, StoreError> {
        let citizens = citizens_of(rows.iter());
        let existing = existing(connection, &citizens).await?;
        if existing.len() < citizens.len() {
            return self.insert_but_gone(connection, rows, &existing, received).await;
        }
        self.insert_known(connection, rows, received).await
    }

    /// Stores readings of citizens that exist until the transaction ends.
    pub(super) async fn insert_known(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        received: Micros,
    ) -> Result<Vec<Inserted>, StoreError> {
        let mut answers: Vec<Option<Inserted>> = vec![None; rows.len()];
        let repeated = if rows.iter().any(|row| row.if_none_exist.is_some()) {
            self.answer_conditional(connection, rows, &mut answers).await?
        } else {
            HashSet::new()
        };
        let vault = self.vault_for(connection, rows).await?;
        let earlier = match &vault {
            Some(keys) if keys.unkeyed => self.stored_unkeyed(connection, rows).await?,
            _ => HashMap::new(),
        };
        let mut open: Vec<(ObservationKey, usize)> = (0..rows.len())
            .filter(|at| answers[*at].is_none() && !repeated.contains(at))
            .map(|at| (earlier.get(&at).copied().unwrap_or(rows[at].key), at))
            .collect();
        for attempt in 1..=ATTEMPTS {
            if open.is_empty() {
                break;
            }
            let collided = self
                .insert_keys(connection, rows, &mut open, &mut answers, received, vault.as_deref())
                .await?;
            open = collided
                .into_iter()
                .map(|at| {
                    let content = rows[at].content()?;
                    let fingerprint = match rows[at].unkeyed {
                        None => fingerprint(&content, attempt),
                        Some(_) => self.private_fingerprint(&content, attempt),
                    };
                    Ok((ObservationKey { fingerprint, ..rows[at].key }, at))
                })
                .collect::<Result<_, StoreError>>()?;
        }
        mark_days(connection, rows, &answers, received).await?;
        // A second conditional create of one batch finds what the first has just stored.
        let first_of: HashMap<&Condition, Inserted> = rows
            .iter()
            .zip(&answers)
            .rev()
            .filter_map(|(row, answer)| Some((row.if_none_exist.as_ref()?, (*answer)?)))
            .collect();
        rows.iter()
            .zip(&answers)
            .map(|(row, answer)| match (answer, &row.if_none_exist) {
                (Some(answer), _) => Ok(*answer),
                (None, Some(condition)) => match first_of.get(condition) {
                    Some(Inserted::Stored(key)) => {
                        Ok(Inserted::Exists { key: *key, version: 1, received })
                    }
                    Some(other) => Ok(*other),
                    None => Err(StoreError::damaged("observation", "a reading got no answer")),
                },
                (None, None) => Err(StoreError::damaged("observation", "fingerprints collide")),
            })
            .collect()
    }

    /// One round: inserts what is open, answers what is clear, returns what has collided.
    async fn insert_keys(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        open: &mut [(ObservationKey, usize)],
        answers: &mut [Option<Inserted>],
        received: Micros,
        vault: Option<&Keys>,
    ) -> Result<Vec<usize>, StoreError> {
        // One order for everybody: no deadlocks, and the index is walked from left to right.
        open.sort_unstable();
        let mut collided = Vec::new();
        let mut leaders: Vec<(ObservationKey, usize)> = Vec::with_capacity(open.len());
        let mut followers: Vec<(usize, usize)> = Vec::new();
        for &(key, at) in open.iter() {
            match leaders.last() {
                Some(&(leader, first)) if leader == key => {
                    if same_content(&rows[first], &rows[at])? {
                        followers.push((first, at));
                    } else {
                        collided.push(at);
                    }
                }
                _ => leaders.push((key, at)),
            }
        }
        let new = insert_rows(connection, rows, &leaders, received, None, vault).await?;
        let new = new.unwrap_or_default();
        if new.len() == leaders.len() {
            for &(key, at) in &leaders {
                answers[at] = Some(Inserted::Stored(key));
            }
        } else {
            let new: HashSet<ObservationKey> = new.into_iter().collect();
            let (stored, there): (Vec<_>, Vec<_>) =
                leaders.iter().partition(|(key, _)| new.contains(key));
            for (key, at) in stored {
                answers[at] = Some(Inserted::Stored(key));
            }
            self.answer_duplicates(connection, rows, &there, answers, &mut collided).await?;
        }
        for (first, at) in followers {
            answers[at] = match answers[first] {
                Some(Inserted::Stored(key)) => {
                    Some(Inserted::Duplicate { key, version: 1, received })
                }
                Some(other) => Some(other),
                None => {
                    collided.push(at);
                    None
                }
            };
        }
        let fresh: Vec<_> = leaders
            .iter()
            .filter(|(_, at)| matches!(answers[*at], Some(Inserted::Stored(_))))
            .filter(|(_, at)| !rows[*at].identifiers.is_empty())
            .copied()
            .collect();
        insert_identifiers(connection, rows, &fresh).await?;
        Ok(collided)
    }

    /// The keys, if one of the readings needs them.
    async fn vault_for(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
    ) -> Result<Option<Arc<Keys>>, StoreError> {
        if rows.iter().any(|row| row.packed.private || row.unkeyed.is_some()) {
            self.keys_on(connection).await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Which of the readings are stored already under a fingerprint without a key, and where.
    async fn stored_unkeyed(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
    ) -> Result<HashMap<usize, ObservationKey>, StoreError> {
        let candidates: Vec<(ObservationKey, usize)> = rows
            .iter()
            .enumerate()
            .filter_map(|(at, row)| {
                Some((ObservationKey { fingerprint: row.unkeyed?, ..row.key }, at))
            })
            .collect();
        let keys: Vec<ObservationKey> = candidates.iter().map(|(key, _)| *key).collect();
        let current = self.by_keys(connection, &keys).await?;
        let corrected: Vec<_> =
            current.values().filter(|row| row.version > 1).map(|row| row.key).collect();
        let originals = self.first_versions(connection, &corrected).await?;
        let mut found = HashMap::new();
        for (key, at) in candidates {
            if let Some(first) = originals.get(&key).or_else(|| current.get(&key))
                && first.content()? == rows[at].content()?
            {
                found.insert(at, key);
            }
        }
        Ok(found)
    }

    /// Compares readings whose key exists with what is stored under it: the first version, since
    /// a correction does not make the reading that was sent another one.
    async fn answer_duplicates(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        there: &[(ObservationKey, usize)],
        answers: &mut [Option<Inserted>],
        collided: &mut Vec<usize>,
    ) -> Result<(), StoreError> {
        let keys: Vec<ObservationKey> = there.iter().map(|(key, _)| *key).collect();
        let current = self.by_keys(connection, &keys).await?;
        let corrected: Vec<_> =
            current.values().filter(|row| row.version > 1).map(|row| row.key).collect();
        let originals = self.first_versions(connection, &corrected).await?;
        for &(key, at) in there {
            let Some(now) = current.get(&key) else {
                return Err(StoreError::damaged("observation", "a reading vanished"));
            };
            let first: &StoredObservation = originals.get(&key).unwrap_or(now);
            let new = &rows[at];
            let same = (first.shape.no == new.shape.no && first.packed == new.packed)
                || first.content()? == new.content()?;
            if same {
                let (version, received) = (now.version, now.received);
                answers[at] = Some(Inserted::Duplicate { key, version, received });
            } else {
                collided.push(at);
            }
        }
        Ok(())
    }

    /// Answers the conditional creates whose identifier is taken. Holds a lock until the end of
    /// the transaction, so that two servers cannot both find nothing. Returns those whose
    /// identifier an earlier one of the batch has too: they are answered as that one is.
    async fn answer_conditional(
        &self,
        connection: &mut PgConnection,
        rows: &[NewObservation],
        answers: &mut [Option<Inserted>],
    ) -> Result<HashSet<usize>, StoreError> {
        sqlx::query!(
            "-- observations.conditional_lock
             select pg_advisory_xact_lock($1, hashtext(current_schema()))",
            i32::try_from(CONDITIONAL_LOCK).unwrap_or(0)
        )
        .execute(&mut *connection)
        .await?;
        let mut wanted: HashMap<&Condition, usize> = HashMap::new();
        let mut repeated = HashSet::new();
        for (at, row) in rows.iter().enumerate() {
            let Some(condition) = &row.if_none_exist else { continue };
            match wanted.entry(condition) {
                Entry::Vacant(entry) => {
                    entry.insert(at);
                }
                Entry::Occupied(_) => {
                    repeated.insert(at);
                }
            }
        }
        let identifiers: HashSet<&Identifier> =
            wanted.keys().map(|condition| &condition.identifier).collect();
        let identifiers: Vec<&Identifier> = identifiers.into_iter().collect();
        let found = self.by_identifiers(connection, &identifiers).await?;
        for (condition, at) in wanted {
            let mut matching =
                found.get(&condition.identifier).into_iter().flatten().filter(|one| {
                    condition.within.is_none_or(|citizen| one.key.citizen == citizen)
                });
            answers[at] = match (matching.next(), matching.next()) {
                (None, _) => None,
                (Some(one), None) => Some(Inserted::Exists {
                    key: one.key,
                    version: one.version,
                    received: one.received,
                }),
                (Some(_), Some(_)) => Some(Inserted::Ambiguous),
            };
        }
        Ok(repeated)
    }
}

/// Marks the citizen-days whose summaries are now out of date.
async fn mark_days(
    connection: &mut PgConnection,
    rows: &[NewObservation],
    answers: &[Option<Inserted>],
    received: Micros,
) -> Result<(), StoreError> {
    let new = rows
        .iter()
        .zip(answers)
        .filter(|(_, answer)| matches!(answer, Some(Inserted::Stored(_))))
        .map(|(row, _)| row);
    super::update::mark(connection, &marks(new), received).await
}

/// The citizen-days of readings that may be scored, each once.
pub(super) fn marks<'r>(rows: impl Iterator<Item = &'r NewObservation>) -> Vec<(i32, i32)> {
    let mut marks: Vec<(i32, i32)> = rows
        .filter(|row| row.quarantine == 0)
        .filter_map(|row| Some((row.key.citizen.0, row.day?)))
        .collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

fn same_content(one: &NewObservation, other: &NewObservation) -> Result<bool, StoreError> {
    Ok((one.shape.no == other.shape.no && one.packed == other.packed)
        || one.content()? == other.content()?)
}
