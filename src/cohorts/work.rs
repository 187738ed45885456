//! One worker: takes a run that somebody has asked for, reads, and tells what may be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pulsvagt_analytics::cohort::{Answer, Definition, Format, write};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::told::Told;
use super::{Asked, CohortError, answer, entry_of, tell_in};
use crate::audit::{Actor, Block, Purpose};
use crate::clock::{Clock, Micros};
use crate::ids::new_lease_token;
use crate::store::cohorts::Taken;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;

/// How long nobody else takes a run that was taken, unless it is renewed, microseconds.
const LEASE: i64 = 60 * 1_000_000;
/// How often a lease is renewed, and with it the progress told and a cancellation noticed.
const RENEW: Duration = Duration::from_secs(2);
/// How often a run is begun whose servers are gone.
pub const MOST_ATTEMPTS: u32 = 3;
/// What is told of a fault of the server.
const FAULT: &str = "the server failed; the operator can find the reason by the run's id";

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// It has told what may be told.
    Done,
    /// There is no answer, and it says why.
    Failed,
    /// It is not wanted any more, or somebody else has it.
    Lost,
}

/// Makes the cohorts that are asked for of one municipality. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Worker {
    store: Store,
    clock: Clock,
    cpu: Arc<Semaphore>,
}

impl Worker {
    /// For a municipality. Works only while it has one of the permits of `cpu`.
    pub fn new(store: Store, clock: Clock, cpu: Arc<Semaphore>) -> Self {
        Self { store, clock, cpu }
    }

    /// Takes a run, without working on it; whoever does not is thought to be gone after a minute.
    ///
    /// # Errors
    /// When the database does.
    pub async fn take(&self) -> Result<Option<Taken>, StoreError> {
        let now = self.clock.now();
        self.store.take_cohort_run(&new_lease_token(), now, self.until(), MOST_ATTEMPTS).await
    }

    fn until(&self) -> Micros {
        Micros(self.clock.now().0 + LEASE)
    }

    /// Waits for a permit and takes a run. `None` if nobody has asked for one.
    ///
    /// # Errors
    /// When the database does.
    pub async fn begin(&self) -> Result<Option<(Taken, OwnedSemaphorePermit)>, StoreError> {
        let Ok(permit) = Arc::clone(&self.cpu).acquire_owned().await else { return Ok(None) };
        Ok(self.take().await?.map(|taken| (taken, permit)))
    }

    /// Takes a run and works on it. `None` if nobody has asked for one.
    ///
    /// # Errors
    /// When the database is not available; the run is begun again later.
    pub async fn once(&self) -> Result<Option<Worked>, StoreError> {
        match self.begin().await? {
            Some((taken, _permit)) => self.work(&taken).await.map(Some),
            None => Ok(None),
        }
    }

    /// Puts a run back that it has been told to leave.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_back(&self, taken: &Taken) -> Result<(), StoreError> {
        self.store.put_back_cohort_run(taken).await
    }

    /// Works on a run that was taken.
    ///
    /// # Errors
    /// When the database is not available; the run is put back, or its lease runs out.
    pub async fn work(&self, taken: &Taken) -> Result<Worked, StoreError> {
        let (reason, fault) = match self.made(taken).await {
            Ok(true) => return Ok(Worked::Done),
            Ok(false) => return Ok(Worked::Lost),
            Err(CohortError::Store(error)) if error.is_transient() => {
                // If that fails too, the lease runs out.
                let _ = self.put_back(taken).await;
                return Err(error);
            }
            Err(CohortError::Run(error)) if error.is_askers() => (error.to_string(), None),
            Err(CohortError::Definition(error)) => (error, None),
            Err(error) => (FAULT.to_owned(), Some(chain(&error))),
        };
        if let Some(error) = fault {
            let (tenant, run) = (self.store.code(), &taken.id);
            tracing::error!(%tenant, run, error, "a cohort cannot be made");
        }
        self.store.fail_cohort_run(taken, &reason, self.clock.now()).await?;
        Ok(Worked::Failed)
    }

    /// Whether it was still this worker's when it was done.
    async fn made(&self, taken: &Taken) -> Result<bool, CohortError> {
        let definition = Definition::from_json(&taken.body)
            .map_err(|errors| CohortError::Definition(errors.to_string()))?;
        let citizens = self.store.count_citizens().await?;
        let seen = AtomicU64::new(0);
        let (purpose, now) = (&taken.purpose, self.clock.now());
        let reading = answer(&self.store, &definition, taken.as_of, purpose, now, |number| {
            seen.fetch_add(number, Ordering::Relaxed);
        });
        let answer = tokio::select! {
            answer = reading => answer?,
            lost = self.hold(taken, &seen, citizens) => {
                lost?;
                return Ok(false);
            }
        };
        self.tell(taken, &definition, &answer, citizens).await
    }

    /// Renews the lease until it is lost.
    async fn hold(&self, taken: &Taken, seen: &AtomicU64, of: u64) -> Result<(), StoreError> {
        loop {
            let progress = (seen.load(Ordering::Relaxed), of);
            if !self.store.renew_cohort_run(taken, progress, self.until()).await? {
                return Ok(());
            }
            tokio::time::sleep(RENEW).await;
        }
    }

    /// Tells what may be told: with the note of it, the result and the entry in one transaction.
    async fn tell(
        &self,
        taken: &Taken,
        definition: &Definition,
        answer: &Answer,
        citizens: u64,
    ) -> Result<bool, CohortError> {
        if !self.store.renew_cohort_run(taken, (citizens, citizens), self.until()).await? {
            return Ok(false);
        }
        let purpose = Purpose::from_code(&taken.purpose);
        let purpose =
            purpose.ok_or_else(|| CohortError::Definition("the purpose is none".to_owned()))?;
        let asked = Asked {
            actor: &taken.by.subject,
            role: &taken.by.role,
            purpose,
            reason: &taken.reason,
            least: taken.least,
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let release =
            tell_in(&self.store, &mut tx, definition, answer, taken.as_of, &asked, now).await?;
        let wrong = |error: String| CohortError::Release(error);
        let result =
            serde_json::to_string(&Told::of(&release)?).map_err(|it| wrong(it.to_string()))?;
        let mut rows = Vec::new();
        write(&release.rows, Format::Arrow, &mut rows).map_err(|it| wrong(it.to_string()))?;
        if !self.store.finish_cohort_run_in(&mut tx, taken, &result, &rows, now).await? {
            return Ok(false);
        }
        let mut entry = entry_of(&asked, &answer.definition, now).with("CohortRun", &taken.id, 0);
        entry.request.clone_from(&taken.request);
        entry.actor = Actor {
            issuer: taken.by.issuer.clone(),
            subject: taken.by.subject.clone(),
            role: taken.by.role.clone(),
            client: taken.by.client.clone(),
        };
        tx.commit(&Block::of(entry)).await?;
        Ok(true)
    }
}
