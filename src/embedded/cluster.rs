//! The folder of a cluster: made once, all or nothing, and checked at every start.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::account::Account;
use super::error::EmbeddedError;
use super::installation::Installation;
use super::{NAME, settings};

/// Who may connect: whoever knows the password, from this machine, and nobody else.
const ACCESS: &str = "\
# Written by pulsvagt.
local all all              scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
";

/// The lock on a data folder. The kernel gives it back when we are killed.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do, were it not for programs that another thread is starting:
        // until they run, they have the file open as well. If it fails, closing has to do.
        let _ = self.0.unlock();
    }
}

/// The places below a data folder.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) data_dir: PathBuf,
    pub(super) pgdata: PathBuf,
    pub(super) sockets: PathBuf,
    pub(super) secret: PathBuf,
    pub(super) port: PathBuf,
    pub(super) log: PathBuf,
    pub(super) lock: PathBuf,
    /// Where a cluster is made before it gets its name.
    staging: PathBuf,
}

impl Layout {
    /// The places below `data_dir`, which is made absolute.
    pub(super) fn new(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let data_dir = std::path::absolute(data_dir)
            .map_err(|error| EmbeddedError::io("look at", data_dir, error))?;
        let data_dir = fs::canonicalize(&data_dir).unwrap_or(data_dir);
        Ok(Self {
            pgdata: data_dir.join("postgres"),
            sockets: data_dir.join("run"),
            secret: data_dir.join("postgres.secret"),
            port: data_dir.join("port"),
            log: data_dir.join("postgres.log"),
            lock: data_dir.join("postgres.lock"),
            staging: data_dir.join("postgres.new"),
            data_dir,
        })
    }

    /// Makes the data folder if it is missing, and takes the lock that keeps a second process
    /// from stopping our server as a left-over one.
    pub(super) async fn claim(&mut self, account: &Account) -> Result<Arc<Lock>, EmbeddedError> {
        make_folder(&self.data_dir, account.data_dir_mode())?;
        // PostgreSQL shows real paths, and we compare with them.
        *self = Self::new(&self.data_dir)?;
        account.check_reaches(&self.data_dir)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&self.lock)
            .map_err(|error| EmbeddedError::io("open", &self.lock, error))?;
        // A child that a killed process was just starting holds its lock for a moment longer.
        let deadline = Instant::now() + Duration::from_millis(500);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Arc::new(Lock(file))),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    sleep(Duration::from_millis(20)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(EmbeddedError::InUse { data_dir: self.data_dir.clone() });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(EmbeddedError::io("lock", &self.lock, error));
                }
            }
        }
    }

    /// Makes the socket folder, in which only the server's user and root may look.
    pub(super) fn make_sockets(&self, account: &Account) -> Result<(), EmbeddedError> {
        make_folder(&self.sockets, 0o700)?;
        fs::set_permissions(&self.sockets, fs::Permissions::from_mode(0o700))
            .map_err(|error| EmbeddedError::io("set the permissions of", &self.sockets, error))?;
        account.give(&self.sockets)
    }

    /// Opens the server's log for appending. A long one is put aside first, so that there are
    /// never more than two.
    pub(super) fn open_log(&self) -> Result<File, EmbeddedError> {
        const LONG: u64 = 16 * 1024 * 1024;
        if fs::metadata(&self.log).is_ok_and(|metadata| metadata.len() > LONG) {
            fs::rename(&self.log, self.log.with_extension("log.1"))
                .map_err(|error| EmbeddedError::io("rename", &self.log, error))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.log)
            .map_err(|error| EmbeddedError::io("open", &self.log, error))
    }
}

/// Makes sure that there is a cluster which `installation` can run, and returns the password of
/// its only role.
pub(super) async fn prepare(
    layout: &Layout,
    installation: &Installation,
    account: &Account,
) -> Result<String, EmbeddedError> {
    let secret = read_secret(&layout.secret)?;
    if is_cluster(layout, installation)? {
        if let Some(secret) = secret {
            return Ok(secret);
        }
        tracing::warn!("the database password is missing: setting a new one");
        let secret = write_secret(&layout.secret)?;
        set_up(installation, account, &layout.pgdata, &[&password(&secret)]).await?;
        return Ok(secret);
    }
    let secret = secret.map_or_else(|| write_secret(&layout.secret), Ok)?;
    initialise(layout, installation, account, &secret).await?;
    Ok(secret)
}

/// Says whether the cluster exists; fails if it is one that we cannot run.
fn is_cluster(layout: &Layout, installation: &Installation) -> Result<bool, EmbeddedError> {
    let pgdata = &layout.pgdata;
    match fs::read_to_string(pgdata.join("PG_VERSION")) {
        Ok(found) if found.trim() == installation.version.to_string() => Ok(true),
        Ok(found) => Err(EmbeddedError::OtherVersion {
            path: pgdata.clone(),
            found: found.trim().to_owned(),
            bin: installation.bin.clone(),
            installed: installation.version,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::remove_dir(pgdata) {
            Ok(()) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(_) => Err(EmbeddedError::NotACluster { path: pgdata.clone() }),
        },
        Err(error) => Err(EmbeddedError::io("read", pgdata, error)),
    }
}

/// Makes a cluster with our role and database under a temporary name; only a complete one gets
/// the real name, so that an interrupted attempt is simply made again.
async fn initialise(
    layout: &Layout,
    installation: &Installation,
    account: &Account,
    secret: &str,
) -> Result<(), EmbeddedError> {
    let staging = &layout.staging;
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(EmbeddedError::io("remove", staging, error));
        }
        _ => {}
    }
    make_folder(staging, 0o700)?;
    account.give(staging)?;
    let made = make(staging, installation, account, secret).await;
    if let Err(error) = made {
        // A half-made cluster is of no use, and on a full disk its room is needed.
        let _ = fs::remove_dir_all(staging);
        return Err(error);
    }
    fs::rename(staging, &layout.pgdata)
        .and_then(|()| File::open(&layout.data_dir)?.sync_all())
        .map_err(|error| EmbeddedError::io("rename", staging, error))
}

