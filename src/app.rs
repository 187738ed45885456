//! Everything a handler may need.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Authenticator, Machines, People};
use crate::audit::{Recorder, Shown, SiteTrail};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::ingest::{Examiner, Writer};
use crate::limits::{Costs, Limiter, Rates};
use crate::live::Live;
use crate::server::Certificate;
use crate::store::{Catalog, Store, StoreError};
use crate::telemetry::chain;

/// One municipality that is being served.
#[derive(Debug)]
pub struct Municipality {
    /// Its data.
    pub store: Store,
    /// Examines what comes in.
    pub examiner: Examiner,
    /// Stores readings.
    pub writer: Writer,
    /// Records who did what, where that is not committed with what was done.
    pub recorder: Recorder,
    /// Taken for as long as a request holds a transaction open and may need a second connection,
    /// so that such requests cannot take all connections and wait for each other.
    pub transactions: Semaphore,
    /// Tells who watches that alerts have changed.
    pub live: Arc<Live>,
    /// Tells whoever makes cohorts that somebody has asked for one.
    pub cohorts: Arc<Notify>,
}

/// Requests of one municipality that may hold a transaction open at a time.
const TRANSACTIONS: usize = 2;

/// Limits that protect the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest request body but for streams, after decompression, bytes.
    pub body: usize,
    /// Largest line of a stream, bytes.
    pub line: usize,
    /// Most entries in a Bundle.
    pub entries: usize,
    /// Readings that may wait to be written, per municipality.
    pub queue: u32,
    /// Bytes of request bodies that may be in memory at a time.
    pub bodies: usize,
    /// How long the next piece of a body may take to come.
    pub patience: Duration,
    /// How much one client may ask for.
    pub rates: Rates,
    /// What that is counted by.
    pub costs: Costs,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 32 << 20,
            line: 4 << 20,
            entries: 5_000,
            queue: 50_000,
            bodies: 128 << 20,
            patience: Duration::from_secs(15),
            rates: Rates::default(),
            costs: Costs::default(),
        }
    }
}

/// The application: shared by all handlers, cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    /// Of what belongs to no municipality.
    trail: SiteTrail,
    clock: Clock,
    authenticator: Authenticator,
    machines: Machines,
    people: OnceLock<People>,
    statements: OnceLock<BTreeMap<TenantCode, String>>,
    limits: Limits,
    limiter: Limiter,
    /// Where clients reach the server, if it is not what they say in `Host`.
    public_url: Option<String>,
    tasks: TaskTracker,
    stopping: CancellationToken,
    bodies: Arc<Semaphore>,
    municipalities: RwLock<HashMap<TenantCode, Arc<Municipality>>>,
    /// Set where this process screens.
    lag_alarm: OnceLock<Duration>,
    shown: Arc<Shown>,
    /// Set where this process speaks TLS itself.
    certificates: OnceLock<Arc<RwLock<Vec<Certificate>>>>,
}

