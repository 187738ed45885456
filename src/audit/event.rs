//! An entry as a FHIR `AuditEvent`, as the Basic Audit Log Patterns of IHE (BALP 1.1,
//! <https://profiles.ihe.net/ITI/BALP/>) have it for interactions over REST, as far as R4 goes.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::search::Place;
use super::{Entry, Outcome};

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const REST: &str = "http://hl7.org/fhir/restful-interaction";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ROLE: &str = "urn:pulsvagt:role";
const OPERATION: &str = "urn:pulsvagt:operation";
const PURPOSE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";

/// Citizens and resources of one entry that are told of; a gateway's may have thousands.
pub const MOST: usize = 100;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Logical ids of the citizens, by number.
    pub citizens: &'a HashMap<i32, String>,
    /// The municipality, by code and name.
    pub source: (&'a str, &'a str),
    /// What was read of the citizen too: which resources, how many readings.
    pub clinical: bool,
}

/// The interaction as the value set of FHIR has it, where it is one.
fn interaction(entry: &Entry) -> &str {
    let (_, last) = entry.operation.rsplit_once('/').unwrap_or(("", &entry.operation));
    match last {
        "read" | "vread" | "update" | "patch" | "delete" | "history-instance" | "create"
        | "search-type" | "transaction" | "batch" => last,
        _ => "operation",
    }
}

/// C, R, U, D or E (<http://hl7.org/fhir/R4/valueset-audit-event-action.html>).
fn action(entry: &Entry) -> &'static str {
    match interaction(entry) {
        "create" => "C",
        "read" | "vread" | "history-instance" => "R",
        "update" | "patch" => "U",
        "delete" => "D",
        _ if entry.operation.starts_with("get") => "R",
        _ if entry.operation.starts_with("put") => "U",
        _ => "E",
    }
}

/// The resource.
pub fn audit_event(place: Place, entry: &Entry, told: &Told<'_>) -> Value {
    let machine = entry.actor.issuer.is_empty();
    let mut subtype = vec![json!({"system": REST, "code": interaction(entry)})];
    if interaction(entry) == "operation" {
        let code = entry.operation.replace('/', "-");
        subtype.push(json!({"system": OPERATION, "code": code}));
    }
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": place.to_string(),
        "meta": {"versionId": "1", "lastUpdated": entry.at.to_string()},
        "type": {"system": TYPE, "code": "rest", "display": "RESTful Operation"},
        "subtype": subtype,
        "action": action(entry),
        "recorded": entry.at.to_string(),
        "outcome": match entry.outcome {
            Outcome::Success => "0",
            Outcome::Refused => "4",
            Outcome::Failed => "8",
        },
        "purposeOfEvent": [{"coding": [{"system": PURPOSE, "code": entry.purpose}]}],
        "agent": [agent(entry, machine)],
        "source": {
            "site": told.source.1,
            "observer": {
                "identifier": {"system": "urn:pulsvagt:municipality", "value": told.source.0},
                "display": "Pulsvagt",
            },
            "type": [{"system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                      "code": "4"}],
        },
    });
    if entry.status > 0 {
        event["outcomeDesc"] = format!("HTTP {}", entry.status).into();
    }
    let entities = entities(entry, told);
    // An empty list is nothing that FHIR knows.
    if !entities.is_empty() {
        event["entity"] = entities.into();
    }
    event
}

fn agent(entry: &Entry, machine: bool) -> Value {
    let actor = &entry.actor;
    let kind = if machine { "DEV" } else { "IRCP" };
    let coding = if machine {
        json!({"system": DICOM, "code": "110150", "display": "Application"})
    } else {
        json!({"system": PARTICIPATION, "code": kind, "display": "information recipient"})
    };
    let who = if machine {
        json!({"identifier": {"value": actor.subject}})
    } else {
        json!({"identifier": {"system": actor.issuer, "value": actor.subject}})
    };
    let mut agent = json!({
        "type": {"coding": [coding]},
        "role": [{"coding": [{"system": ROLE, "code": actor.role}]}],
        "who": who,
        "requestor": true,
    });
    if let Some(client) = &actor.client {
        agent["altId"] = client.as_str().into();
    }
    if !entry.from.is_empty() {
        agent["network"] = json!({"address": entry.from, "type": "2"});
    }
    agent
}

fn entities(entry: &Entry, told: &Told<'_>) -> Vec<Value> {
    let kind = |code: &str| json!({"system": ENTITY, "code": code});
    let role = |code: &str| json!({"system": ENTITY_ROLE, "code": code});
    let patients = entry.citizens.iter().filter_map(|no| told.citizens.get(no)).take(MOST);
    let mut entities: Vec<Value> = patients
        .map(|id| {
            json!({"what": {"reference": format!("Patient/{id}")},
                   "type": kind("1"), "role": role("1")})
        })
        .collect();
    if told.clinical {
        entities.extend(entry.resources.iter().take(MOST).map(|target| {
            let version = match target.version {
                0 => String::new(),
                version => format!("/_history/{version}"),
            };
            let is_fhir = target.kind.starts_with(|c: char| c.is_ascii_uppercase())
                && !matches!(target.kind.as_str(), "Alert" | "Plan" | "TriagePolicy" | "RulePack")
                && !target.id.starts_with('~');
            let what = if is_fhir {
                json!({"reference": format!("{}/{}{version}", target.kind, target.id)})
            } else {
                let system = format!("urn:pulsvagt:{}", target.kind.to_ascii_lowercase());
                json!({"identifier": {"system": system, "value": target.id}})
            };
            json!({"what": what, "type": kind("2"), "role": role("4")})
        }));
        if entry.readings > 0 {
            let text = entry.readings.to_string();
            entities.push(json!({
                "type": kind("2"), "role": role("4"), "name": "Observations",
                "detail": [{"type": "readings", "valueString": text}],
            }));
        }
    }
    for access in &entry.break_glass {
        entities.push(json!({
            "what": {"identifier": {"system": "urn:pulsvagt:break-glass", "value": access}},
            "type": kind("4"), "name": "Break-glass",
        }));
    }
    if !entry.request.is_empty() {
        entities.push(json!({
            "what": {"identifier": {"system": "urn:pulsvagt:request", "value": entry.request}},
            "type": {"system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                     "code": "XrequestId"},
        }));
    }
    if !entry.parameters.is_empty() {
        entities.push(json!({
            "type": kind("2"), "role": role("24"), "name": "Parameters",
            "detail": [{"type": "names", "valueString": entry.parameters.join(" ")}],
        }));
    }
    entities
}