async fn make(
    staging: &Path,
    installation: &Installation,
    account: &Account,
    secret: &str,
) -> Result<(), EmbeddedError> {
    let mut initdb = command(installation, account, "initdb", staging);
    initdb
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"])
        // Nobody can connect before the access file below is in place.
        .args(["--auth=reject", &format!("--username={NAME}"), "--pgdata"])
        .arg(staging);
    if installation.version >= 17 {
        initdb.arg("--locale-provider=builtin");
    }
    let output = initdb
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| EmbeddedError::io("run", &installation.program("initdb"), error))?;
    check("initdb", staging, output.status, &output.stderr)?;

    let access = staging.join("pg_hba.conf");
    // The file is there already, and keeps its owner.
    fs::write(&access, ACCESS)
        .and_then(|()| File::open(&access)?.sync_all())
        .map_err(|error| EmbeddedError::io("write", &access, error))?;
    let database = format!("create database {NAME}");
    set_up(installation, account, staging, &[&password(secret), &database]).await
}

/// The secret is hexadecimal and needs no quoting.
fn password(secret: &str) -> String {
    format!("alter role {NAME} password '{secret}'")
}

/// Runs statements on a cluster that is not running, one to a line.
async fn set_up(
    installation: &Installation,
    account: &Account,
    pgdata: &Path,
    statements: &[&str],
) -> Result<(), EmbeddedError> {
    let program = installation.program("postgres");
    let failed = |error| EmbeddedError::io("run", &program, error);
    let mut child = command(installation, account, "postgres", pgdata)
        .arg("--single")
        .arg("-D")
        .arg(pgdata)
        .args(
            settings::PRIVACY
                .iter()
                .flat_map(|(name, value)| ["-c".into(), format!("{name}={value}")]),
        )
        // The one place where errors of statements are wanted: they decide below.
        .args(["-c", "log_min_messages=error", "-c", "exit_on_error=on", "postgres"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // It may end early; then its own words say more than "broken pipe".
        let _ = input.write_all(format!("{}\n", statements.join("\n")).as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    check("postgres --single", pgdata, output.status, &output.stderr)
}

/// A PostgreSQL program as the right user, in a folder that this user can enter, and without
/// our environment's wishes about PostgreSQL.
pub(super) fn command(
    installation: &Installation,
    account: &Account,
    program: &str,
    folder: &Path,
) -> Command {
    let mut command = Command::new(installation.program(program));
    command.current_dir(folder).env("LC_ALL", "C");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    // A group of its own: Ctrl-C in the terminal is for us, and we stop the server in order.
    command.process_group(0);
    account.lend(&mut command);
    command
}

fn check(
    program: &'static str,
    path: &Path,
    status: ExitStatus,
    output: &[u8],
) -> Result<(), EmbeddedError> {
    if status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(output);
    if tells_full_disk(&output) {
        return Err(EmbeddedError::DiskFull { path: path.to_owned() });
    }
    Err(EmbeddedError::Program { program, status: status.to_string(), output: last_words(&output) })
}

/// Says whether a PostgreSQL program complains that the disk is full.
pub(super) fn tells_full_disk(output: &str) -> bool {
    ["No space left on device", "Disk quota exceeded", "Check free disk space"]
        .iter()
        .any(|complaint| output.contains(complaint))
}

/// What matters of a program's output, in one line: its complaints, or else its last lines.
pub(super) fn last_words(output: &str) -> String {
    const MOST: usize = 3;
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_complaint =
        |line: &&str| ["FATAL:", "PANIC:", "error:"].iter().any(|word| line.contains(word));
    let mut words: Vec<&str> = lines().filter(is_complaint).take(MOST).collect();
    if words.is_empty() {
        words = lines().collect();
        words.drain(..words.len().saturating_sub(MOST));
    }
    if words.is_empty() { "it said nothing".to_owned() } else { words.join("; ") }
}

fn make_folder(path: &Path, mode: u32) -> Result<(), EmbeddedError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|error| EmbeddedError::io("make the folder", path, error))
}

fn read_secret(path: &Path) -> Result<Option<String>, EmbeddedError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let secret = text.trim();
            let usable = secret.len() >= 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
            Ok(usable.then(|| secret.to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EmbeddedError::io("read", path, error)),
    }
}

/// Makes up a password and stores it where only we can read it.
fn write_secret(path: &Path) -> Result<String, EmbeddedError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 32];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| EmbeddedError::io("read", source, error))?;
    let mut secret = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = fmt::Write::write_fmt(&mut secret, format_args!("{byte:02x}"));
    }
    let temporary = path.with_extension("secret.new");
    let write = || {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|error| EmbeddedError::io("write", path, error))?;
    Ok(secret)
}
