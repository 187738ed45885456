//! Observation: the readings.

mod bulk;
mod create;
mod delete;
mod history;
mod lastn;
mod query;
mod read;
mod rule;
mod search;
mod stats;
mod stream;
mod update;

use axum::Router;
use axum::routing::get;
use pulsvagt_fhir::Issue;

pub(super) use bulk::asked;
pub(super) use create::{created, criteria, if_none_exists, warnings_of};
pub(super) use lastn::posted;
pub(super) use query::date;
pub(in crate::http) use rule::{Fix, Ruled, Ruling, is_decimal, quantity, rule_in};
pub(super) use search::{SEARCH_PARAMS, form};
pub(super) use update::update_in;

use super::{Outcome, within};
use crate::access::Interaction;
use crate::app::App;
use crate::http::Caller;
use crate::ids::ObservationKey;
use crate::store::observations::StoredObservation;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/Observation", get(search::get).post(create::create))
        .route("/Observation/_search", axum::routing::post(search::post))
        .route("/Observation/$lastn", get(lastn::get).post(lastn::post))
        .route("/Observation/$stats", get(stats::get).post(stats::post))
        .route("/Observation/{id}", get(read::read).put(update::update).delete(delete::delete))
        .route("/Observation/{id}/_history", get(history::history))
        .route("/Observation/{id}/_history/{version}", get(read::vread))
}

/// The reading of an id, if the caller may know of it.
fn key(caller: &Caller, id: &str) -> Result<ObservationKey, Outcome> {
    caller.municipality().store.sealer().open(id).ok_or_else(Outcome::not_found)
}

/// Whether the caller may do that to the reading; one of another citizen's, or outside the scopes,
/// is as if it did not exist.
fn visible(caller: &Caller, interaction: Interaction, reading: &StoredObservation) -> bool {
    caller.citizen().is_none_or(|own| own == reading.citizen())
        && within::covers_reading(caller, interaction, &reading.shape.facts)
}

/// Refuses a reading that its citizen has denied to the caller, as if there were none.
async fn must_allow(caller: &Caller, reading: &StoredObservation) -> Result<(), Outcome> {
    let denials = caller.denials().await?;
    if denials.allows_reading(&reading.shape.facts, reading.key.citizen) {
        Ok(())
    } else {
        Err(Outcome::not_found())
    }
}

/// The issue that tells of a quarantined reading.
fn quarantine_issue(number: i16, at: &str) -> Option<Issue> {
    let reason = crate::ingest::Quarantine::from_number(number)?;
    Some(Issue::warning(
        pulsvagt_fhir::IssueCode::BusinessRule,
        reason.as_str(),
        at,
        format!("stored, but never scored: {}", reason.explanation()),
    ))
}
