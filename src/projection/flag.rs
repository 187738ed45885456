//! Flag: what to be aware of. One for each alert, from when it is the nurses' to when it is closed.

use serde_json::{Value, json};

use super::json::{alert_identifier, citizen, coding, moment, reference, software};
use super::words::{PROBLEM, RULE, level_coding, problem};
use super::{Case, Projected};
use crate::triage::{Level, State};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/flag-category";
const PRIORITY: &str = "http://hl7.org/fhir/flag-priority-code";

/// The Flag of an alert. There is none while a second measurement is awaited: nobody is to be
/// troubled by what that may settle.
pub(super) fn of(case: &Case<'_>) -> Option<Projected> {
    let alert = case.alert;
    if alert.state == State::Pending {
        return None;
    }
    let id = case.id();
    let category = if case.is_technical() {
        coding(CATEGORY, "admin", "Administrative")
    } else {
        coding(CATEGORY, "clinical", "Clinical")
    };
    let mut extensions = vec![json!({
        "url": "http://hl7.org/fhir/StructureDefinition/flag-priority",
        "valueCodeableConcept": {"coding": [priority(alert.level)]}
    })];
    extensions.extend(case.impression().map(|impression| {
        json!({
            "url": "http://hl7.org/fhir/StructureDefinition/flag-detail",
            "valueReference": reference("ClinicalImpression", &impression)
        })
    }));
    let name = problem(&alert.problem);
    let mut codings = vec![coding(PROBLEM, &alert.problem, name.en)];
    let rules = case.findings().into_iter().map(|finding| &finding.rule);
    codings.extend(rules.map(|rule| json!({"system": RULE, "code": rule})));
    let resource = json!({
        "resourceType": "Flag",
        "id": id,
        "extension": extensions,
        "identifier": alert_identifier(&id),
        "status": if alert.is_open() { "active" } else { "inactive" },
        "category": [{"coding": [category]}, {"coding": [level_coding(alert.level)]}],
        "code": {
            "coding": codings,
            "text": case.leading().map_or(name.da, |finding| &finding.text.da)
        },
        "subject": citizen(case.citizen),
        "period": {
            "start": moment(alert.opened),
            "end": alert.closing.as_ref().map(|closing| moment(closing.at))
        },
        "author": software()
    });
    Some(Projected::new("Flag", id, resource))
}

fn priority(level: Level) -> Value {
    let (code, display) = match level {
        Level::Red => ("PH", "High priority"),
        Level::Yellow => ("PM", "Medium priority"),
        Level::Blue => ("PL", "Low priority"),
        Level::Green => ("PN", "No alarm"),
    };
    coding(PRIORITY, code, display)
}
