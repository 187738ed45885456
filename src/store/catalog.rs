//! The municipalities of this installation, and how each one's store is opened.

use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::municipality::{Keys, Store};
use super::vault::Vault;
use super::{StoreError, edition};
use crate::access::KeyRing;
use crate::audit::{Block, Entry};
use crate::clock::Micros;
use crate::ids::TenantCode;

pub(super) static CATALOG_MIGRATIONS: sqlx::migrate::Migrator =
    sqlx::migrate!("migrations/catalog");
pub(super) static MUNICIPALITY_MIGRATIONS: sqlx::migrate::Migrator =
    sqlx::migrate!("migrations/municipality");

/// The role as which servers append to the site's chain. Nobody can log in as it.
const SITE_ROLE: &str = "pulsvagt_site";

/// A municipality as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its code.
    pub code: TenantCode,
    /// Its name.
    pub name: String,
    /// Where its data lives, if not in the catalogue's database: an URL without credentials.
    pub database_url: Option<String>,
    /// Its time zone; the local day of a reading that says no offset.
    pub zone: TimeZone,
    pub(super) schema: String,
    role: String,
}

/// The catalogue of municipalities.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(super) pool: PgPool,
    /// As the role that may only read and append the site's chain.
    pub(super) site: PgPool,
    options: PgConnectOptions,
    pub(super) keys: KeyRing,
    /// Connections per municipality.
    connections: u32,
}

/// What a migration run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Migrated {
    /// Steps that had been applied before.
    pub before: usize,
    /// Steps applied now.
    pub applied: usize,
}

impl Catalog {
    /// The keys of what is stored encrypted.
    pub fn ring(&self) -> &KeyRing {
        &self.keys
    }

