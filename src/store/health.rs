//! What `pulsvagt doctor` and the start of the server want to know about databases.

use std::collections::{HashMap, HashSet};

use sqlx::ConnectOptions;
use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::PgConnection;

use super::catalog::{CATALOG_MIGRATIONS, MUNICIPALITY_MIGRATIONS};
use super::edition::Edition;
use super::{Catalog, StoreError, Tenant};
use crate::clock::Micros;

/// The server settings that are looked at.
const SETTINGS: [&str; 8] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_connections",
    "superuser_reserved_connections",
    "data_checksums",
    "data_directory",
];

/// The state of the catalogue's database server.
#[derive(Debug, Clone)]
pub struct DatabaseHealth {
    /// PostgreSQL's version, such as `17.5`.
    pub version: String,
    /// PostgreSQL's version as one number, such as 170005.
    pub version_number: i32,
    /// TimescaleDB's version, if it is installed.
    pub timescaledb: Option<String>,
    /// TimescaleDB's edition.
    pub edition: Edition,
    /// The server's clock.
    pub now: Micros,
    /// Bytes in the catalogue's database.
    pub size: i64,
    settings: HashMap<String, (String, Option<String>)>,
}

impl DatabaseHealth {
    /// A setting as text, if the server has it and lets us see it.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(|(value, _)| value.as_str())
    }

    /// A setting as a number; memory in bytes.
    pub fn number(&self, name: &str) -> Option<u64> {
        let (value, unit) = self.settings.get(name)?;
        let factor = match unit.as_deref() {
            Some("8kB") => 8 << 10,
            Some("kB") => 1 << 10,
            Some("MB") => 1 << 20,
            _ => 1,
        };
        value.parse::<u64>().ok().map(|number| number * factor)
    }
}

/// The state of one municipality's schema and role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MunicipalityHealth {
    /// Migrations that are still to be run.
    pub pending: usize,
    /// What lets the role out of its schema; nothing, if the wall is intact.
    pub holes: Vec<String>,
}

impl Catalog {
    /// Looks at the database server of the catalogue.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn health(&self) -> Result<DatabaseHealth, StoreError> {
        let names = SETTINGS.map(str::to_owned).to_vec();
        let settings = sqlx::query!(
            r#"-- health.settings
            select name as "name!", setting as "setting!", unit
            from pg_settings where name = any($1)"#,
            &names
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|row| (row.name, (row.setting, row.unit)))
        .collect();
        let row = sqlx::query!(
            r#"-- health.database
            select current_setting('server_version') as "version!",
                   current_setting('server_version_num')::int as "number!",
                   (select extversion from pg_extension where extname = 'timescaledb')
                       as timescaledb,
                   current_setting('timescaledb.license', true) as license,
                   pg_database_size(current_database()) as "size!",
                   clock_timestamp() as "now!: Micros""#
        )
        .fetch_one(&self.pool)
        .await?;
        let community = row.license.as_deref() == Some("timescale");
        Ok(DatabaseHealth {
            // Packagers add their own words after the number.
            version: row.version.split(' ').next().unwrap_or_default().to_owned(),
            version_number: row.number,
            timescaledb: row.timescaledb,
            edition: if community { Edition::Community } else { Edition::Apache },
            now: row.now,
            size: row.size,
            settings,
        })
    }

    /// How many migrations of the catalogue are still to be run.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pending(&self) -> Result<usize, StoreError> {
        let mut connection = self.pool.acquire().await?;
        pending(&CATALOG_MIGRATIONS, &mut connection, "pulsvagt").await
    }

    /// How many migrations of a municipality are still to be run.
    ///
    /// # Errors
    /// When its database cannot be reached.
    pub async fn pending_of(&self, tenant: &Tenant) -> Result<usize, StoreError> {
        let mut connection = self.tenant_options(tenant)?.connect().await?;
        pending(&MUNICIPALITY_MIGRATIONS, &mut connection, &tenant.schema).await
    }

    /// Looks at one municipality, as its own role.
    ///
    /// # Errors
    /// When its database cannot be reached.
    pub async fn municipality_health(
        &self,
        tenant: &Tenant,
    ) -> Result<MunicipalityHealth, StoreError> {
        let mut connection = self.tenant_options(tenant)?.connect().await?;
        let pending = pending(&MUNICIPALITY_MIGRATIONS, &mut connection, &tenant.schema).await?;
        let role = sqlx::query!(
            r#"-- health.role
            select rolsuper as "superuser!", rolcreaterole as "creates_roles!",
                   rolbypassrls as "bypasses!"
            from pg_roles where rolname = current_user"#
        )
        .fetch_one(&mut connection)
        .await?;
        let schemas = sqlx::query_scalar!(
            r#"-- health.foreign_schemas
            select nspname::text as "name!" from pg_namespace
            where (nspname ~ '^m[0-9]{4}$' or nspname = 'pulsvagt') and nspname <> $1
              and has_schema_privilege(oid, 'usage') order by 1"#,
            tenant.schema
        )
        .fetch_all(&mut connection)
        .await?;
        let memberships = sqlx::query_scalar!(
            r#"-- health.memberships
            select r.rolname::text as "name!" from pg_auth_members m
            join pg_roles r on r.oid = m.roleid
            join pg_roles me on me.oid = m.member
            where me.rolname = current_user order by 1"#
        )
        .fetch_all(&mut connection)
        .await?;
        let mut holes = Vec::new();
        for (is, hole) in [
            (role.superuser, "is a superuser"),
            (role.creates_roles, "may create roles"),
            (role.bypasses, "may bypass row security"),
        ] {
            if is {
                holes.push(hole.to_owned());
            }
        }
        holes.extend(schemas.into_iter().map(|name| format!("may use schema {name}")));
        holes.extend(memberships.into_iter().map(|name| format!("is a member of {name}")));
        Ok(MunicipalityHealth { pending, holes })
    }
}

/// How many of the migrations have not been applied to the schema. Changes nothing.
async fn pending(
    migrations: &Migrator,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<usize, StoreError> {
    let is_begun = sqlx::query_scalar!(
        r#"-- health.migrations_table
        select exists (
            select from pg_tables where schemaname = $1 and tablename = '_sqlx_migrations'
        ) as "exists!""#,
        schema
    )
    .fetch_one(&mut *connection)
    .await?;
    let applied: HashSet<i64> = if is_begun {
        let applied = connection.list_applied_migrations(&migrations.table_name).await?;
        applied.into_iter().map(|migration| migration.version).collect()
    } else {
        HashSet::new()
    };
    Ok(migrations.iter().filter(|migration| !applied.contains(&migration.version)).count())
}
