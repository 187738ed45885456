//! From a definition and a world to an answer.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::attrition::{Attrition, Steps};
use super::condition::{Candidate, Plan};
use super::definition::{Condition, Definition, Event, Index, Step};
use super::follow::{self, After, Followed};
use super::world::{Known, World, WorldError};
use super::{Date, ENGINE, event, preventable};
use crate::plan::Programme;

/// What came out. Its JSON and its table are canonical: the same inputs give the same bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The definition's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its [hash](Definition::hash).
    pub definition: String,
    /// Which code made it: [`ENGINE`].
    pub engine: String,
    /// Which [tables of preventable admissions](preventable::version), if any were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<String>,
    /// The last day that the data know of.
    pub last_day: Date,
    /// The cohort, and the comparison group if there is one.
    pub groups: Vec<Group>,
    /// What has to be known to read the numbers.
    pub notices: Vec<Notice>,
    /// One row for each member, by group and citizen: `group` String, `citizen` `UInt32`, `index`
    /// Int32 (days since 1970), `age` Int32? (completed years), `sex` String?, `municipality`
    /// String, `followed` `UInt32` (days), and for each outcome `…_times` `UInt32` (days on which it
    /// happened) and `…_after` `UInt32`? (days from the index day to the first).
    #[serde(skip)]
    pub table: DataFrame,
}

/// A group of citizens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// `cohort` or `comparison`.
    pub name: &'static str,
    /// Who fell out at which step.
    pub attrition: Vec<Attrition>,
    /// Members.
    pub members: u64,
    /// What came after.
    pub outcomes: Vec<Followed>,
    /// The citizens that were left after each step, for disclosure control.
    #[serde(skip)]
    pub sets: Vec<Vec<u32>>,
    /// Members by programme that they were enrolled in on the index day, one after the other by name,
    /// and at last those in none; somebody may be in several.
    #[serde(skip)]
    pub programmes: Vec<(&'static str, Vec<u32>)>,
}

/// What has to be known to read an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A group has no members.
    Nobody {
        /// The group.
        group: String,
    },
    /// No member of a group was followed for a day.
    NoFollowUp {
        /// The group.
        group: String,
    },
    /// The data end before the follow-up of some members does.
    CutShort {
        /// The group.
        group: String,
    },
    /// Something that is asked for is nowhere in the data.
    NowhereInData {
        /// What, such as `diagnosis DJ44`.
        what: String,
    },
    /// What a set of codes does not do.
    Caveat {
        /// The set.
        set: String,
        /// What.
        text: String,
    },
}

