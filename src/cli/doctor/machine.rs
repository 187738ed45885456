//! What `doctor` finds out about the machine.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Findings, Verdict};
use crate::store::health::DatabaseHealth;

/// Syncs per second below which single readings have to wait.
const SLOW: f64 = 50.0;
/// No disk that keeps what it promises is faster than this.
const INCREDIBLE: f64 = 200_000.0;
/// How long the disk is measured.
const MEASURE: Duration = Duration::from_secs(1);
const GIB: u64 = 1 << 30;

/// Looks at the disk that holds the database, and at memory.
pub(super) fn look(
    folder: Option<PathBuf>,
    health: Option<&DatabaseHealth>,
    findings: &mut Findings,
) {
    if let Some(folder) = folder {
        space(&folder, health, findings);
        syncs(&folder, findings);
    } else {
        findings.warn(
            "disk",
            "the database's folder is not known here, so its disk was not looked at",
            "run doctor where PostgreSQL runs, with --database-folder",
        );
    }
    memory(health, findings);
}

/// The key file: there, whole, and nobody else's to read.
pub(super) fn key_file(path: &Path, findings: &mut Findings) {
    let check = "key file";
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            let found = format!("{}: {error}", path.display());
            findings.fault(check, found, "bring it back from the backup");
            return;
        }
    };
    let mode = metadata.permissions().mode() & 0o777;
    findings.judge(
        check,
        if mode.trailing_zeros() >= 6 { Verdict::Ok } else { Verdict::Fault },
        format!("{} has mode {mode:03o}", path.display()),
        &format!("chmod 600 {}", path.display()),
    );
}

fn space(folder: &Path, health: Option<&DatabaseHealth>, findings: &mut Findings) {
    let stat = match rustix::fs::statvfs(folder) {
        Ok(stat) => stat,
        Err(error) => {
            findings.warn("disk space", error.to_string(), "check that the folder can be read");
            return;
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let all = stat.f_blocks.saturating_mul(stat.f_frsize).max(1);
    let share = free.saturating_mul(100) / all;
    let verdict = match (free, share) {
        (free, _) if free < GIB => Verdict::Fault,
        (free, share) if share < 10 && free < 20 * GIB => Verdict::Warn,
        _ => Verdict::Ok,
    };
    let size = health.map_or(0, |health| health.size.cast_unsigned()) >> 20;
    findings.judge(
        "disk space",
        verdict,
        format!("{:.1} GiB free ({share} %), the database has {size} MiB", gib(free)),
        "make room or enlarge the disk; a full one stops PostgreSQL",
    );
}

/// How often the disk can promise that something is kept, as PostgreSQL asks it.
fn syncs(folder: &Path, findings: &mut Findings) {
    let check = "fsync rate";
    match measure(folder) {
        Ok(rate) => {
            let verdict =
                if (SLOW..INCREDIBLE).contains(&rate) { Verdict::Ok } else { Verdict::Warn };
            let cure = if rate < SLOW {
                "use a disk with a protected write cache; requests share commits, but a single \
                 reading waits for one"
            } else {
                "the disk may promise what it does not keep: check that its write cache survives a \
                 power cut"
            };
            findings.judge(check, verdict, format!("{rate:.0} a second"), cure);
        }
        Err(error) => findings.warn(
            check,
            format!("not measured in {}: {error}", folder.display()),
            "run doctor as a user who may write there",
        ),
    }
}

fn measure(folder: &Path) -> std::io::Result<f64> {
    let mut file: File = tempfile::tempfile_in(folder)?;
    let page = [0x5A; 8 << 10];
    file.write_all(&page)?;
    file.sync_all()?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < MEASURE {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

fn memory(health: Option<&DatabaseHealth>, findings: &mut Findings) {
    let Some(buffers) = health.and_then(|health| health.number("shared_buffers")) else { return };
    let Some(all) = total_memory() else { return };
    let share = buffers.saturating_mul(100) / all.max(1);
    let found =
        format!("shared_buffers is {} MiB, this machine has {:.1} GiB", buffers >> 20, gib(all));
    let (verdict, cure) = match (buffers, share) {
        (_, share) if share > 60 => {
            (Verdict::Fault, "lower shared_buffers to a quarter of the memory")
        }
        (buffers, _) if buffers < 128 << 20 => {
            (Verdict::Warn, "raise shared_buffers to a quarter of the memory")
        }
        _ => (Verdict::Ok, ""),
    };
    findings.judge("memory", verdict, found, cure);
}

fn total_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn gib(bytes: u64) -> f64 {
    bytes as f64 / GIB as f64
}
