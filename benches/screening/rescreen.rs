//! Everybody screened anew by `pulsvagt screen --all`, as its own process.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::time::sleep;

use crate::cpu::Cpu;
use crate::report::float;
use crate::site::{Municipality, Site};

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Screens everybody twice: the first time has all alerts to raise, the second is a usual night.
pub(crate) async fn measure(
    site: &Site,
    municipality: &Municipality,
    citizens: u64,
) -> anyhow::Result<()> {
    println!(
        "\n| everybody | seconds | citizens per second | CPU seconds: ours | PostgreSQL \
         | most memory, MB | findings | alerts raised or changed |\n|---|--:|--:|--:|--:|--:|--:|--:|"
    );
    for name in ["for the first time", "again"] {
        let mut command = site.program();
        command.args(["screen", "--tenant", municipality.code, "--all", "--json"]);
        command.arg("--config").arg(site.config()).stdout(std::process::Stdio::piped());
        let postmaster = site.postmaster_pid()?;
        let began = Instant::now();
        let child = command.spawn()?;
        let pid = child.id().context("it has ended")?;
        let before = Cpu::now(pid, postmaster)?;
        let (mut after, mut most) = (before, 0);
        let output = tokio::select! {
            output = child.wait_with_output() => output?,
            error = async {
                loop {
                    if let (Ok(cpu), Some(peak)) = (Cpu::now(pid, postmaster), peak(pid)) {
                        (after, most) = (cpu, peak);
                    }
                    sleep(LOOK).await;
                }
            } => error,
        };
        let seconds = began.elapsed().as_secs_f64();
        ensure!(output.status.success(), "it ended with {}", output.status);
        let done: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        ensure!(done["screened"].as_u64() == Some(citizens), "not everybody: {done}");
        println!(
            "| {name} | {seconds:.1} | {:.0} | {:.1} | {:.1} | {:.0} | {} | {} |",
            float(citizens) / seconds,
            after.server,
            after.postgres - before.postgres,
            float(most) / 1_024.0,
            done["findings"],
            done["alerts"],
        );
    }
    Ok(())
}

/// The most memory that a process has had, KiB.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
