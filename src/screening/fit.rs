//! Whether the limits that citizens have of their own go with a rule pack.

use std::collections::BTreeMap;

use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::PlanFault;
use serde::Serialize;

use crate::ids::CitizenNo;
use crate::store::{Store, StoreError};

/// Citizens that are looked at together.
const PAGE: u32 = 1_000;

/// Personal limits that a pack has no use for. They are passed over, and the pack's own count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Misfits {
    /// Citizens with one or more.
    pub citizens: u64,
    /// Limits of a name that the pack does not have, or does not let plans set, by name.
    pub unknown: BTreeMap<String, u64>,
    /// Limits outside what the pack allows, by name.
    #[serde(rename = "outOfRange")]
    pub out_of_range: BTreeMap<String, u64>,
    /// Red limits that are less far out than the yellow one, by name. These count as they are.
    pub contradictions: BTreeMap<String, u64>,
}

impl Misfits {
    /// Of all plans in force.
    ///
    /// # Errors
    /// When the database does.
    pub async fn of(store: &Store, pack: &Pack) -> Result<Self, StoreError> {
        let mut misfits = Self::default();
        let mut after = CitizenNo(i32::MIN);
        loop {
            let page = store.citizens_after(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(misfits) };
            after = *last;
            for in_force in store.plans(&page).await?.into_values() {
                let before = misfits.limits();
                for problem in pack.check_plan(&in_force.plan) {
                    misfits.count(&problem.path, &problem.fault);
                }
                misfits.citizens += u64::from(misfits.limits() > before);
            }
        }
    }

    /// How many limits.
    pub fn limits(&self) -> u64 {
        [&self.unknown, &self.out_of_range, &self.contradictions]
            .iter()
            .flat_map(|counts| counts.values())
            .sum()
    }

    fn count(&mut self, path: &str, fault: &PlanFault) {
        let counts = match fault {
            PlanFault::UnknownLimit { .. } | PlanFault::NotPersonal => &mut self.unknown,
            PlanFault::OutOfRange { .. } => &mut self.out_of_range,
            PlanFault::Contradiction { .. } => &mut self.contradictions,
            // These do not depend on the pack.
            PlanFault::Cadence { .. }
            | PlanFault::CadenceTwice { .. }
            | PlanFault::Baseline { .. } => return,
        };
        let name = path.strip_prefix("limits.").unwrap_or(path);
        *counts.entry(name.to_owned()).or_default() += 1;
    }
}
