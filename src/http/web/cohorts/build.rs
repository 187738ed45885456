//! From the fields of the form to a definition, and between definitions and their text.

use pulsvagt_analytics::cohort::{
    Admission, Age, AlertEvent, Comparison, Condition, Definition, Enrolled, Event, FollowUp, Had,
    Index, Level, Nothing, Outcome, Sex, Step, Times, Window,
};

use super::Wrong;
use crate::http::api::pages::cohorts as api;
use crate::http::api::{Code, Problem};
use crate::http::web::page::Form;
use crate::http::web::words::Words;
use crate::plans::codes::PROGRAMMES;

/// The text of a definition that is kept.
///
/// # Errors
/// When it cannot be read.
pub(super) fn text(body: &str) -> Result<String, Problem> {
    let definition: Definition =
        serde_json::from_str(body).map_err(|error| Problem::internal(error.to_string()))?;
    definition.to_toml().map_err(|error| Problem::internal(error.to_string()))
}

/// A definition from its text, TOML or JSON.
pub(super) fn of_text(text: &str) -> Result<Definition, Vec<Wrong>> {
    let read = if text.starts_with('{') {
        Definition::from_json(text)
    } else {
        Definition::from_toml(text)
    };
    read.map_err(|errors| {
        let told = errors.0.iter().map(|error| Wrong::Definition(error.to_string()));
        told.collect()
    })
}

/// The same without what comes after: how many belong.
pub(super) fn without_outcomes(definition: &Definition) -> Definition {
    Definition { follow_up: None, outcomes: Vec::new(), ..definition.clone() }
}

/// What is wrong, as the page tells it.
pub(super) fn wrong_of(problem: &Problem) -> Vec<Wrong> {
    match problem.code() {
        Code::VersionConflict => vec![Wrong::Field("cohort-wrong-version")],
        Code::TooManyRuns => vec![Wrong::Field("cohort-wrong-many")],
        _ => problem.faults().iter().map(wrong).collect(),
    }
}

fn wrong(fault: &api::Fault) -> Wrong {
    Wrong::Field(match fault.code.as_str() {
        "bad-date" | "in-the-future" => "cohort-wrong-date",
        "purpose-required" | "contradiction" => "cohort-wrong-purpose",
        "bad-reason" => "cohort-wrong-reason",
        "names-somebody" => "cohort-wrong-cpr",
        "too-long" => "cohort-wrong-long",
        "bad-name" => "cohort-wrong-name",
        _ => {
            let place = fault.pointer.as_deref().unwrap_or_default();
            return Wrong::Definition(format!("{place} {}", fault.detail).trim().to_owned());
        }
    })
}

/// A number in a field; `None` if there is none.
fn number<T: std::str::FromStr>(form: &Form, name: &str) -> Result<Option<T>, Vec<Wrong>> {
    match form.get(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| vec![Wrong::Field("cohort-wrong-number")]),
    }
}

/// The values of a field that may be ticked more than once.
fn ticked<'f>(form: &'f Form, name: &str) -> Vec<&'f str> {
    form.fields().filter(|(field, _)| *field == name).map(|(_, value)| value).collect()
}

/// The definition that the fields come to.
pub(super) fn of_fields(form: &Form, words: Words) -> Result<Definition, Vec<Wrong>> {
    let index = form.get("index").parse();
    let index = index.map_err(|_| vec![Wrong::Field("cohort-wrong-index")])?;
    let mut who = Vec::new();
    let mut alike = Vec::new();
    let step = |key: &str, is: Condition| Step { name: words.t(key), is };
    let age = Age { from: number(form, "age_from")?, to: number(form, "age_to")? };
    if age.from.is_some() || age.to.is_some() {
        alike.push(step("cohort-age", Condition::Age(age)));
    }
    let sexes: Vec<Sex> = [Sex::Female, Sex::Male, Sex::Other]
        .into_iter()
        .filter(|sex| ticked(form, "sex").contains(&sex.name()))
        .collect();
    if !sexes.is_empty() {
        alike.push(step("cohort-sex", Condition::Sex(sexes)));
    }
    who.extend(alike.iter().cloned());
    let asked = ticked(form, "programme");
    let programmes = PROGRAMMES.iter().filter(|(_, code, ..)| asked.contains(code));
    let programmes: Vec<_> = programmes.map(|(programme, ..)| *programme).collect();
    if !programmes.is_empty() {
        who.push(step("cohort-programme", Condition::Programme(programmes)));
    }
    if let Some(days) = number(form, "enrolled")? {
        let days = Times { from: Some(days), to: None };
        let enrolled = Enrolled { programme: Vec::new(), days };
        who.push(step("cohort-enrolled", Condition::Enrolled(enrolled)));
    }
    let codes = form.get("diagnosis").split([' ', ',', ';']).filter(|code| !code.is_empty());
    let codes: Vec<String> = codes.map(str::to_uppercase).collect();
    if !codes.is_empty() {
        who.push(step("cohort-diagnosis", had(Event::Diagnosis(codes), None)));
    }
    let acute = || Event::Admission(Admission { acute: Some(true), ..Admission::default() });
    if let Some(days) = number::<i32>(form, "admitted")? {
        who.push(step("cohort-admitted", had(acute(), Some(days))));
    }
    let follow_up = number(form, "follow_up")?.map(|days| FollowUp { days, while_enrolled: false });
    let red = AlertEvent { severity: vec![Level::Red], ..AlertEvent::default() };
    let all = [
        ("acute_admission", acute()),
        ("red_alert", Event::Alert(red)),
        ("death", Event::Death(Nothing {})),
    ];
    let wanted = ticked(form, "outcome");
    let outcomes = all.into_iter().filter(|(name, _)| follow_up.is_some() && wanted.contains(name));
    let outcomes = outcomes.map(|(name, what)| Outcome { name: name.to_owned(), what });
    let name = match form.get("name") {
        "" => "cohort".to_owned(),
        name => name.to_owned(),
    };
    let others = form.get("comparison") == "others";
    Ok(Definition {
        name,
        version: "1".to_owned(),
        description: String::new(),
        index: Index::Date(index),
        who,
        follow_up,
        outcomes: outcomes.collect(),
        comparison: others.then_some(Comparison { index: None, who: alike }),
    })
}

/// Once or more in the last so many days before the index day; ever if it is not said.
fn had(what: Event, days: Option<i32>) -> Condition {
    let within = Window { from: days.map(|days| -days.abs()), to: None };
    Condition::Had(Had { what, within, times: Times::default() })
}
