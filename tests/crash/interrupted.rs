//! Commands that rewrite or erase much of what is stored, killed in the middle again and again:
//! what is stored stays readable meanwhile, and the next run goes on where the last one ended.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use pulsvagt::clock::{Clock, Micros};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _};
use tokio::time::sleep;

use crate::forms::{Plan, citizen_id};
use crate::http::{self, Connection, JSON};
use crate::site::{Municipality, Site};
use crate::{Ending, site};

const CITIZENS: u64 = 3;
const READINGS: u64 = 900;
/// From one of a citizen's readings to the next: they reach over many of the steps of an erasure.
const STEP: i64 = 12 * 3_600 * 1_000_000;
/// How often each command is killed.
const KILLS: u64 = 4;
/// Every so many readings are read after each kill.
const SAMPLE: usize = 23;
/// How long a command may take until it is where it is to be killed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A reading that was acknowledged.
struct Sent {
    citizen: u64,
    id: String,
    note: String,
}

pub(crate) async fn commands() -> anyhow::Result<Ending> {
    let site = site("").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    let sent = send(&site, &municipality).await?;
    slow_down(&site, &municipality).await?;
    let rekeyed = rekey(&site, &municipality, &sent).await?;
    let erased = erase(&site, &municipality, &sent).await?;
    site.command(&["audit", "verify", "--tenant", municipality.code]).await?;
    site.stop().await?;
    Ok(Ending::Passed(format!(
        "{READINGS} readings; killed when so many rows had another key: {rekeyed:?}; when so many \
         readings were left to erase: {erased:?}"
    )))
}

/// Readings with a part that is encrypted.
async fn send(site: &Site, municipality: &Municipality) -> anyhow::Result<Vec<Sent>> {
    let now = Clock::system().now().0 / 1_000_000 * 1_000_000;
    let rounds = i64::try_from(READINGS / CITIZENS + 1)?;
    let plan =
        Plan { citizens: CITIZENS, together: 1, start: Micros(now - rounds * STEP), step: STEP };
    let mut connection = Connection::open(site.address()).await?;
    let mut sent = Vec::new();
    for number in 0..READINGS {
        let note = format!("written down as number {number}");
        let mut reading: Value = serde_json::from_slice(&plan.json(number))?;
        reading["note"] = serde_json::json!([{"text": note}]);
        let body = reading.to_string();
        let token = &municipality.gateway;
        let request = http::request("POST", "/fhir/Observation", token, JSON, body.as_bytes());
        let answer = connection.exchange(&request).await?;
        ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
        let stored: Value = serde_json::from_slice(answer.body)?;
        let id = stored["id"].as_str().context("no id")?.to_owned();
        sent.push(Sent { citizen: plan.at(number).0, id, note });
    }
    Ok(sent)
}

/// Makes the database take its time over readings, so that there is a middle.
async fn slow_down(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let mut connection = site.database(municipality.code).await?;
    connection
        .execute(sqlx::raw_sql(
            "create function dawdle() returns trigger language plpgsql as $$
             begin perform pg_sleep(0.002); return coalesce(new, old); end $$;
             create trigger dawdle before update or delete on observation
                 for each row execute function dawdle()",
        ))
        .await?;
    Ok(connection.close().await?)
}

/// Changes the key with many kills on the way. How many rows had the new key at each.
async fn rekey(
    site: &Site,
    municipality: &Municipality,
    sent: &[Sent],
) -> anyhow::Result<Vec<i64>> {
    const MOVED: &str = r"select
        (select count(*) from observation
         where substring(extra from 1 for 5) = '\x0000000002')
      + (select count(*) from resource where body like '~2~%')";
    let mut moved = Vec::new();
    for kill in 0..KILLS {
        let before = moved.last().copied().unwrap_or(0);
        let mut arguments = vec!["rekey", "--all"];
        if kill == 0 {
            arguments.push("--new-key");
        }
        let at = kill_when(site, municipality, &arguments, MOVED, |rows| rows > before).await?;
        if at == before {
            break;
        }
        moved.push(at);
        read(site, municipality, sent).await?;
    }
    let most = moved.first().copied().unwrap_or(0);
    ensure!(
        (1..i64::try_from(READINGS)?).contains(&most),
        "the first kill came too late or too early: {moved:?}"
    );
    site.command(&["rekey", "--all"]).await?;
    read(site, municipality, sent).await?;
    let left =
        count(site, municipality, "select count(*) from observation where extra is not null")
            .await?
            - count(
                site,
                municipality,
                r"select count(*) from observation
              where substring(extra from 1 for 5) = '\x0000000002'",
            )
            .await?;
    ensure!(left == 0, "{left} readings have the old key");
    Ok(moved)
}

