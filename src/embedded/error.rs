use std::path::{Path, PathBuf};

/// What can go wrong around the database we run ourselves; each message names the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// There is no PostgreSQL in any of the places we look in.
    #[error("no postgresql was found; run `scripts/setup-timescaledb`")]
    NoInstallation,
    /// There is a PostgreSQL, but it lacks TimescaleDB.
    #[error(
        "postgresql without timescaledb was found in {}; run `scripts/setup-timescaledb`",
        .found.iter().map(|bin| bin.display().to_string()).collect::<Vec<_>>().join(" and ")
    )]
    NoTimescale {
        /// The program folders that were looked at.
        found: Vec<PathBuf>,
    },
    /// The place that was asked for holds no PostgreSQL that runs and is new enough.
    #[error(
        "no working postgresql (version {minimum} or newer) is in {}, which {asked_by} names; \
         correct it, or leave it out and run `scripts/setup-timescaledb`",
        .path.display()
    )]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// Who asked for it: the configuration or an environment variable.
        asked_by: &'static str,
        /// The oldest major version that will do.
        minimum: u32,
    },
    /// A file or folder operation failed.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// There is no room for the database.
    #[error("the disk that holds {} is full; make room and start again", .path.display())]
    DiskFull {
        /// Somewhere on that disk.
        path: PathBuf,
    },
    /// A folder on the way keeps the server's user out.
    #[error(
        "the user {user}, which postgresql runs as, may not enter {}; choose a place outside it \
         or run `chmod o+x {}`",
        .directory.display(), .directory.display()
    )]
    Unreachable {
        /// The folder that blocks.
        directory: PathBuf,
        /// The user that is kept out.
        user: String,
    },
    /// We are root, and there is no account to run PostgreSQL as.
    #[error(
        "postgresql does not run as root, and there is neither a user postgres nor a user nobody; \
         create one, or start as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// The cluster belongs to somebody else.
    #[error(
        "the database in {} belongs to user id {owner}; start as that user or as root",
        .path.display()
    )]
    WrongOwner {
        /// The cluster.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Another process of ours is using the data folder.
    #[error("{} is in use by another pulsvagt; stop that one or choose another folder", .data_dir.display())]
    InUse {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The cluster was made by another major version of PostgreSQL.
    #[error(
        "the database in {} was made by postgresql {found}, but {} is postgresql {installed}; \
         use version {found}, or move the data with pg_upgrade or a dump",
        .path.display(), .bin.display()
    )]
    OtherVersion {
        /// The cluster.
        path: PathBuf,
        /// The version that made it.
        found: String,
        /// The programs at hand.
        bin: PathBuf,
        /// Their version.
        installed: u32,
    },
    /// The place of the cluster holds something else.
    #[error(
        "{} holds files but no postgresql database; move them away or choose another folder",
        .path.display()
    )]
    NotACluster {
        /// The folder.
        path: PathBuf,
    },
    /// A PostgreSQL program did not do its work.
    #[error("{program} failed ({status}): {output}")]
    Program {
        /// Which program.
        program: &'static str,
        /// How it ended.
        status: String,
        /// The last of what it said.
        output: String,
    },
    /// A server that was left behind does not go away.
    #[error(
        "process {pid} of an earlier run still uses {} and does not stop; end it with `kill -9 {pid}`",
        .path.display()
    )]
    StillRunning {
        /// The process.
        pid: u32,
        /// The cluster.
        path: PathBuf,
    },
    /// The server ended instead of becoming ready.
    #[error("postgresql ended ({status}) while starting: {output}; see {}", .log.display())]
    StartFailed {
        /// How it ended.
        status: String,
        /// The last of what it said.
        output: String,
        /// Where the rest is.
        log: PathBuf,
    },
    /// The server did not become ready.
    #[error("postgresql was not ready after {seconds} seconds; see {}", .log.display())]
    StartTimeout {
        /// How long we waited.
        seconds: u64,
        /// Where it says what it does.
        log: PathBuf,
    },
    /// The server was told to stop and did not.
    #[error("postgresql (process {pid}) did not stop in time; end it with `kill -9 {pid}`")]
    StopTimeout {
        /// The postmaster.
        pid: u32,
    },
}

impl EmbeddedError {
    /// An operation on `path` that failed; a full disk becomes an error of its own.
    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::Io { action, path: path.to_owned(), source },
        }
    }
}
