//! Set A (or another set) of the PhysioNet/Computing in Cardiology Challenge 2012 as a table: who
//! dies in hospital, from the first 48 hours of intensive care.
//!
//! The data are ODC-BY 1.0: Silva et al., Computing in Cardiology 2012; Goldberger et al.,
//! Circulation 2000. Intensive care, so a model of it says nothing of people at home. It shows on
//! real numbers, with their artefacts, that features, fitting and evaluation do what they should.
//!
//! What screening has a signal for comes from screening's own features, as of 48 hours after an
//! admission at midnight UTC; the rest (mostly laboratory values) from [`series`].
//! Values outside the hard limits of plausibility are left out, as ingestion does. -1 is missing.

mod parquet;
mod text;

use std::collections::BTreeMap;

use super::series;
use super::table::{Row, Table};
use crate::features::{AsOf, UnknownFeature};
use crate::summary::{local_day, summarise};
use crate::{Day, Plan, Sample, Signal, Subject};

const MINUTE: i64 = 60_000_000;
/// Readings count before this, microseconds after admission.
const AS_OF: i64 = 48 * 60 * MINUTE - 1;

/// Parameters that screening has a signal for, with the limits of plausibility and the factor to
/// the signal's unit.
const SIGNALS: [(&str, Signal, f64, f64, f64); 11] = [
    ("RespRate", Signal::RespiratoryRate, 4.0, 60.0, 1.0),
    ("SaO2", Signal::OxygenSaturation, 50.0, 100.0, 1.0),
    ("SysABP", Signal::SystolicBloodPressure, 50.0, 280.0, 1.0),
    ("NISysABP", Signal::SystolicBloodPressure, 50.0, 280.0, 1.0),
    ("DiasABP", Signal::DiastolicBloodPressure, 20.0, 160.0, 1.0),
    ("NIDiasABP", Signal::DiastolicBloodPressure, 20.0, 160.0, 1.0),
    ("HR", Signal::HeartRate, 20.0, 250.0, 1.0),
    ("Temp", Signal::BodyTemperature, 30.0, 43.0, 1.0),
    ("Weight", Signal::BodyWeight, 25.0, 350.0, 1.0),
    // Glucose comes in mg/dL.
    ("Glucose", Signal::Glucose, 10.0, 1_500.0, 1.0 / 18.016),
    ("GCS", Signal::Consciousness, 3.0, 15.0, 1.0),
];

/// What is asked of each signal.
const OF_SIGNALS: [&str; 5] = ["last", "prev", "mean_2d", "sd_2d", "count_2d"];

/// Parameters without a signal, with the limits of plausibility.
const SERIES: [(&str, f64, f64); 14] = [
    ("BUN", 1.0, 300.0),
    ("Creatinine", 0.1, 30.0),
    ("FiO2", 0.2, 1.0),
    ("GCS", 3.0, 15.0),
    ("HCO3", 2.0, 60.0),
    ("K", 1.0, 15.0),
    ("Lactate", 0.1, 40.0),
    ("MAP", 20.0, 200.0),
    ("Na", 95.0, 190.0),
    ("PaCO2", 5.0, 150.0),
    ("PaO2", 20.0, 700.0),
    ("Urine", 0.0, 10_000.0),
    ("WBC", 0.1, 500.0),
    ("pH", 6.5, 8.0),
];

/// One measurement: the stay, minutes since admission, what, and the number.
pub type Measurement<'a> = (i64, i64, &'a str, f64);

