//! `pulsvagt simulate`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::output::{self, Unit};
use super::usage;
use crate::simulate::{self, Density, Options};

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many citizens
    #[arg(long, default_value_t = 200)]
    citizens: u32,
    /// How many local days
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// The end, such as 2026-03-01T00:00:00Z: nothing is received then or later
    #[arg(long, default_value = "2026-03-01T00:00:00Z")]
    end: Timestamp,
    /// How much the watches send: 40 or 300 readings per citizen and day
    #[arg(long, value_enum, default_value_t = DensityArg::Demo)]
    density: DensityArg,
    /// Where the citizens live
    #[arg(long, default_value = "Europe/Copenhagen")]
    zone: String,
    /// Write Patients and Devices as well, first
    #[arg(long)]
    with_citizens: bool,
    /// Only citizens of this municipality: 0330, 0461 or 0851
    #[arg(long, value_name = "CODE")]
    tenant: Option<String>,
    /// Write the true deteriorations to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

/// How much the watches send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DensityArg {
    Demo,
    Dense,
}

impl From<DensityArg> for Density {
    fn from(density: DensityArg) -> Self {
        match density {
            DensityArg::Demo => Self::Demo,
            DensityArg::Dense => Self::Dense,
        }
    }
}

impl Simulate {
    pub(super) fn run(self) -> anyhow::Result<u8> {
        let zone = TimeZone::get(&self.zone)
            .map_err(|_| usage(format!("--zone: {} is not an IANA time zone", self.zone)))?;
        let options = Options {
            seed: self.seed,
            citizens: self.citizens,
            days: self.days,
            end: self.end,
            zone,
            density: self.density.into(),
        };
        if let Some(path) = &self.truth {
            write_truth(&options, path)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        match self.write(&options) {
            // Whoever read has had enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            done => done.map(|()| 0).context("cannot write to standard output"),
        }
    }

    fn write(&self, options: &Options) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
        let mut chosen = Vec::new();
        for citizen in simulate::citizens(options) {
            let is_chosen =
                self.tenant.as_ref().is_none_or(|tenant| tenant == citizen.municipality);
            chosen.push(is_chosen);
            if is_chosen && self.with_citizens {
                writeln!(out, "{}", citizen.patient_json)?;
                for device in &citizen.device_json {
                    writeln!(out, "{device}")?;
                }
            }
        }
        let seconds = u64::from(self.days) * 86_400;
        let bar = output::progress(seconds, Unit::Share, "simulating");
        let mut count = 0_u64;
        for event in simulate::events(options) {
            if chosen.get(event.citizen as usize).copied().unwrap_or(false) {
                out.write_all(event.line.as_bytes())?;
                out.write_all(b"\n")?;
            }
            count += 1;
            if count.is_multiple_of(4_096) {
                let left = self.end.as_second() - event.received.as_second();
                bar.set_position(seconds.saturating_sub(u64::try_from(left).unwrap_or(0)));
            }
        }
        bar.finish_and_clear();
        out.flush()
    }
}

fn write_truth(options: &Options, path: &PathBuf) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for episode in simulate::episodes(options) {
        let line = json!({
            "citizen": episode.citizen,
            "kind": episode.kind,
            "onset": episode.onset.to_string(),
            "peak": episode.peak.to_string(),
            "end": episode.end.to_string(),
        });
        writeln!(out, "{line}")?;
    }
    out.flush()
}