impl App {
    /// Builds the application and opens the municipalities of the catalogue.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub async fn start(
        catalog: Catalog,
        clock: Clock,
        authenticator: Authenticator,
        limits: Limits,
        public_url: Option<String>,
    ) -> Result<Self, StoreError> {
        let machines = Machines::new(catalog.clone(), clock.clone());
        let trail = SiteTrail::new(catalog.chain(), clock.clone());
        let app = Self(Arc::new(Inner {
            catalog,
            trail,
            machines,
            people: OnceLock::new(),
            statements: OnceLock::new(),
            clock,
            authenticator,
            limits,
            limiter: Limiter::new(limits.rates),
            public_url,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            bodies: Arc::new(Semaphore::new(limits.bodies >> 10)),
            municipalities: RwLock::default(),
            lag_alarm: OnceLock::new(),
            shown: Arc::default(),
            certificates: OnceLock::new(),
        }));
        let (trail, stopping) = (app.0.trail.clone(), app.0.stopping.clone());
        app.0.tasks.spawn(trail.run(stopping));
        for tenant in app.0.catalog.tenants().await? {
            app.open(&tenant).await?;
        }
        Ok(app)
    }

    /// What open lists have shown.
    pub fn shown(&self) -> &Arc<Shown> {
        &self.0.shown
    }

    /// Says which certificates the server speaks TLS with; they are exchanged while it runs.
    pub(crate) fn set_certificates(&self, certificates: Arc<RwLock<Vec<Certificate>>>) {
        // Two servers of one application would have the same files.
        let _ = self.0.certificates.set(certificates);
    }

    /// The certificates in use; none where a proxy speaks TLS.
    pub fn certificates(&self) -> Vec<Certificate> {
        let known = self.0.certificates.get();
        known.map_or_else(Vec::new, |known| {
            known.read().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Gathers the requests of nobody who was let in.
    pub fn trail(&self) -> &SiteTrail {
        &self.0.trail
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Checks tokens.
    pub fn authenticator(&self) -> &Authenticator {
        &self.0.authenticator
    }

    /// Whether the bearer token has been found good before; it may have expired since.
    pub fn has_verified(&self, token: &str) -> bool {
        self.0.authenticator.has_verified(token) || self.0.machines.has_verified(token)
    }

    /// Tokens of systems that act for themselves.
    pub fn machines(&self) -> &Machines {
        &self.0.machines
    }

    /// How people sign in; nobody can until [`Self::set_people`].
    pub fn people(&self) -> &People {
        self.0.people.get_or_init(People::default)
    }

    /// Says how people sign in. The first call counts, if nobody has asked before.
    pub fn set_people(&self, people: People) {
        let _ = self.0.people.set(people);
    }

    /// The addresses of the municipalities' statements of accessibility.
    pub fn statements(&self) -> &BTreeMap<TenantCode, String> {
        self.0.statements.get_or_init(BTreeMap::new)
    }

    /// Says where the municipalities' statements of accessibility are. The first call counts, if
    /// nobody has asked before.
    pub fn set_statements(&self, statements: BTreeMap<TenantCode, String>) {
        let _ = self.0.statements.set(statements);
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// How much every client has asked for.
    pub fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// The configured public address, without a slash at the end.
    pub fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }

    /// Tasks that a shutdown waits for.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Fires when the server has been asked to stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Memory for request bodies, in KiB.
    pub fn bodies(&self) -> &Arc<Semaphore> {
        &self.0.bodies
    }

    /// How long a citizen may be due for screening before that is an alarm; `None` where this
    /// process does not screen.
    pub fn lag_alarm(&self) -> Option<Duration> {
        self.0.lag_alarm.get().copied()
    }

    /// Says that this process screens. The first call counts.
    pub(crate) fn set_lag_alarm(&self, alarm: Duration) {
        let _ = self.0.lag_alarm.set(alarm);
    }

    /// The municipalities that are open.
    pub fn municipalities(&self) -> Vec<Arc<Municipality>> {
        self.0
            .municipalities
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// A municipality; one that was added since the start is opened.
    ///
    /// # Errors
    /// When the catalogue has to be asked and does not answer.
    pub async fn municipality(
        &self,
        code: &TenantCode,
    ) -> Result<Option<Arc<Municipality>>, StoreError> {
        let open =
            self.0.municipalities.read().unwrap_or_else(PoisonError::into_inner).get(code).cloned();
        if open.is_some() {
            return Ok(open);
        }
        match self.0.catalog.tenant(code).await? {
            Some(tenant) => self.open(&tenant).await.map(Some),
            None => Ok(None),
        }
    }

    async fn open(&self, tenant: &crate::store::Tenant) -> Result<Arc<Municipality>, StoreError> {
        let store = self.0.catalog.open(tenant)?;
        store.warm().await?;
        store.check_keys().await?;
        store.load_shapes().await?;
        store.refresh_retention(self.0.clock.now()).await?;
        let edition = store.enable_columnstore().await?;
        tracing::info!(
            tenant = %tenant.code,
            timescaledb = edition.as_str(),
            columnstore = edition == crate::store::edition::Edition::Community,
            "municipality opened"
        );
        let writer = Writer::start(&store, &self.0.clock, &self.0.tasks, self.0.limits.queue);
        let recorder = Recorder::start(store.chain(), &self.0.clock, &self.0.tasks);
        let municipality = Arc::new(Municipality {
            examiner: Examiner::new(store.clone()),
            store,
            writer,
            recorder,
            transactions: Semaphore::new(TRANSACTIONS),
            live: Arc::default(),
            cohorts: Arc::default(),
        });
        let mut open = self.0.municipalities.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(open.entry(tenant.code.clone()).or_insert(municipality)))
    }

    /// Lets the writers finish what is queued and end, waits for all tasks, closes connections.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        let municipalities: Vec<_> = {
            let mut open = self.0.municipalities.write().unwrap_or_else(PoisonError::into_inner);
            open.drain().map(|(_, municipality)| municipality).collect()
        };
        let stores: Vec<Store> = municipalities.iter().map(|m| m.store.clone()).collect();
        drop(municipalities);
        self.0.tasks.close();
        self.0.tasks.wait().await;
        if let Err(error) = self.0.trail.flush(true).await {
            tracing::error!(error = chain(&error), "the site's trail is not recorded");
        }
        for store in stores {
            store.close().await;
        }
    }
}

/// In the extensions of requests that came over TLS.
#[derive(Debug, Clone, Copy)]
pub struct OverTls;
