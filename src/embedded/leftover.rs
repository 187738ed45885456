//! Servers that an earlier run left behind.
//!
//! When we are killed, the postmaster lives on; when the postmaster is killed, its children may
//! live on for a while; when the machine goes down, only files remain. All three end here.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::error::EmbeddedError;

/// How long a fast shutdown may take before we insist.
pub(super) const FAST_LIMIT: Duration = Duration::from_secs(30);
/// How long an immediate shutdown may take before we give up.
pub(super) const IMMEDIATE_LIMIT: Duration = Duration::from_secs(15);
/// How long the children of a killed postmaster get to notice by themselves.
const ORPHAN_LIMIT: Duration = Duration::from_secs(2);
/// How often to look.
const INTERVAL: Duration = Duration::from_millis(20);

/// What `postmaster.pid` tells.
#[derive(Debug)]
pub(super) struct PidFile {
    /// The postmaster's process.
    pub(super) pid: u32,
    /// Set once it accepts connections.
    pub(super) ready: bool,
}

impl PidFile {
    /// Reads the file of the cluster in `pgdata`; nothing if there is none or it is half-written.
    pub(super) fn read(pgdata: &Path) -> Option<Self> {
        let text = fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
        let pid = text.lines().next()?.trim().parse().ok()?;
        let ready = text.lines().nth(7).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid, ready })
    }
}

/// What the process that `postmaster.pid` names is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leader {
    /// The postmaster of this cluster.
    Ours(u32),
    /// Gone, or there was none.
    Dead,
    /// Another process that was given the same number, as happens after the machine restarted.
    Foreign,
    /// A PostgreSQL of which we may not see the cluster.
    Unclear(u32),
}

impl Leader {
    fn of(pgdata: &Path) -> Self {
        let Some(pid) = PidFile::read(pgdata).map(|file| file.pid) else { return Self::Dead };
        let Some(process) = to_pid(pid) else { return Self::Dead };
        // "Not permitted" also means that it lives.
        if rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH) {
            return Self::Dead;
        }
        let folder = Path::new("/proc").join(pid.to_string());
        match fs::read_to_string(folder.join("comm")) {
            Ok(name) if name.trim() == "postgres" => {}
            Ok(_) => return Self::Foreign,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {
                return Self::Dead;
            }
            Err(_) => return Self::Unclear(pid),
        }
        // In a container root may not see where other users' processes work, but always how
        // they were called. A zombie has neither.
        match fs::read_link(folder.join("cwd")) {
            Ok(cwd) if cwd == pgdata => Self::Ours(pid),
            Ok(_) => Self::Foreign,
            Err(_) => match fs::read(folder.join("cmdline")) {
                Ok(line) if line.is_empty() => Self::Dead,
                Ok(line) if is_argument(&line, pgdata) => Self::Ours(pid),
                _ => Self::Unclear(pid),
            },
        }
    }
}

/// Stops whatever server still runs on the cluster in `pgdata` and removes what a dead one left.
pub(super) async fn clear(pgdata: &Path, sockets: &Path) -> Result<(), EmbeddedError> {
    let path =
        fs::canonicalize(pgdata).map_err(|error| EmbeddedError::io("look at", pgdata, error))?;
    match Leader::of(&path) {
        Leader::Ours(pid) => {
            tracing::warn!(pid, "stopping a database server that an earlier run left");
            signal(pid, Signal::INT);
            if !until(FAST_LIMIT, || Leader::of(&path) == Leader::Dead).await {
                signal(pid, Signal::QUIT);
                if !until(IMMEDIATE_LIMIT, || Leader::of(&path) == Leader::Dead).await {
                    return Err(EmbeddedError::StillRunning { pid, path });
                }
            }
        }
        Leader::Unclear(pid) => return Err(EmbeddedError::StillRunning { pid, path }),
        Leader::Dead | Leader::Foreign => {}
    }
    // The children of a postmaster that was killed notice it and end; one that does not would
    // keep a new postmaster from starting.
    if !until(ORPHAN_LIMIT, || servers(&path).is_empty()).await {
        for pid in servers(&path) {
            signal(pid, Signal::QUIT);
        }
        if !until(IMMEDIATE_LIMIT, || servers(&path).is_empty()).await
            && let Some(&pid) = servers(&path).first()
        {
            return Err(EmbeddedError::StillRunning { pid, path });
        }
    }
    // PostgreSQL itself clears the file of a dead postmaster, and uses it to make sure that no
    // child is left; but it would believe in one whose number another process has now.
    if Leader::of(&path) == Leader::Foreign {
        remove(&path.join("postmaster.pid"))?;
    }
    for entry in fs::read_dir(sockets).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Sends a signal. A process that is already gone is what we want, so failure needs no report.
pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = to_pid(pid) {
        let _ = kill_process(pid, signal);
    }
}

async fn until(limit: Duration, done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !done() {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(INTERVAL).await;
    }
    true
}

/// The live PostgreSQL processes that we can see at work in `pgdata`. Looking at the folder and
/// the program keeps us from taking somebody's shell for one.
fn servers(pgdata: &Path) -> Vec<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let folder = fs::read_link(entry.path().join("cwd")).ok()?;
            let program = fs::read_link(entry.path().join("exe")).ok()?;
            let is_ours =
                folder == pgdata && program.file_name()?.to_string_lossy().starts_with("postgres");
            is_ours.then_some(pid)
        })
        .collect()
}

/// Says whether `path` is one of the arguments in a command line as the kernel shows it.
fn is_argument(line: &[u8], path: &Path) -> bool {
    line.split(|&byte| byte == 0).any(|argument| argument == path.as_os_str().as_encoded_bytes())
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn remove(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(EmbeddedError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
