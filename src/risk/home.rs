//! Citizens of a municipality as rows of risk models.
//!
//! What is known before an index day, and what came of it, is decided in
//! [`pulsvagt_analytics::risk::home`]; here it is read from the store. Scoring at night reads the same
//! rows by the same code, without what came after.

mod known;

use std::collections::BTreeMap;

use jiff::{ToSpan, civil};
use pulsvagt_analytics::features::UnknownFeature;
use pulsvagt_analytics::risk::home::{After, Course, Features, Target};
use pulsvagt_analytics::risk::ndjson::cluster;
use pulsvagt_analytics::risk::{Row, Table};

use crate::audit::{Block, Entry, Purpose};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::screening::Knowing;
use crate::store::{Store, StoreError};

pub use known::{Known, Looked, known};
pub(super) use known::{courses, ended, local, parse, said, since, turns};

/// Citizens that are in memory at a time.
const TOGETHER: u32 = 32;

/// Why there are no rows of a municipality.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The database, or a stored row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A feature that there is none of.
    #[error(transparent)]
    Feature(#[from] UnknownFeature),
    /// A day outside the calendar, or none at all.
    #[error("{0}")]
    Days(&'static str),
}

/// What rows are asked for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What is looked at.
    pub features: &'a Features,
    /// What is predicted.
    pub target: Target,
    /// The first index day.
    pub first: civil::Date,
    /// The last index day at the latest.
    pub last: civil::Date,
    /// Days from one index day to the next.
    pub every: u32,
    /// When readings and stays count as known.
    pub knowing: Knowing,
    /// Outcomes are those known at this moment.
    pub as_of: Micros,
    /// What for. There are no rows of whoever denies anything for it.
    pub purpose: Purpose,
}

/// Citizens on index days that there is no row of, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Not enrolled in anything, not known yet, or dead.
    pub not_enrolled: u64,
    /// In hospital as the day began.
    pub in_hospital: u64,
    /// The data, the life or the enrolment ended before the horizon, without the outcome.
    pub censored: u64,
}

/// Rows of a municipality. They are about citizens and must not leave the machine by themselves.
#[derive(Debug)]
pub struct Rows {
    /// The rows, by index day and citizen.
    pub table: Table,
    /// What tells citizens apart in a file of the rows, row by row.
    pub citizens: Vec<String>,
    /// What there is no row of.
    pub left_out: LeftOut,
}

/// Makes the rows of everybody but those whose data must not be processed, or who deny it. `seen` is told how many
/// citizens were read.
///
/// # Errors
/// When the database does not answer, or there is no index day.
pub async fn rows(
    store: &Store,
    wanted: &Wanted<'_>,
    seen: impl Fn(u64) + Send,
) -> Result<Rows, HomeError> {
    let days = index_days(wanted)?;
    let mut found: Vec<(i32, CitizenNo, Row)> = Vec::new();
    let mut left_out = LeftOut::default();
    let denied = store.denials(wanted.purpose.as_str(), wanted.as_of).await?.anybody();
    let mut after = CitizenNo(i32::MIN);
    loop {
        let mut citizens = store.citizens_after(after, TOGETHER).await?;
        let Some(newest) = citizens.last() else { break };
        after = *newest;
        citizens.retain(|citizen| !denied.contains(citizen));
        let courses = courses(store, &citizens, wanted.as_of, wanted.knowing).await?;
        let mut begun = BTreeMap::new();
        for day in &days {
            let looked = known(
                store,
                wanted.features,
                &citizens,
                *day,
                wanted.as_of,
                wanted.knowing,
                &mut begun,
            )
            .await?;
            for (citizen, looked) in looked {
                let known = match looked {
                    Looked::Home(known) => known,
                    Looked::InHospital => {
                        left_out.in_hospital += 1;
                        continue;
                    }
                    Looked::NotEnrolled => {
                        left_out.not_enrolled += 1;
                        continue;
                    }
                };
                let Some(course) = courses.get(&citizen) else { continue };
                let course = Course {
                    stays: &course.stays,
                    died: course.died,
                    left: course.left_after(known.day),
                    last: course.last,
                };
                let lead = match course.after(wanted.target, known.day) {
                    After::Case(lead) => Some(lead),
                    After::Free => None,
                    After::Censored => {
                        left_out.censored += 1;
                        continue;
                    }
                };
                found.push((known.day, citizen, row(store, wanted, citizen, known, lead)));
            }
        }
        seen(u64::try_from(citizens.len()).unwrap_or(0));
    }
    found.sort_by_key(|(day, citizen, _)| (*day, *citizen));
    let citizens = found.iter().map(|(_, citizen, _)| pseudonym(store, *citizen)).collect();
    let rows = found.into_iter().map(|(_, _, row)| row).collect();
    let table = Table { features: wanted.features.names().to_vec(), rows };
    Ok(Rows { table, citizens, left_out })
}

/// Notes that rows about citizens were made, by whom and what for.
///
/// # Errors
/// When the database does not answer.
pub async fn record(
    store: &Store,
    actor: &str,
    purpose: Purpose,
    table: &Table,
    now: Micros,
) -> Result<(), StoreError> {
    let mut entry = Entry::of_actor(actor, "operator", "risk-rows", now);
    purpose.as_str().clone_into(&mut entry.purpose);
    let tx = store.begin().await?;
    tx.commit(&Block::of(entry.with("RiskRows", &table.hash(), 0))).await
}

fn index_days(wanted: &Wanted<'_>) -> Result<Vec<civil::Date>, HomeError> {
    let mut days = Vec::new();
    let mut day = wanted.first;
    while day <= wanted.last {
        days.push(day);
        let step = i64::from(wanted.every.max(1)).days();
        day = day.checked_add(step).map_err(|_| HomeError::Days("there is no calendar so far"))?;
    }
    if days.is_empty() {
        return Err(HomeError::Days("there is no index day: the first lies after the last"));
    }
    Ok(days)
}

/// What stands for a citizen in files of rows.
pub(super) fn pseudonym(store: &Store, citizen: CitizenNo) -> String {
    let name = format!("{}-{}", store.code(), citizen.0);
    format!("{:016x}", cluster(&name))
}

fn row(
    store: &Store,
    wanted: &Wanted<'_>,
    citizen: CitizenNo,
    known: Known,
    lead: Option<i32>,
) -> Row {
    Row {
        cluster: cluster(&pseudonym(store, citizen)),
        municipality: store.code().as_str().to_owned(),
        period: i64::from(known.day),
        weeks: f64::from(wanted.every) / 7.0,
        case: lead.is_some(),
        lead_days: lead.map(f64::from),
        groups: groups(known.woman, known.age),
        values: known.values,
    }
}

/// The groups that models are compared in.
pub(super) fn groups(woman: Option<bool>, age: Option<f64>) -> BTreeMap<String, String> {
    let sex = match woman {
        Some(true) => "woman",
        Some(false) => "man",
        None => "not known",
    };
    let age = match age {
        Some(age) if age < 65.0 => "below 65",
        Some(age) if age < 80.0 => "65 to 79",
        Some(_) => "80 and above",
        None => "not known",
    };
    let groups = [("sex", sex), ("age", age)];
    BTreeMap::from(groups.map(|(of, is)| (of.to_owned(), is.to_owned())))
}
