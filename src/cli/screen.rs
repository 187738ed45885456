//! `pulsvagt screen`

mod report;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use pulsvagt_analytics::Pack;
use serde_json::json;
use tokio::sync::Semaphore;

use super::output::{self, Unit};
use super::rules;
use super::site::{Site, SiteArgs};
use super::{LOG, usage};
use crate::clock::{Clock, Micros};
use crate::ids::{CitizenNo, TenantCode};
use crate::screening::{Done, Packs, Worker, evaluate, load_as_of};
use crate::server::Stop;
use crate::store::{Store, Wanted};
use crate::telemetry::{self, LogFormat};
use report::Levels;
pub(super) use report::{counts, done as report_done};

/// Citizens that are screened together.
const BATCH: u32 = 500;
/// Batches under way at a time, while one loads another one computes.
const LANES: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Screen {
    /// The municipality, by its code
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// Only this citizen, by logical id, whether due or not; prints what each rule says
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    citizen: Option<String>,
    /// Every citizen who has readings or a plan, not only those who are due
    #[arg(long)]
    all: bool,
    /// As of this moment, such as 2026-01-31T08:00:00Z: nothing received later counts, and nothing
    /// is stored
    #[arg(long, value_name = "TIME")]
    as_of: Option<jiff::Timestamp>,
    /// By the rule pack in this file; nothing is stored
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    site: SiteArgs,
}

impl Screen {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, LOG);
        let mut stop = Stop::listen()?;
        let site = self.site.open().await?;
        let result = tokio::select! {
            result = self.screen(&site) => result.map(|()| 0),
            () = stop.requested() => {
                output::note("stopped; who was not screened is still due");
                Ok(130)
            }
        };
        stop.or_exit(site.close()).await?;
        result
    }

    async fn screen(&self, site: &Site) -> anyhow::Result<()> {
        let pack = self.pack.as_deref().map(rules::read).transpose()?.map(|(pack, _)| pack);
        let store = site.store(&self.tenant).await?;
        let done = self.work(&store, pack).await;
        store.close().await;
        done
    }

    async fn work(&self, store: &Store, pack: Option<Pack>) -> anyhow::Result<()> {
        let clock = Clock::system();
        let citizen = match &self.citizen {
            Some(id) => Some(find(store, id).await?),
            None => None,
        };
        if self.as_of.is_some() || pack.is_some() {
            let as_of = self.as_of.map_or(clock.now(), |at| Micros(at.as_microsecond()));
            return self.try_out(store, &clock, citizen, as_of, pack).await;
        }
        let worker = worker(store, &clock);
        if let Some(citizen) = citizen {
            let done = worker.these(&[citizen]).await?;
            if done.screened == 0 {
                bail!(
                    "the citizen could not be screened now; the log says why, or a server has \
                       taken the citizen and is at work"
                );
            }
            let screened = store.screened(&[citizen]).await?.remove(&citizen);
            let screened = screened.context("the screening is not there")?;
            let screening = serde_json::from_str(&screened.body)?;
            report::citizen(&screening, &worker.packs().await?.active, self.json);
            return Ok(());
        }
        if self.all {
            store.make_everybody_due(clock.now()).await?;
        }
        let done = everybody_due(store, &worker, &clock).await?;
        if self.json {
            let mut counts = counts(done);
            counts["tenant"] = json!(store.code().as_str());
            output::json(&counts);
        } else {
            report_done(store.code().as_str(), done);
        }
        Ok(())
    }

    /// Screens without storing anything.
    async fn try_out(
        &self,
        store: &Store,
        clock: &Clock,
        citizen: Option<CitizenNo>,
        as_of: Micros,
        pack: Option<Pack>,
    ) -> anyhow::Result<()> {
        let packs = match pack {
            Some(active) => Packs { active, shadows: Vec::new() },
            None => Packs { shadows: Vec::new(), ..worker(store, clock).packs().await? },
        };
        let offset = store.zone().to_offset(as_of.to_jiff()).seconds();
        if let Some(citizen) = citizen {
            let loaded = load_as_of(store, &[citizen], as_of).await?;
            if let Some(error) = loaded.broken.into_values().next() {
                return Err(error.into());
            }
            let found = evaluate(&loaded.subjects, as_of, offset, &packs)?;
            let found = found.into_iter().next().context("nothing was evaluated")?;
            report::citizen(&found.screening, &packs.active, self.json);
            return Ok(());
        }
        let mut levels = Levels::default();
        let mut after = CitizenNo(i32::MIN);
        let bar = output::progress(store.count_citizens().await?, Unit::Items, "screening");
        loop {
            let page = store.citizens_after(after, BATCH / 5).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            let loaded = load_as_of(store, &page, as_of).await?;
            levels.broken += loaded.broken.len();
            let packs = packs.clone();
            let found = tokio::task::spawn_blocking(move || {
                evaluate(&loaded.subjects, as_of, offset, &packs)
            });
            for found in found.await?? {
                levels.count(&found.screening);
            }
            bar.inc(page.len() as u64);
        }
        bar.finish_and_clear();
        levels.report(store.code(), as_of, packs.active.hash(), self.json);
        Ok(())
    }
}

/// A worker that may use all processors: nobody's requests are answered here.
pub(super) fn worker(store: &Store, clock: &Clock) -> Worker {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Worker::new(store.clone(), clock.clone(), Arc::new(Semaphore::new(threads)))
}

/// Screens until nobody is due, with a progress bar.
pub(super) async fn everybody_due(
    store: &Store,
    worker: &Worker,
    clock: &Clock,
) -> anyhow::Result<Done> {
    let backlog = store.screening_lag(clock.now()).await?.backlog;
    let bar = output::progress(backlog, Unit::Items, "screening");
    let lanes = (0..LANES).map(|_| lane(worker, &bar));
    let mut total = Done::default();
    for done in try_join_all(lanes).await? {
        total.add(done);
    }
    bar.finish_and_clear();
    Ok(total)
}

async fn lane(worker: &Worker, bar: &ProgressBar) -> anyhow::Result<Done> {
    let mut total = Done::default();
    while let Some(done) = worker.batch(BATCH).await? {
        bar.inc(done.taken());
        total.add(done);
    }
    Ok(total)
}

async fn find(store: &Store, id: &str) -> anyhow::Result<CitizenNo> {
    let wanted = Wanted { citizens: [id.into()].into(), ..Wanted::default() };
    store.resolve(&wanted).await?;
    let found = store.citizen(id).map(|(no, _)| no);
    found.ok_or_else(|| usage("there is no such citizen in this municipality"))
}

impl Levels {
    fn report(&self, tenant: &TenantCode, as_of: Micros, pack: &str, json: bool) {
        if json {
            output::json(&json!({
                "tenant": tenant.as_str(),
                "asOf": as_of.to_string(),
                "pack": pack,
                "citizens": self.citizens,
                "red": self.red,
                "yellow": self.yellow,
                "blue": self.blue,
                "unreadable": self.broken,
                "rules": self.rules,
            }));
            return;
        }
        output::line(format!(
            "{} citizens as of {as_of}: {} red, {} yellow, {} blue; nothing was stored",
            self.citizens, self.red, self.yellow, self.blue
        ));
        let mut rows = vec![["rule", "red", "yellow", "blue"].map(str::to_owned).to_vec()];
        for (rule, counts) in &self.rules {
            let mut row = vec![rule.clone()];
            row.extend(counts.iter().map(ToString::to_string));
            rows.push(row);
        }
        output::table(&rows);
    }
}
