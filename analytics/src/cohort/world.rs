//! What cohorts are made from.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType, Series};

/// Frames about citizens, one row each, in any order. Days are local days since 1970-01-01 (`Int32`),
/// citizens are numbers of the run (`UInt32`) and never identities; `?` may be null. Whatever is
/// known after the last day of the run must not be in them.
///
/// | frame | columns |
/// |---|---|
/// | `citizens` | `citizen`; `born` Int32?; `sex` String?, one of `female`, `male`, `other`; `municipality` String, four digits; `died` Int32?; `left` Int32?, the last day here |
/// | `enrolments` | `citizen`; `programme` String; `from` Int32; `to` Int32?, the last day; they may overlap |
/// | `diagnoses` | `citizen`; `day` Int32; `code` String, SKS |
/// | `admissions` | `citizen`; `from` Int32; `to` Int32?; `acute` Boolean?; `code` String?, the action diagnosis |
/// | `days` | `citizen`; `measure` String, a signal or `night_heart_rate`; `day` Int32; `value` Float64, what stands for the day, in the signal's unit; `count` `UInt32`, readings |
/// | `alerts` | `citizen`; `day` Int32, opened; `problem` String; `severity` String, the worst: `blue`, `yellow`, `red` |
/// | `findings` | `citizen`; `day` Int32; `rule` String; `level` String |
#[derive(Debug, Clone)]
pub struct World {
    /// Who there is.
    pub citizens: DataFrame,
    /// Who is in which programme.
    pub enrolments: DataFrame,
    /// Diagnoses.
    pub diagnoses: DataFrame,
    /// Admissions.
    pub admissions: DataFrame,
    /// Days of measures.
    pub days: DataFrame,
    /// Alerts.
    pub alerts: DataFrame,
    /// Findings.
    pub findings: DataFrame,
}

/// A frame that is not as documented.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// A column that is missing or of another type, or has nulls.
    #[error("frame `{frame}`: column `{column}` {problem}")]
    Column {
        /// The frame.
        frame: &'static str,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A citizen who is there twice.
    #[error("frame `citizens`: a citizen is there twice")]
    Twice,
}

