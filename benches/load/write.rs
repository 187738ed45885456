//! Readings through the server: one by one, in Bundles, in streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;

use crate::cpu::Cpu;
use crate::forms::{CYCLE, Kind, Page, Plan, bundle};
use crate::http::{self, Connection, JSON, NDJSON};
use crate::report::{Latency, Line, micros};
use crate::site::{Municipality, Site};

/// One acknowledgement of this many is checked afterwards.
const SAMPLE: u64 = 499;
/// Lines of a stream that are written together.
const BLOCK: u64 = 250;

/// How readings are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Single,
    Bundle(u64),
    Stream { identified: bool },
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Nothing new is sent after this time.
    Time(Duration),
    /// About as many readings, all connections together.
    Count(u64),
}

/// What one connection has done.
#[derive(Debug, Default)]
struct Done {
    stored: u64,
    put_off: u64,
    latency: Vec<u32>,
    /// Some readings with the ids they were given.
    sample: Vec<(u64, String)>,
}

/// The load: what is sent where, and which reading is next.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) plan: Plan,
    next: Arc<AtomicU64>,
    limit: Limit,
    began: Instant,
    first: u64,
}

impl Load {
    pub(crate) fn new(plan: Plan) -> Self {
        let limit = Limit::Count(0);
        Self { plan, next: Arc::default(), limit, began: Instant::now(), first: 0 }
    }

    /// The number of the first of so many more readings; none when it is time to stop.
    fn take(&self, count: u64) -> Option<u64> {
        match self.limit {
            Limit::Time(time) if self.began.elapsed() >= time => None,
            Limit::Count(most) if self.next.load(Ordering::Relaxed) - self.first >= most => None,
            _ => Some(self.next.fetch_add(count, Ordering::Relaxed)),
        }
    }

