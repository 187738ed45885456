//! Conditions over features.

use std::collections::BTreeSet;

use polars::prelude::{DataType, Expr};

use crate::features::grammar::candidates;
use crate::features::{Leaf, Source, Stat};
use crate::pack::{expression, hint, units};

/// A condition that has been read.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    pub(super) expr: Expr,
    /// The features that it names, by name.
    pub(super) features: Vec<(String, Source, Stat)>,
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    Expression(String),
    Unknown { name: String, hint: Option<String> },
}

/// Reads a condition; what it may say is what rules may say, over fewer features.
pub(super) fn parse(text: &str) -> Result<Parsed, Wrong> {
    crate::pack::on_deep_stack(|| parse_here(text))
}

fn parse_here(text: &str) -> Result<Parsed, Wrong> {
    let parsed = expression::parse(text).map_err(Wrong::Expression)?;
    let mut features = Vec::new();
    for name in &parsed.names {
        match Leaf::parse(name) {
            Some(Leaf::Stat(source, stat)) if is_of_days(stat) => {
                features.push((name.clone(), source, stat));
            }
            Some(_) => {
                let message = format!(
                    "`{name}` needs the plan or the times within a day, which cohorts do not have"
                );
                return Err(Wrong::Expression(message));
            }
            None => {
                let known: BTreeSet<String> = candidates(name).into_iter().collect();
                let hint = hint::nearest(name, known.iter().map(String::as_str));
                return Err(Wrong::Unknown { name: name.clone(), hint });
            }
        }
    }
    match expression::type_of(&parsed.expr, &parsed.names).map_err(Wrong::Expression)? {
        DataType::Boolean => {}
        found => {
            let message = format!("is {found} where a condition is needed");
            return Err(Wrong::Expression(message));
        }
    }
    let unit = |name: &str| Leaf::parse(name).map(|leaf| leaf.unit().to_owned());
    units::infer(&parsed.raw, &unit).map_err(|fault| Wrong::Expression(fault.to_string()))?;
    Ok(Parsed { expr: parsed.expr, features })
}

/// Whether a statistic rests on what stands for each day and nothing else.
const fn is_of_days(stat: Stat) -> bool {
    matches!(
        stat,
        Stat::Value
            | Stat::DayAge
            | Stat::Prev
            | Stat::Over(..)
            | Stat::MedianAll
            | Stat::DaysAll
            | Stat::RobustZ
            | Stat::RobustZPrev
            | Stat::RiseGuard
            | Stat::RiseGuardPrev
            | Stat::AbsZMin
            | Stat::Ema { .. }
    )
}
