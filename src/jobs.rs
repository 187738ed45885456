//! What the server does by itself, beside requests.
//!
//! For each municipality one loop screens citizens that are due, one deletes at night what has been
//! kept for long enough, one makes the cohorts that analysts have asked for, one scores by the risk
//! models in use, and one watches: over the first
//! loop, over alerts that run out, and over the nightly round. Any number of servers may run them
//! at once; what must be done once is decided by rows in the database.

mod anchor;
mod cohorts;
mod labels;
mod retention;
mod risk;
mod screening;
mod tally;
mod watchdog;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::app::App;
use crate::ids::TenantCode;
use crate::screening::Worker;
use crate::telemetry::chain;

pub use retention::night as retention_night;
pub use watchdog::round_of;

/// How jobs are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Citizens that are screened together.
    pub batch: u32,
    /// How often to look for work that another server has taken in.
    pub poll: Duration,
    /// How long a citizen may be due before that is an alarm.
    pub lag_alarm: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { batch: 200, poll: Duration::from_millis(500), lag_alarm: Duration::from_mins(10) }
    }
}

/// How often to look for municipalities that have been added.
const NEW_MUNICIPALITIES: Duration = Duration::from_secs(15);

/// Starts the jobs of all municipalities, those included that are added later. They end when the
/// application stops.
pub fn start(app: &App, settings: Settings) {
    app.set_lag_alarm(settings.lag_alarm);
    let supervised = app.clone();
    app.tasks().spawn(async move { supervise(&supervised, settings).await });
}

/// Threads that screening may keep busy; the others are for requests.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |all| (all.get() / 2).max(1))
}

/// Permits to keep a processor busy.
#[derive(Debug, Clone)]
struct Cpu {
    screening: Arc<Semaphore>,
    cohorts: Arc<Semaphore>,
}

async fn supervise(app: &App, settings: Settings) {
    let cpu = Cpu {
        screening: Arc::new(Semaphore::new(threads())),
        // Apart, so that screening never waits for an analyst.
        cohorts: Arc::new(Semaphore::new(1)),
    };
    let mut running: HashSet<TenantCode> = HashSet::new();
    let stopping = app.stopping().clone();
    app.tasks().spawn(anchor::run(app.catalog().chain(), stopping.clone()));
    loop {
        match app.catalog().tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    if !running.contains(&tenant.code)
                        && begin(app, &tenant.code, &cpu, settings).await
                    {
                        running.insert(tenant.code);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the municipalities cannot be listed");
            }
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(NEW_MUNICIPALITIES) => {}
        }
    }
}

/// Whether the jobs of the municipality have been started.
async fn begin(app: &App, code: &TenantCode, cpu: &Cpu, settings: Settings) -> bool {
    if app.stopping().is_cancelled() {
        return false;
    }
    let municipality = match app.municipality(code).await {
        Ok(Some(municipality)) => municipality,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(tenant = %code, error = chain(&error), "jobs cannot be started yet");
            return false;
        }
    };
    // The municipality itself is not kept: its writer ends when nobody holds it.
    let (store, clock) = (municipality.store.clone(), app.clock().clone());
    let stored = Arc::clone(municipality.writer.stored());
    let asked = Arc::clone(&municipality.cohorts);
    let tally = Arc::clone(&municipality.examiner.tally);
    let worker = Worker::new(store.clone(), clock.clone(), Arc::clone(&cpu.screening));
    let analyst =
        crate::cohorts::Worker::new(store.clone(), clock.clone(), Arc::clone(&cpu.cohorts));
    let stopping = app.stopping().clone();
    app.tasks().spawn(screening::run(worker, code.clone(), stored, settings, stopping.clone()));
    app.tasks().spawn(anchor::run(store.chain(), stopping.clone()));
    app.tasks().spawn(labels::run(store.clone(), stopping.clone()));
    app.tasks().spawn(tally::run(tally, store.clone(), clock.clone(), stopping.clone()));
    let (of, now) = (store.clone(), clock.clone());
    app.tasks().spawn(cohorts::run(analyst, of, now, asked, stopping.clone()));
    app.tasks().spawn(retention::run(store.clone(), clock.clone(), stopping.clone()));
    app.tasks().spawn(risk::run(store.clone(), clock.clone(), stopping.clone()));
    app.tasks().spawn(watchdog::run(store, clock, settings, stopping));
    true
}
