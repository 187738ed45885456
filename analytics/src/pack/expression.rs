//! Expressions of a pack: SQL over features and thresholds, one row for itself.
//!
//! What may be used: numbers, `+ - * / %`, comparisons, `AND OR NOT`, `BETWEEN`, `IS [NOT] NULL`,
//! `CASE`, `COALESCE`, `GREATEST`, `LEAST` (both pass over nulls), `ABS`, `ROUND`, `FLOOR`, `CEIL`.
//! Nothing that looks at other rows: a verdict must not depend on who else is in the batch.
//!
//! Division by zero gives null, whole numbers are taken as decimals.

use std::collections::BTreeSet;

use polars::lazy::dsl::{BooleanFunction, FunctionExpr};
use polars::prelude::{
    DataType, Expr, IntoLazy, LiteralValue, NULL, Operator, UnknownKind, lit, when,
};

/// More words and signs than this are refused: each operator takes stack to read.
const MAX_TOKENS: usize = 200;

/// An expression that has been read.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    /// As written.
    pub(crate) raw: Expr,
    /// As it is to be evaluated.
    pub(crate) expr: Expr,
    /// The features and thresholds it names.
    pub(crate) names: BTreeSet<String>,
}

/// Reads an expression.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Parsed, String> {
    if tokens(text) > MAX_TOKENS {
        return Err(format!("longer than {MAX_TOKENS} words and signs; define features"));
    }
    let raw = polars::sql::sql_expr(text).map_err(|error| plain(&error.to_string()))?;
    let mut names = BTreeSet::new();
    for node in &raw {
        check(node)?;
        if let Expr::Column(name) = node {
            names.insert(name.to_string());
        }
    }
    if names.is_empty() {
        return Err("names no feature".to_owned());
    }
    let expr = raw.clone().map_expr(rewrite);
    Ok(Parsed { raw, expr, names })
}

/// Words, numbers and signs.
fn tokens(text: &str) -> usize {
    let is_word = |it: char| it.is_alphanumeric() || it == '_' || it == '.';
    let starts = text.chars().scan(false, |in_word, it| {
        let was_in_word = std::mem::replace(in_word, is_word(it));
        Some(!(it.is_whitespace() || was_in_word && *in_word))
    });
    starts.filter(|starts| *starts).count()
}

/// The type that an expression gives over columns of decimals.
///
/// # Errors
/// What polars says against it.
pub(crate) fn type_of(expr: &Expr, names: &BTreeSet<String>) -> Result<DataType, String> {
    use polars::prelude::{Column, DataFrame};

    let columns = names
        .iter()
        .map(|name| Column::full_null(name.as_str().into(), 1, &DataType::Float64))
        .collect();
    let frame = DataFrame::new(1, columns).map_err(|error| plain(&error.to_string()))?;
    let made = frame.lazy().select([expr.clone().alias("it")]).collect();
    let made = made.map_err(|error| plain(&error.to_string()))?;
    let column = made.column("it").map_err(|error| plain(&error.to_string()))?;
    Ok(column.dtype().clone())
}

/// The first line of what polars says: the others show the plan.
fn plain(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}

fn check(node: &Expr) -> Result<(), String> {
    let is_allowed = match node {
        Expr::Column(_) | Expr::BinaryExpr { .. } | Expr::Ternary { .. } => true,
        Expr::Literal(literal) => is_allowed_literal(literal),
        Expr::Function { function, .. } => is_allowed_function(function),
        // What polars makes of NOT.
        Expr::Cast { expr, dtype, .. } => {
            dtype.as_literal() == Some(&DataType::Boolean) && !matches!(**expr, Expr::Column(_))
        }
        _ => false,
    };
    if is_allowed { Ok(()) } else { Err(format!("`{node:?}` is not for rules")) }
}

fn is_allowed_literal(literal: &LiteralValue) -> bool {
    match literal.get_datatype() {
        DataType::Unknown(kind) => matches!(kind, UnknownKind::Int(_) | UnknownKind::Float),
        dtype => dtype.is_primitive_numeric() || dtype.is_bool() || dtype.is_null(),
    }
}

const fn is_allowed_function(function: &FunctionExpr) -> bool {
    matches!(
        function,
        FunctionExpr::Boolean(
            BooleanFunction::IsNull | BooleanFunction::IsNotNull | BooleanFunction::Not
        ) | FunctionExpr::Abs
            | FunctionExpr::Negate
            | FunctionExpr::Coalesce
            | FunctionExpr::FillNull
            | FunctionExpr::MaxHorizontal
            | FunctionExpr::MinHorizontal
            | FunctionExpr::Round { .. }
            | FunctionExpr::Floor
            | FunctionExpr::Ceil
    )
}

fn rewrite(node: Expr) -> Expr {
    match node {
        Expr::Literal(ref literal)
            if matches!(literal.get_datatype(), DataType::Unknown(UnknownKind::Int(_))) =>
        {
            node.cast(DataType::Float64)
        }
        Expr::BinaryExpr {
            left,
            op: op @ (Operator::RustDivide | Operator::TrueDivide | Operator::Modulus),
            right,
        } => {
            let divisor = (*right).clone();
            when(divisor.neq(lit(0.0)))
                .then(Expr::BinaryExpr { left, op, right })
                .otherwise(lit(NULL))
        }
        other => other,
    }
}
