//! The two walls between municipalities, each with the other one down.

use std::str::FromStr;

use pulsvagt::access::{MasterKey, Role};
use pulsvagt::ids::TenantCode;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{World, heart_rate};

const NOON: &str = "2025-12-30T12:00:00Z";

/// A connection as the role of a municipality, which the server makes for itself.
async fn as_role(world: &World, code: &str) -> PgConnection {
    let tenant: TenantCode = code.parse().expect("a code");
    let password = MasterKey::from_bytes([7; 32]).role_password(&tenant);
    let options = PgConnectOptions::from_str(&world.url)
        .expect("an address")
        .username(&format!("pulsvagt_{code}"))
        .password(&password);
    PgConnection::connect_with(&options).await.expect("a connection")
}

/// The SQLSTATE that the statement fails with; empty when it does not fail.
async fn refusal(connection: &mut PgConnection, statement: &str) -> String {
    match connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await {
        Ok(_) => String::new(),
        Err(sqlx::Error::Database(error)) => {
            error.code().map(std::borrow::Cow::into_owned).unwrap_or_default()
        }
        Err(error) => panic!("{statement}: {error}"),
    }
}

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.expect("rows")
}

/// One reading in each municipality; the id of the one in Odsherred.
async fn one_reading_each(world: &World) -> String {
    world.gateway().post("Observation", &heart_rate("ane", NOON, "72")).await.expect(201);
    let theirs = world.client("0306", Role::Gateway, None);
    theirs.post("Observation", &heart_rate("carl", NOON, "71")).await.expect(201).id()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chunks_of_a_municipality_lie_in_its_own_schema() {
    let world = World::new().await;
    one_reading_each(&world).await;
    let mut owner = world.database().await;
    let chunks = texts(
        &mut owner,
        "select hypertable_schema || ' ' || chunk_schema from timescaledb_information.chunks
         order by 1",
    )
    .await;
    assert_eq!(chunks, ["m0306 m0306", "m0330 m0330"]);
    let strangers = texts(
        &mut owner,
        "select schemaname || '.' || tablename from pg_tables
         where tableowner like 'pulsvagt\\_0%' and schemaname <> 'm' || right(tableowner, 4)",
    )
    .await;
    assert_eq!(strangers, [""; 0]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_one_municipality_cannot_touch_another() {
    let world = World::new().await;
    one_reading_each(&world).await;
    let mut owner = world.database().await;
    let tables = texts(
        &mut owner,
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'm0306'",
    )
    .await;
    assert!(tables.iter().any(|table| table == "m0306.observation"), "{tables:?}");
    assert!(tables.iter().any(|table| table.contains("chunk")), "{tables:?}");
    let mut statements: Vec<String> = tables
        .iter()
        .chain([&"pulsvagt.tenant".to_owned()])
        .flat_map(|table| {
            [
                format!("select count(*) from {table}"),
                format!("delete from {table}"),
                format!("truncate {table}"),
                format!("drop table {table}"),
                format!("alter table {table} disable trigger all"),
                format!("create index on {table} ((1))"),
            ]
        })
        .collect();
    statements.extend(
        [
            "insert into m0306.touched_day values (1, '2026-01-01', now())",
            "insert into m0306.source (reference) values ('Device/x')",
            "update m0306.observation set value = 1",
            "copy m0306.observation to stdout",
            "copy m0306.touched_day to program 'true'",
            "create table m0306.mine (a int)",
            "create view m0306.mine as select 1",
            "drop schema m0306 cascade",
            "alter schema m0306 owner to pulsvagt_0330",
            "grant usage on schema m0306 to pulsvagt_0330",
            "select drop_chunks('m0306.observation', timestamptz 'infinity')",
            "select show_chunks('m0306.observation')",
            "insert into pulsvagt.tenant values ('0101','x','m0101','pulsvagt_0101',null,'UTC',now())",
            "create table public.mine (a int)",
            "create schema mine",
            "set role pulsvagt_0306",
            "set role pulsvagt",
            "set session authorization pulsvagt_0306",
            "alter role pulsvagt_0306 password 'x'",
            "alter role pulsvagt_0330 superuser",
            "grant pulsvagt_0306 to pulsvagt_0330",
            "create role mine",
            "create database mine",
            "create extension dblink",
            "select pg_read_file('postgresql.conf')",
            "select rolpassword from pg_authid",
        ]
        .map(str::to_owned),
    );
    let mut role = as_role(&world, "0330").await;
    let mut open = Vec::new();
    for statement in &statements {
        let code = refusal(&mut role, statement).await;
        // 42501 is insufficient_privilege.
        if code != "42501" {
            open.push(format!("{statement}: {code:?}"));
        }
    }
    assert_eq!(open, [""; 0]);

    // With the other's schema in front, its tables are still not there.
    role.execute("set search_path to m0306").await.expect("a path");
    assert_eq!(refusal(&mut role, "select count(*) from observation").await, "42P01");

    role.execute("set search_path to m0330, public").await.expect("a path");
    for statement in [
        "select * from observation",
        "insert into touched_day values (1, '2020-01-01', now())",
        "create table mine (a int)",
        "drop table mine",
    ] {
        assert_eq!(refusal(&mut role, statement).await, "", "{statement}");
    }
    assert_eq!(world.count("0306", "select count(*) from observation").await, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_can_add_to_its_audit_trail_and_nothing_else() {
    let world = World::new().await;
    one_reading_each(&world).await;
    let mut role = as_role(&world, "0330").await;
    role.execute("set search_path to m0330, public").await.expect("a path");
    for statement in [
        "update audit_block set entries = 2",
        "delete from audit_block",
        "truncate audit_block",
        "alter table audit_block disable trigger all",
        "alter table audit_block owner to pulsvagt_0330",
        "create trigger mine before insert on audit_block
             for each row execute function suppress_redundant_updates_trigger()",
    ] {
        let code = refusal(&mut role, statement).await;
        assert_eq!(code, "42501", "{statement}");
    }
    for statement in ["select * from audit_block", "select audit_append(now(), 1, '{}', 'x')"] {
        assert_eq!(refusal(&mut role, statement).await, "", "{statement}");
    }
    // The owner of the database has the right, and has to take a guard away first.
    let mut owner = world.database().await;
    for statement in ["update m0330.audit_block set entries = 2", "truncate m0330.audit_block"] {
        assert_eq!(refusal(&mut owner, statement).await, "42501", "{statement}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_another_role_open_nothing() {
    let world = World::new().await;
    let keys = MasterKey::from_bytes([7; 32]);
    let mut passwords: Vec<String> =
        ["0330", "0306"].map(|code| keys.role_password(&code.parse().expect("a code"))).to_vec();
    passwords.push(MasterKey::from_bytes([8; 32]).role_password(&"0330".parse().expect("a code")));
    passwords.sort();
    passwords.dedup();
    assert_eq!(passwords.len(), 3, "each role and each installation has its own");
    let mut owner = world.database().await;
    let rights = texts(
        &mut owner,
        "select rolname || ' ' || (rolsuper or rolcreatedb or rolcreaterole or rolinherit
             or rolreplication or rolbypassrls) || ' ' ||
             (select count(*) from pg_auth_members where member = r.oid)
         from pg_roles r where rolname in ('pulsvagt_0306', 'pulsvagt_0330') order by 1",
    )
    .await;
    assert_eq!(rights, ["pulsvagt_0306 false 0", "pulsvagt_0330 false 0"]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_database_open_the_api_still_reaches_one_municipality_only() {
    let world = World::new().await;
    let theirs = one_reading_each(&world).await;
    let mut owner = world.database().await;
    for (role, schema) in [("pulsvagt_0330", "m0306"), ("pulsvagt_0306", "m0330")] {
        let grants = format!(
            "grant all on schema {schema} to {role};
             grant all on all tables in schema {schema} to {role};
             grant all on all sequences in schema {schema} to {role};
             grant usage on schema pulsvagt to {role};
             grant all on all tables in schema pulsvagt to {role}"
        );
        owner.execute(sqlx::raw_sql(AssertSqlSafe(grants))).await.expect("granted");
    }
    let mut role = as_role(&world, "0330").await;
    let seen: i64 = sqlx::query_scalar("select count(*) from m0306.observation")
        .fetch_one(&mut role)
        .await
        .expect("the second wall is down");
    assert_eq!(seen, 1);

    let paths = [
        format!("Observation/{theirs}"),
        format!("Observation/{theirs}/_history"),
        format!("Observation/{theirs}/_history/1"),
        format!("Observation?_id={theirs}"),
        "Observation".to_owned(),
        "Observation?patient=carl".to_owned(),
        "Observation?code=8867-4&_include=Observation:patient".to_owned(),
        "Observation/$lastn?patient=carl&code=8867-4".to_owned(),
        "Observation?_lastUpdated=ge2020-01-01".to_owned(),
        "Patient".to_owned(),
        "Patient/carl".to_owned(),
        "Patient?identifier=urn:oid:1.2.208.176.1.2|0303703456".to_owned(),
    ];
    for client in [world.nurse(), world.gateway(), world.citizen("ane")] {
        for path in &paths {
            let answer = client.get(path).await;
            for word in [theirs.as_str(), "carl", "0303703456"] {
                let told = entry_resources(&answer.text);
                assert!(!told.contains(word), "{path}: {}", answer.text);
            }
        }
        assert_eq!(client.get(&paths[0]).await.status.as_u16(), 404);
    }
    world.gateway().post("Observation", &heart_rate("carl", NOON, "99")).await.expect(422);
    let mut sent: Value = serde_json::from_str(&heart_rate("carl", NOON, "99")).expect("json");
    sent["id"] = json!(theirs);
    world.gateway().put(&format!("Observation/{theirs}"), &sent.to_string()).await.expect(404);
    world.gateway().post("Observation", &heart_rate("ane", NOON, "73")).await.expect(201);
    for query in [
        "select count(*) from observation",
        "select count(*) from touched_day",
        "select count(*) from resource",
        "select max(version)::int8 from observation",
    ] {
        assert_eq!(world.count("0306", query).await, 1, "{query}");
    }
    world.end().await;
}

/// What an answer holds besides the links that repeat the question.
fn entry_resources(text: &str) -> String {
    let mut json: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    if let Some(answer) = json.as_object_mut() {
        answer.remove("link");
    }
    json.to_string()
}