/// Erases the first citizen with many kills on the way. How many readings were left at each.
async fn erase(
    site: &Site,
    municipality: &Municipality,
    sent: &[Sent],
) -> anyhow::Result<Vec<i64>> {
    let id = citizen_id(0);
    // The id is gone as soon as erasing has begun.
    let number = format!("select id::bigint from citizen where logical_id = '{id}'");
    let number = count(site, municipality, &number).await?;
    let theirs = format!("select count(*) from observation where citizen = {number}");
    let all = count(site, municipality, &theirs).await?;
    let arguments = [
        "citizen",
        "erase",
        "--tenant",
        municipality.code,
        "--citizen",
        &id,
        "--reason",
        "consent-withdrawn",
        "--yes",
    ];
    let mut left = Vec::new();
    for _ in 0..KILLS {
        let before = left.last().copied().unwrap_or(all);
        let at = kill_when(site, municipality, &arguments, &theirs, |rows| rows < before).await?;
        left.push(at);
        if at == 0 {
            break;
        }
        let others: Vec<&Sent> = sent.iter().filter(|sent| sent.citizen != 0).collect();
        check(site, municipality, &others).await?;
    }
    let first = left.first().copied().unwrap_or(0);
    ensure!((1..all).contains(&first), "the first kill came too late or too early: {left:?}");
    site.command(&arguments).await?;
    ensure!(count(site, municipality, &theirs).await? == 0, "there are readings left");
    let mut connection = Connection::open(site.address()).await?;
    let token = site.token(municipality.code, "nurse").await?;
    for gone in sent.iter().filter(|sent| sent.citizen == 0).step_by(SAMPLE) {
        let path = format!("/fhir/Observation/{}", gone.id);
        let answer = connection.exchange(&http::get(&path, &token)).await?;
        ensure!(matches!(answer.status, 404 | 410), "{} {}", answer.status, answer.text());
    }
    let others: Vec<&Sent> = sent.iter().filter(|sent| sent.citizen != 0).collect();
    check(site, municipality, &others).await?;
    Ok(left)
}

/// Runs a command until a count says so, and kills it. The count afterwards.
async fn kill_when(
    site: &Site,
    municipality: &Municipality,
    arguments: &[&str],
    query: &str,
    enough: impl Fn(i64) -> bool,
) -> anyhow::Result<i64> {
    let mut command = site.program();
    command.args(arguments).arg("--config").arg(site.config());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut connection = site.database(municipality.code).await?;
    let began = Instant::now();
    loop {
        let rows: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await?;
        if enough(rows) || child.try_wait()?.is_some() {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "{arguments:?} does nothing");
        sleep(Duration::from_millis(2)).await;
    }
    child.start_kill()?;
    child.wait().await?;
    // What it had sent to the database may still be under way.
    sleep(Duration::from_millis(300)).await;
    let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(rows)
}

async fn count(site: &Site, municipality: &Municipality, query: &str) -> anyhow::Result<i64> {
    let mut connection = site.database(municipality.code).await?;
    let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(rows)
}

async fn read(site: &Site, municipality: &Municipality, sent: &[Sent]) -> anyhow::Result<()> {
    check(site, municipality, &sent.iter().collect::<Vec<_>>()).await
}

/// Some readings, and the citizens that they are of, say what they said.
async fn check(site: &Site, municipality: &Municipality, sent: &[&Sent]) -> anyhow::Result<()> {
    let mut connection = Connection::open(site.address()).await?;
    let token = site.token(municipality.code, "nurse").await?;
    for sent in sent.iter().step_by(SAMPLE) {
        let path = format!("/fhir/Observation/{}", sent.id);
        let answer = connection.exchange(&http::get(&path, &token)).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        let reading: Value = serde_json::from_slice(answer.body)?;
        ensure!(reading["note"][0]["text"] == *sent.note, "{reading}");
        let id = citizen_id(sent.citizen);
        let answer =
            connection.exchange(&http::get(&format!("/fhir/Patient/{id}"), &token)).await?;
        ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
        let patient: Value = serde_json::from_slice(answer.body)?;
        ensure!(patient["name"][0]["given"][0] == *id, "{patient}");
    }
    Ok(())
}