/// The same, typed and by citizen.
#[derive(Debug)]
pub(super) struct Known {
    /// Sorted; whatever else is by citizen goes by the place here.
    pub(super) citizens: Vec<Citizen>,
    pub(super) enrolments: Vec<(u32, Enrolment)>,
    pub(super) diagnoses: Vec<(u32, (i32, String))>,
    pub(super) admissions: Vec<(u32, Stay)>,
    pub(super) days: BTreeMap<String, Days>,
    /// Day, problem or rule, level.
    pub(super) alerts: Vec<(u32, (i32, String, String))>,
    pub(super) findings: Vec<(u32, (i32, String, String))>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Citizen {
    pub(super) citizen: u32,
    pub(super) born: Option<i32>,
    pub(super) sex: Option<String>,
    pub(super) municipality: String,
    pub(super) died: Option<i32>,
    pub(super) left: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Enrolment {
    pub(super) programme: String,
    pub(super) from: i32,
    pub(super) to: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stay {
    pub(super) from: i32,
    pub(super) to: Option<i32>,
    pub(super) acute: Option<bool>,
    pub(super) code: Option<String>,
}

/// The days of one measure, sorted by citizen and day; no day of a citizen twice.
#[derive(Debug, Default)]
pub(super) struct Days {
    pub(super) citizen: Vec<u32>,
    pub(super) day: Vec<i32>,
    pub(super) value: Vec<f64>,
    pub(super) count: Vec<u32>,
}

/// The rows of a citizen in what is sorted by citizen.
pub(super) fn of<T>(rows: &[(u32, T)], citizen: u32) -> impl Iterator<Item = &T> {
    let from = rows.partition_point(|(of, _)| *of < citizen);
    rows[from..].iter().take_while(move |(of, _)| *of == citizen).map(|(_, row)| row)
}

impl Days {
    /// The places of a citizen's days.
    pub(super) fn of(&self, citizen: u32) -> std::ops::Range<usize> {
        let from = self.citizen.partition_point(|of| *of < citizen);
        let length = self.citizen[from..].partition_point(|of| *of == citizen);
        from..from + length
    }
}

impl Known {
    /// Reads frames.
    pub(super) fn new(world: &World) -> Result<Self, WorldError> {
        let frame = Frame { name: "citizens", frame: &world.citizens };
        let (ids, municipalities) = (frame.citizens()?, frame.strings("municipality")?);
        let (born, died, left) = (frame.days("born")?, frame.days("died")?, frame.days("left")?);
        let sexes = frame.strings("sex")?;
        let mut citizens: Vec<Citizen> = Vec::with_capacity(ids.len());
        for (row, citizen) in ids.into_iter().enumerate() {
            citizens.push(Citizen {
                citizen,
                born: born[row],
                sex: sexes[row].clone(),
                municipality: frame.needed("municipality", municipalities[row].clone())?,
                died: died[row],
                left: left[row],
            });
        }
        citizens.sort_by_key(|it| it.citizen);
        if citizens.windows(2).any(|two| two[0].citizen == two[1].citizen) {
            return Err(WorldError::Twice);
        }

        let frame = Frame { name: "enrolments", frame: &world.enrolments };
        let (programmes, from, to) =
            (frame.strings("programme")?, frame.days("from")?, frame.days("to")?);
        let enrolments = frame.rows(|row| {
            Ok(Enrolment {
                programme: frame.needed("programme", programmes[row].clone())?,
                from: frame.needed("from", from[row])?,
                to: to[row].unwrap_or(i32::MAX),
            })
        })?;

        let frame = Frame { name: "diagnoses", frame: &world.diagnoses };
        let (day, code) = (frame.days("day")?, frame.strings("code")?);
        let diagnoses = frame.rows(|row| {
            Ok((frame.needed("day", day[row])?, frame.needed("code", code[row].clone())?))
        })?;

        let frame = Frame { name: "admissions", frame: &world.admissions };
        let (from, to) = (frame.days("from")?, frame.days("to")?);
        let (acute, code) = (frame.booleans("acute")?, frame.strings("code")?);
        let admissions = frame.rows(|row| {
            Ok(Stay {
                from: frame.needed("from", from[row])?,
                to: to[row],
                acute: acute[row],
                code: code[row].clone(),
            })
        })?;

        let alerts = levels("alerts", &world.alerts, "problem", "severity")?;
        let findings = levels("findings", &world.findings, "rule", "level")?;
        let days = days(&world.days)?;
        Ok(Self { citizens, enrolments, diagnoses, admissions, days, alerts, findings })
    }
}

fn levels(
    name: &'static str,
    frame: &DataFrame,
    what: &'static str,
    level: &'static str,
) -> Result<Vec<(u32, (i32, String, String))>, WorldError> {
    let frame = Frame { name, frame };
    let (day, whats, levels) = (frame.days("day")?, frame.strings(what)?, frame.strings(level)?);
    frame.rows(|row| {
        Ok((
            frame.needed("day", day[row])?,
            frame.needed(what, whats[row].clone())?,
            frame.needed(level, levels[row].clone())?,
        ))
    })
}

/// Days by measure. Of a day that is there twice the greatest value stands, so that the order of
/// rows says nothing.
fn days(frame: &DataFrame) -> Result<BTreeMap<String, Days>, WorldError> {
    let frame = Frame { name: "days", frame };
    let (citizens, measures) = (frame.citizens()?, frame.strings("measure")?);
    let (days, values, counts) =
        (frame.days("day")?, frame.floats("value")?, frame.counts("count")?);
    let mut rows: BTreeMap<String, Vec<(u32, i32, f64, u32)>> = BTreeMap::new();
    for (row, citizen) in citizens.into_iter().enumerate() {
        // What is not finite is no value, as in screening.
        if values[row].is_some_and(|value| !value.is_finite()) {
            continue;
        }
        let measure = frame.needed("measure", measures[row].as_ref())?;
        let one = (
            citizen,
            frame.needed("day", days[row])?,
            frame.needed("value", values[row])?,
            frame.needed("count", counts[row])?,
        );
        if let Some(rows) = rows.get_mut(measure) {
            rows.push(one);
        } else {
            rows.insert(measure.clone(), vec![one]);
        }
    }
    let sorted = rows.into_iter().map(|(measure, mut rows)| {
        rows.sort_unstable_by(|a, b| {
            (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)).then(b.3.cmp(&a.3))
        });
        rows.dedup_by_key(|row| (row.0, row.1));
        let mut days = Days::default();
        for (citizen, day, value, count) in rows {
            days.citizen.push(citizen);
            days.day.push(day);
            days.value.push(value);
            days.count.push(count);
        }
        (measure, days)
    });
    Ok(sorted.collect())
}

struct Frame<'a> {
    name: &'static str,
    frame: &'a DataFrame,
}

impl Frame<'_> {
    fn wrong(&self, column: &'static str, problem: impl Into<String>) -> WorldError {
        WorldError::Column { frame: self.name, column, problem: problem.into() }
    }