/// Why a set cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The list of stays has no such column.
    #[error("stays.csv has no column {0}")]
    Column(&'static str),
    /// A row of the list is not what it should be.
    #[error("stays.csv, line {0}: {1} is not a number")]
    Number(usize, &'static str),
    /// A measurement is of nobody on the list.
    #[error("a measurement is of stay {0}, which stays.csv does not have")]
    Stay(i64),
    /// The measurements are not what they should be.
    #[error("measurements, line {0}: not record_id,t_min,param,value")]
    Measurement(usize),
    /// The measurements cannot be read.
    #[error("read the measurements")]
    Parquet(#[from] polars::prelude::PolarsError),
    /// The list and the names here no longer go together.
    #[error(transparent)]
    Feature(#[from] UnknownFeature),
}

pub use parquet::from_parquet;
pub use text::from_csv;

/// One stay.
#[derive(Debug, Default)]
struct Stay {
    died: bool,
    days: Option<f64>,
    age: Option<f64>,
    woman: Option<bool>,
    unit: Option<f64>,
    /// Scores of others, to compare with.
    scores: [Option<f64>; 2],
    samples: Vec<Sample>,
    readings: BTreeMap<usize, Vec<(i64, f64)>>,
    is_ventilated: bool,
    oxygen: bool,
}

/// Scores of others that the set brings. They stand in the table to compare with, and are left out of
/// a model.
pub const SCORES: [&str; 2] = ["saps_i", "sofa"];

/// The table of a set.
///
/// # Errors
/// If the list of stays is not as the Challenge's, or a measurement is of nobody.
pub fn table<'a>(
    stays: &str,
    measurements: impl IntoIterator<Item = Measurement<'a>>,
) -> Result<Table, ChallengeError> {
    let mut stays = read(stays)?;
    for (number, (record, minute, param, value)) in (0_u64..).zip(measurements) {
        let stay = stays.get_mut(&record).ok_or(ChallengeError::Stay(record))?;
        let at = minute.saturating_mul(MINUTE);
        if at <= AS_OF && value.is_finite() {
            stay.take(number, at, param, value);
        }
    }
    let names: Vec<String> = signals()
        .flat_map(|signal| OF_SIGNALS.map(|stat| format!("{}_{stat}", signal.name())))
        .chain(["news2_score".to_owned(), "age_years".to_owned()])
        .collect();
    let screening = AsOf::new(names.iter().map(String::as_str))?;

    let mut features = names;
    features
        .extend(signals().flat_map(|it| ["min", "max"].map(|of| format!("{}_{of}", it.name()))));
    for (param, ..) in SERIES {
        features.extend(series::STATISTICS.map(|of| format!("{}_{of}", param.to_lowercase())));
    }
    features.extend(
        ["ventilated", "woman", "unit_cardiac", "unit_heart_surgery", "unit_medical"]
            .map(str::to_owned),
    );

    features.extend(SCORES.map(str::to_owned));
    let rows = stays.iter().map(|(record, stay)| stay.row(*record, &screening)).collect();
    Ok(Table { features, rows })
}

/// The signals, each once.
fn signals() -> impl Iterator<Item = Signal> {
    let mut all: Vec<Signal> = SIGNALS.iter().map(|(_, signal, ..)| *signal).collect();
    all.sort_unstable();
    all.dedup();
    // Its series has more to tell than whether somebody was alert.
    all.into_iter().filter(|signal| *signal != Signal::Consciousness)
}

fn read(text: &str) -> Result<BTreeMap<i64, Stay>, ChallengeError> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |wanted: &'static str| {
        let place = names.iter().position(|name| *name == wanted);
        place.ok_or(ChallengeError::Column(wanted))
    };
    let wanted = [
        "record_id",
        "died_in_hospital",
        "survival_days",
        "age",
        "gender",
        "icutype",
        "saps_i",
        "sofa",
    ];
    let mut places = Vec::new();
    for name in wanted {
        places.push(place(name)?);
    }
    let mut stays = BTreeMap::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |which: usize| -> Result<f64, ChallengeError> {
            let text = fields.get(places[which]).copied().unwrap_or_default().trim();
            text.parse().map_err(|_| ChallengeError::Number(number + 2, wanted[which]))
        };
        // -1 is missing, also of what can never be below 0.
        let known = |which: usize| field(which).map(|it| Some(it).filter(|it| *it >= 0.0));
        let text = fields.get(places[0]).copied().unwrap_or_default();
        let record: i64 =
            text.trim().parse().map_err(|_| ChallengeError::Number(number + 2, wanted[0]))?;
        let stay = Stay {
            died: field(1)? > 0.5,
            days: known(2)?,
            age: known(3)?,
            woman: known(4)?.map(|gender| gender < 0.5),
            unit: known(5)?,
            scores: [known(6)?, known(7)?],
            ..Stay::default()
        };
        stays.insert(record, stay);
    }
    Ok(stays)
}

