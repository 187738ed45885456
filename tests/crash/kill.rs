//! SIGKILL at random moments under load, in turn for the server and for PostgreSQL's first
//! process; then everything that the clients know is compared with what is there, and what
//! screening has come to meanwhile with what it comes to undisturbed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use pulsvagt::clock::{Clock, Micros};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rustix::process::Signal;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::forms::{Kind, Page, Plan, bundle, citizen_id};
use crate::http::{self, Connection, JSON, NDJSON};
use crate::ledger::Ledger;
use crate::site::{Municipality, Site, signal};
use crate::{Ending, screened, site};

/// Clients that write at a time.
const WRITERS: u64 = 4;
const CITIZENS: u64 = 200;
/// Acknowledged readings that are sent again after each kill, and read at the end.
const SAMPLE: usize = 100;
/// How long a client waits for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the writers share.
#[derive(Debug, Clone)]
struct Load {
    plan: Plan,
    address: std::net::SocketAddr,
    token: String,
    ledger: Arc<Mutex<Ledger>>,
    next: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

/// How many kills were asked for.
pub(crate) fn rounds_wanted() -> anyhow::Result<u32> {
    match std::env::var("PULSVAGT_CRASH_ROUNDS") {
        Ok(text) => text.parse().context("PULSVAGT_CRASH_ROUNDS"),
        Err(_) => Ok(20),
    }
}

/// What the random moments of a trial begin with; printed, so that they can be had again.
pub(crate) fn seed() -> anyhow::Result<u64> {
    let seed = match std::env::var("PULSVAGT_CRASH_SEED") {
        Ok(text) => text.parse().context("PULSVAGT_CRASH_SEED")?,
        Err(_) => rand::random(),
    };
    println!("PULSVAGT_CRASH_SEED={seed}");
    Ok(seed)
}

pub(crate) async fn rounds() -> anyhow::Result<Ending> {
    let rounds = rounds_wanted()?;
    let mut random = SmallRng::seed_from_u64(seed()?);
    let mut site = site("").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    screened::prepare(&site, &municipality).await?;
    let mut left_behind = 0;
    let load = Load {
        plan: recent(CITIZENS),
        address: site.address(),
        token: municipality.gateway.clone(),
        ledger: Arc::default(),
        next: Arc::default(),
        stop: Arc::default(),
    };
    for round in 0..rounds {
        left_behind += screened::time_passes(&site, &municipality).await?;
        load.stop.store(false, Ordering::SeqCst);
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            writers.spawn(load.clone().write(SmallRng::seed_from_u64(random.random())));
        }
        sleep(Duration::from_millis(random.random_range(100..1_500))).await;
        if round % 2 == 0 {
            signal(site.server_pid()?, Signal::KILL)?;
            site.start_server().await?;
        } else {
            signal(site.postmaster_pid()?, Signal::KILL)?;
            site.start_postgres().await?;
            healed(&site).await?;
        }
        sleep(Duration::from_millis(200)).await;
        load.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = writers.join_next().await {
            ended??;
        }
        load.settle(&mut random).await.with_context(|| format!("round {round}"))?;
        let ledger = load.ledger.lock().await;
        ledger
            .reconcile(&site, &municipality, &load.plan)
            .await
            .with_context(|| format!("round {round}"))?;
    }
    let ledger = load.ledger.lock().await;
    let stored = ledger.reconcile(&site, &municipality, &load.plan).await?;
    let settled = ledger.settled().len();
    ensure!(ledger.open().is_empty() && stored == settled as u64, "not everything is settled");
    through_the_door(&load, &ledger, &municipality, &mut random).await?;
    drop(ledger);
    let screened = screened::reconcile(&site, &municipality).await?;
    let screened::Screened { days, findings, alerts, .. } = screened;
    left_behind += screened.left_behind;
    site.command(&["audit", "verify", "--tenant", municipality.code]).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!(
        "{rounds} kills, {settled} acknowledged: lost 0, duplicated 0, phantom 0; \
         {left_behind} leases left behind, {days} summaries, {findings} findings, {alerts} alerts: \
         none wrong, none left to do"
    )))
}

/// Readings of the last hours, which rules look at.
fn recent(citizens: u64) -> Plan {
    const SECOND: i64 = 1_000_000;
    let now = Clock::system().now().as_second();
    Plan { citizens, together: 1, start: Micros((now - 20 * 3_600) * SECOND), step: 7 * SECOND }
}

