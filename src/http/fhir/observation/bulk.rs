//! What exports in bulk need to know of readings.

use super::query::{self, Context};
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::Outcome;
use crate::http::fhir::params::pairs;
use crate::store::search::ObservationQuery;

/// A search as an export filters by it: every parameter has to be known. `None` if nothing can match.
pub(in crate::http::fhir) async fn asked(
    caller: &Caller,
    text: &str,
    now: Micros,
) -> Result<Option<ObservationQuery>, Outcome> {
    let store = &caller.municipality().store;
    let (base, zone) = (caller.base(), store.zone());
    let context = Context { base, zone, now, strict: true, also: &[] };
    query::parse(&pairs(text), context)?.resolve(store, caller).await
}