    /// Connects as the catalogue's owner. Does not change anything.
    pub fn connect(
        url: &str,
        keys: impl Into<KeyRing>,
        connections: u32,
    ) -> Result<Self, StoreError> {
        let options = parse_url(url)?.options([("search_path", "pulsvagt,public")]);
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(3))
            .connect_lazy_with(options.clone());
        let site = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(3))
            .connect_lazy_with(options.clone().options([("role", SITE_ROLE)]));
        Ok(Self { pool, site, options, keys: keys.into(), connections })
    }

    /// Whether the catalogue's database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query!("-- catalog.ping\nselect 1 as one").fetch_one(&self.pool).await?;
        Ok(())
    }

    /// Creates what the catalogue needs in its database, or brings it up to date.
    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        // A connection of its own: closing it gives up the lock, whatever happened.
        let mut connection = self.options.connect().await?;
        lock(&mut connection).await?;
        edition::require_timescaledb(&mut connection).await?;
        connection.execute("create schema if not exists pulsvagt").await?;
        let migrated = run(&CATALOG_MIGRATIONS, &mut connection).await?;
        guard_site(&mut connection).await?;
        connection.close().await?;
        Ok(migrated)
    }

    /// All municipalities, by code.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let rows = sqlx::query!(
            "-- catalog.tenants
             select code, name, schema_name, role_name, database_url, time_zone
             from tenant order by code"
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Tenant {
                    code: row.code.parse().map_err(|e| StoreError::damaged("tenant", e))?,
                    name: row.name,
                    database_url: row.database_url,
                    zone: TimeZone::get(&row.time_zone)
                        .map_err(|e| StoreError::damaged("tenant", e))?,
                    schema: row.schema_name,
                    role: row.role_name,
                })
            })
            .collect()
    }

    /// One municipality.
    pub async fn tenant(&self, code: &TenantCode) -> Result<Option<Tenant>, StoreError> {
        Ok(self.tenants().await?.into_iter().find(|tenant| tenant.code == *code))
    }

    /// Creates a municipality's role and schema, runs its migrations and enters it in the
    /// catalogue. Can be repeated after an interruption; an existing one keeps its place.
    ///
    /// `owner_url` names another database by its owner's credentials, which are used once and not
    /// kept; `None` places the municipality in the catalogue's database. `at` is when it is done, for
    /// the site's chain.
    pub async fn add(
        &self,
        code: &TenantCode,
        name: &str,
        zone: &str,
        owner_url: Option<&str>,
        at: Micros,
    ) -> Result<Migrated, StoreError> {
        TimeZone::get(zone)
            .map_err(|_| StoreError::Setup(format!("{zone} is not an IANA time zone")))?;
        if let Some(known) = self.tenant(code).await? {
            return Err(StoreError::Setup(format!(
                "municipality {code} exists already as {}; pulsvagt migrate brings it up to date",
                known.name
            )));
        }
        let owner = match owner_url {
            Some(url) => parse_url(url)?,
            None => self.options.clone(),
        };
        let place = owner_url.map(|_| without_credentials(&owner));
        let (schema, role) = (format!("m{code}"), format!("pulsvagt_{code}"));
        let mut connection =
            PgConnection::connect_with(&owner.clone().options([("search_path", "public")])).await?;
        lock(&mut connection).await?;
        edition::require_timescaledb(&mut connection).await?;
        create_role_and_schema(
            &mut connection,
            &role,
            &schema,
            &self.keys.root().role_password(code),
        )
        .await?;
        connection.close().await?;
        let tenant = Tenant {
            code: code.clone(),
            name: name.to_owned(),
            database_url: place,
            zone: TimeZone::UTC,
            schema,
            role,
        };
        let migrated = self.migrate_as_role(&tenant).await?;
        guard_audit(&owner, &tenant).await?;
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "-- catalog.add
             insert into tenant (code, name, schema_name, role_name, database_url, time_zone)
             values ($1, $2, $3, $4, $5, $6)",
            code.as_str(),
            name,
            tenant.schema,
            tenant.role,
            tenant.database_url,
            zone
        )
        .execute(&mut *tx)
        .await?;
        let entry = Entry::of_system("operator", "add-municipality", at);
        let block = Block::of(entry.with("Municipality", code, 0));
        super::audit::append(&mut tx, &block).await?;
        tx.commit().await?;
        Ok(migrated)
    }

    /// Brings one municipality's schema up to date, as its own role, and takes the audit blocks out
    /// of that role's hands. In a database of its own, whose owner's credentials are not kept,
    /// only [`Self::add`] can do the latter.
    pub async fn migrate_tenant(&self, tenant: &Tenant) -> Result<Migrated, StoreError> {
        let migrated = self.migrate_as_role(tenant).await?;
        if tenant.database_url.is_none() {
            guard_audit(&self.options, tenant).await?;
        }
        Ok(migrated)
    }

    async fn migrate_as_role(&self, tenant: &Tenant) -> Result<Migrated, StoreError> {
        let mut connection = self.tenant_options(tenant)?.connect().await?;
        lock(&mut connection).await?;
        let migrated = run(&MUNICIPALITY_MIGRATIONS, &mut connection).await?;
        connection.close().await?;
        Ok(migrated)
    }

    /// Opens a municipality's store. Connects when first used.
    pub fn open(&self, tenant: &Tenant) -> Result<Store, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .connect_lazy_with(self.tenant_options(tenant)?);
        let root = self.keys.root();
        let keys = Keys {
            observation_ids: root.observation_ids(&tenant.code),
            identifier_hashes: root.identifier_hashes(&tenant.code),
            fingerprints: root.fingerprints(&tenant.code),
            pseudonyms: root.pseudonyms(&tenant.code),
        };
        let vault = Vault::new(tenant.code.clone(), tenant.schema.clone(), self.keys.clone());
        let (code, name, zone) = (tenant.code.clone(), tenant.name.clone(), tenant.zone.clone());
        Store::new(code, name, zone, pool, &keys, vault)
    }

    pub(super) fn tenant_options(&self, tenant: &Tenant) -> Result<PgConnectOptions, StoreError> {
        let place = match &tenant.database_url {
            Some(url) => parse_url(url)?,
            None => self.options.clone(),
        };
        Ok(place
            .username(&tenant.role)
            .password(&self.keys.root().role_password(&tenant.code))
            .application_name("pulsvagt")
            // Values are bound and not shown; what is written into a statement is text of ours.
            .log_statements(tracing::log::LevelFilter::Trace)
            .options([
                ("search_path", format!("{},public", tenant.schema).as_str()),
                ("timezone", "UTC"),
                ("jit", "off"),
                // Planning for each parameter costs more than any plan here gains by it: the
                // chunks that a search does not need are left out when it starts.
                ("plan_cache_mode", "force_generic_plan"),
            ]))
    }
}

