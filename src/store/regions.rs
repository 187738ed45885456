//! What a municipality has agreed to with regions.

use jiff::civil;

use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::RegionCode;

/// An agreement: analysts of the region may ask for cohorts of the municipality's citizens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// With which region.
    pub region: String,
    /// What for: codes of HL7 v3 `PurposeOfUse`.
    pub purposes: Vec<String>,
    /// No count that the region is told is about fewer citizens.
    pub minimum_cell: u32,
    /// The last local day on which it holds.
    pub until: civil::Date,
    /// Whether others that agreed to this too may see the municipality's numbers beside theirs.
    pub shared: bool,
    /// Since when.
    pub agreed: Micros,
    /// Who agreed.
    pub agreed_by: String,
    /// When it was ended, or another one took its place.
    pub ended: Option<Micros>,
    /// Who ended it.
    pub ended_by: Option<String>,
}

/// What is to be agreed.
#[derive(Debug, Clone, Copy)]
pub struct NewAgreement<'a> {
    /// With which region.
    pub region: &'a RegionCode,
    /// What for: codes of HL7 v3 `PurposeOfUse`.
    pub purposes: &'a [String],
    /// No count that the region is told is about fewer citizens; 5 at least.
    pub minimum_cell: u32,
    /// The last local day on which it holds.
    pub until: civil::Date,
    /// Whether others that agree to this too may see the municipality's numbers beside theirs.
    pub shared: bool,
    /// Who agrees.
    pub by: &'a str,
}

struct Row {
    region: String,
    purposes: Vec<String>,
    minimum_cell: i32,
    until: String,
    shared: bool,
    agreed: Micros,
    agreed_by: String,
    ended: Option<Micros>,
    ended_by: Option<String>,
}

impl Row {
    fn read(self) -> Result<Agreement, StoreError> {
        let until = self.until.parse();
        Ok(Agreement {
            region: self.region,
            purposes: self.purposes,
            minimum_cell: self.minimum_cell.cast_unsigned(),
            until: until
                .map_err(|error: jiff::Error| StoreError::damaged("region_agreement", error))?,
            shared: self.shared,
            agreed: self.agreed,
            agreed_by: self.agreed_by,
            ended: self.ended,
            ended_by: self.ended_by,
        })
    }
}

impl Store {
    /// All agreements there were, the newest of a region first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn region_agreements(&self) -> Result<Vec<Agreement>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- regions.all
             select region, purposes, minimum_cell, until::text as "until!",
                    shared, agreed as "agreed: Micros", agreed_by, ended as "ended: Micros", ended_by
             from region_agreement order by region, id desc"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// The newest agreement with a region, which may have ended.
    ///
    /// # Errors
    /// When the database does.
    pub async fn region_agreement(
        &self,
        region: &RegionCode,
    ) -> Result<Option<Agreement>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- regions.newest
             select region, purposes, minimum_cell, until::text as "until!",
                    shared, agreed as "agreed: Micros", agreed_by, ended as "ended: Micros", ended_by
             from region_agreement where region = $1 order by id desc limit 1"#,
            region.as_str()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::read).transpose()
    }

    /// The newest agreement with a region. It cannot be ended until the transaction is.
    ///
    /// # Errors
    /// When the database does.
    pub async fn region_agreement_in(
        &self,
        tx: &mut Tx,
        region: &RegionCode,
    ) -> Result<Option<Agreement>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"-- regions.hold
             select region, purposes, minimum_cell, until::text as "until!",
                    shared, agreed as "agreed: Micros", agreed_by, ended as "ended: Micros", ended_by
             from region_agreement where region = $1 order by id desc limit 1 for share"#,
            region.as_str()
        )
        .fetch_optional(&mut *tx.0)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Agrees with a region; what was agreed before ends.
    ///
    /// # Errors
    /// When the database does.
    pub async fn agree_with_region_in(
        &self,
        tx: &mut Tx,
        new: &NewAgreement<'_>,
        now: Micros,
    ) -> Result<(), StoreError> {
        self.end_agreement_in(tx, new.region, new.by, now).await?;
        sqlx::query!(
            "-- regions.agree
             insert into region_agreement
                 (region, purposes, minimum_cell, until, agreed, agreed_by, shared)
             values ($1, $2, $3, $4::text::date, $5, $6, $7)",
            new.region.as_str(),
            new.purposes,
            new.minimum_cell.cast_signed(),
            new.until.to_string(),
            now as Micros,
            new.by,
            new.shared
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }

    /// Ends what is agreed with a region; `false` if nothing is. What is being told to it is told
    /// before or not at all.
    ///
    /// # Errors
    /// When the database does.
    pub async fn end_agreement_in(
        &self,
        tx: &mut Tx,
        region: &RegionCode,
        by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- regions.end
             update region_agreement set ended = $2, ended_by = $3
             where region = $1 and ended is null",
            region.as_str(),
            now as Micros,
            by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
