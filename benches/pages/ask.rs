//! Each page, asked for again and again over one connection.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use sqlx::Connection as _;

use crate::cpu::Cpu;
use crate::forms::citizen_id;
use crate::http::Connection;
use crate::report::{Latency, Line, micros};
use crate::site::{Municipality, Site};

/// Limits of the default rule pack that a citizen does not have.
const LIMITS: &str = "version=0&limit.rest_pulse_yellow=95&limit.rest_pulse_red=115";

/// Asks for each page so many times and tells how long it took and how large it is.
pub(crate) async fn measure(
    site: &Site,
    municipality: &Municipality,
    nurse: &str,
    times: u32,
) -> anyhow::Result<()> {
    let mut database = site.database(municipality.code).await?;
    let alert: String = sqlx::query_scalar(
        "select id::text from alert where closed is null order by severity, opened limit 1",
    )
    .fetch_one(&mut database)
    .await?;
    let ids: Vec<String> =
        sqlx::query_scalar("select id::text from alert where closed is null order by id limit 60")
            .fetch_all(&mut database)
            .await?;
    database.close().await?;
    let mut connection = Connection::open(site.address()).await?;
    let next = {
        let page = exchange(&mut connection, &get("/", nurse, false)).await?;
        let text = String::from_utf8_lossy(&page);
        let link = text.split("href=\"").find(|part| part.contains("cursor="));
        let link = link.and_then(|part| part.split('"').next()).context("no second page")?;
        link.replace("&amp;", "&")
    };
    let pages: [(&str, String); 14] = [
        ("list", "/".to_owned()),
        ("list, second page", next),
        ("list, red", "/?level=red".to_owned()),
        ("list, one programme", "/?programme=heart-failure".to_owned()),
        ("list, overdue and silent", "/?overdue=1&silent=1".to_owned()),
        ("list, mine (none)", "/?mine=1".to_owned()),
        ("list, a programme that few have", "/?programme=psychiatry&level=red".to_owned()),
        ("one row that has changed", format!("/rows?ids={alert}")),
        ("60 rows that have changed", format!("/rows?ids={}", ids.join(","))),
        ("alert", format!("/alerts/{alert}")),
        ("citizen, a year of minutes", format!("/citizens/{}", citizen_id(0))),
        ("other limits tried on it", format!("/citizens/{}/plan/preview", citizen_id(0))),
        ("handover, 300 alerts", "/handover".to_owned()),
        ("search by name", "/search".to_owned()),
    ];
    println!(
        "\n| page | times | p50 ms | p95 | p99 | max | CPU ms each: server | PostgreSQL \
         | bytes | compressed |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for (name, path) in pages {
        let request = |packed| match path.as_str() {
            "/search" => post(&path, nurse, "q=Test", packed),
            preview if preview.ends_with("/preview") => post(&path, nurse, LIMITS, packed),
            _ => get(&path, nurse, packed),
        };
        let plain = exchange(&mut connection, &request(false)).await?.len();
        let packed = request(true);
        let small = exchange(&mut connection, &packed).await?.len();
        for _ in 0..5 {
            exchange(&mut connection, &packed).await?;
        }
        let before = Cpu::now(site.server_pid()?, site.postmaster_pid()?)?;
        let (mut latency, began) = (Vec::new(), Instant::now());
        for _ in 0..times {
            let sent = Instant::now();
            exchange(&mut connection, &packed).await?;
            latency.push(micros(sent));
        }
        let cpu = Cpu::now(site.server_pid()?, site.postmaster_pid()?)? - before;
        let line = Line::new(name, 1, times.into(), began.elapsed(), cpu);
        let Latency { p50, p95, p99, max } = Latency::of(latency).context("never asked")?;
        println!(
            "| {name} | {times} | {p50:.1} | {p95:.1} | {p99:.1} | {max:.1} | {:.1} | {:.1} | {plain} | {small} |",
            line.cpu_server / 1_000.0,
            line.cpu_postgres / 1_000.0,
        );
    }
    Ok(())
}

async fn exchange(connection: &mut Connection, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let answer = connection.exchange(request).await?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    Ok(answer.body.to_vec())
}

fn head(method: &str, path: &str, token: &str, packed: bool) -> String {
    let accepts = if packed { "accept-encoding: gzip, br\r\n" } else { "" };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n{accepts}"
    )
}

fn get(path: &str, token: &str, packed: bool) -> Vec<u8> {
    format!("{}\r\n", head("GET", path, token, packed)).into_bytes()
}

fn post(path: &str, token: &str, form: &str, packed: bool) -> Vec<u8> {
    format!(
        "{}content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        head("POST", path, token, packed),
        form.len()
    )
    .into_bytes()
}
