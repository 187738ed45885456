//! One worker: takes citizens who are due, screens them, stores what came of it.
//!
//! Between taking and storing nothing is locked and nothing written, so a worker may die at any
//! point: its leases expire and somebody else begins again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;

use super::evaluate::{Evaluated, Subject, evaluate};
use super::load::{load, offset};
use super::packs::{PackShelf, Packs};
use super::summarise::{slices, summarise};
use super::{ScreeningError, result};
use crate::audit::{Block, Entry};
use crate::clock::{Clock, Micros};
use crate::ids::{CitizenNo, new_alert_id, new_lease_token};
use crate::projection::{PackFacts, tell};
use crate::store::alerts::recorded;
use crate::store::screenings::{Leased, PARKED_AFTER, Token};
use crate::store::summaries::NewSummary;
use crate::store::{Store, StoreError};
use crate::telemetry::chain;
use crate::triage::Policy;

const SECOND: i64 = 1_000_000;
/// How long nobody else takes citizens that were taken, microseconds.
const LEASE: i64 = 5 * 60 * SECOND;
/// Citizen-days whose readings are in memory at a time.
const SLICE: usize = 1_000;
/// Citizens whose results are stored in one transaction: nurses wait for it when they work on the
/// same alerts.
const CHUNK: usize = 100;
/// How long a citizen that could not be screened is left alone at first; then twice as long.
const PAUSE: i64 = 5 * SECOND;

/// What became of citizens that were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Citizens whose screening is stored.
    pub screened: u64,
    /// Of these, citizens whose worst finding is red.
    pub red: u64,
    /// Yellow.
    pub yellow: u64,
    /// Blue.
    pub blue: u64,
    /// Daily summaries that came out anew.
    pub summaries: u64,
    /// Findings that were added.
    pub findings: u64,
    /// Alerts that were raised or changed.
    pub alerts: u64,
    /// Citizens that could not be screened and are tried again later.
    pub failed: u64,
    /// Citizens that somebody else has taken over meanwhile.
    pub lost: u64,
}

impl Done {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.screened += other.screened;
        self.red += other.red;
        self.yellow += other.yellow;
        self.blue += other.blue;
        self.summaries += other.summaries;
        self.findings += other.findings;
        self.alerts += other.alerts;
        self.failed += other.failed;
        self.lost += other.lost;
    }

    /// Citizens that were taken.
    pub fn taken(&self) -> u64 {
        self.screened + self.failed + self.lost
    }
}

/// Screens the citizens of one municipality. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Worker {
    store: Store,
    clock: Clock,
    shelf: Arc<PackShelf>,
    cpu: Arc<Semaphore>,
}

/// Citizens that could not be screened, and why.
type Failures = BTreeMap<CitizenNo, ScreeningError>;

/// What one round works with.
struct Round<'a> {
    token: &'a Token,
    packs: Arc<Packs>,
    facts: PackFacts,
    policy: Policy,
}

impl Worker {
    /// For a municipality. Computes only while it has one of the permits of `cpu`.
    pub fn new(store: Store, clock: Clock, cpu: Arc<Semaphore>) -> Self {
        Self { store, clock, shelf: Arc::default(), cpu }
    }

    /// The packs in force.
    ///
    /// # Errors
    /// When they cannot be read or used.
    pub async fn packs(&self) -> Result<Packs, ScreeningError> {
        self.shelf.in_force(&self.store, self.clock.now()).await
    }

    /// Takes at most so many citizens who are due and screens them. `None` if nobody is.
    ///
    /// # Errors
    /// When the database is not available, or the rule pack cannot be used: nobody was screened.
    pub async fn batch(&self, most: u32) -> Result<Option<Done>, ScreeningError> {
        let token = Token::new(new_lease_token());
        let now = self.clock.now();
        self.store.turn_consents(now).await?;
        let leased = self.store.lease(&token, most, now, Micros(now.0 + LEASE)).await?;
        if leased.is_empty() { Ok(None) } else { self.screen(&token, &leased).await.map(Some) }
    }

