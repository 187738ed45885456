mod arbitrary;
mod definitions;
mod oracle;
mod runs;
mod tables;

use std::fmt::Write as _;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Rows of frames as a test writes them.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Number, born, sex, municipality, died, left.
    pub(super) citizens:
        Vec<(u32, Option<i32>, Option<&'static str>, &'static str, Option<i32>, Option<i32>)>,
    enrolments: Vec<(u32, &'static str, i32, Option<i32>)>,
    diagnoses: Vec<(u32, i32, &'static str)>,
    /// Citizen, from, to, acute, code.
    pub(super) admissions: Vec<(u32, i32, Option<i32>, Option<bool>, Option<&'static str>)>,
    days: Vec<(u32, &'static str, i32, f64, u32)>,
    alerts: Vec<(u32, i32, &'static str, &'static str)>,
    findings: Vec<(u32, i32, &'static str, &'static str)>,
}

macro_rules! frame {
    ($rows:expr, $($name:literal: $type:ty = |$row:pat_param| $value:expr),+) => {
        DataFrame::new($rows.len(), vec![$({
            let values: Vec<$type> = $rows.iter().map(|$row| $value).collect();
            Column::from(Series::new($name.into(), values))
        }),+]).unwrap()
    };
}

impl Cells {
    pub(super) fn world(&self) -> World {
        World {
            citizens: frame!(self.citizens,
                "citizen": u32 = |it| it.0, "born": Option<i32> = |it| it.1,
                "sex": Option<&str> = |it| it.2, "municipality": &str = |it| it.3,
                "died": Option<i32> = |it| it.4, "left": Option<i32> = |it| it.5),
            enrolments: frame!(self.enrolments,
                "citizen": u32 = |it| it.0, "programme": &str = |it| it.1,
                "from": i32 = |it| it.2, "to": Option<i32> = |it| it.3),
            diagnoses: frame!(self.diagnoses,
                "citizen": u32 = |it| it.0, "day": i32 = |it| it.1, "code": &str = |it| it.2),
            admissions: frame!(self.admissions,
                "citizen": u32 = |it| it.0, "from": i32 = |it| it.1, "to": Option<i32> = |it| it.2,
                "acute": Option<bool> = |it| it.3, "code": Option<&str> = |it| it.4),
            days: frame!(self.days,
                "citizen": u32 = |it| it.0, "measure": &str = |it| it.1, "day": i32 = |it| it.2,
                "value": f64 = |it| it.3, "count": u32 = |it| it.4),
            alerts: frame!(self.alerts,
                "citizen": u32 = |it| it.0, "day": i32 = |it| it.1, "problem": &str = |it| it.2,
                "severity": &str = |it| it.3),
            findings: frame!(self.findings,
                "citizen": u32 = |it| it.0, "day": i32 = |it| it.1, "rule": &str = |it| it.2,
                "level": &str = |it| it.3),
        }
    }
}

/// The example of the documentation.
fn example() -> Definition {
    let source = include_str!("../cohort.rs");
    let lines = source.lines().skip_while(|line| *line != "//! ```toml").skip(1);
    let lines = lines.take_while(|line| *line != "//! ```");
    let text: Vec<&str> = lines.map(|line| line.trim_start_matches("//!").trim_start()).collect();
    Definition::from_toml(&text.join("\n")).unwrap()
}

/// The whole answer as bytes.
fn bytes(answer: &Answer) -> String {
    let mut bytes = serde_json::to_string(answer).unwrap();
    for column in answer.table.columns() {
        for value in column.as_materialized_series().iter() {
            write!(bytes, "{value},").unwrap();
        }
        bytes.push('\n');
    }
    bytes
}

/// A definition that has to be right.
pub(super) fn read_toml(text: &str) -> Definition {
    Definition::from_toml(text).unwrap()
}
