//! `pulsvagt serve`

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::door::assemble;
use super::output;
use super::site::{self, Site};
use crate::access::{Authenticator, KeyRing, MasterKey, People};
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs;
use crate::server::{self, Stop};
use crate::store::{Catalog, StoreError};
use crate::telemetry;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration file; without one the environment has to say everything
    #[arg(long, value_name = "FILE", env = "PULSVAGT_CONFIG")]
    config: Option<PathBuf>,
    /// Check the configuration, files and keys, and exit
    #[arg(long)]
    check: bool,
    /// Run migrations that are due before serving
    #[arg(long, conflicts_with = "check")]
    migrate: bool,
    /// Print every key of the configuration with its default, and exit
    #[arg(long, conflicts_with_all = ["check", "migrate"])]
    print_defaults: bool,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        if self.print_defaults {
            output::line(crate::config::DEFAULTS.trim_end());
            return Ok(0);
        }
        let config = Config::load(self.config.as_deref())?;
        telemetry::init_logging(config.log.format, &config.log.filter);
        if self.check {
            check(&config)?;
            output::line("the configuration is valid");
            return Ok(0);
        }
        let mut stop = Stop::listen()?;
        let (address, tls, screening) = (config.listen, config.tls.clone(), config.screening);
        let site = Site::of(config);
        let starting = async {
            let catalog = site.catalog()?;
            prepare(&catalog, self.migrate).await?;
            let local = site.local_issuer()?;
            assemble(&site.config, &catalog, local.as_ref()).await
        };
        let (app, router) = tokio::select! {
            started = starting => started?,
            () = stop.requested() => return Ok(0),
        };
        let bound = server::bind(address, tls)?;
        if screening.enabled {
            jobs::start(&app, screening.into());
        }
        tracing::info!(
            url = bound.url(),
            version = env!("CARGO_PKG_VERSION"),
            municipalities = app.municipalities().len(),
            "serving"
        );
        bound.serve(app, router, &mut stop).await?;
        Ok(0)
    }
}

/// Checks everything that can be checked without a database.
fn check(config: &Config) -> anyhow::Result<()> {
    let key = MasterKey::read(&config.key_file)
        .context("key_file: pulsvagt migrate makes the key of a new installation")?;
    KeyRing::open(key.clone(), &config.key_file)?;
    let (providers, accounts) = (config.sign_in.clone(), config.local_accounts.enabled);
    let people = People::new(providers, accounts, config.sessions, &key, &Clock::system())?;
    if let Some(tls) = &config.tls {
        server::check(tls).context("[tls]")?;
    }
    // The local issuer makes its key when it is first used, and a check makes nothing.
    let has_key = |folder: &Path| folder.read_dir().is_ok_and(|mut files| files.next().is_some());
    let local = match &config.local_issuer {
        Some(local) if has_key(&local.folder) => site::local_issuer(config)?,
        _ => None,
    };
    let authenticator = Authenticator::new(site::issuers(config, local.as_ref()), Clock::system())?;
    let nobody = !authenticator.is_configured() && config.local_issuer.is_none();
    if nobody && !people.is_configured() {
        output::note(
            "note: there are no [[issuers]], no [[sign_in]], no [local_issuer] and no \
             [local_accounts], so nobody can sign in",
        );
    }
    Ok(())
}

/// Makes sure that the database answers and that no migration is due.
async fn prepare(catalog: &Catalog, migrate: bool) -> anyhow::Result<()> {
    site::patiently(|| catalog.ping()).await?;
    if migrate {
        catalog.migrate().await?;
    }
    let mut due = Vec::new();
    let pending = catalog.pending().await?;
    if pending > 0 {
        due.push(format!("the catalogue ({pending})"));
    } else {
        for tenant in catalog.tenants().await? {
            if migrate {
                catalog.migrate_tenant(&tenant).await?;
            }
            let pending = catalog.pending_of(&tenant).await?;
            if pending > 0 {
                due.push(format!("{} {} ({pending})", tenant.code, tenant.name));
            }
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    let due = due.join(", ");
    let cure = "run pulsvagt migrate, or start with --migrate";
    Err(StoreError::Setup(format!("migrations are due for {due}; {cure}")).into())
}