impl Notice {
    /// In English, for people.
    pub fn text(&self) -> String {
        match self {
            Self::Nobody { group } => format!("{group}: nobody belongs to it"),
            Self::NoFollowUp { group } => format!("{group}: nobody was followed for even a day"),
            Self::CutShort { group } => {
                format!("{group}: the data end before the follow-up of some members does")
            }
            Self::NowhereInData { what } => format!("{what}: nowhere in the data"),
            Self::Caveat { set, text } => format!("{set}: {text}"),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The frames are not as documented.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The index day is not in the data.
    #[error("the index begins {index}, and the data end {last_day}: there is nobody to follow")]
    Index {
        /// The index day.
        index: Date,
        /// The last day of the data.
        last_day: Date,
    },
    /// Polars failed.
    #[error("the plan cannot be evaluated: {0}")]
    Polars(#[from] polars::error::PolarsError),
}

impl RunError {
    /// Whether it lies in what was asked for, and not in what it was asked of.
    pub const fn is_askers(&self) -> bool {
        matches!(self, Self::Index { .. })
    }
}

/// Makes a cohort from what was known at the end of a day.
///
/// # Errors
/// When the frames are not as documented, or the index lies after the data.
pub fn run(definition: &Definition, world: &World, last_day: Date) -> Result<Answer, RunError> {
    let indices = definition.comparison.iter().filter_map(|it| it.index.as_ref());
    for index in [&definition.index].into_iter().chain(indices) {
        let from = match index {
            Index::Date(date) => *date,
            Index::First(first) => first.from,
        };
        if from > last_day {
            return Err(RunError::Index { index: from, last_day });
        }
    }
    let known = Known::new(world)?;
    let mut notices = nowhere(definition, &known);
    let (last, mut rows) = (last_day.day(), Rows::default());
    let selected = select(&known, &definition.index, &definition.who, last, &[])?;
    let members: Vec<usize> = selected.left.iter().map(|it| it.place).collect();
    let mut groups =
        vec![group("cohort", definition, &known, selected, last, &mut rows, &mut notices)];
    if let Some(comparison) = &definition.comparison {
        let index = comparison.index.as_ref().unwrap_or(&definition.index);
        let selected = select(&known, index, &comparison.who, last, &members)?;
        groups.push(group(
            "comparison",
            definition,
            &known,
            selected,
            last,
            &mut rows,
            &mut notices,
        ));
    }
    notices.sort();
    notices.dedup();
    let uses_tables = notices.iter().any(|it| matches!(it, Notice::Caveat { .. }))
        || events(definition).any(|it| matches!(it, Event::Admission(it) if it.set.is_some()));
    Ok(Answer {
        name: definition.name.clone(),
        version: definition.version.clone(),
        definition: definition.hash(),
        engine: ENGINE.to_owned(),
        tables: uses_tables.then(|| preventable::version().to_owned()),
        last_day,
        groups,
        notices,
        table: rows.table(definition)?,
    })
}

/// Who has an index day and belongs.
fn select(
    known: &Known,
    index: &Index,
    who: &[Step],
    last_day: i32,
    others: &[usize],
) -> Result<Steps<Candidate>, RunError> {
    let everybody = (0..known.citizens.len()).map(|place| Candidate { place, index: i32::MIN });
    let mut steps = Steps::new("citizens", everybody.collect());
    let day = |place: usize| index_day(known, index, place, last_day);
    steps.keep("with an index day", |it| Some(day(it.place).is_some()));
    for candidate in &mut steps.left {
        candidate.index = day(candidate.place).unwrap_or(i32::MIN);
    }
    steps.keep("alive and here on the index day", |it| {
        let citizen = &known.citizens[it.place];
        let ends = [citizen.died, citizen.left];
        Some(ends.into_iter().flatten().all(|end| end >= it.index))
    });
    let mut plan = Plan::default();
    for step in who {
        plan.add(&step.is);
    }
    let candidates = steps.left.clone();
    let said = plan.evaluate(known, &candidates)?;
    let row = |it: &Candidate| candidates.partition_point(|one| one.place < it.place);
    for (step, said) in who.iter().zip(&said) {
        steps.keep(&step.name, |it| said.get(row(it)).copied().flatten());
    }
    if !others.is_empty() {
        steps.keep("not in the cohort", |it| Some(others.binary_search(&it.place).is_err()));
    }
    Ok(steps)
}

fn index_day(known: &Known, index: &Index, place: usize, last_day: i32) -> Option<i32> {
    match index {
        Index::Date(date) => Some(date.day()),
        Index::First(first) => {
            let days = event::days(&first.what, known, &known.citizens[place]);
            event::slice(&days, first.from.day(), first.to.day().min(last_day)).first().copied()
        }
    }
}

/// Follows the members and tells of them.
fn group(
    name: &'static str,
    definition: &Definition,
    known: &Known,
    selected: Steps<Candidate>,
    last_day: i32,
    rows: &mut Rows,
    notices: &mut Vec<Notice>,
) -> Group {
    let (follow_up, outcomes) = (definition.follow_up, definition.outcomes.as_slice());
    let follow = |it: &Candidate| follow::follow(known, *it, follow_up, outcomes, last_day);
    let after: Vec<After> = selected.left.iter().map(follow).collect();
    let named = || name.to_owned();
    if selected.left.is_empty() {
        notices.push(Notice::Nobody { group: named() });
    } else if let Some(follow_up) = follow_up {
        if after.iter().all(|it| it.days == 0) {
            notices.push(Notice::NoFollowUp { group: named() });
        }
        let ends = |it: &Candidate| it.index.saturating_add_unsigned(follow_up.days);
        if selected.left.iter().any(|it| ends(it) > last_day) {
            notices.push(Notice::CutShort { group: named() });
        }
    }
    rows.add(name, known, &selected.left, &after);
    let ids =
        |set: &Vec<Candidate>| set.iter().map(|it| known.citizens[it.place].citizen).collect();
    Group {
        name,
        members: count(selected.left.len()),
        outcomes: follow::summarise(outcomes, &after),
        sets: selected.sets.iter().map(ids).collect(),
        programmes: programmes(known, &selected.left),
        attrition: selected.steps,
    }
}

/// Members by what they were enrolled in on the index day.
fn programmes(known: &Known, members: &[Candidate]) -> Vec<(&'static str, Vec<u32>)> {
    let mut sets: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
    let mut none = Vec::new();
    for member in members {
        let citizen = known.citizens[member.place].citizen;
        let is_in =
            |it: &Programme| event::enrolled(known, citizen, &[*it], member.index).is_some();
        let names: Vec<&'static str> =
            Programme::ALL.iter().filter(|it| is_in(it)).map(|it| event::programme(*it)).collect();
        if names.is_empty() {
            none.push(citizen);
        }
        for name in names {
            sets.entry(name).or_default().push(citizen);
        }
    }
    let none = (!none.is_empty()).then_some(("none", none));
    sets.into_iter().chain(none).collect()
}

/// The rows of the table, column by column.
#[derive(Default)]
struct Rows {
    group: Vec<&'static str>,
    citizen: Vec<u32>,
    index: Vec<i32>,
    age: Vec<Option<i32>>,
    sex: Vec<Option<String>>,
    municipality: Vec<String>,
    after: Vec<After>,
}

impl Rows {
    fn add(&mut self, name: &'static str, known: &Known, members: &[Candidate], after: &[After]) {
        for (member, after) in members.iter().zip(after) {
            let citizen = &known.citizens[member.place];
            self.group.push(name);
            self.citizen.push(citizen.citizen);
            self.index.push(member.index);
            self.age.push(event::age(citizen, member.index));
            self.sex.push(citizen.sex.clone());
            self.municipality.push(citizen.municipality.clone());
            self.after.push(after.clone());
        }
    }

    fn table(self, definition: &Definition) -> Result<DataFrame, RunError> {
        let column = |name: &str, series: Series| Column::from(series.with_name(name.into()));
        let followed: Vec<u32> = self.after.iter().map(|it| it.days).collect();
        let mut columns = vec![
            column("group", Series::new("".into(), &self.group)),
            column("citizen", Series::new("".into(), self.citizen)),
            column("index", Series::new("".into(), self.index)),
            column("age", Series::new("".into(), self.age)),
            column("sex", Series::new("".into(), self.sex)),
            column("municipality", Series::new("".into(), self.municipality)),
            column("followed", Series::new("".into(), followed)),
        ];
        for (place, outcome) in definition.outcomes.iter().enumerate() {
            let times: Vec<u32> = self.after.iter().map(|it| it.outcomes[place].0).collect();
            let first: Vec<Option<u32>> =
                self.after.iter().map(|it| it.outcomes[place].1).collect();
            columns.push(column(&format!("{}_times", outcome.name), Series::new("".into(), times)));
            columns.push(column(&format!("{}_after", outcome.name), Series::new("".into(), first)));
        }
        Ok(DataFrame::new(self.group.len(), columns)?)
    }
}

/// A length as a count.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// All events that a definition names.
pub(super) fn events(definition: &Definition) -> impl Iterator<Item = &Event> {
    let mut all: Vec<&Event> = definition.outcomes.iter().map(|it| &it.what).collect();
    let indices = definition.comparison.iter().filter_map(|it| it.index.as_ref());
    for index in [&definition.index].into_iter().chain(indices) {
        if let Index::First(first) = index {
            all.push(&first.what);
        }
    }
    for condition in conditions(definition) {
        match condition {
            Condition::Had(had) => all.push(&had.what),
            Condition::Sequence(sequence) => all.extend(&sequence.of),
            _ => {}
        }
    }
    all.into_iter()
}

/// All conditions of a definition, those within others too.
pub(super) fn conditions(definition: &Definition) -> Vec<&Condition> {
    let others = definition.comparison.iter().flat_map(|it| &it.who);
    let mut all: Vec<&Condition> =
        definition.who.iter().chain(others).map(|step| &step.is).collect();
    let mut next = 0;
    while let Some(condition) = all.get(next).copied() {
        match condition {
            Condition::All(of) | Condition::Any(of) => all.extend(of),
            Condition::AtLeast(at_least) => all.extend(&at_least.of),
            Condition::Not(of) => all.push(of),
            _ => {}
        }
        next += 1;
    }
    all
}

/// What a definition asks for that is nowhere in the data: most likely a slip of the pen. And what
/// its sets of codes do not do.
fn nowhere(definition: &Definition, known: &Known) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut tell = |is_there: bool, what: String| {
        if !is_there {
            notices.push(Notice::NowhereInData { what });
        }
    };
    for event in events(definition) {
        match event {
            Event::Diagnosis(codes) => {
                for code in codes {
                    let mut all = known.diagnoses.iter().map(|(_, (_, code))| code);
                    tell(all.any(|it| it.starts_with(code)), format!("diagnosis {code}"));
                }
            }
            Event::Admission(admission) => {
                for code in &admission.codes {
                    let mut all = known.admissions.iter().filter_map(|(_, it)| it.code.as_ref());
                    tell(all.any(|it| it.starts_with(code)), format!("admission {code}"));
                }
            }
            Event::Alert(alert) => {
                for problem in &alert.problem {
                    let mut all = known.alerts.iter().map(|(_, (_, problem, _))| problem);
                    tell(all.any(|it| it == problem), format!("alert {problem}"));
                }
            }
            Event::Finding(finding) => {
                for rule in &finding.rule {
                    let mut all = known.findings.iter().map(|(_, (_, rule, _))| rule);
                    tell(all.any(|it| it == rule), format!("finding {rule}"));
                }
            }
            Event::Measured(measured) => {
                let days = known.days.get(&measured.what);
                tell(!event::is_empty(days), format!("measure {}", measured.what));
            }
            Event::Enrolment(_) | Event::Death(_) => {}
        }
    }
    for event in events(definition) {
        let Event::Admission(admission) = event else { continue };
        let Some(set) = admission.set.as_deref().and_then(preventable::set) else { continue };
        let caveat = |text: String| Notice::Caveat { set: set.id.clone(), text };
        if !set.is_verified() {
            let text = "its codes have not been checked against their source".to_owned();
            notices.push(caveat(text));
        }
        notices.extend(set.all_caveats().into_iter().map(caveat));
    }
    notices
}
