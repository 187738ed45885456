//! Which TimescaleDB this is, and what may be switched on because of it.

use sqlx::Executor;
use sqlx::postgres::PgConnection;

use super::{Store, StoreError};

/// The two builds of TimescaleDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// From the distributions: hypertables, no columnstore.
    Apache,
    /// From the vendor: columnstore and policies.
    Community,
}

impl Edition {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apache => "Apache",
            Self::Community => "Community",
        }
    }
}

/// Makes sure that the database has TimescaleDB, and refuses plain PostgreSQL with the cure.
pub(super) async fn require_timescaledb(connection: &mut PgConnection) -> Result<(), StoreError> {
    let available = sqlx::query_scalar!(
        "-- edition.available
         select 1 as one from pg_available_extensions where name = 'timescaledb'"
    )
    .fetch_optional(&mut *connection)
    .await?;
    if available.is_none() {
        return Err(StoreError::Setup(
            "this PostgreSQL has no TimescaleDB; on Debian 13 or newer install \
             postgresql-17-timescaledb, elsewhere run scripts/setup-timescaledb or use the image in \
             compose.yaml"
                .to_owned(),
        ));
    }
    connection.execute("create extension if not exists timescaledb").await.map_err(|error| {
        let text = error.to_string();
        if text.contains("preload") {
            StoreError::Setup(
                "TimescaleDB is installed but not loaded; add shared_preload_libraries = \
                 'timescaledb' to postgresql.conf and restart PostgreSQL"
                    .to_owned(),
            )
        } else {
            error.into()
        }
    })?;
    Ok(())
}

impl Store {
    /// Which edition the municipality's database runs.
    pub async fn edition(&self) -> Result<Edition, StoreError> {
        let license = sqlx::query_scalar!(
            r#"-- edition.license
            select current_setting('timescaledb.license', true) as license"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(match license.as_deref() {
            Some("timescale") => Edition::Community,
            _ => Edition::Apache,
        })
    }

    /// On the Community edition, keeps readings older than a month in the columnstore. Does nothing
    /// that is done already. Returns the edition.
    pub async fn enable_columnstore(&self) -> Result<Edition, StoreError> {
        let edition = self.edition().await?;
        if edition == Edition::Community {
            let mut connection = self.pool.acquire().await?;
            connection
                .execute(
                    "-- edition.columnstore
                     alter table observation set (
                         timescaledb.compress,
                         timescaledb.compress_segmentby = 'citizen, code',
                         timescaledb.compress_orderby = 'effective, source, fingerprint')",
                )
                .await?;
            connection
                .execute(
                    "-- edition.columnstore_policy
                     select add_compression_policy('observation', interval '35 days',
                                                   if_not_exists => true)",
                )
                .await?;
        }
        Ok(edition)
    }
}
