//! Where PostgreSQL's programs are, and whether TimescaleDB is with them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::EmbeddedError;

/// The oldest major version of PostgreSQL that will do.
const MINIMUM: u32 = 15;

/// The folder below the cache in which `scripts/setup-timescaledb` puts its private copy, and the
/// programs in it.
const CACHED_BIN: &str = "postgresql-17/usr/lib/postgresql/17/bin";

/// A PostgreSQL with TimescaleDB on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder of `postgres`, `initdb` and the other programs.
    pub bin: PathBuf,
    /// The major version.
    pub version: u32,
}

impl Installation {
    /// Finds an installation that has TimescaleDB.
    ///
    /// A `configured` folder, or else the one in `PULSVAGT_PG_BIN`, is the only one looked at.
    /// Without either: the private copy made by `scripts/setup-timescaledb`, then
    /// `/usr/lib/postgresql/*/bin`, newest first, then what `pg_config` on the path names.
    ///
    /// # Errors
    /// When there is none, with what was found instead and the command that cures it.
    pub fn find(configured: Option<&Path>) -> Result<Self, EmbeddedError> {
        if let Some(path) = configured {
            return Self::asked_for(path, "the configuration");
        }
        if let Some(path) = env::var_os("PULSVAGT_PG_BIN").filter(|path| !path.is_empty()) {
            return Self::asked_for(Path::new(&path), "PULSVAGT_PG_BIN");
        }
        let mut found = Vec::new();
        for bin in candidates() {
            let Some(installation) = Self::at(&bin) else { continue };
            if installation.has_timescale() {
                return Ok(installation);
            }
            if !found.contains(&installation.bin) {
                found.push(installation.bin);
            }
        }
        if found.is_empty() {
            Err(EmbeddedError::NoInstallation)
        } else {
            Err(EmbeddedError::NoTimescale { found })
        }
    }

    /// The path of one of its programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// Says whether the server was built with the LZ4 library.
    pub(super) fn has_lz4(&self) -> bool {
        output_of(&self.program("pg_config"), "--configure")
            .is_some_and(|options| options.contains("--with-lz4"))
    }

    fn asked_for(path: &Path, asked_by: &'static str) -> Result<Self, EmbeddedError> {
        let Some(installation) = Self::at(path).or_else(|| Self::at(&path.join("bin"))) else {
            return Err(EmbeddedError::Unusable {
                path: path.to_owned(),
                asked_by,
                minimum: MINIMUM,
            });
        };
        if installation.has_timescale() {
            Ok(installation)
        } else {
            Err(EmbeddedError::NoTimescale { found: vec![installation.bin] })
        }
    }

    /// The installation with its programs in `bin`, if there is one that runs and is new enough.
    fn at(bin: &Path) -> Option<Self> {
        if !["postgres", "initdb"].iter().all(|name| bin.join(name).is_file()) {
            return None;
        }
        let version = major_version(&output_of(&bin.join("postgres"), "--version")?)?;
        (version >= MINIMUM).then(|| Self { bin: bin.to_owned(), version })
    }

    fn has_timescale(&self) -> bool {
        // A relocated copy may come without a working pg_config, so the usual distances from
        // the programs to the shared files are tried as well.
        let told = output_of(&self.program("pg_config"), "--sharedir").map(PathBuf::from);
        let guessed = [
            self.bin.join(format!("../../../../share/postgresql/{}", self.version)),
            self.bin.join("../share/postgresql"),
            self.bin.join("../share"),
        ];
        told.into_iter()
            .chain(guessed)
            .any(|share| share.join("extension/timescaledb.control").is_file())
    }
}

/// The program folders to look at when nobody asked for one, best first.
fn candidates() -> Vec<PathBuf> {
    let mut bins: Vec<PathBuf> = caches().iter().map(|cache| cache.join(CACHED_BIN)).collect();
    let mut packaged: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    packaged.sort_unstable_by(|left, right| right.cmp(left));
    bins.extend(packaged.into_iter().map(|(_, bin)| bin));
    bins.extend(output_of(Path::new("pg_config"), "--bindir").map(PathBuf::from));
    bins
}

/// The places where `scripts/setup-timescaledb` may have put its copy.
fn caches() -> Vec<PathBuf> {
    let folder = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let shared = PathBuf::from("/var/cache/pulsvagt");
    let own = folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("pulsvagt"));
    // As root the server runs as another user, who cannot read below root's home folder.
    let ordered = if rustix::process::geteuid().is_root() {
        [folder("PULSVAGT_CACHE"), Some(shared), own]
    } else {
        [folder("PULSVAGT_CACHE"), own, Some(shared)]
    };
    ordered.into_iter().flatten().collect()
}

/// What `program option` prints, trimmed; nothing if it cannot be run or fails.
fn output_of(program: &Path, option: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(option)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The 17 of `postgres (PostgreSQL) 17.5 (Debian 17.5-1)`.
pub(super) fn major_version(text: &str) -> Option<u32> {
    let rest = text.split_once(") ")?.1;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..digits)?.parse().ok()
}
