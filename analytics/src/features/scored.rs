//! Features that the engine itself makes of others, as column expressions.

use polars::prelude::{DataType, Expr, NULL, col, lit, when};

/// Names that an expression of a pack may use.
pub(crate) const NAMES: [&str; 2] = ["signals_worse", "deterioration"];

/// UCUM code of the unit of one of [`NAMES`].
pub(crate) fn unit(name: &str) -> &'static str {
    if name == "deterioration" { "{score}" } else { "1" }
}

/// One of [`NAMES`], made of the components of `deterioration`: names of columns and weights.
pub(crate) fn expression(name: &str, components: &[(String, f64)]) -> Option<Expr> {
    match name {
        "signals_worse" => Some(weighted(components, 1, |_| 1.0)),
        "deterioration" => {
            Some(weighted(components, super::worsening::LEAST_COMPONENTS, |weight| weight))
        }
        _ => None,
    }
}

/// The weights of the components that are worse; null where too few can be told.
fn weighted(components: &[(String, f64)], least: i32, weight: impl Fn(f64) -> f64) -> Expr {
    let sum = components.iter().fold(lit(0.0), |sum, (name, share)| {
        sum + col(name.as_str()).fill_null(lit(0.0)) * lit(weight(*share))
    });
    let known = components.iter().fold(lit(0), |known, (name, _)| {
        known + col(name.as_str()).is_not_null().cast(DataType::Int32)
    });
    when(known.gt_eq(lit(least))).then(sum).otherwise(lit(NULL))
}
