//! What it costs to know who sends, and to record it.
//!
//! The database's part is taken away by replacing the function that appends to the chain, turn by
//! turn, so that both rates are of the same minutes. The server's part is timed by itself, and said
//! beside its processor time for one reading.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::ensure;
use pulsvagt::access::{Authenticator, LocalIssuer};
use pulsvagt::audit::{Block, Entry};
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::report::Line;
use crate::site::{Municipality, Site};
use crate::write::{Limit, Load, Way};

/// Turns of each kind.
const TURNS: usize = 3;
/// How often the server's part is done to be timed.
const TIMES: u32 = 20_000;
/// Entries in one commit at 64 connections, about.
const TOGETHER: usize = 32;
/// Instead of the function that appends to the chain.
const NOTHING: &str = "create or replace function audit_append(at timestamptz, number integer, \
                       about integer[], packed bytea) returns bigint language plpgsql volatile \
                       as $$ begin return 0; end $$";

/// Rates with and without, for single readings and Bundles, and the share of the rate that is kept.
pub(crate) async fn run(
    site: &Site,
    municipality: &Municipality,
    load: &mut Load,
    time: Duration,
) -> anyhow::Result<Vec<Line>> {
    let append = definition(site, municipality).await?;
    let mut lines = Vec::new();
    println!("\n| microseconds of the server | |\n|---|--:|");
    let known = authentication(site, municipality).await?;
    println!("| who sends, a token that was seen before | {known:.2} |");
    let (one, hundred) = (entries(1), entries(100));
    println!("| an entry and its share of a block, one reading | {one:.2} |");
    println!("| … of a Bundle of 100 | {hundred:.2} |");
    println!(
        "\n| | per second with | without in the database | server's part of all processor time \
         | rate that is kept |\n|---|--:|--:|--:|--:|"
    );
    for (name, way, connections, server) in [
        ("g single readings", Way::Single, 64, known + one),
        ("g bundles of 100", Way::Bundle(100), 4, (known + hundred) / 100.0),
    ] {
        let mut rates = [Vec::new(), Vec::new()];
        let mut spent = Vec::new();
        for _ in 0..TURNS {
            for (turn, what) in ["", ", nothing recorded"].into_iter().enumerate() {
                define(site, municipality, if turn == 0 { &append } else { NOTHING }).await?;
                let name = format!("{name}{what}");
                let limit = Limit::Time(time);
                let line = load.run(site, municipality, &name, way, connections, limit).await;
                define(site, municipality, &append).await?;
                let line = line?;
                rates[turn].push(line.per_second);
                if turn == 0 {
                    spent.push(line.cpu_server + line.cpu_postgres + line.cpu_generator);
                }
                lines.push(line);
            }
        }
        let [with, without] = rates.map(median);
        let part = server / median(spent);
        let kept = with / without * (1.0 - part);
        println!(
            "| {name} | {with:.0} | {without:.0} | {:.1} % | {:.0} % |",
            part * 100.0,
            kept * 100.0
        );
    }
    Ok(lines)
}

/// Has the database do this when it is to append to the chain.
async fn define(site: &Site, municipality: &Municipality, function: &str) -> anyhow::Result<()> {
    let mut connection = site.database(municipality.code).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(function.to_owned()))).await?;
    Ok(connection.close().await?)
}

/// The function as it is.
async fn definition(site: &Site, municipality: &Municipality) -> anyhow::Result<String> {
    let mut connection = site.database(municipality.code).await?;
    let text = sqlx::query_scalar("select pg_get_functiondef('audit_append'::regproc)")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(text)
}

/// Microseconds to find out whose a token is.
async fn authentication(site: &Site, municipality: &Municipality) -> anyhow::Result<f64> {
    let local = LocalIssuer::open_or_create(&site.config().with_file_name("issuer"))?;
    let authenticator = Authenticator::new(vec![local.issuer()], Clock::system())?;
    let mut good = 0;
    authenticator.authenticate(&municipality.gateway).await?;
    let began = Instant::now();
    for _ in 0..TIMES {
        good +=
            u32::from(authenticator.authenticate(black_box(&municipality.gateway)).await.is_ok());
    }
    ensure!(good == TIMES, "the token is not good");
    Ok(each(began))
}

/// Microseconds to make an entry of so many readings, and its share of a block.
fn entries(readings: u32) -> f64 {
    let began = Instant::now();
    for first in (0..TIMES).step_by(TOGETHER) {
        let at = Micros(i64::from(first));
        let mut entries: Vec<Entry> = (0..TOGETHER).map(|_| entry(readings, at)).collect();
        black_box(Block::new(&mut entries, at));
    }
    each(began)
}

fn entry(readings: u32, at: Micros) -> Entry {
    let key = |number| ObservationKey {
        citizen: CitizenNo(1),
        code: ConceptNo(1),
        effective: at,
        source: SourceNo(1),
        fingerprint: number,
    };
    Entry::of_actor("the-gateway-that-sends", "gateway", "create Observation", at)
        .of_readings((0..readings).map(key))
}

fn each(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
