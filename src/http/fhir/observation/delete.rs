//! `DELETE /fhir/Observation/{id}`: refused, with the way that is offered.

use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Response};
use pulsvagt_fhir::IssueCode;

use crate::access::Interaction;
use crate::http::Caller;
use crate::http::fhir::Outcome;

/// A reading that somebody may have acted on is never removed.
pub(super) async fn delete(caller: Caller) -> Result<Response, Outcome> {
    caller.require(Interaction::Update, "Observation")?;
    let outcome = Outcome::one(
        StatusCode::METHOD_NOT_ALLOWED,
        IssueCode::NotSupported,
        "delete-refused",
        "readings are not deleted, since somebody may have acted on them; PUT the reading with \
         status entered-in-error, and it is never scored again",
    );
    Ok(([(ALLOW, "GET, HEAD, PUT")], outcome).into_response())
}