fn parse_url(url: &str) -> Result<PgConnectOptions, StoreError> {
    // The error of sqlx may quote the URL, and with it a password.
    PgConnectOptions::from_str(url)
        .map(|options| options.log_statements(tracing::log::LevelFilter::Off))
        .map_err(|_| StoreError::Setup("the database URL cannot be read".to_owned()))
}

fn without_credentials(options: &PgConnectOptions) -> String {
    format!(
        "postgres://{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or("postgres")
    )
}

/// Names and password are made here from four digits and base 32, so nothing needs quoting;
/// DDL cannot take parameters.
async fn create_role_and_schema(
    connection: &mut PgConnection,
    role: &str,
    schema: &str,
    password: &str,
) -> Result<(), StoreError> {
    let exists = sqlx::query_scalar!(
        "-- catalog.role_exists\nselect 1 as one from pg_roles where rolname = $1",
        role
    )
    .fetch_optional(&mut *connection)
    .await?
    .is_some();
    let verb = if exists { "alter" } else { "create" };
    let statements = [
        format!(
            "{verb} role {role} with login nosuperuser nocreatedb nocreaterole noinherit \
             noreplication nobypassrls password '{password}'"
        ),
        format!("create schema if not exists {schema} authorization {role}"),
        format!("revoke all on schema {schema} from public"),
        "revoke create on schema public from public".to_owned(),
    ];
    for statement in statements {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
    }
    Ok(())
}

/// Makes the blocks the owner's, so that the municipality's role can read and append them and
/// nothing else. Can be repeated.
async fn guard_audit(owner: &PgConnectOptions, tenant: &Tenant) -> Result<(), StoreError> {
    let Tenant { schema, role, .. } = tenant;
    let mut connection = owner.clone().connect().await?;
    lock(&mut connection).await?;
    let ours = sqlx::query_scalar!(
        r#"-- catalog.owns_audit
        select coalesce((select tableowner = current_user from pg_tables
                         where schemaname = $1 and tablename = 'audit_block'), true) as "ours!""#,
        schema
    )
    .fetch_one(&mut connection)
    .await?;
    if !ours {
        // Sent together they are one transaction: without the last one nothing could be recorded.
        let statements = format!(
            "alter table {schema}.audit_block owner to current_user;
             revoke all on {schema}.audit_block from public, {role};
             grant select, insert on {schema}.audit_block to {role}"
        );
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statements))).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Makes the role of the site's chain, and lets it read and append blocks and nothing else. Can be
/// repeated. Roles belong to the whole server, on which others may be doing the same.
async fn guard_site(connection: &mut PgConnection) -> Result<(), StoreError> {
    let statements = format!(
        "do $$ begin
             if not exists (select 1 from pg_roles where rolname = '{SITE_ROLE}') then
                 create role {SITE_ROLE} with nologin nosuperuser nocreatedb nocreaterole noinherit \
                     noreplication nobypassrls;
             end if;
         exception when duplicate_object or unique_violation then null;
         end $$;
         do $$ begin
             if not exists (select 1 from pg_roles where rolname = current_user and rolsuper)
                and not exists (select 1 from pg_auth_members
                                where roleid = '{SITE_ROLE}'::regrole
                                  and member = current_user::regrole
                                  and grantor = current_user::regrole)
             then
                 grant {SITE_ROLE} to current_user;
             end if;
         end $$;
         grant usage on schema pulsvagt to {SITE_ROLE};
         revoke all on pulsvagt.audit_block from public, {SITE_ROLE};
         grant select, insert on pulsvagt.audit_block to {SITE_ROLE}"
    );
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statements))).await?;
    Ok(())
}

/// Two servers that start at once take turns. `if not exists` is no protection from each other.
async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("-- catalog.lock\nselect pg_advisory_lock(hashtextextended('pulsvagt', 0))")
        .execute(connection)
        .await?;
    Ok(())
}

async fn run(
    migrations: &sqlx::migrate::Migrator,
    connection: &mut PgConnection,
) -> Result<Migrated, StoreError> {
    use sqlx::migrate::Migrate;
    let table = &migrations.table_name;
    connection.ensure_migrations_table(table).await?;
    let before = connection.list_applied_migrations(table).await?.len();
    migrations.run_direct(None, connection, false).await?;
    let after = connection.list_applied_migrations(table).await?.len();
    Ok(Migrated { before, applied: after - before })
}
