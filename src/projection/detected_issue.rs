//! `DetectedIssue`: trouble with measuring, kept apart from trouble with the citizen: silence,
//! readings that cannot be right, screening that is behind.

use serde_json::json;

use super::json::{alert_identifier, citizen, coding, moment, references, software};
use super::words::{TROUBLE, outcome_concept};
use super::{Case, Projected};
use crate::clock::Micros;
use crate::triage::{Level, State};

/// The id of the issue that screening of the municipality is behind.
pub const BEHIND: &str = "screening-behind";

/// The technical side of an alert, if it has one.
pub(super) fn of(case: &Case<'_>) -> Option<Projected> {
    let alert = case.alert;
    if !case.is_technical() || alert.state == State::Pending {
        return None;
    }
    let id = case.id();
    let readings: Vec<String> = case.readings.values().flatten().cloned().collect();
    let trouble = match alert.problem.as_str() {
        "data-quality" => coding(TROUBLE, "implausible-data", "Readings that cannot be right"),
        _ if case.is_silence() => coding(TROUBLE, "silence", "Measurements stay away"),
        _ => coding(TROUBLE, "technical", "Technical"),
    };
    let detail: Vec<&str> = alert.findings.iter().map(|finding| finding.text.da.as_str()).collect();
    let resource = json!({
        "resourceType": "DetectedIssue",
        "id": id,
        "identifier": alert_identifier(&id),
        "status": if alert.is_open() { "preliminary" } else { "final" },
        "code": {"coding": [trouble]},
        "severity": match alert.level {
            Level::Red => "high",
            Level::Yellow | Level::Blue => "moderate",
            Level::Green => "low",
        },
        "patient": citizen(case.citizen),
        "identifiedDateTime": moment(alert.opened),
        "author": software(),
        "implicated": references(&readings),
        "detail": detail.join("\n"),
        "mitigation": alert.closing.iter().map(|closing| json!({
            "action": outcome_concept(closing.outcome),
            "date": moment(closing.at)
        })).collect::<Vec<_>>()
    });
    Some(Projected::new("DetectedIssue", id, resource))
}

/// That screening of the whole municipality has been behind, for so many citizens when that was
/// found, until it caught up. What the worklist does not show then may still be there.
pub fn behind(since: Micros, citizens: Option<u64>, over: Option<Micros>) -> Projected {
    let whom = citizens.map_or_else(String::new, |citizens| format!(" for {citizens} borgere"));
    let detail = match over {
        None => {
            format!("Screening er bagud{whom}. En tom arbejdsliste betyder ikke, at der intet er.")
        }
        Some(_) => "Screening var bagud og er ajour igen.".to_owned(),
    };
    let resource = json!({
        "resourceType": "DetectedIssue",
        "id": BEHIND,
        "status": if over.is_some() { "final" } else { "preliminary" },
        "code": {"coding": [coding(TROUBLE, BEHIND, "Screening is behind")]},
        "severity": "high",
        "identifiedPeriod": {"start": moment(since), "end": over.map(moment)},
        "author": software(),
        "detail": detail
    });
    Projected::new("DetectedIssue", BEHIND.to_owned(), resource)
}