    fn needed<T>(&self, column: &'static str, value: Option<T>) -> Result<T, WorldError> {
        value.ok_or_else(|| self.wrong(column, "has a null"))
    }

    fn column(&self, name: &'static str, dtype: &DataType) -> Result<&Series, WorldError> {
        let column = self.frame.column(name).map_err(|_| self.wrong(name, "is missing"))?;
        if column.dtype() != dtype {
            let problem = format!("is {} instead of {dtype}", column.dtype());
            return Err(self.wrong(name, problem));
        }
        Ok(column.as_materialized_series())
    }

    fn citizens(&self) -> Result<Vec<u32>, WorldError> {
        self.counts("citizen")?.into_iter().map(|it| self.needed("citizen", it)).collect()
    }

    fn counts(&self, name: &'static str) -> Result<Vec<Option<u32>>, WorldError> {
        let column = self.column(name, &DataType::UInt32)?;
        let column = column.u32().map_err(|error| self.wrong(name, error.to_string()))?;
        Ok(column.iter().collect())
    }

    fn days(&self, name: &'static str) -> Result<Vec<Option<i32>>, WorldError> {
        let column = self.column(name, &DataType::Int32)?;
        let column = column.i32().map_err(|error| self.wrong(name, error.to_string()))?;
        Ok(column.iter().collect())
    }

    fn floats(&self, name: &'static str) -> Result<Vec<Option<f64>>, WorldError> {
        let column = self.column(name, &DataType::Float64)?;
        let column = column.f64().map_err(|error| self.wrong(name, error.to_string()))?;
        Ok(column.iter().collect())
    }

    fn booleans(&self, name: &'static str) -> Result<Vec<Option<bool>>, WorldError> {
        let column = self.column(name, &DataType::Boolean)?;
        let column = column.bool().map_err(|error| self.wrong(name, error.to_string()))?;
        Ok(column.iter().collect())
    }

    fn strings(&self, name: &'static str) -> Result<Vec<Option<String>>, WorldError> {
        let column = self.column(name, &DataType::String)?;
        let column = column.str().map_err(|error| self.wrong(name, error.to_string()))?;
        Ok(column.iter().map(|it| it.map(str::to_owned)).collect())
    }

    /// One thing of each row, by citizen, sorted, none twice.
    fn rows<T: Ord>(
        &self,
        row: impl Fn(usize) -> Result<T, WorldError>,
    ) -> Result<Vec<(u32, T)>, WorldError> {
        let citizens = self.citizens()?.into_iter().enumerate();
        let rows = citizens.map(|(place, citizen)| Ok((citizen, row(place)?)));
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }
}

impl World {
    /// Nobody and nothing, with all columns.
    ///
    /// # Errors
    /// Never: the columns have no rows.
    pub fn empty() -> Result<Self, WorldError> {
        let frame = |name: &'static str, columns: &[(&'static str, DataType)]| {
            let columns =
                columns.iter().map(|(name, dtype)| Column::new_empty((*name).into(), dtype));
            DataFrame::new(0, columns.collect()).map_err(|error| WorldError::Column {
                frame: name,
                column: "citizen",
                problem: error.to_string(),
            })
        };
        let (citizen, day) = (("citizen", DataType::UInt32), ("day", DataType::Int32));
        let text = |name| (name, DataType::String);
        let days = |name| (name, DataType::Int32);
        Ok(Self {
            citizens: frame(
                "citizens",
                &[
                    citizen.clone(),
                    days("born"),
                    text("sex"),
                    text("municipality"),
                    days("died"),
                    days("left"),
                ],
            )?,
            enrolments: frame(
                "enrolments",
                &[citizen.clone(), text("programme"), days("from"), days("to")],
            )?,
            diagnoses: frame("diagnoses", &[citizen.clone(), day.clone(), text("code")])?,
            admissions: frame(
                "admissions",
                &[
                    citizen.clone(),
                    days("from"),
                    days("to"),
                    ("acute", DataType::Boolean),
                    text("code"),
                ],
            )?,
            days: frame(
                "days",
                &[
                    citizen.clone(),
                    text("measure"),
                    day.clone(),
                    ("value", DataType::Float64),
                    ("count", DataType::UInt32),
                ],
            )?,
            alerts: frame(
                "alerts",
                &[citizen.clone(), day.clone(), text("problem"), text("severity")],
            )?,
            findings: frame("findings", &[citizen, day, text("rule"), text("level")])?,
        })
    }
}
