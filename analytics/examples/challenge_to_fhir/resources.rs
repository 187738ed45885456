//! Records of the challenge as FHIR resources, one a line.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error;
use std::io::{self, Write};

use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

/// What may go wrong is told, and nothing is written any more.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";
const CHALLENGE: &str = "https://physionet.org/content/challenge-2012/";
/// The kinds of intensive care of the challenge, from 1 on.
const UNITS: [&str; 4] = [
    "Coronary Care Unit",
    "Cardiac Surgery Recovery Unit",
    "Medical Intensive Care Unit",
    "Surgical Intensive Care Unit",
];

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

/// When everybody is admitted.
pub(crate) struct Start {
    at: Timestamp,
    offset: Offset,
}

impl Start {
    /// Of a time with an offset from UTC.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let offset = Pieces::parse(text)?.to_numeric_offset();
        let offset = offset.ok_or("the start wants an offset from UTC, such as +01:00")?;
        Ok(Self { at: text.parse()?, offset })
    }

    /// A time, minutes after admission.
    fn time(&self, minutes: i64) -> Result<String> {
        let at = self.at.checked_add(SignedDuration::from_mins(minutes))?;
        Ok(at.display_with_offset(self.offset).to_string())
    }

    /// A date, years and days after admission.
    fn date(&self, years: i64, days: i64) -> Result<String> {
        let date = self.offset.to_datetime(self.at).date();
        Ok(date.checked_add(years.years())?.checked_add(days.days())?.to_string())
    }
}

/// Writes one Patient and one Encounter for each stay of `stays.csv`, and says how many.
pub(crate) fn stays(
    text: &str,
    start: &Start,
    patients: &mut impl Write,
    encounters: &mut impl Write,
) -> Result<u64> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().ok_or("stays.csv is empty")?.split(',').collect();
    let mut count = 0;
    for line in lines.filter(|line| !line.is_empty()) {
        let fields: Vec<&str> = line.split(',').collect();
        let text = |wanted: &str| -> Result<&str> {
            let place = names.iter().position(|name| *name == wanted);
            let place = place.ok_or_else(|| format!("stays.csv has no column {wanted}"))?;
            Ok(fields.get(place).copied().ok_or("stays.csv has a short row")?.trim())
        };
        // -1 is missing; all of them are whole.
        let whole = |wanted: &str| -> Result<Option<i64>> {
            let text = text(wanted)?;
            let number: i64 = text.split('.').next().unwrap_or(text).parse()?;
            Ok(Some(number).filter(|number| *number >= 0))
        };
        let record = text("record_id")?;
        let died = whole("died_in_hospital")? == Some(1);
        writeln!(patients, "{}", patient(record, &whole, start, died)?)?;
        writeln!(encounters, "{}", encounter(record, &whole, start, died)?)?;
        count += 1;
    }
    Ok(count)
}

fn patient(
    record: &str,
    whole: &impl Fn(&str) -> Result<Option<i64>>,
    start: &Start,
    died: bool,
) -> Result<Value> {
    let gender = match whole("gender")? {
        Some(0) => "female",
        Some(1) => "male",
        _ => "unknown",
    };
    let mut patient = json!({
        "resourceType": "Patient",
        "id": format!("c2012-{record}"),
        "identifier": [{"system": CHALLENGE, "value": record}],
        "name": [{"use": "anonymous", "family": "Stay", "given": [record]}],
        "gender": gender,
    });
    if let Some(age) = whole("age")? {
        patient["birthDate"] = json!(start.date(-age, 0)?);
    }
    match whole("survival_days")? {
        Some(days) => patient["deceasedDateTime"] = json!(start.date(0, days)?),
        None if died => patient["deceasedBoolean"] = json!(true),
        None => {}
    }
    Ok(patient)
}

fn encounter(
    record: &str,
    whole: &impl Fn(&str) -> Result<Option<i64>>,
    start: &Start,
    died: bool,
) -> Result<Value> {
    let (code, display) = if died { ("exp", "Expired") } else { ("oth", "Other") };
    let mut encounter = json!({
        "resourceType": "Encounter",
        "id": format!("c2012-{record}"),
        "identifier": [{"system": CHALLENGE, "value": record}],
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "ACUTE",
            "display": "inpatient acute",
        },
        "subject": {"reference": format!("Patient/c2012-{record}")},
        "period": {"start": start.time(0)?},
        "hospitalization": {"dischargeDisposition": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/discharge-disposition",
            "code": code,
            "display": display,
        }]}},
    });
    if let Some(days) = whole("los_days")? {
        encounter["period"]["end"] = json!(start.date(0, days)?);
    }
    let unit = whole("icutype")?.and_then(|unit| usize::try_from(unit).ok());
    if let Some((unit, display)) =
        unit.and_then(|unit| Some((unit, UNITS.get(unit.checked_sub(1)?)?)))
    {
        let coding = json!({"system": CHALLENGE, "code": unit.to_string(), "display": display});
        encounter["type"] = json!([{"coding": [coding]}]);
    }
    Ok(encounter)
}

/// Writes Observations, and counts them.
pub(crate) struct Observations<'s> {
    start: &'s Start,
    wordings: Vec<Wording>,
    times: BTreeMap<i64, String>,
}

impl<'s> Observations<'s> {
    /// Nothing has been written.
    pub(crate) fn new(start: &'s Start) -> Self {
        let wordings = PARAMS.into_iter().map(Wording::new).collect();
        Self { start, wordings, times: BTreeMap::new() }
    }

    /// Writes one row: the stay, minutes since admission, what, and the number.
    pub(crate) fn write(
        &mut self,
        out: &mut impl Write,
        (record, minute, param, value): (i64, i64, &str, f64),
    ) -> Result<()> {
        let place = PARAMS.iter().position(|(name, ..)| *name == param);
        let place = place.ok_or_else(|| format!("no code for the parameter {param}"))?;
        let at = match self.times.entry(minute) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.start.time(minute)?),
        };
        Ok(self.wordings[place].write(out, record, at, value)?)
    }

    /// How many there were, by parameter, and how many of them had no value.
    pub(crate) fn summary(&self) -> Value {
        let sum = |count: fn(&Wording) -> u64| self.wordings.iter().map(count).sum::<u64>();
        let of = |count: fn(&Wording) -> u64| -> BTreeMap<&str, u64> {
            let all = self.wordings.iter().map(|wording| (wording.name, count(wording)));
            all.filter(|(_, count)| *count > 0).collect()
        };
        json!({
            "observations": sum(|wording| wording.rows),
            "absent": sum(|wording| wording.absent),
            "absent_by_param": of(|wording| wording.absent),
            "by_param": of(|wording| wording.rows),
        })
    }
}
