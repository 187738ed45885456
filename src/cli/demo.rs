//! `pulsvagt demo`

mod accounts;
mod banner;
mod feed;
mod incidents;
mod load;
mod places;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::door::Door;
use super::migrate;
use super::output;
use super::site::Site;
use super::usage;
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::jobs;
use crate::server::{self, Bound, ServerError, Stop};
use crate::telemetry::{self, LogFormat};
use banner::Serving;
use clap::Args;
use load::{Marker, Notebook, People};
use places::PLACES;

/// The zone of all municipalities.
const ZONE: &str = "Europe/Copenhagen";
/// Where the demo listens unless told otherwise, if it is free.
const PORT: u16 = 8080;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many citizens beside those with a story, in all municipalities together [default: 200]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    citizens: Option<u32>,
    /// How many days of readings [default: 14]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: Option<u32>,
    /// Everything random follows from it [default: 1]
    #[arg(long)]
    seed: Option<u64>,
    /// Where to listen on 127.0.0.1 [default: 8080, or a free one]
    #[arg(long)]
    port: Option<u16>,
    /// The folder for everything that the demo keeps
    #[arg(long, value_name = "DIR", env = "PULSVAGT_DATA", default_value = ".pulsvagt/demo")]
    data: PathBuf,
    /// Load, print a summary and exit
    #[arg(long)]
    once: bool,
    /// Send no readings while it serves, for tests that want to know what is there
    #[arg(long)]
    no_live: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Which messages are logged, as in `RUST_LOG`
    #[arg(long, value_name = "FILTER", default_value = "warn,sqlx=error")]
    log: String,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, &self.log);
        let mut stop = Stop::listen()?;
        let marker = self.marker()?;
        output::note(format!("starting PostgreSQL in {}", self.data.display()));
        let mut site = tokio::select! {
            site = Site::start(&self.data) => site?,
            () = stop.requested() => return Ok(0),
        };
        if !site.owns_database() {
            return Err(usage(format!(
                "a demo runs already in {}; stop it, or choose another --data",
                self.data.display()
            )));
        }
        let result = self.work(&mut site, marker, &mut stop).await;
        output::note("stopping PostgreSQL");
        stop.or_exit(site.close()).await?;
        result
    }

    async fn work(
        &self,
        site: &mut Site,
        mut marker: Marker,
        stop: &mut Stop,
    ) -> anyhow::Result<u8> {
        // Taken before the loading, so that a port that is in use is told at once.
        let bound = if self.once { None } else { Some(self.bind()?) };
        let door = tokio::select! {
            door = open(site) => Arc::new(door?),
            () = stop.requested() => return Ok(0),
        };
        let people = load::people(&marker)?;
        let loaded = tokio::select! {
            loaded = load_and_screen(&door, &mut marker, &people, &self.data) => loaded.map(|()| true),
            () = stop.requested() => Ok(false),
        };
        let Some(bound) = bound.filter(|_| matches!(loaded, Ok(true))) else {
            stop.or_exit(door.close()).await;
            if loaded? {
                banner::summarise(&marker, self.json);
            }
            return Ok(0);
        };
        let password = accounts::ensure(&door, &marker, &self.data).await?;
        let serving = Serving {
            url: bound.url(),
            door: &door,
            marker: &marker,
            people: &people,
            folder: &self.data,
            password: &password,
            is_live: !self.no_live,
        };
        serving.introduce(self.json)?;
        if !self.no_live {
            let notebook = Arc::new(Notebook::new(marker, self.data.clone()));
            incidents::start(&door, bound.url(), &notebook, &people);
            feed::start(&door, &notebook, &people);
        }
        jobs::start(&door.app, jobs::Settings::default());
        tokio::select! {
            served = bound.serve(door.app.clone(), door.router.clone(), stop) => served?,
            () = site.database_ended() => {
                door.app.stopping().cancel();
                let log = self.data.join("postgres.log");
                anyhow::bail!("PostgreSQL ended by itself; {} says why", log.display());
            }
        }
        Ok(0)
    }

    /// What the folder holds or is to hold.
    fn marker(&self) -> anyhow::Result<Marker> {
        let Some(known) = Marker::read(&self.data)? else {
            let now = Clock::system().now();
            return Ok(Marker::new(
                self.seed.unwrap_or(1),
                self.citizens.unwrap_or(200),
                self.days.unwrap_or(14),
                now,
            ));
        };
        let differs = self.seed.is_some_and(|seed| seed != known.seed)
            || self.citizens.is_some_and(|citizens| citizens != known.citizens)
            || self.days.is_some_and(|days| days != known.days);
        if differs {
            return Err(usage(format!(
                "{} holds {} citizens with {} days of readings from seed {}; leave those options \
                 out to use it, or choose another --data",
                self.data.display(),
                known.citizens,
                known.days,
                known.seed
            )));
        }
        Ok(known)
    }

    /// Takes the port that was asked for, or else the usual one, or else a free one.
    fn bind(&self) -> anyhow::Result<Bound> {
        let at = |port| server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None);
        match (self.port, at(self.port.unwrap_or(PORT))) {
            (None, Err(ServerError::Listen { source, .. }))
                if source.kind() == ErrorKind::AddrInUse =>
            {
                Ok(at(0)?)
            }
            (_, bound) => Ok(bound?),
        }
    }
}

/// Loads what is to be there, and screens everybody whose readings are new.
async fn load_and_screen(
    door: &Door,
    marker: &mut Marker,
    people: &People,
    folder: &Path,
) -> anyhow::Result<()> {
    load::load(door, marker, people, folder).await?;
    load::screen(door, marker).await
}

/// Migrates, makes the municipalities that are missing, and opens the door.
async fn open(site: &Site) -> anyhow::Result<Door> {
    let (catalog, _) = migrate::catalog(site).await?;
    let known = catalog.tenants().await?;
    for place in &PLACES {
        let code: TenantCode = place.code.parse()?;
        match known.iter().find(|tenant| tenant.code == code) {
            Some(tenant) => catalog.migrate_tenant(tenant).await?,
            None => {
                let now = Clock::system().now();
                catalog.add(&code, place.name, ZONE, None, now).await?
            }
        };
    }
    Door::open(&site.config, &catalog).await
}
