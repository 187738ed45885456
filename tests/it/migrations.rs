//! Migrations: from nothing, again, at the same time, and from the version before.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pulsvagt::access::MasterKey;
use pulsvagt::store::Catalog;
use pulsvagt::store::catalog::{Migrated, Tenant};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{NOW, add_tenant, new_database, server_url};

const KEY: [u8; 32] = [7; 32];

/// The files of a folder of migrations, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "sql"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn catalog(url: &str) -> Catalog {
    Catalog::connect(url, MasterKey::from_bytes(KEY), 2).expect("a catalogue")
}

async fn run(connection: &mut PgConnection, statements: &str) {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statements.to_owned())))
        .await
        .unwrap_or_else(|error| panic!("{error}: {statements}"));
}

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {query}"))
}

async fn tables(connection: &mut PgConnection, schema: &str) -> Vec<String> {
    let query = format!(
        "select tablename::text from pg_tables where schemaname = '{schema}'
         and tablename not like '%chunk%' order by 1"
    );
    texts(connection, &query).await
}

async fn drop_database(name: &str) {
    let mut connection = PgConnection::connect(server_url().await).await.expect("a connection");
    run(&mut connection, &format!("drop database if exists {name} with (force)")).await;
}

async fn slagelse(catalog: &Catalog) -> Tenant {
    let code = "0330".parse().expect("a code");
    catalog.tenant(&code).await.expect("an answer").expect("a municipality")
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_and_then_again() {
    let (name, url) = new_database().await;
    let catalog = catalog(&url);
    let steps = files("catalog").len();
    assert_eq!(catalog.migrate().await.expect("migrated"), Migrated { before: 0, applied: steps });
    assert_eq!(catalog.migrate().await.expect("migrated"), Migrated { before: steps, applied: 0 });
    add_tenant(&catalog, "0330", "Slagelse").await;
    let tenant = slagelse(&catalog).await;
    assert_eq!(tenant.name, "Slagelse");
    let steps = files("municipality").len();
    for _ in 0..2 {
        let again = catalog.migrate_tenant(&tenant).await.expect("migrated");
        assert_eq!(again, Migrated { before: steps, applied: 0 });
    }
    let code = "0330".parse().expect("a code");
    let twice = catalog.add(&code, "Slagelse", "Europe/Copenhagen", None, NOW).await;
    assert!(twice.is_err_and(|error| error.to_string().contains("exists already")));
    let mut owner = PgConnection::connect(&url).await.expect("a connection");
    assert_eq!(
        tables(&mut owner, "pulsvagt").await,
        ["_sqlx_migrations", "audit_block", "signing_key", "tenant"]
    );
    let found = tables(&mut owner, "m0330").await;
    for expected in ["citizen", "observation", "observation_history", "resource", "touched_day"] {
        assert!(found.iter().any(|table| table == expected), "{expected} is not in {found:?}");
    }
    assert_eq!(tables(&mut owner, "public").await, [""; 0]);
    let hypertables = "select hypertable_schema || '.' || hypertable_name
         from timescaledb_information.hypertables";
    assert_eq!(texts(&mut owner, hypertables).await, ["m0330.observation"]);
    owner.close().await.expect("closed");
    drop_database(&name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_start_can_be_repeated() {
    let (name, url) = new_database().await;
    let catalog = catalog(&url);
    catalog.migrate().await.expect("migrated");
    add_tenant(&catalog, "0330", "Slagelse").await;
    // As if the server had been killed before it entered the municipality in the catalogue.
    let mut owner = PgConnection::connect(&url).await.expect("a connection");
    run(&mut owner, "delete from pulsvagt.tenant").await;
    add_tenant(&catalog, "0330", "Slagelse").await;
    assert_eq!(catalog.tenants().await.expect("tenants").len(), 1);
    owner.close().await.expect("closed");
    drop_database(&name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_make_the_catalogue_at_once_do_not_hurt_each_other() {
    for _ in 0..3 {
        let (name, url) = new_database().await;
        let (one, two) = (catalog(&url), catalog(&url));
        let (first, second) = tokio::join!(one.migrate(), two.migrate());
        let steps = files("catalog").len();
        for migrated in [first, second] {
            let migrated = migrated.unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(migrated.before + migrated.applied, steps);
        }
        assert_eq!(one.migrate().await.expect("migrated").before, steps);
        drop_database(&name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_migrate_a_municipality_at_once_do_not_hurt_each_other() {
    let (name, url) = new_database().await;
    let (one, two) = (catalog(&url), catalog(&url));
    one.migrate().await.expect("migrated");
    add_tenant(&one, "0330", "Slagelse").await;
    let tenant = slagelse(&one).await;
    let mut owner = PgConnection::connect(&url).await.expect("a connection");
    let steps = files("municipality").len();
    for start in [0, 0, steps - 1] {
        back_to_version(&mut owner, &url, start).await;
        let (first, second) =
            tokio::join!(one.migrate_tenant(&tenant), two.migrate_tenant(&tenant));
        for migrated in [first, second] {
            let migrated = migrated.unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(migrated.before + migrated.applied, steps);
        }
        let applied = texts(
            &mut owner,
            "select version::text from m0330._sqlx_migrations where success order by version",
        )
        .await;
        assert_eq!(applied.len(), steps);
    }
    owner.close().await.expect("closed");
    drop_database(&name).await;
}

/// Empties the municipality and brings it to an earlier version, as its own role.
async fn back_to_version(owner: &mut PgConnection, url: &str, steps: usize) {
    run(
        owner,
        "drop schema m0330 cascade;
         create schema m0330 authorization pulsvagt_0330;
         revoke all on schema m0330 from public",
    )
    .await;
    if steps == 0 {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for file in files("municipality").into_iter().take(steps) {
        let name = file.file_name().expect("a name");
        fs::copy(&file, folder.path().join(name)).expect("copied");
    }
    let code = "0330".parse().expect("a code");
    let options = PgConnectOptions::from_str(url)
        .expect("an address")
        .username("pulsvagt_0330")
        .password(&MasterKey::from_bytes(KEY).role_password(&code))
        .options([("search_path", "m0330,public")]);
    let mut role = PgConnection::connect_with(&options).await.expect("a connection");
    let migrator = Migrator::new(folder.path()).await.expect("migrations");
    migrator.run_direct(None, &mut role, false).await.expect("migrated");
    role.close().await.expect("closed");
}

const DATA: &str = "
    set search_path to m0330, public;
    insert into citizen (logical_id) values ('ane'), ('bo');
    insert into concept (codings) values ('http://loinc.org|8867-4');
    insert into source (reference) values ('Device/a');
    insert into shape (digest, concept, template) values (sha256('x'), 1, '{}');
    insert into observation
        select timestamptz '2024-01-01Z' + n * interval '1 day', now(), n, 1 + n % 2, 1, 0, n,
               1, 0, 1, 0, '\\x01', '' from generate_series(1, 400) n;
    insert into observation_history
        select o.*, now() from observation o where fingerprint <= 10;
    insert into observation_identifier
        select fingerprint, effective, citizen, code, source, fingerprint from observation;
    insert into touched_day values (1, '2024-01-02', '2024-01-02Z');
    insert into resource values ('Patient', 'ane', 1, '2024-01-01Z', 1, '{\"a\":1.50}');
    reset search_path";

/// The content of every table, as one text each.
async fn content(owner: &mut PgConnection, tables: &[(String, String)]) -> Vec<String> {
    let mut content = Vec::new();
    for (table, columns) in tables.iter().filter(|(table, _)| table != "_sqlx_migrations") {
        let query = format!(
            "select '{table} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by
             t::text)), '') from (select {columns} from m0330.{table}) t"
        );
        content.extend(texts(owner, &query).await);
    }
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_version_before_with_data_in_it() {
    let (name, url) = new_database().await;
    let catalog = catalog(&url);
    catalog.migrate().await.expect("migrated");
    add_tenant(&catalog, "0330", "Slagelse").await;
    let tenant = slagelse(&catalog).await;
    let mut owner = PgConnection::connect(&url).await.expect("a connection");
    let newest = tables(&mut owner, "m0330").await;
    let steps = files("municipality").len();
    back_to_version(&mut owner, &url, steps - 1).await;
    run(&mut owner, DATA).await;
    // A migration may add columns; those that are there keep what is in them.
    let mut before_tables = Vec::new();
    for table in tables(&mut owner, "m0330").await {
        let query = format!(
            "select string_agg(quote_ident(column_name), ',' order by ordinal_position)
             from information_schema.columns
             where table_schema = 'm0330' and table_name = '{table}'"
        );
        let columns = texts(&mut owner, &query).await.concat();
        before_tables.push((table, columns));
    }
    let before = content(&mut owner, &before_tables).await;
    assert!(before.iter().any(|table| table.starts_with("observation 400 ")), "{before:?}");

    let migrated = catalog.migrate_tenant(&tenant).await.expect("migrated");
    assert_eq!(migrated, Migrated { before: steps - 1, applied: 1 });
    assert_eq!(content(&mut owner, &before_tables).await, before);
    assert_eq!(tables(&mut owner, "m0330").await, newest);
    owner.close().await.expect("closed");
    drop_database(&name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_was_changed_after_it_was_applied_is_refused() {
    let (name, url) = new_database().await;
    let catalog = catalog(&url);
    catalog.migrate().await.expect("migrated");
    add_tenant(&catalog, "0330", "Slagelse").await;
    let tenant = slagelse(&catalog).await;
    let mut owner = PgConnection::connect(&url).await.expect("a connection");
    run(&mut owner, "update m0330._sqlx_migrations set checksum = '\\x00' where version = 1").await;
    assert!(catalog.migrate_tenant(&tenant).await.is_err());
    owner.close().await.expect("closed");
    drop_database(&name).await;
}
