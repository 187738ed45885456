//! Correcting a reading: a new version, the old one kept.

use sqlx::PgConnection;

use super::rows::stored_extra;
use super::{NewObservation, Row, StoredObservation};
use crate::clock::Micros;
use crate::ids::ObservationKey;
use crate::store::samples::stored_day;
use crate::store::{Store, StoreError, Tx};

/// What became of a correction.
#[derive(Debug, Clone)]
pub enum Updated {
    /// It is now this version.
    Version(u32),
    /// It said what the current version says; nothing was written.
    Unchanged(u32),
    /// The version that was to be replaced is not the current one, which is this.
    Stale(u32),
    /// There is no such reading.
    Missing,
}

impl Store {
    /// Replaces the current version of the reading with `key`. `new.key` is not looked at: a
    /// correction does not change which reading it is.
    pub async fn update_in(
        &self,
        tx: &mut Tx,
        key: ObservationKey,
        new: &NewObservation,
        expected: Option<u32>,
        received: Micros,
    ) -> Result<Updated, StoreError> {
        self.replace_in(tx, key, new, expected, received, false).await
    }

    /// [`Self::update_in`] by somebody who has decided whether the reading counts: also a version
    /// that says the same is a new one, if it counts where the current one does not, or the other
    /// way round. What a sender corrects later with the same words leaves the decision alone.
    pub async fn rule_in(
        &self,
        tx: &mut Tx,
        key: ObservationKey,
        new: &NewObservation,
        expected: Option<u32>,
        received: Micros,
    ) -> Result<Updated, StoreError> {
        self.replace_in(tx, key, new, expected, received, true).await
    }

    async fn replace_in(
        &self,
        tx: &mut Tx,
        key: ObservationKey,
        new: &NewObservation,
        expected: Option<u32>,
        received: Micros,
        decided: bool,
    ) -> Result<Updated, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- observations.lock
             select effective, received, value, citizen, code, source,
                    fingerprint::int4 as "fingerprint!", shape, version, quarantine, holes, extra
             from observation
             where citizen = $1 and code = $2 and effective = $3 and source = $4 and fingerprint = $5::int4::oid
             for update"#,
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed()
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        let Some(current) = self.stored(row.into_iter().collect()).await?.pop() else {
            return Ok(Updated::Missing);
        };
        if expected.is_some_and(|version| version != current.version) {
            return Ok(Updated::Stale(current.version));
        }
        let counts_the_same = !decided || current.quarantine == new.quarantine;
        if current.shape.no == new.shape.no && current.packed == new.packed && counts_the_same {
            return Ok(Updated::Unchanged(current.version));
        }
        let version = current.version + 1;
        self.replace(tx, &current, new, version, received).await?;
        // The offset, or when a sleep ended, may be what was wrong.
        let scored = |quarantine: i16, day: Option<i32>| day.filter(|_| quarantine == 0);
        let mut days: Vec<i32> = [
            scored(current.quarantine, self.day_of_stored(&current)?),
            scored(new.quarantine, new.day),
        ]
        .into_iter()
        .flatten()
        .collect();
        days.sort_unstable();
        days.dedup();
        let marks: Vec<_> = days.into_iter().map(|day| (key.citizen.0, day)).collect();
        mark(&mut tx.0, &marks, received).await?;
        Ok(Updated::Version(version))
    }

    /// The local day that a version belongs to.
    fn day_of_stored(&self, version: &StoredObservation) -> Result<Option<i32>, StoreError> {
        let (shape, effective) = (&version.shape, version.key.effective);
        stored_day(shape, effective, &version.packed.holes, &version.packed.extra, self.zone())
    }

    async fn replace(
        &self,
        tx: &mut Tx,
        current: &StoredObservation,
        new: &NewObservation,
        version: u32,
        received: Micros,
    ) -> Result<(), StoreError> {
        let key = current.key;
        let vault = if new.packed.private { Some(self.keys_on(&mut tx.0).await?) } else { None };
        let extra = stored_extra(&new.packed, key, version, vault.as_deref())?;
        sqlx::query!(
            "-- observations.keep
             insert into observation_history
             select effective, received, value, citizen, code, source, fingerprint, shape, span,
                    version, quarantine, holes, extra, $6
             from observation
             where citizen = $1 and code = $2 and effective = $3 and source = $4 and fingerprint = $5::int4::oid",
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed(),
            received as Micros
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- observations.replace
             update observation
             set received = $6, value = $7, shape = $8, span = $9, version = $10, quarantine = $11,
                 holes = $12, extra = $13
             where citizen = $1 and code = $2 and effective = $3 and source = $4 and fingerprint = $5::int4::oid",
            key.citizen.0,
            key.code.0,
            key.effective as Micros,
            key.source.0,
            key.fingerprint.cast_signed(),
            received as Micros,
            new.value,
            new.shape.no.0,
            new.span,
            i16::try_from(version).unwrap_or(i16::MAX),
            new.quarantine,
            &new.packed.holes,
            &*extra
        )
        .execute(&mut *tx.0)
        .await?;
        // An identifier may have been added; one that is gone is refused when it is compared.
        for &hash in &new.identifiers {
            sqlx::query!(
                "-- observations.add_identifier
                 insert into observation_identifier
                        (identifier, effective, citizen, code, source, fingerprint)
                 select $6, $3, $1, $2, $4, $5
                 where not exists (
                     select from observation_identifier
                     where identifier = $6 and citizen = $1 and code = $2 and effective = $3
                       and source = $4 and fingerprint = $5)",
                key.citizen.0,
                key.code.0,
                key.effective as Micros,
                key.source.0,
                key.fingerprint.cast_signed(),
                hash
            )
            .execute(&mut *tx.0)
            .await?;
        }
        Ok(())
    }
}

/// Marks citizen-days, given as citizen and days since 1970, sorted.
///
/// A mark that is there already is locked until the transaction ends: whoever took it away before
/// would read the day before these readings can be seen, and nobody would look again.
pub(super) async fn mark(
    connection: &mut PgConnection,
    marks: &[(i32, i32)],
    received: Micros,
) -> Result<(), StoreError> {
    if marks.is_empty() {
        return Ok(());
    }
    let (citizens, days): (Vec<i32>, Vec<i32>) = marks.iter().copied().unzip();
    sqlx::query!(
        "-- observations.mark_days
         insert into touched_day (citizen, day, since)
         select citizen, date '1970-01-01' + day, $3
         from unnest($1::int4[], $2::int4[]) as mark (citizen, day)
         on conflict (citizen, day) do update set since = touched_day.since where false",
        &citizens,
        &days,
        received as Micros
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}
