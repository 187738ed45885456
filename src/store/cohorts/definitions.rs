//! Definitions of cohorts that somebody has saved, in all their versions.

use super::super::{Store, StoreError, Tx};
use crate::clock::Micros;

/// A version of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedDefinition {
    /// Its name.
    pub name: String,
    /// Which version it is here, from 1.
    pub revision: u32,
    /// JSON.
    pub body: String,
    /// Hash of its canonical form.
    pub hash: String,
    /// When.
    pub saved: Micros,
    /// By whom.
    pub saved_by: String,
}

impl Store {
    /// The newest versions of all definitions, by name.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_definitions(&self) -> Result<Vec<SavedDefinition>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- cohort_definitions.all
             select distinct on (name) name, revision, body, hash, saved as "saved: Micros", saved_by
             from cohort_definition order by name, revision desc"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// All versions of a definition, newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_versions(&self, name: &str) -> Result<Vec<SavedDefinition>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- cohort_definitions.versions
             select name, revision, body, hash, saved as "saved: Micros", saved_by
             from cohort_definition where name = $1 order by revision desc"#,
            name
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// A version of a definition; the newest unless another is asked for.
    ///
    /// # Errors
    /// When the database does.
    pub async fn cohort_definition(
        &self,
        name: &str,
        revision: Option<u32>,
    ) -> Result<Option<SavedDefinition>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- cohort_definitions.one
             select name, revision, body, hash, saved as "saved: Micros", saved_by
             from cohort_definition
             where name = $1 and ($2::int4 is null or revision = $2)
             order by revision desc limit 1"#,
            name,
            revision.map(u32::cast_signed)
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Row::read))
    }

    /// Saves the version after `expected`, 0 for the first; `false` if that is not the newest.
    ///
    /// # Errors
    /// When the database does.
    pub async fn save_cohort_definition_in(
        &self,
        tx: &mut Tx,
        expected: u32,
        saved: &SavedDefinition,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- cohort_definitions.save
             insert into cohort_definition (name, revision, body, hash, saved, saved_by)
             select $1, $2::int4 + 1, $3, $4, $5, $6
             where $2 = (select coalesce(max(revision), 0) from cohort_definition where name = $1)
             on conflict do nothing",
            saved.name,
            expected.cast_signed(),
            saved.body,
            saved.hash,
            saved.saved as Micros,
            saved.saved_by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

struct Row {
    name: String,
    revision: i32,
    body: String,
    hash: String,
    saved: Micros,
    saved_by: String,
}

impl Row {
    fn read(self) -> SavedDefinition {
        let Self { name, revision, body, hash, saved, saved_by } = self;
        let revision = revision.cast_unsigned();
        SavedDefinition { name, revision, body, hash, saved, saved_by }
    }
}
