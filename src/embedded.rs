//! A PostgreSQL with TimescaleDB that we run ourselves, as a private child.
//!
//! For the demo, for development and for tests: nobody has to install, configure or start a
//! database server first. Everything is below one data folder:
//!
//! | name              | what                                                           |
//! |-------------------|----------------------------------------------------------------|
//! | `postgres/`       | the cluster, made once, all or nothing                         |
//! | `run/`            | the Unix socket; only the server's user and root may enter     |
//! | `postgres.secret` | the password of the role `pulsvagt`, readable by us alone      |
//! | `postgres.log`    | the server's log, without statements, parameters or key values |
//! | `postgres.lock`   | held while we run, so that two of us cannot share a cluster    |
//! | `port`            | the TCP port, used again if it is free next time               |
//!
//! The server listens on 127.0.0.1 and on the socket, and asks for the password on both. When we
//! are root it runs as `postgres` or `nobody`, since PostgreSQL refuses to run as root.
//!
//! Being killed loses nothing that was committed. A postmaster that outlives us goes on until
//! the next start, which stops it in order and starts a new one.

mod account;
mod cluster;
mod error;
mod installation;
mod leftover;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use account::Account;
use cluster::{Layout, Lock};
pub use error::EmbeddedError;
pub use installation::Installation;
use leftover::PidFile;

/// The name of our role and of our database.
const NAME: &str = "pulsvagt";
/// How long a start may take. Recovery after a crash reads everything since the last checkpoint.
const START_LIMIT: Duration = Duration::from_mins(10);
/// How often a start is tried when the cause of the failure passes by itself.
const ATTEMPTS: u32 = 3;

/// What to start and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder for everything; made if it is missing.
    pub data_dir: PathBuf,
    /// The programs to run.
    pub installation: Installation,
    /// The server's buffer memory, as PostgreSQL writes it: `256MB`.
    pub shared_buffers: String,
    /// Further server settings; they win over ours.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// The usual settings: 256 MB of buffers and nothing special.
    pub fn new(data_dir: impl Into<PathBuf>, installation: Installation) -> Self {
        Self {
            data_dir: data_dir.into(),
            installation,
            shared_buffers: "256MB".to_owned(),
            settings: Vec::new(),
        }
    }
}

/// A running database server. Call [`stop`](Self::stop) to end it in order; dropping it only
/// asks it to stop.
pub struct EmbeddedPostgres {
    child: Child,
    pid: u32,
    port: u16,
    secret: String,
    layout: Layout,
    /// The length of the log before this start.
    log_start: u64,
    /// Nothing is left to be stopped.
    ended: bool,
    /// Held until the server has been told to stop.
    _lock: Arc<Lock>,
}

impl fmt::Debug for EmbeddedPostgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmbeddedPostgres")
            .field("pid", &self.pid)
            .field("port", &self.port)
            .field("data_dir", &self.layout.data_dir)
            .finish_non_exhaustive()
    }
}

