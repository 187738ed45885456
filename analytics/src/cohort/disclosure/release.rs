//! From an answer to what may be told of it.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};
use serde::Serialize;

use super::coarse;
use super::ledger::{Ledger, Refused};
use super::strata::{self, Stratum};
use crate::cohort::run::count;
use crate::cohort::{Answer, Date, Group, Notice};
use crate::evaluation::{Interval, Rate};

/// A count, or that it is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// So many.
    Told(u64),
    /// Left out, so that nobody can be singled out.
    LeftOut,
}

/// A count with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Of whom.
    pub name: String,
    /// How many.
    pub count: Count,
}

/// What may be told of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Release {
    /// The definition's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its hash.
    pub definition: String,
    /// Which code made the answer.
    pub engine: String,
    /// Which tables of preventable admissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tables: Option<String>,
    /// The last day of the data.
    pub last_day: Date,
    /// No count is about fewer citizens.
    pub least: u32,
    /// The cohort, and the comparison group if there is one.
    pub groups: Vec<ReleasedGroup>,
    /// What has to be known to read the numbers.
    pub notices: Vec<Notice>,
    /// One row for each member of a group whose members are told: `group` String, `sex` String?,
    /// `age` String? (a band), `municipality` String?, `quarter` String? (of the index day), `followed`
    /// `UInt32`? (begun periods of 30 days), and for each outcome `…_times` `UInt32`? (5 is 5 or more) and
    /// `…_after` `UInt32`? (begun periods of 30 days to the first). A null may be something left out.
    #[serde(skip)]
    pub rows: DataFrame,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleasedGroup {
    /// `cohort` or `comparison`.
    pub name: &'static str,
    /// Members. Where they are left out, so is all else.
    pub members: Count,
    /// Why, if they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Members who were followed for a day or more.
    pub at_risk: Count,
    /// What came after.
    pub outcomes: Vec<OutcomeCounts>,
    /// Whether there are no rows because they would be rare.
    pub rows_left_out: bool,
    /// Who was left after each step.
    pub attrition: Vec<Cell>,
    /// Members by sex.
    pub sex: Vec<Cell>,
    /// Members by age on the index day.
    pub age: Vec<Cell>,
    /// Members by municipality.
    pub municipality: Vec<Cell>,
    /// Members by quarter of the index day.
    pub quarter: Vec<Cell>,
    /// Members by programme that they were enrolled in on the index day; somebody may be in several.
    pub programme: Vec<Cell>,
    /// Members by sex and age together, in [`counts`] alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub strata: Vec<Stratum>,
}

/// An outcome. Numbers that are null are left out with the count of citizens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeCounts {
    /// Its name.
    pub outcome: String,
    /// Members who had it.
    pub citizens: Count,
    /// Years that they were followed, to one decimal.
    pub person_years: Option<f64>,
    /// Days on which it happened.
    pub events: Option<u64>,
    /// Events per 1,000 person-years.
    pub rate: Option<f64>,
    /// Its interval, 95 %.
    pub rate_interval: Option<(f64, f64)>,
    /// First events per 1,000 person-years until then.
    pub first: Option<f64>,
    /// Its interval, 95 %.
    pub first_interval: Option<(f64, f64)>,
    /// Years until the first event or the end of the follow-up, to one decimal.
    pub first_person_years: Option<f64>,
}

/// What of an answer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Counts, and a row for each member.
    Rows,
    /// Counts, those of strata too, and nothing about a single member.
    Counts,
}

/// The members of a group, row by row of the answer's table.
pub(super) struct Members {
    rows: Vec<usize>,
    citizens: Vec<u32>,
    kinds: [Vec<Option<String>>; 4],
    pub(super) ages: Vec<Option<i32>>,
    pub(super) followed: Vec<u32>,
    /// By outcome.
    times: Vec<Vec<u32>>,
    pub(super) after: Vec<Vec<Option<u32>>>,
}

/// Sex, age, municipality and quarter of a row.
type Kind = [Option<String>; 4];

/// Tells what may be told of an answer, and notes it.
///
/// # Errors
/// When the table of the answer is not one of [`run`](crate::cohort::run()).
pub fn release(answer: &Answer, ledger: &mut Ledger) -> PolarsResult<Release> {
    tell_answer(answer, ledger, Form::Rows)
}

/// Tells counts and nothing about a single member, for whoever puts several municipalities beside
/// each other: there are no rows, and members by sex and age together instead.
///
/// # Errors
/// When the table of the answer is not one of [`run`](crate::cohort::run()).
pub fn counts(answer: &Answer, ledger: &mut Ledger) -> PolarsResult<Release> {
    tell_answer(answer, ledger, Form::Counts)
}

