//! Questions to a table of a year's readings.

use std::time::{Duration, Instant};

use anyhow::ensure;
use pulsvagt::clock::Micros;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use sqlx::Connection as _;
use tokio::task::JoinSet;

use crate::cpu::Cpu;
use crate::forms::{Plan, citizen_id};
use crate::http::{self, Connection};
use crate::report::{Latency, Line, micros};
use crate::rows::{Maker, copy, encode};
use crate::site::{Municipality, Site};

/// Rows that are made and copied together.
const BATCH: u64 = 2_000;
/// Days that one question asks for, and readings that it wants of them at most.
const WINDOW: i64 = 14;
const PAGE: u32 = 20;
const DAY: i64 = 86_400_000_000;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// One citizen's heart rates of two weeks.
    Window,
    /// One citizen's last of everything.
    Last,
}

/// Fills the table to `target` rows over a whole year, past the server, each time with readings
/// so many milliseconds after those of the first time.
pub(crate) async fn fill(
    site: &Site,
    municipality: &Municipality,
    maker: &Maker,
    year: Plan,
    later: i64,
    target: u64,
) -> anyhow::Result<()> {
    let stored = site.count(municipality.code).await?;
    let rounds = i64::try_from((target - stored).div_ceil(year.citizens))?.max(1);
    let step = (365 * DAY / rounds / 1_000_000).max(1) * 1_000_000;
    let start = Micros(year.start.0 + later * 1_000);
    let plan = Plan { start, step, ..year };
    let mut connection = site.database(municipality.code).await?;
    for first in (0..target - stored).step_by(usize::try_from(BATCH)?) {
        let rows = maker.rows(&plan, first, BATCH.min(target - stored - first)).await?;
        copy(&mut connection, &encode(&rows, maker.received())?).await?;
    }
    // As autovacuum would in the course of a year.
    sqlx::raw_sql("vacuum analyze observation").execute(&mut connection).await?;
    sqlx::raw_sql("checkpoint").execute(&mut connection).await?;
    connection.close().await?;
    let count = site.count(municipality.code).await?;
    ensure!(count == target, "{count} rows instead of {target}");
    Ok(())
}

/// Asks for so long over so many connections, each waiting for its answer.
pub(crate) async fn ask(
    site: &Site,
    municipality: &Municipality,
    year: Plan,
    question: Question,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Line> {
    let (server, postmaster) = (site.server_pid()?, site.postmaster_pid()?);
    let address = site.address();
    let mut tasks = JoinSet::new();
    let cpu = Cpu::now(server, postmaster)?;
    let began = Instant::now();
    for lane in 0..connections {
        let token = municipality.gateway.clone();
        tasks.spawn(async move {
            let mut random = SmallRng::seed_from_u64(lane as u64);
            let mut connection = Connection::open(address).await?;
            let (mut latency, mut found) = (Vec::new(), 0_usize);
            while began.elapsed() < time {
                let request = http::get(&path(question, year, &mut random), &token);
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                latency.push(micros(sent));
                ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
                found += str::from_utf8(answer.body)?.matches(r#""valueQuantity""#).count();
            }
            anyhow::Ok((latency, found))
        });
    }
    let (mut latency, mut found) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (more, readings) = done??;
        latency.extend(more);
        found += readings;
    }
    let elapsed = began.elapsed();
    let cpu = Cpu::now(server, postmaster)? - cpu;
    let count = latency.len() as u64;
    ensure!(found > 0, "nothing was found");
    let rows = site.count(municipality.code).await?;
    let name = match question {
        Question::Window => format!("d search, {rows} stored"),
        Question::Last => format!("d $lastn, {rows} stored"),
    };
    Ok(Line {
        latency: Latency::of(latency),
        verified: format!("{} values each", found / usize::try_from(count.max(1))?),
        ..Line::new(name, connections, count, elapsed, cpu)
    })
}

fn path(question: Question, year: Plan, random: &mut SmallRng) -> String {
    let citizen = citizen_id(random.random_range(0..year.citizens));
    match question {
        Question::Last => {
            format!("/fhir/Observation/$lastn?patient={citizen}&category=vital-signs")
        }
        Question::Window => {
            let first = year.start.0 + random.random_range(0..365 - WINDOW) * DAY;
            let [from, to] = [first, first + WINDOW * DAY].map(|at| Micros(at).to_jiff());
            format!(
                "/fhir/Observation?patient={citizen}&code=http://loinc.org%7C8867-4\
                 &date=ge{}&date=lt{}&_count={PAGE}",
                from.strftime("%Y-%m-%d"),
                to.strftime("%Y-%m-%d")
            )
        }
    }
}
