//! Many citizens with histories, past the server: the summaries of simulated citizens, each given to
//! many.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use pulsvagt::backtest::Simulated;
use pulsvagt::clock::{Clock, Micros};
use pulsvagt::simulate::{Density, Options};
use pulsvagt::store::summaries::pack;
use pulsvagt_analytics::{Sample, summary};
use sqlx::Connection as _;

use crate::report::float;
use crate::site::{Municipality, Site};

/// Different histories.
const DIFFERENT: u32 = 500;
const DAY: i64 = 86_400_000_000;

/// Gives the citizens of a municipality plans, and daily summaries up to today.
pub(crate) async fn fill(
    site: &Site,
    municipality: &Municipality,
    citizens: u64,
    days: u32,
) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let simulated = Simulated::new(Options {
        seed: 1,
        citizens: DIFFERENT,
        days,
        end: now.to_jiff(),
        zone: TimeZone::get("Europe/Copenhagen").context("no time zones")?,
        density: Density::Demo,
    });
    let from = Micros(now.0 - i64::from(days) * DAY);
    let (people, _) = simulated.people(0..DIFFERENT, from)?;
    let (mut numbers, mut dates, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    let mut plans = Vec::new();
    for person in &people {
        let number = i32::try_from(person.index)?;
        let mut by_day: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
        for version in &person.versions {
            by_day.entry(version.day).or_default().push(version.sample);
        }
        for (day, samples) in by_day {
            numbers.push(number);
            dates.push(day);
            bodies.push(pack::pack(day, &summary::summarise(&samples)));
        }
        let plan = person.plans.first().context("no plan")?;
        plans.push(serde_json::to_string(&plan.plan)?);
    }
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    let different = bodies.len();
    let mut connection = site.database(municipality.code).await?;
    sqlx::raw_sql("create temporary table history (person int, day int, body bytea)")
        .execute(&mut connection)
        .await?;
    sqlx::query("insert into history select * from unnest($1::int4[], $2::int4[], $3::bytea[])")
        .bind(&numbers)
        .bind(&dates)
        .bind(&bodies)
        .execute(&mut connection)
        .await?;
    sqlx::query(
        "insert into plan (citizen, version, valid_from, author, source, body)
         select id, 1, $1, 'benchmark', 'api', ($2::text[])[1 + id % $3]
         from citizen",
    )
    .bind(from)
    .bind(&plans)
    .bind(i32::try_from(DIFFERENT)?)
    .execute(&mut connection)
    .await?;
    sqlx::query(
        "insert into daily_summary (citizen, day, version, computed, body)
         select c.id, date '1970-01-01' + h.day, 1, $1, h.body
         from citizen c join history h on h.person = c.id % $2
         order by c.id, h.day",
    )
    .bind(now)
    .bind(i32::try_from(DIFFERENT)?)
    .execute(&mut connection)
    .await?;
    // As autovacuum would.
    for statement in ["vacuum analyze daily_summary", "vacuum analyze plan", "checkpoint"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    }
    let rows: i64 =
        sqlx::query_scalar("select count(*) from daily_summary").fetch_one(&mut connection).await?;
    let size: i64 = sqlx::query_scalar("select pg_total_relation_size('daily_summary')")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    println!(
        "\n{citizens} citizens, {rows} citizen-days; {:.0} bytes of summaries a day, {:.0} in the table",
        float(bytes as u64) / float(different as u64),
        float(size.unsigned_abs()) / float(rows.unsigned_abs())
    );
    Ok(())
}