fn tell_answer(answer: &Answer, ledger: &mut Ledger, form: Form) -> PolarsResult<Release> {
    let mut groups = Vec::new();
    let mut rows: Vec<(&'static str, Vec<RowText>)> = Vec::new();
    for group in &answer.groups {
        let members = Members::of(answer, group)?;
        // Everybody who was looked at is known from elsewhere.
        let everybody = group.sets.first().map(Vec::as_slice).unwrap_or_default();
        let refused = if length(everybody) < ledger.least() {
            Some(Refused::Few)
        } else {
            ledger.tell_all(&[everybody, &members.citizens]).err()
        };
        if let Some(refused) = refused {
            groups.push(left_out(group, refused));
            continue;
        }
        let mut told = tell(group, &members, ledger, form);
        let released = match form {
            Form::Rows => members.release(&told, ledger),
            Form::Counts => None,
        };
        told.rows_left_out = released.is_none();
        rows.push((group.name, released.unwrap_or_default()));
        groups.push(told);
    }
    let notices = answer.notices.iter().filter(|notice| match notice {
        Notice::Caveat { .. } | Notice::NowhereInData { .. } => true,
        Notice::Nobody { group } => {
            groups.iter().any(|it| it.name == group && it.members == Count::Told(0))
        }
        // Of a few members this would tell more than their number.
        Notice::NoFollowUp { group } | Notice::CutShort { group } => {
            groups.iter().any(|it| it.name == group && it.refused.is_none())
        }
    });
    Ok(Release {
        name: answer.name.clone(),
        version: answer.version.clone(),
        definition: answer.definition.clone(),
        engine: answer.engine.clone(),
        tables: answer.tables.clone(),
        last_day: answer.last_day,
        least: ledger.least(),
        notices: notices.cloned().collect(),
        rows: table(answer, rows)?,
        groups,
    })
}

fn length(set: &[u32]) -> u32 {
    u32::try_from(set.len()).unwrap_or(u32::MAX)
}

fn left_out(group: &Group, refused: Refused) -> ReleasedGroup {
    ReleasedGroup {
        name: group.name,
        members: Count::LeftOut,
        refused: Some(refused.to_string()),
        at_risk: Count::LeftOut,
        rows_left_out: true,
        outcomes: Vec::new(),
        attrition: Vec::new(),
        sex: Vec::new(),
        age: Vec::new(),
        municipality: Vec::new(),
        quarter: Vec::new(),
        programme: Vec::new(),
        strata: Vec::new(),
    }
}

pub(super) fn cell(name: &str, citizens: &[u32], ledger: &mut Ledger) -> Cell {
    let told = ledger.tell(citizens).is_ok();
    let count = if told { Count::Told(count(citizens.len())) } else { Count::LeftOut };
    Cell { name: name.to_owned(), count }
}

fn tell(group: &Group, members: &Members, ledger: &mut Ledger, form: Form) -> ReleasedGroup {
    let at_risk = cell("", &members.those(|row| members.followed[row] > 0), ledger).count;
    let outcomes = group.outcomes.iter().enumerate().map(|(place, outcome)| {
        let having = members.those(|row| members.after[place][row].is_some());
        let citizens = match at_risk {
            Count::Told(_) => cell("", &having, ledger).count,
            Count::LeftOut => Count::LeftOut,
        };
        let is_told = matches!(citizens, Count::Told(_));
        let rate = |rate: &Rate| rate.rate.filter(|_| is_told).map(coarse::tenth);
        let interval = |rate: &Rate| {
            let tenths = |it: Interval| (coarse::tenth(it.low), coarse::tenth(it.high));
            rate.interval.filter(|_| is_told).map(tenths)
        };
        OutcomeCounts {
            outcome: outcome.outcome.clone(),
            citizens,
            person_years: is_told.then(|| coarse::tenth(outcome.rate.time * 1000.0)),
            events: Some(outcome.events).filter(|_| is_told),
            rate: rate(&outcome.rate),
            rate_interval: interval(&outcome.rate),
            first: rate(&outcome.first),
            first_interval: interval(&outcome.first),
            first_person_years: is_told.then(|| coarse::tenth(outcome.first.time * 1000.0)),
        }
    });
    let outcomes: Vec<OutcomeCounts> = outcomes.collect();
    let strata = match form {
        Form::Rows => Vec::new(),
        Form::Counts => strata::tell(members, &outcomes, ledger),
    };
    let attrition = group.attrition.iter().zip(&group.sets);
    let attrition = attrition.map(|(step, set)| cell(&step.step, set, ledger)).collect();
    let mut by = |kind: usize| {
        let mut sets: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (row, citizen) in members.citizens.iter().enumerate() {
            let name = members.kinds[kind][row].as_deref().unwrap_or("unknown");
            sets.entry(name).or_default().push(*citizen);
        }
        sets.into_iter().map(|(name, set)| cell(name, &set, ledger)).collect()
    };
    let (sex, age, municipality, quarter) = (by(0), by(1), by(2), by(3));
    let programmes = group.programmes.iter();
    let programme = programmes.map(|(name, set)| cell(name, set, ledger)).collect();
    ReleasedGroup {
        name: group.name,
        members: Count::Told(group.members),
        refused: None,
        at_risk,
        outcomes,
        rows_left_out: false,
        attrition,
        sex,
        age,
        municipality,
        quarter,
        programme,
        strata,
    }
}

/// What a row says, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RowText {
    kind: Kind,
    followed: Option<u32>,
    outcomes: Vec<(Option<u32>, Option<u32>)>,
}