impl Stay {
    fn take(&mut self, number: u64, at: i64, param: &str, value: f64) {
        self.is_ventilated |= param == "MechVent" && value > 0.0;
        let is_recent = at > AS_OF - 24 * 60 * MINUTE;
        let is_oxygen = (param == "MechVent" && value > 0.0) || (param == "FiO2" && value > 0.21);
        self.oxygen |= is_recent && is_oxygen;
        // Invasive and not: one mean pressure.
        let param = if param == "NIMAP" { "MAP" } else { param };
        if let Some(series) = SERIES.iter().position(|(name, ..)| *name == param) {
            let (_, low, high) = SERIES[series];
            if (low..=high).contains(&value) {
                self.readings.entry(series).or_default().push((at, value));
            }
        }
        let known = SIGNALS.iter().find(|(name, ..)| *name == param);
        let Some(&(_, signal, low, high, factor)) = known else { return };
        if !(low..=high).contains(&value) {
            return;
        }
        let value = match signal {
            Signal::Consciousness => f64::from(u8::from(value < 15.0)),
            _ => value * factor,
        };
        self.samples.push(Sample {
            signal,
            at,
            offset: 0,
            span: 0,
            value,
            is_day_total: false,
            received: at,
            identity: number,
        });
    }

    fn row(&self, record: i64, screening: &AsOf) -> Row {
        let mut by_day: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
        for sample in &self.samples {
            by_day.entry(local_day(sample.at, sample.offset)).or_default().push(*sample);
        }
        let day =
            |(day, samples): (&i32, &Vec<Sample>)| Day { day: *day, summaries: summarise(samples) };
        let days: Vec<Day> = by_day.iter().map(day).collect();
        let plan = Plan { oxygen: self.oxygen, ..Plan::default() };
        let subject = Subject {
            as_of: AS_OF,
            offset: 0,
            plan: &plan,
            plan_version: 0,
            plan_since: 0,
            age_years: self.age,
            days: &days,
        };
        let mut values = screening.row(&subject);
        for signal in signals() {
            let of = || days.iter().flat_map(|day| &day.summaries).filter(|it| it.signal == signal);
            values.push(of().map(|it| it.min).reduce(f64::min));
            values.push(of().map(|it| it.max).reduce(f64::max));
        }
        for place in 0..SERIES.len() {
            let readings = self.readings.get(&place).map_or(&[][..], Vec::as_slice);
            values.extend(series::statistics(readings));
        }
        let flag = |holds: bool| f64::from(u8::from(holds));
        values.push(Some(flag(self.is_ventilated)));
        values.push(self.woman.map(flag));
        for unit in [1.0, 2.0, 3.0] {
            values.push(self.unit.map(|own| flag((own - unit).abs() < 0.5)));
        }
        values.extend(self.scores);
        let group = |of: &str, is: String| (of.to_owned(), is);
        let sex = match self.woman {
            Some(true) => "woman",
            Some(false) => "man",
            None => "not known",
        };
        let age = match self.age {
            Some(age) if age < 65.0 => "below 65",
            Some(age) if age < 80.0 => "65 to 79",
            Some(_) => "80 and above",
            None => "not known",
        };
        Row {
            cluster: record.unsigned_abs(),
            municipality: String::new(),
            // The set has no dates.
            period: 0,
            weeks: 2.0 / 7.0,
            case: self.died,
            lead_days: self.days.filter(|_| self.died).map(|days| (days - 2.0).max(0.0)),
            groups: [group("sex", sex.to_owned()), group("age", age.to_owned())].into(),
            values,
        }
    }
}
