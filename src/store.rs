//! The only place with SQL.
//!
//! [`Catalog`] knows the municipalities; a [`Store`] is one municipality's handle and the only way
//! to its data. No function here takes a municipality's code together with anything of a citizen.

mod accounts;
pub mod alerts;
pub mod audit;
pub mod break_glass;
pub mod bulk;
pub mod catalog;
mod clients;
pub mod cohorts;
pub mod comparisons;
mod consents;
pub mod edition;
pub mod encounters;
pub mod erasure;
pub mod export;
pub mod health;
pub mod holdings;
pub mod imports;
pub mod intake;
mod intern;
pub mod lake;
mod municipality;
pub mod observations;
pub mod persons;
pub mod plans;
pub mod projections;
pub mod refusals;
pub mod regions;
pub mod rekey;
pub mod resources;
pub mod retention;
pub mod risk;
pub mod samples;
pub mod screenings;
pub mod search;
mod sessions;
pub mod sight;
mod signing_keys;
pub mod standing;
pub mod summaries;
pub mod teams;
mod types;
mod vault;

pub use accounts::Attempt;
pub use catalog::{Catalog, Tenant};
pub use intern::{Shape, Wanted};
pub use municipality::{Store, Tx};
pub use sessions::NewSession;
pub use sight::{Sight, Sights};
pub use signing_keys::SigningKey;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, starting, stopping or full. The same request may succeed later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused a statement: a fault of the server.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
    /// A migration failed.
    #[error("a migration failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored row cannot be understood.
    #[error("a stored row in {table} is damaged")]
    Damaged {
        /// In which table.
        table: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The citizen's data is stored and must not be processed (GDPR article 18).
    #[error("the citizen's data is restricted")]
    Restricted,
    /// The citizen is out of the caller's sight, which is told as if there were none.
    #[error("the citizen is out of the caller's sight")]
    OutOfSight,
    /// The citizen was erased while this was under way.
    #[error("the citizen is not kept here any more")]
    Gone,
    /// What is asked for is not as it has to be; the text says what and what to do.
    #[error("{0}")]
    Setup(String),
}

impl StoreError {
    /// Whether the same request may succeed later without anybody mending anything here.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(crate) fn damaged(
        table: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { table, source: source.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error
            && database.is_foreign_key_violation()
            && database.constraint().is_some_and(|name| name.ends_with("_citizen_fkey"))
        {
            return Self::Gone;
        }
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Classes 08 (connection), 53 (resources, disk full), 57P (shutdown), 58 (system),
            // and the two that PostgreSQL asks to be retried.
            sqlx::Error::Database(database) => database.code().is_some_and(|code| {
                code.starts_with("08")
                    || code.starts_with("53")
                    || code.starts_with("57P")
                    || code.starts_with("58")
                    || code == "40001"
                    || code == "40P01"
            }),
            _ => false,
        };
        if away { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

/// A database error without the values that PostgreSQL quotes in it.
pub fn describe_database_error(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let sqlx::Error::Database(database) = error.downcast_ref::<sqlx::Error>()? else {
        return None;
    };
    let code = database.code().unwrap_or_default();
    Some(match (database.table(), database.constraint()) {
        (Some(table), Some(constraint)) => format!("SQLSTATE {code} on {table} ({constraint})"),
        (Some(table), None) => format!("SQLSTATE {code} on {table}"),
        _ => format!("SQLSTATE {code}"),
    })
}
