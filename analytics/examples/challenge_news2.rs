//! Partial NEWS2 on set A of the PhysioNet/Computing in Cardiology Challenge 2012.
//!
//! ```text
//! cargo run -p pulsvagt-analytics --example challenge_news2 -- FOLDER
//! ```
//!
//! `FOLDER` holds `observations.parquet` and `stays.csv` (ODC-BY 1.0: Silva et al., Computing in
//! Cardiology 2012; Goldberger et al., Circulation 2000). Prints JSON: how well the partial score,
//! as of so many hours after admission, tells who dies in hospital.
//!
//! Intensive care, so it says nothing of people at home. It shows that the score is computed as it
//! should be, on real numbers with artefacts, by the functions that screening uses: readings are
//! summarised by local day, and the newest of each parameter, at most 24 h old, is scored.
//!
//! What is decided here:
//!
//! - Everybody is admitted at midnight UTC; a reading counts from when it was taken.
//! - Systolic pressure is the newest of invasive and non-invasive readings.
//! - A Glasgow coma score below 15 is not alert. It is the only sign of consciousness there is.
//! - Oxygen is given if artificial ventilation, or inspired oxygen above 21 %, was recorded in the
//!   last 24 h.
//! - Values outside the hard limits of plausibility are left out, as ingestion does.
#![expect(clippy::print_stdout, reason = "the result is printed")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use polars::prelude::{ParquetReader, SerReader};
use pulsvagt_analytics::evaluation::{Proportion, Scored, area};
use pulsvagt_analytics::scores::{MAX_AGE_HOURS, Reading, news2};
use pulsvagt_analytics::summary::{local_day, summarise};
use pulsvagt_analytics::{Sample, Signal};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MINUTE: i64 = 60_000_000;
const HOUR: f64 = 3_600e6;

/// What the parameters are readings of, and the limits of plausibility.
const PARAMETERS: [(&str, Signal, f64, f64); 7] = [
    ("RespRate", Signal::RespiratoryRate, 4.0, 60.0),
    ("SaO2", Signal::OxygenSaturation, 50.0, 100.0),
    ("SysABP", Signal::SystolicBloodPressure, 50.0, 280.0),
    ("NISysABP", Signal::SystolicBloodPressure, 50.0, 280.0),
    ("HR", Signal::HeartRate, 20.0, 250.0),
    ("Temp", Signal::BodyTemperature, 30.0, 43.0),
    ("GCS", Signal::Consciousness, 3.0, 15.0),
];

/// One stay.
#[derive(Default)]
struct Stay {
    samples: Vec<Sample>,
    /// When oxygen was recorded, microseconds since admission.
    oxygen: Vec<i64>,
    died: bool,
}

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map(PathBuf::from);
    let folder = folder.ok_or("usage: challenge_news2 FOLDER")?;
    let stays = read(&folder)?;
    let results: Vec<Value> = [6, 24, 48].map(|hours| result(&stays, hours)).into();
    println!("{:#}", json!({ "stays": stays.len(), "as_of": results }));
    Ok(())
}

fn read(folder: &Path) -> Result<BTreeMap<i64, Stay>> {
    let mut stays: BTreeMap<i64, Stay> = BTreeMap::new();
    let text = fs::read_to_string(folder.join("stays.csv"))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |wanted: &str| {
        let place = names.iter().position(|name| *name == wanted);
        place.ok_or_else(|| format!("stays.csv has no column {wanted}"))
    };
    let (record, died) = (place("record_id")?, place("died_in_hospital")?);
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |place: usize| fields.get(place).copied().ok_or("stays.csv has a short row");
        let stay = Stay { died: field(died)? == "1", ..Stay::default() };
        stays.insert(field(record)?.parse()?, stay);
    }

    let file = File::open(folder.join("observations.parquet"))?;
    let frame = ParquetReader::new(file).finish()?;
    let (records, minutes) = (frame.column("record_id")?.i64()?, frame.column("t_min")?.i64()?);
    let (params, values) = (frame.column("param")?.str()?, frame.column("value")?.f64()?);
    let rows = records.iter().zip(minutes.iter()).zip(params.iter().zip(values.iter()));
    for (row, ((record, minute), (param, value))) in (0_u64..).zip(rows) {
        let (Some(record), Some(minute), Some(param), Some(value)) = (record, minute, param, value)
        else {
            continue;
        };
        let stay = stays.get_mut(&record).ok_or_else(|| format!("no stay {record}"))?;
        let at = minute * MINUTE;
        if (param == "MechVent" && value > 0.0) || (param == "FiO2" && value > 0.21) {
            stay.oxygen.push(at);
        }
        let known = PARAMETERS.iter().find(|(name, ..)| *name == param);
        let Some(&(_, signal, low, high)) = known else { continue };
        if !(low..=high).contains(&value) {
            continue;
        }
        let value = if param == "GCS" { f64::from(u8::from(value < 15.0)) } else { value };
        stay.samples.push(Sample {
            signal,
            at,
            offset: 0,
            span: 0,
            value,
            is_day_total: false,
            received: at,
            identity: row,
        });
    }
    Ok(stays)
}

