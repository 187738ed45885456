//! Consents of citizens, as rules about categories of data.
//!
//! A category is a kind of reading or a type of resource. A reading may be of several, and is hidden
//! if one of them is; what says most about somebody stands alone, so a WHO-5 index is `mental-health`
//! and not `survey` as well. Where rules contradict each other, deny wins.

mod read;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use pulsvagt_fhir::facts::Facts;
use pulsvagt_fhir::measure::Measure;

use crate::clock::Micros;
use crate::ids::CitizenNo;

pub use read::read;

/// The code system of categories of ours.
pub const CATEGORY_SYSTEM: &str = "urn:pulsvagt:data-category";
const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const LOINC: &str = "http://loinc.org";

/// Totals of PHQ-9, PHQ-2 and GAD-7 (LOINC).
const MENTAL_HEALTH: [&str; 5] = ["44261-6", "44249-1", "55758-7", "70274-6", "69737-5"];

/// Categories of readings: those of Observation.category, and two of ours.
pub const READINGS: [&str; 11] = [
    "vital-signs",
    "activity",
    "sleep",
    "survey",
    "mental-health",
    "laboratory",
    "exam",
    "imaging",
    "procedure",
    "social-history",
    "therapy",
];

/// Types of resources that are a category. Whoever looks after a citizen needs the others to do so
/// safely: who it is, what was agreed, what is open.
pub const RESOURCES: [&str; 5] =
    ["Condition", "Encounter", "EpisodeOfCare", "Communication", "QuestionnaireResponse"];

/// Types of resources in which triage tells what it found. They are no category, but what they say of
/// readings is taken out where readings are denied.
pub const TRIAGED: [&str; 5] =
    ["Flag", "Task", "ClinicalImpression", "RiskAssessment", "DetectedIssue"];

/// All categories.
pub fn categories() -> impl Iterator<Item = &'static str> {
    READINGS.into_iter().chain(RESOURCES)
}

/// What readings of a template are: what their senders call them and what they measure. What says
/// neither may be anything.
pub fn of_reading(facts: &Facts) -> Vec<&'static str> {
    let coded = facts
        .codings
        .iter()
        .chain(&facts.component_codings)
        .any(|coding| coding.system == LOINC && MENTAL_HEALTH.contains(&coding.code.as_str()));
    let measured: Vec<&str> =
        facts.numbers.iter().filter_map(|number| number.measure).map(of_measure).collect();
    // Apps send these as questionnaires and activity.
    for first in ["mental-health", "sleep"] {
        if measured.contains(&first) || (coded && first == "mental-health") {
            return vec![first];
        }
    }
    let called = |category: &str| {
        facts.categories.iter().any(|coding| {
            coding.code == category
                && (coding.system == OBSERVATION_CATEGORY || coding.system.is_empty())
        })
    };
    let is = |category: &&str| measured.contains(category) || called(category);
    let found: Vec<&str> = READINGS.into_iter().filter(is).collect();
    if found.is_empty() { READINGS.to_vec() } else { found }
}

/// What a measure is, by the ranges of their numbers.
fn of_measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Who5 => "mental-health",
        Measure::SleepDuration | Measure::DeepSleepDuration | Measure::TimeInBed => "sleep",
        _ => match measure.id() {
            ..30 | 40..50 => "vital-signs",
            30..40 => "activity",
            50..120 => "laboratory",
            140..150 => "exam",
            _ => "survey",
        },
    }
}

/// What a Consent says about one category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The category.
    pub category: &'static str,
    /// Whether it permits.
    pub permit: bool,
    /// The relative it is about; `None` = everybody who looks after the citizen.
    pub actor: Option<String>,
    /// The purpose it is about (HL7 v3 `PurposeOfUse`); `None` = all.
    pub purpose: Option<String>,
    /// From when.
    pub begins: Micros,
    /// Until when.
    pub ends: Micros,
}

/// Whose data of which category may not be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denials {
    denied: BTreeMap<&'static str, BTreeSet<CitizenNo>>,
    /// Since when the last denial about readings of a citizen has been in force and known.
    since: BTreeMap<CitizenNo, Micros>,
}

impl Denials {
    /// Everything of this citizen, and always.
    pub fn all_of(citizen: CitizenNo) -> Self {
        let mut denials = Self::default();
        for category in categories() {
            denials.deny(category, citizen, Micros(i64::MAX));
        }
        denials
    }

    /// One more, which has been in force and known since then.
    pub fn deny(&mut self, category: &'static str, citizen: CitizenNo, since: Micros) {
        self.denied.entry(category).or_default().insert(citizen);
        if READINGS.contains(&category) {
            let last = self.since.entry(citizen).or_insert(since);
            *last = (*last).max(since);
        }
    }

    /// Whether nothing is denied.
    pub fn is_empty(&self) -> bool {
        self.denied.is_empty()
    }

    /// Takes back what is denied of these citizens: an access beyond teams was opened to them.
    pub fn lift(&mut self, citizens: impl IntoIterator<Item = CitizenNo>) {
        for citizen in citizens {
            for denied in self.denied.values_mut() {
                denied.remove(&citizen);
            }
            self.since.remove(&citizen);
        }
        self.denied.retain(|_, denied| !denied.is_empty());
    }

    /// Whether data of the category may be seen.
    pub fn allows(&self, category: &str, citizen: CitizenNo) -> bool {
        self.denied.get(category).is_none_or(|denied| !denied.contains(&citizen))
    }

    /// Whether a reading of that template may be seen: one denied category is enough to hide it.
    pub fn allows_reading(&self, facts: &Facts, citizen: CitizenNo) -> bool {
        self.is_empty()
            || of_reading(facts).into_iter().all(|category| self.allows(category, citizen))
    }

    /// Whether what was screened of the citizen as of that moment may rest on readings that are
    /// denied now: some are, and it is from before they were.
    pub fn is_older(&self, citizen: CitizenNo, as_of: Micros) -> bool {
        self.since.get(&citizen).is_some_and(|since| as_of < *since)
    }

    /// Whether any readings of the citizen are denied.
    pub fn denies_readings(&self, citizen: CitizenNo) -> bool {
        self.since.contains_key(&citizen)
    }

    /// Whether it may be told what a risk model says of the citizen, which rests on readings, diagnoses and
    /// stays together.
    pub fn allows_risk(&self, citizen: CitizenNo) -> bool {
        !self.denies_readings(citizen)
            && ["Condition", "Encounter"].iter().all(|kind| self.allows(kind, citizen))
    }

    /// Everybody who denies anything.
    pub fn anybody(&self) -> BTreeSet<CitizenNo> {
        self.denied.values().flatten().copied().collect()
    }

    /// Whose data of a category is denied.
    pub fn of(&self, category: &str) -> impl Iterator<Item = CitizenNo> + '_ {
        self.denied.get(category).into_iter().flatten().copied()
    }

    /// By category.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &BTreeSet<CitizenNo>)> {
        self.denied.iter().map(|(category, citizens)| (*category, citizens))
    }
}
