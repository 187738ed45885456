//! The database is away, or slower than what comes in.

use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::http::{self, Connection, JSON};
use crate::ledger::Ledger;
use crate::{Ending, plan, site};

/// How long an answer may take while the database is away.
const PATIENCE: Duration = Duration::from_secs(15);
const CITIZENS: u64 = 50;

/// Without PostgreSQL the server says so, and takes up its work when it is back.
pub(crate) async fn database_away() -> anyhow::Result<Ending> {
    let mut site = site("").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    let plan = plan(CITIZENS);
    let mut ledger = Ledger::default();
    let post = |number: u64| {
        let token = &municipality.gateway;
        http::request("POST", "/fhir/Observation", token, JSON, &plan.json(number))
    };
    let mut connection = Connection::open(site.address()).await?;
    for number in 0..100 {
        ledger.sending(number);
        let answer = connection.exchange(&post(number)).await?;
        ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
        ledger.acknowledged(number, answer.id().unwrap_or_default())?;
    }
    site.stop_postgres().await?;
    let mut slowest = Duration::ZERO;
    for number in 100..105 {
        ledger.sending(number);
        let began = Instant::now();
        let answer = timeout(PATIENCE, connection.exchange(&post(number))).await??;
        slowest = slowest.max(began.elapsed());
        ensure!(answer.status == 503, "{} {}", answer.status, answer.text());
        ensure!(answer.header("retry-after").is_some(), "no Retry-After");
        ensure!(answer.text().contains("OperationOutcome"), "{}", answer.text());
    }
    ensure!(site.health("ready").await? == 503, "ready without a database");
    ensure!(site.health("live").await? == 200, "not alive without a database");
    site.start_postgres().await?;
    let back = Instant::now();
    while site.health("ready").await? != 200 {
        ensure!(back.elapsed() < PATIENCE, "not ready with a database");
        sleep(Duration::from_millis(20)).await;
    }
    let healed = back.elapsed();
    for number in 0..105 {
        let answer = connection.exchange(&post(number)).await?;
        ensure!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text());
        ledger.acknowledged(number, answer.id().unwrap_or_default())?;
    }
    let stored = ledger.reconcile(&site, &municipality, &plan).await?;
    ensure!(stored == 105, "{stored} of 105 are stored");
    site.stop().await?;
    Ok(Ending::Passed(format!(
        "503 after at most {:.1} s, healed after {:.1} s",
        slowest.as_secs_f64(),
        healed.as_secs_f64()
    )))
}

/// More at a time than the queue holds is told to come back, and nothing is lost.
pub(crate) async fn queue_full() -> anyhow::Result<Ending> {
    const CLIENTS: u64 = 64;
    const EACH: u64 = 30;
    let site = site("[limits]\nqueue = 4").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    let plan = plan(CITIZENS);
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, token) = (site.address(), municipality.gateway.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let (mut put_off, mut done) = (0, Vec::new());
            for number in client * EACH..(client + 1) * EACH {
                let body = plan.json(number);
                let request = http::request("POST", "/fhir/Observation", &token, JSON, &body);
                // Sooner than it is asked to, which is what brings the next refusal.
                for _ in 0..10_000 {
                    let answer = timeout(PATIENCE, connection.exchange(&request)).await??;
                    if answer.status == 201 {
                        done.push((number, answer.id().unwrap_or_default().to_owned()));
                        break;
                    }
                    ensure!(answer.status == 429, "{} {}", answer.status, answer.text());
                    ensure!(answer.header("retry-after").is_some(), "no Retry-After");
                    put_off += 1;
                    sleep(Duration::from_millis(5)).await;
                }
            }
            anyhow::Ok((put_off, done))
        });
    }
    let (mut ledger, mut put_off) = (Ledger::default(), 0);
    while let Some(done) = tasks.join_next().await {
        let (more, done) = done??;
        put_off += more;
        for (number, id) in done {
            ledger.sending(number);
            ledger.acknowledged(number, &id)?;
        }
    }
    ensure!(put_off > 0, "nobody was ever told to come back");
    let stored = ledger.reconcile(&site, &municipality, &plan).await?;
    ensure!(stored == CLIENTS * EACH, "{stored} of {} are stored", CLIENTS * EACH);
    site.stop().await?;
    Ok(Ending::Passed(format!("{stored} stored, {put_off} times told to come back")))
}
