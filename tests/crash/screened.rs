//! What screening and triage have made of readings while their servers were killed: it has to be
//! what they make of them undisturbed.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use pulsvagt::access::MasterKey;
use pulsvagt::clock::Clock;
use pulsvagt::ids::CitizenNo;
use pulsvagt::screening::{Done, Worker, verify};
use pulsvagt::store::{Catalog, Store};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::site::{Municipality, Site};

/// Rules that fire.
const PACK: &str = include_str!("pack.toml");
/// How long it may take until nobody is due any more.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was found to be in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screened {
    /// Leases that there were still after the last kill.
    pub(crate) left_behind: u64,
    pub(crate) days: usize,
    pub(crate) findings: i64,
    pub(crate) alerts: i64,
}

/// Has a municipality screen by the rules of the trial, with stricter ones in their shadow.
pub(crate) async fn prepare(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let stricter = PACK.replace("value = 95.0", "value = 90.0");
    for (text, shadow) in [(PACK, None), (stricter.as_str(), Some("--shadow"))] {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        let path = file.path().to_str().context("a path in UTF-8")?;
        let words = ["rules", "use", path, "--tenant", municipality.code];
        let words: Vec<&str> = words.into_iter().chain(shadow).collect();
        site.command(&words).await?;
    }
    Ok(())
}

/// Lets all leases run out, as if their time had passed: those of servers that were killed would
/// keep others waiting for minutes. Returns how many there were.
pub(crate) async fn time_passes(site: &Site, municipality: &Municipality) -> anyhow::Result<u64> {
    let mut database = site.database(municipality.code).await?;
    let expired = sqlx::query("update screening_lease set expires = now() - interval '1 second'")
        .execute(&mut database)
        .await?;
    database.close().await?;
    Ok(expired.rows_affected())
}

/// Fails unless screening has come to what it comes to undisturbed, and nothing is left to do.
pub(crate) async fn reconcile(
    site: &Site,
    municipality: &Municipality,
) -> anyhow::Result<Screened> {
    let mut database = site.database(municipality.code).await?;
    let left_behind = time_passes(site, municipality).await?;
    nobody_due(&mut database).await?;

    let key = MasterKey::read(&site.key_file())?;
    let catalog = Catalog::connect(site.url(), key, 4)?;
    let tenant = catalog.tenant(&municipality.code.parse()?).await?;
    let store = catalog.open(&tenant.context("the municipality is gone")?)?;
    let citizens = store.citizens_after(CitizenNo(i32::MIN), 100_000).await?;
    let clock = Clock::system();
    let verified = verify(&store, &citizens, clock.now()).await?;
    ensure!(
        verified.different.is_empty() && verified.broken.is_empty() && verified.days > 0,
        "summaries are not what the readings come to: {verified:?}"
    );

    for (what, query) in WRONG {
        let wrong = number(&mut database, query).await?;
        ensure!(wrong == 0, "{wrong} {what}");
    }
    let before = everything(&mut database).await?;
    let findings = number(&mut database, "select count(*) from finding").await?;
    let alerts = number(&mut database, "select count(*) from alert").await?;
    ensure!(findings > 0 && alerts > 0, "no rule has fired");

    let again = undisturbed(&store, &clock, &citizens).await?;
    ensure!(
        again.screened == citizens.len() as u64 && again.findings == 0 && again.alerts == 0,
        "undisturbed it comes to something else: {again:?}"
    );
    let after = everything(&mut database).await?;
    ensure!(before == after, "findings or alerts have changed");
    database.close().await?;
    store.close().await;
    Ok(Screened { left_behind, days: verified.days, findings, alerts })
}

/// What must not be, and a query that counts it.
const WRONG: &[(&str, &str)] = &[
    (
        "findings are there twice",
        "select count(*) - count(distinct (citizen, rule, pack, digest)) from finding",
    ),
    (
        "alerts are open beside another one of the same problem",
        "select count(*) - count(distinct (citizen, problem)) from alert where closed is null",
    ),
    (
        "alerts have another version than their log",
        "select count(*) from alert a where version <> (
             select count(*) from alert_event e where e.alert = a.id and e.version > 0)",
    ),
    (
        "citizens with readings were never screened",
        "select count(distinct citizen) from observation o
         where not exists (select from screened s where s.citizen = o.citizen)",
    ),
    (
        "citizens were screened before their last reading came",
        "select count(*) from screened s
         where as_of < (select max(received) from observation o where o.citizen = s.citizen)",
    ),
];

/// Waits until no mark and no lease is left and nobody is due by time alone.
async fn nobody_due(database: &mut PgConnection) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let due = number(
            database,
            "select (select count(*) from touched_day) + (select count(*) from screening_lease)
                  + (select count(*) from screened where next <= now())",
        )
        .await?;
        if due == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{due} marks, leases and citizens are left over");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Screens everybody once more, here, where nobody is killed.
async fn undisturbed(store: &Store, clock: &Clock, citizens: &[CitizenNo]) -> anyhow::Result<Done> {
    let worker = Worker::new(store.clone(), clock.clone(), Arc::new(Semaphore::new(2)));
    Ok(worker.these(citizens).await?)
}

/// A hash of all findings, alerts and their log.
async fn everything(database: &mut PgConnection) -> anyhow::Result<String> {
    let query = "select md5(concat(
             (select string_agg(f::text, '' order by f.id) from finding f),
             (select string_agg(a::text, '' order by a.id) from alert a),
             (select string_agg(e::text, '' order by e.alert, e.version) from alert_event e)))";
    Ok(sqlx::query_scalar(query).fetch_one(database).await?)
}

async fn number(database: &mut PgConnection, query: &str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(database).await?)
}
