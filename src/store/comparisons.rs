//! What regions have put beside each other and given to the municipalities in it.

use super::{Store, StoreError, Tx};
use crate::clock::Micros;

/// Comparisons that are kept; of more, the oldest go.
const KEPT: i64 = 200;

/// A comparison that a region gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenComparison {
    /// Its id, the same in each municipality that has it.
    pub id: String,
    /// By which region.
    pub region: String,
    /// The name of the cohort's definition.
    pub name: String,
    /// What for: a code of HL7 v3 `PurposeOfUse`.
    pub purpose: String,
    /// What for, in words.
    pub reason: String,
    /// When.
    pub given: Micros,
    /// Who asked for it.
    pub given_by: String,
    /// The comparison as JSON.
    pub body: String,
}

impl Store {
    /// Keeps a comparison. Of more than 200 the oldest go.
    ///
    /// # Errors
    /// When the database does.
    pub async fn keep_comparison_in(
        &self,
        tx: &mut Tx,
        new: &GivenComparison,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- comparisons.keep
             insert into region_comparison (id, region, name, purpose, reason, given, given_by, body)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.id,
            new.region,
            new.name,
            new.purpose,
            new.reason,
            new.given as Micros,
            new.given_by,
            new.body
        )
        .execute(&mut *tx.0)
        .await?;
        sqlx::query!(
            "-- comparisons.oldest_go
             delete from region_comparison where id in
                 (select id from region_comparison order by given desc, id desc offset $1)",
            KEPT
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// All comparisons that are kept, newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn comparisons(&self) -> Result<Vec<GivenComparison>, StoreError> {
        let rows = sqlx::query_as!(
            GivenComparison,
            r#"-- comparisons.all
             select id, region, name, purpose, reason, given as "given: Micros", given_by, body
             from region_comparison order by given desc, id desc"#
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// A comparison.
    ///
    /// # Errors
    /// When the database does.
    pub async fn comparison(&self, id: &str) -> Result<Option<GivenComparison>, StoreError> {
        let row = sqlx::query_as!(
            GivenComparison,
            r#"-- comparisons.one
             select id, region, name, purpose, reason, given as "given: Micros", given_by, body
             from region_comparison where id = $1"#,
            id
        );
        Ok(row.fetch_optional(&self.pool).await?)
    }
}
