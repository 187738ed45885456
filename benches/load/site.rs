//! The real thing on this machine: a PostgreSQL of its own and the `pulsvagt` program as its own
//! process, in a folder that goes away.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use pulsvagt::embedded::{EmbeddedPostgres, Installation, Options};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::forms::citizen_id;
use crate::http::{self, Connection, JSON};

/// How long the server may take until it is ready.
const READY_LIMIT: Duration = Duration::from_mins(1);
/// How long the server may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(90);

/// What to start.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The folder for everything, empty.
    pub(crate) folder: TempDir,
    /// PostgreSQL's buffer memory.
    pub(crate) shared_buffers: &'static str,
    /// Further PostgreSQL settings.
    pub(crate) settings: Vec<(&'static str, &'static str)>,
    /// Further lines of the server's configuration.
    pub(crate) config: String,
}

/// A database server, and an application server on it.
#[derive(Debug)]
pub(crate) struct Site {
    setup: Setup,
    program: PathBuf,
    installation: Installation,
    postgres: Option<EmbeddedPostgres>,
    server: Option<Child>,
    url: String,
    address: SocketAddr,
}

/// A municipality with a token for each task.
#[derive(Debug, Clone)]
pub(crate) struct Municipality {
    pub(crate) code: &'static str,
    /// Writes and reads readings.
    pub(crate) gateway: String,
}

impl Site {
    /// Starts both, without any municipality.
    pub(crate) async fn start(setup: Setup) -> anyhow::Result<Self> {
        let program = std::env::var_os("PULSVAGT_BIN")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pulsvagt")), PathBuf::from);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        drop(listener);
        let mut site = Self {
            setup,
            program,
            installation: Installation::find(None)?,
            postgres: None,
            server: None,
            url: String::new(),
            address,
        };
        site.start_postgres().await?;
        site.configure()?;
        site.command(&["migrate"]).await?;
        site.start_server().await?;
        Ok(site)
    }

    /// Starts PostgreSQL, after it was stopped or killed.
    pub(crate) async fn start_postgres(&mut self) -> anyhow::Result<()> {
        // The old one's lock is let go first.
        self.postgres = None;
        let own = self.setup.settings.iter();
        let options = Options {
            shared_buffers: self.setup.shared_buffers.to_owned(),
            settings: own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Options::new(self.setup.folder.path(), self.installation.clone())
        };
        let postgres = EmbeddedPostgres::start(options).await?;
        let url = postgres.url();
        ensure!(self.url.is_empty() || self.url == url, "PostgreSQL's port was taken meanwhile");
        self.url = url;
        self.postgres = Some(postgres);
        Ok(())
    }