    /// Sends until the limit is reached, and then checks that what was acknowledged is there.
    pub(crate) async fn run(
        &mut self,
        site: &Site,
        municipality: &Municipality,
        name: &str,
        way: Way,
        connections: usize,
        limit: Limit,
    ) -> anyhow::Result<Line> {
        // The kinds of a Bundle's places were fixed for numbers that begin a cycle.
        let start = self.next.load(Ordering::Relaxed).next_multiple_of(CYCLE);
        self.next.store(start, Ordering::Relaxed);
        let before = site.count(municipality.code).await?;
        let (server, postmaster) = (site.server_pid()?, site.postmaster_pid()?);
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(site.address()).await?);
        }
        let cpu = Cpu::now(server, postmaster)?;
        (self.limit, self.began, self.first) = (limit, Instant::now(), start);
        let mut tasks = JoinSet::new();
        for connection in open {
            let (load, token) = (self.clone(), municipality.gateway.clone());
            tasks.spawn(async move {
                match way {
                    Way::Single => load.singles(connection, &token).await,
                    Way::Bundle(size) => load.bundles(connection, &token, size).await,
                    Way::Stream { identified } => load.stream(connection, &token, identified).await,
                }
            });
        }
        let mut all = Done::default();
        while let Some(done) = tasks.join_next().await {
            let done = done??;
            all.stored += done.stored;
            all.put_off += done.put_off;
            all.latency.extend(done.latency);
            all.sample.extend(done.sample);
        }
        let elapsed = self.began.elapsed();
        let cpu = Cpu::now(server, postmaster)? - cpu;
        let counted = site.count(municipality.code).await? - before;
        ensure!(counted == all.stored, "{counted} rows for {} acknowledgements", all.stored);
        if let Way::Stream { identified: true } = way {
            // A reading without its identifier would be another one.
            all.sample.clear();
        }
        self.send_again(site, municipality, &all.sample).await?;
        Ok(Line {
            put_off: all.put_off,
            latency: Latency::of(all.latency),
            verified: format!("count; {} ids again", all.sample.len()),
            ..Line::new(name, connections, all.stored, elapsed, cpu)
        })
    }

    async fn singles(&self, mut connection: Connection, token: &str) -> anyhow::Result<Done> {
        let mut pages = Kind::ALL.map(|kind| {
            let mut page = Page::default();
            page.observation(kind, false);
            let length = Some(page.bytes.len());
            let head = http::head("POST", "/fhir/Observation", token, JSON, length);
            (kind, page.after(&head))
        });
        let mut done = Done::default();
        while let Some(number) = self.take(1) {
            let kind = Kind::of(number);
            let (_, page) =
                pages.iter_mut().find(|(of, _)| *of == kind).context("an unknown kind")?;
            page.fill(&self.plan, number);
            let sent = Instant::now();
            let answer = connection.exchange(&page.bytes).await?;
            match answer.status {
                201 => {
                    done.latency.push(micros(sent));
                    done.stored += 1;
                    if number % SAMPLE == 0 {
                        done.sample.push((number, answer.id().context("no id")?.to_owned()));
                    }
                }
                429 => done.put_off += 1,
                status => anyhow::bail!("{status} {}", answer.text()),
            }
        }
        Ok(done)
    }

    async fn bundles(
        &self,
        mut connection: Connection,
        token: &str,
        size: u64,
    ) -> anyhow::Result<Done> {
        let page = bundle(size, 0);
        let head = http::head("POST", "/fhir", token, JSON, Some(page.bytes.len()));
        let mut page = page.after(&head);
        let mut done = Done::default();
        while let Some(number) = self.take(page.len()) {
            page.fill(&self.plan, number);
            let sent = Instant::now();
            let answer = connection.exchange(&page.bytes).await?;
            if answer.status == 429 {
                done.put_off += 1;
                continue;
            }
            ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
            done.latency.push(micros(sent));
            let text = str::from_utf8(answer.body)?;
            let stored = text.matches(r#""status":"201"#).count() as u64;
            done.put_off += text.matches(r#""status":"429"#).count() as u64;
            done.stored += stored;
            if stored == size
                && let Some(id) = http::id_in(text)
            {
                done.sample.push((number, id.to_owned()));
            }
        }
        Ok(done)
    }

    async fn stream(
        &self,
        mut connection: Connection,
        token: &str,
        identified: bool,
    ) -> anyhow::Result<Done> {
        let mut lines = Page::default();
        for number in 0..BLOCK {
            lines.observation(Kind::of(number), identified);
            lines.raw(b"\n");
        }
        let size = format!("{:x}\r\n", lines.bytes.len());
        let mut block = lines.after(size.as_bytes());
        block.raw(b"\r\n");
        connection.send(&http::head("POST", "/fhir/Observation", token, NDJSON, None)).await?;
        let mut firsts = Vec::new();
        while let Some(number) = self.take(BLOCK) {
            block.fill(&self.plan, number);
            connection.send(&block.bytes).await?;
            firsts.push(number);
        }
        let answer = connection.exchange(b"0\r\n\r\n").await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        let receipts = str::from_utf8(answer.body)?;
        let totals = receipts.trim_end().lines().next_back().context("no receipts")?;
        let totals: serde_json::Value = serde_json::from_str(totals)?;
        let stored = totals["stored"].as_u64().context("no totals")?;
        ensure!(
            totals["received"].as_u64() == Some(firsts.len() as u64 * BLOCK),
            "sent {} lines, received {totals}",
            firsts.len() as u64 * BLOCK
        );
        let mut sample = Vec::new();
        let every = usize::try_from(BLOCK)?;
        for (line, first) in receipts.lines().step_by(every).zip(firsts) {
            let receipt: serde_json::Value = serde_json::from_str(line)?;
            if let Some(id) = receipt["id"].as_str().filter(|_| sample.len() < 500) {
                sample.push((first, id.to_owned()));
            }
        }
        Ok(Done { stored, sample, ..Done::default() })
    }

    /// The same readings again are the same readings.
    async fn send_again(
        &self,
        site: &Site,
        municipality: &Municipality,
        sample: &[(u64, String)],
    ) -> anyhow::Result<()> {
        let mut connection = Connection::open(site.address()).await?;
        let before = site.count(municipality.code).await?;
        for (number, id) in sample {
            let body = self.plan.json(*number);
            let token = &municipality.gateway;
            let request = http::request("POST", "/fhir/Observation", token, JSON, &body);
            let answer = connection.exchange(&request).await?;
            ensure!(
                answer.status == 200 && answer.id() == Some(id),
                "reading {number} was {id}, and sent again gives {} {}",
                answer.status,
                answer.text()
            );
        }
        ensure!(site.count(municipality.code).await? == before, "a reading is there twice");
        Ok(())
    }
}
