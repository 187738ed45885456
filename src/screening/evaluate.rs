//! Subjects → screenings.

use pulsvagt_analytics::{Batch, Day, Pack, Plan, Screening, screen};

use super::ScreeningError;
use super::next::next_time;
use super::packs::Packs;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::plans::PlanInForce;

/// A citizen with everything that the rules look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Who.
    pub citizen: CitizenNo,
    /// The plan, if there is one.
    pub plan: Option<PlanInForce>,
    /// Age, years, if it is known.
    pub age_years: Option<f64>,
    /// The local days with summaries, ascending.
    pub days: Vec<Day>,
}

/// What the rules say of a citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Who.
    pub citizen: CitizenNo,
    /// By the active pack.
    pub screening: Screening,
    /// By each pack in its shadow.
    pub shadows: Vec<Screening>,
    /// When time alone may change it.
    pub next: Option<Micros>,
}

/// Evaluates the packs for citizens as of a moment. `offset`: what their wall clock shows more than
/// UTC at that moment, seconds. What is found for one does not depend on the others.
///
/// # Errors
/// When the columns cannot be computed.
pub fn evaluate(
    subjects: &[Subject],
    as_of: Micros,
    offset: i32,
    packs: &Packs,
) -> Result<Vec<Evaluated>, ScreeningError> {
    let active = by_pack(subjects, as_of, offset, &packs.active)?;
    let mut evaluated: Vec<Evaluated> = subjects
        .iter()
        .zip(active)
        .map(|(subject, screening)| Evaluated {
            citizen: subject.citizen,
            screening,
            shadows: Vec::new(),
            next: next_time(subject, as_of),
        })
        .collect();
    for pack in &packs.shadows {
        let shadows = by_pack(subjects, as_of, offset, pack)?;
        for (evaluated, shadow) in evaluated.iter_mut().zip(shadows) {
            evaluated.shadows.push(shadow);
        }
    }
    Ok(evaluated)
}

fn by_pack(
    subjects: &[Subject],
    as_of: Micros,
    offset: i32,
    pack: &Pack,
) -> Result<Vec<Screening>, ScreeningError> {
    let nothing_agreed = Plan::default();
    let mut batch = Batch::new(pack);
    for subject in subjects {
        let plan = subject.plan.as_ref();
        batch.push(&pulsvagt_analytics::Subject {
            as_of: as_of.0,
            offset,
            plan: plan.map_or(&nothing_agreed, |plan| &plan.plan),
            plan_version: plan.map_or(0, |plan| plan.version),
            plan_since: plan.map_or(0, |plan| plan.since.0),
            age_years: subject.age_years,
            days: &subject.days,
        });
    }
    Ok(screen(batch, pack)?)
}