impl EmbeddedPostgres {
    /// Starts the server and returns when it accepts connections. On the first start, makes the
    /// cluster with the role and the database `pulsvagt`.
    ///
    /// # Errors
    /// When the folder cannot be used, the disk is full, or the server does not start; the
    /// message says what to do.
    pub async fn start(options: Options) -> Result<Self, EmbeddedError> {
        let Options { data_dir, installation, shared_buffers, settings } = options;
        let mut layout = Layout::new(&data_dir)?;
        let account = Account::choose(&layout.pgdata)?;
        let lock = layout.claim(&account).await?;
        account.check_reaches(&installation.bin)?;
        layout.make_sockets(&account)?;
        if layout.pgdata.is_dir() {
            leftover::clear(&layout.pgdata, &layout.sockets).await?;
        }
        let secret = cluster::prepare(&layout, &installation, &account).await?;

        let mut attempt = 1;
        loop {
            let port = choose_port(&layout.port)?;
            let log = layout.open_log()?;
            let log_start = log.metadata().map_or(0, |metadata| metadata.len());
            let program = installation.program("postgres");
            let child = cluster::command(&installation, &account, "postgres", &layout.pgdata)
                .args(settings::arguments(
                    &installation,
                    &layout.pgdata,
                    &layout.sockets,
                    port,
                    &shared_buffers,
                    &settings,
                ))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .map_err(|error| EmbeddedError::io("run", &program, error))?;
            let mut server = Self {
                pid: child.id().unwrap_or_default(),
                child,
                port,
                secret: secret.clone(),
                layout: layout.clone(),
                log_start,
                ended: false,
                _lock: Arc::clone(&lock),
            };
            match server.wait_ready().await {
                Ok(()) => {
                    tracing::info!(pid = server.pid, port, "the database server is ready");
                    return Ok(server);
                }
                Err(EmbeddedError::StartFailed { output, .. })
                    if attempt < ATTEMPTS && is_passing(&output) =>
                {
                    tracing::debug!(attempt, "the database server did not start: trying again");
                    attempt += 1;
                    sleep(Duration::from_secs(1)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until the server accepts connections. [`start`](Self::start) has done so already.
    ///
    /// # Errors
    /// When the server ends instead, or is not ready in time.
    pub async fn wait_ready(&mut self) -> Result<(), EmbeddedError> {
        let began = Instant::now();
        let mut told = began;
        loop {
            if let Some(status) = self
                .child
                .try_wait()
                .map_err(|error| EmbeddedError::io("wait for", &self.layout.pgdata, error))?
            {
                self.ended = true;
                return Err(self.start_failed(status));
            }
            if PidFile::read(&self.layout.pgdata)
                .is_some_and(|file| file.pid == self.pid && file.ready)
            {
                return Ok(());
            }
            if began.elapsed() > START_LIMIT {
                return Err(EmbeddedError::StartTimeout {
                    seconds: START_LIMIT.as_secs(),
                    log: self.layout.log.clone(),
                });
            }
            if told.elapsed() > Duration::from_secs(10) {
                told = Instant::now();
                let seconds = began.elapsed().as_secs();
                tracing::info!(seconds, "waiting for the database server, which may be recovering");
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where to connect: `postgres://pulsvagt:SECRET@127.0.0.1:PORT/pulsvagt`. Not for logs.
    pub fn url(&self) -> String {
        format!("postgres://{NAME}:{}@{}:{}/{NAME}", self.secret, Ipv4Addr::LOCALHOST, self.port)
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process number of the server's first process.
    pub fn postmaster_pid(&self) -> u32 {
        self.pid
    }

    /// Waits until the server ends by itself, which it should not.
    ///
    /// # Errors
    /// When the operating system cannot tell.
    pub async fn ended(&mut self) -> Result<ExitStatus, EmbeddedError> {
        let status = self
            .child
            .wait()
            .await
            .map_err(|error| EmbeddedError::io("wait for", &self.layout.pgdata, error))?;
        self.ended = true;
        Ok(status)
    }

    /// Stops the server: ends its connections, writes everything out and waits for it. One that
    /// takes too long is told to stop at once; it then recovers at its next start.
    ///
    /// # Errors
    /// When the server does not stop even then.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        if self.ended {
            return Ok(());
        }
        for (signal, limit) in
            [(Signal::INT, leftover::FAST_LIMIT), (Signal::QUIT, leftover::IMMEDIATE_LIMIT)]
        {
            leftover::signal(self.pid, signal);
            if let Ok(ended) = timeout(limit, self.ended()).await {
                ended?;
                return Ok(());
            }
        }
        Err(EmbeddedError::StopTimeout { pid: self.pid })
    }

    fn start_failed(&self, status: ExitStatus) -> EmbeddedError {
        let output = read_from(&self.layout.log, self.log_start).unwrap_or_default();
        if cluster::tells_full_disk(&output) {
            return EmbeddedError::DiskFull { path: self.layout.data_dir.clone() };
        }
        EmbeddedError::StartFailed {
            status: status.to_string(),
            output: cluster::last_words(&output),
            log: self.layout.log.clone(),
        }
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        // The number is ours as long as nobody has waited for the child.
        if !self.ended && matches!(self.child.try_wait(), Ok(None)) {
            leftover::signal(self.pid, Signal::INT);
        }
    }
}

/// The port of the last time if it is free, else any that is. Somebody may take it before the
/// server does; then the start fails and is tried again.
fn choose_port(remembered: &Path) -> Result<u16, EmbeddedError> {
    let free = |port: u16| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.local_addr().map(|address| address.port())
    };
    let last = fs::read_to_string(remembered)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .filter(|&port| port != 0);
    if let Some(port) = last.and_then(|port| free(port).ok()) {
        return Ok(port);
    }
    let port =
        free(0).map_err(|error| EmbeddedError::io("find a free port for", remembered, error))?;
    fs::write(remembered, format!("{port}\n"))
        .map_err(|error| EmbeddedError::io("write", remembered, error))?;
    Ok(port)
}

/// Says whether a start failed for a cause that goes away: the port was taken meanwhile, or
/// children of a killed postmaster have not noticed yet.
fn is_passing(output: &str) -> bool {
    ["could not bind", "could not create any TCP/IP sockets", "is still in use"]
        .iter()
        .any(|cause| output.contains(cause))
}

fn read_from(path: &Path, start: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
