//! What FHIR resources say that cohorts look at. What cannot be read says nothing.

use jiff::civil;
use jiff::tz::TimeZone;
use pulsvagt_analytics::cohort::{Date, Sex};
use serde::Deserialize;

/// Code systems of Danish diagnoses: SKS, and ICD-10 as FHIR names it.
const SKS: [&str; 2] = ["urn:oid:1.2.208.176.2.4", "http://hl7.dk/fhir/core/CodeSystem/sks"];
const ICD10: [&str; 2] = ["http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.3"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Patient {
    gender: Option<String>,
    birth_date: Option<String>,
    deceased_date_time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Condition {
    code: Concept,
    verification_status: Concept,
    onset_date_time: Option<String>,
    onset_period: Period,
    recorded_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Encounter {
    status: String,
    class: Coding,
    priority: Concept,
    period: Period,
    reason_code: Vec<Concept>,
    diagnosis: Vec<Diagnosis>,
    #[serde(rename = "type")]
    kind: Vec<Concept>,
    service_type: Concept,
    hospitalization: Hospitalization,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Hospitalization {
    discharge_disposition: Concept,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Concept {
    coding: Vec<Coding>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Coding {
    system: Option<String>,
    code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Period {
    start: Option<String>,
    end: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Diagnosis {
    condition: Reference,
    rank: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference {
    reference: Option<String>,
}

/// An Encounter that is an admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) from: i32,
    pub(crate) to: Option<i32>,
    pub(crate) acute: Option<bool>,
    pub(crate) code: Option<String>,
    /// Logical id of the Condition that is the action diagnosis.
    pub(crate) condition: Option<String>,
}

impl Concept {
    fn has(&self, codes: &[&str]) -> bool {
        self.coding.iter().filter_map(|it| it.code.as_deref()).any(|it| codes.contains(&it))
    }

    /// The SKS code of a diagnosis; of ICD-10 the code with a D before it and without the point.
    fn diagnosis(&self) -> Option<String> {
        let of = |systems: &[&str], coding: &Coding| {
            let is_one = coding.system.as_deref().is_some_and(|it| systems.contains(&it));
            coding.code.as_ref().filter(|_| is_one).map(|code| code.to_uppercase())
        };
        let plain = |code: String| code.replace(['.', ' '], "");
        let sks = self.coding.iter().find_map(|coding| of(&SKS, coding)).map(plain);
        sks.filter(|code| code.starts_with('D')).or_else(|| {
            let icd10 = self.coding.iter().find_map(|coding| of(&ICD10, coding));
            icd10.map(|code| format!("D{}", plain(code)))
        })
    }
}

/// The local day of a FHIR date or moment; none of what is less exact than a day.
pub(crate) fn day(text: &str, zone: &TimeZone) -> Option<i32> {
    let date: civil::Date = if text.contains('T') {
        let at: jiff::Timestamp = text.parse().ok()?;
        at.to_zoned(zone.clone()).date()
    } else {
        text.parse().ok().filter(|_| text.len() == 10)?
    };
    date.to_string().parse::<Date>().ok().map(Date::day)
}

impl Patient {
    pub(crate) fn born(&self, zone: &TimeZone) -> Option<i32> {
        day(self.birth_date.as_deref()?, zone)
    }

    pub(crate) fn died(&self, zone: &TimeZone) -> Option<i32> {
        day(self.deceased_date_time.as_deref()?, zone)
    }

    pub(crate) fn sex(&self) -> Option<Sex> {
        match self.gender.as_deref()? {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            "other" => Some(Sex::Other),
            _ => None,
        }
    }
}

impl Condition {
    /// The day on which it began, else on which it was recorded, and its code.
    pub(crate) fn diagnosis(&self, zone: &TimeZone) -> Option<(i32, String)> {
        if self.verification_status.has(&["refuted", "entered-in-error"]) {
            return None;
        }
        let began = [&self.onset_date_time, &self.onset_period.start, &self.recorded_date];
        let day = began.into_iter().flatten().find_map(|text| day(text, zone))?;
        Some((day, self.code.diagnosis()?))
    }

    /// Its code, whenever it began.
    pub(crate) fn code(&self) -> Option<String> {
        self.code.diagnosis()
    }
}

impl Encounter {
    /// The admission that it is, if it is one (HL7 v3 `ActCode` `IMP`, `ACUTE`, `NONAC`) and was
    /// not called off. Acute by its class or its priority (v3 `ActPriority`), planned by these;
    /// else it is not known.
    pub(crate) fn admission(&self, zone: &TimeZone) -> Option<Admission> {
        let class = self.class.code.as_deref()?;
        let is_off = ["planned", "cancelled", "entered-in-error"].contains(&self.status.as_str());
        if is_off || !["IMP", "ACUTE", "NONAC"].contains(&class) {
            return None;
        }
        let acute = if class == "ACUTE" || self.priority.has(&["A", "EM", "UR", "S"]) {
            Some(true)
        } else if class == "NONAC" || self.priority.has(&["EL", "R"]) {
            Some(false)
        } else {
            None
        };
        let first = self.diagnosis.iter().min_by_key(|it| it.rank.unwrap_or(u32::MAX));
        let condition = first.and_then(|it| it.condition.reference.as_deref());
        Some(Admission {
            from: day(self.period.start.as_deref()?, zone)?,
            to: self.period.end.as_deref().and_then(|end| day(end, zone)),
            acute,
            code: self.reason_code.iter().find_map(Concept::diagnosis),
            condition: condition.and_then(|it| it.strip_prefix("Condition/")).map(str::to_owned),
        })
    }

    /// The moment at which it began; of a date the beginning of that day.
    pub(crate) fn began(&self, zone: &TimeZone) -> Option<jiff::Timestamp> {
        let text = self.period.start.as_deref()?;
        if text.contains('T') {
            return text.parse().ok();
        }
        let date: civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
        Some(date.to_zoned(zone.clone()).ok()?.timestamp())
    }

    /// Whether the citizen was discharged as dead (HL7 `discharge-disposition` `exp`); `None` as long as
    /// nothing is said of the discharge.
    pub(crate) fn ended_with_death(&self) -> Option<bool> {
        let said = &self.hospitalization.discharge_disposition;
        (!said.coding.is_empty()).then(|| said.has(&["exp"]))
    }

    /// Whether type or service has one of the codes, as `system|code`.
    pub(crate) fn is_one_of(&self, codes: &[String]) -> bool {
        let all = self.kind.iter().chain([&self.service_type]).flat_map(|it| &it.coding);
        let mut text = all.filter_map(|it| {
            Some(format!("{}|{}", it.system.as_deref().unwrap_or_default(), it.code.as_deref()?))
        });
        text.any(|text| codes.contains(&text))
    }
}
