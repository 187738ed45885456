//! Turns set A of the PhysioNet/Computing in Cardiology Challenge 2012 into FHIR.
//!
//! ```text
//! cargo run --release -p pulsvagt-analytics --example challenge_to_fhir -- \
//!     INPUT OUTPUT [--start 2024-01-01T00:00:00+01:00]
//! ```
//!
//! `INPUT` holds `observations.parquet` (`record_id`, `t_min`, `param`, `value`) and `stays.csv` (one
//! row per stay). `OUTPUT` gets `patients.ndjson`, `encounters.ndjson` and `observations.ndjson`, and a
//! summary in JSON goes to standard output. The data are open (ODC-BY 1.0: Silva et al., Computing in Cardiology
//! 2012; Goldberger et al., Circulation 2000) and real: intensive care, with artefacts. They are
//! good for exercising import, plausibility checks and models, and no picture of people at home.
//!
//! What is decided here:
//!
//! - The data have no dates, only minutes since admission. Everybody is admitted at `--start`, and
//!   times are written with that offset from UTC.
//! - Everybody is made up but for sex, age and outcome: a Patient is called after the record's number, and
//!   was born so many years before `--start`. Ages from 90 are 90 in the data.
//! - A stay is an Encounter of class `ACUTE` from `--start` on; its end and the day of death are days, for
//!   that is what the data have. `dischargeDisposition` says `exp` of those who died in hospital and `oth`
//!   of all others, also where the length of the stay is missing. `type` says which intensive care unit.
//! - Every row becomes one Observation, in the data's order; repeated rows are repeated.
//! - Units are those of the challenge. Numbers have the digits of the data: 36.1 stays 36.1, and 72
//!   is 72. Artefacts (heart rate 0, temperature -17.8, pH 735) are passed on as they are.
//! - The value -1 says "not measured" in this data set, and no parameter can be -1 in a living
//!   person: such rows get `dataAbsentReason` `unknown` and no value.
//! - Invasive and non-invasive pressures have codes of their own, and systolic, diastolic and mean
//!   stay separate Observations, as they are separate rows.

mod resources;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;

use resources::{Observations, Result, Start, stays};

/// Where to read, where to write, and when everybody is admitted.
struct Arguments {
    input: PathBuf,
    output: PathBuf,
    start: Start,
}

impl Arguments {
    fn parse() -> Result<Self> {
        let mut folders = Vec::new();
        let mut start = "2024-01-01T00:00:00+01:00".to_owned();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--start" => start = arguments.next().ok_or("--start wants a time")?,
                option if option.starts_with('-') => return Err(format!("{option}?").into()),
                _ => folders.push(PathBuf::from(argument)),
            }
        }
        let Ok([input, output]) = <[PathBuf; 2]>::try_from(folders) else {
            return Err("usage: challenge_to_fhir INPUT OUTPUT [--start TIME]".into());
        };
        Ok(Self { input, output, start: Start::parse(&start)? })
    }
}

/// Writes one Observation per row and says how many rows there were.
fn observations(input: &Path, to: &mut Observations<'_>, out: &mut impl Write) -> Result<usize> {
    let file = File::open(input.join("observations.parquet"))?;
    let frame = ParquetReader::new(file).finish()?;
    let records = frame.column("record_id")?.i64()?;
    let minutes = frame.column("t_min")?.i64()?;
    let params = frame.column("param")?.str()?;
    let values = frame.column("value")?.f64()?;
    let rows = records.iter().zip(minutes.iter()).zip(params.iter().zip(values.iter()));
    for ((record, minute), (param, value)) in rows {
        let (Some(record), Some(minute), Some(param)) = (record, minute, param) else {
            return Err("observations.parquet has a row without record, time or parameter".into());
        };
        to.write(out, (record, minute, param, value.unwrap_or(f64::NAN)))?;
    }
    Ok(frame.height())
}

fn create(folder: &Path, name: &str) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?))
}

fn main() -> Result<()> {
    let Arguments { input, output, start } = Arguments::parse()?;
    fs::create_dir_all(&output)?;

    let text = fs::read_to_string(input.join("stays.csv"))?;
    let mut patients = create(&output, "patients.ndjson")?;
    let mut encounters = create(&output, "encounters.ndjson")?;
    let count = stays(&text, &start, &mut patients, &mut encounters)?;
    patients.flush()?;
    encounters.flush()?;

    let mut out = create(&output, "observations.ndjson")?;
    let mut written = Observations::new(&start);
    let rows = observations(&input, &mut written, &mut out)?;
    out.flush()?;

    let mut summary = written.summary();
    summary["patients"] = json!(count);
    summary["rows"] = json!(rows);
    writeln!(io::stdout(), "{summary:#}")?;
    Ok(())
}
