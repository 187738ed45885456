//! Task: the piece of work. One for each alert; its status follows what the nurses do.

use serde_json::{Value, json};

use super::json::{alert_identifier, citizen, coding, moment, person, reference, software};
use super::words::{
    FUT_TASK, PART, STATE, handed_to, outcome_concept, problem_concept, state as called,
};
use super::{Case, Projected};
use crate::triage::{Actor, EscalateTo, Level, State, Verb};

/// The Task of an alert.
pub(super) fn of(case: &Case<'_>) -> Projected {
    let alert = case.alert;
    let id = case.id();
    let state = called(alert.state);
    let reason = alert.parked.as_ref().and_then(|parked| parked.reason.as_deref());
    let resource = json!({
        "resourceType": "Task",
        "id": id,
        "identifier": alert_identifier(&id),
        "partOf": alert.reopened_from.map(|before| vec![reference("Task", &before.to_string())]),
        "status": status(alert.state),
        "statusReason": reason.map(|reason| json!({"text": reason})),
        "businessStatus": {
            "coding": [coding(STATE, alert.state.as_str(), state.en)],
            "text": state.da
        },
        "intent": "order",
        "priority": priority(case),
        "code": {"coding": [category(case)]},
        "description": case.leading().map(|finding| &finding.text.da),
        "focus": (alert.state != State::Pending).then(|| reference("Flag", &id)),
        "for": citizen(case.citizen),
        "executionPeriod": {
            "start": moment(alert.opened),
            "end": alert.closing.as_ref().map(|closing| moment(closing.at))
        },
        "authoredOn": moment(alert.opened),
        "lastModified": moment(alert.updated),
        "requester": software(),
        "owner": owner(case),
        "reasonCode": problem_concept(&alert.problem),
        "restriction": {"period": {"end": moment(alert.due)}},
        "note": notes(case),
        "input": inputs(case),
        "output": alert.closing.iter().map(|closing| {
            let outcome = outcome_concept(closing.outcome);
            part("outcome", "What came of it", "valueCodeableConcept", &outcome)
        }).collect::<Vec<_>>()
    });
    Projected::new("Task", id, resource)
}

fn status(state: State) -> &'static str {
    match state {
        State::Pending => "draft",
        State::New => "requested",
        State::Claimed => "accepted",
        State::Escalated => "in-progress",
        State::Waiting | State::Snoozed => "on-hold",
        State::Closed => "completed",
    }
}

/// Whom it was handed on to, while it is.
fn asked<'a>(case: &Case<'a>) -> Option<&'a EscalateTo> {
    let parked = case.alert.parked.as_ref()?;
    parked.to.as_ref().filter(|_| case.alert.state == State::Escalated)
}

/// As the national infrastructure maps colours; what went to 112 cannot wait.
fn priority(case: &Case<'_>) -> &'static str {
    match case.alert.level {
        _ if asked(case) == Some(&EscalateTo::Emergency) => "stat",
        Level::Red => "asap",
        Level::Yellow => "urgent",
        Level::Blue | Level::Green => "routine",
    }
}

fn category(case: &Case<'_>) -> Value {
    if case.is_silence() {
        coding(
            FUT_TASK,
            "MissingMeasurementResolving",
            "Need resolving of why scheduled measurement has not been submitted",
        )
    } else {
        json!({"system": FUT_TASK, "code": "MeasurementForAssessment"})
    }
}

/// Whom it was handed on to, else who has it.
fn owner(case: &Case<'_>) -> Option<Value> {
    let someone = |actor: &Actor| person(&actor.id);
    match asked(case) {
        Some(to) => Some(json!({"type": "HealthcareService", "display": handed_to(to)})),
        None => case.alert.holder.as_ref().map(someone),
    }
}

/// What people wrote, oldest first.
fn notes(case: &Case<'_>) -> Vec<Value> {
    case.events
        .iter()
        .filter(|event| matches!(event.verb, Verb::Note | Verb::Close))
        .filter_map(|event| Some((event, event.by.as_ref()?, event.text.as_ref()?)))
        .map(|(event, by, text)| {
            json!({"authorReference": person(&by.id), "time": moment(event.at), "text": text})
        })
        .collect()
}

fn inputs(case: &Case<'_>) -> Vec<Value> {
    let mut inputs = Vec::new();
    if let Some(impression) = case.impression() {
        let impression = reference("ClinicalImpression", &impression);
        inputs.push(part("impression", "What triage found", "valueReference", &impression));
    }
    for finding in case.findings() {
        let text = json!(format!("{}: {}", finding.rule, finding.text.da));
        inputs.push(part("finding", "Why", "valueString", &text));
    }
    inputs
}

fn part(code: &str, display: &str, value: &str, content: &Value) -> Value {
    json!({"type": {"coding": [coding(PART, code, display)]}, value: content})
}
