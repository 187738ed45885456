//! From the acknowledgement of a reading to its alert on the worklist, as a client sees both.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use pulsvagt::clock::{Clock, Micros};
use tokio::time::sleep;

use crate::cpu::Cpu;
use crate::forms::{Plan, bundle, citizen_id};
use crate::http::{self, Connection, JSON};
use crate::report::{Latency, float, micros};
use crate::site::{Municipality, Site};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Citizens who send all the time; those after them get an alert each.
const CROWD: u64 = 1_000;
/// How often the worklist is asked for an alert that is not there yet.
const LOOK: Duration = Duration::from_millis(5);
/// An alert that takes longer does not come.
const LIMIT: Duration = Duration::from_mins(2);
/// Readings in a Bundle of the load.
const SIZE: u64 = 100;

/// Load beside the probes: readings that a citizen sends together, and how many in all a second
/// (`None` = as many as are taken in). A phone that uploads once an hour sends a hundred together; a
/// gateway sends one of each of its citizens, so that everybody is due all the time.
const LOADS: [(&str, u64, Option<u64>); 7] = [
    ("idle", 1, Some(0)),
    ("20 phones/s", SIZE, Some(20 * SIZE)),
    ("100 phones/s", SIZE, Some(100 * SIZE)),
    ("phones, as many as it takes", SIZE, None),
    ("a gateway, 100 citizens/s", 1, Some(SIZE)),
    ("a gateway, 500 citizens/s", 1, Some(5 * SIZE)),
    ("a gateway, as much as it takes", 1, None),
];

/// Measures all loads and prints a table.
pub(crate) async fn measure(site: &Site, probes: u64) -> anyhow::Result<()> {
    let lines = LOADS.len() as u64;
    let municipality = site.municipality("0330", CROWD + lines * probes + 1).await?;
    let nurse = site.token(municipality.code, "nurse").await?;
    println!(
        "\n| load beside it | taken in per second | alerts | p50 ms | p95 | p99 | max \
         | CPU seconds: server | PostgreSQL |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    // The server looks for municipalities that were added meanwhile every few seconds.
    let last = CROWD + lines * probes;
    probe(site, &municipality, &nurse, last..last + 1).await?;
    let today = Clock::system().now().0.div_euclid(DAY) * DAY;
    for (line, (name, together, rate)) in (0_i64..).zip(LOADS) {
        let start = Micros(today - (26 - 3 * line) * DAY);
        let load = Plan { citizens: CROWD, together, start, step: 7 * SECOND };
        let first = CROWD + line.unsigned_abs() * probes;
        let (server, postmaster) = (site.server_pid()?, site.postmaster_pid()?);
        let (cpu, began) = (Cpu::now(server, postmaster)?, Instant::now());
        let (waited, stored) = tokio::select! {
            waited = probe(site, &municipality, &nurse, first..first + probes) => waited?,
            error = press(site, &municipality, load, rate) => match error {
                Err(error) => return Err(error),
                Ok(never) => match never {},
            },
        };
        let cpu = Cpu::now(server, postmaster)? - cpu;
        let seconds = began.elapsed().as_secs_f64();
        let taken = site.count(municipality.code).await?;
        let l = Latency::of(waited).context("no probes")?;
        println!(
            "| {name} | {:.0} | {probes} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} |",
            float(taken - stored) / seconds,
            l.p50,
            l.p95,
            l.p99,
            l.max,
            cpu.server,
            cpu.postgres,
        );
    }
    Ok(())
}

/// One citizen after the other gets worse. How long each alert took, microseconds, and how many
/// readings there were before.
async fn probe(
    site: &Site,
    municipality: &Municipality,
    nurse: &str,
    citizens: std::ops::Range<u64>,
) -> anyhow::Result<(Vec<u32>, u64)> {
    let stored = site.count(municipality.code).await?;
    let mut connection = Connection::open(site.address()).await?;
    let mut waited = Vec::new();
    // The load gets going first.
    sleep(Duration::from_secs(2)).await;
    for citizen in citizens {
        let id = citizen_id(citizen);
        let body = alarming(&id);
        let token = &municipality.gateway;
        let request = http::request("POST", "/fhir/Observation", token, JSON, body.as_bytes());
        loop {
            let answer = connection.exchange(&request).await?;
            match answer.status {
                201 => break,
                429 => sleep(LOOK).await,
                status => bail!("{status} {}", answer.text()),
            }
        }
        let acknowledged = Instant::now();
        let look = http::get("/api/worklist?level=red&limit=200", nurse);
        let alert = loop {
            let answer = connection.exchange(&look).await?;
            ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
            let list: serde_json::Value = serde_json::from_slice(answer.body)?;
            let alerts = list["alerts"].as_array().context("no alerts")?;
            if let Some(alert) = alerts.iter().find(|alert| alert["citizen"]["id"] == *id) {
                break alert.clone();
            }
            ensure!(acknowledged.elapsed() < LIMIT, "no alert for {id}: {}", answer.text());
            sleep(LOOK).await;
        };
        waited.push(micros(acknowledged));
        // Off the list again, so that it stays as long as it is.
        let alert = act(&mut connection, nurse, &alert, "claim", "").await?;
        let outcome = r#","outcome":"advice","note":"Measured""#;
        act(&mut connection, nurse, &alert, "close", outcome).await?;
    }
    Ok((waited, stored))
}

/// A step of a nurse; the alert as it is then.
async fn act(
    connection: &mut Connection,
    nurse: &str,
    alert: &serde_json::Value,
    step: &str,
    more: &str,
) -> anyhow::Result<serde_json::Value> {
    let id = alert["id"].as_str().context("no id")?;
    let path = format!("/api/alerts/{id}/{step}");
    let body = format!(r#"{{"version":{}{more}}}"#, alert["version"]);
    let request = http::request("POST", &path, nurse, "application/json", body.as_bytes());
    let answer = connection.exchange(&request).await?;
    ensure!(answer.status == 200, "{step}: {} {}", answer.status, answer.text());
    Ok(serde_json::from_slice(answer.body)?)
}

/// Takes readings in at a steady rate, until it is stopped.
async fn press(
    site: &Site,
    municipality: &Municipality,
    plan: Plan,
    rate: Option<u64>,
) -> anyhow::Result<std::convert::Infallible> {
    if rate == Some(0) {
        return std::future::pending().await;
    }
    let mut connection = Connection::open(site.address()).await?;
    let page = bundle(SIZE, 0);
    let head = http::head("POST", "/fhir", &municipality.gateway, JSON, Some(page.bytes.len()));
    let mut page = page.after(&head);
    let began = Instant::now();
    for number in (0..).step_by(usize::try_from(SIZE)?) {
        page.fill(&plan, number);
        let answer = connection.exchange(&page.bytes).await?;
        ensure!(matches!(answer.status, 200 | 429), "{} {}", answer.status, answer.text());
        if let Some(rate) = rate {
            let due = Duration::from_millis(number * 1_000 / rate);
            sleep(due.saturating_sub(began.elapsed())).await;
        }
    }
    bail!("there are no more readings")
}

/// A reading that is an alarm by itself: a resting heart rate of 150/min (rule AF-HR).
fn alarming(citizen: &str) -> String {
    let now = Clock::system().now();
    format!(
        r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"40443-4"}}]}},"subject":{{"reference":"Patient/{citizen}"}},"effectiveDateTime":"{now}","valueQuantity":{{"value":150,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}}}"#
    )
}
