//! Turns set A of the PhysioNet/Computing in Cardiology Challenge 2012 into FHIR.
//!
//! ```text
//! cargo run --release -p pulsvagt-analytics --example challenge_to_fhir -- \
//!     INPUT OUTPUT [--start 2024-01-01T00:00:00+01:00]
//! ```
//!
//! `INPUT` holds `observations.parquet` (`record_id`, `t_min`, `param`, `value`) and `stays.csv` (one
//! row per stay). `OUTPUT` gets `patients.ndjson` and `observations.ndjson`, and a summary in JSON
//! goes to standard output. The data are open (ODC-BY 1.0: Silva et al., Computing in Cardiology
//! 2012; Goldberger et al., Circulation 2000) and real: intensive care, with artefacts. They are
//! good for exercising import, plausibility checks and models, and no picture of people at home.
//!
//! What is decided here:
//!
//! - The data have no dates, only minutes since admission. Everybody is admitted at `--start`, and
//!   times are written with that offset from UTC.
//! - A Patient's `birthDate` is a year only: the start's year less the age, so off by up to one.
//!   Ages from 90 are 90 in the data.
//! - Every row becomes one Observation, in the data's order; repeated rows are repeated.
//! - Units are those of the challenge. Numbers have the digits of the data: 36.1 stays 36.1, and 72
//!   is 72. Artefacts (heart rate 0, temperature -17.8, pH 735) are passed on as they are.
//! - The value -1 says "not measured" in this data set, and no parameter can be -1 in a living
//!   person: such rows get `dataAbsentReason` `unknown` and no value.
//! - Invasive and non-invasive pressures have codes of their own, and systolic, diastolic and mean
//!   stay separate Observations, as they are separate rows.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";
const CHALLENGE: &str = "https://physionet.org/content/challenge-2012/";

