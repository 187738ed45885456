//! Plans: checked, and told as FHIR.
//!
//! A plan ([`pulsvagt_analytics::Plan`]) has two doors, `/api/citizens/{id}/plan` and the CarePlan
//! of the citizen, and both show the same. All of it is pure but [`agree()`], which stores a plan of
//! the one door so that it shows at the other.
//!
//! A CarePlan is a plan of ours if one of its categories is of the code system
//! [`codes::PROGRAMME`], and in force while its status is `active` and its intent `plan`:
//!
//! | plan | CarePlan |
//! |---|---|
//! | programmes | `category.coding` of [`codes::PROGRAMME`] |
//! | cadence | `activity.detail`: `code` (a signal or a code of its measure), `scheduledTiming.repeat` |
//! | cadence, from | `scheduledTiming.repeat.boundsPeriod.start` |
//! | cadence, safety critical | extension [`codes::SAFETY_CRITICAL`] of `activity.detail` |
//! | limits | `goal`, contained or not: `target.measure` of [`codes::THRESHOLD`], `target.detailQuantity` |
//! | scale of SpO2, oxygen, baselines | extensions [`codes::SPO2_SCALE`], [`codes::OXYGEN`], [`codes::BASELINE`] |

mod agree;
mod changes;
mod check;
pub mod codes;
mod goals;
mod read;
pub mod standard;
mod timing;
mod write;

#[cfg(test)]
mod tests;

pub use agree::{Agreement, agree};
pub use changes::{Change, changes};
pub use check::{Wrong, check};
pub use read::{FhirPlan, GoalElsewhere, Setting, elsewhere, is_in_force, is_ours, read};
pub use write::care_plan;