impl Members {
    fn of(answer: &Answer, group: &Group) -> PolarsResult<Self> {
        let table = &answer.table;
        let names = table.column("group")?.str()?;
        let rows: Vec<usize> =
            (0..table.height()).filter(|row| names.get(*row) == Some(group.name)).collect();
        let whole = |name: &str| -> PolarsResult<Vec<u32>> {
            let column = table.column(name)?.u32()?;
            Ok(rows.iter().map(|row| column.get(*row).unwrap_or(0)).collect())
        };
        let text = |name: &str| -> PolarsResult<Vec<Option<String>>> {
            let column = table.column(name)?.str()?;
            Ok(rows.iter().map(|row| column.get(*row).map(str::to_owned)).collect())
        };
        let (index, age) = (table.column("index")?.i32()?, table.column("age")?.i32()?);
        let ages: Vec<Option<i32>> = rows.iter().map(|row| age.get(*row)).collect();
        let bands = ages.iter().map(|age| age.map(coarse::age)).collect();
        let quarters = rows.iter().map(|row| index.get(*row).and_then(coarse::quarter)).collect();
        let (mut times, mut after) = (Vec::new(), Vec::new());
        for outcome in &group.outcomes {
            times.push(whole(&format!("{}_times", outcome.outcome))?);
            let column = table.column(&format!("{}_after", outcome.outcome))?.u32()?;
            after.push(rows.iter().map(|row| column.get(*row)).collect());
        }
        Ok(Self {
            citizens: whole("citizen")?,
            kinds: [text("sex")?, bands, text("municipality")?, quarters],
            ages,
            followed: whole("followed")?,
            times,
            after,
            rows,
        })
    }

    pub(super) fn those(&self, is: impl Fn(usize) -> bool) -> Vec<u32> {
        (0..self.rows.len()).filter(|row| is(*row)).map(|row| self.citizens[row]).collect()
    }

    pub(super) fn sex(&self, row: usize) -> Option<&str> {
        self.kinds[0][row].as_deref()
    }

    /// Rows of which none is rare; none at all if that cannot be had. What they have in common is
    /// told as the size of sets, too.
    ///
    /// Rows are alike that agree in kind, in whether there was any follow-up, and in which outcomes
    /// there were: a table of these has no cell that is too small. The finest kind is taken that can
    /// be told beside all else.
    fn release(&self, told: &ReleasedGroup, ledger: &mut Ledger) -> Option<Vec<RowText>> {
        let is_told = |count: Count| matches!(count, Count::Told(_));
        let outcomes: Vec<bool> = told.outcomes.iter().map(|it| is_told(it.citizens)).collect();
        let has_followed = is_told(told.at_risk);
        let had = |row: usize| -> (bool, Vec<bool>) {
            let had = self.after.iter().zip(&outcomes);
            let had = had.map(|(after, told)| *told && after[row].is_some());
            (has_followed && self.followed[row] > 0, had.collect())
        };
        let had: Vec<(bool, Vec<bool>)> = (0..self.rows.len()).map(had).collect();
        let kinds = (0..=4).rev().find_map(|kept| {
            let kinds = self.common_kinds(kept, &had, ledger.least());
            let sets = alike(&kinds, &had).into_values();
            let citizens = |rows: Vec<usize>| -> Vec<u32> {
                rows.into_iter().map(|it| self.citizens[it]).collect()
            };
            let sets: Vec<Vec<u32>> = sets.map(citizens).collect();
            let sets: Vec<&[u32]> = sets.iter().map(Vec::as_slice).collect();
            ledger.tell_all(&sets).is_ok().then_some(kinds)
        })?;
        let rows = kinds.into_iter().enumerate().map(|(row, kind)| RowText {
            kind,
            followed: has_followed.then(|| coarse::periods(self.followed[row])),
            outcomes: outcomes
                .iter()
                .zip(self.times.iter().zip(&self.after))
                .map(|(is_told, (times, after))| {
                    let times = is_told.then(|| times[row].min(coarse::MOST_TIMES));
                    (times, after[row].filter(|_| *is_told).map(coarse::periods))
                })
                .collect(),
        });
        let mut rows: Vec<RowText> = rows.collect();
        rows.sort();
        Some(rows)
    }

