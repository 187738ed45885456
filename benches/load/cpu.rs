//! Who used the processors: the server, PostgreSQL with all its processes, or we ourselves.

use std::fs;
use std::ops::Sub;

use anyhow::Context as _;

/// The kernel counts processor time for user programs in hundredths of a second.
const TICKS: f64 = 100.0;

/// Processor seconds since the processes began.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    pub(crate) server: f64,
    pub(crate) postgres: f64,
    pub(crate) generator: f64,
}

impl Cpu {
    /// As of now.
    pub(crate) fn now(server: u32, postmaster: u32) -> anyhow::Result<Self> {
        let mut cpu = Self {
            server: Process::read(&server.to_string())?.own,
            postgres: Process::read(&postmaster.to_string())?.with_children(),
            generator: Process::read("self")?.own,
        };
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().filter(|name| name.parse::<u32>().is_ok()) else {
                continue;
            };
            // A process may end while we look; its time is then its parent's.
            if let Ok(process) = Process::read(pid)
                && process.parent == postmaster
            {
                cpu.postgres += process.with_children();
            }
        }
        Ok(cpu)
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            postgres: self.postgres - before.postgres,
            generator: self.generator - before.generator,
        }
    }
}

#[derive(Debug)]
struct Process {
    parent: u32,
    own: f64,
    ended_children: f64,
}

impl Process {
    fn read(pid: &str) -> anyhow::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name before may hold anything, also parentheses.
        let (_, rest) = text.rsplit_once(") ").context("a strange stat file")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| -> anyhow::Result<f64> {
            Ok(fields.get(at).context("a short stat file")?.parse()?)
        };
        Ok(Self {
            parent: fields.get(1).context("a short stat file")?.parse()?,
            own: (number(11)? + number(12)?) / TICKS,
            ended_children: (number(13)? + number(14)?) / TICKS,
        })
    }

    fn with_children(&self) -> f64 {
        self.own + self.ended_children
    }
}