fn result(stays: &BTreeMap<i64, Stay>, hours: i32) -> Value {
    let as_of = i64::from(hours) * 60 * MINUTE;
    let mut units = Vec::new();
    let mut complete = 0_u64;
    for (record, stay) in stays {
        let score = score(stay, as_of);
        complete += u64::from(score.is_some_and(|(_, parameters)| parameters == 6));
        units.push(Scored {
            // Nothing measured is nothing to worry about, for want of anything better.
            score: f64::from(score.map_or(0, |(score, _)| score)),
            case: stay.died,
            cluster: record.unsigned_abs(),
        });
    }
    let area = area(&units);
    let from = |threshold: f64| {
        let count = |of: fn(&Scored) -> bool, at_least: f64| {
            let counted = units.iter().filter(|unit| unit.score >= at_least && of(unit)).count();
            u64::try_from(counted).unwrap_or(u64::MAX)
        };
        let everybody = |_: &Scored| true;
        let died = |unit: &Scored| unit.case;
        let flagged = count(everybody, threshold);
        json!({
            "score_at_least": threshold,
            "flagged": Proportion::new(flagged, count(everybody, 0.0)),
            "sensitivity": Proportion::new(count(died, threshold), count(died, 0.0)),
            "ppv": Proportion::new(count(died, threshold), flagged),
        })
    };
    let thresholds = [from(5.0), from(7.0)];
    json!({ "hours": hours, "complete": complete, "auroc": area, "thresholds": thresholds })
}

/// The partial score and how many parameters are in it.
fn score(stay: &Stay, as_of: i64) -> Option<(u8, u8)> {
    let mut days: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
    for sample in stay.samples.iter().filter(|sample| sample.received <= as_of) {
        days.entry(local_day(sample.at, sample.offset)).or_default().push(*sample);
    }
    let summaries: Vec<_> = days.values().flat_map(|samples| summarise(samples)).collect();
    let newest = |signal: Signal| {
        let summary = summaries.iter().rfind(|summary| summary.signal == signal)?;
        Some(Reading { value: summary.last, age_hours: hours(as_of - summary.last_at) })
    };
    let oxygen = stay.oxygen.iter().any(|&at| at <= as_of && hours(as_of - at) < MAX_AGE_HOURS);
    let inputs = news2::Inputs {
        respiratory_rate: newest(Signal::RespiratoryRate),
        oxygen_saturation: newest(Signal::OxygenSaturation),
        systolic_blood_pressure: newest(Signal::SystolicBloodPressure),
        pulse: newest(Signal::HeartRate),
        consciousness: newest(Signal::Consciousness),
        temperature: newest(Signal::BodyTemperature),
        oxygen,
        ..news2::Inputs::default()
    };
    let partial = news2::score(&inputs);
    partial.map(|partial| (partial.score, partial.parameters))
}

/// Microseconds of at most a few days as hours.
fn hours(micros: i64) -> f64 {
    f64::from(i32::try_from(micros / 1_000_000).unwrap_or(i32::MAX)) * 1e6 / HOUR
}