    /// The first so many parts of each row's kind, without those that make it rare: the quarter is
    /// left out first, then municipality, age and sex. Where too few are left of whom nothing is
    /// said, nothing is said of the smallest kind beside them either.
    fn common_kinds(&self, kept: usize, had: &[(bool, Vec<bool>)], least: u32) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = (0..self.rows.len()).map(|row| self.kind(row)).collect();
        for kind in &mut kinds {
            kind[kept..].fill(None);
        }
        let few = |rows: &[usize]| u32::try_from(rows.len()).is_ok_and(|it| it < least);
        for left_out in (0..kept).rev() {
            for rows in alike(&kinds, had).into_values().filter(|rows| few(rows)) {
                for row in rows {
                    kinds[row][left_out] = None;
                }
            }
        }
        let sets = alike(&kinds, had);
        for ((_, had), _) in sets.iter().filter(|((kind, _), rows)| is_plain(kind) && few(rows)) {
            let others = sets.iter().filter(|((kind, other), _)| other == had && !is_plain(kind));
            if let Some((_, rows)) = others.min_by_key(|(_, rows)| rows.len()) {
                for row in rows {
                    kinds[*row] = Kind::default();
                }
            }
        }
        kinds
    }

    fn kind(&self, row: usize) -> Kind {
        [0, 1, 2, 3].map(|kind| self.kinds[kind][row].clone())
    }
}

/// Whether nothing is said of a kind.
fn is_plain(kind: &Kind) -> bool {
    kind.iter().all(Option::is_none)
}

/// Rows that agree in kind and in what they had.
fn alike(
    kinds: &[Kind],
    had: &[(bool, Vec<bool>)],
) -> BTreeMap<(Kind, (bool, Vec<bool>)), Vec<usize>> {
    let mut sets: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (row, (kind, had)) in kinds.iter().zip(had).enumerate() {
        sets.entry((kind.clone(), had.clone())).or_default().push(row);
    }
    sets
}

fn table(answer: &Answer, groups: Vec<(&'static str, Vec<RowText>)>) -> PolarsResult<DataFrame> {
    let rows: Vec<(&str, RowText)> = groups
        .into_iter()
        .flat_map(|(name, rows)| rows.into_iter().map(move |it| (name, it)))
        .collect();
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    let mut columns = vec![Column::from(Series::new("group".into(), names))];
    for (place, name) in ["sex", "age", "municipality", "quarter"].into_iter().enumerate() {
        let values: Vec<Option<&str>> =
            rows.iter().map(|(_, row)| row.kind[place].as_deref()).collect();
        columns.push(Column::from(Series::new(name.into(), values)));
    }
    let followed: Vec<Option<u32>> = rows.iter().map(|(_, row)| row.followed).collect();
    columns.push(Column::from(Series::new("followed".into(), followed)));
    let outcomes = answer.groups.first().map(|group| group.outcomes.as_slice()).unwrap_or_default();
    for (place, outcome) in outcomes.iter().enumerate() {
        let times: Vec<Option<u32>> = rows.iter().map(|(_, row)| row.outcomes[place].0).collect();
        let after: Vec<Option<u32>> = rows.iter().map(|(_, row)| row.outcomes[place].1).collect();
        let (name, first) =
            (format!("{}_times", outcome.outcome), format!("{}_after", outcome.outcome));
        columns.push(Column::from(Series::new(name.as_str().into(), times)));
        columns.push(Column::from(Series::new(first.as_str().into(), after)));
    }
    DataFrame::new(rows.len(), columns)
}
