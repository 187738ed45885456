//! A world row by row, for those who have no frames.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::check::source;
use super::definition::{Condition, Definition, Event};
use super::run::{conditions, events};
use super::world::{World, WorldError};
use super::{Level, Sex, feature};
use crate::features::track::{Moment, Track};
use crate::features::{MAX_AGE, Source};
use crate::frame::Day;
use crate::plan::Programme;

/// The rows of a [`World`], frame by frame; the columns are told there.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "said of World")]
pub struct Rows {
    pub citizens: Vec<CitizenRow>,
    pub enrolments: Vec<EnrolmentRow>,
    pub diagnoses: Vec<DiagnosisRow>,
    pub admissions: Vec<AdmissionRow>,
    pub days: Vec<DayRow>,
    /// Day, problem, severity.
    pub alerts: Vec<(u32, i32, String, Level)>,
    /// Day, rule, level.
    pub findings: Vec<(u32, i32, String, Level)>,
}

/// A citizen.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "said of World")]
pub struct CitizenRow {
    pub citizen: u32,
    pub born: Option<i32>,
    pub sex: Option<Sex>,
    pub municipality: String,
    pub died: Option<i32>,
    pub left: Option<i32>,
}

/// An enrolment.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "said of World")]
pub struct EnrolmentRow {
    pub citizen: u32,
    pub programme: Programme,
    pub from: i32,
    pub to: Option<i32>,
}

/// A diagnosis.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "said of World")]
pub struct DiagnosisRow {
    pub citizen: u32,
    pub day: i32,
    pub code: String,
}

/// An admission.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "said of World")]
pub struct AdmissionRow {
    pub citizen: u32,
    pub from: i32,
    pub to: Option<i32>,
    pub acute: Option<bool>,
    pub code: Option<String>,
}

/// A day of a measure.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "said of World")]
pub struct DayRow {
    pub citizen: u32,
    pub measure: &'static str,
    pub day: i32,
    pub value: f64,
    pub count: u32,
}

impl DayRow {
    /// What stands for a citizen's day, of some measures, as in screening.
    pub fn of(citizen: u32, day: &Day, measures: &BTreeSet<&str>) -> Vec<Self> {
        let mut rows = Vec::new();
        // As if looked at on that day itself, so that none is too old.
        let moment = Moment { as_of: i64::MAX, offset: 0, today: day.day };
        for source in Source::all().filter(|source| measures.contains(source.name())) {
            let mut track = Track::default();
            for summary in day.summaries.iter().filter(|it| it.signal == source.signal()) {
                track.push(source, day.day, summary, &moment);
            }
            rows.extend(track.newest().map(|row| Self {
                citizen,
                measure: source.name(),
                day: day.day,
                value: row.value,
                count: row.count,
            }));
        }
        rows
    }
}

impl Definition {
    /// The measures whose days it looks at, by name.
    pub fn measures(&self) -> BTreeSet<&'static str> {
        let mut measures = BTreeSet::new();
        for event in events(self) {
            if let Event::Measured(measured) = event {
                measures.extend(source(&measured.what).map(Source::name));
            }
        }
        for condition in conditions(self) {
            if let Condition::Feature(text) = condition
                && let Ok(parsed) = feature::parse(text)
            {
                measures.extend(parsed.features.iter().map(|(_, source, _)| source.name()));
            }
        }
        measures
    }

    /// The first day of measures that it can look at; `None` if it looks back as far as data go.
    pub fn first_day_of_measures(&self) -> Option<i32> {
        let mut indices = vec![&self.index];
        indices.extend(self.comparison.iter().filter_map(|it| it.index.as_ref()));
        let begins = indices.into_iter().map(|index| match index {
            super::Index::Date(date) => date.day(),
            super::Index::First(first) => first.from.day(),
        });
        let begin = begins.min()?;
        let mut first = begin.saturating_sub(MAX_AGE);
        for condition in conditions(self) {
            let within = match condition {
                Condition::Had(had) => had.within,
                Condition::Sequence(sequence) => sequence.within,
                _ => continue,
            };
            first = first.min(begin.saturating_add(within.from?));
        }
        Some(first)
    }
}

macro_rules! frame {
    ($name:literal, $rows:expr, $($column:literal: $type:ty = |$row:pat_param| $value:expr),+) => {{
        let columns = vec![$({
            let values: Vec<$type> = $rows.iter().map(|$row| $value).collect();
            Column::from(Series::new($column.into(), values))
        }),+];
        DataFrame::new($rows.len(), columns).map_err(|error| WorldError::Column {
            frame: $name,
            column: "citizen",
            problem: error.to_string(),
        })?
    }};
}

impl Rows {
    /// The same as frames.
    ///
    /// # Errors
    /// Never: all columns of a frame have as many rows.
    pub fn world(&self) -> Result<World, WorldError> {
        Ok(World {
            citizens: frame!("citizens", self.citizens,
                "citizen": u32 = |it| it.citizen,
                "born": Option<i32> = |it| it.born,
                "sex": Option<&str> = |it| it.sex.map(Sex::name),
                "municipality": &str = |it| it.municipality.as_str(),
                "died": Option<i32> = |it| it.died,
                "left": Option<i32> = |it| it.left),
            enrolments: frame!("enrolments", self.enrolments,
                "citizen": u32 = |it| it.citizen,
                "programme": &str = |it| super::event::programme(it.programme),
                "from": i32 = |it| it.from,
                "to": Option<i32> = |it| it.to),
            diagnoses: frame!("diagnoses", self.diagnoses,
                "citizen": u32 = |it| it.citizen,
                "day": i32 = |it| it.day,
                "code": &str = |it| it.code.as_str()),
            admissions: frame!("admissions", self.admissions,
                "citizen": u32 = |it| it.citizen,
                "from": i32 = |it| it.from,
                "to": Option<i32> = |it| it.to,
                "acute": Option<bool> = |it| it.acute,
                "code": Option<&str> = |it| it.code.as_deref()),
            days: frame!("days", self.days,
                "citizen": u32 = |it| it.citizen,
                "measure": &str = |it| it.measure,
                "day": i32 = |it| it.day,
                "value": f64 = |it| it.value,
                "count": u32 = |it| it.count),
            alerts: frame!("alerts", self.alerts,
                "citizen": u32 = |it| it.0,
                "day": i32 = |it| it.1,
                "problem": &str = |it| it.2.as_str(),
                "severity": &str = |it| it.3.name()),
            findings: frame!("findings", self.findings,
                "citizen": u32 = |it| it.0,
                "day": i32 = |it| it.1,
                "rule": &str = |it| it.2.as_str(),
                "level": &str = |it| it.3.name()),
        })
    }
}
