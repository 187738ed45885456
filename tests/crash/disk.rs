//! A disk without room: clear refusals, nothing lost, and all is well when there is room again.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::time::{sleep, timeout};

use crate::forms::{Kind, Page};
use crate::http::{self, Connection, JSON, NDJSON};
use crate::ledger::Ledger;
use crate::site::Site;
use crate::{Ending, plan, setup};

const CITIZENS: u64 = 50;
/// How large the disk is, and how much of it is left when it is nearly full.
const DISK: &str = "size=320m";
const LEFT: u64 = 2 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A small disk in memory.
#[derive(Debug)]
struct Disk(PathBuf);

impl Disk {
    /// Fails where we may not have one, with the reason.
    fn mount(folder: &Path) -> Result<Self, String> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", DISK, "pulsvagt-crash"])
            .arg(folder)
            .output();
        match mount {
            Ok(output) if output.status.success() => Ok(Self(folder.to_owned())),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Fills it but for a little.
    fn fill(&self) -> anyhow::Result<PathBuf> {
        let path = self.0.join("ballast");
        let mut file = fs::File::create(&path)?;
        let room = rustix::fs::statvfs(&self.0)?;
        let mut left = (room.f_bavail * room.f_frsize).saturating_sub(LEFT);
        let block = vec![0; 1 << 20];
        while left > 0 {
            let size = usize::try_from(left.min(1 << 20))?;
            file.write_all(&block[..size])?;
            left -= size as u64;
        }
        Ok(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A process that still holds a file is told to let go when it ends.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

pub(crate) async fn full() -> anyhow::Result<Ending> {
    let place = tempfile::Builder::new().prefix("pulsvagt-disk-").tempdir()?;
    // PostgreSQL runs as another user, who has to pass through.
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o711))?;
    let disk = match Disk::mount(place.path()) {
        Ok(disk) => disk,
        Err(why) => return Ok(Ending::Skipped(format!("no tmpfs can be mounted: {why}"))),
    };
    let folder = tempfile::tempdir_in(place.path())?;
    let mut setup = setup(folder, "");
    setup.shared_buffers = "32MB";
    setup.settings.extend([("max_wal_size", "64MB"), ("min_wal_size", "32MB")]);
    let mut site = Site::start(setup).await?;
    let result = until_full(&mut site, &disk).await;
    // The server and PostgreSQL are stopped before the disk goes.
    site.stop().await?;
    drop(disk);
    result
}

async fn until_full(site: &mut Site, disk: &Disk) -> anyhow::Result<Ending> {
    let municipality = site.municipality("0330", CITIZENS).await?;
    let plan = plan(CITIZENS);
    let token = &municipality.gateway;
    let mut ledger = Ledger::default();
    let mut connection = Connection::open(site.address()).await?;
    let ballast = disk.fill()?;
    // Streams until something is refused.
    let (mut refused, mut next) = (0_u64, 0_u64);
    while refused == 0 && next < 400_000 {
        let numbers = next..next + 1_000;
        next = numbers.end;
        let mut page = Page::default();
        for number in numbers.clone() {
            ledger.sending(number);
            page.observation(Kind::of(number), false);
            page.raw(b"\n");
        }
        page.fill(&plan, numbers.start);
        let request = http::request("POST", "/fhir/Observation", token, NDJSON, &page.bytes);
        let answer = timeout(PATIENCE, connection.exchange(&request)).await??;
        if answer.status != 200 {
            ensure!(answer.status == 503, "{} {}", answer.status, answer.text());
            refused += 1_000;
            break;
        }
        for receipt in answer.text().lines() {
            let receipt: serde_json::Value = serde_json::from_str(receipt)?;
            let (Some(line), Some(status)) = (receipt["line"].as_u64(), receipt["status"].as_u64())
            else {
                continue;
            };
            match (status, receipt["id"].as_str()) {
                (200 | 201, Some(id)) => ledger.acknowledged(numbers.start + line - 1, id)?,
                (503, None) => refused += 1,
                _ => anyhow::bail!("a full disk gives {receipt}"),
            }
        }
    }
    ensure!(refused > 0, "the disk never was full");
    // One by one it is the same.
    let number = next + 1;
    ledger.sending(number);
    let body = plan.json(number);
    let single = http::request("POST", "/fhir/Observation", token, JSON, &body);
    let answer = timeout(PATIENCE, connection.exchange(&single)).await??;
    match answer.status {
        // There may still be room for one.
        201 => ledger.acknowledged(number, answer.id().unwrap_or_default())?,
        status => ensure!(status == 503, "{status} {}", answer.text()),
    }
    fs::remove_file(ballast)?;
    // Where not even the log could be written, PostgreSQL has ended; whoever freed the room
    // starts it again.
    let since = Instant::now();
    let mut ready = false;
    while !ready && since.elapsed() < Duration::from_secs(15) {
        ready = site.health("ready").await? == 200;
        sleep(Duration::from_millis(100)).await;
    }
    if !ready {
        site.start_postgres().await?;
    }
    // The server has closed the connection that was idle meanwhile.
    let mut connection = Connection::open(site.address()).await?;
    let open = ledger.open();
    for number in &open {
        let body = plan.json(*number);
        let request = http::request("POST", "/fhir/Observation", token, JSON, &body);
        let answer = timeout(PATIENCE, connection.exchange(&request)).await??;
        ensure!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.text());
        ledger.acknowledged(*number, answer.id().unwrap_or_default())?;
    }
    let stored = ledger.reconcile(site, &municipality, &plan).await?;
    let how = if ready { "healed by itself" } else { "healed after PostgreSQL was started again" };
    Ok(Ending::Passed(format!(
        "{refused} refused when full, {stored} acknowledged and there; {how}"
    )))
}
