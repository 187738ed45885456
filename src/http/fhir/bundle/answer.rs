//! The Bundle that answers.

use std::fmt::Write;

use axum::http::StatusCode;
use pulsvagt_fhir::Issue;
use pulsvagt_fhir::json::push_string;

use super::Mode;
use crate::clock::Micros;
use crate::http::fhir::outcome::{Outcome, push_outcome};

/// What became of one entry.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    /// `Observation/x/_history/1`
    pub(super) location: Option<String>,
    pub(super) version: Option<(u32, Micros)>,
    pub(super) issues: Vec<Issue>,
    /// The JSON of a read.
    pub(super) resource: Option<String>,
}

impl From<Outcome> for Answered {
    fn from(outcome: Outcome) -> Self {
        Self {
            status: outcome.status(),
            location: None,
            version: None,
            issues: outcome.issues().to_vec(),
            resource: None,
        }
    }
}

impl Answered {
    /// A resource that was written, or was there.
    pub(super) fn written(
        status: StatusCode,
        kind: &str,
        id: &str,
        version: u32,
        updated: Micros,
        issues: Vec<Issue>,
    ) -> Self {
        Self {
            status,
            location: Some(format!("{kind}/{id}/_history/{version}")),
            version: Some((version, updated)),
            issues,
            resource: None,
        }
    }
}

/// Writes the answering Bundle.
pub(super) fn bundle(mode: Mode, answers: &[Answered]) -> String {
    let mut out = String::with_capacity(answers.len() * 256 + 128);
    out.push_str("{\"resourceType\":\"Bundle\",\"type\":\"");
    out.push_str(match mode {
        Mode::Batch => "batch-response",
        Mode::Transaction => "transaction-response",
    });
    out.push_str("\",\"entry\":[");
    for (position, answer) in answers.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        out.push('{');
        let failed = answer.status.is_client_error() || answer.status.is_server_error();
        if let Some(resource) = answer.resource.as_ref().filter(|_| !failed) {
            out.push_str("\"resource\":");
            out.push_str(resource);
            out.push(',');
        }
        let reason = answer.status.canonical_reason().unwrap_or("");
        let _ = write!(out, "\"response\":{{\"status\":\"{} {reason}\"", answer.status.as_u16());
        if let Some(location) = &answer.location {
            out.push_str(",\"location\":");
            push_string(&mut out, location);
        }
        if let Some((version, updated)) = answer.version {
            let _ = write!(out, ",\"etag\":\"W/\\\"{version}\\\"\",\"lastModified\":\"{updated}\"");
        }
        if let Some(outcome) = answer.resource.as_ref().filter(|_| failed) {
            out.push_str(",\"outcome\":");
            out.push_str(outcome);
        } else if !answer.issues.is_empty() {
            out.push_str(",\"outcome\":");
            push_outcome(&mut out, &answer.issues);
        }
        out.push_str("}}");
    }
    out.push_str("]}");
    // A Bundle has no empty arrays.
    if answers.is_empty() {
        return out.replace(",\"entry\":[]", "");
    }
    out
}
