//! A CarePlan, as a plan.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use pulsvagt_analytics::plan::{Cadence, Spo2Scale};
use pulsvagt_analytics::{Pack, Plan, Signal};
use pulsvagt_fhir::{Issue, IssueCode, Value};

use super::codes::{
    BASELINE, NO_PROGRAMME, OXYGEN, PROGRAMME, SAFETY_CRITICAL, SPO2_SCALE, programme, signals,
};
use super::{goals, timing};

/// What is around a CarePlan.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The rules, which know the limits.
    pub pack: &'a Pack,
    /// Where dates without an offset are taken.
    pub zone: &'a TimeZone,
    /// The server's own FHIR address, references to which count as relative.
    pub base: &'a str,
    /// The Goals that it refers to and that are resources of their own.
    pub goals: &'a [GoalElsewhere<'a>],
}

/// A Goal that is a resource of its own.
#[derive(Debug, Clone, Copy)]
pub struct GoalElsewhere<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// It.
    pub goal: Value<'a>,
    /// Its FHIRPath, if it is what is being sent; else the reference to it is what is told.
    pub at: Option<&'a str>,
}

/// What a CarePlan says.
#[derive(Debug, Clone, PartialEq)]
pub struct FhirPlan {
    /// The plan.
    pub plan: Plan,
    /// What the sender should know.
    pub warnings: Vec<Issue>,
    places: Places,
}

impl FhirPlan {
    /// The FHIRPath of the element that says what is at a JSON pointer into the plan.
    pub fn place_of(&self, pointer: &str) -> &str {
        self.places.of(pointer)
    }
}

/// Which element says what, by JSON pointers into the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    root: String,
    by_pointer: BTreeMap<String, String>,
}

impl Places {
    pub(super) fn note(&mut self, pointer: String, place: String) {
        self.by_pointer.insert(pointer, place);
    }

    fn of(&self, pointer: &str) -> &str {
        let mut rest = pointer;
        loop {
            if let Some(place) = self.by_pointer.get(rest) {
                return place;
            }
            match rest.rsplit_once('/') {
                Some((parent, _)) => rest = parent,
                None => return &self.root,
            }
        }
    }
}

/// What is being gathered.
pub(super) struct Reader<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) plan: Plan,
    pub(super) places: Places,
    pub(super) issues: Vec<Issue>,
}

impl Reader<'_> {
    pub(super) fn refuse(
        &mut self,
        key: &'static str,
        at: impl Into<String>,
        why: impl Into<String>,
    ) {
        self.issues.push(Issue::error(IssueCode::BusinessRule, key, at, why));
    }

    fn warn(&mut self, key: &'static str, at: impl Into<String>, what: impl Into<String>) {
        self.issues.push(Issue::warning(IssueCode::NotSupported, key, at, what));
    }
}

/// Whether a CarePlan is a plan of ours: one of its categories is a programme.
pub fn is_ours(care_plan: Value<'_>) -> bool {
    care_plan
        .each("category")
        .flat_map(|category| category.each("coding"))
        .any(|coding| coding.str_at("system").as_deref() == Some(PROGRAMME))
}

/// Whether a CarePlan of ours is meant to be followed.
pub fn is_in_force(care_plan: Value<'_>) -> bool {
    care_plan.str_at("status").as_deref() == Some("active")
        && care_plan.str_at("intent").as_deref() == Some("plan")
}

/// Logical ids of the Goals that a CarePlan refers to and does not contain.
pub fn elsewhere(care_plan: Value<'_>, base: &str) -> Vec<String> {
    care_plan
        .each("goal")
        .filter_map(|goal| goals::elsewhere(&goal.str_at("reference")?, base).map(str::to_owned))
        .collect()
}

/// What a CarePlan found at the FHIRPath `at` says.
///
/// # Errors
/// Everything in it that is ours and cannot be followed to the letter, and then nothing of it is.
pub fn read(care_plan: Value<'_>, at: &str, setting: Setting<'_>) -> Result<FhirPlan, Vec<Issue>> {
    let places = Places { root: at.to_owned(), by_pointer: BTreeMap::new() };
    let mut reader = Reader { setting, plan: Plan::default(), places, issues: Vec::new() };
    if care_plan.get("modifierExtension").is_some() {
        let why = "an extension that changes the meaning of a plan is not understood";
        reader.refuse("plan-modified", format!("{at}.modifierExtension"), why);
    }
    if care_plan.get("period").is_some_and(|period| period.get("end").is_some()) {
        let what = "the plan is in force from now on until its status says otherwise";
        reader.warn("plan-period", format!("{at}.period.end"), what);
    }
    programmes(&mut reader, care_plan, at);
    extensions(&mut reader, care_plan, at);
    activities(&mut reader, care_plan, at);
    goals::read(&mut reader, care_plan, at);
    let Reader { plan, places, issues, .. } = reader;
    if issues.iter().any(Issue::is_error) {
        Err(issues)
    } else {
        Ok(FhirPlan { plan, warnings: issues, places })
    }
}

