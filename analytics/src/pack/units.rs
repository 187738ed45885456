//! Whether the units in an expression agree.
//!
//! Sums, differences, comparisons, `CASE`, `COALESCE`, `GREATEST` and `LEAST` need one unit on all
//! sides; bare numbers agree with any. Products and quotients have a unit that is not followed any
//! further: it may well be a conversion.

use polars::lazy::dsl::FunctionExpr;
use polars::prelude::{Expr, Operator};

use super::error::Fault;

/// What is known of an expression's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unit {
    /// UCUM code, and what has it.
    Known(String, String),
    /// A bare number or a condition, or a unit that is not followed.
    Any,
}

/// The unit of an expression, by those of the names in it.
///
/// # Errors
/// Two units that do not agree.
pub(crate) fn infer(expr: &Expr, of: &impl Fn(&str) -> Option<String>) -> Result<Unit, Fault> {
    match expr {
        Expr::Column(name) => {
            Ok(of(name).map_or(Unit::Any, |unit| Unit::Known(unit, format!("`{name}`"))))
        }
        Expr::BinaryExpr { left, op, right } => {
            let (left, right) = (infer(left, of)?, infer(right, of)?);
            match op {
                Operator::Plus | Operator::Minus => same(left, right),
                Operator::Eq
                | Operator::EqValidity
                | Operator::NotEq
                | Operator::NotEqValidity
                | Operator::Lt
                | Operator::LtEq
                | Operator::Gt
                | Operator::GtEq => same(left, right).map(|_| Unit::Any),
                _ => Ok(Unit::Any),
            }
        }
        Expr::Ternary { predicate, truthy, falsy } => {
            infer(predicate, of)?;
            same(infer(truthy, of)?, infer(falsy, of)?)
        }
        Expr::Function { input, function } => {
            let mut unit = Unit::Any;
            for argument in input {
                unit = same(unit, infer(argument, of)?)?;
            }
            // A condition has no unit.
            Ok(if matches!(function, FunctionExpr::Boolean(_)) { Unit::Any } else { unit })
        }
        Expr::Cast { expr, .. } => infer(expr, of).map(|_| Unit::Any),
        _ => Ok(Unit::Any),
    }
}

/// The unit of both.
pub(crate) fn same(left: Unit, right: Unit) -> Result<Unit, Fault> {
    match (left, right) {
        (Unit::Known(left, left_of), Unit::Known(right, right_of)) if left != right => {
            Err(Fault::Unit { left, left_of, right, right_of })
        }
        (Unit::Any, other) => Ok(other),
        (known, _) => Ok(known),
    }
}
