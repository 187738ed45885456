//! The rule packs by which alerts are explained.

pub(in crate::http) mod decide;
pub(in crate::http) mod pack;
pub(in crate::http) mod packs;
pub(in crate::http) mod trial;

use std::sync::LazyLock;

use pulsvagt_analytics::Pack;

use super::problem::Problem;
use crate::clock::Micros;
use crate::screening::{PackShelf, Packs};
use crate::store::Store;
use crate::telemetry::chain;

/// Packs that have been read. They are found by the hash of their content and say nothing of
/// anybody, so all municipalities share the shelf.
static SHELF: LazyLock<PackShelf> = LazyLock::new(PackShelf::default);

/// The packs of the municipality that are in force.
pub(super) async fn in_force(store: &Store, now: Micros) -> Result<Packs, Problem> {
    SHELF.in_force(store, now).await.map_err(|error| match error {
        crate::screening::ScreeningError::Store(error) => error.into(),
        other => Problem::internal(chain(&other)),
    })
}

/// The active pack of the municipality.
pub(super) async fn active(store: &Store, now: Micros) -> Result<Pack, Problem> {
    Ok(in_force(store, now).await?.active)
}