    /// Starts the server, after it was stopped or killed, and waits until it is ready.
    pub(crate) async fn start_server(&mut self) -> anyhow::Result<()> {
        if let Some(mut old) = self.server.take() {
            old.start_kill()?;
            old.wait().await?;
        }
        let log = File::options().create(true).append(true).open(self.log())?;
        let config = self.config();
        let mut command = self.program();
        command.arg("serve").arg("--config").arg(&config);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.server = Some(command.spawn().context("the server cannot be started")?);
        let began = Instant::now();
        loop {
            if let Some(status) = self.server.as_mut().and_then(|child| child.try_wait().ok()?) {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                bail!("the server ended with {status}: {}", tail(&log));
            }
            if self.health("ready").await.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            ensure!(began.elapsed() < READY_LIMIT, "the server did not become ready");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Creates a municipality with as many citizens.
    pub(crate) async fn municipality(
        &self,
        code: &'static str,
        citizens: u64,
    ) -> anyhow::Result<Municipality> {
        self.command(&["tenant", "add", code, "--name", "Measured"]).await?;
        let admin = self.token(code, "admin").await?;
        let gateway = self.token(code, "gateway").await?;
        let mut connection = Connection::open(self.address).await?;
        for first in (0..citizens).step_by(500) {
            let entries: Vec<String> = (first..citizens.min(first + 500)).map(patient).collect();
            let body = format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
                entries.join(",")
            );
            let request = http::request("POST", "/fhir", &admin, JSON, body.as_bytes());
            let answer = connection.exchange(&request).await?;
            ensure!(answer.status == 200, "Patients: {} {}", answer.status, answer.text());
        }
        Ok(Municipality { code, gateway })
    }

    /// Status of `/health/…`.
    pub(crate) async fn health(&self, what: &str) -> anyhow::Result<u16> {
        let mut connection = Connection::open(self.address).await?;
        let request = http::get(&format!("/health/{what}"), "none");
        let answer = timeout(Duration::from_secs(10), connection.exchange(&request)).await??;
        Ok(answer.status)
    }

    /// A connection to a municipality's schema, as the database's owner.
    pub(crate) async fn database(&self, code: &str) -> anyhow::Result<PgConnection> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let path = format!("set search_path to m{code}, public");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(path))).await?;
        Ok(connection)
    }

    /// Readings of a municipality.
    pub(crate) async fn count(&self, code: &str) -> anyhow::Result<u64> {
        let mut connection = self.database(code).await?;
        let count: i64 = sqlx::query_scalar("select count(*) from observation")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(u64::try_from(count)?)
    }

    /// PostgreSQL's address, with the owner's password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The installation's secret.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder().join("master.key")
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's process.
    pub(crate) fn server_pid(&self) -> anyhow::Result<u32> {
        self.server.as_ref().and_then(Child::id).context("the server does not run")
    }

    /// PostgreSQL's first process.
    pub(crate) fn postmaster_pid(&self) -> anyhow::Result<u32> {
        let postgres = self.postgres.as_ref().context("PostgreSQL does not run")?;
        Ok(postgres.postmaster_pid())
    }

    /// Stops PostgreSQL in order.
    pub(crate) async fn stop_postgres(&mut self) -> anyhow::Result<()> {
        match self.postgres.take() {
            Some(postgres) => Ok(postgres.stop().await?),
            None => Ok(()),
        }
    }

    /// Stops everything in order.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(mut server) = self.server.take()
            && let Some(pid) = server.id()
        {
            signal(pid, rustix::process::Signal::TERM)?;
            let status = timeout(STOP_LIMIT, server.wait()).await.context("it goes on")??;
            ensure!(status.success(), "the server ended with {status}");
        }
        self.stop_postgres().await
    }

    /// The folder of everything.
    fn folder(&self) -> &Path {
        self.setup.folder.path()
    }

    /// The server's configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder().join("pulsvagt.toml")
    }

    fn log(&self) -> PathBuf {
        self.folder().join("pulsvagt.log")
    }

    fn configure(&self) -> anyhow::Result<()> {
        let (address, url, more) = (self.address, &self.url, &self.setup.config);
        let text = format!(
            "listen = \"{address}\"\ndatabase_url = \"{url}\"\nkey_file = \"master.key\"\n\
             {more}\n[local_issuer]\nfolder = \"issuer\"\n[log]\nfilter = \"warn\"\n"
        );
        std::fs::create_dir(self.folder().join("issuer"))?;
        std::fs::write(self.config(), text)?;
        Ok(())
    }

    /// Mints a token.
    pub(crate) async fn token(&self, code: &str, role: &str) -> anyhow::Result<String> {
        let output = self
            .command(&["token", "--tenant", code, "--role", role, "--seconds", "86400"])
            .await?;
        Ok(output.lines().last().context("no token")?.trim().to_owned())
    }

    /// Runs a sub-command to its end and returns what it prints.
    pub(crate) async fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output =
            self.program().args(arguments).arg("--config").arg(self.config()).output().await?;
        ensure!(
            output.status.success(),
            "pulsvagt {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The program, without settings from our own environment.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("PULSVAGT_")) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Sends a signal to a process that is ours.
pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) -> anyhow::Result<()> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("no process")?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// An entry that creates a citizen.
fn patient(citizen: u64) -> String {
    let id = citizen_id(citizen);
    format!(
        r#"{{"resource":{{"resourceType":"Patient","id":"{id}","name":[{{"use":"official","family":"Test","given":["{id}"]}}]}},"request":{{"method":"PUT","url":"Patient/{id}"}}}}"#
    )
}

fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(2_000);
    text.get(start..).unwrap_or(text)
}
