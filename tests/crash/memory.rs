//! How much memory a process uses.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;

/// MiB that a process has in memory now.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib >> 10)
}

/// Does something and returns, with its result, the most MiB that the process had meanwhile.
pub(crate) async fn watched<T>(
    pid: u32,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, u64)> {
    tokio::pin!(work);
    let mut most = resident(pid)?;
    loop {
        tokio::select! {
            done = &mut work => return Ok((done?, most.max(resident(pid)?))),
            () = sleep(Duration::from_millis(20)) => most = most.max(resident(pid)?),
        }
    }
}
