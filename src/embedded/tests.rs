//! These run a real server; `scripts/setup-timescaledb` provides the programs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Command;

use super::{EmbeddedError, EmbeddedPostgres, Installation, Options, installation, leftover};

/// A folder that the server's user can pass through, as well, when we are root.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

fn options(folder: &TempDir) -> Options {
    let installation = Installation::find(None).unwrap_or_else(|error| panic!("{error}"));
    let mut options = Options::new(folder.path().join("data"), installation);
    options.shared_buffers = "16MB".to_owned();
    options
}

/// Runs one statement with `psql` and returns what it prints.
async fn query(server: &EmbeddedPostgres, statement: &str) -> String {
    let psql = Installation::find(None).unwrap().bin.join("psql");
    let output = Command::new(psql)
        .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement])
        .arg(server.url())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn kill(server: &EmbeddedPostgres) {
    leftover::signal(server.postmaster_pid(), Signal::KILL);
}

#[tokio::test]
async fn data_survives_a_stop_a_killed_server_and_a_killed_parent() {
    let folder = folder();
    let options = options(&folder);

    let server = EmbeddedPostgres::start(options.clone()).await.unwrap();
    let port = server.port();
    query(&server, "create extension timescaledb; create table reading (value int)").await;
    query(&server, "insert into reading values (1)").await;
    server.stop().await.unwrap();

    let mut server = EmbeddedPostgres::start(options.clone()).await.unwrap();
    assert_eq!(server.port(), port, "the port is kept");
    assert_eq!(query(&server, "select count(*) from reading").await, "1");
    query(&server, "insert into reading values (2)").await;
    kill(&server);
    assert!(!server.ended().await.unwrap().success());
    drop(server);

    let server = EmbeddedPostgres::start(options.clone()).await.unwrap();
    assert_eq!(query(&server, "select count(*) from reading").await, "2");
    query(&server, "insert into reading values (3)").await;
    let orphan = server.postmaster_pid();
    server.abandon();

    let server = EmbeddedPostgres::start(options).await.unwrap();
    assert_ne!(server.postmaster_pid(), orphan);
    assert_eq!(query(&server, "select count(*) from reading").await, "3");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_folder_has_one_user_and_a_log_without_values() {
    let folder = folder();
    let options = options(&folder);
    let server = EmbeddedPostgres::start(options.clone()).await.unwrap();

    let second = EmbeddedPostgres::start(options.clone()).await;
    assert!(matches!(second, Err(EmbeddedError::InUse { .. })), "{second:?}");

    let statement = "do $$ begin perform 'a secret value'::int; \
                     exception when others then raise warning '%', sqlerrm; end $$; \
                     select 1 / length('')";
    let psql = options.installation.bin.join("psql");
    let output =
        Command::new(&psql).args(["-X", "-c", statement]).arg(server.url()).output().await.unwrap();
    assert!(!output.status.success());
    let log = fs::read_to_string(options.data_dir.join("postgres.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("secret value") && !log.contains("division"), "{log}");

    let wrong = server.url().replace(&server.secret, "wrong");
    let output =
        Command::new(psql).args(["-X", "-c", "select 1"]).arg(wrong).output().await.unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("password authentication failed"));

    let mode = |name: &str| {
        fs::metadata(options.data_dir.join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!([mode("postgres.secret"), mode("postgres.log"), mode("run")], [0o600, 0o600, 0o700]);
    assert!(!format!("{server:?}").contains(&server.secret));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn what_a_crash_leaves_behind_is_no_obstacle() {
    let folder = folder();
    let options = options(&folder);
    // An attempt to make the cluster that was cut off.
    fs::create_dir_all(options.data_dir.join("postgres.new/base")).unwrap();
    fs::set_permissions(&options.data_dir, fs::Permissions::from_mode(0o711)).unwrap();
    EmbeddedPostgres::start(options.clone()).await.unwrap().stop().await.unwrap();
    assert!(!options.data_dir.join("postgres.new").exists());

    // A machine that went down, and gave the postmaster's number to another process since.
    let pgdata = options.data_dir.join("postgres");
    let content = format!("{}\n{}\n1\n5432\n\n127.0.0.1\n", std::process::id(), pgdata.display());
    fs::write(pgdata.join("postmaster.pid"), content).unwrap();
    // And a lost password.
    fs::remove_file(options.data_dir.join("postgres.secret")).unwrap();
    let server = EmbeddedPostgres::start(options.clone()).await.unwrap();
    assert_eq!(query(&server, "select 1").await, "1");
    server.stop().await.unwrap();

    fs::write(pgdata.join("PG_VERSION"), "9\n").unwrap();
    let error = EmbeddedPostgres::start(options).await.unwrap_err().to_string();
    assert!(error.contains("was made by postgresql 9"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let folder = folder();
    let mut options = options(&folder);
    options.settings.push(("no_such_setting".to_owned(), "1".to_owned()));
    let error = EmbeddedPostgres::start(options).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::StartFailed { .. }), "{error:?}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[test]
fn an_installation_without_timescaledb_is_refused_with_the_cure() {
    let folder = folder();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let error = Installation::find(Some(&bin)).unwrap_err();
    assert!(matches!(error, EmbeddedError::Unusable { .. }), "{error:?}");

    program(&bin, "initdb", "exit 0");
    program(&bin, "postgres", "echo 'postgres (PostgreSQL) 17.5 (Debian 17.5-1)'");
    // The folder above it will do as well.
    for configured in [bin.as_path(), folder.path()] {
        let error = Installation::find(Some(configured)).unwrap_err().to_string();
        let expected = format!(
            "postgresql without timescaledb was found in {}; run `scripts/setup-timescaledb`",
            bin.display()
        );
        assert_eq!(error, expected);
    }

    let share = folder.path().join("share/extension");
    fs::create_dir_all(&share).unwrap();
    fs::write(share.join("timescaledb.control"), "").unwrap();
    assert_eq!(Installation::find(Some(&bin)).unwrap(), Installation { bin, version: 17 });
}

#[test]
fn the_version_is_the_first_number() {
    let version = installation::major_version;
    assert_eq!(version("postgres (PostgreSQL) 17.5 (Debian 17.5-1)"), Some(17));
    assert_eq!(version("postgres (PostgreSQL) 18beta1"), Some(18));
    assert_eq!(version("postgres"), None);
}

fn program(bin: &Path, name: &str, body: &str) {
    let path = bin.join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

impl EmbeddedPostgres {
    /// Gives up the server as a killed process does: unasked to stop, and the lock released.
    fn abandon(mut self) {
        self.ended = true;
    }
}