/// The server gets over the death of its database by itself.
async fn healed(site: &Site) -> anyhow::Result<()> {
    for _ in 0..300 {
        if site.health("ready").await.is_ok_and(|status| status == 200) {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the server is not ready, though PostgreSQL is back")
}

impl Load {
    /// Writes in all ways until told to stop; whatever goes wrong is left to be settled later.
    async fn write(self, mut random: SmallRng) -> anyhow::Result<()> {
        let mut connection = None;
        while !self.stop.load(Ordering::SeqCst) {
            let way = random.random_range(0..3_u8);
            let count = match way {
                0 => 1,
                1 => random.random_range(2..40),
                _ => random.random_range(2..200),
            };
            let first = self.next.fetch_add(count, Ordering::SeqCst);
            let numbers: Vec<u64> = (first..first + count).collect();
            let sent = timeout(PATIENCE, self.send(&mut connection, way, &numbers)).await;
            let sent = sent.context("no answer")?;
            match sent {
                Ok(answered) => self.note(&answered).await?,
                Err(_) => {
                    connection = None;
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
        Ok(())
    }

    /// Sends readings in one of the ways; returns those that were acknowledged. Bundles and
    /// streams need numbers that follow each other.
    async fn send(
        &self,
        connection: &mut Option<Connection>,
        way: u8,
        numbers: &[u64],
    ) -> std::io::Result<Vec<(u64, String)>> {
        {
            let mut ledger = self.ledger.lock().await;
            for number in numbers {
                ledger.sending(*number);
            }
        }
        let open = match connection {
            Some(open) => open,
            None => connection.insert(Connection::open(self.address).await?),
        };
        let first = numbers.first().copied().unwrap_or(0);
        let token = &self.token;
        let request = match way {
            0 => http::request("POST", "/fhir/Observation", token, JSON, &self.plan.json(first)),
            1 => {
                let mut page = bundle(numbers.len() as u64, first);
                page.fill(&self.plan, first);
                http::request("POST", "/fhir", token, JSON, &page.bytes)
            }
            _ => {
                let mut page = Page::default();
                for number in numbers {
                    page.observation(Kind::of(*number), false);
                    page.raw(b"\n");
                }
                page.fill(&self.plan, first);
                http::request("POST", "/fhir/Observation", token, NDJSON, &page.bytes)
            }
        };
        let answer = open.exchange(&request).await?;
        Ok(acknowledged(way, numbers, answer))
    }

    async fn note(&self, answered: &[(u64, String)]) -> anyhow::Result<()> {
        let mut ledger = self.ledger.lock().await;
        answered.iter().try_for_each(|(number, id)| ledger.acknowledged(*number, id))
    }

    /// Sends again what was not acknowledged, until it is, and a sample of what was.
    async fn settle(&self, random: &mut SmallRng) -> anyhow::Result<()> {
        let (open, sample) = {
            let ledger = self.ledger.lock().await;
            let settled: Vec<u64> = ledger.settled().iter().map(|(number, _)| *number).collect();
            let sample: Vec<u64> = settled.choose_multiple(random, SAMPLE).copied().collect();
            (ledger.open(), sample)
        };
        let mut connection = None;
        for number in open.into_iter().chain(sample) {
            let answered = self.send(&mut connection, 0, &[number]).await?;
            ensure!(!answered.is_empty(), "reading {number} is not acknowledged");
            self.note(&answered).await?;
        }
        Ok(())
    }
}

/// What an answer acknowledges. An answer that says nothing acknowledges nothing.
fn acknowledged(way: u8, numbers: &[u64], answer: http::Answer<'_>) -> Vec<(u64, String)> {
    let json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap_or_default();
    match (way, answer.status) {
        (0, 200 | 201) => {
            answer.id().map(|id| vec![(numbers[0], id.to_owned())]).unwrap_or_default()
        }
        (1, 200) => {
            let bundle = json(answer.body);
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            numbers
                .iter()
                .zip(&entries)
                .filter_map(|(number, entry)| {
                    let response = &entry["response"];
                    let status = response["status"].as_str()?;
                    let id = http::id_in(response["location"].as_str()?)?;
                    (status.starts_with("20")).then(|| (*number, id.to_owned()))
                })
                .collect()
        }
        (2, 200) => answer
            .body
            .split(|byte| *byte == b'\n')
            .map(json)
            .filter_map(|receipt| {
                let line = usize::try_from(receipt["line"].as_u64()?).ok()?;
                let status = receipt["status"].as_u64()?;
                let id = receipt["id"].as_str()?;
                let number = numbers.get(line.checked_sub(1)?)?;
                matches!(status, 200 | 201).then(|| (*number, id.to_owned()))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A sample is read by its ids, and every citizen's readings are counted by a search.
async fn through_the_door(
    load: &Load,
    ledger: &Ledger,
    municipality: &Municipality,
    random: &mut SmallRng,
) -> anyhow::Result<()> {
    let token = &municipality.gateway;
    let mut connection = Connection::open(load.address).await?;
    let settled = ledger.settled();
    for (number, id) in settled.choose_multiple(random, SAMPLE) {
        let request = http::get(&format!("/fhir/Observation/{id}"), token);
        let answer = connection.exchange(&request).await?;
        ensure!(answer.status == 200, "reading {number}, {id}: {}", answer.status);
        let (read, sent): (serde_json::Value, serde_json::Value) = (
            serde_json::from_slice(answer.body)?,
            serde_json::from_slice(&load.plan.json(*number))?,
        );
        for part in ["subject", "effectiveDateTime", "valueQuantity", "component", "device"] {
            ensure!(read[part] == sent[part], "{part} of {id} is {}", read[part]);
        }
    }
    let mut counts = vec![0_u64; usize::try_from(CITIZENS)?];
    for (number, _) in &settled {
        counts[usize::try_from(load.plan.at(*number).0)?] += 1;
    }
    for (citizen, count) in (0..).zip(counts) {
        let id = citizen_id(citizen);
        let path = format!("/fhir/Observation?patient={id}&_summary=count");
        let answer = connection.exchange(&http::get(&path, token)).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        let found: serde_json::Value = serde_json::from_slice(answer.body)?;
        ensure!(found["total"] == count, "{id} has {} and not {count}", found["total"]);
    }
    Ok(())
}