fn programmes(reader: &mut Reader<'_>, care_plan: Value<'_>, at: &str) {
    for (nth, category) in care_plan.each("category").enumerate() {
        for (coded, coding) in category.each("coding").enumerate() {
            if coding.str_at("system").as_deref() != Some(PROGRAMME) {
                continue;
            }
            let place = format!("{at}.category[{nth}].coding[{coded}].code");
            let code = coding.str_at("code").unwrap_or_default();
            if let Some(programme) = programme(&code) {
                reader.plan.programmes.insert(programme);
                reader.places.note("/programmes".to_owned(), place);
            } else if code != NO_PROGRAMME {
                reader.refuse("plan-programme", place, "there is no such programme");
            }
        }
    }
}

fn extensions(reader: &mut Reader<'_>, care_plan: Value<'_>, at: &str) {
    for (nth, extension) in care_plan.each("extension").enumerate() {
        let here = format!("{at}.extension[{nth}]");
        match extension.str_at("url").as_deref() {
            Some(SPO2_SCALE) => match extension.str_at("valueCode").as_deref() {
                Some("one") => reader.plan.spo2_scale = Spo2Scale::One,
                Some("two") => reader.plan.spo2_scale = Spo2Scale::Two,
                _ => {
                    let place = format!("{here}.value");
                    reader.refuse("plan-spo2-scale", place, "expected a valueCode one or two");
                }
            },
            Some(OXYGEN) => match extension.get("valueBoolean").and_then(Value::as_bool) {
                Some(oxygen) => reader.plan.oxygen = oxygen,
                None => {
                    let place = format!("{here}.value");
                    reader.refuse("plan-oxygen", place, "expected a valueBoolean");
                }
            },
            Some(BASELINE) => baseline(reader, extension, &here),
            _ => {}
        }
    }
}

fn baseline(reader: &mut Reader<'_>, extension: Value<'_>, here: &str) {
    let part = |name: &str| {
        extension.each("extension").find(|part| part.str_at("url").as_deref() == Some(name))
    };
    let signal = part("signal").and_then(|part| part.str_at("valueCode"));
    let Some(signal) = signal.and_then(|name| Signal::from_name(&name)) else {
        let why = "expected an extension signal with a valueCode that names a signal";
        return reader.refuse("plan-baseline", here, why);
    };
    let quantity = part("value").and_then(|part| part.get("valueQuantity"));
    let value = quantity.ok_or("expected an extension value with a valueQuantity");
    match value.and_then(|quantity| goals::number(quantity, signal.unit())) {
        Err(why) => reader.refuse("plan-baseline", here, why),
        Ok(value) => {
            if reader.plan.baselines.insert(signal, value).is_some() {
                reader.refuse("plan-baseline", here, "this signal has a baseline already");
            }
            reader.places.note(format!("/baselines/{}", signal.name()), here.to_owned());
        }
    }
}

fn activities(reader: &mut Reader<'_>, care_plan: Value<'_>, at: &str) {
    for (nth, activity) in care_plan.each("activity").enumerate() {
        let Some(detail) = activity.get("detail") else { continue };
        let here = format!("{at}.activity[{nth}].detail");
        let goes_on = matches!(
            detail.str_at("status").as_deref(),
            Some("not-started" | "scheduled" | "in-progress")
        );
        let not_to_be_done = detail.get("doNotPerform").and_then(Value::as_bool) == Some(true);
        if !goes_on || not_to_be_done {
            continue;
        }
        let mut asked: Vec<Signal> = detail
            .get("code")
            .into_iter()
            .flat_map(|code| code.each("coding"))
            .flat_map(|coding| {
                let text = |name| coding.str_at(name).unwrap_or_default();
                signals(&text("system"), &text("code"))
            })
            .collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            let what = "this is not screened: its code is not that of anything screening looks at";
            reader.warn("plan-not-screened", format!("{here}.code"), what);
            continue;
        }
        measured(reader, detail, &asked, &here);
    }
}

fn measured(reader: &mut Reader<'_>, detail: Value<'_>, asked: &[Signal], here: &str) {
    let Some(timing) = detail.get("scheduledTiming") else {
        let why = "how often it is to be measured has to be said as a Timing";
        return reader.refuse("plan-timing", format!("{here}.scheduled"), why);
    };
    let safety_critical = detail
        .each("extension")
        .find(|extension| extension.str_at("url").as_deref() == Some(SAFETY_CRITICAL))
        .map(|extension| extension.get("valueBoolean").and_then(Value::as_bool));
    let Some(safety_critical) = safety_critical.unwrap_or(Some(false)) else {
        let place = format!("{here}.extension");
        return reader.refuse("plan-safety-critical", place, "expected a valueBoolean");
    };
    match timing::read(timing, reader.setting.zone) {
        Err(not) => {
            reader.refuse("plan-timing", format!("{here}.scheduled.{}", not.place), not.why);
        }
        Ok(every) => {
            for signal in asked {
                let at = reader.plan.cadence.len();
                reader.places.note(format!("/cadence/{at}"), format!("{here}.scheduled"));
                reader.places.note(format!("/cadence/{at}/signal"), format!("{here}.code"));
                reader.plan.cadence.push(Cadence {
                    signal: *signal,
                    every_hours: every.hours,
                    from: every.from.map(|from| from.0),
                    safety_critical,
                });
            }
        }
    }
}
