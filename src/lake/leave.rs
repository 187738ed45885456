//! What citizens let a lake have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use pulsvagt_analytics::Signal;

use crate::audit::Purpose;
use crate::clock::Micros;
use crate::consent::Denials;
use crate::ids::CitizenNo;
use crate::store::{Store, StoreError};

/// What is stored was made for it, so what is denied to it is in no table.
const CARE: &str = "TREAT";

/// What citizens let it have.
pub(super) struct Leave {
    /// Those who deny the lake's purpose any of their data: what is denied would count as not having
    /// happened.
    without: BTreeSet<CitizenNo>,
    /// What others deny to those who look after them.
    denials: Denials,
    /// What readings of each signal are.
    categories: BTreeMap<Signal, BTreeSet<&'static str>>,
}

impl Leave {
    pub(super) async fn of(
        store: &Store,
        purpose: Purpose,
        now: Micros,
    ) -> Result<Self, StoreError> {
        let denied = store.denials(purpose.as_str(), now).await?;
        Ok(Self {
            without: denied.iter().flat_map(|(_, citizens)| citizens).copied().collect(),
            denials: store.denials(CARE, now).await?,
            categories: store.lake_categories().await?,
        })
    }

    /// It as a text that changes when it does.
    pub(super) fn text(&self, purpose: Purpose) -> String {
        let mut text = format!("{} without {:?}", purpose.as_str(), self.without);
        for (category, citizens) in self.denials.iter() {
            // Writing into memory does not fail.
            let _ = write!(text, " {category}:{citizens:?}");
        }
        text
    }

    /// Whether anything of the citizen may be in it.
    pub(super) fn allows(&self, citizen: CitizenNo) -> bool {
        !self.without.contains(&citizen)
    }

    /// Whether resources of that type may.
    pub(super) fn allows_resource(&self, kind: &str, citizen: CitizenNo) -> bool {
        self.denials.allows(kind, citizen)
    }

    /// Whether summaries of a signal may. One does not tell which readings it was made of, so it is
    /// enough that some of that signal are of a category that is denied. Those of days whose readings
    /// are gone were not made anew when it was.
    pub(super) fn allows_summary(&self, signal: Signal, citizen: CitizenNo) -> bool {
        if !self.denials.denies_readings(citizen) {
            return true;
        }
        let categories = self.categories.get(&signal);
        categories.is_some_and(|all| all.iter().all(|it| self.denials.allows(it, citizen)))
    }

    /// Whether an alert that was opened then may: it tells what was found in readings, also those that
    /// have been denied since.
    pub(super) fn allows_alert(&self, citizen: CitizenNo, opened: Micros) -> bool {
        !self.denials.is_older(citizen, opened)
    }
}