/// One parameter of the challenge: name, code system, code, display, UCUM unit (none for yes or
/// no) and category.
type Param =
    (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, &'static str);

#[rustfmt::skip]
const PARAMS: [Param; 37] = [
    ("ALP", LOINC, "6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", Some("[IU]/L"), "laboratory"),
    ("ALT", LOINC, "1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", Some("[IU]/L"), "laboratory"),
    ("AST", LOINC, "1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", Some("[IU]/L"), "laboratory"),
    ("Albumin", LOINC, "1751-7", "Albumin [Mass/volume] in Serum or Plasma", Some("g/dL"), "laboratory"),
    ("BUN", LOINC, "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", Some("mg/dL"), "laboratory"),
    ("Bilirubin", LOINC, "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", Some("mg/dL"), "laboratory"),
    ("Cholesterol", LOINC, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", Some("mg/dL"), "laboratory"),
    ("Creatinine", LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", Some("mg/dL"), "laboratory"),
    ("DiasABP", LOINC, "76213-8", "Invasive Diastolic blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("FiO2", LOINC, "3150-6", "Inhaled oxygen concentration", Some("1"), "therapy"),
    ("GCS", LOINC, "9269-2", "Glasgow coma score total", Some("{score}"), "survey"),
    ("Glucose", LOINC, "2345-7", "Glucose [Mass/volume] in Serum or Plasma", Some("mg/dL"), "laboratory"),
    ("HCO3", LOINC, "1963-8", "Bicarbonate [Moles/volume] in Serum or Plasma", Some("mmol/L"), "laboratory"),
    ("HCT", LOINC, "20570-8", "Hematocrit [Volume Fraction] of Blood", Some("%"), "laboratory"),
    ("HR", LOINC, "8867-4", "Heart rate", Some("/min"), "vital-signs"),
    ("K", LOINC, "2823-3", "Potassium [Moles/volume] in Serum or Plasma", Some("meq/L"), "laboratory"),
    ("Lactate", LOINC, "2524-7", "Lactate [Moles/volume] in Serum or Plasma", Some("mmol/L"), "laboratory"),
    ("MAP", LOINC, "76214-6", "Invasive Mean blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("MechVent", SNOMED, "40617009", "Artificial ventilation", None, "therapy"),
    ("Mg", LOINC, "2601-3", "Magnesium [Moles/volume] in Serum or Plasma", Some("mmol/L"), "laboratory"),
    ("NIDiasABP", LOINC, "8462-4", "Diastolic blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("NIMAP", LOINC, "8478-0", "Mean blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("NISysABP", LOINC, "8480-6", "Systolic blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("Na", LOINC, "2951-2", "Sodium [Moles/volume] in Serum or Plasma", Some("meq/L"), "laboratory"),
    ("PaCO2", LOINC, "2019-8", "Carbon dioxide [Partial pressure] in Arterial blood", Some("mm[Hg]"), "laboratory"),
    ("PaO2", LOINC, "2703-7", "Oxygen [Partial pressure] in Arterial blood", Some("mm[Hg]"), "laboratory"),
    ("Platelets", LOINC, "777-3", "Platelets [#/volume] in Blood by Automated count", Some("/nL"), "laboratory"),
    ("RespRate", LOINC, "9279-1", "Respiratory rate", Some("/min"), "vital-signs"),
    ("SaO2", LOINC, "2708-6", "Oxygen saturation in Arterial blood", Some("%"), "vital-signs"),
    ("SysABP", LOINC, "76215-3", "Invasive Systolic blood pressure", Some("mm[Hg]"), "vital-signs"),
    ("Temp", LOINC, "8310-5", "Body temperature", Some("Cel"), "vital-signs"),
    ("TroponinI", LOINC, "10839-9", "Troponin I.cardiac [Mass/volume] in Serum or Plasma", Some("ug/L"), "laboratory"),
    ("TroponinT", LOINC, "6598-7", "Troponin T.cardiac [Mass/volume] in Serum or Plasma", Some("ug/L"), "laboratory"),
    ("Urine", LOINC, "9187-6", "Urine output", Some("mL"), "exam"),
    ("WBC", LOINC, "6690-2", "Leukocytes [#/volume] in Blood by Automated count", Some("/nL"), "laboratory"),
    ("Weight", LOINC, "29463-7", "Body weight", Some("kg"), "vital-signs"),
    ("pH", LOINC, "2744-1", "pH of Arterial blood", Some("[pH]"), "laboratory"),
];

/// The text of a parameter's Observations around what changes from row to row.
struct Wording {
    name: &'static str,
    head: String,
    /// After the number; `None` for yes or no.
    unit: Option<String>,
    rows: u64,
    absent: u64,
}

impl Wording {
    fn new((name, system, code, display, unit, category): Param) -> Self {
        let category = json!([{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": category,
        }]}]);
        let code = json!({"coding": [{"system": system, "code": code, "display": display}]});
        let head = format!(
            r#"{{"resourceType":"Observation","status":"final","category":{category},"code":{code},"subject":{{"reference":"Patient/c2012-"#
        );
        let unit = unit.map(|unit| {
            format!(r#","unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#)
        });
        Self { name, head, unit, rows: 0, absent: 0 }
    }

    fn write(&mut self, out: &mut impl Write, record: i64, at: &str, value: f64) -> io::Result<()> {
        let head = &self.head;
        write!(out, r#"{head}{record}"}},"effectiveDateTime":"{at}","#)?;
        self.rows += 1;
        let missing = !value.is_finite() || value.total_cmp(&-1.0).is_eq();
        match &self.unit {
            Some(unit) if !missing => writeln!(out, r#""valueQuantity":{{"value":{value}{unit}"#),
            None if !missing => writeln!(out, r#""valueBoolean":{}}}"#, value > 0.0),
            _ => {
                self.absent += 1;
                writeln!(
                    out,
                    r#""dataAbsentReason":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"unknown"}}]}}}}"#
                )
            }
        }
    }
}

/// Where to read, where to write, and when everybody is admitted.
struct Arguments {
    input: PathBuf,
    output: PathBuf,
    start: Timestamp,
    offset: Offset,
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
        let offset = Pieces::parse(&start)?.to_numeric_offset();
        let offset = offset.ok_or("--start wants an offset from UTC, such as +01:00")?;
        Ok(Self { input, output, start: start.parse()?, offset })
    }

    /// A time, minutes after admission.
    fn time(&self, minutes: i64) -> Result<String> {
        let at = self.start.checked_add(SignedDuration::from_mins(minutes))?;
        Ok(at.display_with_offset(self.offset).to_string())
    }
}

/// Writes one Patient per stay and says how many.
fn patients(arguments: &Arguments, out: &mut impl Write) -> Result<u64> {
    let text = fs::read_to_string(arguments.input.join("stays.csv"))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().ok_or("stays.csv is empty")?.split(',').collect();
    let place = |wanted| {
        let place = names.iter().position(|name| *name == wanted);
        place.ok_or_else(|| format!("stays.csv has no column {wanted}"))
    };
    let (record, gender, age) = (place("record_id")?, place("gender")?, place("age")?);
    let year: i64 = arguments.time(0)?.get(..4).ok_or("a year has four digits")?.parse()?;
    let mut count = 0;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |place: usize| fields.get(place).copied().ok_or("stays.csv has a short row");
        let record = field(record)?;
        let gender = match field(gender)?.parse::<f64>()? {
            0.0 => "female",
            1.0 => "male",
            _ => "unknown",
        };
        let mut patient = json!({
            "resourceType": "Patient",
            "id": format!("c2012-{record}"),
            "identifier": [{"system": CHALLENGE, "value": record}],
            "gender": gender,
        });
        let age = field(age)?;
        let age: i64 = age.split('.').next().unwrap_or(age).parse()?;
        if age >= 0 {
            patient["birthDate"] = json!((year - age).to_string());
        }
        writeln!(out, "{patient}")?;
        count += 1;
    }
    Ok(count)
}

/// Writes one Observation per row and says how many rows there were, and how many of each
/// parameter were written.
fn observations(arguments: &Arguments, out: &mut impl Write) -> Result<(usize, Vec<Wording>)> {
    let file = File::open(arguments.input.join("observations.parquet"))?;
    let frame = ParquetReader::new(file).finish()?;
    let mut wordings: Vec<Wording> = PARAMS.into_iter().map(Wording::new).collect();
    let mut times = BTreeMap::new();
    let records = frame.column("record_id")?.i64()?;
    let minutes = frame.column("t_min")?.i64()?;
    let params = frame.column("param")?.str()?;
    let values = frame.column("value")?.f64()?;
    let rows = records.iter().zip(minutes.iter()).zip(params.iter().zip(values.iter()));
    for ((record, minute), (param, value)) in rows {
        let (Some(record), Some(minute), Some(param)) = (record, minute, param) else {
            return Err("observations.parquet has a row without record, time or parameter".into());
        };
        let place = PARAMS.iter().position(|(name, ..)| *name == param);
        let place = place.ok_or_else(|| format!("no code for the parameter {param}"))?;
        let at = match times.entry(minute) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(arguments.time(minute)?),
        };
        wordings[place].write(out, record, at, value.unwrap_or(f64::NAN))?;
    }
    Ok((frame.height(), wordings))
}

fn create(folder: &Path, name: &str) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?))
}

fn main() -> Result<()> {
    let arguments = Arguments::parse()?;
    fs::create_dir_all(&arguments.output)?;

    let mut out = create(&arguments.output, "patients.ndjson")?;
    let patients = patients(&arguments, &mut out)?;
    out.flush()?;

    let mut out = create(&arguments.output, "observations.ndjson")?;
    let (rows, wordings) = observations(&arguments, &mut out)?;
    out.flush()?;

    let sum = |count: fn(&Wording) -> u64| wordings.iter().map(count).sum::<u64>();
    let params: BTreeMap<&str, u64> =
        wordings.iter().map(|wording| (wording.name, wording.rows)).collect();
    let absent: BTreeMap<&str, u64> = wordings
        .iter()
        .filter(|wording| wording.absent > 0)
        .map(|wording| (wording.name, wording.absent))
        .collect();
    let summary = json!({
        "patients": patients,
        "rows": rows,
        "observations": sum(|wording| wording.rows),
        "absent": sum(|wording| wording.absent),
        "absent_by_param": absent,
        "by_param": params,
    });
    writeln!(io::stdout(), "{summary:#}")?;
    Ok(())
}
