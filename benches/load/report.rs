//! What was measured, as a table for people and as JSON for comparisons.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::cpu::Cpu;

/// One line of the table.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Line {
    pub(crate) scenario: String,
    pub(crate) connections: usize,
    /// Readings acknowledged, rows written, or questions answered.
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
    /// Requests that were told to come back later.
    pub(crate) put_off: u64,
    pub(crate) latency: Option<Latency>,
    /// Microseconds of processor time for each of `count`.
    pub(crate) cpu_server: f64,
    pub(crate) cpu_postgres: f64,
    pub(crate) cpu_generator: f64,
    /// What was checked afterwards.
    pub(crate) verified: String,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// How much room readings take.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Size {
    pub(crate) what: String,
    pub(crate) rows: u64,
    pub(crate) heap: f64,
    pub(crate) index: f64,
    pub(crate) toast: f64,
    pub(crate) identifiers: f64,
    pub(crate) total: f64,
}

/// Everything of one run.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Report {
    /// The machine and the versions.
    pub(crate) machine: Vec<(String, String)>,
    pub(crate) lines: Vec<Line>,
    pub(crate) sizes: Vec<Size>,
    /// The server's rate as a share of the raw rate of the same table.
    pub(crate) shares: Vec<(String, f64)>,
}

impl Line {
    pub(crate) fn new(
        scenario: impl Into<String>,
        connections: usize,
        count: u64,
        elapsed: Duration,
        cpu: Cpu,
    ) -> Self {
        let seconds = elapsed.as_secs_f64();
        let each = |used: f64| used * 1e6 / float(count.max(1));
        Self {
            scenario: scenario.into(),
            connections,
            count,
            seconds,
            per_second: float(count) / seconds,
            cpu_server: each(cpu.server),
            cpu_postgres: each(cpu.postgres),
            cpu_generator: each(cpu.generator),
            ..Self::default()
        }
    }
}

impl Latency {
    /// From microseconds; none without any.
    pub(crate) fn of(mut micros: Vec<u32>) -> Option<Self> {
        micros.sort_unstable();
        let last = micros.len().checked_sub(1)?;
        let at = |percent: usize| f64::from(micros[(last * percent).div_ceil(100)]) / 1_000.0;
        Some(Self { p50: at(50), p95: at(95), p99: at(99), max: at(100) })
    }
}

/// Microseconds since then.
pub(crate) fn micros(since: std::time::Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}

impl Report {
    /// Fills in what the server reaches of what the table allows.
    pub(crate) fn compare(&mut self) {
        let best = |prefix: &str| {
            self.lines
                .iter()
                .filter(|line| line.scenario.starts_with(prefix))
                .map(|line| line.per_second)
                .reduce(f64::max)
        };
        let pairs = [
            ("bundles of 1000 / UNNEST, 2 connections", "b bundles of 1000", "e UNNEST, 2"),
            ("NDJSON / UNNEST, 2 connections", "c NDJSON", "e UNNEST, 2"),
            ("NDJSON / binary COPY", "c NDJSON", "e binary COPY"),
        ];
        self.shares = pairs
            .iter()
            .filter_map(|(name, one, other)| Some(((*name).to_owned(), best(one)? / best(other)?)))
            .collect();
    }

    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.machine {
            let _ = writeln!(out, "- {name}: {value}");
        }
        out.push_str(
            "\n| scenario | connections | count | per second | p50 ms | p95 | p99 | max \
             | CPU µs each: server | PostgreSQL | generator | put off | verified |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
        );
        for line in &self.lines {
            let latency = line.latency.map_or_else(
                || "– | – | – | –".to_owned(),
                |l| format!("{:.2} | {:.2} | {:.2} | {:.2}", l.p50, l.p95, l.p99, l.max),
            );
            let _ = writeln!(
                out,
                "| {} | {} | {} | {:.0} | {latency} | {:.1} | {:.1} | {:.1} | {} | {} |",
                line.scenario,
                line.connections,
                line.count,
                line.per_second,
                line.cpu_server,
                line.cpu_postgres,
                line.cpu_generator,
                line.put_off,
                line.verified
            );
        }
        if !self.shares.is_empty() {
            out.push_str("\n| the server's share of the raw rate | |\n|---|--:|\n");
            for (name, share) in &self.shares {
                let _ = writeln!(out, "| {name} | {:.0} % |", share * 100.0);
            }
        }
        if !self.sizes.is_empty() {
            out.push_str(
                "\n| bytes per reading | rows | heap | index | toast | identifiers | total |\n\
                 |---|--:|--:|--:|--:|--:|--:|\n",
            );
            for size in &self.sizes {
                let Size { what, rows, heap, index, toast, identifiers, total } = size;
                let _ = writeln!(
                    out,
                    "| {what} | {rows} | {heap:.1} | {index:.1} | {toast:.1} | {identifiers:.1} \
                     | {total:.1} |"
                );
            }
        }
        out
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        Ok(std::fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
