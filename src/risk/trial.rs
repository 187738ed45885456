//! A pilot from the store: a cohort and its comparison group as the input of a report.
//!
//! The groups come from [`cohorts`](crate::cohorts), stays from Encounters as known now, and the five bottom
//! lines from readings and alerts. What the store does not know is asked for, and not measured if nobody
//! has said it.

mod alike;
mod lines;
mod setup;

use std::collections::BTreeMap;

use pulsvagt_analytics::cohort::disclosure::{Count, Release};
use pulsvagt_analytics::cohort::{Answer, Definition};
use pulsvagt_analytics::pilot::report::{Input, Rule};
use pulsvagt_analytics::pilot::stays::{Member, citizens, series};

use super::home::courses;
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::screening::Knowing;
use crate::store::{Store, StoreError};

pub use setup::{Coded, Known, Said, Setup};

/// Citizens that are read at a time.
const TOGETHER: usize = 100;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The database, or a stored row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cohort has nobody to compare with.
    #[error("the cohort has no comparison group: a pilot is told by comparing")]
    NoComparison,
    /// A group whose size may not be told.
    #[error("the {0} is too small, or too like one that was told of before, to be told of")]
    TooSmall(String),
    /// The answer is not one of this version.
    #[error("the cohort's table cannot be read")]
    Answer,
    /// A code without a system.
    #[error("{0} is not system|code")]
    Code(String),
}

/// Whether the sizes of both groups may be told, as disclosure control has it.
///
/// # Errors
/// If not, or if there is only one group.
pub fn may_tell(definition: &Definition, release: &Release) -> Result<(), TrialError> {
    if definition.comparison.is_none() {
        return Err(TrialError::NoComparison);
    }
    let hidden = release.groups.iter().find(|it| !matches!(it.members, Count::Told(_)));
    hidden.map_or(Ok(()), |group| Err(TrialError::TooSmall(group.name.to_owned())))
}

/// The members of both groups with their stays and what they are matched by, by citizen. Who has no known age is left out and counted.
///
/// # Errors
/// When the database does not answer, the answer cannot be read, or the set-up names a code without a
/// system.
pub async fn members(
    store: &Store,
    setup: &Setup,
    answer: &Answer,
    now: Micros,
) -> Result<(BTreeMap<CitizenNo, Member>, usize), TrialError> {
    let known = answer.members().ok_or(TrialError::Answer)?;
    let numbers: Vec<CitizenNo> =
        known.iter().map(|it| CitizenNo(it.citizen.cast_signed())).collect();
    let (mut found, mut ageless) = (BTreeMap::new(), 0);
    for (some, these) in known.chunks(TOGETHER).zip(numbers.chunks(TOGETHER)) {
        let mut courses = courses(store, these, now, Knowing::Received).await?;
        for (member, citizen) in some.iter().zip(these) {
            let (Some(age), Some(course)) = (member.age, courses.remove(citizen)) else {
                ageless += 1;
                continue;
            };
            let member = Member {
                treated: member.of_cohort,
                index: member.index,
                stays: course.stays,
                died: course.died,
                last: course.last,
                age: f64::from(age),
                woman: member.woman == Some(true),
                more: BTreeMap::new(),
            };
            found.insert(*citizen, member);
        }
    }
    alike::add(store, setup, &mut found, now).await?;
    Ok((found, ageless))
}

/// The input of the report.
///
/// # Errors
/// When the database does not answer.
pub async fn input(
    store: &Store,
    setup: &Setup,
    members: &BTreeMap<CitizenNo, Member>,
) -> Result<Input, TrialError> {
    let all: Vec<Member> = members.values().cloned().collect();
    Ok(Input {
        title: setup.title.clone(),
        outcome: "Unplanned admissions".to_owned(),
        period: setup.period.clone(),
        citizens: citizens(&all, setup.lengths),
        series: Some(series(&all, setup.lengths)),
        municipalities: Vec::new(),
        indicators: lines::indicators(store, setup, members).await?,
        rule: Rule { worthwhile: setup.worthwhile },
    })
}
