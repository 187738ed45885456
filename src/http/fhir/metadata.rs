//! `GET /fhir/metadata`: what this server can do, and nothing else. A test asks for every
//! interaction that is listed, and for those that are not.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Outcome, audit_event, observation, reply, resource};
use crate::access::policy::{is_read_only, resource_types};
use crate::app::App;
use crate::store::resources::Documented;

/// The `CapabilityStatement`. Open to everybody: clients read it before they have a token.
pub(super) async fn get(State(app): State<App>, parts: Parts) -> Result<Response, Outcome> {
    let base = crate::http::base(&parts, &app);
    Ok(reply::ok(statement(&base).to_string()))
}

/// Where the operations of Bulk Data Access are defined.
const BULK: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";

/// Where the operation of SQL on FHIR is defined.
const VIEW: &str = "http://sql-on-fhir.org/OperationDefinition/$viewdefinition-run";

fn statement(base: &str) -> Value {
    let resources: Vec<Value> = resource_types()
        .map(|kind| match kind {
            "Observation" => observation(),
            "AuditEvent" => audit_event(),
            _ if is_read_only(kind) => made_here(kind),
            _ => other(kind),
        })
        .collect();
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-21",
        "kind": "instance",
        "software": {"name": "Pulsvagt", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {
            "description": "Remote patient monitoring for one municipality",
            "url": base
        },
        "fhirVersion": "4.0.1",
        "instantiates": ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "security": {
                "service": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "SMART-on-FHIR"
                }]}],
                "description": format!("Bearer JWT of a configured issuer, or of this server for \
                    registered systems (SMART Backend Services). It names the municipality, the \
                    role, the scopes and, for a citizen's own app, the citizen. What is offered: \
                    {base}/.well-known/smart-configuration")
            },
            "resource": resources,
            "interaction": [{"code": "batch"}, {"code": "transaction"}],
            "operation": [
                {"name": "export", "definition": format!("{BULK}/export")},
                {"name": "viewdefinition-run", "definition": VIEW, "documentation": "Of an inline \
                    ViewDefinition, as json, ndjson or csv; with patient, group, _since and _limit."}
            ]
        }]
    })
}

fn observation() -> Value {
    json!({
        "type": "Observation",
        "documentation": "The id is derived from citizen, code, time, device and content, so the \
            same reading always has the same id. Readings are never deleted: mark them \
            entered-in-error. POST with application/fhir+ndjson takes any number of readings, one a \
            line, and answers with a receipt for each.",
        "interaction": codes(&["create", "read", "vread", "update", "history-instance", "search-type"]),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": false,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "logical", "resolves"],
        "searchInclude": ["Observation:patient", "Observation:subject", "Observation:device"],
        "searchParam": parameters(observation::SEARCH_PARAMS),
        "operation": [
            {"name": "lastn",
             "definition": "http://hl7.org/fhir/OperationDefinition/Observation-lastn"},
            {"name": "stats",
             "definition": "http://hl7.org/fhir/OperationDefinition/Observation-stats"}
        ]
    })
}

fn audit_event() -> Value {
    json!({
        "type": "AuditEvent",
        "documentation": "Made by the server of its chain of audit entries, newest first. Readings \
            that came or went in crowds are counted, and found by entity.",
        "interaction": codes(&["read", "search-type"]),
        "versioning": "no-version",
        "searchParam": parameters(audit_event::SEARCH_PARAMS)
    })
}

fn made_here(kind: &str) -> Value {
    json!({
        "type": kind,
        "documentation": "Made by the server from triage, in the transaction in which an alert \
            changes. Nobody else writes it: what nurses do goes through /api.",
        "interaction": codes(&["read", "vread", "history-instance", "search-type"]),
        "versioning": "versioned",
        "readHistory": true,
        "conditionalRead": "full-support",
        "searchParam": parameters(parameters_of(kind))
    })
}

fn parameters_of(kind: &str) -> &'static [Documented] {
    resource::SEARCH_PARAMS
        .iter()
        .find(|(listed, _)| *listed == kind)
        .map_or(&[], |(_, parameters)| parameters)
}

fn other(kind: &str) -> Value {
    let mut other = json!({
        "type": kind,
        "interaction": codes(&["create", "read", "vread", "update", "history-instance", "search-type"]),
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "full-support",
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "searchParam": parameters(parameters_of(kind))
    });
    let export = match kind {
        "Patient" => "patient-export",
        "Group" => "group-export",
        _ => return other,
    };
    other["operation"] = json!([{"name": "export", "definition": format!("{BULK}/{export}")}]);
    other
}

fn codes(codes: &[&str]) -> Value {
    codes.iter().map(|code| json!({"code": code})).collect()
}

fn parameters(parameters: &[(&str, &str, &str)]) -> Value {
    parameters
        .iter()
        .map(|(name, kind, text)| json!({"name": name, "type": kind, "documentation": text}))
        .collect()
}
