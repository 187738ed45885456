//! The chain of audit blocks. Only ever appended to.

use sqlx::{PgConnection, PgPool};

use super::{Catalog, Store, StoreError};
use crate::audit::{Block, Holder, StoredBlock};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// Which blocks are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlockFilter {
    /// About this citizen.
    pub citizen: Option<CitizenNo>,
    /// Written at this moment or later.
    pub from: Option<Micros>,
    /// Written before this moment.
    pub to: Option<Micros>,
}

/// Appends a block. The caller has nothing else to do in the transaction but to commit it.
pub(super) async fn append(connection: &mut PgConnection, block: &Block) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        "-- audit.append
         select audit_append($1, $2, $3, $4)",
        block.written as Micros,
        block.number,
        &block.citizens,
        &block.body
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok(())
}

/// A chain: a municipality's, or the site's. Both are tables of the same shape, each in its schema.
#[derive(Debug, Clone)]
pub struct Chain {
    pool: PgPool,
    holder: Holder,
}

impl Store {
    /// The municipality's chain.
    pub fn chain(&self) -> Chain {
        Chain { pool: self.pool.clone(), holder: Holder::from(self.code()) }
    }

    /// Appends a block in a transaction of its own.
    pub async fn record(&self, block: &Block) -> Result<(), StoreError> {
        self.chain().record(block).await
    }
}

impl Catalog {
    /// The chain of what belongs to no municipality.
    pub fn chain(&self) -> Chain {
        Chain { pool: self.site.clone(), holder: Holder::Site }
    }
}

impl Chain {
    /// Whose it is.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Appends a block in a transaction of its own.
    pub async fn record(&self, block: &Block) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        append(&mut connection, block).await
    }

    /// At most so many blocks that come after the one of that number, in order.
    pub async fn blocks_after(
        &self,
        seq: i64,
        filter: &BlockFilter,
        limit: u16,
    ) -> Result<Vec<StoredBlock>, StoreError> {
        let rows = sqlx::query_as!(
            StoredBlock,
            r#"-- audit.after
            select seq, written, entries as number, citizens, body, previous, hash
            from audit_block
            where seq > $1 and ($2::int4 is null or citizens @> array[$2])
              and ($3::timestamptz is null or written >= $3)
              and ($4::timestamptz is null or written < $4)
            order by seq limit $5"#,
            seq,
            filter.citizen.map(|citizen| citizen.0),
            filter.from as Option<Micros>,
            filter.to as Option<Micros>,
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// At most so many blocks that come before the one of that number, the newest first.
    pub async fn blocks_before(
        &self,
        seq: i64,
        filter: &BlockFilter,
        limit: u16,
    ) -> Result<Vec<StoredBlock>, StoreError> {
        let rows = sqlx::query_as!(
            StoredBlock,
            r#"-- audit.before
            select seq, written, entries as number, citizens, body, previous, hash
            from audit_block
            where seq < $1 and ($2::int4 is null or citizens @> array[$2])
              and ($3::timestamptz is null or written >= $3)
              and ($4::timestamptz is null or written < $4)
            order by seq desc limit $5"#,
            seq,
            filter.citizen.map(|citizen| citizen.0),
            filter.from as Option<Micros>,
            filter.to as Option<Micros>,
            i64::from(limit)
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// One block.
    pub async fn block(&self, seq: i64) -> Result<Option<StoredBlock>, StoreError> {
        let row = sqlx::query_as!(
            StoredBlock,
            "-- audit.block
             select seq, written, entries as number, citizens, body, previous, hash
             from audit_block where seq = $1",
            seq
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row)
    }

    /// Whether the role that we are is kept from changing blocks by the database.
    pub async fn blocks_are_append_only(&self) -> Result<bool, StoreError> {
        let may_change = sqlx::query_scalar!(
            r#"-- audit.may_change
            select has_table_privilege('audit_block', 'update')
                or has_table_privilege('audit_block', 'delete')
                or has_table_privilege('audit_block', 'truncate') as "may!""#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(!may_change)
    }
}
