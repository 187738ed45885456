//! `pulsvagt export --lake`, killed at random moments: readers never see half of a file, the manifest
//! comes last, and the next run makes what an undisturbed one has made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use pulsvagt::clock::{Clock, Micros};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use sqlx::Connection as _;
use tokio::time::sleep;

use crate::forms::Plan;
use crate::http::{self, Connection, NDJSON};
use crate::site::{Municipality, Site};
use crate::{Ending, kill, site};

const CITIZENS: u64 = 10;
const READINGS: u64 = 2_000;
/// From one of a citizen's readings to the next, microseconds: they reach over many months.
const STEP: i64 = 2 * 86_400 * 1_000_000;
/// How often a run is killed.
const KILLS: u64 = 12;
/// How long screening may take, or a run until it has written something.
const PATIENCE: Duration = Duration::from_mins(1);

/// The files that readers of a lake see, by name.
type Files = BTreeMap<PathBuf, Vec<u8>>;

pub(crate) async fn export() -> anyhow::Result<Ending> {
    let site = site("").await?;
    let municipality = site.municipality("0330", CITIZENS).await?;
    send(&site, &municipality).await?;
    screened(&site, &municipality).await?;
    let folder = tempfile::Builder::new().prefix("pulsvagt-lake-").tempdir()?;
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));

    let began = Instant::now();
    site.command(&words(&whole, &municipality)?).await?;
    let took = began.elapsed();
    let whole = files(&whole)?;
    ensure!(whole.len() > 20, "only {} files", whole.len());

    let mut random = SmallRng::seed_from_u64(kill::seed()?);
    let mut left = Vec::new();
    for kill in 0..KILLS {
        if manifest(&cut).exists() {
            // It was faster than its end; from the beginning, then.
            std::fs::remove_dir_all(&cut)?;
        }
        // The first is killed as soon as there is something to see, so that one is in the middle.
        let moment = (kill > 0).then(|| took.mul_f64(random.random_range(0.0..1.0)));
        kill_at(&site, &words(&cut, &municipality)?, &cut, moment).await?;
        let found = files(&cut)?;
        for (name, bytes) in &found {
            let same = whole.get(name) == Some(bytes);
            ensure!(same, "kill {kill}: {} is not what it comes to", name.display());
        }
        let is_whole = found.len() == whole.len();
        ensure!(is_whole || !manifest(&cut).exists(), "kill {kill}: a manifest of half a lake");
        left.push(found.len());
    }
    let first = left.first().copied().unwrap_or(0);
    ensure!((1..whole.len()).contains(&first), "the first kill came too late: {left:?}");

    site.command(&words(&cut, &municipality)?).await?;
    ensure!(manifest(&cut).exists(), "there is no manifest");
    let found = files(&cut)?;
    ensure!(found.keys().eq(whole.keys()), "there are other files than undisturbed");
    ensure!(found == whole, "files are not what they are undisturbed");
    let rest = parts(&cut)?;
    ensure!(rest.is_empty(), "parts are left: {rest:?}");
    site.stop().await?;
    Ok(Ending::Passed(format!(
        "{} files in {took:.1?}; killed when there were so many: {left:?}",
        whole.len()
    )))
}

async fn send(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let now = Clock::system().now().0 / 1_000_000 * 1_000_000;
    let rounds = i64::try_from(READINGS / CITIZENS + 1)?;
    let plan =
        Plan { citizens: CITIZENS, together: 1, start: Micros(now - rounds * STEP), step: STEP };
    let mut lines = Vec::new();
    for number in 0..READINGS {
        lines.extend(plan.json(number));
        lines.push(b'\n');
    }
    let mut connection = Connection::open(site.address()).await?;
    let request = http::request("POST", "/fhir/Observation", &municipality.gateway, NDJSON, &lines);
    let answer = connection.exchange(&request).await?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    let stored = site.count(municipality.code).await?;
    ensure!(stored == READINGS, "{stored} readings are stored");
    Ok(())
}

/// Waits until every day is summarised: what is made of readings is to stay as it is.
async fn screened(site: &Site, municipality: &Municipality) -> anyhow::Result<()> {
    let mut database = site.database(municipality.code).await?;
    let began = Instant::now();
    loop {
        let due: i64 = sqlx::query_scalar(
            "select (select count(*) from touched_day) + (select count(*) from screening_lease)",
        )
        .fetch_one(&mut database)
        .await?;
        if due == 0 {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "{due} days are still due");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(database.close().await?)
}

fn words<'w>(root: &'w Path, municipality: &'w Municipality) -> anyhow::Result<[&'w str; 7]> {
    let root = root.to_str().context("a path in UTF-8")?;
    Ok(["export", "--lake", root, "--tenant", municipality.code, "--purpose", "HQUALIMP"])
}

fn manifest(root: &Path) -> PathBuf {
    root.join("_manifest/0330.json")
}

/// Runs it and kills it (SIGKILL) at the moment, or as soon as there is a file.
async fn kill_at(
    site: &Site,
    words: &[&str],
    root: &Path,
    moment: Option<Duration>,
) -> anyhow::Result<()> {
    let mut command = site.program();
    command.args(words).arg("--config").arg(site.config());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let began = Instant::now();
    match moment {
        Some(moment) => sleep(moment).await,
        None => {
            while files(root)?.is_empty() {
                ensure!(began.elapsed() < PATIENCE, "nothing is written");
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
    if child.try_wait()?.is_none() {
        child.start_kill()?;
    }
    child.wait().await?;
    Ok(())
}

/// What readers see: files that end in `.parquet`.
fn files(root: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for path in below(root)? {
        if path.extension().is_some_and(|kind| kind == "parquet") {
            // It may be replaced while a run is under way.
            if let Ok(bytes) = std::fs::read(&path) {
                files.insert(path.strip_prefix(root)?.to_owned(), bytes);
            }
        }
    }
    Ok(files)
}

/// What a run that was cut off leaves.
fn parts(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut parts = below(root)?;
    parts.retain(|path| path.extension().is_some_and(|kind| kind == "part"));
    Ok(parts)
}

/// All files below a folder, if there is one.
fn below(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    Ok(found)
}
