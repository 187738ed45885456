//! FHIR Bulk Data Access: `$export` of everything, of Patients and of a Group
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html>).

mod file;
mod kick;
mod request;
mod status;

use axum::Router;
use axum::routing::get;

use super::{Outcome, observation, resource, shown, within};
use crate::access::{Interaction, policy};
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::store::bulk::ExportJob;

pub(super) use file::{Search, denied, told};
pub(super) use kick::people;
pub(super) use request::{PARAMETERS, is_exported};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/$export", get(kick::system).post(kick::post_system))
        .route("/Patient/$export", get(kick::patients).post(kick::post_patients))
        .route("/Group/{id}/$export", get(kick::group).post(kick::post_group))
        .route("/$export-status/{id}", get(status::get).delete(status::delete))
        .route("/$export-file/{id}/{number}", get(file::get))
}

/// Refuses who may not export in bulk at all.
pub(super) fn may(caller: &Caller) -> Result<(), Outcome> {
    let principal = caller.principal();
    let is_system = principal.client().is_some();
    if policy::may_export(principal.role(), is_system) && caller.citizen().is_none() {
        Ok(())
    } else {
        Err(Outcome::forbidden())
    }
}

/// Refuses a type of which the caller may not read and search.
pub(super) fn may_read(caller: &Caller, kind: &str) -> Result<(), Outcome> {
    caller.require(Interaction::Read, kind)?;
    caller.require(Interaction::Search, kind)
}

/// The export of that id, if it is the caller's.
async fn own(caller: &Caller, id: &str, now: Micros) -> Result<ExportJob, Outcome> {
    may(caller)?;
    let principal = caller.principal();
    let job = caller.municipality().store.export_job(id, now).await?;
    job.filter(|job| {
        job.issuer == principal.issuer()
            && job.subject == principal.subject()
            && job.role == principal.role().as_str()
    })
    .ok_or_else(Outcome::not_found)
}