    /// Screens exactly these citizens, but for those that somebody else has taken.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub async fn these(&self, citizens: &[CitizenNo]) -> Result<Done, ScreeningError> {
        let token = Token::new(new_lease_token());
        let now = self.clock.now();
        let expires = Micros(now.0 + LEASE);
        let leased = self.store.lease_these(&token, citizens, now, expires).await?;
        self.screen(&token, &leased).await
    }

    /// Screens citizens that were taken.
    ///
    /// # Errors
    /// When the database is not available, or the rule pack cannot be used; the citizens are given
    /// back, or their leases expire.
    pub async fn screen(&self, token: &Token, leased: &[Leased]) -> Result<Done, ScreeningError> {
        let begun = Instant::now();
        let done = self.screen_leased(token, leased).await;
        if done.is_err() {
            let citizens: Vec<_> = leased.iter().map(|leased| leased.citizen).collect();
            // If the database is away, the leases run out by themselves.
            let _ = self.store.release(token, &citizens).await;
        }
        let done = done?;
        metrics::counter!("pulsvagt_screened_total").increment(done.screened);
        metrics::counter!("pulsvagt_findings_total").increment(done.findings);
        metrics::counter!("pulsvagt_screening_failures_total").increment(done.failed);
        metrics::histogram!("pulsvagt_screening_batch_seconds").record(begun.elapsed());
        Ok(done)
    }

    async fn screen_leased(
        &self,
        token: &Token,
        leased: &[Leased],
    ) -> Result<Done, ScreeningError> {
        let packs = Arc::new(self.packs().await?);
        let policy = self.store.policy().await?.policy;
        let facts = PackFacts::from(&packs.active);
        let round = Round { token, packs, facts, policy };
        let mut failures = Failures::new();
        let mut new = self.summaries(token, leased, &mut failures).await?;
        let citizens: Vec<CitizenNo> = leased
            .iter()
            .map(|leased| leased.citizen)
            .filter(|citizen| !failures.contains_key(citizen))
            .collect();
        // After the readings were read: none of them was received later.
        let as_of = self.clock.now();
        let flat: Vec<NewSummary> = new.values().flatten().cloned().collect();
        let loaded = load(&self.store, &citizens, &flat, as_of).await?;
        drop(flat);
        let broken = loaded.broken.into_iter();
        failures.extend(broken.map(|(citizen, error)| (citizen, error.into())));
        let evaluated = self.evaluate(loaded.subjects, as_of, &round.packs, &mut failures).await?;
        let expires = Micros(self.clock.now().0 + LEASE);
        self.store.extend_leases(token, &citizens, expires).await?;
        let mut done = Done::default();
        let mut chunks: Vec<&[Evaluated]> = evaluated.chunks(CHUNK).rev().collect();
        while let Some(chunk) = chunks.pop() {
            match self.put(&round, chunk, &new, as_of).await {
                Ok(stored) => {
                    done.add(stored);
                    for evaluated in chunk {
                        new.remove(&evaluated.citizen);
                    }
                }
                Err(error) if error.is_transient() => return Err(error),
                // One citizen that the database refuses must not take the others along.
                Err(error) => match chunk {
                    [alone] => drop(failures.insert(alone.citizen, error)),
                    _ => {
                        let (one, other) = chunk.split_at(chunk.len() / 2);
                        chunks.extend([other, one]);
                    }
                },
            }
        }
        for leased in leased {
            if let Some(error) = failures.get(&leased.citizen) {
                self.put_back(token, leased, error).await?;
                done.failed += 1;
            }
        }
        Ok(done)
    }

    /// The summaries of the days whose marks were taken, by citizen.
    async fn summaries(
        &self,
        token: &Token,
        leased: &[Leased],
        failures: &mut Failures,
    ) -> Result<BTreeMap<CitizenNo, Vec<NewSummary>>, ScreeningError> {
        let touched: Vec<_> =
            leased.iter().map(|leased| (leased.citizen, leased.days.clone())).collect();
        let citizens: Vec<_> = leased.iter().map(|leased| leased.citizen).collect();
        let mut new: BTreeMap<CitizenNo, Vec<NewSummary>> = BTreeMap::new();
        for (number, slice) in slices(&touched, SLICE).into_iter().enumerate() {
            if number > 0 {
                let expires = Micros(self.clock.now().0 + LEASE);
                self.store.extend_leases(token, &citizens, expires).await?;
            }
            let samples = self.store.samples(&slice, self.clock.now()).await?;
            let computed = self.compute(move || summarise(&slice, &samples.placed)).await?;
            for summary in computed {
                new.entry(summary.citizen).or_default().push(summary);
            }
            let broken = samples.broken.into_iter();
            failures.extend(broken.map(|(citizen, error)| (citizen, error.into())));
        }
        Ok(new)
    }

    /// What the rules say. If they cannot be evaluated for all, they are for halves, down to the
    /// citizens that make the trouble.
    async fn evaluate(
        &self,
        subjects: Vec<Subject>,
        as_of: Micros,
        packs: &Arc<Packs>,
        failures: &mut Failures,
    ) -> Result<Vec<Evaluated>, ScreeningError> {
        let subjects = Arc::new(subjects);
        let offset = offset(&self.store, as_of);
        let mut evaluated = Vec::with_capacity(subjects.len());
        let mut parts = vec![(0, subjects.len())];
        while let Some((start, end)) = parts.pop() {
            if start == end {
                continue;
            }
            let (packs, these) = (Arc::clone(packs), Arc::clone(&subjects));
            let found =
                self.compute(move || evaluate(&these[start..end], as_of, offset, &packs)).await;
            match found.and_then(|found| found) {
                Ok(found) => evaluated.extend(found),
                Err(error) if end - start == 1 => {
                    failures.insert(subjects[start].citizen, error);
                }
                Err(_) => {
                    let middle = usize::midpoint(start, end);
                    parts.extend([(middle, end), (start, middle)]);
                }
            }
        }
        Ok(evaluated)
    }

    /// Computes where it does not hold up anybody's request.
    async fn compute<T: Send + 'static>(
        &self,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ScreeningError> {
        let _permit = self.cpu.acquire().await;
        tokio::task::spawn_blocking(what).await.map_err(|_| ScreeningError::Panicked)
    }

    /// Stores the results of citizens and ends their leases, all in one transaction.
    async fn put(
        &self,
        round: &Round<'_>,
        evaluated: &[Evaluated],
        new: &BTreeMap<CitizenNo, Vec<NewSummary>>,
        as_of: Micros,
    ) -> Result<Done, ScreeningError> {
        let store = &self.store;
        let citizens: Vec<CitizenNo> = evaluated.iter().map(|one| one.citizen).collect();
        let mut tx = store.begin().await?;
        let ours = store.lock_leases_in(&mut tx, round.token, &citizens).await?;
        let ours: Vec<&Evaluated> =
            evaluated.iter().filter(|one| ours.contains(&one.citizen)).collect();
        let (mut screened, mut findings, mut summaries) = (Vec::new(), Vec::new(), Vec::new());
        for one in &ours {
            screened.push(result::screened(one)?);
            findings.extend(result::findings(one)?);
            summaries.extend(new.get(&one.citizen).into_iter().flatten().cloned());
        }
        let mut done = Done {
            screened: screened.len() as u64,
            lost: (evaluated.len() - ours.len()) as u64,
            ..Done::default()
        };
        done.summaries = store.put_summaries_in(&mut tx, &summaries, as_of).await?;
        store.put_screened_in(&mut tx, &screened).await?;
        done.findings = store.add_findings_in(&mut tx, &findings).await?;
        let mut changes = Vec::new();
        let citizens: Vec<CitizenNo> = ours.iter().map(|one| one.citizen).collect();
        let concerned = store.under_triage_in(&mut tx, &citizens).await?;
        for one in ours {
            let worst =
                one.screening.verdicts.iter().filter_map(|v| result::level(v.outcome)).max();
            match worst {
                Some(3) => done.red += 1,
                Some(2) => done.yellow += 1,
                Some(_) => done.blue += 1,
                None if !concerned.contains(&one.citizen) => continue,
                None => {}
            }
            let triaged = store
                .triage(
                    &mut tx,
                    one.citizen,
                    &one.screening,
                    &round.packs.active,
                    &round.policy,
                    as_of,
                    &mut || new_alert_id(as_of),
                )
                .await?;
            for change in &triaged.changes {
                let (alert, screening) = (change.alert.id, Some(&one.screening));
                tell(store, &mut tx, alert, screening, &round.facts, as_of).await?;
            }
            done.alerts += triaged.changes.len() as u64;
            changes.extend(triaged.changes);
        }
        store.end_leases_in(&mut tx, round.token, &citizens).await?;
        if changes.is_empty() {
            tx.commit_unrecorded("screened, and no alert has changed").await?;
        } else {
            let entry = Entry::of_system("screening", "screen", as_of);
            tx.commit(&Block::of(recorded(entry, &changes))).await?;
        }
        Ok(done)
    }

    /// Leaves a citizen alone for a while; after many attempts until the next day.
    async fn put_back(
        &self,
        token: &Token,
        leased: &Leased,
        error: &ScreeningError,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let parked = leased.attempts >= PARKED_AFTER;
        let again = if parked {
            self.next_morning(now)
        } else {
            now.0 + (PAUSE << leased.attempts.saturating_sub(1).min(16))
        };
        let (tenant, attempts) = (self.store.code(), leased.attempts);
        if parked {
            tracing::error!(
                %tenant, attempts, error = chain(error),
                "a citizen cannot be screened and is put aside until tomorrow; \
                 pulsvagt doctor says what to do"
            );
        } else {
            tracing::warn!(
                %tenant, attempts, error = chain(error),
                "a citizen could not be screened; trying again later"
            );
        }
        self.store.put_back(token, leased.citizen, Micros(again)).await
    }

    /// The next midnight of the municipality.
    fn next_morning(&self, now: Micros) -> i64 {
        let local = now.to_jiff().to_zoned(self.store.zone().clone());
        let midnight = local.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
        midnight.map_or(now.0 + 24 * 3_600 * SECOND, |at| at.timestamp().as_microsecond())
    }
}
