//! Which installation a command works on, and its database.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::time::Instant;

use super::usage;
use crate::access::{Issuer, KeyRing, LocalIssuer, MasterKey};
use crate::config::{Config, Secret};
use crate::embedded::{EmbeddedError, EmbeddedPostgres, Installation, Options};
use crate::ids::TenantCode;
use crate::store::{Catalog, Store, StoreError};

/// How long a command waits for a database that is away.
const PATIENCE: Duration = Duration::from_mins(1);

/// Names an installation.
#[derive(Debug, Clone, Args)]
pub(super) struct SiteArgs {
    /// The configuration file; `PULSVAGT_CONFIG` for want of it
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// The folder of a demo; `PULSVAGT_DATA` for want of it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Where an installation is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// By a configuration file, or the environment alone.
    Config(Option<PathBuf>),
    /// By a folder with everything in it.
    Folder(PathBuf),
}

impl SiteArgs {
    /// What was asked for, on the command line or else in the environment.
    pub(super) fn place(&self) -> Place {
        let variable = |name| std::env::var_os(name).filter(|text| !text.is_empty());
        match (&self.config, &self.data) {
            (Some(config), _) => Place::Config(Some(config.clone())),
            (None, Some(data)) => Place::Folder(data.clone()),
            (None, None) => match (variable("PULSVAGT_CONFIG"), variable("PULSVAGT_DATA")) {
                (Some(config), _) => Place::Config(Some(config.into())),
                (None, Some(data)) => Place::Folder(data.into()),
                (None, None) => Place::Config(None),
            },
        }
    }

    /// Opens the installation; the database of a folder is started unless it runs already.
    pub(super) async fn open(&self) -> anyhow::Result<Site> {
        match self.place() {
            Place::Config(file) => {
                let config = Config::load(file.as_deref())?;
                Ok(Site::of(config))
            }
            Place::Folder(folder) => {
                if !folder.join("master.key").is_file() {
                    return Err(not_a_demo(&folder));
                }
                Site::start(&folder).await
            }
        }
    }
}

/// An installation.
#[derive(Debug)]
pub(super) struct Site {
    /// Its configuration.
    pub(super) config: Config,
    /// Its folder, if everything is in one.
    pub(super) folder: Option<PathBuf>,
    /// The database server that we started for it.
    postgres: Option<EmbeddedPostgres>,
}

impl Site {
    /// The installation of a configuration.
    pub(super) fn of(config: Config) -> Self {
        Self { config, folder: None, postgres: None }
    }

    /// Opens the installation in the folder and makes what is missing there.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let installation = Installation::find(None)?;
        let (url, postgres) =
            match EmbeddedPostgres::start(Options::new(folder, installation)).await {
                Ok(postgres) => (Secret::new(postgres.url()), Some(postgres)),
                // Another command of ours runs it: use that one.
                Err(EmbeddedError::InUse { .. }) => (running_url(folder)?, None),
                Err(error) => return Err(error.into()),
            };
        let folder = std::path::absolute(folder)?;
        let config = Config::for_folder(&folder, url.expose())?;
        MasterKey::read_or_create(&config.key_file)?;
        Ok(Self { config, folder: Some(folder), postgres })
    }

    /// Whether the database server is ours to stop.
    pub(super) fn owns_database(&self) -> bool {
        self.postgres.is_some()
    }

    /// Waits until the database server that we started ends by itself; forever without one.
    pub(super) async fn database_ended(&mut self) {
        match &mut self.postgres {
            Some(postgres) => {
                if let Err(error) = postgres.ended().await {
                    tracing::error!(%error, "the database server cannot be watched");
                }
            }
            None => std::future::pending().await,
        }
    }

    /// Connects to the catalogue.
    pub(super) fn catalog(&self) -> anyhow::Result<Catalog> {
        let key = MasterKey::read(&self.config.key_file)
            .context("pulsvagt migrate makes the key of a new installation")?;
        self.catalog_with(key)
    }

    /// Connects to the catalogue with a key that is not in the file.
    pub(super) fn catalog_with(&self, key: MasterKey) -> anyhow::Result<Catalog> {
        let (url, connections) = (&self.config.database_url, self.config.database_connections);
        let ring = KeyRing::open(key, &self.config.key_file)?;
        Ok(Catalog::connect(url.expose(), ring, connections)?)
    }

    /// Opens a municipality, as soon as the database answers.
    pub(super) async fn store(&self, code: &TenantCode) -> anyhow::Result<Store> {
        let catalog = self.catalog()?;
        patiently(|| catalog.ping()).await?;
        let Some(tenant) = catalog.tenant(code).await? else {
            let text = format!("there is no municipality {code}; see pulsvagt tenant list");
            return Err(usage(text));
        };
        Ok(catalog.open(&tenant)?)
    }

    /// The local issuer, if it is switched on.
    pub(super) fn local_issuer(&self) -> anyhow::Result<Option<LocalIssuer>> {
        local_issuer(&self.config)
    }

    /// Stops the database server, if we started it.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        if let Some(postgres) = self.postgres {
            postgres.stop().await?;
        }
        Ok(())
    }
}

/// The local issuer of a configuration, if it is switched on; makes its key if there is none.
pub(super) fn local_issuer(config: &Config) -> anyhow::Result<Option<LocalIssuer>> {
    let Some(local) = &config.local_issuer else { return Ok(None) };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&local.folder)
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(LocalIssuer::open_or_create(&local.folder)?))
        .map(Some)
        .with_context(|| format!("local_issuer.folder {}", local.folder.display()))
}

/// Everybody whose tokens a configuration believes.
pub(super) fn issuers(config: &Config, local: Option<&LocalIssuer>) -> Vec<Issuer> {
    config.issuers.iter().cloned().chain(local.map(LocalIssuer::issuer)).collect()
}

/// Tries until the database answers, at most a minute, and says what it waits for.
pub(super) async fn patiently<T, W>(mut what: impl FnMut() -> W) -> Result<T, StoreError>
where
    W: Future<Output = Result<T, StoreError>>,
{
    let began = Instant::now();
    let mut pause = Duration::from_millis(250);
    loop {
        match what().await {
            Err(error) if error.is_transient() && began.elapsed() + pause < PATIENCE => {
                tracing::warn!(
                    error = crate::telemetry::chain(&error),
                    retry_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    "the database is not available"
                );
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            done => return done,
        }
    }
}

/// Where the database of a folder listens that another process runs.
fn running_url(folder: &Path) -> anyhow::Result<Secret> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path)
            .map(|text| text.trim().to_owned())
            .with_context(|| format!("cannot read {}", path.display()))
    };
    let (secret, port) = (read("postgres.secret")?, read("port")?);
    Ok(Secret::new(format!("postgres://pulsvagt:{secret}@127.0.0.1:{port}/pulsvagt")))
}

/// For a folder that nobody has set up.
pub(super) fn not_a_demo(folder: &Path) -> anyhow::Error {
    usage(format!(
        "{} holds no installation; make one with: pulsvagt demo --data {}",
        folder.display(),
        folder.display()
    ))
}
